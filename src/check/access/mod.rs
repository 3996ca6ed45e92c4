//! A: what screen readers and tired eyes need.

mod colours;
mod marks;
mod passages;
mod prose;
mod reading;
mod structure;
mod tables;
mod targets;

use crate::check::{
    CheckInput,
    access::prose::Prose,
    message::Message,
    report::Report,
    rules::{Rule, error, info, warning},
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
    error(
        "A004",
        "check/contrast",
        "text stands out too little",
        "With too little contrast many readers can't make out the words, least of all on a phone in the sun.",
        "take a darker or lighter colour for the text or for what is behind it, in light and in dark mode: 4.5:1, or 3:1 for large letters",
    ),
    warning(
        "A005",
        "check/target-size",
        "a link is hard to hit",
        "Fingers need about 44 pixels; below 24 even steady hands touch the wrong thing.",
        "give the link `display:inline-block` and padding above and below",
    ),
    warning(
        "A006",
        "check/text-size",
        "text is too small to read",
        "Small print is skipped by readers and taken for hidden text by filters.",
        "use 16 px for running text, at least 14 px; 12 px at the very least for the rest",
    ),
    warning(
        "A007",
        "check/headings",
        "the headings give no order",
        "Whoever listens jumps from heading to heading; without one at the top, or with a level left out, they can't tell what belongs to what.",
        "use one `h1` for the title of the issue, `h2` for each item, `h3` below that",
    ),
    warning(
        "A008",
        "check/colour-only-link",
        "a link differs from its text by colour only",
        "Whoever sees colours differently can't find it.",
        "underline links within text",
    ),
    info(
        "A009",
        "check/tiring-text",
        "text is tiring to read",
        "Justified lines have holes, long italics and capitals hide the shapes of words, and tight lines run into each other.",
        "align at the start, keep italics and capitals for a few words, and set lines 1.5 times as high as the letters",
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
    let prose = Prose::of(message);
    colours::judge(&prose, input, message, report);
    reading::judge(&prose, message, report);
    targets::judge(&prose, message, report);
}
