//! M: the parts of the message, their form and their size.

mod html;
mod wire;

use crate::{
    check::{
        CheckInput,
        message::Message,
        report::{Report, Spot},
        rules::{Rule, error, warning},
    },
    domain::problem::Severity,
    render::form::Sizes,
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "M001",
        "check/text-missing",
        "there is no text part",
        "Watches, screen readers and filters use it; without it a message is rated as spam.",
        "keep `digest.txt` in the template",
    ),
    warning(
        "M002",
        "check/parts-differ",
        "the text part says something else than the HTML",
        "Filters compare the two, since spam shows one thing and says another; and whoever reads the text misses news.",
        "let `digest.txt` of the template hold what the HTML holds",
    ),
    error(
        "M003",
        "check/html-size",
        "the HTML is too large",
        "Gmail cuts it at about 102,400 octets, and with the end the unsubscribe link goes.",
        "take fewer items or shorter teasers; a link can lead to the rest",
    ),
    error(
        "M004",
        "check/message-size",
        "the message is heavy",
        "Many servers refuse messages over 10 MB, and what is large is slow and dear on a phone.",
        "make the pictures smaller, or link to them (`images: link`)",
    ),
    error(
        "M005",
        "check/charset",
        "the character set is not said, or is not UTF-8",
        "Letters beyond ASCII arrive as rubbish, and Gmail counts the size wrongly.",
        "put `<meta charset=\"utf-8\">` into the head; Masthead says it of the parts itself",
    ),
    error(
        "M006",
        "check/body-line",
        "a line of the body is too long",
        "Servers may refuse or cut lines of more than 998 octets, and coded lines have 76 at most.",
        "report it: Masthead breaks the lines itself",
    ),
    error(
        "M007",
        "check/eight-bit",
        "the body has octets beyond ASCII",
        "A server on the way may rewrite them, which breaks the signature.",
        "report it: Masthead encodes the body itself",
    ),
    error(
        "M008",
        "check/part-order",
        "the parts stand in the wrong order",
        "Mail programs show the last form that they can: text must come first, HTML last.",
        "report it: Masthead arranges the parts itself",
    ),
    error(
        "M009",
        "check/control-characters",
        "there are characters that no text has",
        "Lone line ends let forged messages in, control characters cut a message short, and `\u{fffd}` stands where a \
         letter was lost.",
        "save the sources as UTF-8 and type the letters in question anew",
    ),
    warning(
        "M010",
        "check/attachment",
        "a file is attached",
        "Attachments make a newsletter heavy and suspicious; Gmail blocks several kinds.",
        "put the file on your website and link to it",
    ),
    warning(
        "M011",
        "check/title",
        "the HTML has no fitting title",
        "Screen readers and browsers announce it; filters compare it with the subject.",
        "put the subject into `<title>` (`<mj-title>`)",
    ),
    error(
        "M012",
        "check/style-dropped",
        "a style sheet is dropped by Gmail",
        "Gmail ignores a `<style>` of more than 16 kB, and one in which an @-rule stands inside another.",
        "split the style sheet into several, and write nested @-rules one after the other",
    ),
    warning(
        "M013",
        "check/style-in-body",
        "style sheets stand only in the body",
        "Gmail reads none outside the head.",
        "move them into the head (`<mj-head>`)",
    ),
    warning(
        "M014",
        "check/tags-unbalanced",
        "a tag of the page is missing or double",
        "Filters count such pages as made by spam tools, and clients repair them each in its own way.",
        "let the template open and close `html`, `head` and `body` once",
    ),
    error(
        "M015",
        "check/outlook-comments",
        "a conditional comment for Outlook is not closed or not opened",
        "Outlook then shows what is not meant for it, or hides all that follows; others show the comment.",
        "write `<!--[if mso]>` … `<![endif]-->` in pairs",
    ),
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    wire::judge(message, report);
    html::judge(input, message, report);
}

/// Where Gmail cuts (deliverability: size budget).
const HTML_MAX: usize = 102_400;
/// Where it becomes risky.
const HTML_WISE: usize = 80_000;
/// What nearly every server takes.
const MESSAGE_MAX: usize = 10_000_000;
/// What readers on the road take gladly.
const MESSAGE_WISE: usize = 250_000;

/// M003 and M004, on the largest message of all readers; `relay_max` octets are what the relay takes.
pub(super) fn size(largest: Sizes, relay_max: Option<u64>, report: &mut Report<'_>) {
    let (size, form) = if largest.html_encoded > largest.html {
        (largest.html_encoded, "encoded")
    } else {
        (largest.html, "decoded")
    };
    if size > HTML_MAX {
        report.note(
            "M003",
            Spot::Message,
            format!("the HTML has {size} octets {form}, {HTML_MAX} are allowed"),
        );
    } else if size > HTML_WISE {
        let message = format!("the HTML has {size} octets {form}; Gmail cuts it at about {HTML_MAX}");
        report.note_as(Severity::Warning, "M003", Spot::Message, message);
    }
    let size = largest.message;
    let relay_max = relay_max.map(|octets| usize::try_from(octets).unwrap_or(usize::MAX));
    if let Some(limit) = relay_max.filter(|limit| size > *limit && *limit < MESSAGE_MAX) {
        let message =
            format!("the message has {size} octets, this relay takes {limit} (`message_kilobytes`)");
        report.note("M004", Spot::Message, message);
    } else if size > MESSAGE_MAX {
        let message = format!("the message has {size} octets, {MESSAGE_MAX} are allowed");
        report.note("M004", Spot::Message, message);
    } else if size > MESSAGE_WISE {
        let message = format!("the message has {size} octets; {MESSAGE_WISE} are wise");
        report.note_as(Severity::Warning, "M004", Spot::Message, message);
    }
}
