// Taking the message away: copied, downloaded, printed.
import { $, announce, element, icon } from "./dom.js";
import { getText } from "./server.js";
import { settled, state } from "./state.js";

let print = () => {};

async function copy(item) {
  const words = item.querySelector("span");
  try {
    await navigator.clipboard.writeText(await getText(`/message.eml?${settled()}`));
    words.textContent = "Copied";
    announce("The message is in the clipboard");
  } catch (error) {
    words.textContent = `Not copied: ${error.message}`;
  }
}

function download(path) {
  const link = element("a", { href: `${path}?${settled()}`, download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}

const ITEMS = [
  { id: "copy", icon: "copy", label: "Copy as .eml", act: copy, stays: true },
  { id: "eml", icon: "download", label: "Download .eml", act: () => download("/message.eml") },
  { id: "html", icon: "download", label: "Download HTML", act: () => download("/digest.html") },
  { id: "txt", icon: "download", label: "Download text", act: () => download("/digest.txt") },
  { id: "print", icon: "print", label: "Print the message", act: () => print() },
];

function fill() {
  $("menu").replaceChildren(...ITEMS.map((item, at) => {
    const button = element("button", { type: "button", role: "menuitem", tabIndex: at ? -1 : 0, dataset: { act: item.id } }, icon(item.icon), element("span", { textContent: item.label }));
    button.addEventListener("click", async () => {
      if (!item.stays) closeMenu(true);
      await item.act(button);
    });
    return button;
  }));
}

function open() {
  if (!state.look?.stamp) return;
  fill();
  $("menu").hidden = false;
  $("more").setAttribute("aria-expanded", "true");
  $("menu").firstElementChild.focus();
}

// Returns whether there was something to close.
export function closeMenu(back) {
  if ($("menu").hidden) return false;
  $("menu").hidden = true;
  $("more").setAttribute("aria-expanded", "false");
  if (back) $("more").focus();
  return true;
}

function arrows(event) {
  const items = [...$("menu").children];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab") closeMenu(false);
  if (next === undefined) return;
  event.preventDefault();
  items[(next + items.length) % items.length].focus();
}

export function menu(printer) {
  print = printer;
  $("more").addEventListener("click", () => { if (!closeMenu(true)) open(); });
  $("menu").addEventListener("keydown", arrows);
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".menu-root")) closeMenu(false); });
}
