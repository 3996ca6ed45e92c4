//! Deliveries in doubt in PostgreSQL, and the history of any.

use crate::{
    delivery::ports::{Confirmed, Doubt, DoubtStore, HistoryEntry, LedgerError, Named},
    domain::{
        broadcast::BroadcastId,
        delivery::{DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState},
        subscriber::Subscriber,
    },
    ledger::{
        error::StoreErrorKind,
        postgres::{
            PostgresLedger,
            deciding::is_cancelled,
            deliveries::first_count,
            failure::Failure,
            reading::{from_json, get},
            session::Session,
            states,
            steps::Sweep,
        },
        rules,
    },
};
use chrono::{DateTime, Utc};
use tokio_postgres::Row;

/// Columns that [`report`] reads, with those that [`doubt`] reads after them.
const REPORT: &str = "SELECT d.id, d.attempt, d.detail, d.message_id, r.subscriber, d.state,
        d.updated_at, d.resent, d.msg_date, d.committed_at
    FROM delivery d JOIN recipient r ON r.broadcast = d.broadcast AND r.id = d.id";

/// Reads a row of [`REPORT`].
pub(super) fn report(row: &Row) -> Result<DeliveryReport, StoreErrorKind> {
    let subscriber: Subscriber = from_json(get(row, 4)?)?;
    let attempts: i32 = get(row, 1)?;
    Ok(DeliveryReport {
        id: DeliveryId(get(row, 0)?),
        address: subscriber.address,
        state: states::state(get(row, 5)?)?,
        attempts: attempts.unsigned_abs(),
        detail: get(row, 2)?,
        message_id: get(row, 3)?,
    })
}

/// Reads a row of [`REPORT`]. The `Date` of a message is made just before its first commit, and stays.
fn doubt(row: &Row) -> Result<Doubt, StoreErrorKind> {
    let since: i64 = get(row, 6)?;
    let (date, committed): (Option<i64>, Option<i64>) = (get(row, 8)?, get(row, 9)?);
    let first = date.map_or(since, |seconds| seconds.saturating_mul(1_000_000));
    Ok(Doubt {
        report: report(row)?,
        since: rules::moment(since),
        committed_first: rules::moment(first),
        committed_last: rules::moment(committed.unwrap_or(since)),
        is_resent: get(row, 7)?,
    })
}

impl DoubtStore for PostgresLedger {
    fn doubts(&mut self, broadcast: BroadcastId, limit: usize) -> Result<Vec<Doubt>, LedgerError> {
        let sql = format!("{REPORT} WHERE d.broadcast = $1 AND d.state = $2 ORDER BY d.id LIMIT $3");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let state = states::code(DeliveryState::InDoubt);
        self.read("list the deliveries in doubt", async |session| {
            let rows = session.rows(&sql, &[&broadcast.0, &state, &limit]).await?;
            rows.iter().map(|row| Ok(doubt(row)?)).collect()
        })
    }

    fn settle_old_doubts(
        &mut self,
        broadcast: BroadcastId,
        event: DeliveryEvent,
        since_before: DateTime<Utc>,
        note: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let moment = self.clock.now(now);
        let before = self.clock.inwards(since_before);
        let note = rules::kept_detail(note);
        let only = if event == DeliveryEvent::Resend {
            "d.broadcast = $3 AND d.updated_at <= $4::bigint AND NOT d.resent"
        } else {
            "d.broadcast = $3 AND d.updated_at <= $4::bigint"
        };
        self.read("settle old doubts", async |session| {
            let Some(cancelled) = is_cancelled(session, broadcast).await? else { return Ok(0) };
            let Some(sweep) = Sweep::lawful(DeliveryState::InDoubt, event, cancelled, only) else {
                return Ok(0);
            };
            let rows = session.rows(&sweep.sql(), &[&moment, &note, &broadcast.0, &before]).await?;
            Ok(first_count(&rows)?)
        })
    }

