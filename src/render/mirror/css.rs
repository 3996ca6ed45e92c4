//! Left and right in style declarations.

use crate::render::mirror::Sides;

/// Resolves the sides in a style sheet; rules whose selector says `.no-mirror` keep left and right.
pub(super) fn stylesheet(sheet: &str, sides: Sides) -> String {
    let mut out = String::with_capacity(sheet.len());
    let mut selector = "";
    let mut rest = sheet;
    while let Some(at) = rest.find(['{', '}']) {
        let (segment, brace) = (&rest[..at], &rest[at..=at]);
        if brace == "{" {
            selector = segment;
            out.push_str(segment);
        } else {
            let kept = Sides { swap: sides.swap && !selector.contains(".no-mirror"), ..sides };
            out.push_str(&declarations(segment, kept));
            selector = "";
        }
        out.push_str(brace);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out
}

/// Resolves the sides in `property: value; …`.
pub(super) fn declarations(list: &str, sides: Sides) -> String {
    split_outside_parentheses(list, ';')
        .into_iter()
        .map(|declaration| match declaration.split_once(':') {
            Some((property, value)) => mirrored(property, value, sides),
            None => declaration.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(";")
}

/// Resolves one declaration.
fn mirrored(property: &str, value: &str, sides: Sides) -> String {
    // A comment may stand before the name.
    let from = property.rfind("*/").map_or(0, |at| at + 2);
    let name = property[from..].trim().to_ascii_lowercase();
    let renamed = sides.name(&name, true);
    let property = if renamed == name {
        property.to_owned()
    } else {
        property.replacen(property[from..].trim(), &renamed, 1)
    };
    let value = match name.as_str() {
        "text-align"
        | "float"
        | "clear"
        | "background-position"
        | "background-position-x"
        | "transform-origin"
        | "background"
        | "object-position" => side_words(value, sides),
        "padding" | "margin" | "border-width" | "border-style" | "border-color" | "inset"
        | "mso-padding-alt" | "mso-margin-alt" => four_sides(value, sides),
        "border-radius" | "-webkit-border-radius" | "-moz-border-radius" => four_corners(value, sides),
        _ => value.to_owned(),
    };
    format!("{property}:{value}")
}

/// Resolves the words `left`, `right`, `start`, `end`; of a position in percent the first counts from the other side.
pub(super) fn side_words(value: &str, sides: Sides) -> String {
    let mut out = String::with_capacity(value.len());
    let mut is_first = true;
    for word in split_keeping_spaces(value) {
        let percent = word.strip_suffix('%').and_then(|number| number.parse::<f32>().ok());
        match (sides.word(word), percent) {
            (Some(side), _) => out.push_str(side),
            (None, Some(percent)) if is_first && sides.swap => {
                out.push_str(&(100.0 - percent).to_string());
                out.push('%');
            }
            _ => out.push_str(word),
        }
        is_first &= word.trim().is_empty();
    }
    out
}

/// Swaps the second and fourth of four values.
pub(super) fn four_sides(value: &str, sides: Sides) -> String {
    reordered(value, sides, |parts| match parts {
        [top, right, bottom, left] => vec![top, left, bottom, right],
        other => other.to_vec(),
    })
}

/// Swaps the corners of a radius.
pub(super) fn four_corners(value: &str, sides: Sides) -> String {
    reordered(value, sides, |parts| match parts {
        [top_left, top_right, bottom_right, bottom_left] => {
            vec![top_right, top_left, bottom_left, bottom_right]
        }
        [top_left, others, bottom_right] => vec![others, top_left, others, bottom_right],
        [one, other] => vec![other, one],
        other => other.to_vec(),
    })
}

/// Writes the values in another order, when sides change at all; `!important` stays at the end.
fn reordered<'a>(value: &'a str, sides: Sides, order: impl Fn(&[&'a str]) -> Vec<&'a str>) -> String {
    let (values, important) = match value.find('!') {
        Some(at) => value.split_at(at),
        None => (value, ""),
    };
    let parts: Vec<&str> =
        split_outside_parentheses(values.trim(), ' ').into_iter().filter(|p| !p.is_empty()).collect();
    if !sides.swap || parts.len() < 2 || values.contains('/') {
        return value.to_owned();
    }
    let before = &values[..values.len() - values.trim_start().len()];
    let after = &values[values.trim_end().len()..];
    format!("{before}{}{after}{important}", order(&parts).join(" "))
}

/// Splits at a character that stands neither in parentheses nor in quotes.
fn split_outside_parentheses(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    for (at, c) in text.char_indices() {
        match c {
            '"' | '\'' if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            '(' if quote.is_none() => depth += 1,
            ')' if quote.is_none() => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 && quote.is_none() => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Splits into words and the spaces between them.
fn split_keeping_spaces(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut was_space = None;
    for (at, c) in text.char_indices() {
        let is_space = c.is_whitespace() || matches!(c, ',' | '!');
        if was_space.is_some_and(|was| was != is_space) {
            parts.push(&text[start..at]);
            start = at;
        }
        was_space = Some(is_space);
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::{declarations, stylesheet};
    use crate::render::mirror::Sides;

    const RTL: Sides = Sides { swap: true, from_right: true };

    #[track_caller]
    fn check(css: &str, mirrored: &str) {
        assert_eq!(declarations(css, RTL), mirrored);
        let back = Sides { swap: true, from_right: false };
        if !css.contains("start") && css == css.to_lowercase() {
            assert_eq!(declarations(mirrored, back), css, "mirroring twice changes nothing");
        }
    }

    #[test]
    fn declarations_change_sides() {
        check("padding:1px 2px 3px 4px", "padding:1px 4px 3px 2px");
        check("margin: 0 auto 0 5px !important; color:red", "margin: 0 5px 0 auto !important; color:red");
        check("PADDING-LEFT:1px;border-right:1px solid", "padding-right:1px;border-left:1px solid");
        check("text-align:left;float: right;left:0", "text-align:right;float: left;right:0");
        check("border-radius:1px 2px 3px 4px", "border-radius:2px 1px 4px 3px");
        check("border-top-left-radius:4px", "border-top-right-radius:4px");
        check("background:url(left.png;x) left top", "background:url(left.png;x) right top");
        check("background-position:25% 50%", "background-position:75% 50%");
        check("text-align:start", "text-align:right");
        check(
            "margin-inline-start:1px;font-family:&#39;Left&#39;,a",
            "margin-inline-start:1px;font-family:&#39;Left&#39;,a",
        );
    }

    #[test]
    fn style_sheets_keep_their_selectors_and_opted_out_rules() {
        let sheet = "/* left */ .left{float:left}@media (max-width:480px){.a, .b-right{padding-left:1px !important}} .no-mirror .c{float:left}";
        assert_eq!(
            stylesheet(sheet, RTL),
            "/* left */ .left{float:right}@media (max-width:480px){.a, .b-right{padding-right:1px !important}} .no-mirror .c{float:left}"
        );
    }
}
