//! Takes over what a send journal knows: facts that were durable before this database has them.

use crate::{
    delivery::ports::{Applied, Base, Fact, LedgerError, Owner, RunId, WriteWatch},
    domain::{
        broadcast::BroadcastId,
        delivery::{DeliveryEvent, DeliveryId, DeliveryState},
    },
    ledger::{
        error::StoreErrorKind,
        rules::{self, micros},
        sqlite::{
            SqliteLedger,
            batches::{self, Batch, Batches},
            quarantine, reading,
            story::{Step, Teller},
        },
    },
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// The key of the mark of the place that may send.
const WRITER: &str = "writer";

impl Base for SqliteLedger {
    fn stamp(&mut self) -> Result<u64, LedgerError> {
        stamp(&self.connection).map_err(|kind| self.refused("look for other writers", kind))
    }

    fn watched_by(&mut self, watch: Arc<WriteWatch>) {
        self.watch = Some(watch);
    }

    fn enter_run(&mut self, run: RunId, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.write_beside_claims("enter a run", |ledger, _| {
            ledger.execute(
                "INSERT INTO journal (run, upto, since) VALUES (?1, 0, ?2) ON CONFLICT DO NOTHING",
                params![run.0, micros(now)],
            )?;
            Ok(())
        })
    }

    fn taken_over(&mut self) -> Result<BTreeMap<RunId, u64>, LedgerError> {
        self.read("read how far journals were taken over", |ledger, _| {
            let mut select = ledger.prepare_cached("SELECT run, upto FROM journal")?;
            let mut rows = select.query([])?;
            let mut known = BTreeMap::new();
            while let Some(row) = rows.next()? {
                known.insert(RunId(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs());
            }
            Ok(known)
        })
    }

    fn take_over(
        &mut self,
        run: RunId,
        facts: &[Fact],
        upto: u64,
        owner: Owner,
    ) -> Result<Applied, LedgerError> {
        let is_kept_elsewhere = owner == Owner::Lives;
        if is_kept_elsewhere {
            self.flush_commits(false)?;
        }
        let taken = self.write_with_claims("take over the send journal", |ledger, batches| {
            if !is_kept_elsewhere {
                batches::spread(ledger)?;
                *batches = Batches::default();
            }
            let known = taken_over_from(ledger, run)?;
            let mut taking = Taking { connection: ledger, batches, known, owner, cancelled: HashMap::new() };
            let mut sum = Applied::default();
            for fact in facts {
                taking.take(fact, &mut sum)?;
            }
            batches.clear_away(ledger)?;
            let upto = i64::try_from(upto.max(known)).unwrap_or(i64::MAX);
            let mut upsert = ledger.prepare_cached(
                "INSERT INTO journal (run, upto, since) VALUES (?1, ?2, 0)
                 ON CONFLICT (run) DO UPDATE SET upto = excluded.upto",
            )?;
            upsert.execute(params![run.0, upto])?;
            Ok(sum)
        });
        if is_kept_elsewhere {
            self.flush_commits(true)?;
        }
        taken
    }

    fn writer(&mut self) -> Result<Option<String>, LedgerError> {
        self.read("read its place", |ledger, _| {
            let mut select = ledger.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
            Ok(select.query_row([WRITER], |row| row.get(0)).optional()?)
        })
    }

    fn set_writer(&mut self, mark: &str) -> Result<(), LedgerError> {
        self.write("note its place", |ledger, _| {
            ledger.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                params![WRITER, mark],
            )?;
            Ok(())
        })
    }

    fn quarantine(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.write("put deliveries in doubt", |ledger, _| {
            quarantine::quarantine(ledger, micros(since), micros(now))
        })
    }
}

impl SqliteLedger {
    /// Settles whether a transaction waits for the disk. One that did not is flushed with the next that does.
    fn flush_commits(&mut self, each: bool) -> Result<(), LedgerError> {
        let setting = if each { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
        let set = self.connection.execute_batch(setting);
        set.map_err(|error| self.refused("take over the send journal", error.into()))
    }
}

/// Returns a number that changes with every change by another connection.
pub(super) fn stamp(connection: &Connection) -> Result<u64, StoreErrorKind> {
    let mut pragma = connection.prepare_cached("PRAGMA data_version")?;
    Ok(pragma.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

fn taken_over_from(connection: &Connection, run: RunId) -> Result<u64, StoreErrorKind> {
    let mut select = connection.prepare_cached("SELECT upto FROM journal WHERE run = ?1")?;
    let upto: Option<i64> = select.query_row([run.0], |row| row.get(0)).optional()?;
    Ok(upto.unwrap_or_default().unsigned_abs())
}

/// A delivery as it stands.
struct Row {
    state: DeliveryState,
    fence: i64,
    attempt: i64,
    changes: i64,
    broadcast: BroadcastId,
    /// Its claim, when that stands nowhere but in a batch yet.
    batch: Option<Arc<Batch>>,
}

/// One journal on its way into the database; the caller has begun the transaction.
struct Taking<'a> {
    connection: &'a Connection,
    batches: &'a mut Batches,
    /// Everything in the journal before this place was taken over earlier.
    known: u64,
    owner: Owner,
    cancelled: HashMap<BroadcastId, bool>,
}

impl Taking<'_> {
    fn take(&mut self, fact: &Fact, sum: &mut Applied) -> Result<(), StoreErrorKind> {
        let intent = fact.intent.as_ref();
        let is_lost = self.owner == Owner::IsGone && fact.verdict.is_none();
        let teller = Teller {
            fence: fact.fence,
            intent: intent.filter(|intent| intent.offset >= self.known),
            verdict: fact.verdict.as_ref().filter(|verdict| verdict.offset >= self.known),
            // A commit that was taken over earlier is lost all the same when its owner is gone.
            lost_at: intent.filter(|_| is_lost).map(|intent| intent.at),
        };
        if teller.is_silent() {
            return Ok(());
        }
        let Some(row) = self.row(fact)? else {
            sum.unknown += u64::from(self.keep_for_later(fact)?);
            return Ok(());
        };
        let cancelled = self.is_cancelled(row.broadcast)?;
        let steps = teller.steps(row.state, row.fence, cancelled);
        let Some(last) = steps.last() else { return Ok(()) };
        match last.to {
            DeliveryState::Sent => sum.sent += 1,
            DeliveryState::InDoubt => sum.in_doubt += 1,
            _ => sum.other += 1,
        }
        self.write(fact, &teller, &row, &steps)
    }

    /// Returns how the delivery of a fact stands. A claim that nobody has had to write out is known by heart.
    fn row(&mut self, fact: &Fact) -> Result<Option<Row>, StoreErrorKind> {
        let Fact { delivery, fence, attempt, .. } = *fact;
        if let Some((batch, changes)) = self.batches.take(delivery.0, fence) {
            return Ok(Some(Row {
                state: DeliveryState::Leased,
                fence,
                attempt: i64::from(attempt),
                changes: changes + 1,
                broadcast: batch.broadcast,
                batch: Some(batch),
            }));
        }
        let mut select = self
            .connection
            .prepare_cached("SELECT state, fence, attempt, changes, broadcast FROM delivery WHERE id = ?1")?;
        let mut rows = select.query([delivery.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Row {
            state: reading::state(row, 0)?,
            fence: row.get(1)?,
            attempt: row.get(2)?,
            changes: row.get(3)?,
            broadcast: BroadcastId(row.get(4)?),
            batch: None,
        }))
    }

    fn is_cancelled(&mut self, broadcast: BroadcastId) -> Result<bool, StoreErrorKind> {
        if let Some(known) = self.cancelled.get(&broadcast) {
            return Ok(*known);
        }
        let cancelled = reading::is_cancelled(self.connection, broadcast)?.unwrap_or_default();
        self.cancelled.insert(broadcast, cancelled);
        Ok(cancelled)
    }

    /// Writes the new row and the lines of its history.
    fn write(
        &self,
        fact: &Fact,
        teller: &Teller<'_>,
        row: &Row,
        steps: &[Step],
    ) -> Result<(), StoreErrorKind> {
        let Some(last) = steps.last() else { return Ok(()) };
        let (intent, verdict) = (teller.intent, teller.verdict);
        let attempt = row.attempt.max(i64::from(fact.attempt));
        let is_held = last.to == DeliveryState::Committing;
        let waits = last.to.after(DeliveryEvent::Claim).is_some();
        let next = verdict.and_then(|verdict| verdict.next_attempt_at).unwrap_or(last.at);
        let words = verdict.and_then(|verdict| verdict.detail.as_deref()).map(rules::kept_detail);
        let is_lost = last.event == DeliveryEvent::Lose && words.is_none();
        let detail = words.as_deref().or(is_lost.then_some(rules::OWNER_VANISHED));
        let batch = row.batch.as_deref();
        let mut update = self.connection.prepare_cached(
            "UPDATE delivery SET state = ?2, fence = max(fence, ?3), attempt = ?4, updated_at = ?5, changes = ?6,
                    lease_owner = iif(?7, coalesce(?14, lease_owner, 'journal'), NULL),
                    lease_until = iif(?7, coalesce(?15, lease_until, ?5), NULL),
                    next_attempt_at = coalesce(?8, next_attempt_at), detail = coalesce(?9, detail),
                    remote_id = coalesce(?10, remote_id), msg_date = coalesce(?11, msg_date),
                    msg_sha256 = coalesce(?12, msg_sha256), message_id = coalesce(?13, message_id)
              WHERE id = ?1",
        )?;
        update.execute(params![
            fact.delivery.0,
            last.to.as_str(),
            fact.fence,
            attempt,
            micros(last.at),
            row.changes + i64::try_from(steps.len()).unwrap_or_default(),
            is_held,
            waits.then(|| micros(next)),
            detail,
            verdict.and_then(|verdict| verdict.remote_id.as_deref()),
            intent.map(|intent| intent.date),
            intent.map(|intent| intent.sha256.as_str()),
            intent.map(|intent| intent.message_id.as_str()),
            batch.map(|batch| batch.worker.as_str()),
            batch.map(|batch| batch.lease_until),
        ])?;
        let message_id = intent.map(|intent| intent.message_id.as_str());
        self.write_history(fact.delivery, row, attempt, steps, (message_id, detail))
    }

    /// Writes the lines of a history. A claim or a commit that something else follows stands in the line of that, unless
    /// there is more to say of it than when it was.
    fn write_history(
        &self,
        delivery: DeliveryId,
        row: &Row,
        attempt: i64,
        steps: &[Step],
        (message_id, detail): (Option<&str>, Option<&str>),
    ) -> Result<(), StoreErrorKind> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO event (delivery, number, at, attempt, kind, state, detail, claimed_at, claimed_by, committed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        let mut claim = row.batch.as_deref();
        let mut committed_at = None;
        for (at, (number, step)) in (row.changes + 1..).zip(steps).enumerate() {
            let is_commit = step.event == DeliveryEvent::Commit;
            if is_commit && step.overruled.is_none() && at + 1 < steps.len() {
                committed_at = Some(micros(step.at));
                continue;
            }
            let claim = claim.take();
            insert.execute(params![
                delivery.0,
                number,
                micros(step.at),
                attempt,
                rules::event_word(step.event),
                step.to.as_str(),
                step.noted(if is_commit { message_id } else { detail }),
                claim.map(|claim| claim.claimed_at),
                claim.map(|claim| claim.worker.as_str()),
                committed_at.take(),
            ])?;
        }
        Ok(())
    }

    /// Keeps what is known of a delivery until its issue is sealed (again). Returns whether it is worth keeping.
    fn keep_for_later(&self, fact: &Fact) -> Result<bool, StoreErrorKind> {
        let intent = fact.intent.as_ref();
        let (state, at) = match (&fact.verdict, intent) {
            (Some(verdict), _) => match DeliveryState::Committing.after(verdict.event) {
                // Refused for now is as good as never tried.
                None | Some(DeliveryState::Deferred) => return Ok(false),
                Some(state) => (state, verdict.at),
            },
            (None, Some(intent)) => (DeliveryState::InDoubt, intent.at),
            (None, None) => return Ok(false),
        };
        let remote_id = fact.verdict.as_ref().and_then(|verdict| verdict.remote_id.as_deref());
        let mut upsert = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO witnessed
                    (delivery, state, fence, attempt, at, msg_date, msg_sha256, message_id, remote_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        upsert.execute(params![
            fact.delivery.0,
            state.as_str(),
            fact.fence,
            fact.attempt,
            micros(at),
            intent.map(|intent| intent.date),
            intent.map(|intent| intent.sha256.as_str()),
            intent.map(|intent| intent.message_id.as_str()),
            remote_id,
        ])?;
        Ok(true)
    }
}
