//! A006 and A009: text that tires.

use crate::{
    check::{
        access::prose::{Prose, Words},
        message::Message,
        page::shown,
        report::{Report, Spot},
    },
    domain::problem::Severity,
};
use std::collections::BTreeMap;

/// Pixels that letters have at least: in running text, anywhere, and before they count as hidden.
const RUNNING_MIN: f32 = 14.0;
const ANYWHERE_MIN: f32 = 12.0;
const HIDDEN_MAX: f32 = 11.0;

/// Characters from which on a block is read and not glanced at.
const LONG: usize = 120;

/// Letters in capitals from which on they tire.
const CAPITALS_MAX: usize = 40;

/// How much higher lines are than letters, at least.
const LEADING_MIN: f32 = 1.4;

pub(super) fn judge(prose: &Prose<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    running_size(prose, message, report);
    for words in &prose.words {
        size(words, message, report);
        tiring(words, prose, message, report);
    }
}

/// A006, for the size that most of the text has.
fn running_size(prose: &Prose<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let style = message.style();
    // Tenths of a pixel, so that sizes can be keys.
    let tenths = |words: &Words<'_>| format!("{:.1}", style.computed(words.parent).font_size);
    let mut by_size: BTreeMap<String, usize> = BTreeMap::new();
    for words in &prose.words {
        *by_size.entry(tenths(words)).or_default() += words.text.chars().count();
    }
    let Some((most, _)) = by_size.into_iter().max_by_key(|(_, count)| *count) else { return };
    let is_small = most.parse::<f32>().is_ok_and(|size| (ANYWHERE_MIN..RUNNING_MIN).contains(&size));
    for words in prose.words.iter().filter(|words| is_small && tenths(words) == most) {
        let message = format!("most of the text is set in {} px", most.trim_end_matches(".0"));
        report.note("A006", Spot::Element(words.block), message);
    }
}

/// A006, for each text.
fn size(words: &Words<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let size = message.style().computed(words.parent).font_size;
    let mut around =
        message.document.with_ancestors(words.parent).map(|number| &message.document.elements[number]);
    // Raised and lowered figures are small by nature.
    if size >= ANYWHERE_MIN || around.any(|element| matches!(element.name.as_str(), "sup" | "sub")) {
        return;
    }
    let severity = if size < HIDDEN_MAX { Severity::Error } else { Severity::Warning };
    let message = format!("`{}` is set in {} px", shown(words.text), (size * 10.0).round() / 10.0);
    report.note_as(severity, "A006", Spot::Element(words.parent), message);
}

/// A009.
fn tiring(words: &Words<'_>, prose: &Prose<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let computed = message.style().computed(words.parent);
    let mut note = |says: &str| report.note("A009", Spot::Element(words.block), says);
    let is_long = prose.block(words).length >= LONG;
    if is_long && computed.text_align == "justify" {
        note("long text is justified");
    }
    if is_long && computed.line_height < computed.font_size * LEADING_MIN {
        note("the lines of long text stand close together");
    }
    if computed.is_italic && words.text.chars().count() >= LONG {
        note("long text is in italics");
    }
    let letters = words.text.chars().filter(|c| c.is_alphabetic());
    let has_case = |c: &char| c.is_uppercase() || c.is_lowercase();
    let capitals = letters.clone().filter(has_case).count();
    let is_set_so = computed.text_transform == "uppercase" || !letters.clone().any(char::is_lowercase);
    if capitals > CAPITALS_MAX && is_set_so {
        note("long text is in capitals");
    }
}