    fn confirmed_around(
        &mut self,
        broadcast: BroadcastId,
        around: DateTime<Utc>,
        each: usize,
    ) -> Result<Vec<Confirmed>, LedgerError> {
        let (around, limit) = (rules::micros(around), i64::try_from(each).unwrap_or(i64::MAX));
        let state = states::code(DeliveryState::Sent);
        self.read("list what the relay confirmed", async |session| {
            let mut confirmed = Vec::new();
            for (side, order) in [("<=", "DESC"), (">", "ASC")] {
                let sql = format!(
                    "SELECT message_id, remote_id, updated_at FROM delivery
                      WHERE broadcast = $1 AND state = $2 AND remote_id IS NOT NULL AND message_id IS NOT NULL
                        AND updated_at {side} $3 ORDER BY updated_at {order}, id LIMIT $4"
                );
                for row in session.rows(&sql, &[&broadcast.0, &state, &around, &limit]).await? {
                    let at = rules::moment(get(&row, 2)?);
                    confirmed.push(Confirmed { message_id: get(&row, 0)?, remote_id: get(&row, 1)?, at });
                }
            }
            Ok(confirmed)
        })
    }

    fn with_message_ids(
        &mut self,
        broadcast: BroadcastId,
        state: DeliveryState,
        message_ids: &[String],
    ) -> Result<Vec<DeliveryReport>, LedgerError> {
        let sql = format!(
            "{REPORT} WHERE d.broadcast = $1 AND d.state = $2 AND d.message_id = ANY($3::text[]) ORDER BY d.id"
        );
        let state = states::code(state);
        self.read("look for Message-IDs", async |session| {
            let rows = session.rows(&sql, &[&broadcast.0, &state, &message_ids]).await?;
            rows.iter().map(|row| Ok(report(row)?)).collect()
        })
    }

    fn find(&mut self, broadcast: BroadcastId, named: &Named) -> Result<Option<DeliveryReport>, LedgerError> {
        let identity = &self.identity;
        let found = self.reach.call(crate::ledger::postgres::reach::Lost::Repeat, async |session| {
            let row = match named {
                Named::Id(id) => {
                    let sql = format!("{REPORT} WHERE d.broadcast = $1 AND d.id = $2");
                    session.row(&sql, &[&broadcast.0, &id.0]).await?
                }
                Named::Address(address) => {
                    let sql = format!("{REPORT} WHERE r.broadcast = $1 AND r.addr_key = $2");
                    session.row(&sql, &[&broadcast.0, &identity.mark(address).to_vec()]).await?
                }
            };
            row.map(|row| Ok(report(&row)?)).transpose()
        });
        found.map_err(|kind| self.refused("look for a delivery", kind))
    }

    fn history(&mut self, delivery: DeliveryId) -> Result<Vec<HistoryEntry>, LedgerError> {
        self.read("read the history of a delivery", async |session| history(session, delivery).await)
    }
}

/// Puts the lines of a delivery together: those of the events, and what its row itself tells of the plain way.
async fn history(session: &mut Session, delivery: DeliveryId) -> Result<Vec<HistoryEntry>, Failure> {
    const EVENTS: &str = "SELECT e.at, e.attempt, e.kind, e.state, e.detail FROM broadcast b
         JOIN event e ON e.broadcast = b.id AND e.delivery = $1 ORDER BY e.at";
    const ROW: &str = "SELECT d.state, d.attempt, d.updated_at, d.committed_at, d.message_id, d.detail
         FROM broadcast b JOIN delivery d ON d.broadcast = b.id AND d.id = $1";
    let mut entries = Vec::new();
    for row in session.rows(EVENTS, &[&delivery.0]).await? {
        entries.push(HistoryEntry {
            at: rules::moment(get(&row, 0)?),
            attempt: get::<i32>(&row, 1)?.unsigned_abs(),
            event: get(&row, 2)?,
            state: states::state(get(&row, 3)?)?,
            detail: get(&row, 4)?,
        });
    }
    let Some(row) = session.row(ROW, &[&delivery.0]).await? else { return Ok(entries) };
    let (state, attempt) = (states::state(get(&row, 0)?)?, get::<i32>(&row, 1)?.unsigned_abs());
    let committed: Option<i64> = get(&row, 3)?;
    let mut tell = |at: i64, event: DeliveryEvent, state: DeliveryState, detail: Option<String>| {
        let event = rules::event_word(event).to_owned();
        entries.push(HistoryEntry { at: rules::moment(at), attempt, event, state, detail });
    };
    if let Some(at) = committed {
        tell(at, DeliveryEvent::Commit, DeliveryState::Committing, get(&row, 4)?);
    }
    if state == DeliveryState::Sent {
        tell(get(&row, 2)?, DeliveryEvent::Accept, state, get(&row, 5)?);
    }
    // The sort is stable: what happened in the same moment stays in its order.
    entries.sort_by_key(|entry| entry.at);
    Ok(entries)
}
