//! A001 and A002: language and direction of the whole.

use crate::{
    check::{
        CheckInput,
        message::Message,
        page::{Marks, shown},
        report::{Report, Spot},
    },
    domain::language::Language,
};

pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let document = &message.document;
    let html = document.first("html");
    let value = |name: &str| html.and_then(|html| document.elements[html].get(name)).map(str::to_owned);
    let outer = Marks { lang: value("lang"), dir: value("dir") };
    let wrapper = message.page.wrapper(document);
    let body = document.first("body");
    for (what, marks, number) in [("`html`", &outer, html), ("the body's wrapper", &wrapper, body)] {
        compare(what, marks, number, &input.digest.language, report);
    }
    // What wraps the beginning must wrap the rest as well.
    for (name, id, is_marked) in
        [("lang", "A001", wrapper.lang.is_some()), ("dir", "A002", wrapper.dir.is_some())]
    {
        let bare =
            message.page.seen_runs(document).find(|(_, parent)| !is_within_mark(message, *parent, name));
        if let Some((index, parent)) = bare.filter(|_| is_marked) {
            let text = shown(&document.runs[index].text);
            let message = format!("`{text}` stands outside of what has a `{name}`");
            report.note(id, Spot::Element(parent), message);
        }
    }
}

fn compare(what: &str, marks: &Marks, number: Option<usize>, language: &Language, report: &mut Report<'_>) {
    let spot = || number.map_or(Spot::Message, Spot::Element);
    if let Some(fault) = language_fault(marks, language) {
        report.note("A001", spot(), format!("{what} {fault}"));
    }
    let wanted = language.direction().as_str();
    match marks.dir.as_deref() {
        Some(dir) if dir.eq_ignore_ascii_case(wanted) => {}
        Some(dir) => {
            let message = format!("{what} says `dir=\"{dir}\"`, `{language}` is written {wanted}");
            report.note("A002", spot(), message);
        }
        None => report.note("A002", spot(), format!("{what} has no `dir`")),
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

/// Returns whether an element or one around it, `html` left out, has an attribute.
fn is_within_mark(message: &Message<'_>, number: usize, name: &str) -> bool {
    let document = &message.document;
    let around = document.with_ancestors(number).map(|around| &document.elements[around]);
    around.filter(|element| element.name != "html").any(|element| element.get(name).is_some())
}
