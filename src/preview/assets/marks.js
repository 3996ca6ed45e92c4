// Outlines over the frame: what a finding means, what the pointer is on. The mail itself stays as it is.
import { element } from "./dom.js";

export class Marks {
  constructor(pane) {
    this.pane = pane;
    this.layer = element("div", { className: "marks", "aria-hidden": "true" });
    this.outlined = [];
    this.pointed = null;
  }

  // Pictures that load late move what is outlined.
  watch(frame) {
    const body = frame.contentDocument?.body;
    if (body) new frame.contentWindow.ResizeObserver(() => this.place()).observe(body);
  }

  clear() {
    this.outlined = [];
    this.pointed = null;
    this.layer.replaceChildren();
  }

  outline(elements, label, kind) {
    this.clear();
    this.outlined = elements.map((target, at) => this.box(target, at === 0 ? label : "", `found ${kind}`));
    this.place();
  }

  // Words over the message about what has no place in it.
  note(words, kind) {
    this.clear();
    this.outlined = [this.box(null, words, `found in-head at-top ${kind}`)];
  }

  // The one element under the pointer while inspecting.
  point(target, label) {
    this.pointed?.box.remove();
    this.pointed = target ? this.box(target, label, "pointed") : null;
    this.place();
  }

  box(target, label, name) {
    const box = element("div", { className: `mark ${name}` }, label ? element("span", { textContent: label }) : null);
    this.layer.append(box);
    return { target, box };
  }

  place() {
    for (const mark of [...this.outlined, this.pointed]) {
      if (!mark?.target) continue;
      const { left, top, width, height } = extent(mark.target);
      Object.assign(mark.box.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
      mark.box.classList.toggle("at-top", top < 24);
    }
  }
}

// Elements without a box of their own (comments' neighbours, wrappers) are as large as what they hold.
function extent(target) {
  const own = target.getBoundingClientRect();
  if (own.width > 0 && own.height > 0) return own;
  const range = target.ownerDocument.createRange();
  range.selectNodeContents(target);
  const inner = range.getBoundingClientRect();
  if (inner.width > 0 || inner.height > 0) return inner;
  return target.parentElement?.getBoundingClientRect() ?? own;
}
