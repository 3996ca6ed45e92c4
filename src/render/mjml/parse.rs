//! Reads MJML text into a tree, as tolerantly as npm `mjml` does: the inside of an ending tag
//! (`mj-text`, `mj-raw`, …) is opaque, attribute values may be quoted either way or not at all.
//!
//! It never stops at the first mistake and never panics: what can't be understood becomes a
//! problem with its place, and reading goes on behind it.

use super::html::until;
use super::schema;
use super::source::{Report, Span};
use super::tree::{Attribute, Element, Node};
use memchr::memchr;

/// Elements that may stand inside each other; a valid document needs nine.
pub(super) const DEPTH_MAX: usize = 100;

/// Returns the top-level nodes of file `file`.
pub(super) fn parse(report: &mut Report, file: usize) -> Vec<Node> {
    let text = report.files.get(file).text.clone();
    let mut parser =
        Parser { text: &text, at: 0, file, report, open: vec![Element::default()], stopped: false };
    parser.run();
    parser.finish()
}

/// The reader: where it is and which elements are open (the first one stands for the file itself).
struct Parser<'a> {
    text: &'a str,
    at: usize,
    file: usize,
    report: &'a mut Report,
    open: Vec<Element>,
    /// Whether reading on would only repeat the last message.
    stopped: bool,
}

impl Parser<'_> {
    /// Reads to the end of the text.
    fn run(&mut self) {
        while self.at < self.text.len() && !self.stopped {
            let rest = &self.text[self.at..];
            if rest.starts_with("<!--") {
                self.comment();
            } else if let Some(inside) = rest.strip_prefix("<![CDATA[") {
                let length = inside.find("]]>").unwrap_or(inside.len());
                self.stray_text(self.at + 9, self.at + 9 + length);
                self.at = (self.at + 9 + length + 3).min(self.text.len());
            } else if rest.starts_with("<!") || rest.starts_with("<?") {
                self.at += rest.find('>').map_or(rest.len(), |end| end + 1);
            } else if rest.starts_with("</") {
                self.closing_tag();
            } else if rest.starts_with('<') && rest[1..].starts_with(|next: char| next.is_ascii_alphabetic())
            {
                self.opening_tag();
            } else {
                let skip = usize::from(rest.starts_with('<'));
                let length = memchr(b'<', &rest.as_bytes()[skip..]).map_or(rest.len(), |end| end + skip);
                self.stray_text(self.at, self.at + length);
                self.at += length;
            }
        }
    }

    /// Reports what was left open and returns what was read.
    fn finish(mut self) -> Vec<Node> {
        while self.open.len() > 1 {
            if !self.stopped {
                self.unclosed();
            }
            self.close();
        }
        self.open.pop().map(|root| root.children).unwrap_or_default()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start, end }
    }

    /// Puts the innermost open element into the one around it.
    fn close(&mut self) {
        if self.open.len() > 1
            && let Some(element) = self.open.pop()
        {
            self.add(Node::Element(element));
        }
    }

    fn add(&mut self, node: Node) {
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(node);
        }
    }

    /// Says that the innermost open element has no closing tag.
    fn unclosed(&mut self) {
        if let Some(element) = self.open.last() {
            let (name, span) = (element.name.clone(), element.span);
            let message = format!("`<{name}>` is never closed");
            self.report.error("mjml/unclosed", span, message, &format!("close it with `</{name}>`"));
        }
    }

    fn comment(&mut self) {
        let rest = &self.text[self.at..];
        let Some(length) = rest[4..].find("-->").map(|end| end + 7) else {
            let span = self.span(self.at, self.text.len());
            self.report.error(
                "mjml/unclosed",
                span,
                "this comment is never closed".to_owned(),
                "close it with `-->`",
            );
            self.at = self.text.len();
            return;
        };
        self.add(Node::Comment(rest[..length].to_owned()));
        self.at += length;
    }

    /// Takes text between elements: the value of an `mj-html-attribute`, else nothing that counts.
    fn stray_text(&mut self, start: usize, end: usize) {
        let text = self.text[start..end].trim();
        if text.is_empty() {
            return;
        }
        let at = start + (self.text[start..end].len() - self.text[start..end].trim_start().len());
        let span = self.span(at, end);
        if let Some(parent) = self.open.last_mut() {
            parent.content.push_str(text);
            // Text in an unknown element goes with that element.
            let counts = parent.name == "mj-html-attribute" || parent.name.is_empty();
            if !counts && schema::component(&parent.name).is_some() {
                let message = format!("text between elements is dropped: `{}`", shortened(text));
                self.report.warning(
                    "mjml/stray-text",
                    span,
                    message,
                    "put it into an `mj-text` or an `mj-raw`",
                );
            }
        }
    }

    fn closing_tag(&mut self) {
        let start = self.at;
        let rest = &self.text[start + 2..];
        let name_length =
            rest.find(|next: char| next.is_whitespace() || next == '>' || next == '<' || next == '/');
        let name = rest[..name_length.unwrap_or(rest.len())].to_ascii_lowercase();
        self.at = rest
            .find(['>', '<'])
            .map_or(self.text.len(), |end| start + 2 + end + usize::from(rest[end..].starts_with('>')));
        if !self.open[1..].iter().any(|element| element.name == name) {
            let span = self.span(start, self.at);
            let message = format!("`</{name}>` closes nothing that is open");
            self.report.error("mjml/mismatched-tag", span, message, &self.expected_closing());
            return;
        }
        while self.open.last().is_some_and(|element| element.name != name) {
            self.unclosed();
            self.close();
        }
        self.close();
    }

    /// Says which closing tag would be right here.
    fn expected_closing(&self) -> String {
        match self.open.last() {
            Some(element) if self.open.len() > 1 => format!("expected `</{}>` here", element.name),
            _ => "delete it".to_owned(),
        }
    }

    fn opening_tag(&mut self) {
        let start = self.at;
        let rest = &self.text[start + 1..];
        let length =
            until(rest, |next| next.is_whitespace() || matches!(next, '>' | '<' | '/' | '=' | '"' | '\''));
        let name = rest[..length].to_ascii_lowercase();
        self.at = start + 1 + length;
        let mut element = Element::new(&name, self.span(start, self.at));
        let self_closing = self.attributes(&mut element);
        if self.open.len() > DEPTH_MAX {
            self.stopped = true;
            let message = format!("elements stand in each other more than {DEPTH_MAX} deep");
            self.report.error(
                "mjml/too-deep",
                element.span,
                message,
                "no MJML document needs more than ten levels",
            );
            return;
        }
        if self_closing {
            self.add(Node::Element(element));
        } else if schema::is_ending(&name) {
            self.opaque_content(element);
        } else {
            self.open.push(element);
        }
    }

    /// Reads the inside of an ending tag up to the tag that closes it.
    fn opaque_content(&mut self, mut element: Element) {
        let start = self.at;
        let (mut depth, mut at) = (1_usize, start);
        while let Some(offset) = memchr(b'<', &self.text.as_bytes()[at..]) {
            at += offset;
            let rest = &self.text[at..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                at += comment.find("-->").map_or(4, |end| end + 7);
            } else if names(&rest[1..], "/", &element.name) {
                depth -= 1;
                if depth == 0 {
                    rest_of_tag(self, at, &mut element, start);
                    return;
                }
                at += 2;
            } else {
                let end = || memchr(b'>', rest.as_bytes()).unwrap_or(rest.len());
                let opens = names(&rest[1..], "", &element.name) && !rest[..end()].ends_with('/');
                depth += usize::from(opens);
                at += 1;
            }
        }
        let message = format!("`<{}>` is never closed", element.name);
        let help = format!("close it with `</{}>`; all that follows was taken as its content", element.name);
        self.report.error("mjml/unclosed", element.span, message, &help);
        self.at = self.text.len();
        // Everything around it is unclosed now, too: one message says it.
        self.stopped = true;
        self.add(Node::Element(element));
    }
}

