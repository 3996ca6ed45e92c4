// The issues of every newsletter, and the page's own colours.
import { $, day, element, press, remember, remembered, rove, stop } from "./dom.js";
import { state } from "./state.js";

const STATES = { draft: "Draft", checked: "Checked", approved: "Approved", sending: "Sending", sent: "Sent" };
const wide = matchMedia("(min-width: 1100px)");

export function drawIssues(look) {
  const rows = JSON.stringify([look.issues, look.newsletters, look.issue]);
  const list = $("issues");
  if (list.dataset.rows === rows) return;
  list.dataset.rows = rows;
  const focused = document.activeElement?.dataset?.issue;
  const groups = look.newsletters.map((newsletter) => {
    const { id, name } = typeof newsletter === "string" ? { id: newsletter, name: newsletter } : newsletter;
    const issues = look.issues.filter((issue) => (issue.newsletter ?? issue.id.split("/")[0]) === id);
    return element("section", { "aria-label": name },
      element("h2", { textContent: name, dir: "auto" }),
      issues.length ? element("ul", {}, issues.map((issue) => element("li", {}, row(issue, look.issue)))) : element("p", { className: "note", textContent: "No issue yet" }));
  });
  list.replaceChildren(...groups);
  stop(list, "[data-issue]", list.querySelector("[aria-current]"));
  if (focused) list.querySelector(`[data-issue="${CSS.escape(focused)}"]`)?.focus();
}

function row(issue, current) {
  const state = issue.state ?? "draft";
  const button = element("button", { type: "button", className: "issue", dataset: { issue: issue.id, state } },
    element("span", { className: "subject", textContent: issue.subject || issue.id, dir: "auto" }),
    element("span", { className: "meta" },
      element("span", { className: "state", textContent: STATES[state] ?? state }),
      element("time", { textContent: day(issue.date), dateTime: issue.date })),
    issue.note ? element("span", { className: "note", textContent: issue.note }) : null);
  if (issue.id === current) button.setAttribute("aria-current", "true");
  button.title = issue.id;
  return button;
}

export const isOpen = () => document.body.dataset.sidebar === "open";

export function fold(open) {
  document.body.dataset.sidebar = open ? "open" : "closed";
  $("unfold").setAttribute("aria-expanded", open);
  $("unfold").hidden = open && wide.matches;
  $("sidebar").inert = !open;
  if (wide.matches) remember("sidebar", open ? null : "closed");
}

// Below this width the list lies over the page; above it stands beside.
function settle() {
  fold(wide.matches && remembered("sidebar") !== "closed");
}

function theme(chosen) {
  if (chosen === "system") {
    delete document.documentElement.dataset.theme;
    remember("theme", null);
  } else {
    document.documentElement.dataset.theme = chosen;
    remember("theme", chosen);
  }
  press($("themes"), "theme", chosen);
}

export function sidebar(choose) {
  wide.addEventListener("change", settle);
  settle();
  theme(remembered("theme") ?? "system");
  rove($("issues"), "[data-issue]");
  rove($("themes"), "button");
  $("issues").addEventListener("click", (event) => {
    const issue = event.target.closest("[data-issue]")?.dataset.issue;
    if (!issue) return;
    if (!wide.matches) shut();
    if (issue !== state.look?.issue) choose(issue);
  });
  $("themes").addEventListener("click", (event) => {
    const chosen = event.target.closest("button")?.dataset.theme;
    if (chosen) theme(chosen);
  });
  $("fold").addEventListener("click", shut);
  $("unfold").addEventListener("click", toggleSidebar);
  $("veil").addEventListener("click", shut);
}

function shut() {
  fold(false);
  $("unfold").focus();
}

export function toggleSidebar() {
  if (isOpen()) {
    shut();
    return;
  }
  fold(true);
  ($("issues").querySelector("[tabindex='0']") ?? $("fold")).focus();
}

// Whether the list lies over the page and Escape should close it.
export const coversPage = () => isOpen() && !wide.matches;
