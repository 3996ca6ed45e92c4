//! A: what screen readers and tired eyes need.

use crate::{
    check::{
        CheckInput,
        message::Message,
        page::Marks,
        report::{Report, Spot},
        rules::{Rule, error},
    },
    domain::language::Language,
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
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    language(input, message, report);
}

/// A001 and A002.
fn language(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let language = &input.digest.language;
    for (what, marks) in [("`html`", &message.page.html), ("the body's wrapper", &message.page.wrapper)] {
        if let Some(fault) = language_fault(marks, language) {
            report.note("A001", Spot::Message, format!("{what} {fault}"));
        }
        let wanted = language.direction().as_str();
        match marks.dir.as_deref() {
            Some(dir) if dir.eq_ignore_ascii_case(wanted) => {}
            Some(dir) => {
                report.note(
                    "A002",
                    Spot::Message,
                    format!("{what} says `dir=\"{dir}\"`, `{language}` is written {wanted}"),
                );
            }
            None => report.note("A002", Spot::Message, format!("{what} has no `dir`")),
        }
    }
}

fn language_fault(marks: &Marks, language: &Language) -> Option<String> {
    let lang = marks.lang.as_deref().unwrap_or_default().trim();
    match Language::parse(lang) {
        _ if lang.is_empty() || lang == "und" => Some("has no `lang`".to_owned()),
        Some(marked) if marked.primary() == language.primary() => None,
        _ => Some(format!("says `lang=\"{lang}\"`, the variant is in `{language}`")),
    }
}
