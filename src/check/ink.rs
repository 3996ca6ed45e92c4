//! Colour and size of the words on a page, as the styles on the elements themselves say.
//!
//! Style sheets are left out: our letters carry what matters on the elements, for the clients that drop sheets.

use crate::clients::{Document, Element};

/// A colour without transparency.
pub(super) type Rgb = [u8; 3];

/// How the words in an element look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ink {
    /// Colour of the words.
    pub(super) colour: Rgb,
    /// What is behind them; `None` when that is a picture.
    pub(super) ground: Option<Rgb>,
    /// Their size in pixels; `None` when nothing says it.
    pub(super) size: Option<f64>,
    /// Whether nobody sees them.
    pub(super) is_hidden: bool,
}

const PLAIN: Ink = Ink { colour: [0; 3], ground: Some([255; 3]), size: None, is_hidden: false };
/// What clients paint links with.
const LINK: Rgb = [0, 0, 238];

/// Returns the look of every element, by number.
pub(super) fn inks(document: &Document) -> Vec<Ink> {
    let mut inks: Vec<Ink> = Vec::with_capacity(document.elements.len());
    for element in &document.elements {
        let outer = element.parent.and_then(|parent| inks.get(parent)).copied().unwrap_or(PLAIN);
        inks.push(ink(element, outer));
    }
    inks
}

fn ink(element: &Element, outer: Ink) -> Ink {
    let mut ink = outer;
    ink.is_hidden |= element.is_conditional
        || element.get("hidden").is_some()
        || matches!(element.name.as_str(), "head" | "title" | "style" | "script" | "template");
    if element.name == "a" {
        ink.colour = LINK;
    }
    if let Some(colour) = element.get("bgcolor").and_then(colour) {
        ink.ground = Some(colour);
    }
    let style = element.get("style").unwrap_or_default().to_ascii_lowercase();
    for (name, value) in style.split(';').filter_map(|rule| rule.split_once(':')) {
        let value = value.trim().trim_end_matches("!important").trim_end();
        match name.trim() {
            "color" => ink.colour = colour(value).unwrap_or(ink.colour),
            "background-color" => ink.ground = colour(value).or(ink.ground),
            "background" | "background-image" if value.contains("url(") || value.contains("gradient") => {
                ink.ground = None;
            }
            "background" => ink.ground = value.split_whitespace().find_map(colour).or(ink.ground),
            "font-size" => ink.size = size(value, outer.size).or(ink.size),
            "display" => ink.is_hidden |= value == "none",
            "visibility" => ink.is_hidden |= value == "hidden",
            _ => {}
        }
    }
    ink
}

/// Returns a length in pixels.
fn size(value: &str, outer: Option<f64>) -> Option<f64> {
    let at = value.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(value.len());
    let number: f64 = value[..at].parse().ok()?;
    match value[at..].trim() {
        "px" => Some(number),
        "pt" => Some(number * 4.0 / 3.0),
        "em" => outer.map(|outer| outer * number),
        "%" => outer.map(|outer| outer * number / 100.0),
        "" if number == 0.0 => Some(0.0),
        _ => None,
    }
}

/// Reads `#rgb`, `#rrggbb`, `rgb(…)` and the names that templates use.
fn colour(text: &str) -> Option<Rgb> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix('#') {
        let digit = |at: usize| u8::from_str_radix(digits.get(at..=at)?, 16).ok();
        return match digits.len() {
            3 => Some([digit(0)? * 17, digit(1)? * 17, digit(2)? * 17]),
            6 => Some([digit(0)? * 16 + digit(1)?, digit(2)? * 16 + digit(3)?, digit(4)? * 16 + digit(5)?]),
            _ => None,
        };
    }
    if let Some(inner) = text.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')) {
        let mut parts = inner.split([',', ' ']).filter(|part| !part.is_empty()).map(|part| part.parse().ok());
        return Some([parts.next()??, parts.next()??, parts.next()??]);
    }
    match text {
        "white" => Some([255; 3]),
        "black" => Some([0; 3]),
        _ => None,
    }
}

/// Returns the contrast of two colours (WCAG 2.2, relative luminance): 1 is none, 21 the most.
pub(super) fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Rgb) -> f64 {
    let linear = |octet: u8| {
        let part = f64::from(octet) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = colour;
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_style_counts() {
        let document = Document::read(
            "<body bgcolor=\"#ffffff\"><div style=\"color:#333;font-size:20px;background: #EEE url(x)\">\
             <p style=\"font-size:50%\"><a href=x>y</a></p></div><p style=\"display:none\">z</p></body>",
        );
        let inks = inks(&document);
        assert_eq!(inks[1], Ink { colour: [51; 3], ground: None, size: Some(20.0), is_hidden: false });
        assert_eq!((inks[2].size, inks[3].colour), (Some(10.0), LINK));
        assert!(inks[4].is_hidden);
    }

    #[test]
    fn contrast_is_measured_as_wcag_says() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
        assert!((contrast([119; 3], [255; 3]) - 4.48).abs() < 0.01);
    }
}
