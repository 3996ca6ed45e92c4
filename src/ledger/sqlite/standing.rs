//! Pauses, quotas and mailboxes that are gone, in SQLite.

use crate::{
    delivery::{
        ports::{Gone, LedgerError, Pause, Spending, Standing},
        providers::ProviderId,
    },
    domain::{
        broadcast::BroadcastId, settings::Rate, subscriber::Subscriber, suppression::SuppressionReason,
    },
    ledger::{
        error::StoreErrorKind,
        rules::{self, EVERYWHERE},
        sqlite::{SqliteLedger, claiming, reading, steps::waiting, subscribers::Entry},
    },
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, named_params, params};
use std::collections::HashMap;

/// Due deliveries that are looked at together while a provider rests, at least.
const LOOK_MIN: i64 = 1_024;

/// Such looks in one claim at most: others wait for the ledger meanwhile.
const LOOKS_MAX: usize = 48;

impl Standing for SqliteLedger {
    fn pause(
        &mut self,
        key: &str,
        until: DateTime<Utc>,
        cause: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        self.write_beside_claims("note a pause", |ledger, _| {
            ledger.prepare_cached("DELETE FROM pause WHERE until <= ?1")?.execute([rules::micros(now)])?;
            let mut upsert = ledger.prepare_cached(
                "INSERT INTO pause (key, until, cause) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE
                    SET until = excluded.until, cause = excluded.cause WHERE excluded.until > until",
            )?;
            upsert.execute(params![key, rules::micros(until), rules::kept_detail(cause)])?;
            let mut select = ledger.prepare_cached("SELECT until FROM pause WHERE key = ?1")?;
            Ok(rules::moment(select.query_row([key], |row| row.get(0))?))
        })
    }

    fn lift_pause(&mut self, key: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.write("lift a pause", |ledger, _| {
            let mut delete = ledger.prepare_cached("DELETE FROM pause WHERE key = ?1 RETURNING until")?;
            let until: Option<i64> = delete.query_row([key], |row| row.get(0)).optional()?;
            let Some(until) = until else { return Ok(false) };
            // Moments are exact to the microsecond: who waits for this one was put off by this pause.
            let sql = format!(
                "UPDATE delivery SET next_attempt_at = :now WHERE broadcast IN (SELECT id FROM broadcast)
                    AND state IN ({}) AND next_attempt_at = :until",
                waiting()
            );
            let mut update = ledger.prepare_cached(&sql)?;
            update.execute(named_params! { ":now": rules::micros(now), ":until": until })?;
            Ok(true)
        })
    }

    fn pauses(&mut self, now: DateTime<Utc>) -> Result<Vec<Pause>, LedgerError> {
        self.read("read the pauses", |ledger, _| {
            let mut select =
                ledger.prepare_cached("SELECT key, until, cause FROM pause WHERE until > ?1 ORDER BY key")?;
            let mut rows = select.query([rules::micros(now)])?;
            let mut pauses = Vec::new();
            while let Some(row) = rows.next()? {
                let until = rules::moment(row.get(1)?);
                pauses.push(Pause { key: row.get(0)?, until, cause: row.get(2)? });
            }
            Ok(pauses)
        })
    }

    fn spend(
        &mut self,
        key: &str,
        wanted: u32,
        quota: Rate,
        now: DateTime<Utc>,
    ) -> Result<Spending, LedgerError> {
        let now = rules::micros(now);
        self.write_beside_claims("spend of a quota", |ledger, _| {
            let first = rules::quota_first_slot(quota, now);
            let mut forget = ledger.prepare_cached("DELETE FROM spent WHERE key = ?1 AND slot < ?2")?;
            forget.execute(params![key, first])?;
            let mut select =
                ledger.prepare_cached("SELECT slot, count FROM spent WHERE key = ?1 ORDER BY slot")?;
            let counted =
                select.query_map([key], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
            let counted = counted.collect::<Result<Vec<_>, _>>()?;
            let spending = rules::spending(&counted, wanted, quota, now);
            if spending.granted > 0 {
                let mut upsert = ledger.prepare_cached(
                    "INSERT INTO spent (key, slot, count) VALUES (?1, ?2, ?3)
                     ON CONFLICT (key, slot) DO UPDATE SET count = count + excluded.count",
                )?;
                upsert.execute(params![key, rules::quota_slot(quota, now), spending.granted])?;
            }
            Ok(spending)
        })
    }

    fn suppress_gone(&mut self, gone: &[Gone], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.write("suppress mailboxes that are gone", |ledger, identity| {
            let mut added = 0;
            for Gone { address, evidence } in gone {
                let entry = Entry {
                    mark: identity.mark(address),
                    canonical: address.canonical(),
                    scope: EVERYWHERE,
                    reason: SuppressionReason::Hard,
                    evidence,
                    now: rules::micros(now),
                };
                added += u64::from(entry.write(ledger, identity)?);
            }
            Ok(added)
        })
    }
}

/// Returns whether any provider rests.
pub(super) fn does_any_rest(connection: &Connection, now: i64) -> Result<bool, StoreErrorKind> {
    Ok(connection.prepare_cached("SELECT 1 FROM pause WHERE until > ?1")?.exists([now])?)
}

/// Puts off those of the next `limit` due deliveries whose provider rests, until nobody among them does; the caller
/// has begun the transaction. Returns whether it came to that end: a long queue of one provider takes several calls.
pub(super) fn put_off(
    connection: &Connection,
    broadcast: BroadcastId,
    limit: i64,
    now: i64,
) -> Result<bool, StoreErrorKind> {
    let resting = resting(connection, now)?;
    if resting.is_empty() {
        return Ok(true);
    }
    let sql =
        format!("SELECT r.delivery, r.subscriber FROM recipient r WHERE r.delivery IN ({})", claiming::due());
    let mut select = connection.prepare_cached(&sql)?;
    let mut update = connection.prepare_cached("UPDATE delivery SET next_attempt_at = ?2 WHERE id = ?1")?;
    for _ in 0..LOOKS_MAX {
        let mut found = Vec::new();
        let mut rows = select.query(named_params! {
            ":broadcast": broadcast.0, ":limit": limit.max(LOOK_MIN), ":now": now,
        })?;
        while let Some(row) = rows.next()? {
            let subscriber: Subscriber = reading::from_json(row, 1)?;
            if let Some(until) = resting.get(&ProviderId::of(&subscriber.address)) {
                found.push((row.get::<_, i64>(0)?, *until));
            }
        }
        if found.is_empty() {
            return Ok(true);
        }
        for (id, until) in found {
            update.execute([id, until])?;
        }
    }
    Ok(false)
}

/// Returns the providers that rest, and until when.
fn resting(connection: &Connection, now: i64) -> Result<HashMap<ProviderId, i64>, StoreErrorKind> {
    let mut select = connection.prepare_cached("SELECT key, until FROM pause WHERE until > ?1")?;
    let mut rows = select.query([now])?;
    let mut resting = HashMap::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        if let Some(provider) = ProviderId::from_key(&key) {
            resting.insert(provider, row.get(1)?);
        }
    }
    Ok(resting)
}
