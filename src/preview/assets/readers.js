// As whom the message is seen: search of the list, its extremes, or somebody made up.
import { $, announce, element, languageName, size } from "./dom.js";
import { getJson } from "./server.js";
import { state } from "./state.js";

const PAUSE_MS = 120;
// Going through a long list takes its time; how often to look how far it is.
const AGAIN_MS = 700;
let options = [];
let active = -1;
let waiting = null;
let turn = 0;
let extremes = { of: null, answer: null };
let choose = () => {};

function words(as, reader) {
  if (as.kind === "subscriber") return reader?.name || as.address;
  if (as.kind === "made-up") return reader?.name || as.name || as.email || "Made-up reader";
  return "Any reader";
}

export function drawReader(look) {
  $("reader").dataset.kind = state.as.kind;
  if (document.activeElement !== $("as") || $("reader-box").hidden) $("as").value = words(state.as, look.reader);
  $("as").title = look.reader?.address ? `${look.reader.address} (/)` : "Search the list (/)";
}

const plain = (reader) => [reader.address, reader.language ? languageName(reader.language) : null].filter(Boolean).join(" · ");

function option(item, at) {
  const node = element("li", { role: "option", id: `reader-${at}`, "aria-selected": item.current ? "true" : "false", className: item.kind },
    element("span", { className: "who" }, element("b", {}, element("bdi", { textContent: item.title })), item.detail ? element("span", { className: "note", textContent: item.detail }) : null),
    item.why ? element("span", { className: "chip", textContent: item.why }) : null);
  node.addEventListener("pointerdown", (event) => event.preventDefault());
  node.addEventListener("click", () => take(at));
  node.addEventListener("pointermove", () => { if (active !== at) activate(at); });
  return node;
}

function fixed() {
  return [
    { kind: "sample", title: "Any reader", detail: "Nothing known but an address: every default shows", current: state.as.kind === "sample" },
    { kind: "made-up", title: "Made-up reader…", detail: "Give a name and fields of your own", current: state.as.kind === "made-up" },
  ];
}

const person = (reader, why = null) => ({
  kind: "subscriber", address: reader.address, title: reader.name || reader.address, detail: plain(reader), why,
  current: state.as.kind === "subscriber" && state.as.address === reader.address,
});

function extreme(found) {
  const why = found.octets && /message/.test(found.what) ? `${found.what}, ${size(found.octets)}` : found.what;
  return person(found, why.replace(/^language: (.+)$/, (_, tag) => `gets ${languageName(tag)}`));
}

function draw(groups, note) {
  options = groups.flatMap((group) => group.items);
  const list = [];
  let at = 0;
  for (const group of groups) {
    if (!group.items.length) continue;
    if (group.title) list.push(element("li", { role: "presentation", className: "group-title", textContent: group.title }));
    for (const item of group.items) {
      list.push(option(item, at));
      at += 1;
    }
  }
  $("readers").replaceChildren(...list);
  $("readers-note").textContent = note ?? "";
  $("readers-note").hidden = !note;
  activate(-1);
}

function activate(at) {
  active = at;
  const nodes = $("readers").querySelectorAll("[role=option]");
  nodes.forEach((node, index) => node.classList.toggle("active", index === at));
  if (at >= 0) {
    $("as").setAttribute("aria-activedescendant", `reader-${at}`);
    nodes[at]?.scrollIntoView({ block: "nearest" });
  } else $("as").removeAttribute("aria-activedescendant");
}

async function suggest() {
  const mine = ++turn;
  const issue = state.look?.issue ?? "";
  if (!extremes.answer?.pending) draw([{ items: fixed() }], extremes.of === state.look?.stamp ? null : "Rendering everybody on the list…");
  if (extremes.of !== state.look?.stamp) {
    const of = state.look?.stamp;
    try {
      extremes = { of, answer: await getJson(`/extremes?${new URLSearchParams({ issue })}`) };
      if (extremes.answer.pending) {
        extremes.of = null;
        clearTimeout(waiting);
        waiting = setTimeout(() => { if (mine === turn) suggest(); }, AGAIN_MS);
      }
    } catch (error) {
      extremes = { of: null, answer: { extremes: [], why_not: error.message } };
    }
  }
  if (mine !== turn) return;
  const { extremes: found, readers, why_not: whyNot, pending, seen } = extremes.answer;
  const known = readers ? `${readers.toLocaleString("en")} on the list. Type to search by name or address.` : null;
  draw([{ items: fixed() }, { title: "The extremes of the list", items: found.map(extreme) }],
    whyNot ?? (pending ? `Rendering everybody on the list: ${(seen ?? 0).toLocaleString("en")} so far…` : known));
}

