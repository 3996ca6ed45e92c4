// Sending this one message to one address.
import { $, announce, element, remember, remembered } from "./dom.js";
import { openDialog } from "./dialogs.js";
import { post } from "./server.js";
import { settled, state } from "./state.js";

function outcome(kind, words) {
  return element("p", { className: `outcome ${kind}`, role: "status", textContent: words });
}

async function send(form, button, told) {
  const to = new FormData(form).get("to").trim();
  button.disabled = true;
  button.textContent = "Sending…";
  try {
    const answer = await post("/test", { ...Object.fromEntries(settled()), to });
    remember("test-address", to);
    told.replaceChildren(outcome("good", `Sent to ${to}. ${answer.detail ?? ""}`.trim()));
    announce("The test was sent");
  } catch (error) {
    told.replaceChildren(outcome("bad", error.message));
  }
  button.disabled = false;
  button.textContent = "Send another";
}

function testDialog() {
  const { test, message, language, reader } = state.look;
  const possible = test?.possible ?? false;
  const button = element("button", { type: "submit", className: "primary", textContent: "Send test", disabled: !possible });
  const told = element("div", {});
  const form = element("form", { method: "dialog" },
    element("p", { className: "note" }, "The message as shown: ", element("b", { textContent: message.subject, dir: "auto" }),
      ` in ${language}, as ${reader?.name || reader?.address || "any reader"}${test?.relay ? `, over ${test.relay}` : ""}. The subject is marked as a test; nothing is written to the ledger.`),
    element("label", { className: "field" }, element("span", { textContent: "To" }),
      element("input", { name: "to", type: "email", required: true, value: remembered("test-address") ?? "", placeholder: "you@example.org", autocomplete: "email", dataset: { first: "" }, disabled: !possible })),
    possible ? null : outcome("warn", test?.why_not ?? "Tests can't be sent from here."), told,
    element("div", { className: "buttons" }, element("button", { type: "button", textContent: "Close", on: { click: () => $("dialog").close() } }), button));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, button, told);
  });
  openDialog("Send a test", form);
}

export function test() {
  $("test").addEventListener("click", () => { if (state.look?.message) testDialog(); });
}
