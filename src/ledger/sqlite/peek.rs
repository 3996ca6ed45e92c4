//! A look into a ledger for pages: changes nothing, makes nothing, and never waits long for a sender.

use crate::{
    delivery::ports::LedgerError,
    domain::{
        address::EmailAddress,
        broadcast::{BroadcastId, BroadcastSummary, Tally},
        issue::IssueId,
        subscriber::{Subscriber, SubscriberStatus},
    },
    ledger::{
        error::StoreErrorKind,
        identity::Identity,
        rules::{self, EVERYWHERE},
        sqlite::{failed, migrate, reading},
    },
};
use rusqlite::{Connection, OpenFlags, Row, params};
use std::{collections::BTreeMap, path::Path, time::Duration};

/// How long a look waits for another program: a page is worth less than what that program does.
const WAIT_MAX: Duration = Duration::from_millis(150);

/// A connection that only reads. Who is suppressed counts as unsubscribed in what it returns.
pub struct LedgerPeek {
    connection: Connection,
    path: String,
    identity: Identity,
}

impl LedgerPeek {
    /// Opens a ledger that exists.
    ///
    /// # Errors
    /// When the file is missing, something else, from another version, or locked as a whole.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let shown = path.display().to_string();
        let opened = connect(path).map_err(|kind| failed("look into the ledger", &shown, kind));
        opened.map(|(connection, identity)| Self { connection, path: shown.clone(), identity })
    }

    fn asked<T>(&self, doing: &'static str, answer: Result<T, StoreErrorKind>) -> Result<T, LedgerError> {
        answer.map_err(|kind| failed(doing, &self.path, kind))
    }

    /// Returns all broadcasts, the newest first, without their content.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn summaries(&mut self) -> Result<Vec<BroadcastSummary>, LedgerError> {
        self.asked("list the broadcasts", summaries(&self.connection))
    }

    /// Returns the subscriber of an address.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn subscriber(
        &mut self,
        newsletter: &str,
        address: &EmailAddress,
    ) -> Result<Option<Subscriber>, LedgerError> {
        let sql = format!("{} WHERE canonical = ?1", reading::SUBSCRIBER);
        let found = || -> Result<Option<Subscriber>, StoreErrorKind> {
            let mut select = self.connection.prepare_cached(&sql)?;
            let mut rows = select.query([address.canonical()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let mut subscriber = reading::subscriber(row)?;
            if self.is_suppressed(newsletter, &subscriber.address)? {
                subscriber.status = SubscriberStatus::Unsubscribed;
            }
            Ok(Some(subscriber))
        };
        self.asked("find a subscriber", found())
    }

    /// Returns up to `limit` readers whom an issue of the newsletter would be sent to, in the order of their
    /// addresses and after `after`. Each call is a read of its own, so that a long list holds nobody up.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn readers_after(
        &mut self,
        newsletter: &str,
        after: Option<&EmailAddress>,
        limit: usize,
    ) -> Result<Vec<Subscriber>, LedgerError> {
        let sql =
            format!("{} WHERE canonical > ?1 AND status = 'active' ORDER BY canonical", reading::SUBSCRIBER);
        let found = || -> Result<Vec<Subscriber>, StoreErrorKind> {
            let mut select = self.connection.prepare_cached(&sql)?;
            let mut rows = select.query([after.map(EmailAddress::canonical).unwrap_or_default()])?;
            let mut readers = Vec::new();
            while readers.len() < limit
                && let Some(row) = rows.next()?
            {
                let subscriber = reading::subscriber(row)?;
                if !self.is_suppressed(newsletter, &subscriber.address)? {
                    readers.push(subscriber);
                }
            }
            Ok(readers)
        };
        self.asked("read the subscribers", found())
    }

    /// Returns up to `limit` readers whose name or address holds `words`, whatever the letter case, and how many
    /// active ones there are on the list.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn search(
        &mut self,
        newsletter: &str,
        words: &str,
        limit: usize,
    ) -> Result<(Vec<Subscriber>, u64), LedgerError> {
        let words = words.trim().to_lowercase();
        let sql = format!("{} WHERE status = 'active' ORDER BY canonical", reading::SUBSCRIBER);
        let found = || -> Result<(Vec<Subscriber>, u64), StoreErrorKind> {
            let mut select = self.connection.prepare_cached(&sql)?;
            let mut rows = select.query([])?;
            let (mut readers, mut total) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                if !holds(row, &words)? {
                    continue;
                }
                if readers.len() < limit {
                    let subscriber = reading::subscriber(row)?;
                    if self.is_suppressed(newsletter, &subscriber.address)? {
                        continue;
                    }
                    readers.push(subscriber);
                }
                total += 1;
            }
            Ok((readers, total))
        };
        self.asked("search the subscribers", found())
    }

    /// Returns how many active subscribers the list has.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn count(&mut self) -> Result<u64, LedgerError> {
        const SQL: &str = "SELECT count(*) FROM subscriber WHERE status = 'active'";
        let count = self.connection.query_row(SQL, [], |row| row.get::<_, i64>(0));
        self.asked("count the subscribers", count.map(i64::unsigned_abs).map_err(StoreErrorKind::from))
    }

    /// Returns a number that changes when the list does.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn list_stamp(&mut self) -> Result<u64, LedgerError> {
        const SQL: &str = "SELECT (SELECT count(*) + total(updated_at % 1000003) FROM subscriber)
            + 7919 * (SELECT count(*) FROM suppression)";
        let stamp = self.connection.query_row(SQL, [], |row| row.get::<_, f64>(0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "any number will do")]
        let stamp = stamp.map(|stamp| stamp as u64).map_err(StoreErrorKind::from);
        self.asked("look at the list", stamp)
    }

    fn is_suppressed(&self, newsletter: &str, address: &EmailAddress) -> Result<bool, StoreErrorKind> {
        let mut select = self
            .connection
            .prepare_cached("SELECT 1 FROM suppression WHERE addr_key = ?1 AND scope IN (?2, ?3)")?;
        Ok(select.exists(params![self.identity.mark(address), EVERYWHERE, newsletter])?)
    }
}

