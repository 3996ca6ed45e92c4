//! L011 and L013: what mail programs take out, and what they make links of.

use crate::check::{
    message::Message,
    page::shown,
    report::{Report, Spot},
};

/// Elements that do something, or want to.
const ACTIVE: [&str; 13] = [
    "applet", "button", "embed", "form", "frame", "frameset", "iframe", "input", "object", "option",
    "script", "select", "textarea",
];

/// What a script may hold that is no program: facts about the message that Gmail reads.
const FACTS: &str = "application/ld+json";

/// Digits that a telephone number has at least.
const DIGITS_MIN: usize = 7;

pub(super) fn judge(message: &Message<'_>, report: &mut Report<'_>) {
    active(message, report);
    for (index, parent) in message.page.seen_runs(&message.document) {
        let is_link = |number: usize| message.document.elements[number].name == "a";
        if !message.document.with_ancestors(parent).any(is_link) {
            unlinked(&message.document.runs[index].text, parent, message, report);
        }
    }
}

/// L011.
fn active(message: &Message<'_>, report: &mut Report<'_>) {
    for (number, element) in message.document.elements.iter().enumerate() {
        let is_fact = element.name == "script" && element.get("type") == Some(FACTS);
        if ACTIVE.contains(&element.name.as_str()) && !is_fact {
            let message = format!("`<{}>` does not work in a mail", element.name);
            report.note("L011", Spot::Element(number), message);
        }
        let handler = element.attributes.iter().map(|(name, _)| name.as_str()).find(|name| is_handler(name));
        if let Some(handler) = handler {
            let message = format!("the event handler `{handler}` does not work in a mail");
            report.note("L011", Spot::Element(number), message);
        }
    }
}

fn is_handler(name: &str) -> bool {
    name.strip_prefix("on")
        .is_some_and(|event| event.len() >= 3 && event.bytes().all(|octet| octet.is_ascii_lowercase()))
}

/// L013.
fn unlinked(text: &str, parent: usize, message: &Message<'_>, report: &mut Report<'_>) {
    let mut note = |says: String| report.note("L013", Spot::Element(parent), says);
    let own = message.reader.address.expose();
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '.' | '!' | '?' | '"' | '\''));
        let word = word.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | '<' | '>' | '«' | '»'));
        if is_mail(word) && !word.eq_ignore_ascii_case(&own) {
            note(format!("the address `{}` is no link", shown(word)));
        }
        if ["https://", "http://", "www."].iter().any(|start| word.to_ascii_lowercase().starts_with(start)) {
            note(format!("the web address `{}` is no link", shown(word)));
        }
    }
    let forbids = |what: &str| forbids(message, what);
    if let Some(number) = telephone(text).filter(|_| !forbids("telephone")) {
        note(format!("the telephone number `{number}` is no link"));
    }
    if let Some(date) = date(text).filter(|_| !forbids("date")) {
        note(format!("Apple Mail will make a link of the date `{date}`"));
    }
}

/// Returns whether the page asks Apple Mail to leave such things alone.
fn forbids(message: &Message<'_>, what: &str) -> bool {
    let metas = message.document.named("meta").map(|(_, meta)| meta);
    let wish = metas.filter(|meta| meta.get("name") == Some("format-detection"));
    let wish = wish.filter_map(|meta| meta.get("content")).flat_map(|content| content.split(','));
    wish.map(str::trim).any(|part| part.split_once('=') == Some((what, "no")))
}

fn is_mail(word: &str) -> bool {
    let Some((user, host)) = word.split_once('@') else { return false };
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    !user.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && (user.chars().chain(host.chars())).all(is_part)
}

/// Returns the first international telephone number.
fn telephone(text: &str) -> Option<&str> {
    text.match_indices('+').find_map(|(at, _)| {
        let rest = &text[at..];
        let is_part =
            |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '\u{a0}' | '(' | ')' | '-' | '.' | '/');
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let number = rest[..end].trim_end_matches(|c: char| !c.is_ascii_digit());
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        (digits >= DIGITS_MIN && rest[1..].starts_with(|c: char| c.is_ascii_digit())).then_some(number)
    })
}

/// Returns the first date with day, month and year: `7 April 2022`, `7.4.2022`, `2022-04-07`.
fn date(text: &str) -> Option<String> {
    let trim = |word: &'_ str| -> String { word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned() };
    let words: Vec<String> = text.split_whitespace().map(trim).collect();
    let is_number = |word: &str, least: usize, most: usize| {
        (least..=most).contains(&word.len()) && word.bytes().all(|octet| octet.is_ascii_digit())
    };
    let is_numeric = |word: &String| {
        ['.', '/', '-'].iter().any(|mark| match word.split(*mark).collect::<Vec<_>>().as_slice() {
            [first, month, last] => {
                is_number(month, 1, 2)
                    && (is_number(first, 1, 2) && is_number(last, 4, 4)
                        || is_number(first, 4, 4) && is_number(last, 1, 2))
            }
            _ => false,
        })
    };
    let in_words = words.windows(3).find(|three| {
        is_number(&three[0], 1, 2)
            && three[1].chars().count() >= 3
            && three[1].chars().all(char::is_alphabetic)
            && is_number(&three[2], 4, 4)
    });
    in_words.map(|three| three.join(" ")).or_else(|| words.iter().find(|word| is_numeric(word)).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_and_dates_are_found_among_other_numbers() {
        assert_eq!(telephone("Call +43 (1) 234-5678 now"), Some("+43 (1) 234-5678"));
        assert_eq!(telephone("3 + 4 = 7, +12 %"), None);
        assert_eq!(date("Vienna, 7 April 2022: ministers").as_deref(), Some("7 April 2022"));
        assert_eq!(date("до 7.04.2022.").as_deref(), Some("7.04.2022"));
        assert_eq!(date("from 2021 to 2023, version 1.2.3, 12 of 2000"), None);
    }

    #[test]
    fn handlers_are_told_from_other_attributes() {
        assert!(is_handler("onclick") && !is_handler("on") && !is_handler("one-more"));
    }
}
