//! Reads finished HTML as tags and texts, including what stands in Outlook's conditional comments.
//!
//! This is no browser: it builds no tree and repairs nothing. It tells, for every octet, whether it
//! is text, an attribute's value, a comment or a tag, which is what escaping and checking need.

mod entities;

pub use entities::decode_entities;

/// One attribute as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Name in lower case.
    pub name: String,
    /// Value as written, entities not decoded; empty when there is none.
    pub value: &'a str,
    /// Where the value begins in the HTML.
    pub at: usize,
    /// Whether quotes stand round the value.
    pub is_quoted: bool,
}

/// A start tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// Name in lower case.
    pub name: String,
    /// Attributes in order.
    pub attributes: Vec<Attribute<'a>>,
    /// Where the tag begins in the HTML.
    pub at: usize,
    /// Whether the tag has no content: void element or `/>`.
    pub is_empty: bool,
    /// Whether only Outlook sees it.
    pub is_conditional: bool,
}

impl Tag<'_> {
    /// Returns the value of an attribute with its entities decoded, `None` when it is missing.
    pub fn get(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|a| decode_entities(a.value))
    }
}

/// What stands next in the HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Text between tags.
    Text {
        /// As written, entities not decoded.
        text: &'a str,
        /// Where it begins.
        at: usize,
        /// Whether it is style or script: no entities, nothing a reader sees.
        is_raw: bool,
        /// Whether only Outlook sees it.
        is_conditional: bool,
    },
    /// Start tag.
    Open(Tag<'a>),
    /// End tag, name in lower case.
    Close(String),
    /// Comment, doctype or the frame of a conditional comment.
    Comment {
        /// What stands between its marks.
        text: &'a str,
        /// Where that begins.
        at: usize,
    },
}

/// Elements that never have content.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Walks over HTML from front to back.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    html: &'a str,
    at: usize,
    /// The raw element we are in.
    raw: Option<String>,
    is_conditional: bool,
}

impl<'a> Walk<'a> {
    /// Returns a walk over the whole text.
    pub fn new(html: &'a str) -> Self {
        Self { html, at: 0, raw: None, is_conditional: false }
    }

    fn rest(&self) -> &'a str {
        &self.html[self.at..]
    }

    fn text(&mut self, len: usize, is_raw: bool) -> Event<'a> {
        let event = Event::Text {
            text: &self.rest()[..len],
            at: self.at,
            is_raw,
            is_conditional: self.is_conditional,
        };
        self.at += len;
        event
    }

    fn comment(&mut self, before: usize, end: &str) -> Event<'a> {
        let inner = &self.rest()[before..];
        let (len, after) = inner.find(end).map_or((inner.len(), 0), |len| (len, end.len()));
        let event = Event::Comment { text: &inner[..len], at: self.at + before };
        self.at += before + len + after;
        event
    }

    /// Reads a comment. What stands inside `<!--[if mso]>…<![endif]-->` is read as markup: Outlook shows it.
    fn any_comment(&mut self) -> Event<'a> {
        let rest = self.rest();
        if rest.starts_with("<!--[if") {
            let event = self.comment(4, ">");
            if let Event::Comment { text, .. } = &event {
                self.is_conditional = !text.contains("!mso");
            }
            return event;
        }
        if rest.starts_with("<!-->") {
            return self.comment(4, ">");
        }
        let event = if rest.starts_with("<!--") { self.comment(4, "-->") } else { self.comment(2, ">") };
        if matches!(&event, Event::Comment { text, .. } if text.contains("[endif]")) {
            self.is_conditional = false;
        }
        event
    }

    fn close(&mut self) -> Event<'a> {
        let rest = self.rest();
        let end = rest.find('>').unwrap_or(rest.len());
        let name = rest[2..end].trim().to_ascii_lowercase();
        self.at += (end + 1).min(rest.len());
        self.raw = None;
        Event::Close(name)
    }

    fn open(&mut self) -> Event<'a> {
        let start = self.at;
        let rest = self.rest();
        let name_len = name_len(&rest[1..]);
        let name = rest[1..=name_len].to_ascii_lowercase();
        self.at += 1 + name_len;
        let (attributes, is_closed) = self.attributes();
        let is_empty = is_closed || VOID.contains(&name.as_str());
        if matches!(name.as_str(), "style" | "script" | "title" | "textarea") && !is_closed {
            self.raw = Some(name.clone());
        }
        Event::Open(Tag { name, attributes, at: start, is_empty, is_conditional: self.is_conditional })
    }

    /// Reads attributes up to the end of the tag; says whether it closed itself.
    fn attributes(&mut self) -> (Vec<Attribute<'a>>, bool) {
        let mut attributes = Vec::new();
        let mut is_closed = false;
        loop {
            let rest = self.rest();
            let skipped = rest.len() - rest.trim_start().len();
            self.at += skipped;
            let rest = &rest[skipped..];
            match rest.bytes().next() {
                None => return (attributes, is_closed),
                Some(b'>') => {
                    self.at += 1;
                    return (attributes, is_closed);
                }
                Some(b'/') => {
                    self.at += 1;
                    is_closed = true;
                }
                Some(_) => {
                    is_closed = false;
                    attributes.push(self.attribute());
                }
            }
        }
    }

    fn attribute(&mut self) -> Attribute<'a> {
        let rest = self.rest();
        // A name has at least one character, whatever it is: a stray `=` or quote must not stop the walk.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let len = rest[first..]
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/'))
            .map_or(rest.len(), |len| first + len);
        let name = rest[..len].to_ascii_lowercase();
        self.at += len;
        let after = self.rest();
        let Some(value) = after.trim_start().strip_prefix('=') else {
            return Attribute { name, value: "", at: self.at, is_quoted: true };
        };
        let value = value.trim_start();
        let at = self.at + after.len() - value.len();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (from, len) = match quote {
            Some(quote) => (1, value[1..].find(quote).unwrap_or(value.len() - 1)),
            None => (0, value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len())),
        };
        self.at = (at + 2 * from + len).min(self.html.len());
        Attribute { name, value: &value[from..from + len], at: at + from, is_quoted: quote.is_some() }
    }
}

fn name_len(text: &str) -> usize {
    text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(text.len())
}

impl<'a> Iterator for Walk<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        if let Some(raw) = &self.raw {
            let end = find_close(rest, raw);
            let is_raw = !matches!(raw.as_str(), "title" | "textarea");
            if end > 0 {
                return Some(self.text(end, is_raw));
            }
            return Some(self.close());
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            return Some(self.any_comment());
        }
        if rest.starts_with("</") {
            return Some(self.close());
        }
        if rest.starts_with('<') && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Some(self.open());
        }
        let from = rest.chars().next().map_or(0, char::len_utf8);
        let len = rest[from..].find('<').map_or(rest.len(), |at| from + at);
        Some(self.text(len, false))
    }
}

/// Returns where a raw element ends.
fn find_close(rest: &str, name: &str) -> usize {
    rest.match_indices("</")
        .map(|(at, _)| at)
        .find(|at| rest.get(at + 2..at + 2 + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)))
        .unwrap_or(rest.len())
}

#[cfg(test)]
mod tests;
