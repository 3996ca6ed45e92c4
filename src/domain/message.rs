//! The octets of a message, each looked through once before they may travel.
//!
//! What a line must know of a message (its length, whether it is ASCII, whether every line end is a CRLF, whether a line
//! begins with a dot) is found by reading it, and reading 58 KB for every reader costs more than sending them. So the octets that
//! all readers share are read once ([`Stock`]), a reader's own when they are filled in ([`Piece::scan`]), and what is
//! known of the parts is joined to what is known of the whole ([`Facts::then`]). There is no other way to a
//! [`Message`]: octets that nobody read can't be handed to a line.

use memchr::memchr_iter;

/// What is known of a run of octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    octets: u64,
    first: u8,
    last: u8,
    is_ascii: bool,
    has_leading_dot: bool,
    bare: Option<u64>,
}

impl Facts {
    /// What is known of nothing.
    pub const NONE: Self =
        Self { octets: 0, first: 0, last: 0, is_ascii: true, has_leading_dot: false, bare: None };

    /// Reads octets.
    pub fn of(octets: &[u8]) -> Self {
        let (Some(first), Some(last)) = (octets.first(), octets.last()) else { return Self::NONE };
        Self {
            octets: octets.len() as u64,
            first: *first,
            last: *last,
            is_ascii: octets.is_ascii(),
            has_leading_dot: memchr_iter(b'\n', octets).any(|at| octets.get(at + 1) == Some(&b'.')),
            bare: bare_line_end(octets),
        }
    }

    /// Returns what is known of these octets with others behind them.
    #[must_use]
    pub fn then(self, behind: Self) -> Self {
        if self.octets == 0 {
            return behind;
        }
        if behind.octets == 0 {
            return self;
        }
        let is_cut_apart = (self.last == b'\r') != (behind.first == b'\n');
        let at_the_seam = is_cut_apart.then_some(self.octets);
        Self {
            octets: self.octets + behind.octets,
            first: self.first,
            last: behind.last,
            is_ascii: self.is_ascii && behind.is_ascii,
            has_leading_dot: self.has_leading_dot
                || behind.has_leading_dot
                || (self.last == b'\n' && behind.first == b'.'),
            bare: self.bare.or(at_the_seam).or(behind.bare.map(|at| self.octets + at)),
        }
    }

    /// Returns how many octets there are.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Returns whether no octet is above 127.
    pub fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// Returns whether a dot stands first in a line, when the octets are a whole message.
    pub fn begins_a_line_with_a_dot(&self) -> bool {
        self.has_leading_dot || (self.octets > 0 && self.first == b'.')
    }

    /// Returns whether the octets end a line.
    pub fn ends_a_line(&self) -> bool {
        self.octets > 0 && self.last == b'\n'
    }

    /// Returns where a CR stands without LF or an LF without CR, when the octets are a whole message: the offset of the
    /// octet that should have been another.
    pub fn bare_line_end(&self) -> Option<u64> {
        if self.octets == 0 {
            return None;
        }
        let at_the_start = (self.first == b'\n').then_some(0);
        let at_the_end = (self.last == b'\r').then_some(self.octets);
        at_the_start.or(self.bare).or(at_the_end)
    }
}

/// Returns the first octet that breaks the pairing of CR and LF; an LF at the very start and a CR at the very end have
/// their neighbours elsewhere.
fn bare_line_end(octets: &[u8]) -> Option<u64> {
    let is_paired = |at: usize| octets[at - 1] == b'\r';
    let feeds = memchr_iter(b'\n', octets).filter(|at| *at > 0);
    let mut paired = 0_usize;
    let all_paired = feeds.inspect(|_| paired += 1).all(is_paired);
    let returns = memchr_iter(b'\r', &octets[..octets.len() - 1]).count();
    if all_paired && paired == returns {
        return None;
    }
    let breaks = |pair: &[u8]| (pair[0] == b'\r') != (pair[1] == b'\n');
    octets.windows(2).position(breaks).map(|at| at as u64 + 1)
}

/// Octets that were read, with what is known of them.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    octets: &'a [u8],
    facts: Facts,
}

impl<'a> Piece<'a> {
    /// Reads octets.
    pub fn scan(octets: &'a [u8]) -> Self {
        Self { octets, facts: Facts::of(octets) }
    }

    /// Returns the octets that were read before, when these facts were found.
    pub(crate) fn known(octets: &'a [u8], facts: Facts) -> Self {
        debug_assert_eq!(Facts::of(octets), facts, "facts belong to their octets");
        Self { octets, facts }
    }

    /// Returns the octets.
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Returns what is known of them.
    pub fn facts(&self) -> Facts {
        self.facts
    }
}

/// Octets that many messages share, cut where each has its own, and read once.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    octets: Vec<u8>,
    /// Where each piece ends, and what is known of it.
    pieces: Vec<(usize, Facts)>,
}

