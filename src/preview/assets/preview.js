// The preview page. Mail HTML lives in a frame without scripts; texts from files are set as text, never as markup.
const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const state = { issue: asked.get("issue"), language: asked.get("language"), width: Number(asked.get("width")) || 0, view: asked.get("view") || "digest", stamp: null };
let frame = null;

const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};
const query = () => {
  const choice = new URLSearchParams();
  if (state.issue) choice.set("issue", state.issue);
  if (state.language) choice.set("language", state.language);
  return choice;
};

function press(group, key, value) {
  for (const button of $(group).children) button.setAttribute("aria-pressed", button.dataset[key] === String(value));
}

// The new page is laid out behind the old one, scrolled to the same place, and only then shown: no flash.
function show(stamp) {
  if (stamp === state.stamp) return;
  state.stamp = stamp;
  const next = element("iframe", { title: "The digest", className: frame ? "waiting" : "" });
  next.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
  next.src = `/digest?${query()}&stamp=${stamp}`;
  setWidth(next);
  next.addEventListener("load", () => {
    if (frame && frame !== next) {
      next.contentWindow.scrollTo(0, frame.contentWindow?.scrollY ?? 0);
      frame.remove();
    }
    next.className = "";
    frame = next;
    document.body.dataset.shown = stamp;
  }, { once: true });
  for (const waiting of $("stage").querySelectorAll(".waiting")) waiting.remove();
  $("stage").append(next);
}

function setWidth(target) {
  target.style.width = state.width ? `${state.width + 2}px` : "";
}

function excerpt(place) {
  const line = place.excerpt ?? "";
  const at = place.column > 0 ? Math.min(place.column - 1, line.length) : 0;
  const rest = line.slice(at).match(/^\S+/)?.[0] ?? line.slice(at, at + 1);
  return element("code", { className: "excerpt" }, `${place.line} │ ${line.slice(0, at)}`, element("mark", { textContent: rest || " " }), line.slice(at + rest.length));
}

function problem(found) {
  const item = element("li", {}, element("div", { textContent: found.message, dir: "auto" }));
  if (found.place) {
    const { path, line, column } = found.place;
    item.append(element("div", { className: "where", textContent: `${path}${line ? `:${line}` : ""}${column ? `:${column}` : ""}  [${found.code}]` }));
    if (found.place.excerpt) item.append(excerpt(found.place));
  }
  if (found.help) item.append(element("div", { className: "help", textContent: found.help }));
  return item;
}

function drawBar(answer) {
  $("issue").replaceChildren(...answer.issues.map((issue) =>
    element("option", { value: issue.id, textContent: `${issue.id} · ${issue.date}`, selected: issue.id === answer.issue })));
  $("languages").replaceChildren(...answer.languages.map((tag) => {
    const button = element("button", { type: "button", textContent: tag });
    button.dataset.language = tag;
    return button;
  }));
  press("languages", "language", answer.language);
  press("widths", "width", state.width);
  press("views", "view", state.view);
  $("inbox-row").hidden = answer.subject === null;
  $("from").textContent = answer.from;
  $("subject").textContent = answer.subject;
  $("preheader").textContent = answer.preheader;
  const size = answer.html_bytes === null ? "" : `${(answer.html_bytes / 1000).toFixed(1)} kB HTML · `;
  $("status").textContent = `${size}built in ${answer.took_ms.toFixed(1)} ms`;
  document.title = answer.subject ? `${answer.subject} – preview` : "Masthead preview";
}

function drawProblems(answer) {
  const count = answer.problems.length;
  $("overlay").hidden = count === 0;
  $("overlay-title").textContent = count === 1 ? "One thing to mend" : `${count} things to mend`;
  $("problems").replaceChildren(...answer.problems.map(problem));
  $("overlay-note").textContent = answer.stamp ? "Behind this note: the last version that could be built. It is replaced as soon as you save a good one." : "";
  const { findings } = answer;
  $("findings").hidden = findings.length === 0 || count > 0;
  $("findings").querySelector("summary").textContent = findings.length === 1 ? "1 check stops a send" : `${findings.length} checks stop a send`;
  $("findings").querySelector("ol").replaceChildren(...findings.map(problem));
}

let asking = 0;
async function look() {
  const turn = ++asking;
  const answer = await (await fetch(`/look?${query()}`)).json();
  if (turn !== asking) return;
  Object.assign(state, { issue: answer.issue, language: answer.language });
  drawBar(answer);
  drawProblems(answer);
  $("stage").hidden = state.view !== "digest";
  $("text").hidden = state.view !== "text";
  if (answer.stamp) show(answer.stamp);
  if (state.view === "text") $("text").textContent = answer.stamp ? await (await fetch(`/text?${query()}`)).text() : "";
  const choice = query();
  if (state.width) choice.set("width", state.width);
  if (state.view !== "digest") choice.set("view", state.view);
  history.replaceState(null, "", `?${choice}`);
}

const listen = (group, key, change) => $(group).addEventListener("click", (event) => {
  const value = event.target.closest("button")?.dataset[key];
  if (value !== undefined) { change(value); look(); }
});
listen("languages", "language", (value) => { state.language = value; });
listen("widths", "width", (value) => { state.width = Number(value); if (frame) setWidth(frame); });
listen("views", "view", (value) => { state.view = value; });
$("issue").addEventListener("change", (event) => { state.issue = event.target.value; look(); });
addEventListener("keydown", (event) => {
  if (event.target.matches("select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const buttons = [...$("languages").children];
  if (event.key === "l" && buttons.length) {
    const at = buttons.findIndex((button) => button.dataset.language === state.language);
    buttons[(at + 1) % buttons.length].click();
  } else if (event.key === "t") {
    state.view = state.view === "text" ? "digest" : "text";
    look();
  } else if (event.key >= "1" && event.key <= "5") {
    $("widths").children[event.key - 1].click();
  }
});

const events = new EventSource("/events");
events.addEventListener("changed", look);
events.addEventListener("open", look);
events.addEventListener("error", () => { $("status").textContent = "the preview is not running any more"; });
