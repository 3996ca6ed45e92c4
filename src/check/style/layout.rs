//! Layout that Outlook for Windows, phones or Gmail don't follow.

use crate::{
    check::{
        report::{Report, Spot},
        style::scene::{Scene, selectors},
    },
    clients::Element,
    domain::problem::Severity,
};

/// Widest content that every window shows whole.
const WIDTH_MAX: f32 = 640.0;

/// Widest that content may grow where there is room.
const GROWN_MAX: f32 = 760.0;

/// C002.
pub(super) fn modern_layout(scene: &Scene<'_>, report: &mut Report<'_>) {
    for (number, element) in scene.seen() {
        // Cells stay cells where flexbox and grid are unknown.
        let is_table = matches!(element.name.as_str(), "table" | "tbody" | "tr" | "td" | "th");
        let has_ghosts = scene.document.elements.get(number + 1).is_some_and(|next| next.is_conditional);
        if let Some(value) = basic(scene, number, "display").filter(|_| !is_table && !has_ghosts) {
            let value = value.to_ascii_lowercase();
            if matches!(value.as_str(), "flex" | "inline-flex" | "grid" | "inline-grid") {
                let message =
                    format!("`display:{value}` arranges `{}` without a table for Outlook", element.name);
                report.note("C002", Spot::Element(number), message);
            }
        }
        if let Some(value) = basic(scene, number, "position") {
            let value = value.to_ascii_lowercase();
            let is_moved = ["top", "right", "bottom", "left"]
                .iter()
                .any(|side| basic(scene, number, side).and_then(pixels).is_some_and(|offset| offset != 0.0));
            if matches!(value.as_str(), "absolute" | "fixed" | "sticky") || value == "relative" && is_moved {
                let message =
                    format!("`position:{value}` moves `{}` where Gmail and Outlook leave it", element.name);
                report.note("C002", Spot::Element(number), message);
            }
        }
    }
}

/// Returns a property of an element as far as no media query gives it.
fn basic<'a>(scene: &'a Scene<'_>, number: usize, property: &str) -> Option<&'a str> {
    if let Some(said) = scene.said(number, property) {
        return Some(said);
    }
    let value = scene.style.own(number, property)?;
    let is_basic = scene
        .sheets()
        .any(|said| said.at_rules.is_empty() && said.property == property && said.value == value);
    is_basic.then_some(value)
}

/// C005.
pub(super) fn modern_values(scene: &Scene<'_>, report: &mut Report<'_>) {
    const LOGICAL: [&str; 10] = [
        "margin-inline",
        "margin-block",
        "padding-inline",
        "padding-block",
        "border-inline",
        "border-block",
        "inset",
        "inline-size",
        "block-size",
        "min-inline-size",
    ];
    for said in scene.declared() {
        // A rule for clients that know more is no harm to the others.
        if said.at_rules.iter().any(|around| around.starts_with("@supports")) {
            continue;
        }
        let lower = said.value.to_ascii_lowercase();
        let what = if said.property.starts_with("--") || lower.contains("var(--") {
            format!("the CSS variable of `{}:{}`", said.property, said.value)
        } else if LOGICAL.iter().any(|name| said.property.starts_with(name)) {
            format!("`{}`, a property that follows the writing direction,", said.property)
        } else if lower.contains("light-dark(") {
            format!("`light-dark()` in `{}`", said.property)
        } else if selectors(said).any(|one| one.contains('&')) {
            "a rule inside a rule".to_owned()
        } else {
            continue;
        };
        report.note(
            "C005",
            Spot::Element(said.element),
            format!("{what} means nothing to Gmail and Outlook"),
        );
    }
}

/// C009.
pub(super) fn spacing(scene: &Scene<'_>, report: &mut Report<'_>) {
    for (number, element) in scene.seen() {
        let side = |kind: &str, side: &str| {
            scene.style.own(number, &format!("{kind}-{side}")).and_then(pixels).unwrap_or(0.0)
        };
        let sides = |kind: &str| ["top", "right", "bottom", "left"].map(|name| side(kind, name));
        let (margins, paddings) = (sides("margin"), sides("padding"));
        let name = element.name.as_str();
        if margins.iter().any(|margin| *margin < 0.0) {
            let message = format!("`{name}` has a negative margin, which Gmail and Outlook don't know");
            report.note("C009", Spot::Element(number), message);
        } else if matches!(name, "span" | "body") && margins.iter().any(|margin| *margin > 0.0) {
            report.note(
                "C009",
                Spot::Element(number),
                format!("Outlook for Windows gives `{name}` no margin"),
            );
        }
        if matches!(name, "td" | "th" | "table" | "body") || paddings.iter().all(|padding| *padding <= 0.0) {
            continue;
        }
        let has_alternative = scene.said_around(number, "mso-padding-alt").is_some();
        let is_box = scene.style.own(number, "background-color").is_some()
            || scene.style.own(number, "background-image").is_some();
        let has_border = scene.inline(number).iter().any(|said| {
            said.property.starts_with("border")
                && !said.property.contains("radius")
                && pixels_in(&said.value) > 0.0
        });
        if (is_box || has_border) && !has_alternative {
            let severity = if is_box { Severity::Warning } else { Severity::Info };
            let edge = if is_box { "background" } else { "border" };
            let message =
                format!("in Outlook for Windows the text of `{name}` touches the edge of its {edge}");
            report.note_as(severity, "C009", Spot::Element(number), message);
        }
    }
}

