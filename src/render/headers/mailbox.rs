//! Addresses in headers, with the name to show.

use crate::{
    domain::address::EmailAddress,
    render::headers::{LINE_MAX, words},
};

/// Writes a field with exactly one mailbox.
///
/// An address with an international local part stands raw, as RFC 6532 allows where every hop
/// speaks SMTPUTF8; everything else stays ASCII.
pub fn write_mailbox(out: &mut Vec<u8>, field: &str, name: Option<&str>, address: &EmailAddress) {
    out.extend_from_slice(field.as_bytes());
    out.extend_from_slice(b": ");
    write_value(out, field.len() + 2, name, address);
    out.extend_from_slice(b"\r\n");
}

/// Writes the mailbox alone, from a column on.
pub fn write_value(out: &mut Vec<u8>, column: usize, name: Option<&str>, address: &EmailAddress) {
    match name.map(str::trim).filter(|name| !name.is_empty()) {
        None => out.extend_from_slice(address.expose().as_bytes()),
        Some(name) => {
            let column = words::write_phrase(out, column, name);
            write_bracketed(out, column, &address.expose(), true);
        }
    }
}

/// Writes `<inner>` after a phrase, on a line of its own when it doesn't fit.
pub(crate) fn write_bracketed(out: &mut Vec<u8>, column: usize, inner: &str, after_phrase: bool) {
    if after_phrase {
        let is_fitting = column + inner.len() + 3 <= LINE_MAX;
        out.extend_from_slice(if is_fitting { b" " } else { b"\r\n " });
    }
    out.push(b'<');
    out.extend_from_slice(inner.as_bytes());
    out.push(b'>');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_to(name: Option<&str>, address: &str, expected: &str) {
        let mut out = Vec::new();
        write_mailbox(&mut out, "To", name, &EmailAddress::parse(address).unwrap());
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn names_stand_before_the_address_when_there_are_any() {
        check_to(None, "reader@example.org", "To: reader@example.org\r\n");
        check_to(Some(" "), "reader@example.org", "To: reader@example.org\r\n");
        check_to(Some("A Reader"), "reader@example.org", "To: A Reader <reader@example.org>\r\n");
    }

    #[test]
    fn only_an_international_local_part_stands_raw() {
        check_to(
            Some("Почта"),
            "почта@пример.рф",
            "To: =?utf-8?B?0J/QvtGH0YLQsA==?= <почта@xn--e1afmkfd.xn--p1ai>\r\n",
        );
    }

    #[test]
    fn an_address_that_does_not_fit_gets_its_own_line() {
        let name = "A Reader with rather many given names and two surnames";
        check_to(
            Some(name),
            "a.long.address@subdomain.example.org",
            &format!("To: {name}\r\n <a.long.address@subdomain.example.org>\r\n"),
        );
    }
}
