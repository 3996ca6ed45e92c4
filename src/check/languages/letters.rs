//! Letters and the fonts that have them.

use crate::check::{
    languages::direction::opening,
    message::Message,
    report::{Report, Spot},
    style::scene::{Scene, Text},
};
use icu::properties::{CodePointMapData, props::Script};
use unicode_normalization::is_nfc;

/// Fonts that have the letters of a script, in lower case. The first ones are what help says.
const FONTS: &[(Script, &str, &[&str])] = &[
    (
        Script::Arabic,
        "Arabic",
        &[
            "segoe ui",
            "tahoma",
            "geeza pro",
            "arial",
            "times new roman",
            "noto naskh arabic",
            "noto sans arabic",
            "dubai",
            "microsoft sans serif",
            "courier new",
            "arial unicode ms",
            "damascus",
            "baghdad",
            "al nile",
            "sakkal majalla",
            "traditional arabic",
            "simplified arabic",
            "droid arabic naskh",
            "dejavu sans",
            "sf arabic",
            "noto kufi arabic",
        ],
    ),
    (
        Script::Hebrew,
        "Hebrew",
        &[
            "arial",
            "segoe ui",
            "tahoma",
            "times new roman",
            "arial hebrew",
            "noto sans hebrew",
            "lucida grande",
            "david",
            "miriam",
            "microsoft sans serif",
            "courier new",
            "dejavu sans",
        ],
    ),
    (
        Script::Han,
        "Chinese",
        &[
            "pingfang sc",
            "pingfang tc",
            "pingfang hk",
            "microsoft yahei",
            "microsoft jhenghei",
            "hiragino sans gb",
            "simsun",
            "simhei",
            "heiti sc",
            "heiti tc",
            "stheiti",
            "noto sans sc",
            "noto sans tc",
            "noto sans cjk sc",
            "noto sans cjk tc",
            "noto sans cjk jp",
            "source han sans sc",
            "wenquanyi micro hei",
            "arial unicode ms",
            "dengxian",
            "nsimsun",
            "pmingliu",
            "hiragino kaku gothic pron",
            "hiragino sans",
            "yu gothic",
            "meiryo",
            "ms pgothic",
            "ms gothic",
            "malgun gothic",
            "apple sd gothic neo",
        ],
    ),
    (
        Script::Hiragana,
        "Japanese",
        &[
            "hiragino kaku gothic pron",
            "hiragino sans",
            "yu gothic",
            "meiryo",
            "ms pgothic",
            "ms gothic",
            "noto sans jp",
            "noto sans cjk jp",
            "arial unicode ms",
            "osaka",
        ],
    ),
    (
        Script::Hangul,
        "Korean",
        &[
            "malgun gothic",
            "apple sd gothic neo",
            "noto sans kr",
            "noto sans cjk kr",
            "gulim",
            "dotum",
            "batang",
            "arial unicode ms",
            "nanum gothic",
        ],
    ),
    (Script::Cyrillic, "Cyrillic", CYRILLIC_AND_GREEK),
    (Script::Greek, "Greek", CYRILLIC_AND_GREEK),
    (
        Script::Devanagari,
        "Devanagari",
        &[
            "nirmala ui",
            "mangal",
            "kohinoor devanagari",
            "noto sans devanagari",
            "devanagari mt",
            "arial unicode ms",
            "devanagari sangam mn",
        ],
    ),
    (
        Script::Bengali,
        "Bengali",
        &[
            "nirmala ui",
            "vrinda",
            "kohinoor bangla",
            "noto sans bengali",
            "bangla mn",
            "bangla sangam mn",
            "arial unicode ms",
        ],
    ),
    (
        Script::Thai,
        "Thai",
        &[
            "leelawadee ui",
            "leelawadee",
            "tahoma",
            "thonburi",
            "noto sans thai",
            "cordia new",
            "arial unicode ms",
            "sukhumvit set",
            "microsoft sans serif",
        ],
    ),
];

const CYRILLIC_AND_GREEK: &[&str] = &[
    "arial",
    "helvetica",
    "microsoft yahei",
    "pingfang sc",
    "simsun",
    "helvetica neue",
    "segoe ui",
    "roboto",
    "tahoma",
    "verdana",
    "times new roman",
    "times",
    "georgia",
    "trebuchet ms",
    "courier new",
    "calibri",
    "cambria",
    "candara",
    "consolas",
    "lucida grande",
    "lucida sans unicode",
    "noto sans",
    "noto serif",
    "open sans",
    "source sans pro",
    "ubuntu",
    "cantarell",
    "dejavu sans",
    "menlo",
    "palatino linotype",
    "microsoft sans serif",
    "arial unicode ms",
    "inter",
    "pt sans",
    "pt serif",
    "fira sans",
    "liberation sans",
];

/// Letters of a script that are worth a font of their own; a name or two may fall back.
const LETTERS_MIN: usize = 8;

