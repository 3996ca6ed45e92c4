//! Right-to-left text must be laid out so wherever a mail client cuts the message out.

use crate::{
    check::{
        CheckInput,
        report::{Report, Spot},
        style::scene::{Scene, Text},
    },
    domain::{language::Direction, problem::Severity},
};
use icu::properties::{CodePointMapData, props::BidiClass};

/// How many texts of a kind are named; more would only repeat it.
const NAMED_MAX: usize = 3;

/// N001.
pub(super) fn judge(input: &CheckInput<'_>, scene: &Scene<'_>, texts: &[Text<'_>], report: &mut Report<'_>) {
    let is_rtl_issue = input.digest.language.direction() == Direction::Rtl;
    let mut faults = Faults::default();
    for text in texts.iter().filter(|text| is_mostly_rtl(text.text)) {
        let (number, opening) = (text.parent, opening(text.text));
        match scene.marked(number, "dir").filter(|(around, _)| !is_outermost(scene, *around)) {
            Some((_, dir)) if dir.eq_ignore_ascii_case("rtl") => {}
            // A word of another language inside a marked sentence goes with it.
            Some((_, dir))
                if !is_rtl_issue && dir.eq_ignore_ascii_case("ltr") && !fills_its_block(scene, text) =>
            {
                continue;
            }
            Some((_, dir)) => {
                faults.note(Severity::Error, number, &opening, format!("is marked `dir=\"{dir}\"`"));
                continue;
            }
            None => {
                let fault = "stands in no element inside the body with `dir=\"rtl\"`";
                faults.note(Severity::Error, number, &opening, fault.to_owned());
                continue;
            }
        }
        let direction = scene.said_around(number, "direction").map(|(_, value)| value);
        if !direction.is_some_and(|value| value.eq_ignore_ascii_case("rtl")) {
            let fault = "has `dir` only, which some webmail drops: add `direction:rtl` to a style around it";
            faults.note(Severity::Warning, number, &opening, fault.to_owned());
        }
        if is_aligned_left(scene, number) {
            faults.note(Severity::Warning, number, &opening, "is aligned to the left".to_owned());
        }
    }
    faults.report(report);
}

/// What is wrong, with the texts it is wrong with.
#[derive(Default)]
struct Faults(Vec<Fault>);

/// One thing that is wrong, with the texts it is wrong with: the element, the first words.
struct Fault {
    severity: Severity,
    what: String,
    texts: Vec<(usize, String)>,
}

impl Faults {
    fn note(&mut self, severity: Severity, number: usize, opening: &str, fault: String) {
        let text = (number, opening.to_owned());
        match self.0.iter_mut().find(|known| known.what == fault) {
            Some(known) => known.texts.push(text),
            None => self.0.push(Fault { severity, what: fault, texts: vec![text] }),
        }
    }

    fn report(self, report: &mut Report<'_>) {
        for Fault { severity, what, texts } in self.0 {
            for (number, opening) in texts.iter().take(NAMED_MAX) {
                let message = format!("the right-to-left text `{opening}` {what}");
                report.note_as(severity, "N001", Spot::Element(*number), message);
            }
        }
    }
}

/// Returns whether an element is one of those that webmail replaces by its own.
fn is_outermost(scene: &Scene<'_>, number: usize) -> bool {
    matches!(scene.document.elements[number].name.as_str(), "html" | "body")
}

fn is_aligned_left(scene: &Scene<'_>, number: usize) -> bool {
    let by_style = scene.said_around(number, "text-align");
    let by_attribute = scene.marked(number, "align").filter(|(around, _)| {
        // On a table, `align` says where the table stands.
        scene.document.elements[*around].name != "table"
    });
    let nearest = match (by_style, by_attribute) {
        (Some(style), Some(attribute)) if attribute.0 > style.0 => Some(attribute),
        (style, attribute) => style.or(attribute),
    };
    nearest.is_some_and(|(_, side)| side.eq_ignore_ascii_case("left"))
}

fn fills_its_block(scene: &Scene<'_>, text: &Text<'_>) -> bool {
    is_mostly_rtl(&scene.document.text_of(scene.block(text.parent)))
}

/// Returns whether most letters of a text run from right to left.
pub(super) fn is_mostly_rtl(text: &str) -> bool {
    let (mut rtl, mut ltr) = (0_usize, 0_usize);
    for class in text.chars().map(bidi_class) {
        match class {
            BidiClass::RightToLeft | BidiClass::ArabicLetter => rtl += 1,
            BidiClass::LeftToRight => ltr += 1,
            _ => {}
        }
    }
    rtl > ltr
}

/// Returns how a character behaves between two directions (UAX #9).
pub(super) fn bidi_class(c: char) -> BidiClass {
    CodePointMapData::<BidiClass>::new().get(c)
}

/// Returns the first words of a text.
pub(super) fn opening(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(4).collect();
    let more = if text.split_whitespace().nth(4).is_some() { " …" } else { "" };
    format!("{}{more}", words.join(" "))
}
