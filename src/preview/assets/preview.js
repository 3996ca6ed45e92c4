// The preview page. Mail HTML lives in a frame without scripts; texts from files are set as text, never as markup.
const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const state = { issue: asked.get("issue"), language: asked.get("language"), width: Number(asked.get("width")) || 0, view: asked.get("view") === "text" ? "text" : "digest", stamp: null, hidden: null };
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
const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

function press(group, key, value) {
  for (const button of $(group).children) button.setAttribute("aria-pressed", button.dataset[key] === String(value));
}

// The new page is laid out behind the old one, scrolled to the same place, and only then shown: no flash.
function show(stamp) {
  if (stamp === state.stamp) return;
  state.stamp = stamp;
  for (const waiting of $("stage").querySelectorAll(".waiting")) waiting.remove();
  if (!stamp) {
    frame?.remove();
    frame = null;
    return;
  }
  const next = element("iframe", { title: "The digest", className: "waiting" });
  next.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
  next.src = `/digest?${query()}&stamp=${stamp}`;
  setWidth(next);
  next.addEventListener("load", () => {
    if (!next.isConnected || state.stamp !== stamp) return;
    // Keys work wherever the focus is; the frame itself runs nothing.
    next.contentWindow.addEventListener("keydown", keys);
    if (frame) {
      next.contentWindow.scrollTo(0, frame.contentWindow?.scrollY ?? 0);
      frame.remove();
    }
    next.className = "";
    frame = next;
    document.body.dataset.shown = stamp;
  }, { once: true });
  $("stage").append(next);
}

function setWidth(target) {
  target.style.width = state.width ? `${state.width + 2}px` : "";
}

// The line as it stands in the file, with what stands at the column marked.
function excerpt(place) {
  const line = [...place.excerpt];
  const cut = place.excerpt.startsWith("…");
  const at = !cut && place.column > 0 ? Math.min(place.column - 1, line.length) : -1;
  const box = element("code", { className: "excerpt" }, element("span", { className: "no", textContent: place.line }));
  if (at < 0) {
    box.append(element("span", { textContent: place.excerpt }));
    return box;
  }
  const rest = line.slice(at).join("");
  const marked = rest.match(/^[\p{L}\p{N}_.-]+/u)?.[0] ?? rest.slice(0, 1);
  box.append(element("span", {}, line.slice(0, at).join(""), element("mark", { textContent: marked || "⏎" }), rest.slice(marked.length)));
  return box;
}

