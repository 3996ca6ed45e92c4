//! Mirrors a digest for right-to-left languages, on the MJML, before the engine sees it.
//!
//! Mail programs don't know `text-align:start` or logical margins, so left and right have to be
//! swapped when the digest is made. Templates are written left-to-right; `start` and `end` may be
//! written wherever `left` and `right` may, and are resolved for every language.

mod css;

use crate::domain::language::{Direction, Language};

/// What a left-to-right MJML document leaves unsaid and a right-to-left one has to say.
///
/// It stands before the template's own attributes, which therefore win.
const RTL_DEFAULTS: &str = concat!(
    r#"<mj-text align="right" /><mj-table align="right" /><mj-social-element align="right" />"#,
    r#"<mj-section direction="rtl" /><mj-wrapper direction="rtl" />"#,
    r#"<mj-group direction="rtl" /><mj-column direction="rtl" />"#,
);

/// HTML elements without content, which may stand without a closing slash.
const VOID: [&str; 10] = ["area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// What `left`, `right`, `start` and `end` become at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sides {
    /// Whether left and right change places.
    pub(crate) swap: bool,
    /// Whether the line starts at the right.
    pub(crate) from_right: bool,
}

impl Sides {
    /// Returns what becomes of a word, when it is one of the four.
    fn word(self, word: &str) -> Option<&'static str> {
        let right = match word {
            "left" => self.swap,
            "right" => !self.swap,
            "start" => self.from_right,
            "end" => !self.from_right,
            _ => return None,
        };
        Some(if right { "right" } else { "left" })
    }

    /// Returns `padding-right` for `padding-left`; `first` says whether a name may begin with a side.
    fn name(self, name: &str, first: bool) -> String {
        if name.contains("inline") {
            return name.to_owned();
        }
        let parts = name.split('-').enumerate().map(|(index, part)| match self.word(part) {
            Some(side) if index > 0 || first => side,
            _ => part,
        });
        parts.collect::<Vec<_>>().join("-")
    }
}

/// Returns the MJML with its sides resolved for the language, and mirrored when that runs right-to-left.
pub(crate) fn direct(mjml: &str, language: &Language) -> String {
    let rtl = language.direction() == Direction::Rtl;
    let head = if mjml.contains("<mj-attributes>") { "mj-attributes" } else { "mj-head" };
    let mut pass = Pass {
        out: String::with_capacity(mjml.len() + 512),
        base: Sides { swap: rtl, from_right: rtl },
        kept: Vec::new(),
        defaults_before: (rtl).then_some(head),
        has_head: mjml.contains("<mj-head"),
        language,
    };
    pass.run(mjml);
    pass.out
}

/// An element that is not mirrored, and how many of its name are open inside it.
#[derive(Debug)]
struct Kept {
    tag: String,
    depth: usize,
    sides: Sides,
}

/// One way through a document.
#[derive(Debug)]
struct Pass<'a> {
    out: String,
    base: Sides,
    kept: Vec<Kept>,
    /// The element that the right-to-left defaults wait for.
    defaults_before: Option<&'static str>,
    has_head: bool,
    language: &'a Language,
}

impl Pass<'_> {
    fn run(&mut self, mjml: &str) {
        let mut rest = mjml;
        while let Some(at) = rest.find('<') {
            self.out.push_str(&rest[..at]);
            rest = &rest[at..];
            let length = self.markup(rest);
            rest = &rest[length..];
        }
        self.out.push_str(rest);
    }

    /// Writes the markup that `rest` begins with and returns its length.
    fn markup(&mut self, rest: &str) -> usize {
        let until = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
        let verbatim = if rest.starts_with("<!--[if") {
            until("]>")
        } else if rest.starts_with("<!--") {
            until("-->")
        } else if rest.starts_with("<![CDATA[") {
            until("]]>")
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            until(">")
        } else if rest.starts_with("</") {
            let length = until(">");
            self.close(rest[2..length].trim_end_matches('>').trim());
            length
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            return self.open(rest);
        } else {
            1
        };
        self.out.push_str(&rest[..verbatim]);
        verbatim
    }

    fn close(&mut self, tag: &str) {
        if let Some(kept) = self.kept.last_mut().filter(|kept| kept.tag == tag) {
            kept.depth -= 1;
            if kept.depth == 0 {
                self.kept.pop();
            }
        }
    }

    fn open(&mut self, rest: &str) -> usize {
        let tag = read_tag(rest);
        let sides = self.sides_of(&tag);
        self.out.push('<');
        self.out.push_str(tag.name);
        if tag.name == "mjml" {
            self.root(&tag);
        } else {
            for attribute in &tag.attributes {
                write_attribute(&mut self.out, tag.name, attribute, sides);
            }
        }
        self.out.push_str(tag.tail);
        self.write_defaults(&tag);
        if matches!(tag.name, "mj-style" | "style") && !tag.is_closed() {
            let body = &rest[tag.length..];
            let end = body.find("</").unwrap_or(body.len());
            self.out.push_str(&css::stylesheet(&body[..end], sides));
            return tag.length + end;
        }
        tag.length
    }

    /// Returns the sides that hold for a tag, and remembers an element that opts out.
    fn sides_of(&mut self, tag: &Tag<'_>) -> Sides {
        let mut sides = self.kept.last().map_or(self.base, |kept| kept.sides);
        let is_open = !tag.is_closed() && !VOID.contains(&tag.name);
        if let Some(kept) = self.kept.last_mut().filter(|kept| kept.tag == tag.name && is_open) {
            kept.depth += 1;
        }
        let stays = tag.has("css-class", "no-mirror") || tag.has("class", "no-mirror");
        let is_ltr = tag.name != "mjml" && tag.name != "html" && tag.has("dir", "ltr");
        if sides.swap && (stays || is_ltr) {
            sides = Sides { swap: false, from_right: sides.from_right && !is_ltr };
            if is_open {
                self.kept.push(Kept { tag: tag.name.to_owned(), depth: 1, sides });
            }
        }
        sides
    }

    /// Writes language and direction on the root, whatever the template says there.
    fn root(&mut self, tag: &Tag<'_>) {
        for attribute in tag.attributes.iter().filter(|attribute| !matches!(attribute.name, "lang" | "dir")) {
            write_attribute(&mut self.out, tag.name, attribute, self.base);
        }
        for (name, value) in [("lang", self.language.as_str()), ("dir", self.language.direction().as_str())] {
            for part in [" ", name, "=\"", value, "\""] {
                self.out.push_str(part);
            }
        }
    }

    /// Writes the right-to-left defaults once their place has come.
    fn write_defaults(&mut self, tag: &Tag<'_>) {
        let Some(before) = self.defaults_before else { return };
        if tag.name == "mjml" && !self.has_head {
            for part in ["<mj-head><mj-attributes>", RTL_DEFAULTS, "</mj-attributes></mj-head>"] {
                self.out.push_str(part);
            }
        } else if tag.name == before && before == "mj-attributes" {
            self.out.push_str(RTL_DEFAULTS);
        } else if tag.name == before {
            let attributes = format!("<mj-attributes>{RTL_DEFAULTS}</mj-attributes>");
            if tag.is_closed() {
                let open = self.out.trim_end_matches(['/', '>', ' ']).len();
                self.out.truncate(open);
                for part in [">", &attributes, "</mj-head>"] {
                    self.out.push_str(part);
                }
            } else {
                self.out.push_str(&attributes);
            }
        } else {
            return;
        }
        self.defaults_before = None;
    }
}

