//! Writes a document out again, dressed by a look.

use super::light_sheet;
use crate::clients::{
    Document, Node,
    sheet::{self, Item},
};
use std::borrow::Cow;

/// How an element comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// As it is.
    Kept,
    /// Under another name, with other attributes.
    As(String, Vec<(String, String)>),
    /// Only what is in it.
    Contents,
    /// Only this HTML.
    Html(String),
    /// Not at all.
    Nothing,
}

/// What a client changes.
pub(super) trait Look {
    /// Dresses an element other than a style sheet.
    fn element(&self, _document: &Document, _number: usize) -> Shown {
        Shown::Kept
    }

    /// Returns what is left of a style sheet, `None` when nothing is.
    fn sheet(&self, _number: usize, items: Vec<Item>) -> Option<String> {
        Some(light_sheet(&items))
    }

    /// Returns whether the page begins with a doctype when the message does.
    fn has_doctype(&self) -> bool {
        true
    }
}

/// What is still to be written; a stack, so that no depth of nesting can overflow ours.
enum Task {
    Node(Node),
    Literal(String),
}

/// Elements without content.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Writes what readers of an ordinary client get of a document; `tail` comes last in the body.
pub(super) fn write(document: &Document, look: &dyn Look, tail: &str) -> String {
    let mut out = String::new();
    if document.has_doctype() && look.has_doctype() {
        out.push_str("<!DOCTYPE html>");
    }
    let body = document.first("body");
    let mut tasks: Vec<Task> = Vec::new();
    if body.is_none() {
        tasks.push(Task::Literal(tail.to_owned()));
    }
    tasks.extend(document.roots.iter().rev().map(|node| Task::Node(*node)));
    while let Some(task) = tasks.pop() {
        match task {
            Task::Literal(html) => out.push_str(&html),
            Task::Node(Node::Run(run)) => {
                let run = &document.runs[run];
                // Sheets are written with their element; of scripts nothing is.
                if !run.is_conditional && !run.is_raw {
                    out.push_str(&escaped(&run.text));
                }
            }
            Task::Node(Node::Element(number)) => {
                let tail = if body == Some(number) { tail } else { "" };
                element(document, look, number, tail, &mut out, &mut tasks);
            }
        }
    }
    out
}

fn element(
    document: &Document,
    look: &dyn Look,
    number: usize,
    tail: &str,
    out: &mut String,
    tasks: &mut Vec<Task>,
) {
    let element = &document.elements[number];
    if element.is_conditional || element.name == "script" {
        return;
    }
    if element.name == "style" {
        let media = element.get("media").unwrap_or_default();
        let css = look.sheet(number, sheet::parse(&document.text_in(number)));
        // An end tag in a string would end the sheet.
        if let Some(css) = css.filter(|css| !css.contains("</")) {
            let media = super::scheme::settled_css(&format!("@media {media}"), false);
            let attributes = element.attributes.iter().map(|(name, value)| {
                let value = if name == "media" { media["@media ".len()..].to_owned() } else { value.clone() };
                (name.clone(), value)
            });
            out.push_str(&start_tag("style", &attributes.collect::<Vec<_>>()));
            out.push_str(&css);
            out.push_str("</style>");
        }
        return;
    }
    let (name, attributes) = match look.element(document, number) {
        Shown::Nothing => return,
        Shown::Html(html) => return out.push_str(&html),
        Shown::Contents => {
            tasks.push(Task::Literal(tail.to_owned()));
            tasks.extend(element.children.iter().rev().map(|node| Task::Node(*node)));
            return;
        }
        Shown::Kept => (Cow::Borrowed(element.name.as_str()), Cow::Borrowed(&element.attributes)),
        Shown::As(name, attributes) => (Cow::Owned(name), Cow::Owned(attributes)),
    };
    out.push_str(&start_tag(&name, &settled_attributes(&name, &attributes)));
    if VOID.contains(&name.as_ref()) {
        return;
    }
    tasks.push(Task::Literal(format!("{tail}</{name}>")));
    tasks.extend(element.children.iter().rev().map(|node| Task::Node(*node)));
}

/// Returns the attributes with light chosen wherever the message leaves it to the system.
fn settled_attributes(name: &str, attributes: &[(String, String)]) -> Vec<(String, String)> {
    let is_scheme = name == "meta"
        && attributes
            .iter()
            .any(|(name, value)| name == "name" && value.eq_ignore_ascii_case("color-scheme"));
    let settle = |(name, value): &(String, String)| match name.as_str() {
        "content" if is_scheme => (name.clone(), "light".to_owned()),
        "style" => (name.clone(), super::scheme::settled_css(value, false)),
        _ => (name.clone(), value.clone()),
    };
    attributes.iter().map(settle).collect()
}

/// Writes a start tag.
pub(super) fn start_tag(name: &str, attributes: &[(String, String)]) -> String {
    let mut out = format!("<{name}");
    for (name, value) in attributes {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        out.push_str(&escaped(value).replace('"', "&quot;"));
        out.push('"');
    }
    out.push('>');
    out
}

/// Escapes text.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\u{a0}', "&nbsp;")
}

/// Returns attributes with declarations added to `style`, where they win over the others.
pub(super) fn with_style(attributes: &[(String, String)], added: &str) -> Vec<(String, String)> {
    let mut all = attributes.to_vec();
    match all.iter_mut().find(|(name, _)| name == "style") {
        Some((_, style)) => {
            let kept = style.trim_end().trim_end_matches(';').to_owned();
            *style = if kept.is_empty() { added.to_owned() } else { format!("{kept};{added}") };
        }
        None => all.push(("style".to_owned(), added.to_owned())),
    }
    all
}
