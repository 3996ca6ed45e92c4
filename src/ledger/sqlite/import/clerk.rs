//! Judges mailboxes of an import against the list and the suppressions, and has them written down.

use super::{
    Origin,
    handful::{Handful, Mailbox},
    pen::Pen,
};
use crate::{
    delivery::ports::ImportTally,
    domain::suppression::SuppressionReason,
    ledger::{
        error::StoreErrorKind,
        identity::{Identity, Mark},
        rules::EVERYWHERE,
        sqlite::{naming::Naming, steps::suppress_by_number},
    },
};
use rusqlite::{Connection, OptionalExtension, params};

pub(super) struct Clerk<'a> {
    connection: &'a Connection,
    identity: &'a Identity,
    origins: Vec<Origin>,
    keep: bool,
    /// There is a list already, which rows may meet.
    has_list: bool,
    /// There are suppressions of all newsletters, which rows may meet.
    has_suppressions: bool,
    pen: Pen<'a>,
    tally: ImportTally,
    /// When the last leaver was learned of.
    last_left: Option<i64>,
}

impl<'a> Clerk<'a> {
    /// Nothing is written down unless `keep`.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(super) fn new(
        connection: &'a Connection,
        identity: &'a Identity,
        origins: Vec<Origin>,
        keep: bool,
    ) -> Result<Self, StoreErrorKind> {
        let has = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, bool>(0));
        let has_list = has("SELECT EXISTS (SELECT 1 FROM subscriber)")?;
        let has_suppressions = has("SELECT EXISTS (SELECT 1 FROM suppression WHERE scope = '*')")?;
        connection.execute_batch(
            "DROP TABLE IF EXISTS temp.import_left;
             CREATE TEMP TABLE import_left (addr_key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID",
        )?;
        let (pen, tally) = (Pen::new(connection, has_list)?, ImportTally::default());
        Ok(Self {
            connection,
            identity,
            origins,
            keep,
            has_list,
            has_suppressions,
            pen,
            tally,
            last_left: None,
        })
    }

    /// Judges mailboxes, and writes down what is news.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub(super) fn settle(&mut self, handful: &Handful) -> Result<(), StoreErrorKind> {
        let mut news = Vec::new();
        for mailbox in handful.mailboxes() {
            let mailbox = mailbox?;
            if self.judge(&mailbox)? {
                news.push(mailbox);
            }
        }
        if self.keep { self.pen.write(&news, &self.origins) } else { Ok(()) }
    }

    /// Returns the tally, after everything open is kept from being sent to those who left.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub(super) fn finish(self) -> Result<ImportTally, StoreErrorKind> {
        self.silence_leavers()?;
        Ok(self.tally)
    }

    /// Judges one mailbox; returns whether its row belongs into the list as something new.
    fn judge(&mut self, mailbox: &Mailbox<'_>) -> Result<bool, StoreErrorKind> {
        let needs_mark = self.has_suppressions || mailbox.left.is_some();
        let mark = needs_mark.then(|| self.identity.mark_of(mailbox.canonical));
        let suppressed = match &mark {
            Some(mark) if self.has_suppressions => self.suppressed(mark)?,
            _ => None,
        };
        let is_news = if mailbox.left.is_some() || suppressed.is_some() {
            self.tally.suppressed += 1;
            true
        } else {
            self.compare(mailbox)?
        };
        if let (Some(origin), Some(mark), true) = (mailbox.left, &mark, self.keep) {
            self.note_leaver(mailbox.canonical, mark, origin)?;
        }
        let is_erased = suppressed.is_some_and(|reason| reason == SuppressionReason::Erased.as_str());
        Ok(is_news && !is_erased)
    }

    /// Returns why a mailbox gets no newsletter at all.
    fn suppressed(&self, mark: &Mark) -> Result<Option<String>, StoreErrorKind> {
        let mut select = self
            .connection
            .prepare_cached("SELECT reason FROM suppression WHERE addr_key = ?1 AND scope = ?2")?;
        Ok(select.query_row(params![mark, EVERYWHERE], |row| row.get(0)).optional()?)
    }

    /// Counts a row against the list; returns whether it says anything new.
    fn compare(&mut self, mailbox: &Mailbox<'_>) -> Result<bool, StoreErrorKind> {
        let is_same = if self.has_list {
            let mut select = self.connection.prepare_cached(
                "SELECT address IS ?2 AND name IS ?3 AND language IS ?4 AND topics IS ?5 AND fields IS ?6
                   FROM subscriber WHERE canonical = ?1",
            )?;
            let Mailbox { canonical, name, language, topics, fields, .. } = mailbox;
            let address = mailbox.address.unwrap_or(canonical);
            let values = params![canonical, address, name, language, topics, fields];
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

    fn note_leaver(&mut self, canonical: &str, mark: &Mark, origin: u32) -> Result<(), StoreErrorKind> {
        let Some(Origin { place, at }) = self.origins.get(origin as usize) else {
            return Err(super::row::cut_short());
        };
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
        self.last_left = self.last_left.max(Some(*at));
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
