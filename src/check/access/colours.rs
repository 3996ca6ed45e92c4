//! A004 and A008: colours that can be told apart.

use crate::{
    check::{
        CheckInput,
        access::prose::{Prose, Words},
        message::Message,
        page::shown,
        report::{Report, Spot},
    },
    clients::{
        colour::{Colour, Palette},
        style::{Computed, Style},
    },
    domain::{
        edition::Edition,
        problem::{Place, Severity},
    },
};
use std::collections::BTreeMap;

/// Contrast that text needs, and large text (WCAG 2.2, 1.4.3).
const CONTRAST_MIN: f64 = 4.5;
const CONTRAST_LARGE: f64 = 3.0;

/// Pixels from which on letters are large: 18 points, or 14 when they are bold.
const LARGE: f32 = 24.0;
const LARGE_BOLD: f32 = 18.66;
const BOLD: u16 = 700;

/// Where clients turn a mail dark by themselves, nobody can foresee every shade: so much is forgiven.
const TOLERANCE: f64 = 0.5;

pub(super) fn judge(
    prose: &Prose<'_>,
    input: &CheckInput<'_>,
    message: &Message<'_>,
    report: &mut Report<'_>,
) {
    let mut faults: BTreeMap<Fault, Vec<&Words<'_>>> = BTreeMap::new();
    for words in &prose.words {
        for fault in contrast(words, message.style()) {
            faults.entry(fault).or_default().push(words);
        }
    }
    for (fault, shown_by) in &faults {
        // An example that is the same for every reader.
        let example = shown_by.iter().find(|words| input.digest.html.contains(words.text));
        let example = example.or(shown_by.first()).map(|words| shown(words.text)).unwrap_or_default();
        let token = token(fault, input.edition);
        for words in shown_by {
            let spot = Spot::Shown(words.parent, token.clone());
            report.note_as(fault.severity(), "A004", spot, fault.says(&example));
        }
    }
    links(prose, message, report);
}

/// Two colours that don't go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fault {
    palette: Palette,
    text: Colour,
    ground: Colour,
    is_large: bool,
}

impl Fault {
    fn severity(&self) -> Severity {
        match self.palette {
            Palette::Light | Palette::Dark => Severity::Error,
            Palette::PartialInversion | Palette::FullInversion => Severity::Warning,
        }
    }

    fn says(&self, example: &str) -> String {
        let mode = match self.palette {
            Palette::Light => "in light mode",
            Palette::Dark => "in dark mode",
            Palette::PartialInversion => "where a mail program darkens light areas",
            Palette::FullInversion => "where a mail program inverts all colours",
        };
        let (contrast, wanted) = (self.text.contrast(self.ground), wanted(self.is_large));
        let (text, ground) = (self.text.to_hex(), self.ground.to_hex());
        format!(
            "text such as `{example}` has a contrast of {contrast:.1}:1 {mode} (`{text}` on `{ground}`), {wanted}:1 is needed"
        )
    }
}

/// Returns where the newsletter's theme sets one of the two colours: nobody looks for it in the template then.
fn token(fault: &Fault, edition: &Edition) -> Option<Place> {
    let of = |colour: Colour| {
        edition.theme.iter().find_map(|(name, value)| {
            let place = edition.places.theme.get(name)?;
            (Colour::parse(value)? == colour).then(|| place.clone())
        })
    };
    of(fault.text).or_else(|| of(fault.ground))
}

/// A004: returns what is wrong with the colours of some words.
fn contrast(words: &Words<'_>, style: &Style) -> Vec<Fault> {
    let computed = style.computed(words.parent);
    // What a picture behind the words looks like isn't known here.
    if computed.is_over_image {
        return Vec::new();
    }
    let is_large = is_large(computed);
    let mut faults: Vec<Fault> = Vec::new();
    for palette in Palette::ALL {
        let (text, ground) = style.colours(words.parent, palette);
        let text = faded(text, computed.opacity, ground);
        let is_simulated = matches!(palette, Palette::PartialInversion | Palette::FullInversion);
        let least = wanted(is_large) - if is_simulated { TOLERANCE } else { 0.0 };
        // A fault of the design is not said again for every way to change it, nor for both modes of a mail that
        // has but one. Our own dark theme is another matter.
        let is_said = faults.iter().any(|known| {
            (known.text, known.ground) == (text, ground) || (is_simulated && known.palette != Palette::Dark)
        });
        if text.contrast(ground) < least && !is_said {
            faults.push(Fault { palette, text, ground, is_large });
        }
    }
    faults
}

fn is_large(computed: &Computed) -> bool {
    computed.font_size >= LARGE || (computed.font_size >= LARGE_BOLD && computed.font_weight >= BOLD)
}

/// Returns the contrast that letters of their size need.
fn wanted(is_large: bool) -> f64 {
    if is_large { CONTRAST_LARGE } else { CONTRAST_MIN }
}

/// Returns the colour of text through which what is behind it can be seen.
fn faded(text: Colour, opacity: f32, ground: Colour) -> Colour {
    if opacity >= 1.0 {
        return text;
    }
    let share = (opacity.clamp(0.0, 1.0) * 255.0).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 255")]
    let alpha = share as u8;
    Colour { alpha, ..text }.over(ground)
}

/// A008.
fn links(prose: &Prose<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let (document, style) = (&message.document, message.style());
    for words in &prose.words {
        // A link that is alone in its block is told by its place.
        let Some(link) = words.link.filter(|link| *link != words.block && prose.block(words).unlinked > 0)
        else {
            continue;
        };
        let (own, around) = (style.computed(words.parent), style.computed(words.block));
        let has_line =
            document.with_ancestors(words.parent).take_while(|number| *number != words.block).any(|number| {
                ["border", "border-bottom", "border-bottom-width", "border-bottom-style"].iter().any(|name| {
                    style.own(number, name).is_some_and(|line| !matches!(line, "none" | "0" | "0px"))
                })
            });
        let is_marked = own.is_underlined
            || has_line
            || own.font_weight >= around.font_weight + 200
            || own.is_italic != around.is_italic
            || own.background != around.background;
        if !is_marked {
            let message =
                format!("the link `{}` differs from the text around it by colour only", shown(words.text));
            report.note("A008", Spot::Element(link), message);
        }
    }
}
