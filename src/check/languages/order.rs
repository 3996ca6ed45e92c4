//! Latin words and numbers that come apart in right-to-left text.
//!
//! The order of signs is worked out as mail clients do it (UAX #9). A word is
//! in danger when one of its signs takes the direction of the text around it.

use crate::check::{
    languages::direction::{bidi_class, is_mostly_rtl},
    report::{Report, Spot},
    style::scene::{Scene, Text},
};
use icu::properties::props::BidiClass as Class;
use std::ops::Range;
use unicode_bidi::{BidiInfo, Level};

/// What stands for an element with a direction of its own.
const ISOLATE: char = '\u{fffc}';

/// N002.
pub(super) fn judge(scene: &Scene<'_>, texts: &[Text<'_>], report: &mut Report<'_>) {
    let mut at = 0;
    while at < texts.len() {
        let block = scene.block(texts[at].parent);
        let len = texts[at..].iter().take_while(|text| scene.block(text.parent) == block).count();
        let paragraph = paragraph(scene, block, &texts[at..at + len]);
        at += len;
        if is_rtl(scene, block, &paragraph.text) {
            for (broken, parent) in paragraph.broken() {
                report.note("N002", Spot::Element(parent), broken);
            }
        }
    }
}

fn is_rtl(scene: &Scene<'_>, block: usize, text: &str) -> bool {
    match scene.marked(block, "dir") {
        Some((_, dir)) if dir.eq_ignore_ascii_case("rtl") => true,
        Some((_, dir)) if dir.eq_ignore_ascii_case("auto") => is_mostly_rtl(text),
        _ => false,
    }
}

/// The words of a block, with the element each stands in.
#[derive(Default)]
struct Paragraph {
    text: String,
    parts: Vec<(Range<usize>, usize)>,
}

fn paragraph(scene: &Scene<'_>, block: usize, texts: &[Text<'_>]) -> Paragraph {
    let mut paragraph = Paragraph::default();
    for text in texts {
        let from = paragraph.text.len();
        let has_own = scene.marked(text.parent, "dir").is_some_and(|(around, _)| around > block)
            || scene.is_in(text.parent, "bdi");
        if has_own {
            paragraph.text.push(ISOLATE);
        } else {
            paragraph.text.push_str(text.text);
        }
        paragraph.parts.push((from..paragraph.text.len(), text.parent));
    }
    paragraph
}

impl Paragraph {
    /// Returns what to say of each word that comes apart, and in which element it stands.
    fn broken(&self) -> Vec<(String, usize)> {
        let text = self.text.as_str();
        let upright = upright(text);
        let mut found = Vec::new();
        for word in words(text).into_iter().chain(telephones(text)) {
            let Some(shown) = shown(text, &upright, &word) else { continue };
            let part = self.parts.iter().find(|(range, _)| range.contains(&word.start));
            let message = format!("`{}` has no direction of its own and is shown as `{shown}`", &text[word]);
            found.extend(part.map(|(_, parent)| (message, *parent)));
        }
        found
    }
}

/// Returns, for every octet of a right-to-left paragraph, whether its character runs from left to right.
fn upright(text: &str) -> Vec<bool> {
    BidiInfo::new(text, Some(Level::rtl())).levels.iter().map(Level::is_ltr).collect()
}

/// Returns how a word is shown, when not as it is written.
fn shown(text: &str, upright: &[bool], word: &Range<usize>) -> Option<String> {
    let mut stretches: Vec<(bool, String)> = Vec::new();
    for (at, c) in text[word.clone()].char_indices() {
        let is_upright = upright[word.start + at];
        match stretches.last_mut() {
            Some((same, stretch)) if *same == is_upright => stretch.push(c),
            _ => stretches.push((is_upright, c.to_string())),
        }
    }
    if stretches.iter().all(|(is_upright, _)| *is_upright) {
        return None;
    }
    let turned = stretches
        .into_iter()
        .rev()
        .map(|(is_upright, stretch)| if is_upright { stretch } else { stretch.chars().rev().collect() });
    let turned: String = turned.collect();
    (turned != text[word.clone()]).then_some(turned)
}

