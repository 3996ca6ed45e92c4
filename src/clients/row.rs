//! The inbox row: what of sender, subject and first words can be read before a message is opened.
//!
//! Clients cut by pixels and fonts of their own, so the widths here are typical ones, in Latin letters of average width;
//! letters of East Asia and emoji count two.

use crate::clients::Document;
use icu::properties::{CodePointMapData, props::EastAsianWidth};
use unicode_segmentation::UnicodeSegmentation;

/// How many letters of the body clients keep for the row at most.
const PREVIEW_MAX: usize = 300;

/// What a row is shown on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Screen {
    /// A phone held upright.
    Phone,
    /// A window on a desk.
    Desktop,
}

/// A text with what of it doesn't fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// What shows; the client puts `…` behind it when something is left.
    pub shown: String,
    /// What doesn't.
    pub left: String,
}

impl Cut {
    /// Returns whether something is left.
    pub fn is_cut(&self) -> bool {
        !self.left.is_empty()
    }
}

/// A row as one client shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Name of the client.
    pub client: &'static str,
    /// What it is shown on.
    pub screen: Screen,
    /// Who it is from.
    pub sender: Cut,
    /// The subject.
    pub subject: Cut,
    /// The first words of the body: the preheader and what follows it.
    pub preview: Cut,
}

/// How much room a client gives.
struct Layout {
    client: &'static str,
    screen: Screen,
    sender: usize,
    subject: usize,
    /// Room for the first words; `None` when they share one line with the subject.
    preview: Option<usize>,
}

const LAYOUTS: [Layout; 6] = [
    Layout { client: "Gmail", screen: Screen::Phone, sender: 28, subject: 40, preview: Some(44) },
    Layout { client: "Gmail", screen: Screen::Desktop, sender: 22, subject: 105, preview: None },
    // Two lines of first words.
    Layout { client: "Apple Mail", screen: Screen::Phone, sender: 26, subject: 38, preview: Some(84) },
    Layout { client: "Apple Mail", screen: Screen::Desktop, sender: 32, subject: 44, preview: Some(96) },
    Layout { client: "Outlook", screen: Screen::Phone, sender: 26, subject: 38, preview: Some(76) },
    Layout { client: "Outlook", screen: Screen::Desktop, sender: 30, subject: 46, preview: Some(54) },
];

/// Returns the rows of a message in the clients that most readers use.
pub fn rows(sender: &str, subject: &str, document: &Document) -> Vec<Row> {
    let preview = preview(document);
    LAYOUTS.iter().map(|layout| layout.row(sender, subject, &preview)).collect()
}

impl Layout {
    fn row(&self, sender: &str, subject: &str, preview: &str) -> Row {
        let subject = cut(subject.trim(), self.subject);
        let room = self.preview.unwrap_or_else(|| {
            // A dash with a space on each side parts the two.
            self.subject.saturating_sub(width(&subject.shown) + 3)
        });
        Row {
            client: self.client,
            screen: self.screen,
            sender: cut(sender.trim(), self.sender),
            preview: cut(preview, if subject.is_cut() && self.preview.is_none() { 0 } else { room }),
            subject,
        }
    }
}

