//! Mailboxes on their way from the thread that merges rows to the one that judges them.

use super::row::{RowHead, TEXTS, cut_short};
use crate::ledger::error::StoreErrorKind;

/// All that an import says of some mailboxes, in the order of the list's key.
pub(super) struct Handful {
    text: String,
    rows: Vec<Entry>,
}

/// All that an import says of one mailbox: its first row, and whether the reader has left.
#[derive(Clone, Copy)]
pub(super) struct Mailbox<'a> {
    pub(super) canonical: &'a str,
    /// Where it is not the canonical form itself.
    pub(super) address: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) language: Option<&'a str>,
    pub(super) topics: Option<&'a str>,
    pub(super) fields: Option<&'a str>,
    /// The number of the place and moment of the first row.
    pub(super) origin: u32,
    /// The same of the first row that says the reader has left.
    pub(super) left: Option<u32>,
}

struct Entry {
    /// Where its texts begin, the canonical form first.
    begin: usize,
    canonical: usize,
    head: RowHead,
    left: Option<u32>,
}

/// A handful that is being filled.
#[derive(Default)]
pub(super) struct Filling {
    octets: Vec<u8>,
    rows: Vec<Entry>,
}

impl Filling {
    /// Returns how many mailboxes it holds.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether the last mailbox is this one.
    pub(super) fn ends_with(&self, canonical: &[u8]) -> bool {
        self.rows.last().is_some_and(|last| {
            last.canonical == canonical.len() && self.octets[last.begin..].starts_with(canonical)
        })
    }

    /// Adds the next mailbox by its first row.
    ///
    /// # Errors
    /// When the row is not as it was written.
    pub(super) fn push(&mut self, canonical: &[u8], row: &[u8]) -> Result<(), StoreErrorKind> {
        let (head, texts) = RowHead::read(row)?;
        let (begin, left) = (self.octets.len(), head.has_left.then_some(head.origin));
        self.rows.push(Entry { begin, canonical: canonical.len(), head, left });
        self.octets.extend_from_slice(canonical);
        self.octets.extend_from_slice(texts);
        Ok(())
    }

    /// Takes notice of another row of the last mailbox: only whether the reader has left counts.
    ///
    /// # Errors
    /// When the row is not as it was written.
    pub(super) fn repeat(&mut self, row: &[u8]) -> Result<(), StoreErrorKind> {
        let (head, _) = RowHead::read(row)?;
        if let Some(last) = self.rows.last_mut().filter(|_| head.has_left) {
            last.left.get_or_insert(head.origin);
        }
        Ok(())
    }

    /// Returns what it holds and begins anew.
    ///
    /// # Errors
    /// When a row is not as it was written.
    pub(super) fn take(&mut self) -> Result<Handful, StoreErrorKind> {
        let begun = Self {
            octets: Vec::with_capacity(self.octets.capacity()),
            rows: Vec::with_capacity(self.rows.capacity()),
        };
        let Self { octets, rows } = std::mem::replace(self, begun);
        Ok(Handful { text: String::from_utf8(octets).map_err(|_| cut_short())?, rows })
    }
}

impl Handful {
    /// Returns its mailboxes.
    pub(super) fn mailboxes(&self) -> impl Iterator<Item = Result<Mailbox<'_>, StoreErrorKind>> {
        self.rows.iter().map(|row| self.mailbox(row).ok_or_else(cut_short))
    }

    /// `None` where a text begins or ends within a character.
    fn mailbox(&self, row: &Entry) -> Option<Mailbox<'_>> {
        let mut begin = row.begin + row.canonical;
        let canonical = self.text.get(row.begin..begin)?;
        let mut texts = [None; TEXTS];
        for (text, length) in texts.iter_mut().zip(row.head.lengths()) {
            let Some(length) = length else { continue };
            *text = Some(self.text.get(begin..begin + length)?);
            begin += length;
        }
        let [address, name, language, topics, fields] = texts;
        let (origin, left) = (row.head.origin, row.left);
        Some(Mailbox { canonical, address, name, language, topics, fields, origin, left })
    }
}
