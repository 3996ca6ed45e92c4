//! A text after sanitising: a flat run of tags and words from which HTML and plain text are made.
//!
//! Everything here is lawful by construction: tags balance, names come from a short list, and
//! nesting is bounded, so later stages need no defence of their own.

use crate::domain::merge::MergeTable;
use std::fmt::Write as _;

/// Tags that have no content.
const VOID: [&str; 3] = ["br", "hr", "img"];

/// Levels of nesting that survive; deeper tags are dropped and their words kept.
const DEPTH_MAX: usize = 24;

/// One tag or run of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// An opening tag, or one without content.
    Open {
        /// Name in lower case.
        tag: String,
        /// Attributes with decoded values.
        attributes: Vec<(String, String)>,
    },
    /// A closing tag.
    Close(String),
    /// Words, decoded.
    Words(String),
}

impl Piece {
    /// Returns an opening tag.
    pub(crate) fn open(tag: &str, attributes: &[(&str, &str)]) -> Self {
        let attributes = attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Self::Open { tag: tag.to_owned(), attributes }
    }

    /// Returns a closing tag.
    pub(crate) fn close(tag: &str) -> Self {
        Self::Close(tag.to_owned())
    }
}

/// Returns whether a tag has no content.
pub(crate) fn is_void(tag: &str) -> bool {
    VOID.contains(&tag)
}

/// Returns whether a tag starts a block.
pub(crate) fn is_block(tag: &str) -> bool {
    matches!(
        tag,
        "p" | "div"
            | "ul"
            | "ol"
            | "li"
            | "blockquote"
            | "pre"
            | "hr"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    )
}

/// Reads HTML as the sanitiser writes it: balanced, quoted, few entities.
pub(crate) fn parse(html: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        push_words(&mut pieces, &decode(&rest[..at]));
        let end = rest[at..].find('>').map_or(rest.len(), |length| at + length);
        let inner = rest[at + 1..end].trim_end_matches('/').trim_end();
        rest = rest.get(end + 1..).unwrap_or_default();
        if let Some(name) = inner.strip_prefix('/') {
            if open.last().is_some_and(|(tag, _)| tag == name)
                && let Some((tag, true)) = open.pop()
            {
                pieces.push(Piece::Close(tag));
            }
            continue;
        }
        let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
        let shown = open.len() < DEPTH_MAX;
        if shown {
            let attributes = parse_attributes(attributes);
            pieces.push(Piece::Open { tag: name.to_owned(), attributes });
        }
        if !is_void(name) {
            open.push((name.to_owned(), shown));
        }
    }
    push_words(&mut pieces, &decode(rest));
    while let Some((tag, shown)) = open.pop() {
        if shown {
            pieces.push(Piece::Close(tag));
        }
    }
    pieces
}

/// Adds words, joining them to words before.
pub(crate) fn push_words(pieces: &mut Vec<Piece>, words: &str) {
    match pieces.last_mut() {
        _ if words.is_empty() => {}
        Some(Piece::Words(before)) => before.push_str(words),
        _ => pieces.push(Piece::Words(words.to_owned())),
    }
}

/// Reads `a="x" b="y"`.
fn parse_attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    while let Some((name, after)) = rest.trim_start().split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap_or((after, ""));
        attributes.push((name.to_owned(), decode(value)));
        rest = after;
    }
    attributes
}

/// Decodes the entities that the sanitiser writes.
fn decode(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

/// Writes the pieces as HTML.
pub(crate) fn to_html(pieces: &[Piece]) -> String {
    let mut html = String::new();
    for piece in pieces {
        match piece {
            Piece::Words(words) => escape_text(words, &mut html),
            Piece::Close(tag) => {
                html.push_str("</");
                html.push_str(tag);
                html.push('>');
            }
            Piece::Open { tag, attributes } => {
                html.push('<');
                html.push_str(tag);
                for (name, value) in attributes {
                    html.push(' ');
                    html.push_str(name);
                    html.push_str("=\"");
                    escape_attribute(value, &mut html);
                    html.push('"');
                }
                html.push_str(if is_void(tag) { " />" } else { ">" });
            }
        }
    }
    html
}

/// Escapes words for a place between tags.
fn escape_text(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}

/// Escapes a value for an attribute.
///
/// The MJML engine writes attribute values with Rust's debug formatter. What that would mangle
/// (line ends, backslashes, no-break spaces, combining marks …) becomes a character reference.
pub(crate) fn escape_attribute(value: &str, out: &mut String) {
    for c in value.chars() {
        let plain = c.is_ascii_alphanumeric() || c == ' ';
        if !plain && (matches!(c, '&' | '<' | '>' | '"' | '\'') || c.escape_debug().nth(1).is_some()) {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                c => {
                    let _ = write!(out, "&#x{:X};", u32::from(c));
                }
            }
        } else {
            out.push(c);
        }
    }
}

/// Splits words at merge tokens: each part is words, or the index of a field.
pub(crate) fn split_at_tokens<'a>(words: &'a str, table: &MergeTable) -> Vec<(&'a str, Option<usize>)> {
    let prefix = table.prefix();
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(found) = words[from..].find(&prefix) {
        let at = from + found;
        let Some(index) = table.field_at(&words[at..]) else {
            from = at + prefix.len();
            continue;
        };
        if start < at {
            parts.push((&words[start..at], None));
        }
        start = at + table.token_len();
        from = start;
        parts.push((&words[at..start], Some(index)));
    }
    if start < words.len() {
        parts.push((&words[start..], None));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{escape_attribute, parse, to_html};

    #[test]
    fn what_is_read_is_written_again() {
        let html = "<p>a &amp; b <a href=\"https://example.org/?a=1&amp;b=2\" title=\"x &quot;y&quot;\">c</a><br />d</p>";
        assert_eq!(to_html(&parse(html)), html);
    }

    #[test]
    fn nesting_is_bounded_and_stays_balanced() {
        let deep = format!("{}x{}", "<b>".repeat(500), "</b>".repeat(500));
        let html = to_html(&parse(&deep));
        assert_eq!(html.matches("<b>").count(), 24);
        assert_eq!(html.matches("</b>").count(), 24);
        assert!(html.contains('x'));
    }

    #[test]
    fn characters_that_the_engine_mangles_become_references() {
        let mut out = String::new();
        escape_attribute("a\u{202f}»\n\\\"é\u{301}中", &mut out);
        assert_eq!(out, "a&#x202F;»&#xA;&#x5C;&quot;é&#x301;中");
    }
}
