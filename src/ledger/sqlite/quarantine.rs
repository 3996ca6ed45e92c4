//! Deliveries whose mail may have left although this database says otherwise.

use crate::{
    domain::delivery::{DeliveryEvent, DeliveryState},
    ledger::{error::StoreErrorKind, rules},
};
use rusqlite::{Connection, params};

/// What is noted of a delivery that a person put in doubt.
const QUARANTINED: &str = "put in doubt by hand: the ledger may lack what was sent";

/// Puts every open delivery of what was sealed or changed since a moment in doubt; the caller has begun the transaction.
pub(super) fn quarantine(connection: &Connection, since: i64, now: i64) -> Result<u64, StoreErrorKind> {
    const ONLY: &str = "state IN ('queued', 'leased', 'committing', 'deferred') AND broadcast IN
        (SELECT b.id FROM broadcast b WHERE b.sealed_at >= :since OR EXISTS
            (SELECT 1 FROM delivery o WHERE o.broadcast = b.id AND o.updated_at >= :since))";
    connection.execute_batch(
        "DROP TABLE IF EXISTS temp.doubted; CREATE TEMP TABLE doubted (id INTEGER PRIMARY KEY) STRICT",
    )?;
    connection.execute(
        &format!("INSERT INTO temp.doubted SELECT id FROM delivery WHERE {ONLY}"),
        rusqlite::named_params! { ":since": since },
    )?;
    let (event, to) = (rules::event_word(DeliveryEvent::Lose), DeliveryState::InDoubt.as_str());
    connection.execute(
        "INSERT INTO event (delivery, number, at, attempt, kind, state, detail)
         SELECT id, changes + 1, ?1, attempt, ?2, ?3, ?4 FROM delivery WHERE id IN (SELECT id FROM temp.doubted)",
        params![now, event, to, QUARANTINED],
    )?;
    let changed = connection.execute(
        "UPDATE delivery SET state = ?2, lease_owner = NULL, lease_until = NULL, updated_at = ?1,
                changes = changes + 1, detail = ?3 WHERE id IN (SELECT id FROM temp.doubted)",
        params![now, to, QUARANTINED],
    )?;
    connection.execute_batch("DROP TABLE temp.doubted")?;
    Ok(changed as u64)
}

/// Where the facts about the delivery of an outer statement stand.
const THEIRS: &str = "FROM witnessed w WHERE w.delivery = delivery.id";

/// Gives freshly sealed deliveries what journals know of them: who has it already does not get it again.
pub(super) fn recall(connection: &Connection, broadcast: i64, now: i64) -> Result<(), StoreErrorKind> {
    let nothing = !connection.prepare_cached("SELECT 1 FROM witnessed LIMIT 1")?.exists([])?;
    if nothing {
        return Ok(());
    }
    connection.execute(
        "INSERT INTO event (delivery, number, at, attempt, kind, state, detail)
         SELECT d.id, d.changes + 1, ?2, w.attempt, 'commit', w.state, 'known from the send journal of an earlier seal'
           FROM witnessed w CROSS JOIN delivery d ON d.id = w.delivery WHERE d.broadcast = ?1",
        params![broadcast, now],
    )?;
    connection.execute(
        &format!(
            "UPDATE delivery SET changes = changes + 1, updated_at = ?2, state = (SELECT w.state {THEIRS}),
                    fence = (SELECT w.fence {THEIRS}), attempt = (SELECT w.attempt {THEIRS}),
                    msg_date = (SELECT w.msg_date {THEIRS}), msg_sha256 = (SELECT w.msg_sha256 {THEIRS}),
                    message_id = (SELECT w.message_id {THEIRS}), remote_id = (SELECT w.remote_id {THEIRS})
              WHERE broadcast = ?1 AND id IN (SELECT delivery FROM witnessed)"
        ),
        params![broadcast, now],
    )?;
    connection.execute(
        "DELETE FROM witnessed WHERE delivery IN (SELECT id FROM delivery WHERE broadcast = ?1)",
        params![broadcast],
    )?;
    Ok(())
}
