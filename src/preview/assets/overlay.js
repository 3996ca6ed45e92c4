// What keeps a digest from being built, over the last one that could be.
import { $, element, said, sentence } from "./dom.js";
import { excerpt, link } from "./places.js";

let hidden = null;

function problem(found) {
  const kind = { error: "Error", warning: "Warning", info: "Note" }[found.severity] ?? "Error";
  const item = element("li", { className: found.severity },
    element("div", { className: "said", dir: "auto" }, element("b", { textContent: `${kind}: ` }), ...sentence(found.message)));
  const where = element("div", { className: "where" }, found.place?.path ? link(found.place) : null, element("span", { textContent: `[${found.code}]` }));
  item.append(where);
  if (found.place?.excerpt) item.append(excerpt(found.place));
  if (found.help) item.append(element("div", { className: "help" }, ...said(found.help)));
  return item;
}

export function drawOverlay(look) {
  const found = JSON.stringify(look.problems);
  if (found === "[]") hidden = null;
  $("overlay").hidden = found === "[]" || hidden === found;
  if ($("overlay").dataset.found !== found) {
    $("overlay").dataset.found = found;
    $("overlay-title").textContent = look.problems.length === 1 ? "One thing to mend" : `${look.problems.length} things to mend`;
    $("problems").replaceChildren(...look.problems.map(problem));
  }
  $("overlay-note").textContent = look.stamp
    ? "Behind this note is the last version that could be built. A good save replaces both."
    : "The digest appears here as soon as this is mended and saved.";
}

export function hideOverlay() {
  hidden = $("overlay").dataset.found;
  $("overlay").hidden = true;
}
