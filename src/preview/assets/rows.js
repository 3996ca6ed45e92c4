// The message among others, drawn like the lists of real mail programs.
import { element, icon } from "./dom.js";

const WIDTHS = [[62, 88], [44, 71], [70, 55]];

// A neighbour in the list: bars instead of words.
function neighbour(at) {
  const bar = (width) => {
    const line = element("span", { className: "stub" });
    line.style.width = `${width}%`;
    return line;
  };
  const [first, second] = WIDTHS[at % WIDTHS.length];
  return element("div", { className: "mail other", "aria-hidden": "true" },
    element("span", { className: "avatar" }), element("span", { className: "lines" }, bar(first / 2), bar(first), bar(second)));
}

function initial(sender) {
  return [...(sender ?? "?").trim()][0]?.toUpperCase() ?? "?";
}

const text = (name, words) => element("span", { className: name, dir: "auto", textContent: words ?? "" });

// What the program cuts by its own count, and what doesn't fit the width drawn here.
function cut(row, own) {
  const fits = (part) => {
    const line = own.querySelector(`.${part}`);
    return line.scrollWidth <= line.clientWidth && line.scrollHeight <= line.clientHeight + 2;
  };
  const cuts = ["sender", "subject", "preheader"].filter((part) => row[`${part}_cut`] || !fits(part));
  if (!cuts.length) return "Shown whole";
  const last = cuts.pop();
  const words = cuts.length ? `${cuts.join(", ")} and ${last}` : last;
  return `${words[0].toUpperCase()}${words.slice(1)} cut`;
}

function list(row) {
  const client = row.client.toLowerCase().replace(/\s+/g, "-");
  const own = element("div", { className: "mail own" },
    element("span", { className: "avatar", textContent: initial(row.sender), "aria-hidden": "true" }),
    element("span", { className: "lines" },
      element("span", { className: "top-line" }, text("sender", row.sender), element("span", { className: "time", textContent: "09:00" })),
      element("span", { className: "rest" }, text("subject", row.subject), text("preheader", row.preheader))),
    client === "gmail" ? icon("star") : null);
  const label = `${row.client}, ${row.device}`;
  const told = element("span", { className: "note" });
  // Known once it is laid out.
  requestAnimationFrame(() => { told.textContent = cut(row, own); });
  return element("figure", { className: `mailbox ${client} ${row.device}` },
    element("div", { className: "device", role: "img", "aria-label": `${label}: ${row.sender}; ${row.subject}; ${row.preheader}` },
      neighbour(0), own, neighbour(1)),
    element("figcaption", {}, element("b", { textContent: row.client }), ` ${row.device} `, told));
}

export function inboxes(rows) {
  const phones = rows.filter((row) => row.device === "phone");
  const desktops = rows.filter((row) => row.device !== "phone");
  return element("div", { className: "inboxes" },
    element("div", { className: "phones" }, phones.map(list)), element("div", { className: "desktops" }, desktops.map(list)));
}
