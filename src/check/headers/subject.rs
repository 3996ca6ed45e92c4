//! H013 to H017: the subject.

use crate::{
    check::{
        CheckInput,
        headers::sender,
        message::Message,
        report::{Report, Spot},
        script,
    },
    domain::{language::Language, problem::Severity},
};

/// RFC 5322, 2.1.1, and what large providers take.
const SUBJECT_MAX: usize = 998;

/// Columns below which a subject says next to nothing.
const WIDTH_MIN: usize = 5;

/// What mail programs of several languages put before the subject of an answer.
const ANSWER_PREFIXES: [&str; 12] =
    ["re", "fw", "fwd", "aw", "wg", "tr", "rv", "res", "enc", "ответ", "回复", "转发"];

/// Issues that a subject is compared with.
const PAST_MAX: usize = 8;

/// Letters from which on capitals throughout are shouting, not a name.
const CAPITALS_MIN: usize = 10;

pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let subject = message.subject.trim();
    length(input, subject, report);
    answer(input, subject, report);
    if let Some(fault) = loud(subject) {
        report.note("H015", spot(input), format!("the subject {fault}"));
    }
    if let Some(fault) = hidden(subject) {
        report.note("H017", spot(input), format!("the subject has {fault}"));
    }
    let name = input.digest.from.name.as_deref().unwrap_or_default();
    if let Some(fault) = hidden(name) {
        report.note("H017", sender::name_spot(input.edition, name), format!("the sender's name has {fault}"));
    }
}

fn spot(input: &CheckInput<'_>) -> Spot {
    Spot::Written(Some(input.edition.subject.place.clone()))
}

/// Returns how many columns inboxes show.
fn width_max(language: &Language) -> usize {
    match language.primary() {
        "ar" | "fa" | "ur" | "he" => 50,
        "ru" | "uk" | "be" | "bg" => 55,
        _ => 60,
    }
}

/// H013.
fn length(input: &CheckInput<'_>, subject: &str, report: &mut Report<'_>) {
    let (width, wise) = (script::width(subject), width_max(&input.digest.language));
    if subject.is_empty() {
        report.note("H013", spot(input), "the subject is empty");
    } else if subject.len() > SUBJECT_MAX {
        let message = format!("the subject has {} octets, {SUBJECT_MAX} are allowed", subject.len());
        report.note("H013", spot(input), message);
    } else if width > wise {
        let message = format!("the subject is {width} columns wide; inboxes show about {wise}");
        report.note_as(Severity::Warning, "H013", spot(input), message);
    } else if width < WIDTH_MIN {
        let message = format!("the subject is only {width} columns wide");
        report.note_as(Severity::Warning, "H013", spot(input), message);
    }
}

/// H014.
fn answer(input: &CheckInput<'_>, subject: &str, report: &mut Report<'_>) {
    if let Some((prefix, _)) = subject.split_once([':', '：']) {
        // Some programs count: `Re[2]:`.
        let word = prefix.split(['[', '(']).next().unwrap_or(prefix).trim().to_lowercase();
        if ANSWER_PREFIXES.contains(&word.as_str()) {
            report.note("H014", spot(input), format!("the subject begins with `{prefix}:`"));
        }
    }
}

/// H015.
fn loud(subject: &str) -> Option<&'static str> {
    let cased = subject.chars().filter(|c| c.is_uppercase() || c.is_lowercase());
    let (small, all) = cased.fold((0, 0), |(small, all), c| (small + usize::from(c.is_lowercase()), all + 1));
    if all >= CAPITALS_MIN && small == 0 && subject.split_whitespace().count() > 1 {
        return Some("is in capitals throughout");
    }
    let is_mark = |c: char| matches!(c, '!' | '?' | '！' | '？' | '؟');
    let mut characters = subject.chars().peekable();
    while let Some(c) = characters.next() {
        if is_mark(c) && characters.peek().is_some_and(|next| is_mark(*next)) {
            return Some("has several marks in a row");
        }
    }
    if subject.chars().filter(|c| matches!(c, '!' | '！')).count() > 1 {
        return Some("has more than one exclamation mark");
    }
    if ["$$$", "€€€", "£££"].iter().any(|row| subject.contains(row)) {
        return Some("has a row of currency signs");
    }
    is_spaced(subject).then_some("has spaced letters")
}

/// Returns whether four letters or more stand alone, one after the other.
fn is_spaced(subject: &str) -> bool {
    let mut run = 0;
    for word in subject.split_whitespace() {
        let mut letters = word.chars();
        let is_single = letters.next().is_some_and(|c| c.is_alphabetic() && !script::is_dense(c));
        run = if is_single && letters.next().is_none() { run + 1 } else { 0 };
        if run == 4 {
            return true;
        }
    }
    false
}

/// H017.
fn hidden(text: &str) -> Option<String> {
    let code = |c: char| format!("U+{:04X}", u32::from(c));
    if let Some(found) = text.chars().find(|c| script::is_turn(*c)) {
        return Some(format!("a character that turns the writing direction round ({})", code(found)));
    }
    if let Some(found) = text.chars().find(|c| script::is_invisible(*c)) {
        return Some(format!("an invisible character ({})", code(found)));
    }
    let mut before = ' ';
    for c in text.chars() {
        // Joiners belong to some scripts and to pictures made of several; between these letters they hide.
        if matches!(c, '\u{200c}' | '\u{200d}')
            && (before.is_ascii() || matches!(before, '\u{c0}'..='\u{52f}'))
        {
            return Some(format!("an invisible character ({})", code(c)));
        }
        before = c;
    }
    let word = text.split(|c: char| !c.is_alphanumeric()).find(|word| script::is_mixed(word))?;
    Some(format!("letters of several alphabets in `{word}`"))
}

/// H016.
pub(super) fn repeated(input: &CheckInput<'_>, report: &mut Report<'_>) {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let subject = plain(&input.edition.subject.source);
    let same = input.past.iter().take(PAST_MAX).find(|past| plain(&past.subject) == subject);
    if let Some(past) = same.filter(|_| !subject.is_empty()) {
        let message = format!("`{}` of {} had the same subject", past.id, past.date);
        report.note("H016", spot(input), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shouting_is_told_from_names() {
        for subject in ["READ THIS AT ONCE", "News!!", "Really?!", "Win! Now!", "Get $$$ now", "F R E E news"]
        {
            assert!(loud(subject).is_some(), "{subject}");
        }
        for subject in
            ["STARSOM", "UNODC and NATO meet", "Who pays? Who decides?", "¿Qué sigue?", "新 闻 简 报 一"]
        {
            assert_eq!(loud(subject), None, "{subject}");
        }
    }

    #[test]
    fn hidden_letters_are_found_and_joined_scripts_left_alone() {
        for subject in ["a\u{202e}b", "fr\u{200b}ee", "a\u{200d}b", "Pаypal news"] {
            assert!(hidden(subject).is_some(), "{subject:?}");
        }
        for subject in ["می\u{200c}خواهم", "👩\u{200d}🌾 news", "Новости STARSOM", "東京タワー"]
        {
            assert_eq!(hidden(subject), None, "{subject:?}");
        }
    }
}
