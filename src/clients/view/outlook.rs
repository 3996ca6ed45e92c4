//! What Word makes of a message.

use super::{
    conditions::resolved,
    writer::{Look, Shown, with_style, write},
};
use crate::clients::{
    Document, selector,
    sheet::{self, Body, Declaration, Item},
    support::{self, Verdict},
};

/// The client in the table of support.
const CLIENT: &str = "outlook-windows";

/// Features that the table denies Word although nothing is lost: it takes the next family, and reads on.
const HARMLESS: [&str; 2] = ["css-sytem-ui", "css-important"];

/// Returns the message about as classic Outlook for Windows shows it.
pub(super) fn shown(html: &str) -> String {
    write(&Document::read(&resolved(html)), &Word, "")
}

struct Word;

impl Look for Word {
    fn element(&self, document: &Document, number: usize) -> Shown {
        let element = &document.elements[number];
        let name = element.name.as_str();
        match name {
            "noscript" | "xml" | "svg" | "video" | "audio" | "source" | "v:fill" | "w:anchorlock" => {
                return Shown::Nothing;
            }
            "form" | "picture" | "v:textbox" | "button" | "select" => return Shown::Contents,
            "input" | "textarea" => return Shown::Nothing,
            _ if name.starts_with("o:") => return Shown::Nothing,
            _ => {}
        }
        if name.starts_with("v:") {
            return shape(&element.attributes, element.get("fillcolor"), element.get("strokecolor"));
        }
        let mut attributes: Vec<_> = element
            .attributes
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "srcset" | "sizes" | "hidden" | "background"))
            .cloned()
            .collect();
        if let Some((_, style)) = attributes.iter_mut().find(|(name, _)| name == "style") {
            let list = sheet::declarations(style);
            let kept = list.into_iter().filter_map(|one| understood(name, one)).collect::<Vec<_>>();
            *style = sheet::write_declarations(&kept);
        }
        if name == "img" {
            // Word gives an image the size of its attributes, whatever the cell.
            attributes = with_style(&attributes, "max-width:none");
        }
        Shown::As(name.to_owned(), attributes)
    }

    fn sheet(&self, _number: usize, items: Vec<Item>) -> Option<String> {
        Some(super::light_sheet(&known_items(items)))
    }
}

/// Drops the rules that Word doesn't read, and from the others what it ignores.
fn known_items(items: Vec<Item>) -> Vec<Item> {
    let mut kept = Vec::new();
    for item in items {
        match item {
            Item::Rule(mut rule) => {
                let Some(selectors) = selector::parse(&rule.selector) else { continue };
                if support::of_selectors(&selectors).iter().any(|feature| is_missing(feature)) {
                    continue;
                }
                let target = selectors.first().and_then(selector::Selector::element_name).unwrap_or_default();
                rule.declarations =
                    rule.declarations.into_iter().filter_map(|one| understood(&target, one)).collect();
                rule.nested.clear();
                kept.push(Item::Rule(rule));
            }
            Item::At(rule) if rule.name == "font-face" => {
                kept.push(Item::At(rule));
            }
            // Word reads no media queries; it does read what is for `screen` alone.
            Item::At(rule)
                if rule.name == "media" && matches!(rule.prelude.trim(), "screen" | "all" | "") =>
            {
                if let Body::Items(inside) = rule.body {
                    kept.extend(known_items(inside));
                }
            }
            Item::At(_) => {}
        }
    }
    kept
}

fn is_missing(feature: &str) -> bool {
    !HARMLESS.contains(&feature) && support::verdict(feature, CLIENT) == Verdict::No
}

/// Returns a declaration as Word takes it on an element, `None` when it doesn't.
fn understood(name: &str, one: Declaration) -> Option<Declaration> {
    let lower = one.value.to_ascii_lowercase();
    let is_cell = matches!(name, "td" | "th");
    let is_box = is_cell || matches!(name, "table" | "tr" | "");
    match one.property.as_str() {
        // Word's own words, said in CSS.
        "mso-hide" if lower == "all" => return Some(renamed(one, "display", "none")),
        "mso-padding-alt" if is_cell => {
            let value = one.value.clone();
            return Some(renamed(one, "padding", &value));
        }
        "display" => return (lower == "none" && name != "img").then_some(one),
        "padding" | "padding-top" | "padding-right" | "padding-bottom" | "padding-left"
            if !is_cell && !name.is_empty() =>
        {
            return None;
        }
        "width" | "height" | "max-width" | "max-height" | "min-width" | "min-height" if !is_box => {
            return None;
        }
        "max-width" | "max-height" | "mso-table-lspace" | "mso-table-rspace" => return None,
        "margin" => {
            let words = sheet::words(&lower).into_iter().map(|word| if word == "auto" { "0" } else { word });
            let value = words.collect::<Vec<_>>().join(" ");
            return (!value.contains('-')).then(|| renamed(one, "margin", &value));
        }
        _ => {}
    }
    if one.property == "background" {
        // The colour counts, the picture doesn't.
        let colour = sheet::words(&one.value)
            .into_iter()
            .find(|word| crate::clients::colour::Colour::parse(word).is_some())?
            .to_owned();
        return Some(renamed(one, "background-color", &colour));
    }
    let features = support::of_declaration(&one.property, &one.value, false);
    (!features.iter().any(|feature| is_missing(feature))).then_some(one)
}

fn renamed(mut one: Declaration, property: &str, value: &str) -> Declaration {
    property.clone_into(&mut one.property);
    value.clone_into(&mut one.value);
    one
}

/// Draws a shape of VML as a box.
fn shape(attributes: &[(String, String)], fill: Option<&str>, line: Option<&str>) -> Shown {
    let is_off = |wanted: &str| {
        attributes.iter().any(|(name, value)| name == wanted && matches!(value.as_str(), "f" | "false"))
    };
    let mut added = "display:inline-block;text-decoration:none;text-align:center".to_owned();
    if let Some(fill) = fill.filter(|_| !is_off("filled") && !is_off("fill")) {
        added.push_str(";background-color:");
        added.push_str(fill);
    }
    if let Some(line) = line.filter(|_| !is_off("stroked") && !is_off("stroke")) {
        added.push_str(";border:1px solid ");
        added.push_str(line);
    }
    let is_link = attributes.iter().any(|(name, _)| name == "href");
    let name = if is_link { "a" } else { "div" };
    Shown::As(name.to_owned(), with_style(attributes, &added))
}
