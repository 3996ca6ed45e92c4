//! Judges a document before it is rendered: what would come out as nothing is refused, what is merely
//! odd is a warning.

use super::schema::{self, Component, Row};
use super::source::Report;
use super::tree::{Attribute, Element, Node};
use super::values;

/// Records what is wrong with the document, and returns its root when it has one.
pub(super) fn validate(report: &mut Report, nodes: Vec<Node>) -> Option<Element> {
    let mut root = None;
    for node in nodes {
        let Node::Element(element) = node else { continue };
        if element.name == "mjml" && root.is_none() {
            root = Some(element);
        } else {
            let message = format!("`<{}>` stands outside of `<mjml>`", element.name);
            report.error("mjml/no-document", element.span, message, "a document is one `<mjml>` element");
        }
    }
    let Some(root) = root else {
        if report.problems.is_empty() {
            let span = super::source::Span::default();
            let message = "there is no `<mjml>` element".to_owned();
            report.error(
                "mjml/no-document",
                span,
                message,
                "a document is one `<mjml>` element with an `<mj-body>`",
            );
        }
        return None;
    };
    if root.child("mj-body").is_none() {
        let message = "`<mjml>` has no `<mj-body>`".to_owned();
        report.error("mjml/no-document", root.span, message, "what readers see stands in `<mj-body>`");
    }
    check_element(report, &root);
    Some(root)
}

/// Checks an element and everything in it.
fn check_element(report: &mut Report, element: &Element) {
    let Some(component) = schema::component(&element.name) else { return };
    check_attributes(report, component, element);
    if element.name == "mj-attributes" {
        element.elements().for_each(|child| check_defaults(report, child));
        return;
    }
    for (index, child) in element.elements().enumerate() {
        if schema::component(&child.name).is_none() {
            unknown_element(report, component.row(), child);
        } else if component.row().takes(&child.name) {
            check_element(report, child);
        } else {
            misplaced(report, component.row(), child);
        }
        let single = matches!(child.name.as_str(), "mj-body" | "mj-head");
        if single && element.elements().take(index).any(|earlier| earlier.name == child.name) {
            let message = format!("a second `<{}>`: only the first one counts", child.name);
            report.error("mjml/misplaced-element", child.span, message, "join the two");
        }
    }
}

/// Says that nobody knows this element, and what may have been meant.
fn unknown_element(report: &mut Report, parent: &Row, child: &Element) {
    let message = format!("unknown element `<{}>` in `<{}>`", child.name, parent.name);
    let known = schema::rows().map(|row| row.name);
    let help = match schema::nearest(&child.name, known) {
        Some(name) => format!("did you mean `<{name}>`?"),
        None if parent.takes("mj-text") => {
            "HTML goes into `<mj-text>`, `<mj-table>` or `<mj-raw>`".to_owned()
        }
        None if parent.takes("mj-raw") => "HTML between elements goes into `<mj-raw>`".to_owned(),
        None => format!("`<{}>` holds {}", parent.name, list(parent)),
    };
    report.error("mjml/unknown-element", child.span, message, &help);
}

/// Says that this element can't stand here, and where it can.
fn misplaced(report: &mut Report, parent: &Row, child: &Element) {
    let message = format!("`<{}>` can't stand in `<{}>`", child.name, parent.name);
    let homes: Vec<&str> =
        schema::rows().filter(|home| home.takes(&child.name)).map(|home| home.name).collect();
    let help = if homes.is_empty() {
        format!("`<{}>` holds {}", parent.name, list(parent))
    } else {
        format!("it stands in {}", joined(homes.into_iter()))
    };
    report.error("mjml/misplaced-element", child.span, message, &help);
}

/// Lists what a component holds.
fn list(row: &Row) -> String {
    if row.children.is_empty() { "no elements".to_owned() } else { joined(row.children.split_whitespace()) }
}

fn joined<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`<{name}>`")).collect::<Vec<_>>().join(", ")
}

/// Checks one child of `mj-attributes`.
fn check_defaults(report: &mut Report, child: &Element) {
    match schema::component(&child.name) {
        None => {
            let message =
                format!("`mj-attributes` sets attributes of the unknown element `<{}>`", child.name);
            let known = schema::rows().map(|row| row.name);
            let help = schema::nearest(&child.name, known).map(|name| format!("did you mean `<{name}>`?"));
            report.warning("mjml/unknown-element", child.span, message, help.as_deref().unwrap_or_default());
        }
        Some(_) if child.name == "mj-class" => {
            if child.attribute("name").is_none() {
                let message = "this `mj-class` has no name".to_owned();
                report.error("mjml/missing-attribute", child.span, message, "add `name=\"…\"`");
            }
            child.elements().for_each(|inner| check_defaults(report, inner));
        }
        Some(component) if child.name != "mj-all" => check_attributes(report, component, child),
        Some(_) => {}
    }
}

/// Attributes without which an element does nothing.
const REQUIRED: [(&str, &[&str]); 3] =
    [("mj-font", &["name", "href"]), ("mj-selector", &["path"]), ("mj-html-attribute", &["name"])];

/// Checks the names and values of an element's attributes.
fn check_attributes(report: &mut Report, component: &Component, element: &Element) {
    for attribute in &element.attributes {
        match component.attribute_type(&attribute.name) {
            None => unknown_attribute(report, component, attribute),
            Some(kind) => check_value(report, component, attribute, kind),
        }
    }
    for (name, attributes) in REQUIRED {
        for required in attributes.iter().filter(|_| name == component.row().name) {
            if element.attribute(required).is_none_or(|value| value.trim().is_empty()) {
                let message = format!("`<{name}>` needs `{required}`");
                report.error(
                    "mjml/missing-attribute",
                    element.span,
                    message,
                    &format!("add `{required}=\"…\"`"),
                );
            }
        }
    }
}

/// Attributes that npm `mjml` renders although its tables don't know them.
const RENDERED: [(&str, &str); 4] =
    [("mj-image", "full-width"), ("mj-hero", "align"), ("mj-hero", "width"), ("mj-group", "padding")];

fn unknown_attribute(report: &mut Report, component: &Component, attribute: &Attribute) {
    if RENDERED.contains(&(component.row().name, attribute.name.as_str()))
        || attribute.name.starts_with("xmlns")
    {
        return;
    }
    let message = format!("`<{}>` has no attribute `{}`", component.row().name, attribute.name);
    let help = schema::nearest(&attribute.name, component.attribute_names())
        .map_or_else(|| "it has no effect: delete it".to_owned(), |name| format!("did you mean `{name}`?"));
    report.warning("mjml/unknown-attribute", attribute.span, message, &help);
}

fn check_value(report: &mut Report, component: &Component, attribute: &Attribute, kind: &str) {
    if let Some(expected) = values::expected(kind, &attribute.value) {
        let message = format!(
            "`{}` of `<{}>` is `{}`, which is not {expected}",
            attribute.name,
            component.row().name,
            attribute.value
        );
        report.warning("mjml/bad-value", attribute.span, message, "mail programs will ignore it");
    }
}
