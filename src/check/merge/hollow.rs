//! T003: values that are no words.

use crate::{
    check::{
        CheckInput,
        message::Message,
        report::{Report, Spot},
    },
    clients::Document,
    domain::{digest::Digest, merge::MergeField},
    render::form::{Part, parts},
};

/// What programs write when they have no value.
const MACHINE_WORDS: [&str; 9] =
    ["null", "NULL", "(null)", "None", "undefined", "NaN", "nil", "#N/A", "[object Object]"];

pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let Digest { subject, html, text, merge, .. } = input.digest;
    for template in [subject, html, text] {
        let cut = parts(merge, template);
        // The digest has the same elements as every message made from it.
        let spot = |at: usize| {
            if std::ptr::eq(template, subject) {
                Spot::Written(Some(input.edition.subject.place.clone()))
            } else if std::ptr::eq(template, html) {
                Document::read(html).element_at(at).map_or(Spot::Message, Spot::Element)
            } else {
                Spot::Message
            }
        };
        for (index, part) in cut.iter().enumerate() {
            let Part::Field(field, at) = part else { continue };
            let MergeField::Subscriber { name, default } = &merge.fields()[*field] else { continue };
            let own = message.reader.field(name);
            let value = own.as_deref().or(default.as_deref()).unwrap_or_default().trim();
            if MACHINE_WORDS.contains(&value) {
                let message = format!("the field `{name}` is `{value}` for {}", message.reader.address);
                report.note("T003", spot(*at), message);
            }
            let before = index.checked_sub(1).and_then(|index| cut.get(index));
            if value.is_empty() && leaves_hole(before, cut.get(index + 1)) {
                let message = format!(
                    "without a value for `{name}` the text reads `{}`",
                    hole(before, cut.get(index + 1))
                );
                report.note("T003", spot(*at), message);
            }
        }
    }
}

/// Returns whether nothing between two texts would be seen: a space before a comma, or two spaces.
fn leaves_hole(before: Option<&Part<'_>>, after: Option<&Part<'_>>) -> bool {
    let (Some(Part::Text(before, _)), Some(Part::Text(after, _))) = (before, after) else { return false };
    before.ends_with(char::is_whitespace)
        && after.starts_with([',', ';', '.', ' ', '\u{60c}', '\u{61b}', '，', '、', '。'])
}

/// Returns the hole with a word on each side.
fn hole(before: Option<&Part<'_>>, after: Option<&Part<'_>>) -> String {
    let (Some(Part::Text(before, _)), Some(Part::Text(after, _))) = (before, after) else {
        return String::new();
    };
    let word = before.split_whitespace().next_back().unwrap_or_default();
    let rest: String = after.chars().take_while(|c| !matches!(c, '<' | '\n')).take(12).collect();
    format!("{} {}", word.rsplit('>').next().unwrap_or(word), rest.trim_end())
}
