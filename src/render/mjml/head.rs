//! What the head of a document says, gathered before the body is rendered.

use super::cascade::{Rules, is_conditional};
use super::marking::Marking;
use super::source::{Report, Span};
use super::tree::{Element, Node};
use std::borrow::Cow;

/// A style sheet that is to be written into `style` attributes.
#[derive(Debug)]
pub(super) struct InlineStyle<'t> {
    /// Its text.
    pub(super) css: &'t str,
    /// Where it stands.
    pub(super) span: Span,
}

/// Attributes that are set on the finished HTML.
#[derive(Debug)]
pub(super) struct HtmlAttributes<'t> {
    /// Which elements.
    pub(super) selector: &'t str,
    /// Names and values.
    pub(super) attributes: Vec<(&'t str, &'t str)>,
    /// Where the selector stands.
    pub(super) span: Span,
}

/// The head of a document.
#[derive(Debug, Default)]
pub(super) struct Head<'t> {
    /// What `mj-attributes` says.
    pub(super) rules: Rules<'t>,
    /// The title.
    pub(super) title: &'t str,
    /// What inboxes show behind the subject.
    pub(super) preview: &'t str,
    /// The width below which columns stack.
    pub(super) breakpoint: &'t str,
    /// Style sheets, in order.
    pub(super) styles: Vec<Cow<'t, str>>,
    /// Style sheets to be written into `style` attributes.
    pub(super) inline_styles: Vec<InlineStyle<'t>>,
    /// Names and addresses of fonts.
    pub(super) fonts: Vec<(&'t str, &'t str)>,
    /// Raw HTML for the head.
    pub(super) raws: Vec<&'t str>,
    /// Raw text before everything else.
    pub(super) file_start: Vec<&'t str>,
    /// Attributes to be set on the finished HTML.
    pub(super) html_attributes: Vec<HtmlAttributes<'t>>,
}

/// Gathers what the head of `root` says.
pub(super) fn gather<'t>(report: &mut Report, root: &'t Element, marking: Option<&Marking<'t>>) -> Head<'t> {
    let mut head = Head { breakpoint: "480px", ..Head::default() };
    head.rules.marking = marking.map(|marking| marking.attribute);
    for raw in root.elements().filter(|child| child.name == "mj-raw") {
        if raw.attribute("position") == Some("file-start") {
            head.file_start.push(&raw.content);
        } else {
            let message = "`<mj-raw>` beside head and body is dropped".to_owned();
            report.warning(
                "mjml/unsupported",
                raw.span,
                message,
                "add `position=\"file-start\"`, or move it into one",
            );
        }
    }
    for node in root.child("mj-head").map(|head| head.children.as_slice()).unwrap_or_default() {
        match node {
            Node::Element(element) => head.add(report, element),
            Node::Comment(comment) if is_conditional(comment) => head.raws.push(comment),
            Node::Comment(_) => {}
        }
    }
    head
}

impl<'t> Head<'t> {
    /// Takes in one element of the head.
    fn add(&mut self, report: &mut Report, element: &'t Element) {
        match element.name.as_str() {
            "mj-attributes" => self.rules.add(element),
            "mj-title" => self.title = &element.content,
            "mj-preview" => self.preview = &element.content,
            "mj-breakpoint" => {
                if let Some(width) = element.attribute("width").filter(|width| !width.is_empty()) {
                    self.breakpoint = width;
                }
            }
            "mj-style" if element.attribute("inline") == Some("inline") => {
                self.inline_styles.push(InlineStyle { css: &element.content, span: element.span });
            }
            "mj-style" => self.styles.push(self.rules.marked_sheet(element)),
            "mj-raw" => self.raws.push(&element.content),
            "mj-font" => self.add_font(report, element),
            "mj-html-attributes" => self.add_html_attributes(element),
            _ => {}
        }
    }

    fn add_font(&mut self, report: &mut Report, element: &'t Element) {
        let (name, href) =
            (element.attribute("name").unwrap_or_default(), element.attribute("href").unwrap_or_default());
        let message = format!("the font `{name}` is fetched from `{href}` each time the message is read");
        let help = "that address learns who reads when; name fonts that readers have, or accept it";
        report.warning("mjml/remote-font", element.span, message, help);
        self.fonts.retain(|(known, _)| *known != name);
        self.fonts.push((name, href));
    }

    fn add_html_attributes(&mut self, element: &'t Element) {
        for selector in element.elements().filter(|child| child.name == "mj-selector") {
            let attributes = selector
                .elements()
                .filter(|child| child.name == "mj-html-attribute")
                .map(|child| (child.attribute("name").unwrap_or_default(), child.content.as_str()));
            self.html_attributes.push(HtmlAttributes {
                selector: selector.attribute("path").unwrap_or_default(),
                attributes: attributes.collect(),
                span: selector.span,
            });
        }
    }
}
