//! Writes header fields: folded, ASCII, and safe whatever stands in the values.
//!
//! A line break in a value can't get through: texts are cleaned of control characters where they
//! come in (`form::value`), and the writers here only ever put out printable octets and their own folds.

pub mod mailbox;
pub mod words;

use crate::{domain::digest::Digest, render::mime};
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::borrow::Cow;

/// Characters of a header line that we fill (RFC 2047, 2 says 76 where there are encoded words).
pub(crate) const LINE_MAX: usize = 76;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes a date as RFC 5322, 3.3 says, always in UTC.
pub fn write_date(out: &mut Vec<u8>, date: DateTime<Utc>) {
    let day = DAYS[date.weekday().num_days_from_monday() as usize];
    out.extend_from_slice(day.as_bytes());
    out.extend_from_slice(b", ");
    push_number(out, date.day(), 1);
    out.push(b' ');
    out.extend_from_slice(MONTHS[date.month0() as usize].as_bytes());
    out.push(b' ');
    push_number(out, date.year().unsigned_abs(), 4);
    out.push(b' ');
    push_number(out, date.hour(), 2);
    out.push(b':');
    push_number(out, date.minute(), 2);
    out.push(b':');
    push_number(out, date.second(), 2);
    out.extend_from_slice(b" +0000");
}

fn push_number(out: &mut Vec<u8>, number: u32, digits_min: usize) {
    let mut digits = [b'0'; 10];
    let mut rest = number;
    let mut from = digits.len();
    while rest > 0 || digits.len() - from < digits_min {
        from -= 1;
        digits[from] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[from..]);
}

/// Writes a field whose value is already fit for the wire.
pub fn write_field(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Writes a field of URLs in angle brackets, one to a line (RFC 2369, 2).
pub fn write_urls(out: &mut Vec<u8>, name: &str, urls: &[String]) {
    let bracketed: Vec<String> = urls.iter().map(|url| format!("<{}>", header_url(url))).collect();
    if !bracketed.is_empty() {
        write_field(out, name, &bracketed.join(",\r\n "));
    }
}

/// Returns a URL with everything percent-encoded that can't stand between angle brackets in a header.
pub fn header_url(url: &str) -> Cow<'_, str> {
    let url = url.trim();
    let is_kept = |octet: u8| octet.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&octet);
    if url.bytes().all(is_kept) {
        return Cow::Borrowed(url);
    }
    let mut out = String::with_capacity(url.len());
    for octet in url.bytes() {
        if is_kept(octet) {
            out.push(char::from(octet));
        } else {
            out.push('%');
            out.extend(mime::quoted::hex(octet).map(char::from));
        }
    }
    Cow::Owned(out)
}

/// Returns a contact as a URL: a bare address becomes `mailto:`.
fn contact_url(contact: &str) -> String {
    let contact = contact.trim();
    if contact.contains(':') { contact.to_owned() } else { format!("mailto:{contact}") }
}

/// Writes `List-Id` (RFC 2919, 3): the name as a phrase, the identifier in brackets.
pub fn write_list_id(out: &mut Vec<u8>, name: &str, list_id: &str) {
    out.extend_from_slice(b"List-Id: ");
    let column = words::write_phrase(out, "List-Id: ".len(), name);
    mailbox::write_bracketed(out, column, list_id, column > "List-Id: ".len());
    out.extend_from_slice(b"\r\n");
}

/// Writes the fields between `List-Unsubscribe-Post` and `Content-Type`: the same for all readers.
pub fn write_list_fields(out: &mut Vec<u8>, digest: &Digest) {
    if let Some(contact) = &digest.contact {
        let url = [contact_url(contact)];
        write_urls(out, "List-Help", &url);
        write_urls(out, "List-Owner", &url);
    }
    if let Some(archive) = &digest.archive_url {
        write_urls(out, "List-Archive", std::slice::from_ref(archive));
    }
    // RFC 2369, 3.4: nobody posts to an announcement list.
    write_field(out, "List-Post", "NO");
    if let Some(archive) = &digest.archive_url {
        write_urls(out, "Archived-At", std::slice::from_ref(archive));
    }
    write_field(out, "Feedback-ID", &feedback_id(digest));
    // Never `All`: that would silence delivery reports too (MS-OXCMAIL 2.1.3.2.20).
    write_field(out, "X-Auto-Response-Suppress", "OOF, AutoReply");
    write_field(out, "Precedence", "bulk");
    write_field(out, "Content-Language", digest.language.as_str());
    write_field(out, "MIME-Version", "1.0");
}

/// Returns `issue:newsletter:masthead:sender`: what complaint statistics are kept by, never a reader.
fn feedback_id(digest: &Digest) -> String {
    let sender: String =
        digest.from.address.domain().chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    let sender = format!("{sender:x<5}");
    let mut fields = vec![sender];
    // No identifier may stand in two positions.
    for name in ["masthead", &digest.issue.newsletter, &digest.issue.issue] {
        let mut field: String = name
            .to_ascii_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' })
            .take(40)
            .collect();
        while fields.contains(&field) {
            field.push_str("-x");
        }
        fields.insert(0, field);
    }
    fields.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn dates_are_in_utc_with_english_names() {
        let mut out = Vec::new();
        write_date(&mut out, Utc.with_ymd_and_hms(2026, 11, 2, 6, 5, 7).unwrap());
        assert_eq!(String::from_utf8(out).unwrap(), "Mon, 2 Nov 2026 06:05:07 +0000");
    }

    #[test]
    fn urls_in_headers_are_ascii_without_brackets_inside() {
        assert_eq!(
            header_url("https://example.org/é a>\r\nBcc: x"),
            "https://example.org/%C3%A9%20a%3E%0D%0ABcc:%20x"
        );
    }

    #[test]
    fn a_bare_contact_becomes_a_mailto_url() {
        assert_eq!(contact_url("news@example.org"), "mailto:news@example.org");
        assert_eq!(contact_url("https://example.org/help"), "https://example.org/help");
    }
}
