// Approving what is shown: one hash, by name; and what became of approvals when files change.
import { $, announce, count, element, icon, moment } from "./dom.js";
import { openDialog } from "./dialogs.js";
import { findingsNow } from "./checks.js";
import { getJson, post } from "./server.js";
import { state } from "./state.js";

let refresh = () => {};

const fragment = (words) => [].concat(words).filter(Boolean).join("; ");

export function drawApproval(look) {
  const { approval } = look;
  const button = $("approve");
  button.hidden = !approval || !look.stamp;
  if (button.hidden) return;
  const { valid = [], stale = [], required = 0 } = approval;
  const enough = valid.length > 0 && valid.length >= required;
  const kind = enough ? "approved" : stale.length && !valid.length ? "stale" : "open";
  button.dataset.kind = kind;
  const words = enough ? "Approved" : kind === "stale" ? "Approval stale" : valid.length ? `${valid.length} of ${required} approved` : "Approve";
  button.querySelector("span").textContent = words;
  button.title = kind === "stale" ? stale.flatMap((one) => one.reasons).join("; ") : "Approve exactly what is shown";
  // An open dialog follows what changes behind it.
  const dialog = $("dialog");
  if (dialog.open && dialog.querySelector("#approve-form") && dialog.dataset.key !== keyOf(approval)) approvalDialog();
}

// What the dialog is drawn from.
const keyOf = (approval) => JSON.stringify([approval, state.look.findings === null]);

function person(one, extra) {
  return element("li", {}, icon(extra ? "warning" : "check"), element("div", {},
    element("p", {}, element("b", { textContent: one.name, dir: "auto" }), one.email ? ` · ${one.email}` : "", element("span", { className: "note", textContent: ` ${moment(one.at)}` })),
    extra ? element("p", { className: "reasons", textContent: extra }) : null));
}

// Every language, and how many more there are for readers who chose topics.
function named(variants) {
  const whole = variants.filter((name) => !name.includes("+"));
  const rest = variants.length - whole.length;
  return `${whole.join(", ")}${rest ? `, and ${rest} more by topic` : ""}`;
}

function facts(approval) {
  const { errors, warnings, waived } = approval.findings ?? findingsNow();
  const judged = approval.findings || state.look.findings !== null;
  const variants = approval.variants ?? state.look.languages;
  const line = (name, ...value) => element("div", {}, element("dt", { textContent: name }), element("dd", {}, ...value));
  return element("dl", { className: "facts" },
    line("Issue", state.look.issue),
    line("Subject", element("span", { textContent: state.look.message?.subject ?? "", dir: "auto" })),
    line("Variants", element("span", { textContent: named(variants), title: variants.join(", ") })),
    line("Checks", !judged ? element("span", { className: "note", textContent: "not through yet…" }) : [count(errors, "error"), count(warnings, "warning"), `${waived} waived`].join(" · ")),
    line("Hash", approval.hash ? element("code", { className: "hash", textContent: approval.hash }) : element("span", { className: "note", textContent: "every variant is being built…" })));
}

// The hash takes every variant to be built: asked for once the dialog is open.
async function findHash() {
  const { issue, approval } = state.look;
  if (approval.hash) return;
  try {
    const found = await getJson(`/approval?${new URLSearchParams({ issue })}`);
    if (state.look.issue !== issue) return;
    state.look.approval = found.approval;
    drawApproval(state.look);
  } catch (error) {
    const hash = $("dialog").querySelector(".facts div:last-child dd");
    if (hash) hash.textContent = error.message;
  }
}

async function act(path, name, told) {
  try {
    const { approval } = await post(path, { issue: state.look.issue, as: name });
    if (approval) state.look.approval = approval;
    announce(path === "/approve" ? "Approved" : "Withdrawn");
    await refresh();
    if (approval) drawApproval(state.look);
    approvalDialog();
  } catch (error) {
    told.replaceChildren(element("p", { className: "outcome bad", role: "status", textContent: error.message }));
  }
}

function approvalDialog() {
  const { approval } = state.look;
  const { valid = [], stale = [], required = 0, me } = approval;
  const typed = $("dialog").querySelector("#approve-form [name=as]")?.value;
  const name = element("input", { name: "as", value: typed ?? me ?? "", placeholder: "Your name", required: true, autocomplete: "name", dir: "auto", dataset: { first: "" } });
  const told = element("div", {});
  // Whose name stands in the field: only they have something to take back.
  const isMine = (one) => [one.name, `${one.name} <${one.email}>`].includes(name.value.trim());
  const mine = valid.some(isMine);
  const withdraw = element("button", { type: "button", className: "danger", textContent: "Withdraw mine", on: { click: () => act("/withdraw", name.value.trim() || null, told) } });
  const fits = () => { withdraw.hidden = ![...valid, ...stale].some(isMine); };
  name.addEventListener("input", fits);
  fits();
  const sure = approval.can_approve;
  const form = element("form", { id: "approve-form", method: "dialog" }, facts(approval),
    valid.length ? element("section", {}, element("h3", { textContent: "Approved by" }), element("ul", { className: "people good" }, valid.map((one) => person(one)))) : null,
    stale.length ? element("section", {}, element("h3", { textContent: "No longer valid" }), element("ul", { className: "people warn" }, stale.map((one) => person(one, fragment(one.reasons) || "something changed since")))) : null,
    required > 0 ? element("p", { className: "note", textContent: `A send needs ${required === 1 ? "one approval" : `${required} approvals by different people`}; ${valid.length || "none"} so far.` }) : null,
    element("label", { className: "field" }, element("span", { textContent: "As" }), name),
    element("p", { className: "note", textContent: "Recorded beside the issue with this hash. Any change that reaches the reader makes it stale." }),
    sure ? null : element("p", { className: "outcome warn", textContent: fragment(approval.why_not) || "Errors must be mended or waived before this can be approved." }), told,
    element("div", { className: "buttons" },
      withdraw,
      element("button", { type: "button", textContent: "Close", on: { click: () => $("dialog").close() } }),
      element("button", { type: "submit", className: "primary", textContent: mine ? "Approve again" : "Approve", disabled: !sure })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act("/approve", name.value.trim() || null, told);
  });
  openDialog("Approve this issue", form).dataset.key = keyOf(approval);
}

export function approval(looked) {
  refresh = looked;
  $("approve").addEventListener("click", () => {
    approvalDialog();
    findHash();
  });
}
