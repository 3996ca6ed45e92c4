// Places in files: the line with its mark, and the way into an editor.
import { $, announce, element, icon, remember, remembered } from "./dom.js";
import { state } from "./state.js";

const EDITORS = [
  { id: "vscode", label: "VS Code", template: "vscode://file/{path}:{line}:{column}" },
  { id: "vscodium", label: "VSCodium", template: "vscodium://file/{path}:{line}:{column}" },
  { id: "zed", label: "Zed", template: "zed://file/{path}:{line}:{column}" },
  { id: "sublime", label: "Sublime Text", template: "subl://open?url=file://{path}&line={line}&column={column}" },
  { id: "jetbrains", label: "JetBrains", template: "idea://open?file={path}&line={line}&column={column}" },
  { id: "copy", label: "No editor: copy the path", template: null },
];
// A template from the settings may name any editor, but nothing that runs in a browser.
const RUNS = /^\s*(javascript|data|vbscript|blob|about):/i;

function template() {
  const chosen = EDITORS.find((editor) => editor.id === remembered("editor"));
  if (chosen) return chosen.template;
  const given = state.look?.editor;
  return given && !RUNS.test(given) ? given : EDITORS[0].template;
}

export const address = ({ path, line, column }) => `${path}${line ? `:${line}` : ""}${line && column ? `:${column}` : ""}`;

function absolute(path) {
  const root = (state.look?.path_root ?? "").replace(/\\/g, "/").replace(/\/$/, "");
  const whole = path.startsWith("/") ? path : `${root}/${path}`;
  return whole.startsWith("/") ? whole : `/${whole}`;
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
  announce(`Copied ${text}`);
}

// Paths may break after their slashes.
const breakable = (words) => element("bdi", {}, words.split(/(?<=\/)/).flatMap((part) => [part, element("wbr")]));

// `file:line` that opens where the reader of this page likes to write.
export function link(place) {
  const words = address(place);
  const form = template();
  if (!form) {
    const button = element("button", { type: "button", className: "place", title: "Copy the path", on: { click: () => copy(`${absolute(place.path)}${words.slice(place.path.length)}`) } },
      breakable(words), icon("copy"));
    return button;
  }
  const path = absolute(place.path).split("/").map(encodeURIComponent).join("/");
  const href = form.replace(/(?<!\/)\/\{path\}/g, path).replaceAll("{path}", path).replaceAll("{line}", place.line || 1).replaceAll("{column}", place.column || 1);
  return element("a", { className: "place", href, title: "Open in the editor" }, breakable(words), icon("open"));
}

// The line as it stands in the file, with what stands at the column marked.
export function excerpt(place) {
  const cut = place.excerpt.startsWith("…");
  // The indentation is left out, as far as it is not what is marked.
  const indent = Math.min(place.excerpt.length - place.excerpt.trimStart().length, place.column > 0 ? place.column - 1 : Infinity);
  const line = [...place.excerpt].slice(indent);
  const at = !cut && place.column > 0 ? Math.min(place.column - 1 - indent, line.length) : -1;
  const box = element("code", { className: "excerpt" }, element("span", { className: "no", textContent: place.line }));
  if (at < 0) {
    box.append(element("span", { textContent: line.join("") }));
    return box;
  }
  const rest = line.slice(at).join("");
  const marked = rest.match(/^[\p{L}\p{N}_.-]+/u)?.[0] ?? rest.slice(0, 1);
  box.append(element("span", {}, line.slice(0, at).join(""), element("mark", { textContent: marked || "⏎" }), rest.slice(marked.length)));
  return box;
}

// The chooser of the editor; `changed` draws the links again.
export function chooser(changed) {
  const select = $("editor");
  select.replaceChildren(
    element("option", { value: "", textContent: "As set up here" }),
    ...EDITORS.map((editor) => element("option", { value: editor.id, textContent: editor.label })));
  select.value = remembered("editor") ?? "";
  select.addEventListener("change", () => {
    remember("editor", select.value || null);
    changed();
  });
}
