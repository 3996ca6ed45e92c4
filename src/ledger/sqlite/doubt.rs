//! Deliveries in doubt in SQLite, and the history of any.

use crate::{
    delivery::ports::{Confirmed, Doubt, DoubtStore, HistoryEntry, LedgerError, Named},
    domain::{
        broadcast::BroadcastId,
        delivery::{DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState},
        subscriber::Subscriber,
    },
    ledger::{
        error::StoreErrorKind,
        rules,
        sqlite::{SqliteLedger, reading, steps::Sweep},
    },
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};

/// Message-IDs that are looked for at once.
const IDS_AT_ONCE: usize = 500;

/// Columns that [`report`] reads.
const REPORT: &str = "SELECT d.id, d.attempt, d.detail, d.message_id, r.subscriber, d.state
    FROM delivery d JOIN recipient r ON r.delivery = d.id";

fn report(row: &Row<'_>) -> Result<DeliveryReport, StoreErrorKind> {
    let subscriber: Subscriber = reading::from_json(row, 4)?;
    Ok(DeliveryReport {
        id: DeliveryId(row.get(0)?),
        address: subscriber.address,
        state: reading::state(row, 5)?,
        attempts: row.get(1)?,
        detail: row.get(2)?,
        message_id: row.get(3)?,
    })
}

impl DoubtStore for SqliteLedger {
    fn doubts(&mut self, broadcast: BroadcastId, limit: usize) -> Result<Vec<Doubt>, LedgerError> {
        self.read("list the deliveries in doubt", |ledger, _| doubts(ledger, broadcast, limit))
    }

    fn settle_old_doubts(
        &mut self,
        broadcast: BroadcastId,
        event: DeliveryEvent,
        since_before: DateTime<Utc>,
        note: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        self.write("settle old doubts", |ledger, _| {
            let Some(cancelled) = reading::is_cancelled(ledger, broadcast)? else { return Ok(0) };
            let only = if event == DeliveryEvent::Resend {
                "broadcast = :broadcast AND updated_at <= :before AND resent = 0"
            } else {
                "broadcast = :broadcast AND updated_at <= :before"
            };
            let (from, detail, now) = (DeliveryState::InDoubt, Some(note), rules::micros(now));
            let before = rules::micros(since_before);
            Sweep { from, event, cancelled, now, detail, only }
                .run(ledger, &[(":broadcast", &broadcast.0), (":before", &before)])
        })
    }

