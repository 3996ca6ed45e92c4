//! A light reader of finished HTML: which tags there are and how they stand in each other. It changes
//! nothing by itself, so that everything else keeps its bytes.

use std::ops::Range;

/// Elements that never hold anything.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements whose inside is not markup.
const TEXT_ONLY: [&str; 4] = ["script", "style", "textarea", "title"];

/// Name in lower case, value as written, and where the value stands.
type Attribute = (String, String, Range<usize>);

/// One element.
#[derive(Debug)]
pub(super) struct Tag {
    /// Its name in lower case.
    pub(super) name: String,
    /// Its attributes.
    pub(super) attributes: Vec<Attribute>,
    /// Where something can be added to the tag.
    pub(super) end: usize,
    /// The element it stands in.
    pub(super) parent: Option<usize>,
    /// The element before it.
    pub(super) before: Option<usize>,
}

impl Tag {
    /// Returns an attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, ..)| known == name).map(|(_, value, _)| value.as_str())
    }
}

/// Returns the elements of `html` in order, comments left out, and how deep they stand in each other.
pub(super) fn scan(html: &str) -> (Vec<Tag>, usize) {
    let mut scan = Scan { html, at: 0, tags: Vec::new(), open: Vec::new(), last: vec![None], depth: 0 };
    while let Some(offset) = memchr::memchr(b'<', &html.as_bytes()[scan.at..]) {
        scan.at += offset;
        scan.step();
    }
    (scan.tags, scan.depth)
}

struct Scan<'h> {
    html: &'h str,
    at: usize,
    tags: Vec<Tag>,
    /// The open elements.
    open: Vec<usize>,
    /// The last element at each depth.
    last: Vec<Option<usize>>,
    /// The greatest depth so far.
    depth: usize,
}

impl Scan<'_> {
    fn step(&mut self) {
        let rest = &self.html[self.at..];
        if let Some(inside) = rest.strip_prefix("<!--") {
            self.at += inside.find("-->").map_or(rest.len(), |end| end + 7);
        } else if let Some(after) = rest.strip_prefix("</") {
            let name: String = name_of(after).to_ascii_lowercase();
            if let Some(index) = self.open.iter().rposition(|tag| self.tags[*tag].name == name) {
                self.open.truncate(index);
                self.last.truncate(index + 1);
            }
            self.at += 2;
        } else if rest[1..].starts_with(|first: char| first.is_ascii_alphabetic()) {
            self.tag(name_of(&rest[1..]).len());
        } else {
            self.at += 1;
        }
    }

    fn tag(&mut self, name_length: usize) {
        let start = self.at + 1;
        let name = self.html[start..start + name_length].to_ascii_lowercase();
        self.at = start + name_length;
        let (attributes, end, self_closing) = self.attributes();
        let index = self.tags.len();
        let before = self.last.last_mut().and_then(|last| last.replace(index));
        self.tags.push(Tag {
            name: name.clone(),
            attributes,
            end,
            parent: self.open.last().copied(),
            before,
        });
        if TEXT_ONLY.contains(&name.as_str()) {
            let rest = &self.html[self.at..];
            let close = format!("</{name}");
            self.at += rest.find(&close).unwrap_or(rest.len());
        }
        if !self_closing && !VOID.contains(&name.as_str()) {
            self.open.push(index);
            self.last.push(None);
            self.depth = self.depth.max(self.open.len());
        }
    }

    /// Reads attributes up to the end of the tag; returns them, where one could be added, and whether the
    /// tag closes itself.
    fn attributes(&mut self) -> (Vec<Attribute>, usize, bool) {
        let mut found = Vec::new();
        let mut end = self.at;
        loop {
            let rest = &self.html[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.is_empty() {
                return (found, end, false);
            }
            if trimmed.starts_with('>') {
                self.at += 1;
                return (found, end, false);
            }
            if trimmed.starts_with("/>") {
                self.at += 2;
                return (found, end, true);
            }
            let length = trimmed
                .find(|next: char| next.is_whitespace() || matches!(next, '=' | '>' | '/'))
                .unwrap_or(trimmed.len())
                .max(trimmed.chars().next().map_or(1, char::len_utf8));
            let name = trimmed[..length].to_ascii_lowercase();
            self.at += length;
            let value = self.value();
            end = self.at;
            found.push((name, self.html[value.clone()].to_owned(), value));
        }
    }

    /// Reads a value, if one follows, and returns where it stands.
    fn value(&mut self) -> Range<usize> {
        let rest = &self.html[self.at..];
        let Some(after) = rest.trim_start().strip_prefix('=') else { return self.at..self.at };
        let after = after.trim_start();
        let start = self.html.len() - after.len();
        let quote = after.chars().next().filter(|first| matches!(first, '"' | '\''));
        if let Some(quote) = quote {
            let length = after[1..].find(quote).unwrap_or(after.len() - 1);
            self.at = (start + length + 2).min(self.html.len());
            return start + 1..start + 1 + length;
        }
        let length = after.find(|next: char| next.is_whitespace() || next == '>').unwrap_or(after.len());
        self.at = start + length;
        start..start + length
    }
}

/// Returns the tag name that `text` begins with.
fn name_of(text: &str) -> &str {
    let end = text.find(|next: char| next.is_whitespace() || matches!(next, '>' | '/' | '<'));
    &text[..end.unwrap_or(text.len())]
}
