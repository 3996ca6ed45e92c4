//! Imports: rows are sorted by mailbox outside the database, judged one mailbox after the other, and written in the
//! order of the list's key, so that the list only ever grows at its end.

mod clerk;
mod handful;
mod pen;
mod row;
mod sorted;

use crate::{
    delivery::ports::ImportTally,
    domain::subscriber::Subscriber,
    ledger::{
        error::StoreErrorKind,
        identity::Identity,
        sqlite::import::{
            clerk::Clerk,
            handful::{Filling, Handful},
            sorted::Sorter,
        },
    },
};
use rusqlite::Connection;
use std::{path::PathBuf, sync::mpsc};

/// Mailboxes that pass from one thread to the other at once.
const HANDFUL_MAILBOXES: usize = 32 * pen::ROWS_AT_ONCE;

/// Handfuls that wait to be judged.
const HANDFULS_AHEAD: usize = 4;

/// Where rows came from, and when, in microseconds.
struct Origin {
    place: String,
    at: i64,
}

/// Rows on their way into the list.
pub(super) struct Import {
    rows: Sorter,
    /// Each row says the number of its origin.
    origins: Vec<Origin>,
}

impl Import {
    /// Returns an empty import that sorts in `folder`.
    pub(super) fn begin(folder: PathBuf) -> Self {
        Self { rows: Sorter::new(folder), origins: Vec::new() }
    }

    /// Adds rows; nothing of it shows yet.
    ///
    /// # Errors
    /// When there is no room to sort them.
    pub(super) fn add(&mut self, rows: &[Subscriber], place: &str, now: i64) -> Result<(), StoreErrorKind> {
        if self.origins.last().is_none_or(|last| last.place != place || last.at != now) {
            self.origins.push(Origin { place: place.to_owned(), at: now });
        }
        let origin = u32::try_from(self.origins.len() - 1)
            .map_err(|_| StoreErrorKind::Unusable("an import comes from too many places".to_owned()))?;
        for subscriber in rows {
            let canonical = subscriber.address.canonical_ref();
            self.rows
                .push(canonical.as_bytes(), |octets| row::write(octets, subscriber, &canonical, origin))?;
        }
        Ok(())
    }

    /// Returns how many rows it holds.
    pub(super) fn len(&self) -> u64 {
        self.rows.len()
    }

    /// Decides what each mailbox of the import is, and writes it down if `keep`: the first row of a mailbox counts,
    /// whoever left in any row has left. The caller has begun the transaction.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub(super) fn finish(
        self,
        connection: &Connection,
        identity: &Identity,
        keep: bool,
    ) -> Result<ImportTally, StoreErrorKind> {
        let all = self.rows.len();
        let mut clerk = Clerk::new(connection, identity, self.origins, keep)?;
        std::thread::scope(|scope| {
            let (sender, handfuls) = mpsc::sync_channel(HANDFULS_AHEAD);
            let rows = self.rows;
            let merging = scope.spawn(move || merge(rows, &sender));
            for handful in &handfuls {
                clerk.settle(&handful)?;
            }
            // Its end is the end of the rows, or of the disk they lie on.
            merging.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        let mut tally = clerk.finish()?;
        tally.duplicates = all - (tally.added + tally.changed + tally.unchanged + tally.suppressed);
        Ok(tally)
    }
}

/// Hands out mailbox after mailbox, while others judge them; ends early when nobody wants them any more.
fn merge(rows: Sorter, sender: &mpsc::SyncSender<Handful>) -> Result<(), StoreErrorKind> {
    let mut filling = Filling::default();
    rows.drain(|canonical, row| {
        if filling.ends_with(canonical) {
            return filling.repeat(row);
        }
        if filling.len() == HANDFUL_MAILBOXES {
            sender.send(filling.take()?).map_err(|_| StoreErrorKind::NotBegun)?;
        }
        filling.push(canonical, row)
    })?;
    sender.send(filling.take()?).map_err(|_| StoreErrorKind::NotBegun)
}
