//! The octets of a message on their way into DATA (RFC 5321, 4.5.2).

use memchr::memchr_iter;

/// A message as it travels: dots stuffed, ended by exactly one CRLF, without its final dot.
///
/// Borrowed from the pieces it was made of; a message that needs no stuffing (ours never does) is not copied.
#[derive(Debug)]
pub struct Body<'a> {
    slices: Vec<&'a [u8]>,
    size_octets: u64,
    is_ascii: bool,
}

/// Why a message can't travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// A line feed without carriage return, or the other way round, at this octet.
    #[error("the message has a bare line end at octet {0}; it is masthead's fault, please report it")]
    BareLineEnd(u64),
}

impl<'a> Body<'a> {
    /// Looks through the pieces of a message and makes them ready to travel.
    ///
    /// Lines that begin with a dot get another one, CRLF is added when the last line lacks it.
    ///
    /// # Errors
    /// When a CR stands without LF or an LF without CR, also across pieces: servers differ in what they
    /// take such a thing for, and some take `LF . LF` for the end of the message.
    pub fn prepare(pieces: &[&'a [u8]]) -> Result<Self, BodyFault> {
        let mut body = Self { slices: Vec::with_capacity(pieces.len() + 1), size_octets: 0, is_ascii: true };
        // A message begins like a line does.
        let mut edge = Edge { before: b'\n', offset: 0 };
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            body.is_ascii &= piece.is_ascii();
            body.take_piece(piece, edge)?;
            edge = Edge { before: piece[piece.len() - 1], offset: edge.offset + piece.len() as u64 };
        }
        body.size_octets = edge.offset;
        match edge.before {
            b'\n' if edge.offset > 0 => {}
            b'\r' => return Err(BodyFault::BareLineEnd(edge.offset)),
            _ => {
                body.slices.push(b"\r\n");
                body.size_octets += 2;
            }
        }
        Ok(body)
    }

    /// Returns what is to be written, in order.
    pub fn slices(&self) -> &[&'a [u8]] {
        &self.slices
    }

    /// Returns the size as RFC 1870 counts it: with line ends, without stuffed dots and the final dot.
    pub fn size_octets(&self) -> u64 {
        self.size_octets
    }

    /// Returns whether no octet is above 127.
    pub fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// Checks one piece and cuts it before its leading dots.
    fn take_piece(&mut self, piece: &'a [u8], edge: Edge) -> Result<(), BodyFault> {
        let fault = |at: usize| BodyFault::BareLineEnd(edge.offset + at as u64);
        if edge.before == b'\r' && piece[0] != b'\n' {
            return Err(fault(0));
        }
        let mut from = 0;
        if edge.before == b'\n' && piece[0] == b'.' {
            self.slices.push(b".");
        }
        let mut line_feeds = 0_usize;
        for at in memchr_iter(b'\n', piece) {
            let before = if at == 0 { edge.before } else { piece[at - 1] };
            if before != b'\r' {
                return Err(fault(at));
            }
            line_feeds += usize::from(at > 0);
            if piece.get(at + 1) == Some(&b'.') {
                self.slices.push(&piece[from..=at]);
                self.slices.push(b".");
                from = at + 1;
            }
        }
        self.slices.push(&piece[from..]);
        // Every LF has its CR; when there are as many CR, every CR has its LF. A CR at the very end
        // finds its LF in the next piece.
        let (last, inner) = piece.split_last().unwrap_or((&0, &[]));
        let returns = memchr_iter(b'\r', inner).count();
        if returns != line_feeds {
            let at = memchr_iter(b'\r', inner).find(|at| piece.get(at + 1) != Some(&b'\n'));
            return Err(fault(at.unwrap_or(usize::from(*last == b'\r'))));
        }
        Ok(())
    }
}

/// What stands before a piece.
#[derive(Clone, Copy)]
struct Edge {
    /// The octet before it.
    before: u8,
    /// Octets before it.
    offset: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(pieces: &[&[u8]]) -> Result<(Vec<u8>, u64), BodyFault> {
        Body::prepare(pieces).map(|body| (body.slices().concat(), body.size_octets()))
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
        assert_eq!(Body::prepare(&pieces).unwrap().slices().len(), 2);
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
        }

        #[test]
        fn only_clean_line_ends_pass(octets in proptest::collection::vec(
            proptest::sample::select(b"a.\r\n".to_vec()), 0..12,
        ), cut in 0_usize..12) {
            let text = String::from_utf8(octets.clone()).unwrap();
            let rest = text.replace("\r\n", "");
            let is_clean = !rest.contains(['\r', '\n']);
            let (a, b) = octets.split_at(cut.min(octets.len()));
            prop_assert_eq!(Body::prepare(&[a, b]).is_ok(), is_clean);
        }
    }
}
