//! From what is written to the features of the table.

use super::{Kind, feature};
use crate::clients::sheet;

/// Attributes that are features.
const ATTRIBUTES: [&str; 22] = [
    "html-align",
    "html-aria-describedby",
    "html-aria-hidden",
    "html-aria-label",
    "html-aria-labelledby",
    "html-aria-live",
    "html-background",
    "html-cellpadding",
    "html-cellspacing",
    "html-dir",
    "html-height",
    "html-hidden",
    "html-lang",
    "html-loading-attribute",
    "html-popover",
    "html-required",
    "html-role",
    "html-srcset",
    "html-target",
    "html-valign",
    "html-width",
    "html-anchor-links",
];

/// Features that are values although their names don't say so.
const VALUES: [&str; 15] = [
    "css-conic-gradient",
    "css-display-flex",
    "css-display-grid",
    "css-display-none",
    "css-flex-direction",
    "css-flex-wrap",
    "css-important",
    "css-intrinsic-size",
    "css-linear-gradient",
    "css-modern-color",
    "css-radial-gradient",
    "css-rgb",
    "css-rgba",
    "css-sytem-ui",
    "css-variables",
];

/// Returns what kind of feature an id names.
pub(super) fn kind(id: &str) -> Kind {
    match id {
        _ if id.starts_with("css-at-") => Kind::AtRule,
        _ if id.starts_with("css-pseudo-") || id.starts_with("css-selector-") => Kind::Selector,
        "css-nesting" => Kind::Selector,
        _ if id.starts_with("css-unit-") || id.starts_with("css-function-") => Kind::Value,
        _ if VALUES.contains(&id) => Kind::Value,
        "css-comments" | "html-comments" | "html-doctype" => Kind::Other,
        _ if id.starts_with("css-") => Kind::Property,
        _ if ATTRIBUTES.contains(&id) => Kind::Attribute,
        _ if id.starts_with("html-") => Kind::Element,
        _ if id.starts_with("image-") => Kind::Image,
        _ => Kind::Other,
    }
}

/// Returns the id as the table has it, when it has it.
pub(super) fn known(id: &str) -> Option<&'static str> {
    feature(id).map(|feature| feature.id)
}