/// C010.
pub(super) fn widths(scene: &Scene<'_>, report: &mut Report<'_>) {
    for (number, element) in scene.seen() {
        let name = element.name.as_str();
        if matches!(name, "table" | "td" | "th" | "img" | "body" | "html") || is_bounded(scene, number) {
            continue;
        }
        if let Some(width) = basic(scene, number, "max-width").and_then(pixels).filter(|width| *width > 0.0) {
            let message = format!(
                "Outlook for Windows stretches `{name}` with `max-width:{width}px` over the whole window"
            );
            report.note("C010", Spot::Element(number), message);
        } else if matches!(name, "div" | "p")
            && let Some(width) = basic(scene, number, "width").and_then(pixels).filter(|width| *width > 0.0)
        {
            let message = format!("Outlook for Windows passes over `width:{width}px` of `{name}`");
            report.note("C010", Spot::Element(number), message);
        }
    }
}

/// Returns whether something that Outlook obeys keeps an element narrow: a table of its own right before it, or a table or
/// cell of fixed width around it.
fn is_bounded(scene: &Scene<'_>, number: usize) -> bool {
    let elements = &scene.document.elements;
    scene.document.with_ancestors(number).any(|around| {
        let has_ghost = around.checked_sub(1).is_some_and(|before| elements[before].is_conditional);
        let element = &elements[around];
        let is_fixed = matches!(element.name.as_str(), "table" | "td" | "th")
            && (fixed_width(element).is_some() || scene.said(around, "width").and_then(pixels).is_some());
        has_ghost || is_fixed
    })
}

/// Returns the pixels of a `width` attribute.
fn fixed_width(element: &Element) -> Option<f32> {
    element.get("width").map(|width| width.trim_end_matches("px")).and_then(|width| width.trim().parse().ok())
}

/// C011.
pub(super) fn phones(scene: &Scene<'_>, report: &mut Report<'_>) {
    let has_viewport = scene.document.named("meta").any(|(_, meta)| {
        meta.get("name").is_some_and(|name| name.eq_ignore_ascii_case("viewport"))
            && meta.get("content").is_some_and(|content| content.contains("width"))
    });
    if !has_viewport {
        report.note("C011", Spot::Message, "there is no `viewport` in the head");
    }
    for (number, element) in scene.seen() {
        let gives_way =
            |property: &str| scene.style.own(number, property).is_some_and(|value| value.ends_with('%'));
        let by_style = |property: &str| basic(scene, number, property).and_then(pixels);
        let fixed = fixed_width(element).into_iter().chain(by_style("width")).chain(by_style("min-width"));
        let widest = fixed.fold(0.0_f32, f32::max);
        let name = &element.name;
        if widest > WIDTH_MAX && !gives_way("max-width") && !gives_way("width") {
            report.note("C011", Spot::Element(number), format!("`{name}` is {widest} pixels wide"));
        } else if let Some(grown) = by_style("max-width").filter(|grown| *grown > GROWN_MAX) {
            report.note("C011", Spot::Element(number), format!("`{name}` may grow to {grown} pixels"));
        }
    }
}

/// C012.
pub(super) fn resolution(scene: &Scene<'_>, report: &mut Report<'_>) {
    let is_set = scene.document.elements.iter().any(|element| element.name == "o:pixelsperinch");
    if !is_set {
        report.note("C012", Spot::Message, "no `o:PixelsPerInch` is set for Outlook");
    }
}

/// C016.
pub(super) fn line_heights(scene: &Scene<'_>, report: &mut Report<'_>) {
    let covered: Vec<String> = scene
        .sheets()
        .filter(|said| said.property == "mso-line-height-rule" && said.at_rules.is_empty())
        .flat_map(selectors)
        .map(|one| one.to_ascii_lowercase())
        .collect();
    let is_covered =
        |name: &str| covered.iter().any(|one| one == name || matches!(one.as_str(), "*" | "body" | "td"));
    for (number, element) in scene.seen().filter(|(_, element)| !is_covered(&element.name)) {
        let has_unit = scene
            .said(number, "line-height")
            .is_some_and(|value| value.ends_with("px") || value.ends_with("em"));
        if has_unit && scene.said_around(number, "mso-line-height-rule").is_none() {
            let message = format!(
                "Outlook for Windows takes the `line-height` of `{}` as the least distance only",
                element.name
            );
            report.note("C016", Spot::Attribute(number, "style"), message);
        }
    }
}

/// Returns the pixels of a length; a number alone counts as pixels, a share of something not at all.
pub(super) fn pixels(value: &str) -> Option<f32> {
    let value = value.trim().to_ascii_lowercase();
    let (digits, factor) = match value.trim_end_matches(|c: char| c.is_ascii_alphabetic()) {
        digits if value.ends_with("rem") || value.ends_with("em") => (digits, 16.0),
        digits if value.ends_with("pt") => (digits, 4.0 / 3.0),
        digits if value.ends_with("px") || digits.len() == value.len() => (digits, 1.0),
        _ => return None,
    };
    digits.parse::<f32>().ok().map(|number| number * factor)
}

/// Returns the first length in a value, such as that of `1px solid red`.
fn pixels_in(value: &str) -> f32 {
    value.split_whitespace().find_map(pixels).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read() {
        assert_eq!((pixels("12px"), pixels("0"), pixels("-4px")), (Some(12.0), Some(0.0), Some(-4.0)));
        assert_eq!((pixels("100%"), pixels("auto"), pixels("1.5em")), (None, None, Some(24.0)));
        assert_eq!((pixels_in("solid 1px #fff"), pixels_in("none")), (1.0, 0.0));
    }
}
