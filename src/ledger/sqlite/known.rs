//! Which mailboxes are staged already: at most 16 octets for each, whatever their addresses are.
//!
//! An entry keeps a part of the mailbox's mark and the number of its row. Part of a mark is not proof, so whoever asks
//! compares the whole mark of that row; that is seldom needed but for real duplicates.

use crate::ledger::{error::StoreErrorKind, identity::Mark};

/// Bits of a row's number in an entry.
const ROW_BITS: u32 = 30;

/// Bits of a mark in an entry.
const TAG_BITS: u32 = u64::BITS - ROW_BITS;

/// Entries that a part has room for in the beginning.
const SLOTS_MIN: usize = 16;

/// One open-addressing table, which grows alone: the others wait for nothing, and little is held twice meanwhile.
#[derive(Clone, Default)]
struct Part {
    /// 0 is empty; else the tag, then the row's number plus 1.
    slots: Vec<u64>,
    used: usize,
}

impl Part {
    /// Returns where the search for a tag begins.
    fn home(&self, tag: u64) -> usize {
        let at = (u128::from(tag) * self.slots.len() as u128) >> TAG_BITS;
        usize::try_from(at).unwrap_or_default()
    }

    fn insert(&mut self, entry: u64) {
        let mut at = self.home(entry >> ROW_BITS);
        while self.slots[at] != 0 {
            at = (at + 1) % self.slots.len();
        }
        self.slots[at] = entry;
        self.used += 1;
    }

    fn make_room(&mut self) {
        if (self.used + 1) * 5 <= self.slots.len() * 4 {
            return;
        }
        let wider = vec![0; (self.slots.len() * 3 / 2).max(SLOTS_MIN)];
        let entries = std::mem::replace(&mut self.slots, wider);
        self.used = 0;
        for entry in entries.into_iter().filter(|entry| *entry != 0) {
            self.insert(entry);
        }
    }
}

/// The mailboxes that are staged.
pub(super) struct Known(Vec<Part>);

impl Known {
    pub(super) fn new() -> Self {
        Self(vec![Part::default(); 256])
    }

    /// Enters the mailbox of the next row; returns whether it is new. `is_same` says whether an earlier row has
    /// this very mark.
    ///
    /// # Errors
    /// Those of `is_same`, and when there are more rows than can be counted.
    pub(super) fn enter(
        &mut self,
        mark: &Mark,
        row: u32,
        mut is_same: impl FnMut(u32) -> Result<bool, StoreErrorKind>,
    ) -> Result<bool, StoreErrorKind> {
        let number = u64::from(row) + 1;
        if number >> ROW_BITS != 0 {
            return Err(StoreErrorKind::Unusable("a list can have a thousand million recipients".to_owned()));
        }
        let mut octets = [0; 8];
        octets.copy_from_slice(&mark[1..9]);
        let tag = u64::from_be_bytes(octets) >> ROW_BITS;
        let part = &mut self.0[usize::from(mark[0])];
        part.make_room();
        let mut at = part.home(tag);
        while part.slots[at] != 0 {
            let (known, earlier) = (part.slots[at] >> ROW_BITS, part.slots[at] & ((1 << ROW_BITS) - 1));
            if known == tag && is_same(u32::try_from(earlier - 1).unwrap_or(u32::MAX))? {
                return Ok(false);
            }
            at = (at + 1) % part.slots.len();
        }
        part.slots[at] = tag << ROW_BITS | number;
        part.used += 1;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::digest::{SHA256, digest};

    fn mark(number: u32) -> Mark {
        let mut mark = [0; 32];
        mark.copy_from_slice(digest(&SHA256, &number.to_be_bytes()).as_ref());
        mark
    }

    #[test]
    fn every_mailbox_is_new_once_and_takes_little_room() {
        let mut known = Known::new();
        for row in 0..50_000 {
            let is_new =
                known.enter(&mark(row), row, |earlier| Ok(mark(earlier) == mark(row))).expect("answered");
            assert!(is_new, "{row}");
        }
        for row in (0..50_000).step_by(7) {
            let is_new =
                known.enter(&mark(row), 50_000, |earlier| Ok(mark(earlier) == mark(row))).expect("answered");
            assert!(!is_new, "{row}");
        }
        let octets: usize = known.0.iter().map(|part| part.slots.len() * 8).sum();
        assert!(octets < 16 * 50_000, "{octets}");
    }

    #[test]
    fn marks_that_begin_alike_are_two() {
        let (one, mut other) = (mark(1), mark(1));
        other[31] ^= 1;
        let (mut known, marks) = (Known::new(), [one, other]);
        assert!(known.enter(&marks[0], 0, |_| Ok(false)).expect("answered"));
        assert!(known.enter(&marks[1], 1, |row| Ok(marks[row as usize] == marks[1])).expect("answered"));
        assert!(!known.enter(&marks[1], 2, |row| Ok(marks[row as usize] == marks[1])).expect("answered"));
    }
}
