//! K: dark modes.

use crate::{
    check::{
        CheckInput,
        message::Message,
        report::{Report, Spot},
        rules::{Rule, info, warning},
        style::scene::{Scene, is_for_dark, selectors},
    },
    clients::colour::Colour,
};
use std::collections::BTreeSet;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    warning(
        "K001",
        "check/colour-scheme",
        "the message does not say that it knows dark mode",
        "Apple Mail and others then darken it their own way, or leave a white page in a dark window.",
        "put `<meta name=\"color-scheme\" content=\"light dark\">`, the same as `supported-color-schemes`, and \
         `:root{color-scheme:light dark}` into the head of the template",
    ),
    warning(
        "K002",
        "check/half-coloured",
        "a background and the text on it are coloured apart",
        "Mail programs with a dark mode change colours element by element; where one of the pair is missing or comes from \
         further out, dark text lands on a dark area.",
        "set `background-color` and `color` on the same element",
    ),
    info(
        "K003",
        "check/pure-black-or-white",
        "a large area is pure white or black",
        "Programs that invert colours turn it into the harshest contrast there is; slightly off, it stays gentle.",
        "take `#fdfdfd` for white and `#1a1a1a` for black",
    ),
    warning(
        "K004",
        "check/dark-twins",
        "dark colours do not reach Outlook on the web and on phones",
        "These programs recolour by themselves and mark what they changed; only rules for their marks put it right.",
        "repeat the rule with `[data-ogsc]` before its selector for text colours, and `[data-ogsb]` for backgrounds",
    ),
];

/// Share of the letters of a message that makes the area they stand on a large one.
const LARGE: f32 = 0.25;

/// Looks for all of them in one reader's message.
pub(super) fn judge(_input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let scene = Scene::read(message);
    colour_scheme(&scene, report);
    pairs(&scene, report);
    pure_areas(&scene, report);
    twins(&scene, report);
}

/// K001.
fn colour_scheme(scene: &Scene<'_>, report: &mut Report<'_>) {
    let has_meta = |name: &str| {
        scene.document.named("meta").any(|(_, meta)| {
            meta.get("name").is_some_and(|known| known.eq_ignore_ascii_case(name))
                && meta.get("content").is_some_and(|content| content.contains("dark"))
        })
    };
    let has_rule = scene.declared().any(|said| {
        said.property == "color-scheme"
            && said.value.contains("dark")
            && selectors(said).any(|one| matches!(one.as_str(), ":root" | "html"))
    });
    for name in ["color-scheme", "supported-color-schemes"] {
        if !has_meta(name) {
            report.note("K001", Spot::Message, format!("no `{name}` in the head names `dark`"));
        }
    }
    if !has_rule {
        report.note("K001", Spot::Message, "no style sheet sets `color-scheme` on `:root`");
    }
}

/// K002. What counts is where words stand: the nearest background around them, and the nearest colour.
fn pairs(scene: &Scene<'_>, report: &mut Report<'_>) {
    let name = |number: usize| scene.document.elements[number].name.as_str();
    for text in scene.texts() {
        let back = scene.set_around(text.parent, "background-color").filter(|(_, value)| !is_nothing(value));
        let ink = scene.set_around(text.parent, "color").filter(|(_, value)| !is_nothing(value));
        match (back, ink) {
            (Some((back, value)), Some((ink, _))) if ink < back => {
                let message = format!(
                    "`{}` sets the background `{value}`, its text takes the colour from outside",
                    name(back)
                );
                report.note("K002", Spot::Element(back), message);
            }
            (Some((back, value)), None) => {
                let message = format!(
                    "`{}` sets the background `{value}` and nothing the colour of its text",
                    name(back)
                );
                report.note("K002", Spot::Element(back), message);
            }
            (None, Some((ink, value))) => {
                let message =
                    format!("`{}` sets the colour `{value}` and nothing the background behind it", name(ink));
                report.note("K002", Spot::Element(ink), message);
            }
            _ => {}
        }
    }
}

fn is_nothing(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "transparent" | "inherit" | "initial" | "unset" | "none" | "currentcolor"
    )
}

/// K003.
fn pure_areas(scene: &Scene<'_>, report: &mut Report<'_>) {
    let count = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let texts = scene.texts();
    let all: usize = texts.iter().map(|text| count(text.text)).sum();
    let mut areas: Vec<(usize, &str, usize)> = Vec::new();
    for text in &texts {
        let Some((at, value)) = scene.set_around(text.parent, "background-color") else { continue };
        match areas.iter_mut().find(|(known, _, _)| *known == at) {
            Some((_, _, letters)) => *letters += count(text.text),
            None => areas.push((at, value, count(text.text))),
        }
    }
    // Several areas of the same colour are one to the eye.
    for pure in [Colour::WHITE, Colour::BLACK] {
        let same = || areas.iter().filter(|(_, value, _)| Colour::parse_attribute(value) == Some(pure));
        let letters: usize = same().map(|(_, _, letters)| letters).sum();
        #[expect(clippy::cast_precision_loss, reason = "a share of letters need not be exact")]
        let share = letters as f32 / all.max(1) as f32;
        if share < LARGE {
            continue;
        }
        for (at, value, _) in same() {
            report.note("K003", Spot::Element(*at), format!("the text stands on `{value}`"));
        }
    }
}

/// K004.
fn twins(scene: &Scene<'_>, report: &mut Report<'_>) {
    let mut marked: BTreeSet<(&str, String)> = BTreeSet::new();
    for said in scene.declared() {
        for selector in selectors(said) {
            for mark in ["[data-ogsc]", "[data-ogsb]"] {
                if selector.contains(mark) {
                    marked.insert((mark, bare(&selector.replace(mark, ""))));
                }
            }
        }
    }
    for said in scene.declared().filter(|said| is_for_dark(said)) {
        let (mark, what) = match said.property.as_str() {
            "color" => ("[data-ogsc]", "text colour"),
            "background" | "background-color" => ("[data-ogsb]", "background"),
            _ => continue,
        };
        for selector in selectors(said).filter(|one| !one.contains("[data-og") && !is_outermost(one)) {
            if !marked.contains(&(mark, bare(&selector))) {
                let message = format!("the dark {what} of `{selector}` has no twin with `{mark}`");
                report.note("K004", Spot::Element(said.element), message);
            }
        }
    }
}

fn bare(selector: &str) -> String {
    selector.trim().trim_start_matches('>').trim().to_owned()
}

/// Returns whether a selector begins at the page, which webmail replaces by its own: no mark can stand outside it.
fn is_outermost(selector: &str) -> bool {
    let first = selector.split(' ').next().unwrap_or_default();
    matches!(first.to_ascii_lowercase().as_str(), "body" | "html" | ":root")
}
