//! A010: passages in another language than the rest.

use crate::{
    check::{
        CheckInput,
        message::Message,
        page::{Page, collapsed, shown},
        report::{Report, Spot},
    },
    domain::language::{Direction, Language},
};
use icu::properties::{CodePointMapData, props::Script};
use std::collections::BTreeMap;

/// Letters of another script that make a passage; of scripts whose signs are words or syllables, fewer do.
const LETTERS_MIN: usize = 20;
const SIGNS_MIN: usize = 8;

pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    scripts(message, report);
    fallbacks(input, message, report);
}

/// Passages whose letters are not those of the language that is marked around them.
fn scripts(message: &Message<'_>, report: &mut Report<'_>) {
    let document = &message.document;
    for (index, parent) in message.page.seen_runs(document) {
        let marked = Page::nearest(document, parent, "lang").and_then(Language::parse);
        let Some(language) = marked else { continue };
        let usual = scripts_of(&language);
        if usual.is_empty() {
            continue;
        }
        let text = &document.runs[index].text;
        if let Some((words, _)) = passage(text, |script| !usual.contains(&script)) {
            let says = format!("`{}` is not in the script of `{language}`, as `lang` says", shown(&words));
            report.note("A010", Spot::Element(parent), says);
        } else if let Some((words, script)) = passage(text, |_| true) {
            let wanted = direction_of(script).as_str();
            let dir = Page::nearest(document, parent, "dir").unwrap_or("auto").to_ascii_lowercase();
            if dir != wanted && dir != "auto" {
                let says = format!("`{}` has a `lang`, but no `dir=\"{wanted}\"`", shown(&words));
                report.note("A010", Spot::Element(parent), says);
            }
        }
    }
}

/// Headlines that fell back on another language.
fn fallbacks(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let foreign: BTreeMap<String, &Language> = (input.edition.items.iter())
        .filter(|item| item.headline.language.primary() != input.digest.language.primary())
        .map(|item| (collapsed(&item.headline.source), &item.headline.language))
        .collect();
    if foreign.is_empty() {
        return;
    }
    for (index, parent) in message.page.seen_runs(&message.document) {
        let text = collapsed(&message.document.runs[index].text);
        let Some(language) = foreign.get(&text) else { continue };
        let marked = Page::nearest(&message.document, parent, "lang").and_then(Language::parse);
        if marked.is_none_or(|marked| marked.primary() != language.primary()) {
            let says = format!("the headline `{}` is in `{language}`, and nothing says so", shown(&text));
            report.note("A010", Spot::Element(parent), says);
        }
    }
}

/// Returns the scripts that a language is written in, none when that is not known here.
fn scripts_of(language: &Language) -> &'static [Script] {
    let written = language.as_str().split('-').skip(1).find(|part| part.len() == 4);
    match (written, language.primary()) {
        (Some("Latn"), _) => &[Script::Latin],
        (Some("Cyrl"), _) => &[Script::Cyrillic],
        (Some("Arab"), _) | (_, "ar" | "ckb" | "fa" | "ps" | "sd" | "ug" | "ur") => &[Script::Arabic],
        (_, "be" | "bg" | "kk" | "ky" | "mk" | "mn" | "ru" | "tg" | "uk") => &[Script::Cyrillic],
        (_, "sr") => &[Script::Cyrillic, Script::Latin],
        (_, "zh") => &[Script::Han, Script::Bopomofo],
        (_, "ja") => &[Script::Han, Script::Hiragana, Script::Katakana],
        (_, "ko") => &[Script::Hangul, Script::Han],
        (_, "el") => &[Script::Greek],
        (_, "he" | "yi") => &[Script::Hebrew],
        (
            _,
            "ca" | "cs" | "da" | "de" | "en" | "es" | "et" | "fi" | "fr" | "ga" | "hr" | "hu" | "id" | "it"
            | "lt" | "lv" | "ms" | "nb" | "nl" | "nn" | "no" | "pl" | "pt" | "ro" | "sk" | "sl" | "so" | "sq"
            | "sv" | "sw" | "tl" | "tr" | "vi",
        ) => &[Script::Latin],
        _ => &[],
    }
}

fn direction_of(script: Script) -> Direction {
    match script {
        Script::Arabic | Script::Hebrew | Script::Syriac | Script::Thaana | Script::Nko => Direction::Rtl,
        _ => Direction::Ltr,
    }
}

/// Letters of one script, with what stands between them.
struct Stretch {
    script: Script,
    from: usize,
    to: usize,
    letters: usize,
}

impl Stretch {
    fn is_passage(&self) -> bool {
        self.letters >= if is_dense(self.script) { SIGNS_MIN } else { LETTERS_MIN }
    }
}

/// Returns the first passage of one script that `counts`. Addresses are in no language; names of one or two words
/// are too short.
fn passage(text: &str, counts: impl Fn(Script) -> bool) -> Option<(String, Script)> {
    let scripts = CodePointMapData::<Script>::new();
    let is_address = |word: &str| word.contains("://") || word.contains('@') || word.starts_with("www.");
    let letters = words(text).filter(|(_, word)| !is_address(word)).flat_map(|(start, word)| {
        let letters = word.char_indices().filter(|(_, c)| c.is_alphabetic());
        letters.map(move |(at, c)| (start + at, c))
    });
    let mut current: Option<Stretch> = None;
    let is_wanted = |stretch: &Stretch| stretch.is_passage() && counts(stretch.script);
    for (at, c) in letters {
        let script = match scripts.get(c) {
            Script::Common | Script::Inherited => continue,
            // Japanese mixes these in every sentence.
            Script::Hiragana | Script::Katakana => Script::Han,
            script => script,
        };
        let to = at + c.len_utf8();
        match &mut current {
            Some(stretch) if stretch.script == script => {
                stretch.letters += 1;
                stretch.to = to;
            }
            Some(stretch) if is_wanted(stretch) => break,
            _ => current = Some(Stretch { script, from: at, to, letters: 1 }),
        }
    }
    current.filter(is_wanted).map(|stretch| (text[stretch.from..stretch.to].to_owned(), stretch.script))
}

/// Returns whether a sign of the script is a word or a syllable.
fn is_dense(script: Script) -> bool {
    matches!(script, Script::Han | Script::Hangul | Script::Thai)
}

/// Returns the words of a text with the octet at which each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(char::is_whitespace).filter_map(move |word| {
        let start = at;
        // White space may be wider than one octet.
        at += word.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
        (!word.is_empty()).then_some((start, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_passage(text: &str, language: &str, expected: Option<&str>) {
        let usual = scripts_of(&Language::parse(language).unwrap());
        let found = passage(text, |script| !usual.contains(&script));
        assert_eq!(found.map(|(words, _)| words).as_deref(), expected);
    }

    #[test]
    fn passages_in_foreign_letters_are_found() {
        check_passage(
            "قال: Ministers agreed on a plan, and اتفقوا",
            "ar",
            Some("Ministers agreed on a plan, and"),
        );
        check_passage(
            "The motto is всем вместе против торговли людьми.",
            "en",
            Some("всем вместе против торговли людьми"),
        );
        check_passage("In Chinese: 打击偷运移民的行动计划", "fr", Some("打击偷运移民的行动计划"));
    }

    #[test]
    fn names_and_addresses_are_no_passages() {
        check_passage("اجتمع فريق STARSOM في فيينا", "ar", None);
        check_passage("انظر https://www.example.org/a/very/long/address", "ar", None);
        check_passage("联合国毒品和犯罪问题办公室 (UNODC)", "zh", None);
        check_passage("Words in English alone, a good many of them", "en", None);
    }
}
