//! Attributes that say how something looks.

use crate::clients::{Document, Element, colour::Colour};

/// Calls `set` with what the attributes of an element declare.
pub(super) fn hints(document: &Document, number: usize, mut set: impl FnMut(&str, &str)) {
    let element = &document.elements[number];
    let name = element.name.as_str();
    let colour = |text: &str| Colour::parse_attribute(text).map(Colour::to_hex);
    if let Some(found) = element.get("bgcolor").and_then(colour) {
        set("background-color", &found);
    }
    if let Some(found) = element.get("background").filter(|found| !found.trim().is_empty()) {
        set("background-image", &format!("url({found})"));
    }
    let direction = element.get("dir").map(|dir| dir.trim().to_ascii_lowercase());
    if let Some(found) = direction.filter(|dir| matches!(dir.as_str(), "ltr" | "rtl")) {
        set("direction", &found);
    }
    let text = match name {
        "font" => element.get("color"),
        "body" => element.get("text"),
        "a" => document.first("body").and_then(|body| document.elements[body].get("link")),
        _ => None,
    };
    if let Some(found) = text.and_then(colour) {
        set("color", &found);
    }
    if name == "font" {
        element.get("face").into_iter().for_each(|face| set("font-family", face));
        element.get("size").and_then(font_size).into_iter().for_each(|size| set("font-size", size));
    }
    let aligned =
        matches!(name, "td" | "th" | "tr" | "tbody" | "div" | "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    if let Some(align) = element.get("align").filter(|_| aligned) {
        set("text-align", &align.to_ascii_lowercase());
    }
    if let Some(align) = element.get("valign") {
        set("vertical-align", &align.to_ascii_lowercase());
    }
    if element.get("nowrap").is_some() && matches!(name, "td" | "th") {
        set("white-space", "nowrap");
    }
    sizes(element, &mut set);
    cell_padding(document, number, &mut set);
}

/// `width` and `height`: pixels or a percentage.
fn sizes(element: &Element, set: &mut impl FnMut(&str, &str)) {
    if !matches!(element.name.as_str(), "table" | "td" | "th" | "img" | "hr" | "col" | "iframe" | "video") {
        return;
    }
    for property in ["width", "height"] {
        let Some(value) = element.get(property).map(str::trim) else { continue };
        let digits = value.trim_end_matches("px").trim_end_matches('%');
        if digits.parse::<f32>().is_ok_and(f32::is_finite) {
            let unit = if value.ends_with('%') { "%" } else { "px" };
            set(property, &format!("{digits}{unit}"));
        }
    }
}

/// `cellpadding` of the table around a cell.
fn cell_padding(document: &Document, number: usize, set: &mut impl FnMut(&str, &str)) {
    if !matches!(document.elements[number].name.as_str(), "td" | "th") {
        return;
    }
    let table = document.with_ancestors(number).skip(1).find(|at| document.elements[*at].name == "table");
    let padding = table.and_then(|table| document.elements[table].get("cellpadding"));
    if let Some(pixels) = padding.and_then(|padding| padding.trim().parse::<u16>().ok()) {
        set("padding", &format!("{pixels}px"));
    }
}

fn font_size(size: &str) -> Option<&'static str> {
    Some(match size.trim() {
        "1" => "10px",
        "2" | "-1" => "13px",
        "3" | "+0" => "16px",
        "4" | "+1" => "18px",
        "5" | "+2" => "24px",
        "6" | "+3" => "32px",
        "7" | "+4" => "48px",
        _ => return None,
    })
}
