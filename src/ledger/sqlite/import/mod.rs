//! Imports: rows are sorted by mailbox outside the database, judged one mailbox after the other, and written in the
//! order of the list's key, so that the list only ever grows at its end.

mod row;
mod sorted;

use crate::{
    delivery::ports::ImportTally,
    domain::{
        language::Language,
        subscriber::{Subscriber, SubscriberStatus},
        suppression::SuppressionReason,
    },
    ledger::{
        error::StoreErrorKind,
        identity::{Identity, Mark},
        rules::EVERYWHERE,
        sqlite::{
            naming::Naming,
            reading::{ACTIVE, UNSUBSCRIBED, to_json},
            steps::suppress_by_number,
        },
    },
};
use row::ImportRow;
use rusqlite::{Connection, OptionalExtension, Statement, params};
use sorted::Sorter;
use std::{path::PathBuf, sync::mpsc};

/// Mailboxes that pass from one thread to the other at once.
const BATCH_MAILBOXES: usize = 256;

/// Batches that wait to be judged.
const BATCHES_AHEAD: usize = 8;

/// Rows on their way into the list.
pub(super) struct Import {
    rows: Sorter,
    /// Where rows came from; each says the number of its place.
    places: Vec<String>,
}

impl Import {
    /// Returns an empty import that sorts in `folder`.
    pub(super) fn begin(folder: PathBuf) -> Self {
        Self { rows: Sorter::new(folder), places: Vec::new() }
    }

    /// Adds rows; nothing of it shows yet.
    ///
    /// # Errors
    /// When there is no room to sort them.
    pub(super) fn add(&mut self, rows: &[Subscriber], place: &str, now: i64) -> Result<(), StoreErrorKind> {
        if self.places.last().is_none_or(|last| last != place) {
            self.places.push(place.to_owned());
        }
        let place = self.places.len() - 1;
        for subscriber in rows {
            let topics = (!subscriber.topics.is_empty()).then(|| to_json(&subscriber.topics)).transpose()?;
            let fields = (!subscriber.fields.is_empty()).then(|| to_json(&subscriber.fields)).transpose()?;
            let (canonical, address) = (subscriber.address.canonical(), subscriber.address.expose());
            let row = ImportRow {
                has_left: subscriber.status == SubscriberStatus::Unsubscribed,
                place: place as u64,
                at: now,
                // Most addresses are written the way they are compared.
                address: (address != canonical).then_some(&address),
                name: subscriber.name.as_deref(),
                language: subscriber.language.as_ref().map(Language::as_str),
                topics: topics.as_deref(),
                fields: fields.as_deref(),
            };
            self.rows.push(canonical.as_bytes(), |octets| row.write(octets))?;
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
        let mut clerk = Clerk::new(connection, identity, self.places, keep)?;
        std::thread::scope(|scope| {
            let (sender, batches) = mpsc::sync_channel(BATCHES_AHEAD);
            let rows = self.rows;
            let merging = scope.spawn(move || merge(rows, &sender));
            for mailbox in batches.iter().flatten() {
                clerk.settle(&mailbox)?;
            }
            // Its end is the end of the rows, or of the disk they lie on.
            merging.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        clerk.silence_leavers()?;
        let mut tally = clerk.tally;
        tally.duplicates = all - (tally.added + tally.changed + tally.unchanged + tally.suppressed);
        Ok(tally)
    }
}

/// Hands out mailbox after mailbox in batches, while others judge them; ends early when nobody wants them any more.
fn merge(rows: Sorter, sender: &mpsc::SyncSender<Vec<Mailbox>>) -> Result<(), StoreErrorKind> {
    let mut batch: Vec<Mailbox> = Vec::with_capacity(BATCH_MAILBOXES);
    rows.drain(|canonical, octets| {
        if batch.last().is_none_or(|mailbox| mailbox.canonical != canonical) {
            if batch.len() == BATCH_MAILBOXES {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_MAILBOXES));
                sender.send(full).map_err(|_| StoreErrorKind::NotBegun)?;
            }
            batch.push(Mailbox::new(canonical, octets));
        }
        if let (Some(mailbox), Some(left)) = (batch.last_mut(), ImportRow::left(octets)?) {
            mailbox.left.get_or_insert(left);
        }
        Ok::<(), StoreErrorKind>(())
    })?;
    sender.send(batch).map_err(|_| StoreErrorKind::NotBegun)
}

/// All that an import says of one mailbox.
struct Mailbox {
    canonical: Vec<u8>,
    /// The first row, as it was written.
    row: Vec<u8>,
    /// Place and moment of the first row that says the reader has left.
    left: Option<(u64, i64)>,
}

impl Mailbox {
    fn new(canonical: &[u8], row: &[u8]) -> Self {
        Self { canonical: canonical.to_vec(), row: row.to_vec(), left: None }
    }
}

/// Judges mailboxes and writes them down.
struct Clerk<'a> {
    connection: &'a Connection,
    identity: &'a Identity,
    places: Vec<String>,
    keep: bool,
    /// There is a list already, which rows may meet.
    has_list: bool,
    /// There are suppressions of all newsletters, which rows may meet.
    has_suppressions: bool,
    insert: Statement<'a>,
    tally: ImportTally,
    /// When the last leaver was learned of.
    last_left: Option<i64>,
}

const NEW: &str = "INSERT INTO subscriber
        (canonical, address, name, language, topics, fields, status, added_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)";

