//! The staging area: two files without a name beside the ledger, written from front to back. A crash forgets them.
//!
//! One holds a head of fixed size for every recipient, the other what is known of them, as it will stand in the ledger.
//! In memory are 8 to 15 octets for each while they are staged, and 16 while they are put in order for the seal.

use crate::{
    domain::broadcast::SealedContent,
    ledger::{
        error::StoreErrorKind,
        identity::{Identity, Mark},
        sqlite::known::Known,
    },
};
use std::{
    fs::File,
    io::{BufWriter, Write},
    os::unix::fs::FileExt,
    panic::resume_unwind,
    path::Path,
    sync::mpsc,
};

/// Octets of a head: the mark, where the words begin, how many octets they have, the variant.
const HEAD: usize = 32 + 8 + 4 + 4;

/// Recipients that are read back at once.
const HANDFUL: usize = 512;

/// Such handfuls that are read ahead.
const READ_AHEAD: usize = 4;

/// Octets that are written at once.
const BUFFER: usize = 64 * 1024;

/// Recipients on the way into a broadcast.
pub(super) struct Spool {
    /// Whose recipients.
    pub(super) newsletter: String,
    heads: BufWriter<File>,
    words: BufWriter<File>,
    words_octets: u64,
    count: u32,
    /// Gone once the recipients were put in order: nobody can be added any more.
    known: Option<Known>,
}

/// A recipient as it was staged.
pub(super) struct Staged<'a> {
    pub(super) mark: Mark,
    pub(super) variant: u32,
    /// The subscriber as JSON.
    pub(super) words: &'a str,
}

/// The recipients in the order of the numbers of their deliveries: the seal then only ever appends.
pub(super) struct Order(Vec<(i64, u32)>);

impl Spool {
    /// Begins an empty one.
    pub(super) fn begin(folder: &Path, newsletter: &str) -> Result<Self, StoreErrorKind> {
        let file = || tempfile::tempfile_in(folder).map(|file| BufWriter::with_capacity(BUFFER, file));
        Ok(Self {
            newsletter: newsletter.to_owned(),
            heads: file()?,
            words: file()?,
            words_octets: 0,
            count: 0,
            known: Some(Known::new()),
        })
    }

    /// Adds a recipient; returns whether the mailbox is new.
    pub(super) fn add(&mut self, mark: &Mark, variant: usize, words: &[u8]) -> Result<bool, StoreErrorKind> {
        let Self { heads, known, count, .. } = self;
        let known = known.as_mut().ok_or(StoreErrorKind::NotBegun)?;
        let is_new = known.enter(mark, *count, |row| {
            heads.flush()?;
            let mut earlier = [0; 32];
            heads.get_ref().read_exact_at(&mut earlier, at(row))?;
            Ok(earlier == *mark)
        })?;
        if !is_new {
            return Ok(false);
        }
        let number = |number: usize| u32::try_from(number).map_err(|_| too_much());
        self.heads.write_all(mark)?;
        self.heads.write_all(&self.words_octets.to_be_bytes())?;
        self.heads.write_all(&number(words.len())?.to_be_bytes())?;
        self.heads.write_all(&number(variant)?.to_be_bytes())?;
        self.words.write_all(words)?;
        self.words_octets += words.len() as u64;
        self.count += 1;
        Ok(true)
    }

