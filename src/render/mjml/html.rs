//! A light reader of finished HTML: which tags there are and how they stand in each other. It changes
//! nothing by itself, so that everything else keeps its bytes.

use memchr::{memchr, memmem};
use std::borrow::Cow;
use std::ops::Range;

/// Elements that never hold anything.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements whose inside is not markup.
const TEXT_ONLY: [&str; 4] = ["script", "style", "textarea", "title"];

/// Name in lower case, value as written, and where the value stands.
type Attribute<'h> = (Cow<'h, str>, &'h str, Range<usize>);

/// One element.
#[derive(Debug)]
pub(super) struct Tag<'h> {
    /// Its name in lower case.
    pub(super) name: Cow<'h, str>,
    /// Its attributes.
    pub(super) attributes: Vec<Attribute<'h>>,
    /// Where something can be added to the tag.
    pub(super) end: usize,
    /// The element it stands in.
    pub(super) parent: Option<usize>,
    /// The element before it.
    pub(super) before: Option<usize>,
}

impl Tag<'_> {
    /// Returns an attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, ..)| known == name).map(|(_, value, _)| *value)
    }
}

/// Returns the elements of `html` in order, comments left out, and how deep they stand in each other.
pub(super) fn scan(html: &str) -> (Vec<Tag<'_>>, usize) {
    let mut reader = Reader { html, at: 0 };
    let mut tree = Tree { tags: Vec::new(), open: Vec::new(), last: vec![None], depth: 0 };
    while let Some(piece) = reader.next() {
        match piece {
            Piece::Opening(name) => {
                let mut attributes = Vec::new();
                let (end, self_closing) = reader.inside(&name, |name, value| {
                    attributes.push((lower(name), &html[value.clone()], value));
                });
                let holds = !self_closing && !VOID.contains(&&*name);
                tree.add(Tag { name, attributes, end, parent: None, before: None }, holds);
            }
            Piece::Closing(name) => tree.close(&name),
        }
    }
    (tree.tags, tree.depth)
}

/// Returns where the attribute values stand that `wanted` means, in order.
pub(super) fn values_with(html: &str, wanted: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut reader = Reader { html, at: 0 };
    let mut found = Vec::new();
    while let Some(piece) = reader.next() {
        if let Piece::Opening(name) = piece {
            reader.inside(&name, |_, value| {
                if wanted(&html[value.clone()]) {
                    found.push(value);
                }
            });
        }
    }
    found
}

/// The elements so far.
struct Tree<'h> {
    tags: Vec<Tag<'h>>,
    /// The open elements.
    open: Vec<usize>,
    /// The last element at each depth.
    last: Vec<Option<usize>>,
    /// The greatest depth so far.
    depth: usize,
}

impl<'h> Tree<'h> {
    /// Adds an element; `holds` says that it may hold others.
    fn add(&mut self, mut tag: Tag<'h>, holds: bool) {
        let index = self.tags.len();
        tag.before = self.last.last_mut().and_then(|last| last.replace(index));
        tag.parent = self.open.last().copied();
        self.tags.push(tag);
        if holds {
            self.open.push(index);
            self.last.push(None);
            self.depth = self.depth.max(self.open.len());
        }
    }

    /// Closes the innermost element of that name with all that is open in it.
    fn close(&mut self, name: &str) {
        if let Some(index) = self.open.iter().rposition(|tag| self.tags[*tag].name == name) {
            self.open.truncate(index);
            self.last.truncate(index + 1);
        }
    }
}

/// What a reader comes upon.
enum Piece<'h> {
    /// The name of an opening tag; the inside of the tag is next.
    Opening(Cow<'h, str>),
    /// The name of a closing tag.
    Closing(Cow<'h, str>),
}

/// Goes from tag to tag.
struct Reader<'h> {
    html: &'h str,
    at: usize,
}

impl<'h> Reader<'h> {
    /// Returns the next tag outside of comments.
    fn next(&mut self) -> Option<Piece<'h>> {
        loop {
            self.at += memchr(b'<', &self.html.as_bytes()[self.at..])?;
            let rest = &self.html[self.at..];
            if let Some(inside) = rest.strip_prefix("<!--") {
                self.at += memmem::find(inside.as_bytes(), b"-->").map_or(rest.len(), |end| end + 7);
            } else if let Some(after) = rest.strip_prefix("</") {
                self.at += 2;
                return Some(Piece::Closing(lower(name_of(after))));
            } else if rest[1..].starts_with(|first: char| first.is_ascii_alphabetic()) {
                let name = name_of(&rest[1..]);
                self.at += 1 + name.len();
                return Some(Piece::Opening(lower(name)));
            } else {
                self.at += 1;
            }
        }
    }

    /// Reads attributes up to the end of the tag, and the text of an element that isn't markup inside; returns where
    /// an attribute could be added, and whether the tag closes itself.
    fn inside(&mut self, name: &str, found: impl FnMut(&'h str, Range<usize>)) -> (usize, bool) {
        let end = self.attributes(found);
        if TEXT_ONLY.contains(&name) {
            let rest = &self.html[self.at..];
            self.at += rest.find(&format!("</{name}")).unwrap_or(rest.len());
        }
        end
    }

    fn attributes(&mut self, mut found: impl FnMut(&'h str, Range<usize>)) -> (usize, bool) {
        let mut end = self.at;
        loop {
            let rest = &self.html[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.is_empty() {
                return (end, false);
            }
            if trimmed.starts_with('>') {
                self.at += 1;
                return (end, false);
            }
            if trimmed.starts_with("/>") {
                self.at += 2;
                return (end, true);
            }
            let length = until(trimmed, |next| next.is_whitespace() || matches!(next, '=' | '>' | '/'))
                .max(trimmed.chars().next().map_or(1, char::len_utf8));
            self.at += length;
            let value = self.value();
            end = self.at;
            found(&trimmed[..length], value);
        }
    }

    /// Reads a value, if one follows, and returns where it stands.
    fn value(&mut self) -> Range<usize> {
        let rest = &self.html[self.at..];
        let Some(after) = rest.trim_start().strip_prefix('=') else { return self.at..self.at };
        let after = after.trim_start();
        let start = self.html.len() - after.len();
        if let Some(quote @ (b'"' | b'\'')) = after.bytes().next() {
            let length = memchr(quote, &after.as_bytes()[1..]).unwrap_or(after.len() - 1);
            self.at = (start + length + 2).min(self.html.len());
            return start + 1..start + 1 + length;
        }
        let length = until(after, |next| next.is_whitespace() || next == '>');
        self.at = start + length;
        start..start + length
    }
}

/// Returns the tag name that `text` begins with.
fn name_of(text: &str) -> &str {
    &text[..until(text, |next| next.is_whitespace() || matches!(next, '>' | '/' | '<'))]
}

/// Returns where in `text` the first letter stands that `stops`; letters beyond ASCII are rare here.
pub(super) fn until(text: &str, stops: impl Fn(char) -> bool) -> usize {
    let at = text.bytes().position(|byte| !byte.is_ascii() || stops(char::from(byte))).unwrap_or(text.len());
    at + text[at..].find(stops).unwrap_or(text.len() - at)
}

/// Returns a name in lower case, as nearly all are.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
