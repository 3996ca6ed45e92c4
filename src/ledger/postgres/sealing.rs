//! From candidates to a sealed broadcast.
//!
//! Recipients wait in a spool on this machine and travel once, by COPY, in the transaction that seals: nobody sees a
//! part of a broadcast. The row of the broadcast comes first and is unique for issue and edition: a second sealer
//! waits at it for the first, and then finds what the first has sealed.

use crate::domain::delivery::DeliveryState;
use crate::{
    delivery::ports::{Candidate, Staged},
    domain::{
        broadcast::{Broadcast, SealedContent, SkipReason},
        subscriber::SubscriberStatus,
    },
    ledger::{
        identity::{Identity, Mark},
        postgres::{
            clock::{CLOCK, NOW},
            failure::Failure,
            reading::{self, get, to_json},
            session::Session,
            spool::{Spool, SpoolRow},
            states,
            steps::Sweep,
            witness::recall,
        },
        rules::EVERYWHERE,
    },
};
use std::collections::HashSet;
use tokio_postgres::types::{ToSql, Type};

/// Recipients handed over in one COPY: the most of them that is in memory.
const CHUNK_ROWS: u64 = 16_384;

const COPY_DELIVERIES: &str =
    "COPY delivery (broadcast, id, due_at, updated_at, state, addr_key) FROM STDIN (FORMAT binary)";
const DELIVERY_TYPES: [Type; 6] = [Type::INT8, Type::INT8, Type::INT8, Type::INT8, Type::INT2, Type::BYTEA];

const COPY_RECIPIENTS: &str =
    "COPY recipient (broadcast, id, variant, addr_key, subscriber) FROM STDIN (FORMAT binary)";
const RECIPIENT_TYPES: [Type; 5] = [Type::INT8, Type::INT8, Type::INT8, Type::BYTEA, Type::TEXT];

/// Returns the marks among these that must not be mailed.
pub(super) async fn suppressed(
    session: &mut Session,
    marks: &[Vec<u8>],
    newsletter: &str,
) -> Result<HashSet<Vec<u8>>, Failure> {
    let scopes = [EVERYWHERE, newsletter];
    let rows = session
        .rows(
            "SELECT addr_key FROM suppression WHERE addr_key = ANY($1::bytea[]) AND scope = ANY($2::text[])",
            &[&marks, &scopes.as_slice()],
        )
        .await?;
    rows.iter().map(|row| Ok(get(row, 0)?)).collect()
}

/// Puts those who may be mailed into the spool, and says of each what became of it.
pub(super) fn stage(
    spool: &mut Spool,
    candidates: &[Candidate],
    marks: &[Mark],
    gone: &HashSet<Vec<u8>>,
) -> Result<Vec<Staged>, Failure> {
    let mut answers = Vec::with_capacity(candidates.len());
    for (Candidate { subscriber, variant }, mark) in candidates.iter().zip(marks) {
        if subscriber.status == SubscriberStatus::Unsubscribed || gone.contains(mark.as_slice()) {
            answers.push(Staged::Skipped(SkipReason::Suppressed));
        } else if spool.is_first(mark) {
            spool.push(mark, i64::try_from(*variant).unwrap_or(i64::MAX), &to_json(subscriber)?)?;
            answers.push(Staged::Added);
        } else {
            answers.push(Staged::Skipped(SkipReason::Duplicate));
        }
    }
    Ok(answers)
}

/// Returns the broadcast of an issue and edition, when it is sealed.
pub(super) async fn find(
    session: &mut Session,
    content: &SealedContent,
) -> Result<Option<Broadcast>, Failure> {
    let sql = format!("{} WHERE b.newsletter = $1 AND b.issue = $2 AND b.edition = $3", *reading::BROADCAST);
    let (issue, edition) = (&content.issue, i64::from(content.edition));
    let row = session.row(&sql, &[&issue.newsletter, &issue.issue, &edition]).await?;
    row.map(|row| Ok(reading::broadcast(&row)?)).transpose()
}

