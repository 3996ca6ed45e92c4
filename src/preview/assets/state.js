// What the page shows: what was chosen, what the server last said, and the address that keeps both.

const asked = new URLSearchParams(location.search);

function askedReader() {
  const as = asked.get("as");
  if (!as) return { kind: "sample" };
  if (as !== "made-up") return { kind: "subscriber", address: as };
  const fields = {};
  for (const [key, value] of asked) if (key.startsWith("field.")) fields[key.slice(6)] = value;
  return { kind: "made-up", name: asked.get("name") ?? "", email: asked.get("email") ?? "", topics: asked.get("topics") ?? "", fields };
}

function askedSecond() {
  if (!asked.has("two")) return null;
  return { view: asked.get("two"), language: asked.get("two-language"), issue: asked.get("two-issue") };
}

export const state = {
  issue: asked.get("issue"),
  // What was chosen; null follows the reader.
  language: asked.get("language"),
  as: askedReader(),
  view: asked.get("view") ?? "html",
  width: Number(asked.get("width")) || 0,
  two: askedSecond(),
  panel: asked.get("panel"),
  inspect: false,
  // The last answers about the first and the second pane.
  look: null,
  lookB: null,
};

function reader(choice) {
  const { as } = state;
  if (as.kind === "subscriber") choice.set("as", as.address);
  if (as.kind !== "made-up") return;
  choice.set("as", "made-up");
  for (const key of ["name", "email", "topics"]) if (as[key]) choice.set(key, as[key]);
  for (const [key, value] of Object.entries(as.fields ?? {})) if (value) choice.set(`field.${key}`, value);
}

// What to ask the server for: the first pane's choice.
export function choice() {
  const choice = new URLSearchParams();
  if (state.issue) choice.set("issue", state.issue);
  if (state.language) choice.set("language", state.language);
  reader(choice);
  return choice;
}

// The same with the language that was settled on, so that every address means what /look meant.
export function settled(look = state.look) {
  const choice = new URLSearchParams();
  if (look?.issue) choice.set("issue", look.issue);
  if (look?.language) choice.set("language", look.language);
  reader(choice);
  return choice;
}

// What the second pane asks for: its own issue and language, or those of the first.
export function choiceB() {
  const choice = new URLSearchParams();
  choice.set("issue", state.two.issue ?? state.look.issue);
  choice.set("language", state.two.language ?? state.look.language);
  reader(choice);
  return choice;
}

// Keeps what was chosen in the address: a reload, a bookmark and a colleague's copy show the same.
export function keep() {
  const address = settled();
  if (state.width) address.set("width", state.width);
  if (state.view !== "html") address.set("view", state.view);
  if (state.panel) address.set("panel", state.panel);
  if (state.two) {
    address.set("two", state.two.view);
    if (state.two.language) address.set("two-language", state.two.language);
    if (state.two.issue) address.set("two-issue", state.two.issue);
  }
  history.replaceState(null, "", address.size ? `?${address}` : "/");
}
