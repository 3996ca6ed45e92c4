// The second pane: its own view, language and issue, the scroll kept in step with the first.
import { $, element, languageName } from "./dom.js";
import { state } from "./state.js";
import { VIEWS, viewOf } from "./views.js";

let changed = () => {};

function select(label, options, value, set) {
  const node = element("select", { "aria-label": label, title: label }, options);
  node.value = value;
  node.addEventListener("change", () => {
    set(node.value);
    changed();
  });
  return node;
}

function viewOptions() {
  const groups = new Map();
  for (const view of VIEWS) groups.set(view.group, [...(groups.get(view.group) ?? []), view]);
  return [...groups].map(([label, views]) => element("optgroup", { label }, views.map((view) => element("option", { value: view.id, textContent: view.label }))));
}

// The heads of both panes while there are two: what each of them shows.
export function drawHeads(first, second, look) {
  const two = state.two;
  first.head.hidden = second.head.hidden = !two;
  if (!two) return;
  const view = viewOf(state.view);
  first.head.replaceChildren(element("b", { textContent: view.label }), element("span", { className: "note", textContent: `${look.language} · ${look.issue}` }));
  const key = JSON.stringify([look.issues.map((issue) => issue.id), look.languages, look.previous, two, look.issue, look.language]);
  if (second.head.dataset.key === key) return;
  second.head.dataset.key = key;
  const mark = (id) => (id === look.issue ? "This issue" : id === look.previous ? `Last: ${id}` : id);
  const focused = second.head.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  second.head.replaceChildren(
    select("View of the second pane", viewOptions(), two.view, (value) => { two.view = value; }),
    select("Language of the second pane", look.languages.map((tag) => element("option", { value: tag, textContent: tag, title: languageName(tag) })), two.language ?? look.language,
      (value) => { two.language = value; }),
    select("Issue of the second pane", look.issues.map((issue) => element("option", { value: issue.id, textContent: mark(issue.id) })), two.issue ?? look.issue,
      (value) => { two.issue = value === state.look.issue ? null : value; }));
  if (focused) second.head.querySelector(`[aria-label="${focused}"]`)?.focus();
}

// What to compare with at first: light with dark, anything else with plain HTML.
export function toggleTwo() {
  state.two = state.two ? null : { view: state.view === "html" ? "dark" : "html", language: null, issue: null };
  $("two").setAttribute("aria-pressed", state.two !== null);
  changed();
}

export function second(looked) {
  changed = looked;
  $("two").setAttribute("aria-pressed", state.two !== null);
  $("two").addEventListener("click", toggleTwo);
}

let leading = null;
let release = null;

// Moves the other pane along; the echo of that move is not followed back.
export function inStep(moved, other) {
  if (!state.two || (leading && leading !== moved)) return;
  leading = moved;
  other.share = moved.share;
  clearTimeout(release);
  release = setTimeout(() => { leading = null; }, 120);
}
