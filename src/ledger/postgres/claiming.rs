//! The way of a delivery to its final dot: due, claimed, committed.

use crate::{
    delivery::ports::{COMMIT_MARGIN, Commit},
    domain::delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryState, Repeat},
    ledger::{
        error::StoreErrorKind,
        postgres::{
            clock::{CLOCK, NOW},
            failure::Failure,
            reading::{from_json, get},
            session::Session,
            states,
            steps::Sweep,
        },
        rules,
    },
};
use std::sync::LazyLock;
use tokio_postgres::Row;

/// Takes the next that are due. Whoever is suppressed meanwhile is taken out instead.
pub(super) static CLAIM: LazyLock<String> = LazyLock::new(|| {
    let (leased, gone) = (target(DeliveryEvent::Claim), target(DeliveryEvent::Suppress));
    format!(
        "WITH {CLOCK}, due AS (
            SELECT d.id, d.due_at, NOT {} AS gone
              FROM delivery d JOIN broadcast b ON b.id = d.broadcast
             WHERE d.broadcast = $2 AND NOT b.cancelled AND d.due_at <= {NOW}
             ORDER BY d.due_at, d.id LIMIT $4 FOR UPDATE OF d SKIP LOCKED),
         taken AS (
            UPDATE delivery d
               SET state = CASE WHEN due.gone THEN {gone} ELSE {leased} END,
                   fence = d.fence + CASE WHEN due.gone THEN 0 ELSE 1 END,
                   attempt = d.attempt + CASE WHEN due.gone THEN 0 ELSE 1 END,
                   lease_owner = CASE WHEN due.gone THEN NULL ELSE $3::text END,
                   lease_until = CASE WHEN due.gone THEN NULL ELSE {NOW} + $5::bigint END,
                   due_at = NULL, updated_at = {NOW}
              FROM due WHERE d.broadcast = $2 AND d.id = due.id
         RETURNING due.due_at AS since, d.id, d.fence, d.attempt, d.resent, d.msg_date, d.msg_sha256, due.gone),
         noted AS (
            INSERT INTO event (broadcast, delivery, at, attempt, kind, state)
            SELECT $2, id, {NOW}, attempt, '{}', {gone} FROM taken WHERE gone)
         SELECT t.since, t.id, t.fence, t.attempt, r.variant, CASE WHEN t.resent THEN t.msg_date END, t.msg_sha256,
                r.subscriber, t.gone, {NOW}
           FROM taken t JOIN recipient r ON r.broadcast = $2 AND r.id = t.id
          ORDER BY t.since, t.id",
        nobody_left("b.newsletter"),
        rules::event_word(DeliveryEvent::Suppress),
    )
});

fn target(event: DeliveryEvent) -> i16 {
    states::target(event)
}

/// Reads a row of [`CLAIM`]; `None` for one that was taken out.
pub(super) fn claimed(row: &Row) -> Result<Option<Claim>, StoreErrorKind> {
    if get(row, 8)? {
        return Ok(None);
    }
    let (attempt, variant): (i32, i64) = (get(row, 3)?, get(row, 4)?);
    let (date, sha256): (Option<i64>, Option<String>) = (get(row, 5)?, get(row, 6)?);
    Ok(Some(Claim {
        delivery: DeliveryId(get(row, 1)?),
        fence: get(row, 2)?,
        attempt: attempt.unsigned_abs(),
        variant: usize::try_from(variant).unwrap_or(usize::MAX),
        subscriber: from_json(get(row, 7)?)?,
        repeat: date.zip(sha256).map(|(date, sha256)| Repeat { date, sha256 }),
    }))
}

/// Gives back what a worker holds without knowing of it: the answer to its claim was lost.
pub(super) async fn release_lost(
    session: &mut Session,
    now: Option<i64>,
    broadcast: i64,
    worker: &str,
    known: &[i64],
) -> Result<(), Failure> {
    let only = "d.broadcast = $3 AND d.lease_owner = $4 AND NOT (d.id = ANY($5::bigint[]))";
    if let Some(sweep) = Sweep::lawful(DeliveryState::Leased, DeliveryEvent::Release, false, only) {
        let nothing: Option<&str> = None;
        session.rows(&sweep.sql(), &[&now, &nothing, &broadcast, &worker, &known]).await?;
    }
    Ok(())
}

/// Makes due what was sealed by a clock that ran ahead: nobody meant it to wait until that clock is right.
pub(super) static CALL_EARLY_ONES: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH {CLOCK}
         UPDATE delivery d SET due_at = {NOW}
           FROM broadcast b
          WHERE b.id = $2 AND b.sealed_at > {NOW} AND d.broadcast = b.id AND d.state = {} AND d.due_at > {NOW}",
        states::code(DeliveryState::Queued),
    )
});

/// Nobody is mailed who has left: the condition on a delivery `d`; `scopes` are the scopes that count for it.
fn nobody_left(newsletter: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM suppression s WHERE s.addr_key = d.addr_key AND (s.scope = '*' OR s.scope = {newsletter}))"
    )
}

/// The guarded statement of commits, for a whole batch of one broadcast: all guards stand in the one statement. Its
/// values are named: the broadcast, how long a lease must last, and the columns of [`CommitColumns`]. It has to
/// stand behind [`CLOCK`].
pub(super) fn guarded(broadcast: &str, margin: &str, columns: &[&str; 5]) -> String {
    let [ids, fences, dates, hashes, message_ids] = columns;
    format!(
        "UPDATE delivery d SET state = {}, msg_date = c.date, msg_sha256 = c.sha256, message_id = c.message_id,
                updated_at = {NOW}, committed_at = {NOW}
           FROM unnest({ids}::bigint[], {fences}::bigint[], {dates}::bigint[], {hashes}::text[], {message_ids}::text[])
                  AS c (id, fence, date, sha256, message_id)
          WHERE d.broadcast = {broadcast} AND d.id = c.id AND d.fence = c.fence AND d.state IN ({})
            AND d.lease_until > {NOW} + {margin}::bigint
            AND NOT (SELECT b.cancelled FROM broadcast b WHERE b.id = {broadcast}) AND {}
         RETURNING d.id, d.fence",
        target(DeliveryEvent::Commit),
        states::sources(DeliveryEvent::Commit),
        nobody_left(&format!("(SELECT b.newsletter FROM broadcast b WHERE b.id = {broadcast})")),
    )
}

/// Commits of one broadcast alone.
pub(super) static COMMIT: LazyLock<String> =
    LazyLock::new(|| format!("WITH {CLOCK} {}", guarded("$2", "$8", &["$3", "$4", "$5", "$6", "$7"])));

/// The values of [`COMMIT`], column by column.
#[derive(Default)]
pub(super) struct CommitColumns<'a> {
    pub(super) ids: Vec<i64>,
    pub(super) fences: Vec<i64>,
    pub(super) dates: Vec<i64>,
    pub(super) hashes: Vec<&'a str>,
    pub(super) message_ids: Vec<&'a str>,
}

impl<'a> CommitColumns<'a> {
    /// Lays commits out.
    pub(super) fn of(commits: impl IntoIterator<Item = &'a Commit>) -> Self {
        let mut columns = Self::default();
        for commit in commits {
            columns.ids.push(commit.delivery.0);
            columns.fences.push(commit.fence);
            columns.dates.push(commit.date);
            columns.hashes.push(&commit.sha256);
            columns.message_ids.push(&commit.message_id);
        }
        columns
    }
}

/// Microseconds that a lease must last for a commit.
pub(super) fn margin() -> i64 {
    rules::later(0, COMMIT_MARGIN)
}
