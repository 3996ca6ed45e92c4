//! M: the parts of the message and their size.

use crate::{
    check::{
        CheckInput,
        message::Message,
        report::{Report, Spot},
        rules::{Rule, error},
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
    error(
        "M003",
        "check/html-size",
        "the HTML is too large",
        "Gmail cuts it at about 102,400 octets, and with the end the unsubscribe link goes.",
        "take fewer items or shorter teasers; a link can lead to the rest",
    ),
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(_input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    text_part(message, report);
}

/// Where Gmail cuts (deliverability: size budget).
const HTML_MAX: usize = 102_400;
/// Where it becomes risky.
const HTML_WISE: usize = 80_000;

/// M001.
fn text_part(message: &Message<'_>, report: &mut Report<'_>) {
    if message.text.trim().is_empty() {
        report.note("M001", Spot::Message, "the text part is empty");
    }
}

/// M003, on the largest message of all readers.
pub(super) fn size(largest: Sizes, report: &mut Report<'_>) {
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
}
