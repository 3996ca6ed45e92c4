// The preview page: asks what there is, shows it, and follows every save.
import { $, announce, element, languageName } from "./dom.js";
import { choice, choiceB, keep, settled, state } from "./state.js";
import { getJson } from "./server.js";
import { Pane } from "./pane.js";
import { VIEWS, viewOf } from "./views.js";
import { WIDTHS, bar, drawBar, lost } from "./bar.js";
import { drawIssues, sidebar } from "./sidebar.js";
import { drawReader, readers } from "./readers.js";
import { checks, drawChecks, drawVerdict } from "./checks.js";
import { drawDifference } from "./difference.js";
import { drawOverlay, hideOverlay } from "./overlay.js";
import { follow, inspecting } from "./inspect.js";
import { drawHeads, inStep, second, toggleTwo } from "./second.js";
import { approval, drawApproval } from "./approval.js";
import { keysDialog } from "./dialogs.js";
import { chooser } from "./places.js";
import { keys } from "./keys.js";
import { menu } from "./menu.js";
import { test } from "./test.js";
import { printMessage } from "./print.js";

const pressed = (event) => handle(event);
const hooks = {
  keys: pressed,
  widened: setWidth,
  tell: (number) => reveal({ elements: [number], severity: "info", rule: "" }),
  scrolled: (pane) => inStep(pane, pane === first ? other : first),
  shown: (pane) => {
    if (pane === first) {
      document.body.dataset.shown = state.look?.stamp ?? "";
      document.body.dataset.shownView = pane.view;
      follow(pane);
      pointAtPending();
    } else document.body.dataset.shownB = pane.shownKey;
  },
};
const first = new Pane($("pane"), "a", hooks);
const other = new Pane($("pane-b"), "b", hooks);
const handle = keys({
  nextLanguage, nextView, two: toggleTwo, panel: setPanel, width: (at) => setWidth(WIDTHS[at]),
  unmark: () => {
    const marked = first.marks.outlined.length > 0;
    if (marked) first.marks.clear();
    return marked;
  },
});

function setWidth(width) {
  state.width = width;
  first.setWidth(width);
  other.setWidth(width);
  for (const button of $("widths").children) button.setAttribute("aria-pressed", button.dataset.width === String(width));
  keep();
}

function setView(view) {
  state.view = view;
  drawAll();
}

function nextView(by) {
  const at = VIEWS.indexOf(viewOf(state.view));
  setView(VIEWS[(at + by + VIEWS.length) % VIEWS.length].id);
  announce(`${viewOf(state.view).label}: ${viewOf(state.view).caption}`);
}

function setLanguage(tag) {
  state.language = tag;
  look();
}

function nextLanguage() {
  const { languages = [], language } = state.look ?? {};
  if (languages.length < 2) return;
  const next = languages[(languages.indexOf(language) + 1) % languages.length];
  setLanguage(next);
  announce(languageName(next));
}

const PANELS = { checks: { title: "Checks", box: "findings", button: "checks" }, difference: { title: "Changes", box: "changes", button: "difference" } };

function setPanel(name) {
  const left = state.panel;
  const hadFocus = $("panel").contains(document.activeElement);
  state.panel = PANELS[name] ? name : null;
  drawPanel();
  keep();
  if (state.panel) $("panel").focus({ preventScroll: true });
  else if (left && hadFocus) $(PANELS[left].button).focus();
}

function drawPanel() {
  const { look } = state;
  const shown = state.panel && look?.stamp ? PANELS[state.panel] : null;
  $("panel").hidden = !shown;
  for (const [name, { box, button }] of Object.entries(PANELS)) {
    $(box).hidden = PANELS[name] !== shown;
    $(button).setAttribute("aria-expanded", PANELS[name] === shown);
  }
  document.body.classList.toggle("has-panel", shown !== null);
  if (!shown) return;
  $("panel-title").textContent = shown.title;
  if (state.panel === "checks") drawChecks(look);
  else drawDifference(look);
}

// What to outline once the view that can show it is there.
let pending = null;

function reveal(finding) {
  const language = state.look.languages.find((tag) => finding.variant === tag || finding.variant?.startsWith(`${tag} `) || finding.variant?.startsWith(`${tag}+`));
  pending = finding;
  const elsewhere = language && language !== state.look.language;
  if (viewOf(state.view).frame !== true) state.view = "html";
  if (elsewhere) setLanguage(language);
  else {
    drawAll();
    pointAtPending();
  }
}

function pointAtPending() {
  if (!pending || !first.frame || first.wantedKey !== first.shownKey) return;
  const finding = pending;
  pending = null;
  const { found, shown } = first.point(finding.elements, finding.rule, finding.severity);
  if (shown) announce(`${finding.rule || "It"} is outlined in the message`);
  else announce(found ? `${finding.rule || "It"} is in the head of the message` : "This view doesn't show that element");
  if (!found && state.view !== "html") {
    pending = finding;
    setView("html");
  }
}

