// The one dialog of the page, with what is put into it.
import { $, element, icon } from "./dom.js";

export function openDialog(title, ...content) {
  const dialog = $("dialog");
  dialog.replaceChildren(
    element("div", { className: "top" }, element("h2", { id: "dialog-title", textContent: title }),
      element("button", { type: "button", className: "quiet", "aria-label": "Close", on: { click: () => dialog.close() } }, icon("close"))),
    ...content);
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("[data-first]") ?? dialog.querySelector(".top button")).focus();
  return dialog;
}

export const dialogIsOpen = () => $("dialog").open;

const KEYS = [
  ["The message", [["v", "next view"], ["V", "previous view"], ["1 – 5", "width 320, 375, 600, 900, all"], ["l", "next language"], ["i", "inspect: which line made this?"], ["s", "two side by side"]]],
  ["Around it", [["c", "checks"], ["d", "changes since the last issue"], ["b", "issues"], ["/", "search the readers"], ["Esc", "close, step back"], ["?", "these keys"]]],
];

export function keysDialog() {
  const columns = KEYS.map(([title, keys]) => element("section", {}, element("h3", { textContent: title }),
    element("dl", { className: "keys" }, keys.map(([key, does]) => element("div", {}, element("dt", {}, element("kbd", { textContent: key })), element("dd", { textContent: does }))))));
  openDialog("Keys", element("div", { className: "columns" }, columns),
    element("p", { className: "note", textContent: "Tab moves between groups, arrow keys within them. Only this machine sees this page, and it fetches nothing from elsewhere." }));
}