async function search(words) {
  const mine = ++turn;
  let answer;
  try {
    answer = await getJson(`/readers?${new URLSearchParams({ issue: state.look?.issue ?? "", q: words })}`);
  } catch (error) {
    answer = { readers: [], total: 0, why_not: error.message };
  }
  if (mine !== turn) return;
  const more = answer.total > answer.readers.length ? `${answer.readers.length} of ${answer.total.toLocaleString("en")} shown; type more to narrow` : null;
  draw([{ items: answer.readers.map((reader) => person(reader)) }], answer.why_not ?? (answer.readers.length ? more : `Nobody on the list matches “${words}”.`));
  if (answer.readers.length) activate(0);
  announce(answer.why_not ?? (answer.readers.length ? `${answer.readers.length} found` : "Nobody found"));
}

function open() {
  if (!$("reader-box").hidden) return;
  $("made-up").hidden = true;
  $("readers").hidden = false;
  $("reader-box").hidden = false;
  $("as").setAttribute("aria-expanded", "true");
  suggest();
}

export function closeReaders() {
  if ($("reader-box").hidden) return false;
  turn += 1;
  clearTimeout(waiting);
  $("reader-box").hidden = true;
  $("as").setAttribute("aria-expanded", "false");
  activate(-1);
  if (state.look) $("as").value = words(state.as, state.look.reader);
  return true;
}

function take(at) {
  const item = options[at];
  if (!item) return;
  if (item.kind === "made-up") {
    makeUp();
    return;
  }
  choose(item.kind === "sample" ? { kind: "sample" } : { kind: "subscriber", address: item.address });
  $("as").value = item.title;
  closeReaders();
  $("as").select();
}

// A small form of what the issue asks of its readers.
function makeUp() {
  const reader = state.look?.reader ?? {};
  const as = state.as.kind === "made-up" ? state.as : { name: "", email: "", topics: "", fields: {} };
  const asked = (state.look?.fields ?? []).filter((field) => !["name", "email", "address"].includes(field.name));
  const known = asked.length ? asked : Object.keys(reader.fields ?? {}).map((name) => ({ name, default: null }));
  const line = (name, label, value, hint, type = "text") => element("label", {}, element("span", { textContent: label }),
    element("input", { name, value: value ?? "", placeholder: hint ?? "", type, autocomplete: "off", dir: "auto" }));
  const topics = state.look?.topics ?? [];
  const chosen = new Set((as.topics || "").split(",").filter(Boolean));
  const nameDefault = (state.look?.fields ?? []).find((field) => field.name === "name")?.default;
  const form = $("made-up");
  form.replaceChildren(
    element("h2", { textContent: "A made-up reader" }),
    line("name", "Name", as.name, nameDefault ? `empty: ${nameDefault}` : "empty: the default shows"),
    line("email", "Address", as.email, "reader@example.org", "email"),
    ...known.map((field) => line(`field.${field.name}`, field.name, as.fields?.[field.name], field.default ? `empty: ${field.default}` : "")),
    topics.length ? element("fieldset", {}, element("legend", { textContent: "Topics" }), topics.map((topic) =>
      element("label", { className: "tick" }, element("input", { type: "checkbox", name: "topic", value: topic, checked: chosen.has(topic) }), topic))) : "",
    element("div", { className: "buttons" },
      element("button", { type: "button", textContent: "Back", on: { click: () => { form.hidden = true; $("readers").hidden = false; $("as").focus(); suggest(); } } }),
      element("button", { type: "submit", className: "primary", textContent: "Show" })));
  $("readers").hidden = true;
  $("readers-note").hidden = true;
  form.hidden = false;
  form.querySelector("input").focus();
}

function submitted(event) {
  event.preventDefault();
  const data = new FormData($("made-up"));
  const fields = {};
  for (const [key, value] of data) if (key.startsWith("field.") && value) fields[key.slice(6)] = value;
  choose({ kind: "made-up", name: data.get("name"), email: data.get("email"), topics: data.getAll("topic").join(","), fields });
  $("as").focus();
  closeReaders();
}

function pressed(event) {
  const last = options.length - 1;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if ($("reader-box").hidden) open();
    else activate(event.key === "ArrowDown" ? (active >= last ? 0 : active + 1) : active <= 0 ? last : active - 1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if ($("reader-box").hidden) open();
    else take(active >= 0 ? active : options.length === 1 ? 0 : -1);
  }
}

export function readers(chosen) {
  choose = chosen;
  const input = $("as");
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", open);
  input.addEventListener("keydown", pressed);
  input.addEventListener("input", () => {
    open();
    clearTimeout(waiting);
    const typed = input.value.trim();
    waiting = setTimeout(() => (typed ? search(typed) : suggest()), PAUSE_MS);
  });
  $("made-up").addEventListener("submit", submitted);
  document.addEventListener("pointerdown", (event) => { if (!$("reader").contains(event.target)) closeReaders(); });
  $("reader").addEventListener("focusout", (event) => { if (event.relatedTarget && !$("reader").contains(event.relatedTarget)) closeReaders(); });
}

export function searchReaders() {
  $("as").focus();
  open();
}
