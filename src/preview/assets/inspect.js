// Point at the message: which line of which file made this?
import { $, announce, element, icon } from "./dom.js";
import { getJson } from "./server.js";
import { address, excerpt, link } from "./places.js";
import { settled, state } from "./state.js";

let pane = null;
let trace = { of: null, places: [] };
let at = null;
let pinned = false;
// What the pointer is on, also while the places are still on their way.
let under = null;

async function places() {
  const of = `${settled()}&stamp=${state.look?.stamp}`;
  if (trace.of !== of) trace = { of, places: await getJson(`/trace?${of}`) };
  return trace.places;
}

// The nearest element of ours with a place, going outwards.
function placed(target) {
  for (let node = target; node; node = node.parentElement) {
    const number = node.dataset?.at;
    if (number !== undefined && trace.places[number]) return { node, place: trace.places[number], number: Number(number) };
  }
  return null;
}

function tell(found) {
  at = found;
  const box = $("inspector");
  if (!found) {
    box.replaceChildren(element("p", { className: "note" }, "Point at anything in the message, or step through it with ", element("kbd", { textContent: "↓" }), " ", element("kbd", { textContent: "↑" }), "."), leave());
    return;
  }
  const { node, place } = found;
  box.replaceChildren(element("code", { className: "tag", textContent: `<${node.localName}>` }), link(place), place.excerpt ? excerpt(place) : "", leave());
}

const leave = () => element("button", { type: "button", className: "quiet", "aria-label": "Stop inspecting", title: "Stop (Esc)", on: { click: () => inspecting(false) } }, icon("close"));

function hover(event) {
  under = event.target;
  if (pinned) return;
  const found = placed(under);
  if (found?.node === at?.node) return;
  pane.marks.point(found?.node ?? null, found ? address(found.place) : "");
  tell(found);
}

function pin(event) {
  event.preventDefault();
  event.stopPropagation();
  const found = placed(event.target);
  pinned = found !== null && !(pinned && found.node === at?.node);
  pane.marks.point(found?.node ?? null, found ? address(found.place) : "");
  tell(found);
}

// The next or the previous element that has a place; for those who use no pointer.
function step(direction) {
  const page = pane.frame?.contentDocument;
  if (!page) return;
  const all = [...page.body.querySelectorAll("[data-at]")].filter((node) => trace.places[node.dataset.at] && node.getBoundingClientRect().height > 0);
  if (!all.length) return;
  const index = at ? all.indexOf(at.node) + direction : 0;
  const node = all[(index + all.length) % all.length];
  node.scrollIntoView({ block: "nearest" });
  pinned = true;
  pane.marks.point(node, address(trace.places[node.dataset.at]));
  tell(placed(node));
  announce(`${node.localName}, ${address(at.place)}`);
}

// Puts itself into a frame that was just shown, or takes itself out.
export async function follow(shown) {
  pane = shown;
  at = null;
  pinned = false;
  $("inspector").hidden = !state.inspect || !pane.frame;
  const page = pane.frame?.contentDocument;
  if (!page) return;
  page.documentElement.style.cursor = state.inspect ? "crosshair" : "";
  for (const [event, act] of [["pointermove", hover], ["click", pin]]) {
    page.removeEventListener(event, act, true);
    if (state.inspect) page.addEventListener(event, act, true);
  }
  if (!state.inspect) {
    pane.marks.point(null);
    return;
  }
  tell(null);
  try {
    await places();
    if (under?.isConnected && under.ownerDocument === page) hover({ target: under });
  } catch (error) {
    $("inspector").replaceChildren(element("p", { className: "note", textContent: error.message }), leave());
  }
}

export function inspecting(on) {
  state.inspect = on;
  $("inspect").setAttribute("aria-pressed", on);
  if (pane) follow(pane);
  if (!on) $("inspect").focus({ preventScroll: true });
}

// Takes arrow keys while inspecting; returns whether it did.
export function inspectKey(event) {
  const direction = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const elsewhere = event.target.closest?.("[role=tablist], .sidebar, .panel, .popover, [role=group], [role=separator]");
  if (!state.inspect || !direction || elsewhere || !pane?.frame) return false;
  event.preventDefault();
  step(direction);
  return true;
}
