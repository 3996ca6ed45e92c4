//! Quoted-printable (RFC 2045, 6.7), written so that nothing on the way has a reason to touch it.

/// Characters before the `=` of a soft line break.
const CONTENT_MAX: usize = 75;

/// What follows a text that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Nothing: a space at the end must not stand at the end of the wire line.
    End,
    /// More of the same part.
    More,
}

/// Writes one part piece by piece and remembers how far the line is.
#[derive(Clone, Debug, Default)]
pub struct QuotedPrintable {
    column: usize,
}

impl QuotedPrintable {
    /// Returns a writer at the start of a line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes `text` with CRLF for every LF. Characters are kept whole on one line.
    pub fn write(&mut self, out: &mut Vec<u8>, text: &str, after: After) {
        let octets = text.as_bytes();
        let mut at = 0;
        while at < octets.len() {
            let run = self.plain_run(&octets[at..]);
            if run > 0 {
                out.extend_from_slice(&octets[at..at + run]);
                self.column += run;
                at += run;
                continue;
            }
            match octets[at] {
                b'\n' => {
                    out.extend_from_slice(b"\r\n");
                    self.column = 0;
                    at += 1;
                }
                first if first < 0x80 => {
                    self.write_ascii(out, &octets[at..], after);
                    at += 1;
                }
                first => {
                    let len = char_len(first);
                    self.make_room(out, 3 * len);
                    for octet in &octets[at..at + len] {
                        push_escaped(out, *octet);
                    }
                    self.column += 3 * len;
                    at += len;
                }
            }
        }
    }

    /// Goes to a fresh line without breaking the text: what follows depends on nothing before.
    pub fn fresh_line(&mut self, out: &mut Vec<u8>) {
        if self.column > 0 {
            out.extend_from_slice(b"=\r\n");
            self.column = 0;
        }
    }

    /// Returns how many octets stand for themselves, one after the other, on the line that was begun.
    fn plain_run(&self, rest: &[u8]) -> usize {
        if self.column == 0 {
            return 0;
        }
        let fitting = rest.iter().take(CONTENT_MAX - self.column);
        fitting.take_while(|octet| matches!(octet, 0x21..=0x3c | 0x3e..=0x7e)).count()
    }

    /// Writes the first octet of `rest`.
    fn write_ascii(&mut self, out: &mut Vec<u8>, rest: &[u8], after: After) {
        let octet = rest[0];
        let is_plain = match octet {
            b'=' => false,
            b' ' | b'\t' => match rest.get(1) {
                // RFC 2045, 6.7, rule 3: no white space at the end of a line.
                Some(next) => *next != b'\n',
                None => after == After::More,
            },
            0x21..=0x7e => true,
            _ => false,
        };
        if is_plain {
            self.make_room(out, 1);
            // Dot-stuffing and mbox quoting can only go wrong where there is something to stuff or quote.
            let is_touched = self.column == 0 && (octet == b'.' || rest.starts_with(b"From "));
            if !is_touched {
                out.push(octet);
                self.column += 1;
                return;
            }
        }
        self.make_room(out, 3);
        push_escaped(out, octet);
        self.column += 3;
    }

    fn make_room(&mut self, out: &mut Vec<u8>, width: usize) {
        if self.column + width > CONTENT_MAX {
            self.fresh_line(out);
        }
    }
}

/// Returns how many octets the character has that starts with `first`.
fn char_len(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        _ => 2,
    }
}

fn push_escaped(out: &mut Vec<u8>, octet: u8) {
    out.push(b'=');
    out.extend_from_slice(&hex(octet));
}

/// Returns an octet as two upper-case hexadecimal digits.
pub(crate) fn hex(octet: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    [DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]
}

/// Decodes quoted-printable as RFC 2045 says; for tests of the writers.
#[cfg(test)]
pub(crate) fn decode(encoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < encoded.len() {
        match encoded[at] {
            b'=' if encoded[at + 1..].starts_with(b"\r\n") => at += 3,
            b'=' => {
                let digits = std::str::from_utf8(&encoded[at + 1..at + 3]).unwrap();
                out.push(u8::from_str_radix(digits, 16).unwrap());
                at += 3;
            }
            octet => {
                out.push(octet);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(text: &str) -> String {
        let mut out = Vec::new();
        QuotedPrintable::new().write(&mut out, text, After::End);
        String::from_utf8(out).unwrap()
    }

    /// Asserts what every line of ours promises.
    #[track_caller]
    pub(super) fn check_lines(encoded: &str) {
        assert!(encoded.is_ascii());
        assert!(!encoded.replace("\r\n", "").contains(['\r', '\n', '\0']));
        for line in encoded.split("\r\n") {
            assert!(line.len() <= 76, "{line}");
            assert!(!line.starts_with('.') && !line.starts_with("From "), "{line}");
            assert!(!line.ends_with([' ', '\t']), "{line}");
        }
    }

    #[test]
    fn what_others_might_touch_is_escaped() {
        assert_eq!(
            encode(".\n..\nFrom here\na \nb\t\n=é"),
            "=2E\r\n=2E.\r\n=46rom here\r\na=20\r\nb=09\r\n=3D=C3=A9"
        );
    }

    #[test]
    fn a_dot_after_a_soft_break_is_escaped_too() {
        let encoded = encode(&format!("{}.", "x".repeat(75)));
        assert_eq!(encoded, format!("{}=\r\n=2E", "x".repeat(75)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn every_text_comes_back(text in "(\\PC|[\n .=\t]|From |\u{0}|é|中){0,300}") {
            let encoded = encode(&text);
            check_lines(&encoded);
            prop_assert_eq!(String::from_utf8(decode(encoded.as_bytes())).unwrap(), text.replace('\n', "\r\n"));
        }

        #[test]
        fn pieces_come_back_as_one_text(pieces in proptest::collection::vec("(\\PC|[\n .=]){0,90}", 0..6)) {
            let (mut out, mut writer) = (Vec::new(), QuotedPrintable::new());
            for piece in &pieces {
                writer.write(&mut out, piece, After::More);
                writer.fresh_line(&mut out);
            }
            check_lines(std::str::from_utf8(&out).unwrap());
            prop_assert_eq!(String::from_utf8(decode(&out)).unwrap(), pieces.concat().replace('\n', "\r\n"));
        }
    }
}
