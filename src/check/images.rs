//! I: pictures.

use crate::check::{
    CheckInput,
    message::Message,
    report::{Report, Spot},
    rules::{Rule, error},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[error(
    "I001",
    "check/alt-missing",
    "an image has no alternative text",
    "Whoever can't see it hears its file name instead, and many clients don't load images at all.",
    "say in `alt` what the image shows, or leave it empty (`alt: \"\"`) when it only decorates",
)];

/// Looks for all of them in one reader's message.
pub(super) fn judge(_input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    images(message, report);
}

/// I001.
fn images(message: &Message<'_>, report: &mut Report<'_>) {
    for source in &message.page.without_alt {
        report.note("I001", Spot::Message, format!("the image `{source}` has no `alt`"));
    }
}
