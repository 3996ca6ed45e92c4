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
            batches::{self, Batch, Batches},
            reading, standing,
            steps::{Note, held, note, sources, suppress_by_number, target, waiting},
        },
    },
};
use rusqlite::{Connection, Row, named_params, params};
use std::sync::LazyLock;

/// What a worker wants.
pub(super) struct Wish<'a> {
    pub(super) broadcast: BroadcastId,
    pub(super) worker: &'a str,
    pub(super) limit: usize,
    /// Microseconds.
    pub(super) now: i64,
    pub(super) lease_until: i64,
}

/// Claims what is due; the caller has begun the transaction.
///
/// The due are found by the index alone, then each is read and checked, and all are written down together. Whoever was
/// suppressed meanwhile is taken out, and the next in line gets the place.
pub(super) fn claim(
    connection: &Connection,
    batches: &mut Batches,
    wish: &Wish<'_>,
) -> Result<Vec<Claim>, StoreErrorKind> {
    if reading::is_cancelled(connection, wish.broadcast)? != Some(false) {
        return Ok(Vec::new());
    }
    if standing::does_any_rest(connection, wish.now)? {
        // Those of a provider that rests are put off, and a claim must not look like one of them.
        batches::spread(connection)?;
        *batches = Batches::default();
        let limit = i64::try_from(wish.limit).unwrap_or(i64::MAX);
        if !standing::put_off(connection, wish.broadcast, limit, wish.now)? {
            return Ok(Vec::new());
        }
    }
    let mut claims = Vec::new();
    loop {
        let mut suppressed = Vec::new();
        let found = due_now(connection, batches, wish, claims.len())?;
        for id in found {
            match look(connection, id)? {
                Some(claim) => claims.push(claim),
                None => suppressed.push(id),
            }
        }
        if suppressed.is_empty() {
            break;
        }
        suppress_by_number(connection, &suppressed, wish.now)?;
    }
    if !claims.is_empty() {
        let Wish { broadcast, worker, now, lease_until, .. } = *wish;
        let batch = Batch { broadcast, worker: worker.to_owned(), claimed_at: now, lease_until };
        batches.add(connection, batch, &claims)?;
    }
    Ok(claims.into_iter().map(|(claim, _)| claim).collect())
}

/// Returns the numbers of the next that are due, earliest first: those that nobody holds, when `taken` more are ours in a
/// moment.
fn due_now(
    connection: &Connection,
    batches: &Batches,
    wish: &Wish<'_>,
    taken: usize,
) -> Result<Vec<i64>, StoreErrorKind> {
    let mut select = connection.prepare_cached(&DUE)?;
    let limit = i64::try_from(wish.limit + batches.len()).unwrap_or(i64::MAX);
    let mut rows =
        select.query(named_params! { ":broadcast": wish.broadcast.0, ":now": wish.now, ":limit": limit })?;
    let mut due = Vec::new();
    let mut passed = taken;
    while due.len() + taken < wish.limit
        && let Some(row) = rows.next()?
    {
        let id = row.get(0)?;
        if batches.holds(id) {
            continue;
        }
        // What this claim has taken already stands first, in the same order.
        if passed > 0 {
            passed -= 1;
            continue;
        }
        due.push(id);
    }
    Ok(due)
}

/// Reads one for its claim, with how often it has changed; `None` when the mailbox is suppressed.
fn look(connection: &Connection, id: i64) -> Result<Option<(Claim, i64)>, StoreErrorKind> {
    let mut select = connection.prepare_cached(
        "SELECT d.fence + 1, d.attempt + 1, d.variant, iif(d.resent, d.msg_date, NULL), d.msg_sha256, d.changes,
                (SELECT subscriber FROM recipient r WHERE r.delivery = d.id),
                EXISTS (SELECT 1 FROM suppression s WHERE s.addr_key = d.addr_key
                           AND +s.scope IN ('*', (SELECT newsletter FROM broadcast b WHERE b.id = d.broadcast)))
           FROM delivery d WHERE d.id = ?1",
    )?;
    let mut rows = select.query([id])?;
    let Some(row) = rows.next()?.filter(|row| !row.get(7).unwrap_or(false)) else { return Ok(None) };
    Ok(Some((read_claim(id, row)?, row.get(5)?)))
}

/// The statement of [`due`].
static DUE: LazyLock<String> = LazyLock::new(due);

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

fn read_claim(id: i64, row: &Row<'_>) -> Result<Claim, StoreErrorKind> {
    let repeated: Option<i64> = row.get(3)?;
    let sha256: Option<String> = row.get(4)?;
    let variant: i64 = row.get(2)?;
    Ok(Claim {
        delivery: DeliveryId(id),
        fence: row.get(0)?,
        attempt: row.get(1)?,
        variant: usize::try_from(variant).unwrap_or(usize::MAX),
        subscriber: reading::from_json(row, 6)?,
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