/// Ends an ending tag: `closing` is where its closing tag begins.
fn rest_of_tag(parser: &mut Parser<'_>, closing: usize, element: &mut Element, start: usize) {
    parser.text[start..closing].trim().clone_into(&mut element.content);
    let tail = &parser.text[closing..];
    parser.at = closing + tail.find('>').map_or(tail.len(), |end| end + 1);
    parser.add(Node::Element(std::mem::take(element)));
}

/// Returns whether `text` goes on with `prefix`, `name` and the end of a name.
fn names(text: &str, prefix: &str, name: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else { return false };
    rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && !rest[name.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '-' || next == '_')
}

/// Cuts text so that a message stays one line.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

impl Parser<'_> {
    /// Reads attributes up to the end of the tag and returns whether it closes itself.
    fn attributes(&mut self, element: &mut Element) -> bool {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.is_empty() || trimmed.starts_with('<') {
                let message = format!("the tag `<{}` has no `>`", element.name);
                self.report.error("mjml/unclosed", element.span, message, "close the tag with `>`");
                return false;
            }
            if trimmed.starts_with("/>") {
                self.at += 2;
                return true;
            }
            if trimmed.starts_with('>') {
                self.at += 1;
                return false;
            }
            if trimmed.starts_with(['/', '=', '"', '\'']) {
                let span = self.span(self.at, self.at + 1);
                let message = format!("`{}` can't stand here", &trimmed[..1]);
                self.report.error(
                    "mjml/bad-attribute",
                    span,
                    message,
                    "write attributes as `name=\"value\"`",
                );
                self.at += 1;
                continue;
            }
            self.attribute(element);
        }
    }

    /// Reads one attribute; the first one of a name counts.
    fn attribute(&mut self, element: &mut Element) {
        let start = self.at;
        let rest = &self.text[start..];
        let length =
            until(rest, |next| next.is_whitespace() || matches!(next, '=' | '>' | '/' | '<' | '"' | '\''));
        let name = rest[..length].to_owned();
        self.at += length;
        let span = self.span(start, self.at);
        let value = self.attribute_value(&name, span);
        if element.attribute(&name).is_some() {
            let message = format!("`{name}` is set twice on `<{}>`; the first one counts", element.name);
            self.report.warning("mjml/duplicate-attribute", span, message, "delete one of them");
        } else {
            element.attributes.push(Attribute { name, value, span });
        }
    }

    /// Reads `="value"` and returns the value; without it the value is empty.
    fn attribute_value(&mut self, name: &str, span: Span) -> String {
        let rest = &self.text[self.at..];
        let Some(after) = rest.trim_start().strip_prefix('=') else { return String::new() };
        let after = after.trim_start();
        let start = self.text.len() - after.len();
        let Some(quote @ (b'"' | b'\'')) = after.bytes().next() else {
            let length = until(after, |next| next.is_whitespace() || next == '>');
            let length = if after[..length].ends_with('/') && after[length..].starts_with('>') {
                length - 1
            } else {
                length
            };
            self.at = start + length;
            return after[..length].to_owned();
        };
        if let Some(length) = memchr(quote, &after.as_bytes()[1..]) {
            self.at = start + length + 2;
            return after[1..=length].to_owned();
        }
        let message = format!("the value of `{name}` has no closing quote");
        self.report.error(
            "mjml/bad-attribute",
            span,
            message,
            &format!("close it with `{}`", char::from(quote)),
        );
        self.at = self.text.len();
        String::new()
    }
}
