//! The octets of a message on their way into DATA (RFC 5321, 4.5.2) or a chunk (RFC 3030).

use crate::domain::message::{Facts, Message};
use memchr::memchr_iter;

/// A message as it travels: ended by exactly one CRLF, without its final dot.
///
/// Borrowed from the message it was made of, which was looked through already: nothing is read again.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    message: &'a Message<'a>,
    facts: Facts,
}

/// Why a message can't travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// A line feed without carriage return, or the other way round, at this octet.
    #[error("the message has a bare line end at octet {0}; it is masthead's fault, please report it")]
    BareLineEnd(u64),
}

impl<'a> Body<'a> {
    /// Makes a message ready to travel.
    ///
    /// # Errors
    /// When a CR stands without LF or an LF without CR, also across pieces: servers differ in what they
    /// take such a thing for, and some take `LF . LF` for the end of the message.
    pub fn prepare(message: &'a Message<'a>) -> Result<Self, BodyFault> {
        let facts = message.facts();
        match facts.bare_line_end() {
            Some(at) => Err(BodyFault::BareLineEnd(at)),
            None => Ok(Self { message, facts }),
        }
    }

    /// Returns the size as RFC 1870 counts it: with line ends, without stuffed dots and the final dot. A chunk has as
    /// many octets.
    pub fn size_octets(&self) -> u64 {
        let line_end = if self.facts.ends_a_line() { 0 } else { LINE_END.len() as u64 };
        self.facts.octets() + line_end
    }

    /// Returns whether no octet is above 127.
    pub fn is_ascii(&self) -> bool {
        self.facts.is_ascii()
    }

    /// Returns what a chunk holds, in order. CRLF is added when the last line lacks it.
    pub fn slices(&self) -> Vec<&'a [u8]> {
        let mut slices = Vec::with_capacity(self.message.pieces().len() + 2);
        slices.extend(self.message.slices());
        if !self.facts.ends_a_line() {
            slices.push(LINE_END);
        }
        slices
    }

    /// Returns what DATA is followed by, in order: the same, with another dot before each that begins a line. A
    /// message that needs none (ours never does) is not cut.
    pub fn stuffed(&self) -> Vec<&'a [u8]> {
        let slices = self.slices();
        if !self.facts.begins_a_line_with_a_dot() {
            return slices;
        }
        let mut stuffed = Vec::with_capacity(slices.len());
        let mut before = b'\n';
        for slice in slices {
            cut_before_dots(slice, before, &mut stuffed);
            before = slice.last().copied().unwrap_or(before);
        }
        stuffed
    }
}

/// What ends a line.
const LINE_END: &[u8] = b"\r\n";

/// Puts a dot before each one that begins a line; `before` is the octet in front of the slice.
fn cut_before_dots<'a>(slice: &'a [u8], before: u8, stuffed: &mut Vec<&'a [u8]>) {
    if before == b'\n' && slice.first() == Some(&b'.') {
        stuffed.push(b".");
    }
    let mut from = 0;
    for at in memchr_iter(b'\n', slice) {
        if slice.get(at + 1) == Some(&b'.') {
            stuffed.push(&slice[from..=at]);
            stuffed.push(b".");
            from = at + 1;
        }
    }
    stuffed.push(&slice[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(pieces: &[&[u8]]) -> Result<(Vec<u8>, u64), BodyFault> {
        let message = Message::scan(pieces);
        Body::prepare(&message).map(|body| (body.stuffed().concat(), body.size_octets()))
    }

    #[test]
    fn exactly_one_line_end_precedes_the_final_dot() {
        assert_eq!(sent(&[b"a\r\n", b"b"]), Ok((b"a\r\nb\r\n".to_vec(), 6)));
        assert_eq!(sent(&[b"a\r\n", b"b\r\n"]), Ok((b"a\r\nb\r\n".to_vec(), 6)));
        assert_eq!(sent(&[b"a\r", b"\n", b""]), Ok((b"a\r\n".to_vec(), 3)));
        assert_eq!(sent(&[]), Ok((b"\r\n".to_vec(), 2)));
    }

    #[test]
    fn clean_messages_are_not_cut() {
        let pieces: [&[u8]; 2] = [b"a\r\nb.c\r\n", b"d\r\n"];
        assert_eq!(Body::prepare(&Message::scan(&pieces)).unwrap().stuffed().len(), 2);
    }

    #[test]
    fn leading_dots_are_stuffed_wherever_pieces_are_cut() {
        assert_eq!(sent(&[b".a\r\n..\r\n"]), Ok((b"..a\r\n...\r\n".to_vec(), 8)));
        assert_eq!(sent(&[b"a\r\n", b".\r\n"]), Ok((b"a\r\n..\r\n".to_vec(), 6)));
        assert_eq!(sent(&[b"a\r\nb", b".\r\n"]), Ok((b"a\r\nb.\r\n".to_vec(), 7)));
    }

    #[test]
    fn bare_line_ends_never_leave() {
        let cases: [&[&[u8]]; 8] = [
            &[b"a\nb\r\n"],
            &[b"a\rb\r\n"],
            &[b"a\r", b"b\r\n"],
            &[b"a", b"\n"],
            &[b"a\r"],
            &[b"a\r\r\n"],
            &[b"a\r\n\n"],
            &[b"\n.\n"],
        ];
        for pieces in cases {
            assert!(matches!(sent(pieces), Err(BodyFault::BareLineEnd(_))), "{pieces:?}");
        }
    }

    /// What a server does to get the message back.
    fn unstuffed(sent: &[u8]) -> Vec<u8> {
        let text = String::from_utf8(sent.to_vec()).unwrap();
        text.split_inclusive("\r\n")
            .map(|line| line.strip_prefix('.').unwrap_or(line))
            .collect::<String>()
            .into()
    }

    proptest! {
        #[test]
        fn a_server_gets_back_what_we_had(
            message in "([a.]{0,3}\r\n){0,8}",
            cuts in proptest::collection::vec(0_usize..40, 0..6),
        ) {
            let mut rest = message.as_bytes();
            let mut pieces = Vec::new();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            let (sent, size) = sent(&pieces).unwrap();
            prop_assert!(!String::from_utf8_lossy(&sent).split("\r\n").any(|line| line == "."));
            let expected = if message.is_empty() { "\r\n" } else { message.as_str() };
            prop_assert_eq!(unstuffed(&sent), expected.as_bytes());
            prop_assert_eq!(size, expected.len() as u64);
            let message = Message::scan(&pieces);
            let body = Body::prepare(&message).unwrap();
            prop_assert_eq!(body.slices().concat(), expected.as_bytes());
        }

        #[test]
        fn only_clean_line_ends_pass(octets in proptest::collection::vec(
            proptest::sample::select(b"a.\r\n".to_vec()), 0..12,
        ), cut in 0_usize..12) {
            let text = String::from_utf8(octets.clone()).unwrap();
            let rest = text.replace("\r\n", "");
            let is_clean = !rest.contains(['\r', '\n']);
            let (a, b) = octets.split_at(cut.min(octets.len()));
            prop_assert_eq!(Body::prepare(&Message::scan(&[a, b])).is_ok(), is_clean);
        }
    }
}
