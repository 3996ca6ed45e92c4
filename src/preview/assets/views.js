// The views of one message, in the order of the strip.

// `frame`: mail HTML in a frame; the others are drawn here from what the server says of the message.
export const VIEWS = [
  { id: "html", label: "HTML", group: "Colours", frame: true,
    caption: "As built. Gmail on the web and most webmails in light mode show it like this." },
  { id: "dark", label: "Dark", group: "Colours", frame: true,
    caption: "Your own dark colours: Apple Mail, Samsung Mail, Fastmail; partly Thunderbird." },
  { id: "partial", label: "Half inverted", group: "Colours", frame: true,
    caption: "Dark mode of Outlook.com, Outlook mobile and Gmail on Android: light areas darkened." },
  { id: "full", label: "Inverted", group: "Colours", frame: true,
    caption: "Dark mode of Gmail on iOS and Outlook for Windows: every colour turned round." },
  { id: "no-images", label: "No images", group: "Handicaps", frame: true,
    caption: "Pictures blocked: Outlook for Windows by default, and many company networks." },
  { id: "no-style", label: "No style", group: "Handicaps", frame: true,
    caption: "Without the style block: Gmail's app with other accounts, GMX and Web.de." },
  { id: "clipped", label: "Clipped", group: "Handicaps", frame: true,
    caption: "Gmail cuts HTML at 102,400 octets; the unsubscribe link goes with the rest." },
  { id: "outlook", label: "Outlook", group: "Handicaps", frame: true, approximate: true,
    caption: "Outlook for Windows: its branch of the code, no CSS that Word ignores." },
  { id: "rtl", label: "RTL interface", group: "Handicaps", frame: true,
    caption: "Inside a mail program set to Arabic or Hebrew: undirected parts get mirrored." },
  { id: "text", label: "Text", group: "Parts",
    caption: "The plain text part: watches, terminals, and whoever prefers it." },
  { id: "reading", label: "Read aloud", group: "Parts",
    caption: "What a screen reader says, in its order: role, words, and the language it speaks them in." },
  { id: "headers", label: "Headers", group: "Parts",
    caption: "The fields at the head of the message. Its DKIM signature is added when it is sent." },
  { id: "source", label: "Source", group: "Parts",
    caption: "The message as it goes over the line, octet by octet." },
  { id: "inbox", label: "Inbox", group: "Parts",
    caption: "Sender, subject and preheader as lists cut them. Real widths differ by a few characters." },
];

export const viewOf = (id) => VIEWS.find((view) => view.id === id) ?? VIEWS[0];
