//! From a row to a subscriber.

use super::{
    Row,
    header::{Columns, Meaning},
    place,
};
use crate::domain::{
    address::{AddressError, EmailAddress, Mailbox},
    language::Language,
    problem::Problem,
    subscriber::{Subscriber, SubscriberStatus},
};
use std::{borrow::Cow, collections::BTreeMap};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Characters that a name may have. It may stand in a subject line, whose length servers bound: one endless
/// name would stop the whole issue.
const NAME_CHARS_MAX: usize = 200;

/// The cells of a row that mean something, before they are judged.
#[derive(Default)]
struct Cells<'a> {
    email: &'a str,
    name: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    language: &'a str,
    topics: &'a str,
    status: &'a str,
    fields: BTreeMap<String, String>,
}

/// Reads one row.
pub(super) fn read(
    record: &csv::StringRecord,
    columns: &Columns,
    path: &str,
    line: u32,
) -> Result<Row, Problem> {
    let here = |problem: Problem| problem.at(place(path, line));
    if record.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
        return Err(here(too_many(record.len(), columns.len())));
    }
    if record.as_slice().contains(char::REPLACEMENT_CHARACTER) {
        return Err(here(
            Problem::error("subscribers/broken-text", "the row holds characters that can't be read")
                .help("the file mixes encodings; save it as `CSV UTF-8`"),
        ));
    }
    let cells = sorted(record, columns);
    let mut notes = Vec::new();
    let (address, name_beside) = mailbox(cells.email).map_err(here)?;
    let status = status(cells.status).map_err(here)?;
    let name = if columns.has_name {
        Cow::Borrowed(cells.name)
    } else {
        Cow::Owned([cells.first_name, cells.last_name].join(" ").trim().to_owned())
    };
    let name = if name.is_empty() { name_beside.map_or(name, Cow::Owned) } else { name };
    let language = language(cells.language, &mut notes);
    let subscriber = Subscriber {
        address,
        name: one_line(&name, &mut notes),
        language,
        topics: topics(cells.topics),
        fields: cells.fields,
        status,
    };
    let notes = notes.into_iter().map(here).collect();
    Ok(Row { line, subscriber, notes })
}

fn sorted<'a>(record: &'a csv::StringRecord, columns: &Columns) -> Cells<'a> {
    let mut cells = Cells::default();
    for (index, cell) in record.iter().enumerate() {
        let cell = cell.trim();
        let Some((meaning, name)) = columns.get(index).filter(|_| !cell.is_empty()) else { continue };
        match meaning {
            Meaning::Email => cells.email = cell,
            Meaning::Name => cells.name = cell,
            Meaning::FirstName => cells.first_name = cell,
            Meaning::LastName => cells.last_name = cell,
            Meaning::Language => cells.language = cell,
            Meaning::Topics => cells.topics = cell,
            Meaning::Status => cells.status = cell,
            Meaning::Custom => {}
        }
        if matches!(meaning, Meaning::Custom | Meaning::FirstName | Meaning::LastName) {
            cells.fields.insert(name.to_owned(), composed(cell));
        }
    }
    cells
}

/// Returns a text in NFC.
fn composed(text: &str) -> String {
    if text.is_ascii() || text.chars().all(stays_as_it_is) || is_nfc_quick(text.chars()) == IsNormalized::Yes
    {
        text.to_owned()
    } else {
        text.nfc().collect()
    }
}

/// Returns whether a character is in NFC whatever stands beside it. Asked of the usual letters of names and places
/// before the tables are: a test holds both against each other.
fn stays_as_it_is(c: char) -> bool {
    matches!(c, '\0'..='\u{2ff}' | '\u{400}'..='\u{482}' | '\u{4e00}'..='\u{9fa5}' | '\u{ac00}'..='\u{d7a3}')
}

fn too_many(cells: usize, columns: usize) -> Problem {
    Problem::error(
        "subscribers/too-many-cells",
        format!("the row has {cells} cells, the header has {columns}"),
    )
    .help("a cell that holds the delimiter must stand in quotation marks")
}

/// Reads an address, or a name with an address in angle brackets.
fn mailbox(cell: &str) -> Result<(EmailAddress, Option<String>), Problem> {
    let read = if cell.ends_with('>') {
        Mailbox::parse(cell).map(|mailbox| (mailbox.address, mailbox.name))
    } else {
        EmailAddress::parse(cell).map(|address| (address, None))
    };
    read.map_err(|error| match error {
        AddressError::Empty => Problem::error("subscribers/missing-email", "the row has no address")
            .help("fill in the `email` cell, or remove the row"),
        AddressError::TooLong => Problem::error("subscribers/bad-email", error.to_string())
            .help("64 octets before the `@` and 254 in all are the most that mail can carry"),
        AddressError::Malformed => {
            Problem::error("subscribers/bad-email", format!("{error}: {}", defect(cell)))
                .help("correct the `email` cell, or remove the row")
        }
    })
}

