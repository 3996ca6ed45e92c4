//! The last guard before an address gets into a command, and the encoding of parameters.

use std::fmt::Write as _;

/// Returns whether a text may stand between angle brackets in a command.
///
/// `EmailAddress` refuses all of this already; this guard costs nothing and holds whatever becomes of that.
pub(crate) fn is_safe_in_command(address: &str) -> bool {
    !address.is_empty()
        && !address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '<' || c == '>')
}

/// Encodes a value as xtext (RFC 3461, 4): printable ASCII but `+` and `=` stays, the rest becomes `+XX`.
pub(crate) fn xtext(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for octet in value.bytes() {
        if matches!(octet, b'!'..=b'~') && octet != b'+' && octet != b'=' {
            encoded.push(char::from(octet));
        } else {
            // Writing to a String can't fail.
            let _ = write!(encoded, "+{octet:02X}");
        }
    }
    encoded
}

/// Returns the `ORCPT` value of an address: `rfc822;…`, or `utf-8;…` when it is not ASCII (RFC 6533, 3).
pub(crate) fn original_recipient(address: &str) -> String {
    if address.is_ascii() {
        return format!("rfc822;{}", xtext(address));
    }
    // utf-8-addr-unitext: UTF-8 stays as it is, only `+`, `=`, `\` and blanks are written as `\x{…}`.
    let mut encoded = String::from("utf-8;");
    for c in address.chars() {
        match c {
            '+' | '=' | '\\' => {
                let _ = write!(encoded, "\\x{{{:02X}}}", u32::from(c));
            }
            _ => encoded.push(c),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_end_a_command_gets_in() {
        for text in
            ["", "a@b.org\r\nRCPT TO:<x@y.org>", "a@b.org>", "<a@b.org", "a b@c.org", "a\n@b.org", "a\0@b"]
        {
            assert!(!is_safe_in_command(text), "{text:?}");
        }
        assert!(is_safe_in_command("почта@xn--e1afmkfd.xn--p1ai"));
    }

    #[test]
    fn xtext_hides_plus_and_equals() {
        assert_eq!(xtext("a+b=c@d.org"), "a+2Bb+3Dc@d.org");
        assert_eq!(xtext("a b\u{e9}"), "a+20b+C3+A9");
    }

    #[test]
    fn original_recipients_say_their_alphabet() {
        assert_eq!(original_recipient("a+b@example.org"), "rfc822;a+2Bb@example.org");
        assert_eq!(original_recipient("é+x@example.org"), "utf-8;é\\x{2B}x@example.org");
    }
}