const OR_CHANGED: &str = " ON CONFLICT (canonical) DO UPDATE
   SET address = excluded.address, name = excluded.name, language = excluded.language,
       topics = excluded.topics, fields = excluded.fields, updated_at = excluded.updated_at,
       status = iif(excluded.status = 'unsubscribed', 'unsubscribed', subscriber.status)";

impl<'a> Clerk<'a> {
    fn new(
        connection: &'a Connection,
        identity: &'a Identity,
        places: Vec<String>,
        keep: bool,
    ) -> Result<Self, StoreErrorKind> {
        let has = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, bool>(0));
        let has_list = has("SELECT EXISTS (SELECT 1 FROM subscriber)")?;
        let has_suppressions = has("SELECT EXISTS (SELECT 1 FROM suppression WHERE scope = '*')")?;
        connection.execute_batch(
            "DROP TABLE IF EXISTS temp.import_left;
             CREATE TEMP TABLE import_left (addr_key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID",
        )?;
        let insert = connection.prepare(&[NEW, if has_list { OR_CHANGED } else { "" }].concat())?;
        let (tally, last_left) = (ImportTally::default(), None);
        Ok(Self { connection, identity, places, keep, has_list, has_suppressions, insert, tally, last_left })
    }

    /// Judges one mailbox, and writes it down if it is to be kept.
    fn settle(&mut self, mailbox: &Mailbox) -> Result<(), StoreErrorKind> {
        let row = ImportRow::read(&mailbox.row)?;
        let canonical = text(&mailbox.canonical)?;
        let needs_mark = self.has_suppressions || mailbox.left.is_some();
        let mark = needs_mark.then(|| self.identity.mark_of(canonical));
        let suppressed = match &mark {
            Some(mark) if self.has_suppressions => self.suppressed(mark)?,
            _ => None,
        };
        let is_news = if mailbox.left.is_some() || suppressed.is_some() {
            self.tally.suppressed += 1;
            true
        } else {
            self.compare(canonical, &row)?
        };
        if !self.keep {
            return Ok(());
        }
        if let (Some((place, at)), Some(mark)) = (mailbox.left, &mark) {
            self.note_leaver(canonical, mark, place, at)?;
        }
        let is_erased = suppressed.is_some_and(|reason| reason == SuppressionReason::Erased.as_str());
        if is_news && !is_erased {
            self.write(canonical, &row, mailbox.left.is_some())?;
        }
        Ok(())
    }

    /// Returns why a mailbox gets no newsletter at all.
    fn suppressed(&self, mark: &Mark) -> Result<Option<String>, StoreErrorKind> {
        let mut select = self
            .connection
            .prepare_cached("SELECT reason FROM suppression WHERE addr_key = ?1 AND scope = ?2")?;
        Ok(select.query_row(params![mark, EVERYWHERE], |row| row.get(0)).optional()?)
    }

    /// Counts a row against the list; returns whether it says anything new.
    fn compare(&mut self, canonical: &str, row: &ImportRow<'_>) -> Result<bool, StoreErrorKind> {
        let is_same = if self.has_list {
            let mut select = self.connection.prepare_cached(
                "SELECT address IS ?2 AND name IS ?3 AND language IS ?4 AND topics IS ?5 AND fields IS ?6
                   FROM subscriber WHERE canonical = ?1",
            )?;
            let address = row.address.unwrap_or(canonical);
            let values = params![canonical, address, row.name, row.language, row.topics, row.fields];
            select.query_row(values, |row| row.get::<_, bool>(0)).optional()?
        } else {
            None
        };
        match is_same {
            None => self.tally.added += 1,
            Some(true) => self.tally.unchanged += 1,
            Some(false) => self.tally.changed += 1,
        }
        Ok(is_same != Some(true))
    }

    fn note_leaver(
        &mut self,
        canonical: &str,
        mark: &Mark,
        place: u64,
        at: i64,
    ) -> Result<(), StoreErrorKind> {
        let place = usize::try_from(place).ok().and_then(|place| self.places.get(place));
        self.connection
            .prepare_cached(
                "INSERT INTO suppression (addr_key, scope, reason, since, address, evidence)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                mark,
                EVERYWHERE,
                SuppressionReason::Unsubscribed.as_str(),
                at,
                canonical,
                place
            ])?;
        self.connection
            .prepare_cached("INSERT INTO temp.import_left (addr_key) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute(params![mark])?;
        self.last_left = self.last_left.max(Some(at));
        Ok(())
    }

    fn write(&mut self, canonical: &str, row: &ImportRow<'_>, has_left: bool) -> Result<(), StoreErrorKind> {
        let status = if has_left { UNSUBSCRIBED } else { ACTIVE };
        let ImportRow { name, language, topics, fields, at, .. } = row;
        let address = row.address.unwrap_or(canonical);
        self.insert.execute(params![canonical, address, name, language, topics, fields, status, at])?;
        Ok(())
    }

    /// Keeps everything open from being sent to those who left (T12).
    fn silence_leavers(&self) -> Result<(), StoreErrorKind> {
        let Some(now) = self.last_left else { return Ok(()) };
        let mut select = self.connection.prepare("SELECT addr_key FROM temp.import_left")?;
        let mut rows = select.query([])?;
        let (naming, mut theirs) = (Naming::of_open(self.connection, self.identity)?, Vec::new());
        while let Some(row) = rows.next()? {
            naming.find(self.connection, &row.get(0)?, &mut theirs)?;
        }
        suppress_by_number(self.connection, &theirs, now)
    }
}

fn text(octets: &[u8]) -> Result<&str, StoreErrorKind> {
    std::str::from_utf8(octets).map_err(|_| row::cut_short())
}
