//! A: what screen readers and tired eyes need.

mod marks;
mod passages;
mod structure;
mod tables;

use crate::check::{
    CheckInput,
    message::Message,
    report::Report,
    rules::{Rule, error, warning},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "A001",
        "check/language-missing",
        "the language is not marked",
        "Screen readers choose their voice by it, and webmail drops the outer element, so it must stand inside too.",
        "set `lang` on `html` and on the body or the wrapper inside it",
    ),
    error(
        "A002",
        "check/direction-missing",
        "the writing direction is not marked",
        "In an Arabic or Hebrew mailbox an unmarked message is mirrored, and an Arabic one elsewhere is not.",
        "set `dir` to `ltr` or `rtl` on `html` and on the body or the wrapper inside it",
    ),
    error(
        "A003",
        "check/layout-table",
        "a table that only arranges things says so to nobody",
        "A screen reader announces rows and columns of every table, dozens of them before the first news.",
        "set `role=\"presentation\"` on every table that holds no data",
    ),
    warning(
        "A007",
        "check/headings",
        "the headings give no order",
        "Whoever listens jumps from heading to heading; without one at the top, or with a level left out, they can't tell what belongs to what.",
        "use one `h1` for the title of the issue, `h2` for each item, `h3` below that",
    ),
    warning(
        "A010",
        "check/unmarked-passage",
        "a passage in another language is not marked",
        "A screen reader reads it in the wrong voice or spells it out, and punctuation jumps to the wrong side where directions differ.",
        "wrap it in an element with its own `lang`, and its own `dir` where it runs the other way",
    ),
    warning(
        "A011",
        "check/emoji",
        "emoji stand where words should",
        "Each is read out by its full name, every time: a list with emoji for bullets becomes a riddle, and alone they tell some readers nothing.",
        "say it in words; one emoji at the end of a line is enough",
    ),
    warning(
        "A012",
        "check/data-table",
        "a table of data has no marked headings",
        "Without them a screen reader reads bare figures, and nobody can tell which row or column they belong to.",
        "write the headings as `th`, with `scope=\"col\"` or `scope=\"row\"` where both kinds occur, and leave `role` away",
    ),
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    marks::judge(input, message, report);
    tables::judge(message, report);
    structure::judge(message, report);
    passages::judge(input, message, report);
}
