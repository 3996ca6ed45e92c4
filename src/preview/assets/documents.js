// The views that are no frame: text, reading order, headers, source, inbox rows.
import { element, icon, languageName, count } from "./dom.js";
import { getJson, getText } from "./server.js";
import { inboxes } from "./rows.js";

// Fetches what a view shows and returns the element that shows it. `tell` hears of clicks on an element's number.
export async function draw(view, query, look, tell) {
  if (view === "text") return text(await getText(`/text?${query}`));
  if (view === "reading") return reading(await getJson(`/reading?${query}`), tell);
  if (view === "headers") return headers(await getJson(`/headers?${query}`));
  if (view === "source") return source(await getText(`/source?${query}`));
  return inboxes(await getJson(`/rows?${query}`), look);
}

function text(words) {
  return element("pre", { className: "paper plain", id: "text", dir: "auto", textContent: words });
}

const ROLES = {
  heading: "Heading", link: "Link", image: "Image", text: "Text", paragraph: "Text", listitem: "List item",
  list: "List", table: "Table", cell: "Cell", columnheader: "Column heading", button: "Button", separator: "Separator", quote: "Quotation",
  article: "Article", region: "Region", main: "Main part", navigation: "Navigation", banner: "Banner",
  contentinfo: "About the sender", complementary: "Aside",
};
// What should have words and has none is a fault; a line between parts has nothing to say.
const SPEAKING = new Set(["heading", "link", "image", "button"]);

// "Heading 2, link": what it is above all, then the rest.
function called(item) {
  const role = ROLES[item.role] ?? item.role;
  const also = (item.also ?? []).map((name) => (ROLES[name] ?? name).toLowerCase());
  return [item.level ? `${role} ${item.level}` : role, ...also].join(", ");
}

function reading(items, tell) {
  const list = element("ol", { className: "reading" });
  let language = null;
  for (const item of items) {
    const changes = item.lang && item.lang !== language;
    language = item.lang ?? language;
    const words = element("span", { className: "words", textContent: item.text || (SPEAKING.has(item.role) ? "(no words)" : ""), dir: item.dir ?? "auto", lang: item.lang });
    if (!item.text && SPEAKING.has(item.role)) words.classList.add("silent");
    const row = element("button", { type: "button", className: ["said-item", item.role, ...(item.also ?? [])].join(" "), title: "Show it in the message", on: { click: () => tell(item.element) } },
      element("span", { className: "role", textContent: called(item) }), words,
      changes ? element("span", { className: "chip", textContent: languageName(item.lang), title: "The language changes here" }) : null);
    list.append(element("li", {}, row));
  }
  return element("div", { className: "paper listing" },
    element("p", { className: "note lead", textContent: `${count(items.length, "thing")} to hear, in this order. Select one to see it in the message.` }), list);
}

// Keeps the choice between decoded and raw while other messages are looked at.
let rawHeaders = false;

function headers(fields) {
  const table = element("table", { className: "fields" });
  const body = element("tbody");
  table.append(element("caption", { className: "sr", textContent: "Header fields" }), body);
  const decoded = element("button", { type: "button", textContent: "Decoded" });
  const raw = element("button", { type: "button", textContent: "Raw" });
  const fill = () => {
    decoded.setAttribute("aria-pressed", !rawHeaders);
    raw.setAttribute("aria-pressed", rawHeaders);
    body.replaceChildren(...fields.map((field) => element("tr", {},
      element("th", { scope: "row", textContent: field.name }),
      element("td", { className: rawHeaders ? "raw" : "", dir: "auto", textContent: (rawHeaders ? field.raw : field.decoded).trim() }))));
  };
  decoded.addEventListener("click", () => { rawHeaders = false; fill(); });
  raw.addEventListener("click", () => { rawHeaders = true; fill(); });
  fill();
  return element("div", { className: "paper listing" },
    element("div", { className: "lead" }, element("p", { className: "note", textContent: count(fields.length, "field") }),
      element("div", { className: "group small", role: "group", "aria-label": "Header values" }, decoded, raw)), table);
}

const ENCODED = /^[A-Za-z0-9+/]{60,}={0,2}$/;

// The octets, with long runs of encoded pictures folded away; copying the whole goes by the menu.
function source(octets) {
  const box = element("pre", { className: "paper source", dir: "ltr" });
  const lines = octets.split("\n");
  let head = true;
  let run = [];
  const flush = () => {
    if (run.length > 12) {
      box.append(`${run.slice(0, 2).join("\n")}\n`);
      const rest = run.slice(2);
      const more = element("button", { type: "button", className: "fold", textContent: `${count(rest.length, "more line")} of it` });
      more.addEventListener("click", () => more.replaceWith(`${rest.join("\n")}\n`));
      box.append(more, "\n");
    } else if (run.length) box.append(`${run.join("\n")}\n`);
    run = [];
  };
  for (const line of lines) {
    if (ENCODED.test(line)) {
      run.push(line);
      continue;
    }
    flush();
    const boundary = line.startsWith("--") && /^--[\w'()+,./:=?-]{6,72}$/.test(line);
    const name = head ? line.match(/^[A-Za-z][A-Za-z0-9-]*:/)?.[0] : null;
    if (boundary) {
      box.append(element("span", { className: "boundary", textContent: line }), "\n");
      head = true;
    } else if (name) box.append(element("b", { textContent: name }), `${line.slice(name.length)}\n`);
    else {
      if (line === "") head = false;
      box.append(`${line}\n`);
    }
  }
  flush();
  return box;
}

export function refused(message) {
  return element("div", { className: "paper refused" }, icon("warning"), element("p", { textContent: message }));
}