    /// Names every delivery and puts them in the order of their names.
    pub(super) fn order(
        &mut self,
        identity: &Identity,
        content: &SealedContent,
    ) -> Result<Order, StoreErrorKind> {
        self.known = None;
        self.heads.flush()?;
        self.words.flush()?;
        let mut order = vec![(0, 0); self.count as usize];
        let half = order.len().div_ceil(2).max(HANDFUL);
        let spool = &*self;
        std::thread::scope(|scope| {
            let parts = order.chunks_mut(half).zip((0_u32..).step_by(half));
            let parts: Vec<_> = parts
                .map(|(part, from)| scope.spawn(move || spool.name(part, from, identity, content)))
                .collect();
            parts.into_iter().try_for_each(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })?;
        order.sort_unstable();
        Ok(Order(order))
    }

    /// Names the deliveries of the rows from a number on.
    fn name(
        &self,
        part: &mut [(i64, u32)],
        from: u32,
        identity: &Identity,
        content: &SealedContent,
    ) -> Result<(), StoreErrorKind> {
        let mut heads = vec![0; HANDFUL * HEAD];
        let mut row = from;
        for names in part.chunks_mut(HANDFUL) {
            let heads = &mut heads[..names.len() * HEAD];
            self.heads.get_ref().read_exact_at(heads, at(row))?;
            for (name, head) in names.iter_mut().zip(heads.chunks_exact(HEAD)) {
                *name = (identity.delivery_id(&content.issue, content.edition, &mark_of(head)).0, row);
                row += 1;
            }
        }
        Ok(())
    }

    /// Calls `each` for every recipient with the number of the delivery, in that order. A thread of its own reads
    /// what comes next: the rows lie anywhere in the files.
    pub(super) fn for_each(
        &self,
        order: &Order,
        mut each: impl FnMut(i64, &Staged<'_>) -> Result<(), StoreErrorKind>,
    ) -> Result<(), StoreErrorKind> {
        std::thread::scope(|scope| {
            let (sender, handfuls) = mpsc::sync_channel(READ_AHEAD);
            scope.spawn(move || {
                for part in order.0.chunks(HANDFUL) {
                    let handful = self.read(part);
                    // Whoever stops listening has failed and says why.
                    let is_last = handful.is_err();
                    if sender.send(handful).is_err() || is_last {
                        return;
                    }
                }
            });
            for handful in handfuls {
                let Handful { rows, words } = handful?;
                let mut from = 0;
                for Row { id, mark, variant, end } in rows {
                    let words = std::str::from_utf8(&words[std::mem::replace(&mut from, end)..end]);
                    let words = words.map_err(|_| unreadable())?;
                    each(id, &Staged { mark, variant, words })?;
                }
            }
            Ok(())
        })
    }

    fn read(&self, part: &[(i64, u32)]) -> Result<Handful, StoreErrorKind> {
        let (heads, words) = (self.heads.get_ref(), self.words.get_ref());
        let mut handful = Handful { rows: Vec::with_capacity(part.len()), words: Vec::new() };
        for (id, row) in part {
            let mut head = [0; HEAD];
            heads.read_exact_at(&mut head, at(*row))?;
            let begin = u64::from(number_at(&head, 32)) << 32 | u64::from(number_at(&head, 36));
            let from = handful.words.len();
            let end = from + number_at(&head, 40) as usize;
            handful.words.resize(end, 0);
            words.read_exact_at(&mut handful.words[from..], begin)?;
            handful.rows.push(Row { id: *id, mark: mark_of(&head), variant: number_at(&head, 44), end });
        }
        Ok(handful)
    }
}

/// Recipients that were read back together.
struct Handful {
    rows: Vec<Row>,
    words: Vec<u8>,
}

struct Row {
    id: i64,
    mark: Mark,
    variant: u32,
    /// Where its words end.
    end: usize,
}

fn at(row: u32) -> u64 {
    u64::from(row) * HEAD as u64
}

fn mark_of(head: &[u8]) -> Mark {
    let mut mark = [0; 32];
    mark.copy_from_slice(&head[..32]);
    mark
}

fn number_at(head: &[u8; HEAD], from: usize) -> u32 {
    let mut octets = [0; 4];
    octets.copy_from_slice(&head[from..from + 4]);
    u32::from_be_bytes(octets)
}

fn unreadable() -> StoreErrorKind {
    StoreErrorKind::Unusable("a staged recipient can't be read back".to_owned())
}

fn too_much() -> StoreErrorKind {
    StoreErrorKind::Unusable("a recipient has more words than a ledger can hold".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        delivery::{ports::LedgerKeys, seal::Contents},
        domain::{address::EmailAddress, issue::IssueId},
    };

    #[test]
    fn recipients_come_back_whole_and_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().expect("a folder");
        let identity = Identity::new(LedgerKeys { ledger_id: [1; 16], secret: [1; 32] });
        let address = |number: u32| EmailAddress::parse(&format!("r{number}@example.org")).expect("valid");
        let mut spool = Spool::begin(folder.path(), "starsom").expect("begun");
        for number in 0..500 {
            let mark = identity.mark(&address(number));
            let words = format!("reader {number}");
            assert!(spool.add(&mark, number as usize % 3, words.as_bytes()).expect("added"));
            assert!(!spool.add(&mark, 0, b"again").expect("answered"));
        }
        let content = Contents {
            issue: IssueId { newsletter: "starsom".into(), issue: "2022-04".into() },
            edition: 0,
            variants: Vec::new(),
            public_url: None,
            unsubscribe_domain: "example.org".into(),
            envelope_from: address(0),
            waivers: Vec::new(),
            approved_by: Vec::new(),
        }
        .sealed();
        let order = spool.order(&identity, &content).expect("ordered");
        let (mut last, mut seen) = (i64::MIN, Vec::new());
        spool
            .for_each(&order, |id, staged| {
                let number: u32 =
                    staged.words.strip_prefix("reader ").expect("words").parse().expect("a number");
                assert_eq!((staged.mark, staged.variant), (identity.mark(&address(number)), number % 3));
                assert!(id > last);
                last = id;
                seen.push(number);
                Ok(())
            })
            .expect("read");
        seen.sort_unstable();
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
        assert!(spool.add(&[9; 32], 0, b"late").is_err(), "nobody joins what was put in order");
    }
}
