//! From candidates to a sealed broadcast.

use crate::{
    delivery::ports::{Candidate, Staged},
    domain::{
        broadcast::{Broadcast, SealedContent, SkipReason},
        delivery::DeliveryState,
        subscriber::SubscriberStatus,
    },
    ledger::{
        error::StoreErrorKind,
        identity::Identity,
        rules::EVERYWHERE,
        sqlite::{
            naming::Naming,
            reading::{self, to_json},
            spool::{Order, Spool},
            steps::suppress_by_number,
        },
    },
};
use rusqlite::{Connection, OptionalExtension, params};

/// Stages candidates in order.
pub(super) fn stage(
    connection: &Connection,
    identity: &Identity,
    spool: &mut Spool,
    candidates: &[Candidate],
) -> Result<Vec<Staged>, StoreErrorKind> {
    let newsletter = spool.newsletter.clone();
    let mut suppressed = connection.prepare_cached(SUPPRESSED)?;
    let (mut answers, mut words) = (Vec::with_capacity(candidates.len()), Vec::new());
    for Candidate { subscriber, variant } in candidates {
        let mark = identity.mark(&subscriber.address);
        if subscriber.status == SubscriberStatus::Unsubscribed
            || suppressed.exists(params![mark, EVERYWHERE, newsletter])?
        {
            answers.push(Staged::Skipped(SkipReason::Suppressed));
            continue;
        }
        words.clear();
        serde_json::to_writer(&mut words, subscriber)
            .map_err(|error| StoreErrorKind::Unusable(error.to_string()))?;
        let added = spool.add(&mark, *variant, &words)?;
        answers.push(if added { Staged::Added } else { Staged::Skipped(SkipReason::Duplicate) });
    }
    Ok(answers)
}

/// Whether a mailbox must not be mailed by a newsletter. The plus keeps SQLite from building an index over the
/// two scopes for every row.
const SUPPRESSED: &str = "SELECT 1 FROM suppression WHERE addr_key = ?1 AND +scope IN (?2, ?3) LIMIT 1";

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

/// Copies content and ordered recipients into the ledger; the caller has begun the transaction.
pub(super) fn freeze(
    connection: &Connection,
    identity: &Identity,
    (spool, order): (&Spool, &Order),
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
    let mut delivery = connection.prepare(
        "INSERT INTO delivery (id, broadcast, addr_key, variant, state, next_attempt_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )?;
    let mut recipient = connection.prepare("INSERT INTO recipient (delivery, subscriber) VALUES (?1, ?2)")?;
    let queued = DeliveryState::Queued.as_str();
    spool.for_each(order, |id, staged| {
        delivery.execute(params![id, broadcast, staged.mark, staged.variant, queued, now])?;
        recipient.execute(params![id, staged.words])?;
        Ok(())
    })?;
    // Who left since they were staged.
    let mut select =
        connection.prepare("SELECT DISTINCT addr_key FROM suppression WHERE scope IN (?1, ?2)")?;
    let mut rows = select.query([EVERYWHERE, &issue.newsletter])?;
    let (naming, mut theirs) = (Naming::of_edition(identity, issue, content.edition), Vec::new());
    while let Some(row) = rows.next()? {
        naming.find(connection, &row.get(0)?, &mut theirs)?;
    }
    suppress_by_number(connection, &theirs, now)
}