/// Copies content and recipients into the ledger, all or nothing; returns whether it was us who sealed.
pub(super) async fn freeze(
    session: &mut Session,
    identity: &Identity,
    spool: &mut Spool,
    (content, seal): (&SealedContent, &str),
    now: Option<i64>,
) -> Result<bool, Failure> {
    let number = "UPDATE counter SET value = value + 1 WHERE name = 'broadcast' RETURNING value";
    let row = session.row(number, &[]).await?;
    let broadcast: i64 = row.map_or(Ok(1), |row| get(&row, 0))?;
    session.open().await?;
    let issue = &content.issue;
    let insert = format!(
        "WITH {CLOCK} INSERT INTO broadcast (id, newsletter, issue, edition, seal, sealed_at, content)
         SELECT $2::bigint, $3::text, $4::text, $5::bigint, $6::text, {NOW}, $7::text
         ON CONFLICT (newsletter, issue, edition) DO NOTHING RETURNING sealed_at"
    );
    let (edition, octets) = (i64::from(content.edition), to_json(content)?);
    let row = session
        .row(&insert, &[&now, &broadcast, &issue.newsletter, &issue.issue, &edition, &seal, &octets])
        .await?;
    let Some(row) = row else {
        session.give_up().await;
        return Ok(false);
    };
    let sealed_at: i64 = get(&row, 0)?;
    let mut reader = spool.read()?;
    loop {
        let rows = reader.batch(CHUNK_ROWS)?;
        if rows.is_empty() {
            break;
        }
        hand_over(session, identity, content, (broadcast, sealed_at), rows).await?;
    }
    let only = "d.broadcast = $3 AND d.addr_key IN
                (SELECT s.addr_key FROM suppression s WHERE s.scope IN ('*', $4::text))";
    let nothing: Option<&str> = None;
    let sweep =
        Sweep { from: states::code(DeliveryState::Queued).to_string(), ..Sweep::suppression("", only) };
    session.rows(&sweep.sql(), &[&now, &nothing, &broadcast, &issue.newsletter]).await?;
    recall(session, now, broadcast, (&issue.newsletter, &issue.issue, edition)).await?;
    session.close().await?;
    Ok(true)
}

/// Tells the planner of the new rows, where it wants to be told. Without, everything works, only slower.
pub(super) async fn acquaint(session: &Session) {
    for table in ["broadcast", "delivery", "recipient"] {
        let _ = session.simple(&format!("ANALYZE {table}")).await;
    }
}

/// Sends a chunk of recipients, in the order of their names: that is the order in which they will be claimed.
async fn hand_over(
    session: &Session,
    identity: &Identity,
    content: &SealedContent,
    (broadcast, sealed_at): (i64, i64),
    rows: Vec<SpoolRow>,
) -> Result<(), Failure> {
    let state = states::code(DeliveryState::Queued);
    let mut named: Vec<(i64, SpoolRow)> = rows
        .into_iter()
        .map(|row| {
            let mut mark: Mark = [0; 32];
            mark.copy_from_slice(&row.mark);
            (identity.delivery_id(&content.issue, content.edition, &mark).0, row)
        })
        .collect();
    named.sort_unstable_by_key(|(id, _)| *id);
    let deliveries = named.iter().map(|(id, row)| {
        let values: [&(dyn ToSql + Sync); 6] = [&broadcast, id, &sealed_at, &sealed_at, &state, &row.mark];
        values
    });
    session.copy(COPY_DELIVERIES, &DELIVERY_TYPES, deliveries).await?;
    let recipients = named.iter().map(|(id, row)| {
        let values: [&(dyn ToSql + Sync); 5] = [&broadcast, id, &row.number, &row.mark, &row.text];
        values
    });
    session.copy(COPY_RECIPIENTS, &RECIPIENT_TYPES, recipients).await?;
    Ok(())
}
