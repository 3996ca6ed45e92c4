// Small tools for drawing. Texts from files and mails are set as text, never as markup.

export const $ = (id) => document.getElementById(id);

// Makes an element: keys with a dash and `role`, `for`, `lang`, `dir` are attributes, the others properties.
export function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (key === "dataset") Object.assign(node.dataset, value);
    else if (key === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (key.includes("-") || ["role", "for", "lang", "dir", "href"].includes(key)) node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

export const size = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);

// Names and values stand in backticks.
export const said = (text) =>
  (text ?? "").split(/`([^`]*)`/).map((part, at) => (at % 2 ? element("code", { textContent: part, dir: "auto" }) : part));

// The same as a sentence of its own: problems are told as fragments. A name in front stays as it is.
export const sentence = (text) => said(/^\p{Ll}/u.test(text ?? "") ? text[0].toUpperCase() + text.slice(1) : text);

const languageNames = new Intl.DisplayNames(["en"], { type: "language" });
export function languageName(tag) {
  try {
    return languageNames.of(tag);
  } catch {
    return tag;
  }
}

export function day(date) {
  const at = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(at.valueOf())) return date;
  return at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

export function moment(at) {
  const time = new Date(at);
  return Number.isNaN(time.valueOf()) ? at : time.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

// Tells people who don't see the page what just happened.
export function announce(text) {
  $("announcer").textContent = "";
  requestAnimationFrame(() => { $("announcer").textContent = text; });
}

// One stop for the tab key; arrows move within. `choose` is called with the item the arrow leads to.
export function rove(container, selector, choose = null) {
  container.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const items = [...container.querySelectorAll(selector)].filter((item) => !item.disabled && item.checkVisibility());
    const at = items.indexOf(event.target.closest(selector));
    if (at < 0) return;
    const next = {
      ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: items.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const item = items[(next + items.length) % items.length];
    stop(container, selector, item);
    item.focus();
    choose?.(item);
  });
}

// Makes one item of a roving group the one the tab key reaches.
export function stop(container, selector, item) {
  const items = [...container.querySelectorAll(selector)];
  const reached = item && items.includes(item) ? item : items[0];
  for (const each of items) each.tabIndex = each === reached ? 0 : -1;
}

// Marks the pressed button of a group and makes it the group's tab stop.
export function press(group, key, value) {
  let pressed = null;
  for (const button of group.querySelectorAll("button")) {
    const is = button.dataset[key] === String(value);
    button.setAttribute("aria-pressed", is);
    if (is) pressed = button;
  }
  stop(group, "button", pressed);
}

const kept = (key) => `masthead.${key}`;
export const remembered = (key) => localStorage.getItem(kept(key));
export function remember(key, value) {
  if (value === null) localStorage.removeItem(kept(key));
  else localStorage.setItem(kept(key), value);
}