impl Stock {
    /// Reads octets that will be cut at these offsets, which rise and may repeat: there is one piece more than cuts.
    ///
    /// # Panics
    /// When a cut lies outside the octets or before another.
    pub fn new(octets: Vec<u8>, cuts: impl IntoIterator<Item = usize>) -> Self {
        let mut from = 0;
        let ends = cuts.into_iter().chain(std::iter::once(octets.len()));
        let pieces =
            ends.map(|end| (end, Facts::of(&octets[std::mem::replace(&mut from, end)..end]))).collect();
        Self { octets, pieces }
    }

    /// Returns all octets.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Returns the pieces in order; some may be empty.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.pieces.iter().scan(0, |from, (end, facts)| {
            let octets = &self.octets[std::mem::replace(from, *end)..*end];
            Some(Piece { octets, facts: *facts })
        })
    }
}

/// A message as it is handed to a line: pieces in order, none of them empty, all of them read.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pieces: Vec<Piece<'a>>,
    facts: Facts,
}

impl<'a> Message<'a> {
    /// Joins pieces.
    pub fn new(pieces: impl IntoIterator<Item = Piece<'a>>) -> Self {
        let pieces = pieces.into_iter().filter(|piece| !piece.octets.is_empty());
        let mut message = Self { pieces: Vec::with_capacity(pieces.size_hint().0 + 16), facts: Facts::NONE };
        for piece in pieces {
            message.facts = message.facts.then(piece.facts);
            message.pieces.push(piece);
        }
        message
    }

    /// Reads octets and joins them.
    pub fn scan(slices: &[&'a [u8]]) -> Self {
        Self::new(slices.iter().map(|slice| Piece::scan(slice)))
    }

    /// Returns what is known of the whole.
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// Returns the pieces in order.
    pub fn pieces(&self) -> &[Piece<'a>] {
        &self.pieces
    }

    /// Returns the octets in order.
    pub fn slices(&self) -> impl Iterator<Item = &'a [u8]> {
        self.pieces.iter().map(|piece| piece.octets)
    }

    /// Returns a copy of the octets in one run.
    pub fn to_vec(&self) -> Vec<u8> {
        self.slices().collect::<Vec<_>>().concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the facts must say, octet by octet.
    fn read_slowly(octets: &[u8]) -> (u64, bool, bool, bool, Option<u64>) {
        let before = |at: usize| if at == 0 { b'\n' } else { octets[at - 1] };
        let dot = (0..octets.len()).any(|at| octets[at] == b'.' && before(at) == b'\n');
        let mut bare = None;
        for at in 0..octets.len() {
            let follows_return = at > 0 && octets[at - 1] == b'\r';
            if follows_return != (octets[at] == b'\n') {
                bare = bare.or(Some(at as u64));
            }
        }
        if octets.last() == Some(&b'\r') {
            bare = bare.or(Some(octets.len() as u64));
        }
        (octets.len() as u64, octets.is_ascii(), dot, octets.last() == Some(&b'\n'), bare)
    }

    fn said(facts: Facts) -> (u64, bool, bool, bool, Option<u64>) {
        let dot = facts.begins_a_line_with_a_dot();
        (facts.octets(), facts.is_ascii(), dot, facts.ends_a_line(), facts.bare_line_end())
    }

    fn octets() -> impl Strategy<Value = Vec<u8>> {
        let wild = proptest::collection::vec(proptest::sample::select(b"a.\r\n\xc3".to_vec()), 0..24);
        let clean = "([a.é]{0,3}\r\n){0,6}[a.]{0,2}".prop_map(String::into_bytes);
        prop_oneof![wild, clean]
    }

    proptest! {
        #[test]
        fn what_is_known_of_the_pieces_is_what_reading_the_whole_tells(
            whole in octets(),
            cuts in proptest::collection::vec(0_usize..25, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(whole.len())).collect();
            cuts.sort_unstable();
            let stock = Stock::new(whole.clone(), cuts.iter().copied());
            let message = Message::new(stock.pieces());
            prop_assert_eq!(message.to_vec(), whole.clone());
            prop_assert_eq!(said(message.facts()), read_slowly(&whole));
            if !whole.is_empty() {
                prop_assert_eq!(message.facts(), Facts::of(&whole));
            }
            prop_assert_eq!(stock.pieces().count(), cuts.len() + 1);
            for piece in stock.pieces() {
                prop_assert_eq!(piece.facts(), Facts::of(piece.octets()));
            }
        }
    }

    #[test]
    fn nothing_is_no_fault() {
        assert_eq!(said(Message::scan(&[b"", b""]).facts()), (0, true, false, false, None));
        assert_eq!(Facts::NONE.then(Facts::of(b"a\r")).then(Facts::of(b"\n")), Facts::of(b"a\r\n"));
    }
}
