//! Ways of writing CSS that some client stumbles over, often worse than by passing over one line.

use crate::{
    check::{
        message::Message,
        report::{Report, Spot},
        style::scene::{Scene, selectors},
    },
    clients::style::Declared,
    domain::problem::Severity,
};

/// Families that every machine has something for.
const GENERIC: [&str; 9] = [
    "serif",
    "sans-serif",
    "monospace",
    "cursive",
    "fantasy",
    "system-ui",
    "ui-sans-serif",
    "ui-serif",
    "ui-monospace",
];

/// Returns where a declaration stands, for the finger that points.
fn spot(said: &Declared) -> Spot {
    if said.is_inline() { Spot::Attribute(said.element, "style") } else { Spot::Element(said.element) }
}

/// Shows a declaration as people wrote it.
fn shown(said: &Declared) -> String {
    let whole = format!("{}:{}", said.property, said.written);
    let mut short: String = whole.chars().take(60).collect();
    if short.len() < whole.len() {
        short.push('…');
    }
    match &said.selector {
        Some(selector) => {
            format!("`{short}` of `{}`", selector.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        None => format!("`{short}`"),
    }
}

/// C003.
pub(super) fn fonts(message: &Message<'_>, scene: &Scene<'_>, report: &mut Report<'_>) {
    let faces = scene.declared().filter(|said| {
        said.property == "font-family"
            && said.at_rules.last().is_some_and(|rule| rule.starts_with("@font-face"))
    });
    for face in faces {
        let name = unquoted(&face.value);
        let is_bare = |said: &&Declared| {
            let mut families = said.value.split(',').map(unquoted);
            said.property == "font-family"
                && said.at_rules.last().is_none_or(|rule| !rule.starts_with("@font-face"))
                && families.clone().any(|family| family == name)
                && !families.any(|family| GENERIC.contains(&family.as_str()))
        };
        for said in scene.declared().filter(is_bare) {
            let message = format!("{} ends without a font that every machine has", shown(said));
            report.note("C003", spot(said), message);
        }
        let has_alternative = scene.declared().any(|said| {
            said.element == face.element
                && matches!(said.property.as_str(), "mso-generic-font-family" | "mso-font-alt")
        });
        let is_out_of_reach = face.at_rules.len() > 1 || is_kept_from_outlook(message, scene, face.element);
        if !has_alternative && !is_out_of_reach && scene.outlook_font().is_none() {
            let message = format!("Outlook for Windows sets text in `{name}` in Times New Roman");
            report.note("C003", Spot::Element(face.element), message);
        }
    }
}

fn unquoted(family: &str) -> String {
    family.trim().trim_matches(['"', '\'']).trim().to_lowercase()
}

/// Returns whether an element stands between `<!--[if !mso]><!-->` and `<!--<![endif]-->`.
fn is_kept_from_outlook(message: &Message<'_>, scene: &Scene<'_>, number: usize) -> bool {
    let before = &message.html[..scene.document.elements[number].at];
    let opened = before.rfind("<!--[if !mso");
    opened.is_some_and(|at| !before[at..].contains("<![endif]"))
}

/// C004.
pub(super) fn loaded(scene: &Scene<'_>, report: &mut Report<'_>) {
    for (number, link) in scene.document.named("link").filter(|(_, link)| !link.is_conditional) {
        let is_sheet = link
            .get("rel")
            .is_some_and(|rel| rel.to_ascii_lowercase().split_whitespace().any(|one| one == "stylesheet"));
        if is_sheet {
            let from = link.get("href").unwrap_or_default();
            report.note(
                "C004",
                Spot::Element(number),
                format!("a style sheet is to be fetched from `{from}`"),
            );
        }
    }
    for (number, text) in sheets(scene) {
        if text.to_ascii_lowercase().contains("@import") {
            report.note("C004", Spot::Element(number), "a style sheet is to be fetched with `@import`");
        }
    }
}

/// Returns the style elements that not only Outlook sees, as written.
fn sheets<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = (usize, &'a str)> {
    let runs = scene.document.runs.iter().filter(|run| run.is_raw && !run.is_conditional);
    runs.filter_map(|run| {
        let style = run.parent.filter(|parent| scene.document.elements[*parent].name == "style")?;
        Some((style, run.text.as_str()))
    })
}

/// C006.
pub(super) fn modern_colours(scene: &Scene<'_>, report: &mut Report<'_>) {
    for said in scene.declared() {
        if let Some(colour) = functions(&said.value).find(|call| is_modern(call)) {
            let lost =
                if said.is_inline() { "the whole style of this element" } else { "this whole style sheet" };
            report.note("C006", spot(said), format!("for `{colour}` Gmail throws {lost} away"));
        }
    }
}

/// Returns the colours that are written as functions, such as `rgb(0, 0, 0)`.
fn functions(value: &str) -> impl Iterator<Item = &str> {
    ["rgb", "hsl"].into_iter().flat_map(move |name| {
        let lower = value.to_ascii_lowercase();
        let starts: Vec<usize> = lower.match_indices(name).map(|(at, _)| at).collect();
        starts.into_iter().filter_map(move |at| {
            let call = &value[at..];
            let open = call.find('(').filter(|open| *open <= name.len() + 1)?;
            let end = call[open..].find(')')?;
            Some(&call[..=open + end])
        })
    })
}

fn is_modern(call: &str) -> bool {
    !call.contains(',') && !call.contains("var(")
}

/// C007.
pub(super) fn important(scene: &Scene<'_>, report: &mut Report<'_>) {
    for said in scene.sheets().chain(inline(scene)).filter(|said| said.is_important) {
        // What stands in media queries is nothing to the clients that mind.
        let is_basic = said.at_rules.is_empty();
        let mark = said.written.rfind('!').map_or("", |at| &said.written[at..]);
        let fault = if said.is_inline() && !scene.is_hidden(said.element) {
            "stands in a style attribute: Outlook for Windows passes over the line"
        } else if mark.chars().any(|c| c.is_ascii_uppercase()) {
            "writes `!important` in capitals: Gmail passes over it"
        } else if is_basic
            && !said.is_inline()
            && !said.written[..said.written.len() - mark.len()].ends_with(' ')
        {
            "has no space before `!important`: Outlook for Windows passes over the line"
        } else {
            continue;
        };
        report.note("C007", spot(said), format!("{} {fault}", shown(said)));
    }
}

/// Returns the declarations of style attributes that not only Outlook sees.
fn inline<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Declared> {
    scene.declared().filter(|said| said.is_inline())
}

/// C008.
pub(super) fn colours(scene: &Scene<'_>, report: &mut Report<'_>) {
    let is_colour = |property: &str| {
        matches!(property, "color" | "background" | "background-color" | "border-color")
            || property.starts_with("border") && !property.contains("radius")
    };
    // Outlook knows no media queries, so nothing in them troubles it.
    let basic = scene.declared().filter(|said| said.at_rules.is_empty() && is_colour(&said.property));
    for said in basic.filter(|said| !said.is_inline() || !scene.is_hidden(said.element)) {
        if selectors(said).any(|one| one.contains("[data-") || one.contains(":root")) {
            continue;
        }
        if let Some(colour) =
            said.value.split_whitespace().chain(functions(&said.value)).find(|word| is_unreliable(word))
        {
            let message = format!("Outlook for Windows does not read `{colour}` in {}", shown(said));
            report.note("C008", spot(said), message);
        }
    }
    for (number, element) in scene.seen() {
        for name in ["bgcolor", "color", "text", "link"] {
            if let Some(colour) = element.get(name).filter(|value| is_unreliable(value)) {
                let message = format!("Outlook for Windows does not read `{name}=\"{colour}\"`");
                report.note("C008", Spot::Attribute(number, name), message);
            }
        }
    }
}

fn is_unreliable(word: &str) -> bool {
    let word = word.trim_end_matches([',', ';']);
    if let Some(digits) = word.strip_prefix('#') {
        return matches!(digits.len(), 3 | 4 | 8) && digits.chars().all(|c| c.is_ascii_hexdigit());
    }
    let lower = word.to_ascii_lowercase();
    // One without commas is the matter of C006.
    lower.contains(',')
        && lower.ends_with(')')
        && ["rgba(", "hsl(", "hsla("].iter().any(|call| lower.starts_with(call))
}

/// C015.
pub(super) fn comments(scene: &Scene<'_>, report: &mut Report<'_>) {
    for (number, text) in sheets(scene) {
        let is_before_rule = |(at, _): (usize, &str)| {
            let after = text[at + 2..].trim_start();
            !after.is_empty() && !after.starts_with(['}', '/'])
        };
        if text.match_indices("*/").any(is_before_rule) {
            report.note("C015", Spot::Element(number), "a comment stands before a rule of a style sheet");
        }
    }
    for (number, element) in
        scene.seen().filter(|(_, element)| element.get("style").is_some_and(|style| style.contains("/*")))
    {
        let message = format!("a comment stands in the style of `{}`", element.name);
        report.note_as(Severity::Warning, "C015", Spot::Attribute(number, "style"), message);
    }
    if let Some((number, _)) = scene.document.named("head").filter(|(_, head)| !head.is_conditional).nth(1) {
        report.note("C015", Spot::Element(number), "there are two `head` elements");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_told_by_how_they_are_written() {
        let modern = |value: &str| functions(value).any(is_modern);
        assert!(modern("1px solid rgb(0 128 0 / .5)") && modern("RGBA(1 2 3)") && modern("hsl(1deg 2% 3%)"));
        assert!(!modern("rgb(0, 128, 0)") && !modern("url(rgb.png)") && !modern("rgba(var(--c))"));
        for written in ["#fff", "#ffff", "#ffffff80", "rgba(0,0,0,.5)", "hsl(1,2%,3%)"] {
            assert!(is_unreliable(written), "{written}");
        }
        for written in ["#ffffff", "red", "#name", "rgb(0,0,0)", "url(#abc)"] {
            assert!(!is_unreliable(written), "{written}");
        }
    }
}
