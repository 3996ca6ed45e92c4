// What the checks say: by severity, each with why, what to do, and where.
import { $, count, element, icon, said, sentence } from "./dom.js";
import { excerpt, link } from "./places.js";
import { state } from "./state.js";

const GROUPS = [
  { severity: "error", title: "Errors", note: "stop a send", icon: "error" },
  { severity: "warning", title: "Warnings", note: "should be looked at", icon: "warning" },
  { severity: "info", title: "Notes", note: "good to know", icon: "info" },
];

let show = () => {};
let opened = new Set();

const tally = (found) => {
  const findings = merged(found);
  const open = findings.filter((finding) => !finding.waived);
  const of = (severity) => open.filter((finding) => finding.severity === severity).length;
  return { errors: of("error"), warnings: of("warning"), infos: of("info"), waived: findings.length - open.length };
};

export function drawVerdict(look) {
  const button = $("checks");
  button.hidden = !look.stamp;
  button.setAttribute("aria-busy", look.findings === null);
  if (look.findings === null) {
    button.className = "verdict busy";
    button.replaceChildren("Checking…");
    return;
  }
  const { errors, warnings } = tally(look.findings);
  button.className = `verdict ${errors ? "bad" : warnings ? "warn" : ""}`;
  const words = errors ? count(errors, "error") : warnings ? count(warnings, "warning") : "Checks passed";
  if (button.textContent !== words) button.replaceChildren(icon(errors ? "error" : warnings ? "warning" : "check"), words);
}

// The same finding in several variants is one thing to mend.
function merged(findings) {
  const known = new Map();
  for (const found of findings) {
    const key = JSON.stringify([found.rule, found.message, found.place, found.waived]);
    const first = known.get(key);
    if (!first) known.set(key, { ...found, variants: found.variant ? [found.variant] : [] });
    else if (!first.variants.includes(found.variant)) {
      first.variants.push(found.variant);
      // The one that is looked at can be shown at once.
      if (found.variant === state.look.language) Object.assign(first, { variant: found.variant, elements: found.elements });
    }
  }
  return [...known.values()];
}

function finding(found, at) {
  const key = `${found.rule}|${found.message}`;
  const details = element("details", { className: `finding ${found.severity}${found.message.length > 220 ? " long" : ""}`, open: opened.has(key), dataset: { rule: found.rule, at } });
  details.addEventListener("toggle", () => (details.open ? opened.add(key) : opened.delete(key)));
  details.append(element("summary", {}, icon({ error: "error", warning: "warning", info: "info" }[found.severity]),
    element("span", { className: "said", dir: "auto" }, ...sentence(found.message)),
    element("span", { className: "tags" }, found.variants.map((name) => element("span", { className: "chip", textContent: name })),
      element("span", { className: "rule", textContent: found.rule }))));
  const body = element("div", { className: "body" });
  if (found.waived) {
    body.append(element("p", { className: "waiver" }, element("b", { textContent: "Waived" }), ` by ${found.waived.by}: “${found.waived.reason}”`));
  }
  if (found.help) body.append(element("p", { className: "help", dir: "auto" }, ...said(found.help)));
  if (found.why) body.append(element("p", { className: "why" }, element("b", { textContent: "Why: " }), ...said(found.why)));
  if (found.place?.excerpt) body.append(excerpt(found.place));
  const where = element("div", { className: "where" });
  if (found.elements?.length) {
    where.append(element("button", { type: "button", className: "small show", on: { click: () => show(found) } }, icon("target"),
      found.elements.length > 1 ? `Show all ${found.elements.length}` : "Show"));
  }
  if (found.place?.path) where.append(link(found.place));
  if (where.childElementCount) body.append(where);
  body.append(element("p", { className: "where code", textContent: `[${found.code}]` }));
  details.append(body);
  return element("li", {}, details);
}

function group(title, note, findings, name) {
  return element("section", { className: `findings-group ${name}` },
    element("h3", {}, `${title} `, element("span", { className: "count", textContent: findings.length }), element("span", { className: "note", textContent: note })),
    element("ol", {}, findings.map(finding)));
}

// What is known of the files besides the rules on the message.
function warning(found) {
  const item = element("li", {}, element("div", { className: `finding flat ${found.severity}` },
    element("div", { className: "said", dir: "auto" }, icon(found.severity === "info" ? "info" : "warning"), element("span", {}, ...sentence(found.message))),
    found.help ? element("p", { className: "help" }, ...said(found.help)) : null,
    found.place?.excerpt ? excerpt(found.place) : null,
    element("div", { className: "where" }, found.place?.path ? link(found.place) : null, element("span", { textContent: `[${found.code}]` }))));
  return item;
}

export function drawChecks(look, again = false) {
  const box = $("findings");
  if (look.findings === null) {
    box.replaceChildren(element("p", { className: "summary", textContent: "Checking…" }));
    delete box.dataset.key;
    return;
  }
  const key = JSON.stringify([look.findings, look.warnings, look.notes, look.issue]);
  if (box.dataset.key === key && !again) return;
  box.dataset.key = key;
  const focused = document.activeElement?.closest?.("details")?.dataset;
  const all = merged(look.findings);
  const open = all.filter((found) => !found.waived);
  const waived = all.filter((found) => found.waived);
  const { errors, warnings, infos } = tally(look.findings);
  const verdict = errors
    ? `${count(errors, "error")} ${errors === 1 ? "stops" : "stop"} the send until mended or waived.`
    : warnings + infos ? "Nothing here stops a send." : "Every check passed.";
  const parts = [element("p", { className: `summary ${errors ? "bad" : warnings ? "warn" : "good"}`, textContent: verdict })];
  for (const kind of GROUPS) {
    const findings = open.filter((found) => found.severity === kind.severity);
    if (findings.length) parts.push(group(kind.title, kind.note, findings, kind.severity));
  }
  const files = [...(look.warnings ?? []), ...(look.notes ?? [])];
  if (files.length) {
    parts.push(element("section", { className: "findings-group files" }, element("h3", {}, "In the files ", element("span", { className: "count", textContent: files.length })),
      element("ol", {}, files.map(warning))));
  }
  if (waived.length) parts.push(group("Waived", "somebody let these pass", waived, "waived"));
  box.replaceChildren(...parts);
  if (focused?.rule) box.querySelector(`details[data-rule="${CSS.escape(focused.rule)}"] summary`)?.focus();
}

export function checks(reveal) {
  show = reveal;
}

export const findingsNow = () => tally(state.look?.findings ?? []);
