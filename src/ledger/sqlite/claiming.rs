//! The way of a delivery to its final dot: due, claimed, committed.

use crate::{
    delivery::ports::{COMMIT_MARGIN, Commit},
    domain::{
        broadcast::BroadcastId,
        delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryState, Repeat},
    },
    ledger::{
        error::StoreErrorKind,
        rules,
        sqlite::{
            reading, standing,
            steps::{Note, Sweep, held, note, sources, target, waiting},
        },
    },
};
use rusqlite::{Connection, Row, named_params, params};
use std::sync::LazyLock;

/// Claims what is due; the caller has begun the transaction.
pub(super) fn claim(
    connection: &Connection,
    broadcast: BroadcastId,
    worker: &str,
    limit: i64,
    now: i64,
    lease_until: i64,
) -> Result<Vec<Claim>, StoreErrorKind> {
    if reading::is_cancelled(connection, broadcast)? != Some(false) {
        return Ok(Vec::new());
    }
    if !standing::put_off(connection, broadcast, limit, now)? {
        return Ok(Vec::new());
    }
    while suppress_due(connection, broadcast, limit, now)? > 0 {}
    let sql = format!(
        "UPDATE delivery SET state = '{}', fence = fence + 1, attempt = attempt + 1,
                lease_owner = :worker, lease_until = :until, updated_at = :now, changes = changes + 1
          WHERE id IN ({})
         RETURNING next_attempt_at, id, fence, attempt, variant, iif(resent, msg_date, NULL), msg_sha256,
                   (SELECT subscriber FROM recipient r WHERE r.delivery = delivery.id), changes",
        target(DeliveryEvent::Claim),
        due(),
    );
    let mut update = connection.prepare_cached(&sql)?;
    let mut rows = update.query(named_params! {
        ":broadcast": broadcast.0, ":worker": worker, ":limit": limit, ":now": now, ":until": lease_until,
    })?;
    let mut claims = Vec::new();
    while let Some(row) = rows.next()? {
        let (due_at, number): (i64, i64) = (row.get(0)?, row.get(8)?);
        claims.push((due_at, number, read_claim(row)?));
    }
    // RETURNING promises no order.
    claims.sort_unstable_by_key(|(due_at, _, claim)| (*due_at, claim.delivery));
    let (event, to, detail) = (DeliveryEvent::Claim, target(DeliveryEvent::Claim), Some(worker));
    for (_, number, claim) in &claims {
        let (delivery, number, attempt) = (claim.delivery.0, *number, i64::from(claim.attempt));
        note(connection, now, &Note { delivery, number, attempt, event, to, detail })?;
    }
    Ok(claims.into_iter().map(|(.., claim)| claim).collect())
}

/// Takes out the suppressed among the next that are due; returns how many there were.
fn suppress_due(
    connection: &Connection,
    broadcast: BroadcastId,
    limit: i64,
    now: i64,
) -> Result<u64, StoreErrorKind> {
    let only = format!(
        "id IN ({}) AND EXISTS (SELECT 1 FROM suppression s WHERE s.addr_key = delivery.addr_key
            AND +s.scope IN ('*', (SELECT newsletter FROM broadcast WHERE id = :broadcast)))",
        due()
    );
    let select = format!("SELECT 1 FROM delivery WHERE {only}");
    let mut select = connection.prepare_cached(&select)?;
    let values = named_params! { ":broadcast": broadcast.0, ":limit": limit, ":now": now };
    if !select.exists(values)? {
        return Ok(0);
    }
    let sweep = Sweep {
        from: DeliveryState::Queued,
        event: DeliveryEvent::Suppress,
        cancelled: false,
        now,
        detail: None,
        only: &only,
    };
    sweep.run_wherever_lawful(connection, &[(":broadcast", &broadcast.0), (":limit", &limit)])
}

/// Returns the query for the next that are due, earliest first.
///
/// Each state is read in the order of its index and cut at once: a claim costs the same on a long list as on a short one.
pub(super) fn due() -> String {
    let from = |state: &str| {
        format!(
            "SELECT * FROM (SELECT id, next_attempt_at FROM delivery
              WHERE broadcast = :broadcast AND state = {state} AND next_attempt_at <= :now
              ORDER BY next_attempt_at, id LIMIT :limit)"
        )
    };
    let waiting = waiting();
    let parts: Vec<String> = waiting.split(", ").map(from).collect();
    format!("SELECT id FROM ({} ORDER BY 2, 1 LIMIT :limit)", parts.join(" UNION ALL "))
}