// Names and values stand in backticks.
const said = (text) => text.split(/`([^`]*)`/).map((part, at) => (at % 2 ? element("code", { textContent: part }) : part));

function problem(found) {
  const kind = { error: "Error", warning: "Warning", info: "Note" }[found.severity];
  const item = element("li", { className: found.severity },
    element("div", { className: "said", dir: "auto" }, element("b", { textContent: `${kind}: ` }), ...said(found.message)));
  const { path, line, column } = found.place ?? {};
  const place = path ? `${path}${line ? `:${line}` : ""}${column ? `:${column}` : ""}  ` : "";
  item.append(element("div", { className: "where", textContent: `${place}[${found.code}]` }));
  if (found.place?.excerpt) item.append(excerpt(found.place));
  if (found.help) item.append(element("div", { className: "help" }, ...said(found.help)));
  return item;
}

function drawBar(answer) {
  // A list that is open under somebody's hand stays as it is while nothing in it has changed.
  const rows = JSON.stringify(answer.issues);
  if ($("issue").dataset.rows !== rows) {
    $("issue").replaceChildren(...answer.issues.map((issue) =>
      element("option", { value: issue.id, textContent: `${issue.id} · ${issue.date}` })));
    $("issue").dataset.rows = rows;
  }
  $("issue").value = answer.issue ?? "";
  $("issue").parentElement.hidden = answer.issues.length === 0;
  const tags = answer.languages.join(" ");
  if ($("languages").dataset.tags !== tags) {
    const names = new Intl.DisplayNames(["en"], { type: "language" });
    $("languages").replaceChildren(...answer.languages.map((tag) => {
      const button = element("button", { type: "button", textContent: tag, title: names.of(tag) });
      button.setAttribute("aria-label", `${tag}: ${names.of(tag)}`);
      button.setAttribute("aria-keyshortcuts", "l");
      button.dataset.language = tag;
      return button;
    }));
    $("languages").dataset.tags = tags;
  }
  press("languages", "language", answer.language);
  press("widths", "width", state.width);
  press("views", "view", state.view);
  $("inbox-row").hidden = answer.subject === null;
  $("from").textContent = answer.from;
  $("subject").textContent = answer.subject;
  $("preheader").textContent = answer.preheader;
  const facts = [];
  if (answer.html_bytes !== null) facts.push(`${(answer.html_bytes / 1000).toFixed(1)} kB HTML`);
  if (answer.remote_images) facts.push(`${count(answer.remote_images, "picture")} from the web not loaded here`);
  if (answer.stamp) facts.push(`built in ${answer.took_ms.toFixed(0)} ms`);
  $("status").className = "status";
  $("status").textContent = facts.join(" · ");
  document.title = answer.subject ? `${answer.problems.length ? "✗ " : ""}${answer.subject} – preview` : "Masthead preview";
}

function drawProblems(answer) {
  const found = JSON.stringify(answer.problems);
  if (found === "[]") state.hidden = null;
  $("overlay").hidden = found === "[]" || state.hidden === found;
  if ($("overlay").dataset.found !== found) {
    $("overlay").dataset.found = found;
    $("overlay-title").textContent = answer.problems.length === 1 ? "One thing to mend" : `${answer.problems.length} things to mend`;
    $("problems").replaceChildren(...answer.problems.map(problem));
  }
  $("overlay-note").textContent = answer.stamp
    ? "Behind this note is the last version that could be built. A good save replaces both."
    : "The digest appears here as soon as this is mended and saved.";
}

function drawFindings(answer) {
  const errors = answer.findings.filter((finding) => finding.severity === "error").length;
  const others = answer.findings.length - errors;
  $("checks").hidden = !answer.stamp;
  $("checks").className = `verdict ${errors ? "bad" : others ? "warn" : ""}`;
  $("checks").textContent = errors ? count(errors, "error") : others ? count(others, "warning") : "Checks passed";
  $("findings-note").textContent = errors
    ? "Errors stop a send until they are mended. The list of subscribers is not looked at here."
    : others ? "Nothing here stops a send." : "Every check that needs no list of subscribers passed.";
  $("findings").querySelector("ol").replaceChildren(...answer.findings.map(problem));
  if (!answer.stamp) toggleFindings(false);
}

function toggleFindings(open = $("findings").hidden) {
  $("findings").hidden = !open;
  $("checks").setAttribute("aria-expanded", open);
}

// What to do when there is nothing to show yet.
function drawWelcome(answer) {
  const empty = !answer.issue && answer.problems.length === 0;
  $("welcome").hidden = !empty;
  if (!empty) return;
  const command = (text) => element("code", { textContent: text });
  const parts = answer.newsletters.length
    ? [element("h2", { textContent: "No issue yet" }), element("p", { textContent: "An issue is made of news items. Put some into news/, then compose one:" }),
      ...answer.newsletters.flatMap((name) => [command(`masthead new item ${name}`), command(`masthead compose ${name}`)])]
    : [element("h2", { textContent: "No newsletter yet" }), element("p", { textContent: "A newsletter is a folder below newsletters/. This makes one:" }), command("masthead new newsletter NAME")];
  const box = element("div", {}, ...parts, element("p", { textContent: "The digest appears here by itself; this page follows the folder" }), command(answer.folder));
  $("welcome").replaceChildren(box);
}

let asking = 0;
async function look() {
  const turn = ++asking;
  let answer;
  try {
    const response = await fetch(`/look?${query()}`);
    if (!response.ok) throw new Error(await response.text());
    answer = await response.json();
  } catch (error) {
    if (turn === asking) lost(error instanceof TypeError ? "The preview is not running any more." : error.message);
    return;
  }
  if (turn !== asking) return;
  Object.assign(state, { issue: answer.issue ?? state.issue, language: answer.language ?? state.language });
  drawBar(answer);
  drawProblems(answer);
  drawFindings(answer);
  drawWelcome(answer);
  const nothing = !$("welcome").hidden;
  $("widths").hidden = $("views").hidden = nothing;
  $("stage").hidden = nothing || state.view !== "digest";
  $("text").hidden = nothing || state.view !== "text" || !answer.stamp;
  show(answer.stamp);
  if (state.view === "text" && answer.stamp) {
    const text = await (await fetch(`/text?${query()}`)).text();
    if (turn === asking && $("text").textContent !== text) $("text").textContent = text;
  }
  const choice = query();
  if (state.width) choice.set("width", state.width);
  if (state.view !== "digest") choice.set("view", state.view);
  history.replaceState(null, "", choice.size ? `?${choice}` : "/");
}

function lost(why) {
  $("status").className = "status lost";
  $("status").textContent = why;
}

const listen = (group, key, change) => $(group).addEventListener("click", (event) => {
  const value = event.target.closest("button")?.dataset[key];
  if (value !== undefined) { change(value); look(); }
});
listen("languages", "language", (value) => { state.language = value; });
listen("widths", "width", (value) => { state.width = Number(value); if (frame) setWidth(frame); });
listen("views", "view", (value) => { state.view = value; });
$("issue").addEventListener("change", (event) => { state.issue = event.target.value; look(); });
$("checks").addEventListener("click", () => toggleFindings());
$("hide").addEventListener("click", hide);

function hide() {
  state.hidden = $("overlay").dataset.found;
  $("overlay").hidden = true;
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.localName === "select") return;
  const buttons = [...$("languages").children];
  if (event.key === "l" && buttons.length) {
    const at = buttons.findIndex((button) => button.dataset.language === state.language);
    buttons[(at + 1) % buttons.length].click();
  } else if (event.key === "t") {
    state.view = state.view === "text" ? "digest" : "text";
    look();
  } else if (event.key === "c" && !$("checks").hidden) {
    toggleFindings();
  } else if (event.key === "Escape") {
    if (!$("findings").hidden) toggleFindings(false);
    else if (!$("overlay").hidden) hide();
  } else if (event.key >= "1" && event.key <= "5") {
    $("widths").children[event.key - 1].click();
  }
}
addEventListener("keydown", keys);

const events = new EventSource("/events");
events.addEventListener("changed", look);
events.addEventListener("open", look);
events.addEventListener("error", () => lost("The preview is not running any more."));