// What to do when there is nothing to show yet.
function drawWelcome(answer) {
  const empty = !answer.issue && answer.problems.length === 0;
  $("welcome").hidden = !empty;
  document.body.classList.toggle("is-empty", !answer.issue);
  if (!empty) return;
  const command = (text) => element("code", { textContent: text });
  const names = answer.newsletters.map((newsletter) => newsletter.id ?? newsletter);
  const parts = names.length
    ? [element("h2", { textContent: "No issue yet" }), element("p", { textContent: "An issue is made of news items. Put some into news/, then compose one:" }),
      ...names.flatMap((name) => [command(`masthead new item ${name}`), command(`masthead compose ${name}`)])]
    : [element("h2", { textContent: "No newsletter yet" }), element("p", { textContent: "A newsletter is a folder below newsletters/. This makes one:" }), command("masthead new newsletter NAME")];
  $("welcome").replaceChildren(element("div", {}, ...parts, element("p", { textContent: "The digest appears here by itself; this page follows the folder" }), command(answer.folder)));
}

function drawAll() {
  const { look } = state;
  if (!look) return;
  drawBar(look);
  drawIssues(look);
  drawReader(look);
  drawVerdict(look);
  drawApproval(look);
  drawOverlay(look);
  drawWelcome(look);
  drawPanel();
  for (const id of ["views", "tools"]) $(id).hidden = !look.issue;
  const framed = viewOf(state.view).frame === true;
  $("inspect").hidden = !framed;
  $("widths").hidden = !framed && state.view !== "text" && !(state.two && viewOf(state.two.view).frame);
  for (const id of ["difference", "test", "more"]) $(id).hidden = !look.stamp;
  $("panes").hidden = !$("welcome").hidden;
  first.show(settled().toString(), viewOf(state.view).id, look.stamp, look);
  drawSecond(look);
  first.setWidth(state.width);
  other.setWidth(state.width);
  keep();
}

function drawSecond(look) {
  $("pane-b").hidden = !state.two || !look.stamp;
  $("two").setAttribute("aria-pressed", state.two !== null);
  document.body.classList.toggle("is-two", state.two !== null);
  drawHeads(first, other, look);
  if ($("pane-b").hidden) {
    other.clear();
    state.lookB = null;
    return;
  }
  const shows = state.lookB ?? look;
  other.show(choiceB().toString(), viewOf(state.two.view).id, shows.stamp, { ...shows, issue: state.two.issue ?? look.issue });
}

let asking = 0;
async function look() {
  const turn = ++asking;
  let answer;
  let answerB = null;
  try {
    answer = await getJson(`/look?${choice()}`);
    if (state.two?.issue || state.two?.language) {
      state.look = { ...(state.look ?? answer), issue: answer.issue, language: answer.language };
      answerB = await getJson(`/look?${choiceB()}`);
    }
  } catch (error) {
    if (turn === asking) lost(error instanceof TypeError ? "The preview is not running any more." : error.message);
    return;
  }
  if (turn !== asking) return;
  const unjudged = answer.stamp && (!answer.findings || answer.approval?.pending);
  const before = state.look;
  const same = before?.issue === answer.issue && before?.language === answer.language;
  // What was found a moment ago stays in sight until the new verdict is there.
  if (!answer.findings && same) Object.assign(answer, { findings: before.findings, notes: before.notes });
  if (answer.approval?.pending && same && before.approval) answer.approval = { ...before.approval, hash: null };
  answer.findings ??= null;
  state.issue = answer.issue ?? state.issue;
  state.look = answer;
  state.lookB = answerB;
  drawAll();
  if (unjudged) await judge(turn);
  else document.body.dataset.judged = answer.stamp ?? "";
}

// The verdict takes longer than the picture: it is waited for apart.
async function judge(turn) {
  try {
    const { findings, notes, approval: standing } = await getJson(`/findings?${settled()}`);
    if (turn !== asking) return;
    Object.assign(state.look, { findings: findings ?? [], notes });
    if (standing) state.look.approval = standing;
  } catch (error) {
    if (turn !== asking) return;
    state.look.findings ??= [];
    lost(error.message);
  }
  drawVerdict(state.look);
  drawApproval(state.look);
  drawPanel();
  document.body.dataset.judged = state.look.stamp;
}

sidebar((issue) => {
  state.issue = issue;
  look();
});
bar({ language: setLanguage, width: setWidth, view: setView });
readers((as) => {
  // A reader brings their own language along.
  state.as = as;
  state.language = as.kind === "subscriber" ? null : state.look?.language ?? state.language;
  look();
});
checks(reveal);
approval(look);
second(look);
test();
menu(() => printMessage(first));
chooser(() => {
  if (state.look) drawChecks(state.look, true);
  if (state.look && state.panel === "difference") drawDifference(state.look, true);
});
$("checks").addEventListener("click", () => setPanel(state.panel === "checks" ? null : "checks"));
$("difference").addEventListener("click", () => setPanel(state.panel === "difference" ? null : "difference"));
$("close-panel").addEventListener("click", () => setPanel(null));
$("hide").addEventListener("click", hideOverlay);
$("inspect").addEventListener("click", () => inspecting(!state.inspect));
$("help").addEventListener("click", keysDialog);
addEventListener("keydown", pressed);
addEventListener("resize", () => first.marks.place());

const events = new EventSource("/events");
events.addEventListener("changed", look);
events.addEventListener("open", look);
events.addEventListener("error", () => lost("The preview is not running any more."));
look();
