// A pane shows one view of one message: in a frame without scripts, or drawn by the page.
import { element } from "./dom.js";
import { state } from "./state.js";
import { viewOf } from "./views.js";
import { draw, refused } from "./documents.js";
import { Marks } from "./marks.js";

const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
const NARROWEST = 240;

export class Pane {
  // `hooks`: `keys` for key presses inside the frame, `scrolled`, `shown`, `tell` for an element's number.
  constructor(root, name, hooks) {
    Object.assign(this, { root, name, hooks, frame: null, document: null, shownKey: null, wantedKey: null, view: null, turn: 0 });
    this.head = element("div", { className: "pane-head", hidden: true });
    this.sheet = element("div", { className: "sheet" });
    this.stage = element("div", { className: "stage" }, this.sheet);
    this.stage.id = name === "a" ? "stage" : "stage-b";
    this.marks = new Marks(this);
    this.sheet.append(this.marks.layer, this.handle());
    root.append(this.head, this.stage);
  }

  // Shows a view; what is there stays until the new one is laid out. `key` changes with whatever is seen.
  show(query, view, stamp, look) {
    const place = `${look.issue}`;
    const key = stamp ? `${query}&view=${view}&stamp=${stamp}` : null;
    if (key === this.wantedKey) return;
    this.wantedKey = key;
    this.turn += 1;
    for (const waiting of this.sheet.querySelectorAll(".waiting")) waiting.remove();
    if (!key) {
      this.clear();
      return;
    }
    if (viewOf(view).frame) this.load(key, view, place);
    else this.render(query, key, view, place, look);
  }

  clear() {
    this.frame?.remove();
    this.document?.remove();
    Object.assign(this, { frame: null, document: null, shownKey: null, wantedKey: null });
    this.marks.clear();
  }

  // The new page is laid out behind the old one, scrolled to the same place, and only then shown: no flash.
  load(key, view, place) {
    const turn = this.turn;
    const next = element("iframe", { title: `The message: ${viewOf(view).label}${this.name === "b" ? ", second pane" : ""}`, className: "waiting" });
    next.setAttribute("sandbox", SANDBOX);
    next.src = `/digest?${key}`;
    next.addEventListener("load", () => {
      if (!next.isConnected || turn !== this.turn) return;
      const inside = next.contentWindow;
      // Keys work wherever the focus is; the frame itself runs nothing.
      inside.addEventListener("keydown", this.hooks.keys);
      inside.addEventListener("scroll", () => { this.marks.place(); this.hooks.scrolled(this); }, { passive: true });
      inside.addEventListener("resize", () => this.marks.place());
      this.marks.watch(next);
      if (place === this.place) inside.scrollTo(0, this.scrollTop());
      const hadFocus = this.frame !== null && document.activeElement === this.frame;
      this.frame?.remove();
      this.document?.remove();
      next.className = "";
      Object.assign(this, { frame: next, document: null });
      if (hadFocus) next.focus({ preventScroll: true });
      this.settle(key, view, place);
    }, { once: true });
    this.sheet.insertBefore(next, this.marks.layer);
  }

  async render(query, key, view, place, look) {
    const turn = this.turn;
    let drawn;
    try {
      drawn = await draw(view, query, look, (number) => this.hooks.tell(number));
    } catch (error) {
      drawn = refused(error.message);
    }
    if (turn !== this.turn) return;
    const next = element("div", { className: `document of-${view}`, tabIndex: 0, role: "region", "aria-label": viewOf(view).label }, drawn);
    next.addEventListener("scroll", () => this.hooks.scrolled(this), { passive: true });
    const top = place === this.place && view === this.view ? this.scrollTop() : 0;
    this.frame?.remove();
    const hadFocus = this.document?.contains(document.activeElement);
    this.document?.remove();
    this.sheet.insertBefore(next, this.marks.layer);
    Object.assign(this, { frame: null, document: next });
    next.scrollTop = top;
    if (hadFocus) next.focus({ preventScroll: true });
    this.settle(key, view, place);
  }

  settle(key, view, place) {
    Object.assign(this, { shownKey: key, view, place });
    this.sheet.classList.toggle("is-document", this.document !== null);
    this.sheet.classList.toggle("is-wide", view === "inbox");
    this.marks.clear();
    this.hooks.shown(this);
  }

  scroller() {
    return this.document ?? this.frame?.contentDocument?.scrollingElement ?? null;
  }

  scrollTop() {
    return this.document ? this.document.scrollTop : this.frame?.contentWindow?.scrollY ?? 0;
  }

  // How far down the pane is, from 0 to 1, and the way to put it there.
  get share() {
    const scroller = this.scroller();
    const room = scroller ? scroller.scrollHeight - scroller.clientHeight : 0;
    return room > 0 ? scroller.scrollTop / room : 0;
  }

  set share(share) {
    const scroller = this.scroller();
    if (!scroller) return;
    const top = Math.round(share * (scroller.scrollHeight - scroller.clientHeight));
    if (Math.abs(scroller.scrollTop - top) > 1) scroller.scrollTop = top;
  }

  // Width in pixels; 0 takes all there is.
  setWidth(width) {
    this.sheet.style.width = width ? `${width + 2}px` : "";
    this.sheet.classList.toggle("has-width", width > 0);
    const handle = this.sheet.querySelector(".handle");
    const now = width || this.sheet.clientWidth - 2;
    handle.setAttribute("aria-valuenow", now);
    handle.setAttribute("aria-valuetext", `${now} pixels`);
    this.marks.place();
  }

  // The free width: drag the edge, or move it by the arrow keys.
  handle() {
    const handle = element("div", {
      className: "handle", role: "separator", tabIndex: 0, "aria-orientation": "vertical", "aria-label": "Width",
      "aria-valuemin": NARROWEST, "aria-valuemax": 2000, "aria-valuenow": 0, title: "Drag for any width",
    }, element("span", { className: "badge" }));
    const set = (width) => this.hooks.widened(Math.round(Math.min(Math.max(width, NARROWEST), this.stage.clientWidth - 24)));
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      const { clientX } = event;
      const width = this.sheet.clientWidth - 2;
      document.body.classList.add("dragging");
      // The sheet is centred, so that its edge moves half as far as its width grows.
      const move = (moved) => set(width + 2 * (moved.clientX - clientX));
      const end = () => {
        document.body.classList.remove("dragging");
        handle.removeEventListener("pointermove", move);
      };
      handle.addEventListener("pointermove", move);
      handle.addEventListener("lostpointercapture", end, { once: true });
    });
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -10, ArrowRight: 10, PageDown: -100, PageUp: 100 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      set((state.width || this.sheet.clientWidth - 2) + step);
    });
    return handle;
  }

  // Shows the elements with these numbers, the first of them scrolled into sight; returns how many this view has.
  // What stands in the head has no place to be shown at: that is said over the message.
  point(numbers, label, kind) {
    const page = this.frame?.contentDocument;
    const found = page ? numbers.map((number) => page.querySelector(`[data-at="${number}"]`)).filter(Boolean) : [];
    const shown = found.filter((node) => !page.head?.contains(node));
    if (shown.length) shown[0].scrollIntoView({ block: "center", inline: "nearest" });
    if (found.length && !shown.length) this.marks.note(`${label} in the head of the message`.trim(), kind);
    else this.marks.outline(shown, label, kind);
    return { found: found.length, shown: shown.length };
  }
}
