//! A007 and A011: headings, and emoji in place of words.

use crate::{
    check::{
        message::Message,
        page::shown,
        report::{Report, Spot},
    },
    clients::{Document, Element, Node},
};
use icu::properties::{
    CodePointSetData,
    props::{EmojiPresentation, ExtendedPictographic},
};
use unicode_segmentation::UnicodeSegmentation;

/// Emoji that may stand side by side.
const IN_A_ROW_MAX: usize = 3;

/// Lines that begin with the same emoji and so make it a bullet.
const BULLETS_MIN: usize = 3;

/// Elements whose whole content should not be emoji.
const SPEAKING: [&str; 11] = ["a", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "td", "th"];

pub(super) fn judge(message: &Message<'_>, report: &mut Report<'_>) {
    headings(message, report);
    emoji(message, report);
}

/// A007.
fn headings(message: &Message<'_>, report: &mut Report<'_>) {
    let elements = message.document.elements.iter().enumerate();
    let headings: Vec<(usize, u32)> = elements
        .filter(|(number, _)| message.page.is_seen(*number))
        .filter_map(|(number, element)| Some((number, level(element)?)))
        .collect();
    let tops: Vec<usize> =
        headings.iter().filter(|(_, level)| *level == 1).map(|(number, _)| *number).collect();
    if tops.is_empty() {
        let first = message.page.seen_runs(&message.document).next();
        let spot = first.map_or(Spot::Message, |(_, parent)| Spot::Template(parent));
        report.note("A007", spot, "the message has no `h1`");
    }
    if tops.len() > 1 {
        for number in &tops {
            let message = format!("{} headings are an `h1`, one should be", tops.len());
            report.note("A007", Spot::Element(*number), message);
        }
    }
    // A message may begin below the top: `no h1` has been said then.
    let mut before = 1;
    for (number, level) in headings {
        if level > before + 1 {
            let text = shown(&message.page.text_of(&message.document, number));
            let message = format!("the heading `{text}` is an `h{level}` after an `h{before}`");
            report.note("A007", Spot::Element(number), message);
        }
        before = level;
    }
}

/// Returns the level of a heading.
fn level(element: &Element) -> Option<u32> {
    if element.get("role") == Some("heading") {
        return element.get("aria-level").and_then(|level| level.trim().parse().ok()).or(Some(2));
    }
    let is_heading = element.get("role").is_none_or(|role| !matches!(role, "presentation" | "none"));
    let digit = element.name.strip_prefix('h').filter(|_| is_heading)?;
    digit.parse().ok().filter(|level| (1..=6).contains(level))
}

/// A011.
fn emoji(message: &Message<'_>, report: &mut Report<'_>) {
    let document = &message.document;
    for (index, parent) in message.page.seen_runs(document) {
        let text = &document.runs[index].text;
        if let Some(row) = long_row(text) {
            report.note("A011", Spot::Element(parent), format!("`{}` are many emoji in a row", shown(&row)));
        }
    }
    for (number, element) in document.elements.iter().enumerate() {
        let is_speaking = SPEAKING.contains(&element.name.as_str()) && message.page.is_seen(number);
        // The words of a cell that holds other elements are those elements' matter.
        let is_leaf = element.name != "td" && element.name != "th"
            || element.children.iter().all(|child| matches!(child, Node::Run(_)));
        if is_speaking && is_leaf && !is_silent(document, number) {
            let name = message.page.name_of(document, number);
            if is_all_emoji(&name) {
                let message = format!("`{}` stands alone for words", shown(&name));
                report.note("A011", Spot::Element(number), message);
            }
        }
    }
    bullets(message, report);
}

/// Returns whether an element is kept from screen readers.
fn is_silent(document: &Document, number: usize) -> bool {
    document.with_ancestors(number).any(|around| document.elements[around].get("aria-hidden") == Some("true"))
}

/// Lists that are made with emoji: several lines that begin with the same.
fn bullets(message: &Message<'_>, report: &mut Report<'_>) {
    let document = &message.document;
    let mut lines: Vec<(String, usize)> = Vec::new();
    for (index, parent) in message.page.seen_runs(document) {
        let text = document.runs[index].text.trim_start();
        let first = text
            .graphemes(true)
            .next()
            .filter(|first| is_emoji(first) && first.len() < text.trim_end().len());
        if let Some(first) = first.filter(|_| !is_silent(document, parent)) {
            lines.push((first.to_owned(), parent));
        }
    }
    let mut known: Vec<&str> = lines.iter().map(|(mark, _)| mark.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    for mark in known {
        let places: Vec<usize> =
            lines.iter().filter(|(own, _)| own == mark).map(|(_, parent)| *parent).collect();
        if places.len() >= BULLETS_MIN {
            for place in &places {
                let message = format!("{} lines begin with `{mark}` as with a bullet", places.len());
                report.note("A011", Spot::Element(*place), message);
            }
        }
    }
}

fn is_emoji(grapheme: &str) -> bool {
    let pictures = CodePointSetData::new::<EmojiPresentation>();
    let pictographs = CodePointSetData::new::<ExtendedPictographic>();
    // U+FE0F asks for the coloured picture of a sign that is otherwise a plain character.
    let is_asked = grapheme.contains('\u{fe0f}');
    grapheme.chars().next().is_some_and(|c| pictures.contains(c) || (is_asked && pictographs.contains(c)))
}

fn is_all_emoji(text: &str) -> bool {
    let mut graphemes = text.graphemes(true).filter(|grapheme| !grapheme.trim().is_empty()).peekable();
    graphemes.peek().is_some() && graphemes.all(is_emoji)
}

/// Returns the first row of emoji that is too long.
fn long_row(text: &str) -> Option<String> {
    let mut row: Vec<&str> = Vec::new();
    for grapheme in text.graphemes(true).chain(["."]) {
        if is_emoji(grapheme) {
            row.push(grapheme);
        } else if !grapheme.trim().is_empty() {
            if row.len() > IN_A_ROW_MAX {
                return Some(row.concat());
            }
            row.clear();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_told_from_letters_digits_and_signs() {
        for emoji in ["🎉", "👩‍💻", "❤️", "🇫🇷", "✅"] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for sign in ["a", "1", "→", "©", "✓", "•", "ب"] {
            assert!(!is_emoji(sign), "{sign}");
        }
    }

    #[test]
    fn rows_are_counted_over_spaces() {
        assert_eq!(long_row("Go 🎉 🎉🎉 🎉!").as_deref(), Some("🎉🎉🎉🎉"));
        assert_eq!(long_row("🎉🎉🎉 and 🎉"), None);
    }
}
