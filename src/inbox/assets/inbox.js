// The inbox page: everything from the mail is set as text, never as markup; its HTML only in a sandboxed frame.
const $ = (id) => document.getElementById(id);
const rows = $("rows");
const state = { messages: [], arrived: 0, kept: 0, chosen: null, view: "html", width: 0, search: "", fresh: new Set() };

const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};
const time = (text) => new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const size = (octets) => (octets < 1024 ? `${octets} B` : `${(octets / 1024).toFixed(1)} kB`);
const matches = (m) => `${m.from} ${m.to} ${m.subject}`.toLowerCase().includes(state.search);

function row(message) {
  const button = element("button", { type: "button" },
    element("span", { className: "to", dir: "auto", textContent: message.to }),
    element("time", { dateTime: message.received_at, textContent: time(message.received_at) }),
    element("span", { className: "subject", dir: "auto", textContent: message.subject }),
    element("span", { className: "words", dir: "auto", textContent: message.preheader }));
  button.dataset.number = message.number;
  if (message.number === state.chosen) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => choose(message.number));
  const item = element("li", {}, button);
  if (state.fresh.has(message.number)) item.className = "fresh";
  return item;
}

function drawList() {
  rows.replaceChildren(...state.messages.filter(matches).map(row));
  $("count").textContent = state.kept === state.arrived ? `${state.arrived} messages` : `${state.arrived} messages, ${state.kept} kept`;
  $("empty").hidden = state.messages.length > 0;
  $("older").hidden = state.messages.length === 0 || state.messages.length >= state.kept;
}

let drawing = false;
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawList(); });
}

async function load(before) {
  const answer = await (await fetch(before ? `/messages?before=${before}` : "/messages")).json();
  state.messages = before ? [...state.messages, ...answer.messages] : answer.messages;
  Object.assign(state, { arrived: answer.arrived, kept: answer.kept });
  drawList();
}

async function choose(number) {
  const answer = await fetch(`/messages/${number}`);
  if (!answer.ok) return load();
  state.chosen = number;
  state.fresh.delete(number);
  history.replaceState(null, "", `#${number}`);
  drawList();
  draw(await answer.json());
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
  if ((state.view === "html" && !message.has_html) || (state.view === "text" && message.text === null)) state.view = message.has_html ? "html" : "source";
  drawView();
}

async function drawView() {
  const { message, view } = state;
  for (const tab of $("tabs").children) {
    const chosen = tab.dataset.view === view;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) $("panel").setAttribute("aria-labelledby", tab.id);
  }
  $("widths").hidden = view !== "html";
  const panel = $("panel");
  if (view === "html") {
    const frame = element("iframe", { title: `HTML of: ${message.subject}`, src: `/messages/${message.number}/html` });
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    if (state.width) frame.style.width = `${state.width + 2}px`;
    panel.replaceChildren(frame);
  } else if (view === "text") {
    panel.replaceChildren(element("pre", { textContent: message.text, dir: "auto" }));
  } else if (view === "headers") {
    panel.replaceChildren(table(["Field", "Value"], message.headers.map((h) => {
      const cell = element("td", {}, element("div", { textContent: h.decoded, dir: "auto" }));
      if (h.raw !== h.decoded) cell.append(element("div", { className: "raw", textContent: h.raw }));
      return [element("th", { scope: "row", textContent: h.name }), cell];
    })));
  } else if (view === "parts") {
    panel.replaceChildren(table(["Part", "Encoding", "Size"], message.parts.map((p) => [
      element("td", { textContent: `${"\u2003".repeat(p.depth)}${p.media_type}${p.name ? ` · ${p.name}` : ""}` }),
      element("td", { textContent: p.encoding }), element("td", { textContent: size(p.size) })])));
  } else {
    panel.replaceChildren(element("pre", { textContent: await (await fetch(`/messages/${message.number}/source`)).text() }));
  }
}

function table(heads, body) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col", textContent: text })));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body.map((cells) => element("tr", {}, ...cells))));
}

function step(by) {
  const shown = state.messages.filter(matches);
  const at = shown.findIndex((m) => m.number === state.chosen);
  const next = shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))];
  if (next) choose(next.number).then(() => rows.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }));
}

$("tabs").addEventListener("click", (event) => {
  const view = event.target.dataset.view;
  if (view) { state.view = view; drawView(); }
});
$("tabs").addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const tabs = [...$("tabs").children].filter((tab) => !tab.disabled);
  const next = tabs[(tabs.findIndex((tab) => tab.dataset.view === state.view) + by + tabs.length) % tabs.length];
  state.view = next.dataset.view;
  drawView();
  next.focus();
});
$("widths").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  state.width = Number(button.dataset.width);
  for (const other of $("widths").children) other.setAttribute("aria-pressed", other === button);
  drawView();
});
$("search").addEventListener("input", (event) => { state.search = event.target.value.toLowerCase(); drawList(); });
$("older").addEventListener("click", () => load(state.messages.at(-1)?.number));
$("clear").addEventListener("click", async () => {
  await fetch("/clear", { method: "POST" });
  state.chosen = null;
  $("message").hidden = true;
  $("nothing").hidden = false;
});
addEventListener("keydown", (event) => {
  if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const views = ["html", "text", "headers", "parts", "source"];
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/") { event.preventDefault(); $("search").focus(); }
  else if (state.message && views[event.key - 1] && !$(`tab-${views[event.key - 1]}`).disabled) { state.view = views[event.key - 1]; drawView(); }
});

const events = new EventSource("/events");
events.addEventListener("arrived", (event) => {
  const message = JSON.parse(event.data);
  state.messages.unshift(message);
  state.arrived = Math.max(state.arrived, message.number);
  state.kept += 1;
  state.fresh.add(message.number);
  drawSoon();
});
events.addEventListener("reload", () => load());

await load();
const wanted = Number(location.hash.slice(1)) || state.messages[0]?.number;
if (wanted) choose(wanted);