/// An attribute as it was written.
#[derive(Debug)]
struct Attribute<'a> {
    space: &'a str,
    name: &'a str,
    /// `=` with the opening quote, or nothing.
    equals: &'a str,
    value: &'a str,
    quote: &'a str,
}

/// A start tag as it was written.
#[derive(Debug)]
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<Attribute<'a>>,
    /// What ends the tag: `>` or ` />`.
    tail: &'a str,
    length: usize,
}

impl Tag<'_> {
    fn is_closed(&self) -> bool {
        self.tail.contains('/')
    }

    /// Returns whether an attribute holds a word.
    fn has(&self, name: &str, word: &str) -> bool {
        self.attributes.iter().any(|a| a.name == name && a.value.split_ascii_whitespace().any(|w| w == word))
    }
}

/// Reads the start tag that `rest` begins with.
fn read_tag(rest: &str) -> Tag<'_> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | '>');
    let mut at = rest[1..].find(is_end).map_or(rest.len(), |length| length + 1);
    let name = &rest[1..at];
    let mut attributes = Vec::new();
    loop {
        let after = &rest[at..];
        let space = &after[..after.find(|c: char| !c.is_whitespace()).unwrap_or(after.len())];
        let body = &after[space.len()..];
        if body.is_empty() || body.starts_with('>') || body.starts_with("/>") {
            let length = body.find('>').map_or(rest.len(), |end| at + space.len() + end + 1);
            return Tag { name, attributes, tail: &rest[at..length], length };
        }
        let attribute = read_attribute(space, body);
        at += space.len() + attribute.name.len() + attribute.equals.len();
        at += attribute.value.len() + attribute.quote.len();
        attributes.push(attribute);
    }
}

/// Reads one attribute; always at least one character.
fn read_attribute<'a>(space: &'a str, body: &'a str) -> Attribute<'a> {
    let first = body.chars().next().map_or(0, char::len_utf8);
    let is_end = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/');
    let name_len = body[first..].find(is_end).map_or(body.len(), |length| length + first);
    let (name, after) = body.split_at(name_len);
    let trimmed = after.trim_start();
    let Some(value) = trimmed.strip_prefix('=') else {
        return Attribute { space, name, equals: "", value: "", quote: "" };
    };
    let value = value.trim_start();
    let quote_len = usize::from(value.starts_with(['"', '\'']));
    let equals = &after[..after.len() - value.len() + quote_len];
    let quote = &value[..quote_len];
    let value = &value[quote_len..];
    let end = if quote.is_empty() {
        value.find(|c: char| c.is_whitespace() || c == '>')
    } else {
        value.find(quote)
    };
    let end = end.unwrap_or(value.len());
    let quote = if end < value.len() { quote } else { "" };
    Attribute { space, name, equals, value: &value[..end], quote }
}

/// Writes an attribute with its sides resolved.
fn write_attribute(out: &mut String, tag: &str, attribute: &Attribute<'_>, sides: Sides) {
    let name = sides.name(attribute.name, false);
    let value = match attribute.name {
        "style" => css::declarations(attribute.value, sides),
        "direction" if sides.swap && tag.starts_with("mj-") => match attribute.value {
            "rtl" => "ltr".to_owned(),
            "ltr" => "rtl".to_owned(),
            other => other.to_owned(),
        },
        "align"
        | "text-align"
        | "float"
        | "background-position"
        | "background-position-x"
        | "icon-position"
        | "icon-align"
        | "ico-align" => css::side_words(attribute.value, sides),
        "padding" | "inner-padding" | "icon-padding" | "text-padding" | "ico-padding" | "margin" => {
            css::four_sides(attribute.value, sides)
        }
        "border-radius" | "inner-border-radius" => css::four_corners(attribute.value, sides),
        _ => attribute.value.to_owned(),
    };
    for part in [attribute.space, &name, attribute.equals, &value, attribute.quote] {
        out.push_str(part);
    }
}

#[cfg(test)]
mod tests;
