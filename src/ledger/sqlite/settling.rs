//! What becomes of a delivery: verdicts, recovery, decisions.

use crate::{
    delivery::ports::{Record, Recovered},
    domain::{
        broadcast::BroadcastId,
        delivery::{DeliveryEvent, DeliveryId, DeliveryState},
    },
    ledger::{
        error::StoreErrorKind,
        rules,
        sqlite::{
            reading,
            steps::{Note, Sweep, note},
        },
    },
};
use rusqlite::{Connection, params};

/// Records one verdict; the caller has begun the transaction. Returns whether it was lawful and current.
pub(super) fn record(connection: &Connection, record: &Record, now: i64) -> Result<bool, StoreErrorKind> {
    let mut select = connection.prepare_cached(
        "SELECT d.state, d.attempt, b.cancelled, d.changes FROM delivery d JOIN broadcast b ON b.id = d.broadcast
          WHERE d.id = ?1 AND d.fence = ?2",
    )?;
    let mut rows = select.query([record.delivery.0, record.fence])?;
    let Some(row) = rows.next()? else { return Ok(false) };
    let (state, attempt, cancelled) = (reading::state(row, 0)?, row.get(1)?, row.get(2)?);
    let number = row.get::<_, i64>(3)? + 1;
    let Some(to) = rules::settled_by(state, record.event, cancelled) else { return Ok(false) };
    drop(rows);
    let detail = record.detail.as_deref().map(rules::kept_detail);
    let waits = to.after(DeliveryEvent::Claim).is_some();
    let next = waits.then(|| record.next_attempt_at.map_or(now, rules::micros));
    let mut update = connection.prepare_cached(
        "UPDATE delivery SET state = ?2, lease_owner = NULL, lease_until = NULL, updated_at = ?3, changes = ?8,
                resent = max(resent, ?4), detail = coalesce(?5, detail), remote_id = coalesce(?6, remote_id),
                next_attempt_at = coalesce(?7, next_attempt_at)
          WHERE id = ?1",
    )?;
    let resent = record.event == DeliveryEvent::Resend;
    let id = record.delivery.0;
    update.execute(params![id, to.as_str(), now, resent, detail, record.remote_id, next, number])?;
    let (to, detail) = (to.as_str(), detail.as_deref());
    note(connection, now, &Note { delivery: id, number, attempt, event: record.event, to, detail })?;
    Ok(true)
}

/// Sorts out what dead workers left; the caller has begun the transaction.
pub(super) fn recover(
    connection: &Connection,
    broadcast: BroadcastId,
    worker: Option<&str>,
    now: i64,
) -> Result<Recovered, StoreErrorKind> {
    let Some(cancelled) = reading::is_cancelled(connection, broadcast)? else {
        return Ok(Recovered::default());
    };
    call_early_ones(connection, broadcast, now)?;
    let only = "broadcast = :broadcast AND (lease_until <= :now OR lease_owner = :worker)";
    let outdated = |from, event, detail| {
        let sweep = Sweep { from, event, cancelled, now, detail, only };
        sweep.run(connection, &[(":broadcast", &broadcast.0), (":worker", &worker)])
    };
    let recovered = Recovered {
        released: outdated(DeliveryState::Leased, DeliveryEvent::Release, None)?,
        in_doubt: outdated(DeliveryState::Committing, DeliveryEvent::Lose, Some(rules::OWNER_VANISHED))?,
    };
    if cancelled {
        cancel_the_late(connection, broadcast, now)?;
    }
    Ok(recovered)
}

/// Cancels what waits in a broadcast that was given up: it came back to the queue about that time.
fn cancel_the_late(connection: &Connection, broadcast: BroadcastId, now: i64) -> Result<(), StoreErrorKind> {
    for from in DeliveryState::ALL.into_iter().filter(|state| state.after(DeliveryEvent::Claim).is_some()) {
        let (event, only) = (DeliveryEvent::Cancel, "broadcast = :broadcast");
        let sweep = Sweep { from, event, cancelled: true, now, detail: None, only };
        sweep.run(connection, &[(":broadcast", &broadcast.0)])?;
    }
    Ok(())
}

/// What was sealed by a clock that ran ahead is due now: nobody meant it to wait until that clock is right.
fn call_early_ones(connection: &Connection, broadcast: BroadcastId, now: i64) -> Result<(), StoreErrorKind> {
    let mut ahead = connection.prepare_cached("SELECT 1 FROM broadcast WHERE id = ?1 AND sealed_at > ?2")?;
    if ahead.exists(params![broadcast.0, now])? {
        let mut update = connection.prepare_cached(
            "UPDATE delivery SET next_attempt_at = ?2 WHERE broadcast = ?1 AND state = ?3 AND next_attempt_at > ?2",
        )?;
        update.execute(params![broadcast.0, now, DeliveryState::Queued.as_str()])?;
    }
    Ok(())
}

/// What a person or a policy decides about deliveries that stand in one state.
pub(super) struct Decision<'a> {
    pub(super) broadcast: BroadcastId,
    pub(super) from: DeliveryState,
    pub(super) event: DeliveryEvent,
    pub(super) note: &'a str,
    /// Microseconds.
    pub(super) now: i64,
}

impl Decision<'_> {
    /// Applies it to all of the broadcast. Cancelling all also gives up the broadcast, so that nothing that comes back
    /// later is sent; and in bulk nobody is sent the same message a third time.
    pub(super) fn for_all(&self, connection: &Connection) -> Result<u64, StoreErrorKind> {
        let Some(cancelled) = reading::is_cancelled(connection, self.broadcast)? else { return Ok(0) };
        if self.event == DeliveryEvent::Cancel {
            connection.execute(
                "UPDATE broadcast SET cancelled = 1 WHERE id = ?1 AND EXISTS (SELECT 1 FROM delivery d
                  WHERE d.broadcast = ?1 AND d.state IN ('queued', 'leased', 'committing', 'deferred'))",
                params![self.broadcast.0],
            )?;
        }
        let only = if self.event == DeliveryEvent::Resend {
            "broadcast = :broadcast AND resent = 0"
        } else {
            "broadcast = :broadcast"
        };
        self.sweep(cancelled, only).run(connection, &[(":broadcast", &self.broadcast.0)])
    }

    /// Applies it to deliveries called by name.
    pub(super) fn for_each_of(
        &self,
        connection: &Connection,
        only: &[DeliveryId],
    ) -> Result<u64, StoreErrorKind> {
        let Some(cancelled) = reading::is_cancelled(connection, self.broadcast)? else { return Ok(0) };
        let sweep = self.sweep(cancelled, "id = :id AND broadcast = :broadcast");
        let mut changed = 0;
        for id in only {
            changed += sweep.run(connection, &[(":id", &id.0), (":broadcast", &self.broadcast.0)])?;
        }
        Ok(changed)
    }

    fn sweep<'s>(&'s self, cancelled: bool, only: &'s str) -> Sweep<'s> {
        let detail = Some(self.note);
        Sweep { from: self.from, event: self.event, cancelled, now: self.now, detail, only }
    }
}