fn read_claim(row: &Row<'_>) -> Result<Claim, StoreErrorKind> {
    let repeated: Option<i64> = row.get(5)?;
    let sha256: Option<String> = row.get(6)?;
    let variant: i64 = row.get(4)?;
    Ok(Claim {
        delivery: DeliveryId(row.get(1)?),
        fence: row.get(2)?,
        attempt: row.get(3)?,
        variant: usize::try_from(variant).unwrap_or(usize::MAX),
        subscriber: reading::from_json(row, 7)?,
        repeat: repeated.zip(sha256).map(|(date, sha256)| Repeat { date, sha256 }),
    })
}

/// Prolongs a worker's leases; returns how many it has.
pub(super) fn heartbeat(
    connection: &Connection,
    broadcast: BroadcastId,
    worker: &str,
    until: i64,
) -> Result<u64, StoreErrorKind> {
    let sql = format!(
        "UPDATE delivery SET lease_until = max(lease_until, ?3)
          WHERE broadcast = ?1 AND state IN ({}) AND lease_owner = ?2",
        held()
    );
    Ok(connection.prepare_cached(&sql)?.execute(params![broadcast.0, worker, until])? as u64)
}

/// The guarded statement of a commit. No RETURNING: it would set up a table of its own for every row.
static COMMIT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE delivery SET state = '{}', msg_date = ?3, msg_sha256 = ?4, message_id = ?5, updated_at = ?6,
                changes = changes + 1
          WHERE id = ?1 AND fence = ?2 AND state IN ({}) AND lease_until > ?7
            AND EXISTS (SELECT 1 FROM broadcast b WHERE b.id = delivery.broadcast AND b.cancelled = 0
                AND NOT EXISTS (SELECT 1 FROM suppression s
                     WHERE s.addr_key = delivery.addr_key AND +s.scope IN ('*', b.newsletter)))",
        target(DeliveryEvent::Commit),
        sources(DeliveryEvent::Commit),
    )
});

/// Makes one intent durable, when nothing speaks against it; the caller has begun the transaction.
///
/// All guards stand in the one statement, so that nothing can happen between looking and writing.
pub(super) fn commit(connection: &Connection, commit: &Commit, now: i64) -> Result<bool, StoreErrorKind> {
    let Commit { delivery, fence, date, sha256, message_id } = commit;
    let lease_needed = rules::later(now, COMMIT_MARGIN);
    let changed = connection.prepare_cached(&COMMIT)?.execute(params![
        delivery.0,
        fence,
        date,
        sha256,
        message_id,
        now,
        lease_needed
    ])?;
    if changed == 0 {
        return Ok(false);
    }
    let mut select = connection.prepare_cached("SELECT attempt, changes FROM delivery WHERE id = ?1")?;
    let (attempt, number) = select.query_row([delivery.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (event, to) = (DeliveryEvent::Commit, target(DeliveryEvent::Commit));
    let detail = Some(message_id.as_str());
    note(connection, now, &Note { delivery: delivery.0, number, attempt, event, to, detail })?;
    Ok(true)
}

/// Returns when the next one is due.
pub(super) fn next_due(
    connection: &Connection,
    broadcast: BroadcastId,
) -> Result<Option<i64>, StoreErrorKind> {
    if reading::is_cancelled(connection, broadcast)? != Some(false) {
        return Ok(None);
    }
    let mut select = connection
        .prepare_cached("SELECT min(next_attempt_at) FROM delivery WHERE broadcast = ?1 AND state = ?2")?;
    let mut earliest: Option<i64> = None;
    for state in DeliveryState::ALL.iter().filter(|state| state.after(DeliveryEvent::Claim).is_some()) {
        let due: Option<i64> = select.query_row(params![broadcast.0, state.as_str()], |row| row.get(0))?;
        earliest = earliest.into_iter().chain(due).min();
    }
    Ok(earliest)
}
