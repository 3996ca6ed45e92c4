//! H012: encoded words (RFC 2047), taken apart again.

use crate::check::{
    report::{Report, Spot},
    wire::{Field, Wire},
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// RFC 2047, 2.
const WORD_MAX: usize = 75;
const LINE_MAX: usize = 76;

/// Fields of free text.
const TEXTS: [&str; 3] = ["Subject", "Comments", "Content-Description"];
/// Fields in which a name may be encoded, but no address.
const PHRASES: [&str; 7] = ["From", "To", "Cc", "Reply-To", "Sender", "List-Id", "Keywords"];

pub(super) fn judge(wire: &Wire<'_>, report: &mut Report<'_>) {
    for field in wire.fields.iter().filter(|field| field.value.contains("=?")) {
        for fault in faults(field) {
            report.note("H012", Spot::Message, format!("an encoded word in `{}` {fault}", field.name));
        }
    }
}

/// An encoded word in a value.
struct Word<'a> {
    charset: &'a str,
    form: &'a str,
    text: &'a str,
    at: usize,
    end: usize,
}

/// Reads the encoded word at the beginning of `value[at..]`.
fn word(value: &str, at: usize) -> Option<Word<'_>> {
    let rest = value.get(at + 2..)?;
    let (charset, after) = rest.split_once('?')?;
    let (form, after) = after.split_once('?')?;
    let len = after.find("?=")?;
    let text = &after[..len];
    let is_token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|octet| octet.is_ascii_graphic() && !b"?=<>@,;:\"".contains(&octet))
    };
    let is_word = is_token(charset) && is_token(form) && !text.contains([' ', '\t', '?']);
    let end = at + 2 + charset.len() + 1 + form.len() + 1 + len + 2;
    is_word.then_some(Word { charset, form, text, at, end })
}

fn faults(field: &Field<'_>) -> Vec<&'static str> {
    let value = field.value.as_str();
    let (mut faults, mut from) = (Vec::new(), 0);
    while let Some(at) = value[from..].find("=?").map(|at| from + at) {
        let Some(word) = word(value, at) else {
            // What merely looks a little like one is text.
            let begins = value[at..].get(..8).map(str::to_ascii_lowercase);
            if begins.is_some_and(|begins| begins == "=?utf-8?") {
                faults.push("is broken off or has a space in it");
            }
            from = at + 2;
            continue;
        };
        from = word.end;
        if word.end - word.at > WORD_MAX {
            faults.push("has more than 75 characters");
        }
        if let Some(fault) = decoded(&word) {
            faults.push(fault);
        }
        if let Some(fault) = place(field, &word) {
            faults.push(fault);
        }
    }
    let is_long = |line: &[u8]| line.len() > LINE_MAX && memchr::memmem::find(line, b"=?").is_some();
    if field.raw.split(|octet| *octet == b'\n').any(|line| is_long(line.trim_ascii_end())) {
        faults.push("stands in a line of more than 76 characters");
    }
    faults
}

/// Returns what is wrong with what a word holds.
fn decoded(word: &Word<'_>) -> Option<&'static str> {
    let octets = match word.form {
        "b" | "B" => STANDARD.decode(word.text).ok(),
        "q" | "Q" => unquoted(word.text),
        _ => None,
    };
    let Some(octets) = octets else { return Some("can't be decoded") };
    let charset = word.charset.split('*').next().unwrap_or(word.charset);
    let is_broken = charset.eq_ignore_ascii_case("utf-8") && std::str::from_utf8(&octets).is_err();
    // RFC 2047, 5: each word is decoded on its own, so no character may be cut in two.
    is_broken.then_some("splits a character or holds none")
}

fn unquoted(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'_' => b' ',
            b'=' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    Some(octets)
}

/// Returns what is wrong with where a word stands.
fn place(field: &Field<'_>, word: &Word<'_>) -> Option<&'static str> {
    let is_one_of = |names: &[&str]| names.iter().any(|name| field.is(name));
    let is_text = is_one_of(&TEXTS) || field.name.to_ascii_lowercase().starts_with("x-");
    if !is_text && !is_one_of(&PHRASES) {
        return Some("stands where none may stand");
    }
    let before = &field.value[..word.at];
    if !is_text {
        let quotes = before.replace("\\\"", "").matches('"').count();
        if quotes % 2 == 1 {
            return Some("stands in quotes, where nobody decodes it");
        }
        if before.rfind('<').is_some_and(|at| !before[at..].contains('>')) {
            return Some("stands in an address");
        }
    }
    let after = &field.value[word.end..];
    let is_apart = (before.is_empty() || before.ends_with([' ', '\t', '(', ',']))
        && (after.is_empty() || after.starts_with([' ', '\t', ')', ',']));
    (!is_apart).then_some("touches other text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_faults(raw: &str, expected: &[&str]) {
        let octets = format!("{}\r\n\r\n", raw.replace('\n', "\r\n"));
        let wire = Wire::read(octets.as_bytes());
        assert_eq!(faults(&wire.fields[0]), expected, "{raw}");
    }

    #[test]
    fn well_formed_words_pass() {
        check_faults("Subject: =?utf-8?Q?Caf=C3=A9?= and =?utf-8?B?0J/QvtGH?=\n =?utf-8?Q?x_y?=", &[]);
        check_faults("From: =?utf-8?Q?Caf=C3=A9?= <a@example.org>", &[]);
        check_faults("Subject: is 1=?2", &[]);
    }

    #[test]
    fn each_fault_is_named() {
        check_faults(
            "Subject: =?utf-8?Q?Caf=C3?= =?utf-8?Q?=A9?=",
            &["splits a character or holds none", "splits a character or holds none"],
        );
        check_faults("Subject: =?utf-8?B?!?=", &["can't be decoded"]);
        check_faults("Subject: =?utf-8?Q?a b?=", &["is broken off or has a space in it"]);
        check_faults("Subject: x=?utf-8?Q?a?=", &["touches other text"]);
        check_faults(
            "From: \"=?utf-8?Q?a?=\" <a@example.org>",
            &["stands in quotes, where nobody decodes it"],
        );
        check_faults("Message-ID: =?utf-8?Q?a?=", &["stands where none may stand"]);
        let long = format!("Subject: =?utf-8?Q?{}?=", "a".repeat(70));
        check_faults(&long, &["has more than 75 characters", "stands in a line of more than 76 characters"]);
    }
}