/// Says what is wrong with an address, without repeating it.
fn defect(cell: &str) -> &'static str {
    let cell = cell.trim();
    let domain = cell.rsplit_once('@').map(|(_, domain)| domain);
    match domain {
        None => "it has no `@`",
        _ if cell.contains([',', ';']) => "one cell holds one address",
        _ if cell.contains(char::is_whitespace) => "it holds a space",
        _ if cell.matches('@').count() > 1 => "it has more than one `@`",
        Some("") => "nothing stands after the `@`",
        _ if cell.starts_with('@') => "nothing stands before the `@`",
        Some(domain) if !domain.contains('.') => "its domain has no ending such as `.org`",
        _ if cell.contains("..") => "it has two dots in a row",
        _ => "it holds a character that addresses can't have",
    }
}

/// Reads whether the reader wants mail. An unknown word stops the row: guessing would mail somebody who left.
fn status(cell: &str) -> Result<SubscriberStatus, Problem> {
    if cell.is_empty() {
        return Ok(SubscriberStatus::Active);
    }
    let word: String = cell.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match word.as_str() {
        "" | "active" | "subscribed" | "yes" | "y" | "true" | "1" | "confirmed" | "enabled" => {
            Ok(SubscriberStatus::Active)
        }
        "unsubscribed" | "inactive" | "no" | "n" | "false" | "0" | "left" | "optout" | "optedout"
        | "removed" | "cleaned" | "bounced" | "complained" | "suppressed" | "blocked" | "blocklisted"
        | "disabled" => Ok(SubscriberStatus::Unsubscribed),
        _ => Err(Problem::error("subscribers/unknown-status", format!("`{cell}` is no status we know"))
            .help("write `active` or `unsubscribed`; an empty cell means active")),
    }
}

/// Languages that lists call by name.
const LANGUAGES: &[(&str, &[&str])] = &[
    ("ar", &["arabic", "arabe", "árabe", "العربية", "عربي", "арабский"]),
    ("zh", &["chinese", "chinois", "chino", "中文", "китайский"]),
    ("en", &["english", "anglais", "inglés", "английский"]),
    ("fr", &["french", "français", "francais", "francés", "французский"]),
    ("ru", &["russian", "russe", "ruso", "русский"]),
    ("es", &["spanish", "espagnol", "español", "испанский"]),
];

fn language(cell: &str, notes: &mut Vec<Problem>) -> Option<Language> {
    if cell.is_empty() {
        return None;
    }
    // What is shaped like the shortest tag is none of the names below.
    if cell.len() == 2
        && let Some(language) = Language::parse(cell)
    {
        return Some(language);
    }
    let lower = composed(&cell.to_lowercase());
    let tag =
        LANGUAGES.iter().find(|(_, names)| names.contains(&lower.as_str())).map_or(cell, |(tag, _)| tag);
    let language = Language::parse(tag);
    if language.is_none() {
        notes.push(
            Problem::warning(
                "subscribers/unknown-language",
                format!("`{cell}` is no language we know; the reader gets the newsletter's first language"),
            )
            .help("write a tag such as `en`, `fr` or `zh-Hans`"),
        );
    }
    language
}

fn topics(cell: &str) -> Vec<String> {
    let mut topics: Vec<String> = Vec::new();
    if cell.is_empty() {
        return topics;
    }
    for topic in cell.split([';', '|', ',']) {
        let topic = composed(&topic.trim().to_lowercase());
        if !topic.is_empty() && !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    topics
}

/// Brings a name to one short line: what breaks a header breaks a mail.
fn one_line(name: &str, notes: &mut Vec<Problem>) -> Option<String> {
    if name.len() <= NAME_CHARS_MAX && name.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        return (!name.is_empty()).then(|| name.to_owned());
    }
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let is_long = name.chars().nth(NAME_CHARS_MAX).is_some();
    if !name.contains(breaks) && !name.contains(turns_text) && !is_long {
        return (!name.is_empty()).then(|| composed(name));
    }
    let straight = name.replace(turns_text, "");
    let words: Vec<&str> =
        straight.split(|c: char| breaks(c) || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    let short: String = words.join(" ").chars().take(NAME_CHARS_MAX).collect();
    let cleaned = composed(short.trim_end());
    let what = if name.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        "a line break"
    } else if name.contains(breaks) {
        "a control character"
    } else if name.contains(turns_text) {
        "a mark that turns the text around it"
    } else {
        "more than a name"
    };
    let warning =
        Problem::warning("subscribers/name-cleaned", format!("the name held {what}; taken as `{cleaned}`"));
    notes.push(warning.help("a name is one line; correct it in the list"));
    (!cleaned.is_empty()).then_some(cleaned)
}

/// Marks that override or embed a direction: unclosed in a name, they turn the sentence round it.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::char::canonical_combining_class;

    #[test]
    fn what_is_said_to_stay_as_it_is_does() {
        for c in ('\0'..=char::MAX).filter(|c| stays_as_it_is(*c)) {
            let is_nfc = is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes;
            assert!(is_nfc && canonical_combining_class(c) == 0, "{c:?}");
        }
    }
}
