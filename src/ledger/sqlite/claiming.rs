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
            reading,
            steps::{Sweep, note, sources, target, waiting},
        },
    },
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

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
    while suppress_due(connection, broadcast, limit, now)? > 0 {}
    let sql = format!(
        "UPDATE delivery SET state = '{}', fence = fence + 1, attempt = attempt + 1,
                lease_owner = :worker, lease_until = :until, updated_at = :now
          WHERE id IN ({})
         RETURNING next_attempt_at, id, fence, attempt, variant, iif(resent, msg_date, NULL), msg_sha256,
                   (SELECT subscriber FROM recipient r WHERE r.delivery = delivery.id)",
        target(DeliveryEvent::Claim),
        due(),
    );
    let mut update = connection.prepare_cached(&sql)?;
    let mut rows = update.query(named_params! {
        ":broadcast": broadcast.0, ":worker": worker, ":limit": limit, ":now": now, ":until": lease_until,
    })?;
    let mut claims = Vec::new();
    while let Some(row) = rows.next()? {
        let due_at: i64 = row.get(0)?;
        claims.push((due_at, read_claim(row)?));
    }
    // RETURNING promises no order.
    claims.sort_unstable_by_key(|(due_at, claim)| (*due_at, claim.delivery));
    let claims: Vec<Claim> = claims.into_iter().map(|(_, claim)| claim).collect();
    for claim in &claims {
        let attempt = i64::from(claim.attempt);
        let leased = DeliveryState::Leased.as_str();
        note(connection, claim.delivery.0, now, attempt, DeliveryEvent::Claim, leased, Some(worker))?;
    }
    Ok(claims)
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
            AND s.scope IN ('*', (SELECT newsletter FROM broadcast WHERE id = :broadcast)))",
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

/// Makes one intent durable, when nothing speaks against it; the caller has begun the transaction.
///
/// All guards stand in the one statement, so that nothing can happen between looking and writing.
pub(super) fn commit(connection: &Connection, commit: &Commit, now: i64) -> Result<bool, StoreErrorKind> {
    let (from, to) = (sources(DeliveryEvent::Commit), target(DeliveryEvent::Commit));
    let sql = format!(
        "UPDATE delivery SET state = '{to}', msg_date = :date, msg_sha256 = :sha256, message_id = :message_id,
                updated_at = :now
          WHERE id = :id AND state IN ({from}) AND fence = :fence AND lease_until > :lease_needed
            AND EXISTS (SELECT 1 FROM broadcast b WHERE b.id = delivery.broadcast AND b.cancelled = 0
                AND NOT EXISTS (SELECT 1 FROM suppression s
                     WHERE s.addr_key = delivery.addr_key AND s.scope IN ('*', b.newsletter)))
         RETURNING attempt"
    );
    let mut update = connection.prepare_cached(&sql)?;
    let attempt: Option<i64> = update
        .query_row(
            named_params! {
                ":id": commit.delivery.0,
                ":fence": commit.fence,
                ":date": commit.date,
                ":sha256": commit.sha256,
                ":message_id": commit.message_id,
                ":now": now,
                ":lease_needed": rules::later(now, COMMIT_MARGIN),
            },
            |row| row.get(0),
        )
        .optional()?;
    if let Some(attempt) = attempt {
        let id = Some(commit.message_id.as_str());
        note(connection, commit.delivery.0, now, attempt, DeliveryEvent::Commit, to, id)?;
    }
    Ok(attempt.is_some())
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
        let due: Option<i64> =
            select.query_row(rusqlite::params![broadcast.0, state.as_str()], |row| row.get(0))?;
        earliest = earliest.into_iter().chain(due).min();
    }
    Ok(earliest)
}
