//! Encoded words (RFC 2047) for texts that ASCII can't hold, and folding.

use crate::render::{headers::LINE_MAX, mime::quoted::hex};
use base64::{Engine, engine::general_purpose::STANDARD};
use unicode_segmentation::UnicodeSegmentation;

/// RFC 2047, 2: an encoded word has at most 75 characters.
const WORD_MAX: usize = 75;
/// `=?utf-8?Q?` and `?=`.
const FRAME_LEN: usize = 12;
/// An encoded word with less room than this goes to the next line.
const ROOM_MIN: usize = 12;
/// A plain word longer than this is encoded, so that it can be folded.
const PLAIN_WORD_MAX: usize = 60;

/// Writes an unstructured text such as a subject; returns the column it ends in.
pub fn write_unstructured(out: &mut Vec<u8>, column: usize, text: &str) -> usize {
    if is_plain(text, |octet| (0x21..=0x7e).contains(&octet)) {
        write_plain(out, column, text)
    } else {
        write_words(out, column, text)
    }
}

/// Writes a phrase such as a display name: atoms, a quoted string or encoded words.
pub fn write_phrase(out: &mut Vec<u8>, column: usize, text: &str) -> usize {
    if is_plain(text, is_atext) {
        return write_plain(out, column, text);
    }
    // Quotes round something that looks like an encoded word would not stop every reader from decoding it.
    let is_quotable = text.bytes().all(|octet| (0x20..=0x7e).contains(&octet))
        && !text.contains("=?")
        && text.trim() == text
        && column + text.len() + 2 + text.matches(['"', '\\']).count() <= LINE_MAX;
    if !is_quotable {
        return write_words(out, column, text);
    }
    let start = out.len();
    out.push(b'"');
    for octet in text.bytes() {
        if matches!(octet, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(octet);
    }
    out.push(b'"');
    column + out.len() - start
}

/// Returns whether a text may stand as it is, folded at its spaces.
fn is_plain(text: &str, is_allowed: impl Fn(u8) -> bool) -> bool {
    !text.contains("=?")
        && text
            .split(' ')
            .all(|word| (1..=PLAIN_WORD_MAX).contains(&word.len()) && word.bytes().all(&is_allowed))
}

/// RFC 5322, 3.2.3.
fn is_atext(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&octet)
}

fn write_plain(out: &mut Vec<u8>, mut column: usize, text: &str) -> usize {
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 && column + 1 + word.len() > LINE_MAX {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
        if index > 0 {
            out.push(b' ');
            column += 1;
        }
        out.extend_from_slice(word.as_bytes());
        column += word.len();
    }
    column
}

/// The two ways to write an encoded word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Q,
    B,
}

/// Writes a text as encoded words, split between graphemes.
fn write_words(out: &mut Vec<u8>, mut column: usize, text: &str) -> usize {
    if text.is_empty() {
        return column;
    }
    let escaped = text.bytes().filter(|octet| !is_q_safe(*octet) && *octet != b' ').count();
    let form = if escaped * 3 < text.len() { Form::Q } else { Form::B };
    let mut rest = text;
    let mut is_first = true;
    while !rest.is_empty() {
        // White space between two encoded words vanishes, so a fold costs nothing.
        let room = LINE_MAX.saturating_sub(column + usize::from(!is_first)).min(WORD_MAX);
        let mut len = if room < FRAME_LEN + ROOM_MIN { 0 } else { fitting(rest, form, room - FRAME_LEN) };
        if len == 0 && is_first {
            // A fold right after the field's name would leave a line of nothing but white space.
            len = char_fitting(rest, form, room - FRAME_LEN);
        }
        if len == 0 {
            out.extend_from_slice(b"\r\n ");
            column = 1;
            let room = WORD_MAX - FRAME_LEN;
            len = fitting(rest, form, room).max(char_fitting(rest, form, room));
        } else if !is_first {
            out.push(b' ');
            column += 1;
        }
        column += write_word(out, &rest[..len], form);
        rest = &rest[len..];
        is_first = false;
    }
    column
}

/// Returns how many octets of whole graphemes fit into `room` characters.
fn fitting(text: &str, form: Form, room: usize) -> usize {
    let width = match form {
        Form::Q => q_width(text),
        Form::B => text.len().div_ceil(3) * 4,
    };
    // Most names fit whole, and need no looking for their graphemes.
    if width <= room {
        return text.len();
    }
    longest(text.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len()), text, form, room)
}

/// Returns how many octets of whole characters fit: for graphemes that no line can hold.
fn char_fitting(text: &str, form: Form, room: usize) -> usize {
    if text.graphemes(true).next().is_none_or(|grapheme| fitting(grapheme, form, room) > 0) {
        return 0;
    }
    longest(text.char_indices().map(|(at, c)| at + c.len_utf8()), text, form, room)
}