/// N003 and N004.
pub(super) fn judge(scene: &Scene<'_>, texts: &[Text<'_>], report: &mut Report<'_>) {
    for text in texts {
        let Some(script) = main_script(text.text) else { continue };
        if matches!(script, Script::Arabic | Script::Syriac | Script::Mandaic | Script::Mongolian) {
            joined(scene, text, report);
        }
        fonts(scene, text, script, report);
    }
}

/// N003.
fn joined(scene: &Scene<'_>, text: &Text<'_>, report: &mut Report<'_>) {
    let computed = scene.style.computed(text.parent);
    let spot = |property: &str| {
        let set = scene.set_around(text.parent, property).map(|(at, _)| at);
        Spot::Element(set.unwrap_or(text.parent))
    };
    let opening = opening(text.text);
    if computed.letter_spacing.abs() > f32::EPSILON {
        let message = format!("the letters of `{opening}` are spaced by {}px", computed.letter_spacing);
        report.note("N003", spot("letter-spacing"), message);
    }
    if !matches!(computed.text_transform.as_str(), "" | "none") {
        let message = format!("`text-transform:{}` is set on `{opening}`", computed.text_transform);
        report.note("N003", spot("text-transform"), message);
    }
    if computed.is_italic {
        report.note("N003", spot("font-style"), format!("`{opening}` is in italics"));
    }
}

/// N004.
fn fonts(scene: &Scene<'_>, text: &Text<'_>, script: Script, report: &mut Report<'_>) {
    let Some((_, name, known)) = FONTS.iter().find(|(of, _, _)| *of == script) else { return };
    if count(text.text, script) < LETTERS_MIN {
        return;
    }
    let lacks = |stack: &str| !families(stack).any(|family| known.contains(&family.as_str()));
    let around = scene.set_around(text.parent, "font-family").filter(|(_, stack)| lacks(stack));
    if let Some((at, stack)) = around {
        let message = format!("no font of `{stack}` has {name} letters");
        report.note("N004", Spot::Element(at), message);
    }
    if let Some((at, stack)) = scene.outlook_font().filter(|(_, stack)| lacks(stack)) {
        let message = format!("for Outlook the style sheet says `{stack}`: none of these has {name} letters");
        report.note("N004", Spot::Element(at), message);
    }
}

fn count(text: &str, script: Script) -> usize {
    let scripts = CodePointMapData::<Script>::new();
    text.chars().filter(|c| scripts.get(*c) == script).count()
}

/// Returns the names of a font list, in lower case, without quotes.
fn families(stack: &str) -> impl Iterator<Item = String> {
    stack.split(',').map(|family| {
        let family = family.split('!').next().unwrap_or(family);
        family.trim().trim_matches(['\'', '"']).trim().to_lowercase()
    })
}

/// Returns the script that most letters of a text have.
fn main_script(text: &str) -> Option<Script> {
    let scripts = CodePointMapData::<Script>::new();
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        let script = match scripts.get(c) {
            Script::Katakana => Script::Hiragana,
            script => script,
        };
        match counts.iter_mut().find(|(known, _)| *known == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    // Japanese mixes Han with its own letters: where those stand, the text is Japanese.
    if counts.iter().any(|(script, _)| *script == Script::Hiragana) {
        return Some(Script::Hiragana);
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(script, _)| script)
}

/// N006.
pub(super) fn normal_form(
    message: &Message<'_>,
    scene: &Scene<'_>,
    texts: &[Text<'_>],
    report: &mut Report<'_>,
) {
    if let Some(word) = loose(&message.subject) {
        report.note("N006", Spot::Message, said(word, "the subject"));
    }
    for text in texts {
        if let Some(word) = loose(text.text) {
            report.note("N006", Spot::Element(text.parent), said(word, "the text"));
        }
    }
    for (number, element) in scene.document.named("img") {
        if let Some(word) = element.get("alt").and_then(loose) {
            report.note("N006", Spot::Attribute(number, "alt"), said(word, "an image's alternative text"));
        }
    }
}

fn said(word: &str, part: &str) -> String {
    format!("{part} writes an accent of `{word}` as a sign of its own")
}

/// Returns the first word of a text that is not in normal form C.
fn loose(text: &str) -> Option<&str> {
    if text.is_ascii() || is_nfc(text) {
        return None;
    }
    text.split_whitespace().find(|word| !is_nfc(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_script_of_most_of_its_letters() {
        assert_eq!(main_script("مشروع STARSOM الجديد"), Some(Script::Arabic));
        assert_eq!(main_script("東京へ"), Some(Script::Hiragana));
        assert_eq!(main_script("2022"), None);
    }

    #[test]
    fn words_with_loose_accents_are_found() {
        assert_eq!(loose("un cafe\u{301} noir"), Some("cafe\u{301}"));
        assert_eq!(loose("un café noir"), None);
    }
}