/// Returns the Latin words of a text with the signs that belong to them, sentence punctuation cut off.
fn words(text: &str) -> Vec<Range<usize>> {
    let is_gap = |c: char| {
        c.is_whitespace()
            || c == ISOLATE
            || matches!(bidi_class(c), Class::RightToLeft | Class::ArabicLetter | Class::ArabicNumber)
    };
    let mut found = Vec::new();
    let mut from = 0;
    for (end, gap) in text.char_indices().filter(|(_, c)| is_gap(*c)).chain([(text.len(), ' ')]) {
        let touches = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace() && c != ISOLATE);
        let word = &text[from..end];
        let start = trimmed_start(word, touches(text[..from].chars().next_back()));
        let stop = trimmed_end(word, touches(Some(gap).filter(|_| end < text.len())));
        if start < stop && word[start..stop].chars().any(|c| bidi_class(c) == Class::LeftToRight) {
            found.push(from + start..from + stop);
        }
        from = (end + gap.len_utf8()).min(text.len());
    }
    found
}

/// Returns where a word begins: not with a bracket, a quotation mark, or what ties it to an Arabic letter.
fn trimmed_start(word: &str, is_tied: bool) -> usize {
    let belongs = |(at, c): (usize, char)| {
        let rest = &word[at + c.len_utf8()..];
        c.is_alphanumeric()
            || !is_tied
                && (matches!(c, '#' | '@' | '+' | '$' | '/' | '~')
                    || c == '.' && rest.starts_with(|next: char| next.is_ascii_uppercase()))
    };
    word.char_indices().find(|place| belongs(*place)).map_or(word.len(), |(at, _)| at)
}

/// Returns where a word ends.
fn trimmed_end(word: &str, is_tied: bool) -> usize {
    let belongs = |c: char| c.is_alphanumeric() || !is_tied && matches!(c, '+' | '#' | '/' | '%' | '=' | '_');
    word.char_indices().rev().find(|(_, c)| belongs(*c)).map_or(0, |(at, c)| at + c.len_utf8())
}

/// Returns the telephone numbers of a text: those that say their country.
fn telephones(text: &str) -> Vec<Range<usize>> {
    let part = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '-' | '(' | ')' | '.' | '/');
    let mut found = Vec::new();
    for (at, _) in text.match_indices(['+', '0']) {
        let rest = &text[at..];
        let is_start = rest.starts_with('+') || rest.starts_with("00");
        let is_new = !text[..at].ends_with(|c: char| c.is_alphanumeric())
            && found.last().is_none_or(|last: &Range<usize>| last.end <= at);
        if !is_start || !is_new {
            continue;
        }
        let len = rest[1..].find(|c| !part(c)).map_or(rest.len(), |len| len + 1);
        let number = rest[..len].trim_end_matches(|c: char| !c.is_ascii_digit());
        if number.chars().filter(char::is_ascii_digit).count() >= 7 {
            found.push(at..at + number.len());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_shown(text: &str, expected: &[&str]) {
        let paragraph = Paragraph { text: text.to_owned(), parts: vec![(0..text.len(), 0)] };
        let shown: Vec<_> = paragraph.broken().into_iter().map(|(message, _)| message).collect();
        let shown: Vec<_> =
            shown.iter().map(|message| message.rsplit('`').nth(1).unwrap_or_default()).collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn signs_at_the_edge_of_a_word_change_sides() {
        check_shown("لغة C++ سهلة", &["++C"]);
        check_shown("منصة .NET الجديدة", &["NET."]);
        check_shown("انظر https://example.org/a/ للمزيد", &["/https://example.org/a"]);
        check_shown("وسم #STARSOM هنا", &["STARSOM#"]);
        check_shown("مادة 5-HT هنا", &["HT-5"]);
    }

    #[test]
    fn telephone_numbers_are_turned_round() {
        check_shown("اتصل +43 1 26060 اليوم", &["26060 1 43+"]);
    }

    #[test]
    fn words_that_hold_together_are_left_alone() {
        for text in [
            "مشروع STARSOM الجديد.",
            "مشروع STARSOM، ثم غيره",
            "يعمل STARSOM.",
            "النظام Windows 11 الجديد",
            "طباعة 3D هنا",
            "من 2021 إلى 2023",
            "(STARSOM) و«UNODC»",
            "بـSTARSOM وال-UNODC",
            "راسلوا contact@example.org اليوم",
            "انظر www.example.org/a-b للمزيد",
            "في 2022-04-08 و50% و$100",
        ] {
            check_shown(text, &[]);
        }
    }
}
