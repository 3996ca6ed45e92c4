//! What is there and not to be seen.

use crate::{
    check::{
        report::{Report, Spot},
        style::{layout::pixels, scene::Scene},
    },
    domain::problem::Severity,
};

/// Characters of a preheader that any list of messages shows.
const PREHEADER_MAX: usize = 150;

/// Signs without ink in a row that no writer needs.
const PADDING_MIN: usize = 6;

/// C013 and C014.
pub(super) fn judge(scene: &Scene<'_>, report: &mut Report<'_>) {
    let regions = regions(scene);
    let preheader = preheader(scene, &regions);
    for number in regions {
        let text = all_text(scene, number);
        if is_padded(&text, true) {
            let message = "hidden text is filled up with spaces or signs without ink";
            report.note("C014", Spot::Element(number), message);
        }
        let letters = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let count = letters.chars().filter(|c| !is_inkless(*c)).count();
        if Some(number) == preheader {
            if count > PREHEADER_MAX {
                let message =
                    format!("the hidden preheader has {count} characters, {PREHEADER_MAX} are enough");
                report.note("C014", Spot::Element(number), message);
            }
            continue;
        }
        if letters.chars().any(char::is_alphanumeric) {
            let opening: String = letters.chars().take(40).collect();
            let message = format!("{count} characters are hidden, beginning `{opening}`");
            report.note("C014", Spot::Element(number), message);
        }
        relied_on(scene, number, &letters, report);
    }
    for text in scene.texts() {
        if is_padded(text.text, false) {
            report.note("C014", Spot::Element(text.parent), "visible text holds a row of signs without ink");
        }
    }
}

/// C013.
fn relied_on(scene: &Scene<'_>, number: usize, letters: &str, report: &mut Report<'_>) {
    let elements = &scene.document.elements;
    if scene.style.own(number, "display").is_none_or(|value| !value.eq_ignore_ascii_case("none")) {
        return;
    }
    let inside = || (number..elements.len()).take_while(|at| scene.document.is_within(*at, number));
    let holds = |name: &str| inside().any(|at| elements[at].name == name);
    if letters.is_empty() && !holds("img") {
        return;
    }
    let is_for_outlook_too = inside().any(|at| scene.said(at, "mso-hide").is_some());
    let name = &elements[number].name;
    let (severity, fault) = if scene.said(number, "display").is_none() {
        (Severity::Warning, "is hidden by a style sheet alone: where there are none, it shows")
    } else if !is_for_outlook_too && (holds("table") || holds("img")) {
        (Severity::Warning, "is hidden, but Outlook for Windows shows the tables and images in it")
    } else {
        (
            Severity::Info,
            "is hidden, but the Gmail app shows it to whoever has an account of another provider",
        )
    };
    report.note_as(severity, "C013", Spot::Element(number), format!("`{name}` {fault}"));
}

/// Returns the outermost hidden elements of the body.
fn regions(scene: &Scene<'_>) -> Vec<usize> {
    let elements = &scene.document.elements;
    let mut gone: Vec<bool> = Vec::with_capacity(elements.len());
    let mut regions = Vec::new();
    for (number, element) in elements.iter().enumerate() {
        let is_inside = element.parent.is_some_and(|parent| gone[parent]);
        let is_gone = is_inside || scene.is_hidden(number) || vanishes(scene, number);
        let is_nothing_to_see = element.is_conditional
            || matches!(element.name.as_str(), "head" | "title" | "style" | "script" | "template");
        if is_gone && !is_inside && !is_nothing_to_see {
            regions.push(number);
        }
        gone.push(is_gone);
    }
    regions
}

/// Returns whether an element takes no room or leaves no mark, although it is displayed.
fn vanishes(scene: &Scene<'_>, number: usize) -> bool {
    let is_nothing =
        |property: &str| scene.said(number, property).and_then(pixels).is_some_and(|value| value <= 0.0);
    let is_cut = scene.said(number, "overflow").is_some_and(|value| value.eq_ignore_ascii_case("hidden"));
    is_nothing("opacity")
        || is_cut && (is_nothing("max-height") || is_nothing("height") || is_nothing("max-width"))
}

/// Returns the hidden element that stands before everything that can be seen.
fn preheader(scene: &Scene<'_>, regions: &[usize]) -> Option<usize> {
    let first = scene.texts().first().map_or(usize::MAX, |text| scene.document.elements[text.parent].at);
    let images =
        scene.seen().filter(|(_, element)| element.name == "img").map(|(_, element)| element.at).min();
    let first = first.min(images.unwrap_or(usize::MAX));
    regions.iter().copied().find(|number| {
        scene.document.elements[*number].at < first
            && all_text(scene, *number).chars().any(char::is_alphanumeric)
    })
}

/// Returns all text inside an element, whoever sees it.
fn all_text(scene: &Scene<'_>, number: usize) -> String {
    let runs = scene.document.runs.iter().filter(|run| !run.is_raw && !run.is_conditional);
    runs.filter(|run| run.parent.is_some_and(|parent| scene.document.is_within(parent, number)))
        .map(|run| run.text.as_str())
        .collect()
}

/// Returns whether a character takes room or none, and never leaves ink.
fn is_inkless(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{2007}' | '\u{a0}')
}

/// Returns whether a text has a row of signs without ink, white space between them or not. Joiners inside words are
/// part of Arabic and Indic spelling.
fn is_padded(text: &str, is_hidden: bool) -> bool {
    let mut row = 0;
    for c in text.chars() {
        if is_inkless(c) {
            // Spaces that keep words together stand in rows in visible text, too.
            row += usize::from(is_hidden || !matches!(c, '\u{a0}' | '\u{2007}'));
        } else if !c.is_whitespace() {
            row = 0;
        }
        if row >= PADDING_MIN {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_told_from_spelling() {
        assert!(is_padded("News \u{200c}\u{a0}\u{200c}\u{a0}\u{200c}\u{a0}", true));
        assert!(is_padded(&"\u{34f} ".repeat(20), false));
        assert!(!is_padded("می\u{200c}خواهم نمی\u{200c}شود خانه\u{200c}ها", false));
        assert!(!is_padded("a \u{a0} b \u{a0} c", true));
    }
}
