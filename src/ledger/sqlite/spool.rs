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
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    os::unix::fs::FileExt,
    path::Path,
};

/// Octets of a head: the mark, where the words begin, how many octets they have, the variant.
const HEAD: usize = 32 + 8 + 4 + 4;

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
        let mut heads = self.heads.get_ref();
        heads.seek(SeekFrom::Start(0))?;
        let mut heads = BufReader::with_capacity(BUFFER, heads);
        let mut order = Vec::with_capacity(self.count as usize);
        let (issue, edition) = (&content.issue, content.edition);
        for row in 0..self.count {
            let mut head = [0; HEAD];
            heads.read_exact(&mut head)?;
            order.push((identity.delivery_id(issue, edition, &mark_of(&head)).0, row));
        }
        order.sort_unstable();
        Ok(Order(order))
    }

    /// Calls `each` for every recipient with the number of the delivery, in that order.
    pub(super) fn for_each(
        &self,
        order: &Order,
        mut each: impl FnMut(i64, &Staged<'_>) -> Result<(), StoreErrorKind>,
    ) -> Result<(), StoreErrorKind> {
        let (heads, words) = (self.heads.get_ref(), self.words.get_ref());
        let mut octets = Vec::new();
        for (id, row) in &order.0 {
            let mut head = [0; HEAD];
            heads.read_exact_at(&mut head, at(*row))?;
            octets.resize(number_at(&head, 40) as usize, 0);
            let begin = u64::from(number_at(&head, 32)) << 32 | u64::from(number_at(&head, 36));
            words.read_exact_at(&mut octets, begin)?;
            let words = std::str::from_utf8(&octets)
                .map_err(|_| StoreErrorKind::Unusable("a staged recipient can't be read back".to_owned()))?;
            each(*id, &Staged { mark: mark_of(&head), variant: number_at(&head, 44), words })?;
        }
        Ok(())
    }
}

fn at(row: u32) -> u64 {
    u64::from(row) * HEAD as u64
}

fn mark_of(head: &[u8; HEAD]) -> Mark {
    let mut mark = [0; 32];
    mark.copy_from_slice(&head[..32]);
    mark
}

fn number_at(head: &[u8; HEAD], from: usize) -> u32 {
    let mut octets = [0; 4];
    octets.copy_from_slice(&head[from..from + 4]);
    u32::from_be_bytes(octets)
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
