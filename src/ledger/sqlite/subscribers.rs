//! Subscribers and suppressions in SQLite: the port, call by call.

use crate::{
    delivery::ports::{ImportTally, LedgerError, SubscriberStore},
    domain::{
        address::EmailAddress,
        subscriber::Subscriber,
        suppression::{Suppression, SuppressionReason},
    },
    ledger::{
        error::StoreErrorKind,
        identity::{Identity, Mark},
        rules::{self, EVERYWHERE},
        sqlite::{
            BUSY_MAX, SqliteLedger, import::Import, naming::Naming, reading, steps::suppress_by_number,
            switch_to_log,
        },
    },
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use std::time::Duration;

/// Imports of so many rows are written to the file directly where nobody else has it open. Through the log every page
/// would be written twice and read once, which takes longer than the import itself; a list that grows at its end needs
/// next to nothing in a rollback journal, and a crash loses as little. Whoever opens the file next brings the log back.
const DIRECT_ROWS_MIN: u64 = 20_000;

impl SqliteLedger {
    /// Leaves the write-ahead log if nobody else has the file open at this moment; returns whether it did.
    fn leave_log(&self) -> bool {
        let switch = || {
            self.connection.busy_timeout(Duration::ZERO)?;
            self.connection
                .pragma_update_and_check(None, "journal_mode", "TRUNCATE", |row| row.get::<_, String>(0))
        };
        let is_direct = switch().is_ok_and(|mode| mode.eq_ignore_ascii_case("truncate"));
        self.connection.busy_timeout(BUSY_MAX).is_ok() && is_direct
    }
}

impl SubscriberStore for SqliteLedger {
    fn begin_import(&mut self) -> Result<(), LedgerError> {
        self.importing = Some(Import::begin(self.folder()));
        Ok(())
    }

    fn import(&mut self, rows: &[Subscriber], place: &str, now: DateTime<Utc>) -> Result<(), LedgerError> {
        const DOING: &str = "import subscribers";
        let Some(mut import) = self.importing.take() else {
            return Err(self.refused(DOING, StoreErrorKind::NotBegun));
        };
        import.add(rows, place, rules::micros(now)).map_err(|kind| self.refused(DOING, kind))?;
        self.importing = Some(import);
        Ok(())
    }

    fn finish_import(&mut self, keep: bool) -> Result<ImportTally, LedgerError> {
        const DOING: &str = "finish the import";
        let Some(import) = self.importing.take() else {
            return Err(self.refused(DOING, StoreErrorKind::NotBegun));
        };
        if !keep {
            return self.read(DOING, |ledger, identity| import.finish(ledger, identity, false));
        }
        let is_direct = import.len() >= DIRECT_ROWS_MIN && self.leave_log();
        let tally = self.write(DOING, |ledger, identity| import.finish(ledger, identity, true));
        if is_direct {
            switch_to_log(&self.connection).map_err(|kind| self.refused(DOING, kind))?;
        }
        tally
    }

    fn for_each_subscriber(&mut self, each: &mut dyn FnMut(Subscriber) -> bool) -> Result<(), LedgerError> {
        self.read("read the subscribers", |ledger, _| {
            let mut select = ledger.prepare_cached(&format!("{} ORDER BY canonical", reading::SUBSCRIBER))?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                if !each(reading::subscriber(row)?) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn remove_subscriber(&mut self, address: &EmailAddress) -> Result<bool, LedgerError> {
        self.write("remove a subscriber", |ledger, _| {
            Ok(ledger.execute("DELETE FROM subscriber WHERE canonical = ?1", [address.canonical()])? > 0)
        })
    }

    fn suppress(
        &mut self,
        address: &EmailAddress,
        scope: &str,
        reason: SuppressionReason,
        evidence: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        self.write("suppress an address", |ledger, identity| {
            let entry = Entry {
                mark: identity.mark(address),
                canonical: address.canonical(),
                scope: rules::scope_of(reason, scope),
                reason,
                evidence,
                now: rules::micros(now),
            };
            entry.write(ledger, identity)
        })
    }

    fn lift_suppression(&mut self, address: &EmailAddress, scope: &str) -> Result<bool, LedgerError> {
        self.write("lift a suppression", |ledger, identity| {
            let mark = identity.mark(address);
            let lifted = ledger.execute(
                "DELETE FROM suppression WHERE addr_key = ?1 AND scope = ?2",
                params![mark, scope],
            )? > 0;
            if lifted && scope == EVERYWHERE {
                set_status(ledger, &address.canonical(), reading::ACTIVE)?;
            }
            Ok(lifted)
        })
    }

    fn suppressions(&mut self) -> Result<Vec<Suppression>, LedgerError> {
        self.read("read the suppressions", |ledger, _| {
            let sql = format!("{} ORDER BY since DESC, addr_key, scope", reading::SUPPRESSION);
            let mut select = ledger.prepare_cached(&sql)?;
            let mut rows = select.query([])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.push(reading::suppression(row)?);
            }
            Ok(all)
        })
    }
}

/// One suppression on its way into the list.
pub(super) struct Entry<'a> {
    pub(super) mark: Mark,
    pub(super) canonical: String,
    pub(super) scope: &'a str,
    pub(super) reason: SuppressionReason,
    pub(super) evidence: &'a str,
    pub(super) now: i64,
}

impl Entry<'_> {
    /// Enters it and keeps everything open from being sent (T12); returns whether it is new.
    pub(super) fn write(&self, connection: &Connection, identity: &Identity) -> Result<bool, StoreErrorKind> {
        let known = connection
            .prepare_cached("SELECT 1 FROM suppression WHERE addr_key = ?1 AND scope = ?2")?
            .exists(params![self.mark, self.scope])?;
        // An erased address stays erased, whatever else is learned about its key.
        connection.execute(
            "INSERT INTO suppression (addr_key, scope, reason, since, address, evidence)
             VALUES (:key, :scope, :reason, :now, iif(EXISTS (SELECT 1 FROM suppression
                     WHERE addr_key = :key AND scope = '*' AND reason = 'erased'), NULL, :address), :evidence)
             ON CONFLICT (addr_key, scope) DO UPDATE
                SET reason = excluded.reason, since = excluded.since, evidence = excluded.evidence
              WHERE excluded.reason = 'erased'",
            rusqlite::named_params! {
                ":key": self.mark, ":scope": self.scope, ":reason": self.reason.as_str(), ":now": self.now,
                ":address": self.canonical, ":evidence": self.evidence,
            },
        )?;
        self.silence(connection, identity)?;
        if self.reason == SuppressionReason::Erased {
            self.erase(connection, identity)?;
        } else if self.scope == EVERYWHERE && rules::is_the_readers_wish(self.reason) {
            set_status(connection, &self.canonical, reading::UNSUBSCRIBED)?;
        }
        Ok(!known)
    }

    fn silence(&self, connection: &Connection, identity: &Identity) -> Result<(), StoreErrorKind> {
        let mut naming = Naming::of_open(connection, identity)?;
        if self.scope != EVERYWHERE {
            naming = naming.only_of(self.scope);
        }
        let mut theirs = Vec::new();
        naming.find(connection, &self.mark, &mut theirs)?;
        suppress_by_number(connection, &theirs, self.now)
    }

    /// Forgets a reader everywhere; only the keyed hash stays, so that nobody mails them again.
    fn erase(&self, connection: &Connection, identity: &Identity) -> Result<(), StoreErrorKind> {
        connection.execute("DELETE FROM subscriber WHERE canonical = ?1", [&self.canonical])?;
        connection.execute("UPDATE suppression SET address = NULL WHERE addr_key = ?1", [self.mark])?;
        let mut theirs = Vec::new();
        Naming::of_all(connection, identity)?.find(connection, &self.mark, &mut theirs)?;
        let forgotten = reading::to_json(&rules::forgotten())?;
        for id in theirs {
            connection
                .prepare_cached("UPDATE recipient SET subscriber = ?2 WHERE delivery = ?1")?
                .execute(params![id, forgotten])?;
            // A server's words often repeat the address.
            connection
                .prepare_cached("UPDATE event SET detail = NULL WHERE delivery = ?1 AND detail IS NOT NULL")?
                .execute([id])?;
            connection.prepare_cached("UPDATE delivery SET detail = NULL WHERE id = ?1")?.execute([id])?;
        }
        Ok(())
    }
}

fn set_status(connection: &Connection, canonical: &str, status: &str) -> Result<(), StoreErrorKind> {
    connection.execute("UPDATE subscriber SET status = ?2 WHERE canonical = ?1", [canonical, status])?;
    Ok(())
}
