//! S: words that filters and readers dislike.

mod disguise;
mod phrases;
mod preheader;

use crate::check::{
    CheckInput,
    message::Message,
    report::Report,
    rules::{Rule, warning},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    warning(
        "S001",
        "check/spam-phrase",
        "a phrase is known from spam",
        "Filters count such phrases, whatever is meant by them.",
        "say it in other words, or say what exactly is offered",
    ),
    warning(
        "S002",
        "check/greeting",
        "the greeting could be for anybody",
        "`Dear friend` and `Dear customer` are how unwanted mail begins.",
        "greet readers by name, with a default such as `reader`, or not at all",
    ),
    warning(
        "S003",
        "check/disguised-text",
        "words are there that readers can't see",
        "Text in the colour of its background, tiny letters and words cut by comments are how spam hides from \
         filters.",
        "show the words or remove them",
    ),
    warning(
        "S004",
        "check/preheader",
        "the line after the subject is missing or wasted",
        "Inboxes show 40 to 140 characters of it; without one they show whatever stands first.",
        "write a `preheader` of 30 to 140 characters that goes on where the subject ends",
    ),
];

/// What needs no reader.
pub(super) fn judge_variant(input: &CheckInput<'_>, report: &mut Report<'_>) {
    preheader::judge(input, report);
}

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    phrases::judge(input, message, report);
    disguise::judge(message, report);
}