fn longest(ends: impl Iterator<Item = usize>, text: &str, form: Form, room: usize) -> usize {
    let (mut best, mut width, mut from) = (0, 0, 0);
    for end in ends {
        width = match form {
            Form::Q => width + q_width(&text[from..end]),
            Form::B => end.div_ceil(3) * 4,
        };
        if width > room {
            break;
        }
        (best, from) = (end, end);
    }
    best
}

fn q_width(text: &str) -> usize {
    text.bytes().map(|octet| if is_q_safe(octet) || octet == b' ' { 1 } else { 3 }).sum()
}

/// RFC 2047, 5 (3): the only octets that may stand bare in a phrase.
fn is_q_safe(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!*+-/".contains(&octet)
}

fn write_word(out: &mut Vec<u8>, text: &str, form: Form) -> usize {
    let start = out.len();
    match form {
        Form::Q => {
            out.extend_from_slice(b"=?utf-8?Q?");
            for octet in text.bytes() {
                match octet {
                    b' ' => out.push(b'_'),
                    safe if is_q_safe(safe) => out.push(safe),
                    other => {
                        out.push(b'=');
                        out.extend_from_slice(&hex(other));
                    }
                }
            }
        }
        Form::B => {
            out.extend_from_slice(b"=?utf-8?B?");
            out.extend_from_slice(STANDARD.encode(text).as_bytes());
        }
    }
    out.extend_from_slice(b"?=");
    out.len() - start
}

/// Reads an unstructured field value back as RFC 2047 says; for tests of the writers.
#[cfg(test)]
pub(crate) fn decode(value: &str) -> String {
    let unfolded = value.replace("\r\n", "");
    let mut out = String::new();
    let mut was_word = false;
    for (index, part) in unfolded.split(' ').enumerate() {
        let word = part.strip_prefix("=?utf-8?").and_then(|rest| rest.strip_suffix("?="));
        if index > 0 && !(was_word && word.is_some()) {
            out.push(' ');
        }
        match word.map(|word| (&word[..2], &word[2..])) {
            Some(("B?", payload)) => {
                out.push_str(std::str::from_utf8(&STANDARD.decode(payload).unwrap()).unwrap());
            }
            Some((_, payload)) => {
                let octets = crate::render::mime::quoted::decode(payload.replace('_', " ").as_bytes());
                out.push_str(std::str::from_utf8(&octets).unwrap());
            }
            None => out.push_str(part),
        }
        was_word = word.is_some();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unstructured(text: &str) -> String {
        let mut out = b"Subject: ".to_vec();
        write_unstructured(&mut out, "Subject: ".len(), text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plain_text_stays_plain_and_folds_at_spaces() {
        assert_eq!(unstructured("News of April"), "Subject: News of April");
        let long = unstructured(&"word ".repeat(40));
        assert!(long.contains("=?utf-8?"), "the space at the end needs encoding");
        assert!(unstructured("word ".repeat(40).trim()).lines().all(|line| line.len() <= 76));
    }

    #[test]
    fn the_shorter_form_is_chosen() {
        assert!(unstructured("Semaine 47 : l’actualité du projet").contains("=?utf-8?Q?Semaine_47"));
        assert!(unstructured("النشرة الإخبارية").contains("=?utf-8?B?"));
    }

    #[test]
    fn graphemes_stay_whole_between_words() {
        let family = "👨‍👩‍👧‍👦";
        for word in unstructured(&family.repeat(12)).split_whitespace().skip(1) {
            let text = decode(word);
            assert_eq!(text.replace(family, ""), "", "{word}");
        }
    }

    #[test]
    fn phrases_are_atoms_quoted_or_encoded() {
        let phrase = |text: &str| {
            let mut out = Vec::new();
            write_phrase(&mut out, 4, text);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(phrase("Anna Test"), "Anna Test");
        assert_eq!(phrase("J. \"Jay\" <x>"), r#""J. \"Jay\" <x>""#);
        assert_eq!(phrase("=?utf-8?Q?x?="), "=?utf-8?B?PT91dGYtOD9RP3g/PQ==?=");
        assert_eq!(phrase("Zoë Reader"), "=?utf-8?Q?Zo=C3=AB_Reader?=");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn every_text_comes_back(text in "(\\PC|[a-z]{1,9}| |=\\?|é|中|\u{301}){0,200}") {
            let written = unstructured(&text);
            for line in written.split("\r\n") {
                prop_assert!(line.len() <= 76 && line.is_ascii(), "{}", line);
                prop_assert!(!line.trim().is_empty(), "{}", written);
            }
            for word in written.split_whitespace().filter(|word| word.starts_with("=?")) {
                prop_assert!(word.len() <= 75);
            }
            prop_assert!(!written.starts_with("Subject: \r\n"));
            prop_assert_eq!(decode(written.strip_prefix("Subject: ").unwrap()), text);
        }
    }
}
