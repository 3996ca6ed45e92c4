//! Flowed text (RFC 3676): lines for old screens that new ones put together again.

use crate::domain::language::Language;

/// Characters of a line, its soft break included (RFC 3676, 4.2 advises 66 to 78).
const LINE_MAX: usize = 72;
/// Separates the signature; the one line whose space at the end means nothing (RFC 3676, 4.3).
const SIGNATURE: &str = "-- ";

/// Returns whether texts of a language can be broken at spaces at all.
pub fn is_flowed(language: &Language) -> bool {
    !matches!(language.primary(), "zh" | "ja" | "th" | "lo" | "km" | "my")
}

/// Writes one paragraph as flowed lines, each ended with LF. Words are never cut, so a URL never breaks.
pub fn flow(paragraph: &str, out: &mut String) {
    if paragraph == SIGNATURE {
        out.push_str("-- \n");
        return;
    }
    let mut rest = paragraph.trim_end_matches(' ');
    while let Some(cut) = soft_break(rest) {
        stuff(&rest[..cut], out);
        out.push('\n');
        rest = &rest[cut..];
    }
    stuff(rest, out);
    out.push('\n');
}

/// Writes one paragraph as one line ended with LF, for scripts without spaces to break at.
pub fn leave_whole(paragraph: &str, out: &mut String) {
    out.push_str(if paragraph == SIGNATURE { SIGNATURE } else { paragraph.trim_end_matches(' ') });
    out.push('\n');
}

/// Writes a line, with a space before what readers would otherwise take for a quote or an envelope line.
fn stuff(line: &str, out: &mut String) {
    // RFC 3676, 4.4.
    if line.starts_with([' ', '>']) || line.starts_with("From ") {
        out.push(' ');
    }
    out.push_str(line);
}

/// Returns where a line that is too long goes on: after the last run of spaces that fits, else the first.
fn soft_break(line: &str) -> Option<usize> {
    if line.len() <= LINE_MAX || line.chars().nth(LINE_MAX).is_none() {
        return None;
    }
    let mut best = None;
    let mut was_space = false;
    for (count, (at, c)) in line.char_indices().enumerate() {
        if was_space && c != ' ' && is_breakable(&line[..at]) {
            if count > LINE_MAX && best.is_some() {
                return best;
            }
            best = Some(at);
        }
        was_space = c == ' ';
        if count > LINE_MAX && best.is_some() {
            return best;
        }
    }
    best
}

/// Returns whether a line may end here: not as a signature separator, not as nothing but spaces.
fn is_breakable(line: &str) -> bool {
    line != SIGNATURE && !line.trim_start_matches(' ').is_empty()
}

/// Puts flowed lines together again as a reader's client does; for tests of the writer.
#[cfg(test)]
pub(crate) fn unflow(flowed: &str) -> String {
    let mut out = String::new();
    for line in flowed.split_terminator('\n') {
        let line = line.strip_prefix(' ').unwrap_or(line);
        out.push_str(line);
        if !line.ends_with(' ') || line == SIGNATURE {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flowed(paragraph: &str) -> String {
        let mut out = String::new();
        flow(paragraph, &mut out);
        out
    }

    #[test]
    fn long_paragraphs_break_softly_and_urls_never() {
        let url = format!("https://www.example.org/{}", "a".repeat(90));
        let text = flowed(&format!("{} {url} {}", "word ".repeat(20).trim(), "end ".repeat(30).trim()));
        assert!(text.contains(&url));
        for line in text.lines().filter(|line| !line.contains("https")) {
            assert!(line.chars().count() <= 72, "{line}");
        }
        assert!(text.lines().rev().skip(1).all(|line| line.ends_with(' ')));
    }

    #[test]
    fn the_signature_separator_stays_and_quotes_are_no_quotes() {
        assert_eq!(flowed("-- "), "-- \n");
        assert_eq!(flowed("> no quote"), " > no quote\n");
        assert_eq!(flowed("From here"), " From here\n");
        assert_eq!(flowed("  indented  "), "   indented\n");
        assert_eq!(flowed(""), "\n");
    }

    #[test]
    fn scripts_without_spaces_do_not_flow() {
        let flows = |tag| is_flowed(&Language::parse(tag).unwrap());
        assert!(flows("ar") && flows("ru") && !flows("zh-Hans") && !flows("ja") && !flows("th"));
    }

    proptest! {
        #[test]
        fn every_paragraph_comes_back(text in "(\\PC{1,12}|[ >-]{1,3}|From ){0,60}") {
            let expected = if text == "-- " { text.as_str() } else { text.trim_end_matches(' ') };
            prop_assert_eq!(unflow(&flowed(&text)), format!("{expected}\n"));
        }
    }
}