/// Returns the features of one declaration: its property, its value, its mark.
pub(in crate::clients) fn of_declaration(
    property: &str,
    value: &str,
    is_important: bool,
) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    let mut add = |id: &str| found.extend(known(id));
    // What is meant for Outlook or one engine says so; nobody expects it elsewhere.
    if property.starts_with("mso-") || (property.starts_with('-') && !property.starts_with("--")) {
        return found;
    }
    of_property(property, &mut add);
    let value = value.to_ascii_lowercase();
    of_words(property, &value, &mut add);
    of_functions(&value, &mut add);
    of_units(&value, &mut add);
    if is_important {
        add("css-important");
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn of_property(property: &str, add: &mut impl FnMut(&str)) {
    let begins = |start: &str| property.starts_with(start);
    let is_edge = property.ends_with("-start") || property.ends_with("-end");
    let id = match property {
        _ if begins("--") => "css-variables",
        "left" | "right" | "top" | "bottom" => "css-left-right-top-bottom",
        "block-size" => "css-block-inline-size",
        "gap" | "column-gap" | "row-gap" | "grid-gap" => "css-gap",
        "border-inline" | "border-block" => "css-border-inline-block",
        _ if begins("border-inline-") || begins("border-block-") => {
            let is_individual = property.contains("-start") || property.contains("-end");
            if is_individual {
                "css-border-inline-block-individual"
            } else {
                "css-border-inline-block-longhand"
            }
        }
        _ if property.ends_with("-radius") && (begins("border-start-") || begins("border-end-")) => {
            "css-border-radius-logical"
        }
        _ if begins("border-") && property.ends_with("-radius") => "css-border-radius",
        "border-collapse" | "border-spacing" => return add(&format!("css-{property}")),
        _ if begins("border-image") => "css-border-image",
        _ if begins("border-") => "css-border",
        "margin-inline" | "margin-block" => "css-margin-inline-block",
        "padding-inline" | "padding-block" => "css-padding-inline-block",
        _ if begins("margin-inline-") && is_edge => "css-margin-inline-start-end",
        _ if begins("margin-block-") && is_edge => "css-margin-block-start-end",
        _ if begins("padding-inline-") && is_edge => "css-padding-inline-start-end",
        _ if begins("padding-block-") && is_edge => "css-padding-block-start-end",
        _ if begins("margin-") => "css-margin",
        _ if begins("padding-") => "css-padding",
        _ if begins("grid-template") => "css-grid-template",
        _ if begins("scroll-snap-") => "css-scroll-snap",
        _ if begins("animation-") => "css-animation",
        _ if begins("transition-") => "css-transition",
        _ if begins("overflow-") && !begins("overflow-wrap") => "css-overflow",
        "text-emphasis-color" | "text-emphasis-style" => "css-text-emphasis",
        "outline-color" | "outline-style" | "outline-width" => "css-outline",
        "columns" | "column-width" | "column-fill" | "column-span" => "css-column-layout-properties",
        _ if begins("column-rule") => "css-column-layout-properties",
        // Only some values of them are features.
        "display" | "flex-direction" | "flex-wrap" => return,
        _ => return add(&format!("css-{property}")),
    };
    add(id);
}

fn of_words(property: &str, value: &str, add: &mut impl FnMut(&str)) {
    match (property, value.split_whitespace().next().unwrap_or_default()) {
        ("display", "flex" | "inline-flex") => add("css-display-flex"),
        ("display", "grid" | "inline-grid") => add("css-display-grid"),
        ("display", "none") => add("css-display-none"),
        ("display", _) => add("css-display"),
        ("flex-direction", "column" | "column-reverse") => add("css-flex-direction"),
        ("flex-wrap", "wrap" | "wrap-reverse") => add("css-flex-wrap"),
        ("font-family" | "font", _) => {
            let families = ["system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace"];
            if families.iter().any(|family| value.contains(family)) {
                add("css-sytem-ui");
            }
        }
        ("width" | "height" | "min-width" | "max-width" | "min-height" | "max-height", word)
            if ["fit-content", "min-content", "max-content"].iter().any(|size| word.starts_with(size)) =>
        {
            add("css-intrinsic-size");
        }
        _ => {}
    }
    if value == "initial" {
        add("css-unit-initial");
    }
}

fn of_functions(value: &str, add: &mut impl FnMut(&str)) {
    for (at, _) in value.match_indices('(') {
        let before = &value[..at];
        let from = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).map_or(0, |at| at + 1);
        match before.get(from..).unwrap_or_default() {
            "clamp" => add("css-function-clamp"),
            "light-dark" => add("css-function-light-dark"),
            "max" => add("css-function-max"),
            "min" => add("css-function-min"),
            "calc" => add("css-unit-calc"),
            "lab" | "lch" | "oklab" | "oklch" => add("css-modern-color"),
            "rgb" => add("css-rgb"),
            "rgba" => add("css-rgba"),
            "var" => add("css-variables"),
            name if name.ends_with("-gradient") => {
                add(&format!("css-{}", name.trim_start_matches("repeating-")));
            }
            _ => {}
        }
    }
}

/// Units of numbers that don't stand in quotes, addresses or names.
fn of_units(value: &str, add: &mut impl FnMut(&str)) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '%' | '-' | '#' | '_');
    for word in sheet::words(value)
        .into_iter()
        .filter(|word| !word.contains(['"', '\'', '#']) && !word.starts_with("url("))
    {
        for token in word.split(|c: char| !is_part(c)) {
            let number = token.trim_start_matches(['-', '+']);
            let unit = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            if unit.len() == number.len() {
                continue;
            }
            match unit {
                "%" => add("css-unit-percent"),
                "ch" | "cm" | "em" | "ex" | "in" | "mm" | "pc" | "pt" | "px" | "rem" | "vh" | "vmax"
                | "vmin" | "vw" => {
                    add(&format!("css-unit-{unit}"));
                }
                _ => {}
            }
        }
    }
}
