//! From candidates to a sealed broadcast.

use crate::{
    delivery::ports::{Candidate, Staged},
    domain::{
        broadcast::{Broadcast, SealedContent, SkipReason},
        delivery::{DeliveryEvent, DeliveryState},
        subscriber::SubscriberStatus,
    },
    ledger::{
        error::StoreErrorKind,
        identity::{Identity, Mark},
        rules::EVERYWHERE,
        sqlite::{
            quarantine,
            reading::{self, to_json},
            steps::Sweep,
        },
    },
};
use rusqlite::{Connection, OptionalExtension, named_params, params};

/// Makes an empty staging area.
pub(super) fn begin(connection: &Connection) -> Result<(), StoreErrorKind> {
    forget(connection)?;
    connection.execute_batch(
        "CREATE TEMP TABLE staged (
            seq        INTEGER PRIMARY KEY,
            addr_key   BLOB NOT NULL UNIQUE,
            variant    INTEGER NOT NULL,
            subscriber TEXT NOT NULL
         ) STRICT",
    )?;
    Ok(())
}

/// Drops the staging area.
pub(super) fn forget(connection: &Connection) -> Result<(), StoreErrorKind> {
    connection.execute_batch("DROP TABLE IF EXISTS temp.staged; DROP TABLE IF EXISTS temp.numbered")?;
    Ok(())
}

/// Stages candidates in order.
pub(super) fn stage(
    connection: &Connection,
    identity: &Identity,
    newsletter: &str,
    candidates: &[Candidate],
) -> Result<Vec<Staged>, StoreErrorKind> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO temp.staged (addr_key, variant, subscriber) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    let mut answers = Vec::with_capacity(candidates.len());
    for Candidate { subscriber, variant } in candidates {
        let mark = identity.mark(&subscriber.address);
        if subscriber.status == SubscriberStatus::Unsubscribed
            || is_suppressed(connection, &mark, newsletter)?
        {
            answers.push(Staged::Skipped(SkipReason::Suppressed));
            continue;
        }
        let variant = i64::try_from(*variant).unwrap_or(i64::MAX);
        let added = insert.execute(params![mark, variant, to_json(subscriber)?])?;
        answers.push(if added == 1 { Staged::Added } else { Staged::Skipped(SkipReason::Duplicate) });
    }
    Ok(answers)
}

/// Returns whether a mailbox must not be mailed by a newsletter.
pub(super) fn is_suppressed(
    connection: &Connection,
    mark: &Mark,
    newsletter: &str,
) -> Result<bool, StoreErrorKind> {
    // The plus keeps SQLite from building an index over the two scopes for every row.
    let mut select = connection
        .prepare_cached("SELECT 1 FROM suppression WHERE addr_key = ?1 AND +scope IN (?2, ?3) LIMIT 1")?;
    Ok(select.exists(params![mark, EVERYWHERE, newsletter])?)
}

/// Returns the broadcast of an issue and edition, when it is sealed.
pub(super) fn find(
    connection: &Connection,
    content: &SealedContent,
) -> Result<Option<Broadcast>, StoreErrorKind> {
    let sql = format!("{} WHERE newsletter = ?1 AND issue = ?2 AND edition = ?3", reading::BROADCAST);
    let mut select = connection.prepare_cached(&sql)?;
    let issue = &content.issue;
    let found = select
        .query_row(params![issue.newsletter, issue.issue, content.edition], |row| Ok(reading::broadcast(row)))
        .optional()?;
    found.transpose()
}

/// Gives every staged recipient the name of its delivery. Done before the transaction of the seal, because it
/// writes nothing that lasts; in the order of the names the seal then only ever appends.
pub(super) fn number(
    connection: &Connection,
    identity: &Identity,
    content: &SealedContent,
) -> Result<(), StoreErrorKind> {
    connection.execute_batch(
        "DROP TABLE IF EXISTS temp.numbered;
         CREATE TEMP TABLE numbered (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT",
    )?;
    let mut select = connection.prepare("SELECT seq, addr_key FROM temp.staged")?;
    let mut insert = connection.prepare("INSERT INTO temp.numbered (id, seq) VALUES (?1, ?2)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, mark): (i64, Mark) = (row.get(0)?, row.get(1)?);
        let id = identity.delivery_id(&content.issue, content.edition, &mark);
        insert.execute([id.0, seq])?;
    }
    Ok(())
}

/// Copies content and numbered recipients into the ledger; the caller has begun the transaction.
pub(super) fn freeze(
    connection: &Connection,
    content: &SealedContent,
    seal: &str,
    now: i64,
) -> Result<(), StoreErrorKind> {
    let issue = &content.issue;
    connection.execute(
        "INSERT INTO broadcast (newsletter, issue, edition, seal, sealed_at, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![issue.newsletter, issue.issue, content.edition, seal, now, to_json(content)?],
    )?;
    let broadcast = connection.last_insert_rowid();
    connection.execute(
        "INSERT INTO delivery (id, broadcast, addr_key, variant, state, next_attempt_at, updated_at)
         SELECT n.id, :broadcast, s.addr_key, s.variant, :queued, :now, :now
           FROM temp.numbered n CROSS JOIN temp.staged s ON s.seq = n.seq ORDER BY n.id",
        named_params! {
            ":broadcast": broadcast, ":queued": DeliveryState::Queued.as_str(), ":now": now,
        },
    )?;
    connection.execute(
        "INSERT INTO recipient (delivery, subscriber) SELECT n.id, s.subscriber
           FROM temp.numbered n CROSS JOIN temp.staged s ON s.seq = n.seq ORDER BY n.id",
        [],
    )?;
    let suppress = Sweep {
        from: DeliveryState::Queued,
        event: DeliveryEvent::Suppress,
        cancelled: false,
        now,
        detail: None,
        only: "broadcast = :broadcast AND addr_key IN
               (SELECT addr_key FROM suppression WHERE scope IN ('*', :newsletter))",
    };
    suppress.run(connection, &[(":broadcast", &broadcast), (":newsletter", &issue.newsletter)])?;
    quarantine::recall(connection, broadcast, now)
}
