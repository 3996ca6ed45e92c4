//! The header section of a message: as it is sent, and as a client reads it.

use mail_parser::{Address, Header, HeaderName, HeaderValue, MessageParser};
use serde::Serialize;

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct HeaderLine {
    pub(super) name: String,
    /// Its value as sent, folds included (LF line ends).
    pub(super) raw: String,
    pub(super) decoded: String,
}

/// Reads a header section.
pub(super) fn header_lines(section: &[u8]) -> Vec<HeaderLine> {
    let Some(message) = MessageParser::default().parse(section) else { return Vec::new() };
    let raw = |from: u32, to: u32| {
        let range = usize::try_from(from).unwrap_or_default()..usize::try_from(to).unwrap_or_default();
        let raw = String::from_utf8_lossy(section.get(range).unwrap_or_default());
        raw.replace("\r\n", "\n").trim_matches(['\n', ' ']).to_owned()
    };
    let headers = message.parts.first().map(|part| part.headers.as_slice()).unwrap_or_default();
    let lines = headers.iter().map(|header| {
        let raw = raw(header.offset_start(), header.offset_end());
        HeaderLine { name: header.name().to_owned(), decoded: decoded(header, &raw), raw }
    });
    lines.collect()
}

fn decoded(header: &Header<'_>, raw: &str) -> String {
    match (&header.name, &header.value) {
        // The lists of addresses are phrases too; in other fields angle brackets mean something.
        (
            HeaderName::From | HeaderName::To | HeaderName::ReplyTo | HeaderName::ListId,
            HeaderValue::Address(address),
        ) => mailboxes(address),
        (HeaderName::Subject, HeaderValue::Text(text)) => text.to_string(),
        _ => raw.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

fn mailboxes(address: &Address<'_>) -> String {
    let mailboxes = address.iter().map(|mailbox| match (mailbox.name(), mailbox.address()) {
        (Some(name), Some(address)) if !address.is_empty() => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    });
    mailboxes.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_and_folds_are_read() {
        let section = b"To: =?utf-8?Q?=C3=89lodie?=\r\n <elodie@example.org>\r\nSubject: =?utf-8?Q?caf=C3=A9?= noir\r\n\
            X-Own: a\r\n b\r\n";
        let lines = header_lines(section);
        let seen: Vec<_> =
            lines.iter().map(|line| (line.name.as_str(), line.decoded.as_str(), line.raw.as_str())).collect();
        assert_eq!(
            seen[0],
            ("To", "Élodie <elodie@example.org>", "=?utf-8?Q?=C3=89lodie?=\n <elodie@example.org>")
        );
        assert_eq!(seen[1].1, "café noir");
        assert_eq!(seen[2], ("X-Own", "a b", "a\n b"));
    }
}
