//! G: what the law and fairness ask of every message.

use crate::check::{
    CheckInput, Reach, SCAFFOLD_ADDRESS,
    message::Message,
    report::{Report, Spot},
    rules::{Rule, error},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[error(
    "G001",
    "check/postal-address",
    "the postal address is missing",
    "The law of several countries asks for it in every such message, in both parts.",
    "set `footer.postal_address` of the newsletter and keep it in the template, HTML and text",
)];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    postal_address(input, message, report);
}

/// G001.
fn postal_address(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let wanted = letters(input.edition.footer.postal_address.as_ref().map_or("", |text| &text.source));
    if wanted.is_empty() {
        return report.note("G001", Spot::Message, "the newsletter has no postal address");
    }
    if input.reach == Reach::Public && wanted == letters(SCAFFOLD_ADDRESS) {
        report.note("G001", Spot::Message, "the postal address is still the one of the example");
    }
    for (what, text) in [("HTML", &message.page.visible), ("text", &message.text)] {
        if !letters(text).contains(&wanted) {
            report.note(
                "G001",
                Spot::Message,
                format!("the postal address does not stand in the {what} part"),
            );
        }
    }
}

/// Reduces a text to its letters and digits: line breaks and punctuation differ between the parts.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
