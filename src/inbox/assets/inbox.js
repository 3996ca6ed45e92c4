// The inbox page: everything from the mail is set as text, never as markup; its HTML only in a sandboxed frame.
const $ = (id) => document.getElementById(id);
const rows = $("rows");
const PAGE = 100;
const state = { messages: [], matching: 0, kept: 0, arrived: 0, since: null, chosen: null, message: null, view: "html", width: 0, search: "", seen: new Set() };

const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};
const time = (text) => new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const size = (octets) => (octets < 1000 ? `${octets} B` : octets < 1e6 ? `${(octets / 1000).toFixed(1)} kB` : `${(octets / 1e6).toFixed(1)} MB`);
const grouped = (number) => number.toLocaleString("en");

function row(message) {
  const button = element("button", { type: "button" },
    element("span", { className: "to", dir: "auto", textContent: message.to }),
    element("time", { dateTime: message.received_at, textContent: time(message.received_at) }),
    element("span", { className: "subject", dir: "auto", textContent: message.subject }),
    element("span", { className: "words", dir: "auto", textContent: message.preheader }));
  button.dataset.number = message.number;
  return element("li", {}, button);
}

// Rows that are already there stay the same nodes, so that focus and scroll position survive new mail.
const nodes = new Map();
function drawList() {
  const wanted = new Set(state.messages.map((message) => message.number));
  for (const [number, node] of nodes) if (!wanted.has(number)) { node.remove(); nodes.delete(number); }
  let at = rows.firstElementChild;
  for (const message of state.messages) {
    let node = nodes.get(message.number);
    if (!node) nodes.set(message.number, node = row(message));
    if (node === at) at = at.nextElementSibling;
    else rows.insertBefore(node, at);
    node.className = message.number > state.since && !state.seen.has(message.number) ? "fresh" : "";
    if (message.number === state.chosen) node.firstChild.setAttribute("aria-current", "true");
    else node.firstChild.removeAttribute("aria-current");
  }
  const kept = state.kept === state.arrived ? "" : `, ${grouped(state.kept)} kept`;
  const found = state.search ? `${grouped(state.matching)} of ` : "";
  $("count").textContent = `${found}${grouped(state.arrived)} ${state.arrived === 1 ? "message" : "messages"}${kept}`;
  $("clear").disabled = state.kept === 0;
  $("older").hidden = state.messages.length === 0 || state.messages.length >= state.matching;
  $("empty").hidden = state.messages.length > 0;
  $("empty").textContent = state.kept ? "No message holds all these words." : "No mail yet. What is sent to the SMTP port of this inbox appears here at once.";
  $("hint").textContent = state.kept ? "Choose a message." : "Waiting for mail.";
}

async function fetched(before) {
  const asked = new URLSearchParams();
  if (state.search) asked.set("search", state.search);
  if (before) asked.set("before", before);
  const answer = await (await fetch(`/messages?${asked}`)).json();
  Object.assign(state, { arrived: answer.arrived, kept: answer.kept, matching: answer.matching });
  return answer.messages;
}

let turn = 0;
async function load() {
  const mine = ++turn;
  let newest;
  try { newest = await fetched(); } catch { return lost(); }
  if (mine !== turn) return;
  // Who reads further down keeps the pages opened there, as long as the newest join on to them.
  const isReading = $("list").scrollTop > 400 || rows.contains(document.activeElement);
  const last = newest.at(-1)?.number;
  const joins = state.listed === state.search && newest.length === PAGE && state.messages[0]?.number >= last;
  const older = isReading && joins ? state.messages.filter((message) => message.number < last) : [];
  state.messages = [...newest, ...older];
  state.listed = state.search;
  state.since ??= state.arrived;
  drawList();
  if (state.chosen === null && newest.length && !state.search) choose(newest[0].number);
}

async function older() {
  const mine = ++turn;
  const more = await fetched(state.messages.at(-1)?.number);
  if (mine !== turn) return;
  state.messages = [...state.messages, ...more];
  drawList();
}

// Mail may come in by the thousands a second: the list is asked for at most ten times in that time,
// and once more for what came in while it was on its way.
let isLoading = false;
let isStale = false;
async function loadSoon() {
  isStale = true;
  if (isLoading) return;
  isLoading = true;
  try {
    while (isStale) {
      await new Promise((on) => setTimeout(on, 100));
      isStale = false;
      await load();
    }
  } finally { isLoading = false; }
}

async function choose(number) {
  state.chosen = number;
  state.seen.add(number);
  drawList();
  const answer = await fetch(`/messages/${number}`);
  if (state.chosen !== number) return;
  if (!answer.ok) { putAway(); return load(); }
  history.replaceState(null, "", `#${number}`);
  draw(await answer.json());
}

function putAway() {
  state.chosen = state.message = null;
  $("message").hidden = true;
  $("nothing").hidden = false;
  history.replaceState(null, "", "/");
}

function draw(message) {
  state.message = message;
  $("nothing").hidden = true;
  $("message").hidden = false;
  $("subject").textContent = message.subject;
  const facts = [["From", message.from], ["To", message.to], ["Envelope", `${message.envelope_from || "<>"} → ${message.envelope_to.join(", ")}`],
    ["Arrived", `${new Date(message.received_at).toLocaleString()} · ${size(message.size)}`]];
  if (message.unsubscribe) facts.push(["Unsubscribe", message.unsubscribe.replace(/^list-unsubscribe:\s*/i, "")]);
  $("meta").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { dir: "auto", textContent: value })]));
  $("download").href = `/messages/${message.number}/message.eml`;
  $("tab-html").disabled = !message.has_html;
  $("tab-text").disabled = message.text === null;
  drawView();
}