    fn confirmed_around(
        &mut self,
        broadcast: BroadcastId,
        around: DateTime<Utc>,
        each: usize,
    ) -> Result<Vec<Confirmed>, LedgerError> {
        self.read("list what the relay confirmed", |ledger, _| {
            let mut confirmed = Vec::new();
            for (side, order) in [("<=", "DESC"), (">", "ASC")] {
                let mut select = ledger.prepare_cached(&format!(
                    "SELECT message_id, remote_id, updated_at FROM delivery
                      WHERE broadcast = ?1 AND state = '{}' AND remote_id IS NOT NULL AND message_id IS NOT NULL
                        AND updated_at {side} ?2 ORDER BY updated_at {order}, id LIMIT ?3",
                    DeliveryState::Sent
                ))?;
                let limit = i64::try_from(each).unwrap_or(i64::MAX);
                let mut rows = select.query(params![broadcast.0, rules::micros(around), limit])?;
                while let Some(row) = rows.next()? {
                    let at = rules::moment(row.get(2)?);
                    confirmed.push(Confirmed { message_id: row.get(0)?, remote_id: row.get(1)?, at });
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
        self.read_deliveries("look for Message-IDs", |ledger, _| {
            let mut select = ledger.prepare_cached(&format!(
                "{REPORT} WHERE d.broadcast = ?1 AND d.state = ?2
                    AND d.message_id IN (SELECT value FROM json_each(?3)) ORDER BY d.id"
            ))?;
            let mut reports = Vec::new();
            for some in message_ids.chunks(IDS_AT_ONCE) {
                let wanted = reading::to_json(&some)?;
                let mut rows = select.query(params![broadcast.0, state.as_str(), wanted])?;
                while let Some(row) = rows.next()? {
                    reports.push(report(row)?);
                }
            }
            Ok(reports)
        })
    }

    fn find(&mut self, broadcast: BroadcastId, named: &Named) -> Result<Option<DeliveryReport>, LedgerError> {
        self.read_deliveries("look for a delivery", |ledger, identity| {
            let key = match named {
                Named::Id(_) => "d.id",
                Named::Address(_) => "d.addr_key",
            };
            let mut select =
                ledger.prepare_cached(&format!("{REPORT} WHERE d.broadcast = ?1 AND {key} = ?2"))?;
            let mut rows = match named {
                Named::Id(id) => select.query(params![broadcast.0, id.0])?,
                Named::Address(address) => select.query(params![broadcast.0, identity.mark(address)])?,
            };
            rows.next()?.map(report).transpose()
        })
    }

    fn history(&mut self, delivery: DeliveryId) -> Result<Vec<HistoryEntry>, LedgerError> {
        self.read_deliveries("read the history of a delivery", |ledger, _| history(ledger, delivery))
    }
}

/// A line may tell of the claim and the commit before it: each gets a line of its own again.
fn history(ledger: &Connection, delivery: DeliveryId) -> Result<Vec<HistoryEntry>, StoreErrorKind> {
    let mut select = ledger.prepare_cached(
        "SELECT e.at, e.attempt, e.kind, e.state, e.detail, e.claimed_at, e.claimed_by, e.committed_at, d.message_id
           FROM event e JOIN delivery d ON d.id = e.delivery WHERE e.delivery = ?1 ORDER BY e.number",
    )?;
    let mut rows = select.query([delivery.0])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let attempt = row.get(1)?;
        let implied = |at: i64, event: DeliveryEvent, state: DeliveryState, detail: Option<String>| {
            let event = rules::event_word(event).to_owned();
            HistoryEntry { at: rules::moment(at), attempt, event, state, detail }
        };
        if let Some(at) = row.get(5)? {
            entries.push(implied(at, DeliveryEvent::Claim, DeliveryState::Leased, row.get(6)?));
        }
        if let Some(at) = row.get(7)? {
            entries.push(implied(at, DeliveryEvent::Commit, DeliveryState::Committing, row.get(8)?));
        }
        entries.push(HistoryEntry {
            at: rules::moment(row.get(0)?),
            attempt,
            event: row.get(2)?,
            state: reading::state(row, 3)?,
            detail: row.get(4)?,
        });
    }
    Ok(entries)
}

/// Where no commit was written down, the `Date` of the message stands for it: it is made just before.
fn doubts(ledger: &Connection, broadcast: BroadcastId, limit: usize) -> Result<Vec<Doubt>, StoreErrorKind> {
    let commit = rules::event_word(DeliveryEvent::Commit);
    let committed = format!("coalesce(e.committed_at, iif(e.kind = '{commit}', e.at, NULL))");
    let mut select = ledger.prepare_cached(&format!(
        "SELECT d.id, d.attempt, d.detail, d.message_id, r.subscriber, d.state, d.updated_at, d.resent,
                coalesce((SELECT min({committed}) FROM event e WHERE e.delivery = d.id),
                         d.msg_date * 1000000, d.updated_at),
                coalesce((SELECT max({committed}) FROM event e WHERE e.delivery = d.id), d.updated_at)
           FROM delivery d JOIN recipient r ON r.delivery = d.id
          WHERE d.broadcast = ?1 AND d.state = ?2 ORDER BY d.next_attempt_at, d.id LIMIT ?3"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = select.query(params![broadcast.0, DeliveryState::InDoubt.as_str(), limit])?;
    let mut doubts = Vec::new();
    while let Some(row) = rows.next()? {
        doubts.push(Doubt {
            report: report(row)?,
            since: rules::moment(row.get(6)?),
            is_resent: row.get(7)?,
            committed_first: rules::moment(row.get(8)?),
            committed_last: rules::moment(row.get(9)?),
        });
    }
    Ok(doubts)
}
