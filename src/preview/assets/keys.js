// Every key of the page, wherever the focus is; within fields they write.
import { $ } from "./dom.js";
import { keysDialog, dialogIsOpen } from "./dialogs.js";
import { inspecting, inspectKey } from "./inspect.js";
import { closeMenu } from "./menu.js";
import { hideOverlay } from "./overlay.js";
import { closeReaders, searchReaders } from "./readers.js";
import { coversPage, toggleSidebar } from "./sidebar.js";
import { state } from "./state.js";

const WRITES = "input, select, textarea, [contenteditable]";

function escape(acts) {
  if (closeReaders() || closeMenu(true)) return true;
  if (coversPage()) toggleSidebar();
  else if (state.inspect) inspecting(false);
  else if (!$("overlay").hidden) hideOverlay();
  else if (acts.unmark()) return true;
  else if (state.panel) acts.panel(null);
  else return false;
  return true;
}

export function keys(acts) {
  const table = {
    l: acts.nextLanguage,
    v: () => acts.nextView(1),
    V: () => acts.nextView(-1),
    c: () => acts.panel(state.panel === "checks" ? null : "checks"),
    d: () => acts.panel(state.panel === "difference" ? null : "difference"),
    s: acts.two,
    i: () => inspecting(!state.inspect),
    b: toggleSidebar,
    "/": searchReaders,
    "?": keysDialog,
  };
  for (const digit of [1, 2, 3, 4, 5]) table[digit] = () => acts.width(digit - 1);
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialogIsOpen()) return;
    if (event.key === "Escape") {
      if (escape(acts)) event.preventDefault();
      return;
    }
    if (event.target.closest?.(WRITES) && event.target.type !== "checkbox") return;
    if (inspectKey(event)) return;
    const act = table[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
}
