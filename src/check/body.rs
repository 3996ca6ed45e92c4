//! M, A, I, G: the parts, their language, their images, and who sends them.

use crate::{
    check::{CheckInput, Proof, Reach, Report, SCAFFOLD_ADDRESS, page::Marks},
    domain::{language::Language, problem::Severity},
    render::form::Sizes,
};

/// Where Gmail cuts (deliverability: size budget).
const HTML_MAX: usize = 102_400;
/// Where it becomes risky.
const HTML_WISE: usize = 80_000;

/// M001.
pub(super) fn text_part(proof: &Proof<'_>, report: &mut Report) {
    if proof.text.trim().is_empty() {
        report.note("M001", "the text part is empty");
    }
}

/// M003, on the largest message of all readers.
pub(super) fn size(largest: Sizes, report: &mut Report) {
    let (size, form) = if largest.html_encoded > largest.html {
        (largest.html_encoded, "encoded")
    } else {
        (largest.html, "decoded")
    };
    if size > HTML_MAX {
        report.note("M003", format!("the HTML has {size} octets {form}, {HTML_MAX} are allowed"));
    } else if size > HTML_WISE {
        let message = format!("the HTML has {size} octets {form}; Gmail cuts it at about {HTML_MAX}");
        report.note_as(Severity::Warning, "M003", message);
    }
}

/// A001 and A002.
pub(super) fn language(input: &CheckInput<'_>, proof: &Proof<'_>, report: &mut Report) {
    let language = &input.digest.language;
    for (what, marks) in [("`html`", &proof.page.html), ("the body's wrapper", &proof.page.wrapper)] {
        if let Some(fault) = language_fault(marks, language) {
            report.note("A001", format!("{what} {fault}"));
        }
        let wanted = language.direction().as_str();
        match marks.dir.as_deref() {
            Some(dir) if dir.eq_ignore_ascii_case(wanted) => {}
            Some(dir) => {
                report.note("A002", format!("{what} says `dir=\"{dir}\"`, `{language}` is written {wanted}"));
            }
            None => report.note("A002", format!("{what} has no `dir`")),
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

/// I001.
pub(super) fn images(proof: &Proof<'_>, report: &mut Report) {
    for source in &proof.page.without_alt {
        report.note("I001", format!("the image `{source}` has no `alt`"));
    }
}

/// G001.
pub(super) fn postal_address(input: &CheckInput<'_>, proof: &Proof<'_>, report: &mut Report) {
    let wanted = letters(input.postal_address.unwrap_or_default());
    if wanted.is_empty() {
        return report.note("G001", "the newsletter has no postal address");
    }
    if input.reach == Reach::Public && wanted == letters(SCAFFOLD_ADDRESS) {
        report.note("G001", "the postal address is still the one of the example");
    }
    for (what, text) in [("HTML", &proof.page.visible), ("text", &proof.text)] {
        if !letters(text).contains(&wanted) {
            report.note("G001", format!("the postal address does not stand in the {what} part"));
        }
    }
}

/// Reduces a text to its letters and digits: line breaks and punctuation differ between the parts.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
