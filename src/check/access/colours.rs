//! A004 and A008: colours that can be told apart.

use crate::{
    check::{
        access::prose::{Prose, Words},
        message::Message,
        page::shown,
        report::{Report, Spot},
    },
    clients::{
        colour::{Colour, Palette},
        style::{Computed, Style},
    },
    domain::problem::Severity,
};

/// Contrast that text needs, and large text (WCAG 2.2, 1.4.3).
const CONTRAST_MIN: f64 = 4.5;
const CONTRAST_LARGE: f64 = 3.0;

/// Pixels from which on letters are large: 18 points, or 14 when they are bold.
const LARGE: f32 = 24.0;
const LARGE_BOLD: f32 = 18.66;
const BOLD: u16 = 700;

/// Where clients turn a mail dark by themselves, nobody can foresee every shade: so much is forgiven.
const TOLERANCE: f64 = 0.5;

pub(super) fn judge(prose: &Prose<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    for words in &prose.words {
        contrast(words, message.style(), report);
    }
    links(prose, message, report);
}

/// A004.
fn contrast(words: &Words<'_>, style: &Style, report: &mut Report<'_>) {
    let computed = style.computed(words.parent);
    // What a picture behind the words looks like isn't known here.
    if computed.is_over_image {
        return;
    }
    let wanted = wanted(computed);
    let mut is_fine_light = true;
    for palette in Palette::ALL {
        let (text, ground) = style.colours(words.parent, palette);
        let text = faded(text, computed.opacity, ground);
        let contrast = text.contrast(ground);
        let (mode, severity, wanted) = match palette {
            Palette::Light => ("in light mode", Severity::Error, wanted),
            Palette::Dark => ("in dark mode", Severity::Error, wanted),
            Palette::PartialInversion => {
                ("where a mail program darkens light areas", Severity::Warning, wanted - TOLERANCE)
            }
            Palette::FullInversion => {
                ("where a mail program inverts all colours", Severity::Warning, wanted - TOLERANCE)
            }
        };
        if contrast >= wanted {
            continue;
        }
        // A fault of the design is not said again for every way to change it, nor without a dark theme for both modes.
        let is_repeated = match palette {
            Palette::Light => false,
            Palette::Dark => style.colours(words.parent, Palette::Light) == (text, ground),
            Palette::PartialInversion | Palette::FullInversion => !is_fine_light,
        };
        is_fine_light &= palette != Palette::Light;
        if !is_repeated {
            let (text, ground) = (text.to_hex(), ground.to_hex());
            let message = format!(
                "text `{text}` on `{ground}` has a contrast of {contrast:.1}:1 {mode}, {wanted}:1 is needed"
            );
            report.note_as(severity, "A004", Spot::Element(words.parent), message);
        }
    }
}

/// Returns the contrast that letters of their size need.
fn wanted(computed: &Computed) -> f64 {
    let is_large =
        computed.font_size >= LARGE || (computed.font_size >= LARGE_BOLD && computed.font_weight >= BOLD);
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