// The view that was chosen, or the nearest that this message has.
function shownView() {
  const { message, view } = state;
  if (view === "html" && !message.has_html) return message.text === null ? "source" : "text";
  if (view === "text" && message.text === null) return message.has_html ? "html" : "source";
  return view;
}

async function drawView() {
  const { message } = state;
  const view = shownView();
  for (const tab of $("tabs").children) {
    const chosen = tab.dataset.view === view;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) $("panel").setAttribute("aria-labelledby", tab.id);
  }
  $("widths").hidden = view !== "html";
  const remote = message.remote_images;
  $("remark").hidden = view !== "html" || remote === 0;
  $("remark").textContent = `${remote === 1 ? "One picture is" : `${remote} pictures are`} on the web and not loaded: this page asks nobody else for anything.`;
  const panel = $("panel");
  panel.scrollTop = 0;
  if (view === "html") {
    const frame = element("iframe", { title: `HTML of: ${message.subject}`, src: `/messages/${message.number}/html` });
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    setWidth(frame);
    panel.replaceChildren(frame);
  } else if (view === "text") {
    panel.replaceChildren(element("pre", { className: "sheet", textContent: message.text, dir: "auto" }));
  } else if (view === "headers") {
    panel.replaceChildren(table(["Field", "Value"], message.headers.map((h) => {
      const cell = element("td", {}, element("div", { textContent: h.decoded, dir: "auto" }));
      if (h.raw !== h.decoded) cell.append(element("div", { className: "raw", textContent: h.raw }));
      return [element("th", { scope: "row", textContent: h.name }), cell];
    })));
  } else if (view === "parts") {
    panel.replaceChildren(table(["Part", "Encoding", "Size"], message.parts.map((p) => [
      element("td", { textContent: `${"\u2003".repeat(p.depth)}${p.depth ? "└ " : ""}${p.media_type}${p.name ? ` · ${p.name}` : ""}` }),
      element("td", { textContent: p.encoding }), element("td", { className: "number", textContent: p.size === null ? "" : size(p.size) })])));
  } else {
    const source = await (await fetch(`/messages/${message.number}/source`)).text();
    if (state.message === message && shownView() === "source") panel.replaceChildren(element("pre", { className: "sheet source", textContent: source }));
  }
}

function setWidth(frame) {
  frame.style.width = state.width ? `${state.width + 2}px` : "";
}

function table(heads, body) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col", className: text === "Size" ? "number" : "", textContent: text })));
  return element("div", { className: "sheet" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...body.map((cells) => element("tr", {}, ...cells)))));
}

function setView(view) {
  if (!state.message || $(`tab-${view}`).disabled) return;
  state.view = view;
  drawView();
}

async function step(by) {
  const at = state.messages.findIndex((message) => message.number === state.chosen);
  if (by > 0 && at === state.messages.length - 1 && !$("older").hidden) await older();
  const next = state.messages[at < 0 ? 0 : Math.min(state.messages.length - 1, Math.max(0, at + by))];
  if (!next) return;
  choose(next.number);
  nodes.get(next.number)?.scrollIntoView({ block: "nearest" });
}

async function remove() {
  const number = state.chosen;
  if (number === null) return;
  const at = state.messages.findIndex((message) => message.number === number);
  await fetch(`/messages/${number}`, { method: "DELETE" });
  state.messages = state.messages.filter((message) => message.number !== number);
  const next = state.messages[Math.min(at, state.messages.length - 1)];
  if (next) choose(next.number);
  else { putAway(); drawList(); }
}

function lost() {
  $("count").textContent = "The inbox is not running any more.";
}

$("rows").addEventListener("click", (event) => {
  const number = event.target.closest("button")?.dataset.number;
  if (number) choose(Number(number));
});
$("tabs").addEventListener("click", (event) => { if (event.target.dataset.view) setView(event.target.dataset.view); });
$("tabs").addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const tabs = [...$("tabs").children].filter((tab) => !tab.disabled);
  const next = tabs[(tabs.findIndex((tab) => tab.dataset.view === shownView()) + by + tabs.length) % tabs.length];
  setView(next.dataset.view);
  next.focus();
});
$("widths").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  state.width = Number(button.dataset.width);
  for (const other of $("widths").children) other.setAttribute("aria-pressed", other === button);
  const frame = $("panel").querySelector("iframe");
  if (frame) setWidth(frame);
});
$("search").addEventListener("input", (event) => { state.search = event.target.value.trim(); load(); });
$("older").addEventListener("click", older);
// The next page comes by itself when the end of the list comes into sight.
new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) older(); }, { root: $("list"), rootMargin: "300px" }).observe($("older"));
$("delete").addEventListener("click", remove);
$("clear").addEventListener("click", async () => {
  const button = $("clear");
  if (!button.classList.contains("sure")) {
    button.className = "sure";
    button.textContent = `Really delete all ${grouped(state.kept)}?`;
    return;
  }
  calm();
  await fetch("/messages", { method: "DELETE" });
  putAway();
});
$("clear").addEventListener("blur", calm);
function calm() {
  $("clear").className = "";
  $("clear").textContent = "Delete all";
}
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const view = ["html", "text", "headers", "parts", "source"][event.key - 1];
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "d") remove();
  else if (event.key === "/") { event.preventDefault(); $("search").focus(); }
  else if (view) setView(view);
});

const wanted = Number(location.hash.slice(1));
if (wanted) choose(wanted);
const events = new EventSource("/events");
events.addEventListener("changed", loadSoon);
events.addEventListener("error", lost);
load();
