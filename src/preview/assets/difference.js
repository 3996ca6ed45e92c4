// What changed since the issue before: subject, and which items are new, repeated, left over or dropped.
import { $, day, element } from "./dom.js";
import { getJson } from "./server.js";
import { link } from "./places.js";
import { state } from "./state.js";

const GROUPS = [
  { key: "new", title: "New", note: "first time in an issue", sign: "+" },
  { key: "repeated", title: "Repeated", note: "sent before", sign: "↻" },
  { key: "left_over", title: "Left over", note: "in the folder, in no issue yet", sign: "·" },
  { key: "dropped", title: "Dropped", note: "in the last issue, not in this one", sign: "−" },
];

let shown = null;
let asked = 0;

function row(item, sign) {
  const first = item.first_in;
  return element("li", {}, element("span", { className: "sign", textContent: sign, "aria-hidden": "true" }),
    element("div", {}, element("p", { className: "headline", textContent: item.headline || item.slug, dir: "auto" }),
      element("p", { className: "where" }, item.place?.path ? link(item.place) : element("span", { textContent: item.slug }),
        first ? element("span", { className: "chip", textContent: `first in ${first}` }) : null)));
}

function subjects(subject) {
  const [before, now] = subject ?? [];
  const line = (name, words) => element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: words || "none", dir: "auto" }));
  return element("dl", { className: "subjects" }, line("Now", now), line("Before", before));
}

function draw(answer) {
  const box = $("changes");
  if (!answer.previous) {
    box.replaceChildren(element("p", { className: "summary", textContent: "There is no earlier issue to compare with." }));
    return;
  }
  const before = state.look.issues.find((issue) => issue.id === answer.previous);
  const parts = [element("p", { className: "summary" }, "Against ", element("b", { textContent: answer.previous }), before ? ` of ${day(before.date)}` : ""), subjects(answer.subject)];
  for (const kind of GROUPS) {
    const items = answer.items[kind.key] ?? [];
    if (!items.length) continue;
    parts.push(element("section", { className: `findings-group ${kind.key.replace("_", "-")}` },
      element("h3", {}, `${kind.title} `, element("span", { className: "count", textContent: items.length }), element("span", { className: "note", textContent: kind.note })),
      element("ul", { className: "items" }, items.map((item) => row(item, kind.sign)))));
  }
  box.replaceChildren(...parts);
}

export async function drawDifference(look, again = false) {
  const key = `${look.issue}|${look.language}|${look.stamp}`;
  if (key === shown && !again) return;
  shown = key;
  const turn = ++asked;
  try {
    const answer = await getJson(`/difference?${new URLSearchParams({ issue: look.issue, language: look.language })}`);
    if (turn === asked) draw(answer);
  } catch (error) {
    if (turn === asked) $("changes").replaceChildren(element("p", { className: "summary bad", textContent: error.message }));
  }
}