/// Returns the first words of the body as clients gather them: hidden text counts, pictures and what only Outlook
/// sees don't, and the signs that fill up a short preheader are passed over.
pub fn preview(document: &Document) -> String {
    let mut words = String::new();
    // Where the text before stands: its block, and the octet at which it begins.
    let mut before: Option<(Option<usize>, usize)> = None;
    for run in document.runs.iter().filter(|run| !run.is_raw && !run.is_conditional) {
        let block = run.parent.and_then(|parent| block_of(document, parent));
        if run.parent.is_some_and(|parent| is_in_head(document, parent)) {
            continue;
        }
        let text: String = run.text.chars().filter(|letter| !is_filler(*letter)).collect();
        let is_apart = before.is_some_and(|(other, at)| other != block || has_break(document, at, run.at));
        before = Some((block, run.at));
        if is_apart || text.starts_with(char::is_whitespace) {
            words.push(' ');
        }
        words.push_str(&text.split_whitespace().collect::<Vec<_>>().join(" "));
        if text.ends_with(char::is_whitespace) {
            words.push(' ');
        }
        if words.len() > PREVIEW_MAX * 8 {
            break;
        }
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.graphemes(true).take(PREVIEW_MAX).collect()
}

fn is_in_head(document: &Document, parent: usize) -> bool {
    let mut around = document.with_ancestors(parent);
    around.any(|at| matches!(document.elements[at].name.as_str(), "head" | "title" | "template"))
}

/// Returns the element around that doesn't stand in the line.
fn block_of(document: &Document, parent: usize) -> Option<usize> {
    let is_inline = |name: &str| {
        matches!(
            name,
            "a" | "b"
                | "strong"
                | "i"
                | "em"
                | "span"
                | "u"
                | "s"
                | "small"
                | "sub"
                | "sup"
                | "font"
                | "code"
        )
    };
    document.with_ancestors(parent).find(|at| !is_inline(&document.elements[*at].name))
}

/// Returns whether the line ends between two places.
fn has_break(document: &Document, from: usize, to: usize) -> bool {
    document.named("br").any(|(_, element)| (from..to).contains(&element.at))
}

/// Signs that fill a row without showing.
fn is_filler(letter: char) -> bool {
    matches!(letter, '\u{200b}' | '\u{200c}' | '\u{feff}' | '\u{34f}' | '\u{ad}' | '\u{2007}' | '\u{2060}')
}

/// Cuts a text where `room` ends, between letters as readers count them.
fn cut(text: &str, room: usize) -> Cut {
    if width(text) <= room {
        return Cut { shown: text.to_owned(), left: String::new() };
    }
    let mut used = 1;
    let mut end = 0;
    for (at, letter) in text.grapheme_indices(true) {
        used += letter_width(letter);
        if used > room {
            break;
        }
        end = at + letter.len();
    }
    Cut { shown: text[..end].trim_end().to_owned(), left: text[end..].trim_start().to_owned() }
}

fn width(text: &str) -> usize {
    text.graphemes(true).map(letter_width).sum()
}

fn letter_width(letter: &str) -> usize {
    let widths = CodePointMapData::<EastAsianWidth>::new();
    let is_wide = |letter: char| {
        matches!(widths.get(letter), EastAsianWidth::Wide | EastAsianWidth::Fullwidth) || letter == '\u{fe0f}'
    };
    match letter.chars().next() {
        None => 0,
        Some(first) if first.is_control() => 0,
        Some(_) if letter.chars().any(is_wide) => 2,
        Some(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, room: usize, shown: &str) {
        assert_eq!(cut(text, room).shown, shown, "{text}");
    }

    #[test]
    fn texts_are_cut_between_letters() {
        check("Countries act together", 22, "Countries act together");
        check("Countries act together", 21, "Countries act togeth");
        check("共同打击偷运移民", 9, "共同打击");
        check("e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}e\u{301}");
        check("👩‍👩‍👧x👩‍👩‍👧x", 4, "👩‍👩‍👧x");
        check("a", 0, "");
    }

    #[test]
    fn first_words_go_on_into_the_body() {
        let document = Document::read(
            "<title>T</title><style>p{}</style><div style=\"display:none\">Short.&zwnj;&nbsp;&#847;</div>\
             <!--[if mso]>no<![endif]--><h1>Big <b>ti</b>tle</h1><p>Dear <a>you</a>,<br>hi</p>",
        );
        assert_eq!(preview(&document), "Short. Big title Dear you, hi");
    }

    #[test]
    fn every_client_cuts_in_its_own_place() {
        let document = Document::read(&format!("<p>{}", "words ".repeat(40)));
        let subject = "Countries act together, from South Asia to the Darién Gap";
        let rows = rows("The project team of the newsletter", subject, &document);
        let cut_subjects: Vec<bool> = rows.iter().map(|row| row.subject.is_cut()).collect();
        assert_eq!(cut_subjects, [true, false, true, true, true, true]);
        assert_eq!(rows[1].preview.shown, format!("{}wo", "words ".repeat(7)));
        assert!(rows.iter().all(|row| row.sender.is_cut() && row.preview.is_cut()));
    }

    #[test]
    fn a_subject_that_fills_the_line_leaves_no_room() {
        let row = &rows("A", &"long ".repeat(40), &Document::read("<p>first words"))[1];
        assert_eq!((row.preview.shown.as_str(), row.preview.left.as_str()), ("", "first words"));
    }
}
