// Talks to the preview's own server, and to nobody else.

// What the server refuses, in its own words.
export class Refusal extends Error {
  constructor(status, problems) {
    const first = problems[0];
    super(first ? `${first.message}${first.help ? `. ${first.help}` : ""}` : `the preview answered ${status}`);
    this.status = status;
    this.problems = problems;
  }
}

async function settle(response) {
  if (response.ok) return response;
  const text = await response.text();
  let problems = text ? [{ message: text }] : [];
  try {
    const said = JSON.parse(text);
    problems = said.problems ?? [said];
  } catch {
    // Not every refusal is JSON; its text says enough.
  }
  throw new Refusal(response.status, problems);
}

export const get = async (path) => settle(await fetch(path));
export const getJson = async (path) => (await get(path)).json();
export const getText = async (path) => (await get(path)).text();
export const post = async (path, body) =>
  (await settle(await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }))).json();
