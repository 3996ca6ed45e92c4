// The rows above the message: language, envelope, strip of views, widths.
import { $, count, element, languageName, press, rove, size, stop } from "./dom.js";
import { state } from "./state.js";
import { VIEWS, viewOf } from "./views.js";

export const WIDTHS = [320, 375, 600, 900, 0];

function drawLanguages(look) {
  const group = $("languages");
  const tags = look.languages.join(" ");
  if (group.dataset.tags !== tags) {
    group.replaceChildren(...look.languages.map((tag) => element("button", {
      type: "button", textContent: tag, title: `${languageName(tag)} (l: next)`, "aria-label": `${tag}: ${languageName(tag)}`,
      "aria-keyshortcuts": "l", dataset: { language: tag },
    })));
    group.dataset.tags = tags;
  }
  group.hidden = look.languages.length === 0;
  press(group, "language", look.language);
}

function drawEnvelope(look) {
  const message = look.message;
  $("inbox-row").hidden = !message;
  if (!message) return;
  $("from").textContent = message.from;
  $("from").title = message.from_address ?? "";
  $("to").textContent = message.to ? `to ${message.to}` : "";
  $("subject").textContent = message.subject;
  $("preheader").textContent = message.preheader;
}

function drawStatus(look) {
  const facts = [];
  const message = look.message;
  if (message) {
    facts.push(`${size(message.html_bytes)} HTML${message.clipped ? ", clipped by Gmail" : ""}`);
    if (message.message_bytes) facts.push(`${size(message.message_bytes)} in all`);
    if (message.remote_images) facts.push(`${count(message.remote_images, "picture")} from the web not loaded`);
  }
  if (look.stamp && look.took_ms >= 1) facts.push(`built in ${look.took_ms.toFixed(0)} ms`);
  $("status").className = "status";
  $("status").textContent = facts.join(" · ");
}

export function lost(why) {
  $("status").className = "status lost";
  $("status").textContent = why;
}

// The clipped view looks like the plain one as long as nothing is cut: then it says so.
function captionOf(view) {
  const message = state.look?.message;
  if (view.id !== "clipped" || !message) return view.caption;
  return message.clipped ? view.caption : "Nothing is cut: Gmail shows the first 102,400 octets of HTML, and these are fewer.";
}

function drawViews() {
  const strip = $("views");
  for (const tab of strip.querySelectorAll("[role=tab]")) tab.setAttribute("aria-selected", tab.dataset.view === viewOf(state.view).id);
  const current = strip.querySelector("[aria-selected=true]");
  stop(strip, "[role=tab]", current);
  current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  const view = viewOf(state.view);
  $("caption").replaceChildren(view.approximate ? element("span", { className: "chip warn", textContent: "Approximation" }) : "", captionOf(view));
  $("pane").setAttribute("aria-labelledby", `view-${view.id}`);
}

export function drawBar(look) {
  drawLanguages(look);
  drawEnvelope(look);
  drawStatus(look);
  drawViews();
  press($("widths"), "width", state.width);
  $("folder").textContent = look.folder;
  $("folder").title = look.folder;
  const subject = look.message?.subject;
  document.title = subject ? `${look.problems.length ? "✗ " : ""}${subject} – preview` : "Masthead preview";
}

export function bar({ language, width, view }) {
  const groups = Object.groupBy ? Object.groupBy(VIEWS, (each) => each.group) : { All: VIEWS };
  $("views").replaceChildren(...Object.values(groups).map((views) => element("div", { className: "tab-group", role: "presentation" }, views.map((each) =>
    element("button", { type: "button", role: "tab", id: `view-${each.id}`, textContent: each.label, "aria-controls": "pane", dataset: { view: each.id }, title: each.caption })))));
  $("widths").replaceChildren(...WIDTHS.map((each, at) => element("button", {
    type: "button", textContent: each || "Full", "aria-keyshortcuts": String(at + 1), dataset: { width: each }, title: `${each ? `${each} pixels` : "All there is"} (${at + 1})`,
  })));
  const listen = (group, key, change) => {
    $(group).addEventListener("click", (event) => {
      const value = event.target.closest("button")?.dataset[key];
      if (value !== undefined) change(value);
    });
    rove($(group), "button", (button) => button.click());
  };
  listen("languages", "language", language);
  listen("widths", "width", (value) => width(Number(value)));
  listen("views", "view", view);
}