fn connect(path: &Path) -> Result<(Connection, Identity), StoreErrorKind> {
    // Not read-only: a log that a killed sender left could not be read then. `query_only` keeps our hands off.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(WAIT_MAX)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
    if migrate::inspect(&connection)? != migrate::VERSION {
        return Err(StoreErrorKind::Unusable("no masthead of this version has written it yet".to_owned()));
    }
    let keys = migrate::read_keys(&connection)?;
    Ok((connection, Identity::new(keys)))
}

fn summaries(connection: &Connection) -> Result<Vec<BroadcastSummary>, StoreErrorKind> {
    let mut select = connection.prepare_cached(
        "SELECT id, newsletter, issue, edition, cancelled, sealed_at FROM broadcast ORDER BY sealed_at DESC, id DESC",
    )?;
    let mut rows = select.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let tally = tally(connection, BroadcastId(row.get(0)?))?;
        all.push(BroadcastSummary {
            issue: IssueId { newsletter: row.get(1)?, issue: row.get(2)? },
            edition: row.get(3)?,
            state: rules::broadcast_state(row.get(4)?, tally.open() > 0),
            sealed_at: rules::moment(row.get(5)?),
            tally,
        });
    }
    Ok(all)
}

fn tally(connection: &Connection, broadcast: BroadcastId) -> Result<Tally, StoreErrorKind> {
    let mut select = connection
        .prepare_cached("SELECT state, count(*) FROM delivery WHERE broadcast = ?1 GROUP BY state")?;
    let mut rows = select.query([broadcast.0])?;
    let mut by_state = BTreeMap::new();
    while let Some(row) = rows.next()? {
        by_state.insert(reading::state(row, 0)?, row.get::<_, i64>(1)?.unsigned_abs());
    }
    Ok(Tally { by_state })
}

/// Returns whether name or address of a row of [`reading::SUBSCRIBER`] holds words in lower case.
fn holds(row: &Row<'_>, words: &str) -> Result<bool, StoreErrorKind> {
    let holds = |column: usize| -> Result<bool, StoreErrorKind> {
        let value = row.get_ref(column)?.as_str_or_null().ok().flatten().unwrap_or_default();
        Ok(value.to_lowercase().contains(words))
    };
    Ok(words.is_empty() || holds(0)? || holds(1)?)
}
