//! Pauses, quotas and mailboxes that are gone, in PostgreSQL: what all machines share about the world outside.

use crate::{
    delivery::{
        ports::{Gone, LedgerError, Pause, Spending, Standing},
        providers::ProviderId,
    },
    domain::{settings::Rate, subscriber::Subscriber, suppression::SuppressionReason},
    ledger::{
        postgres::{
            PostgresLedger,
            clock::{CLOCK, NOW},
            failure::Failure,
            reading::{from_json, get},
            session::Session,
            settling::storable,
            subscribers::Entry,
        },
        rules::{self, EVERYWHERE},
    },
};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// Due deliveries that are looked at together while a provider rests, at least.
const LOOK_MIN: i64 = 1_024;

/// Such looks in one claim at most.
const LOOKS_MAX: usize = 48;

impl Standing for PostgresLedger {
    fn pause(
        &mut self,
        key: &str,
        until: DateTime<Utc>,
        cause: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        let forget = format!("WITH {CLOCK} DELETE FROM pause WHERE until <= {NOW}");
        let note = format!(
            "WITH {CLOCK} INSERT INTO pause AS p (key, until, cause) SELECT $2::text, {NOW} + $3::bigint, $4::text
             ON CONFLICT (key) DO UPDATE SET until = excluded.until, cause = excluded.cause
              WHERE excluded.until > p.until"
        );
        let look = format!("WITH {CLOCK} SELECT until - {NOW} FROM pause WHERE key = $2");
        let (moment, length) = (self.clock.now(now), rules::micros(until) - rules::micros(now));
        let cause = storable(cause);
        let left = self.read("note a pause", async |session| {
            let rows = session
                .transact(&[
                    (&forget, &[&moment]),
                    (&note, &[&moment, &key, &length, &cause]),
                    (&look, &[&moment, &key]),
                ])
                .await?;
            let row = rows.last().and_then(|rows| rows.first());
            Ok(row.map_or(Ok(length), |row| get::<i64>(row, 0))?)
        })?;
        Ok(rules::moment(rules::micros(now).saturating_add(left)))
    }

    fn lift_pause(&mut self, key: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        // Moments are exact to the microsecond: who waits for this one was put off by this pause.
        let sql = format!(
            "WITH {CLOCK}, lifted AS (DELETE FROM pause WHERE key = $2 RETURNING until),
             moved AS (UPDATE delivery d SET due_at = {NOW} FROM lifted
                        WHERE d.broadcast IN (SELECT id FROM broadcast) AND d.due_at = lifted.until RETURNING d.id)
             SELECT count(*) FROM lifted"
        );
        let moment = self.clock.now(now);
        self.read("lift a pause", async |session| {
            let row = session.row(&sql, &[&moment, &key]).await?;
            Ok(row.map_or(Ok(0), |row| get::<i64>(&row, 0))? > 0)
        })
    }

    fn pauses(&mut self, now: DateTime<Utc>) -> Result<Vec<Pause>, LedgerError> {
        let sql = format!(
            "WITH {CLOCK} SELECT key, until - {NOW}, cause FROM pause WHERE until > {NOW} ORDER BY key COLLATE \"C\""
        );
        let moment = self.clock.now(now);
        self.read("read the pauses", async |session| {
            let rows = session.rows(&sql, &[&moment]).await?;
            let pause = |row| {
                let until = rules::moment(rules::micros(now).saturating_add(get(row, 1)?));
                Ok(Pause { key: get(row, 0)?, until, cause: get(row, 2)? })
            };
            rows.iter().map(pause).collect()
        })
    }

    fn spend(
        &mut self,
        key: &str,
        wanted: u32,
        quota: Rate,
        now: DateTime<Utc>,
    ) -> Result<Spending, LedgerError> {
        let moment = self.clock.now(now);
        let callers = rules::micros(now);
        self.read("spend of a quota", async |session| {
            session.open().await?;
            let (servers, spending) = spend(session, key, wanted, quota, moment).await?;
            session.close().await?;
            let wait = rules::micros(spending.again_at) - servers;
            Ok(Spending { again_at: rules::moment(callers.saturating_add(wait)), ..spending })
        })
    }

    fn suppress_gone(&mut self, gone: &[Gone], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let entries: Vec<_> = gone
            .iter()
            .map(|Gone { address, evidence }| Entry {
                mark: self.identity.mark(address).to_vec(),
                canonical: address.canonical(),
                scope: EVERYWHERE,
                reason: SuppressionReason::Hard,
                evidence: storable(evidence),
                moment: self.clock.now(now),
                since: self.clock.inwards(now),
            })
            .collect();
        self.read("suppress mailboxes that are gone", async |session| {
            let mut added = 0;
            session.open().await?;
            for entry in &entries {
                added += u64::from(entry.write(session).await?);
            }
            session.close().await?;
            Ok(added)
        })
    }
}

/// Spends within a transaction; returns the database's moment too. Whoever else spends of it waits at its row.
async fn spend(
    session: &mut Session,
    key: &str,
    wanted: u32,
    quota: Rate,
    moment: Option<i64>,
) -> Result<(i64, Spending), Failure> {
    let turn = format!(
        "WITH {CLOCK} INSERT INTO rate AS r (relay, free_at) SELECT 'quota ' || $2::text, 0
         ON CONFLICT (relay) DO UPDATE SET free_at = r.free_at RETURNING {NOW}"
    );
    let row = session.row(&turn, &[&moment, &key]).await?;
    let now: i64 = row.map_or(Ok(0), |row| get(&row, 0))?;
    let forget = "DELETE FROM spent WHERE key = $1 AND slot < $2";
    session.execute(forget, &[&key, &rules::quota_first_slot(quota, now)]).await?;
    let mut counted = Vec::new();
    for row in session.rows("SELECT slot, count FROM spent WHERE key = $1 ORDER BY slot", &[&key]).await? {
        counted.push((get(&row, 0)?, get::<i64>(&row, 1)?.unsigned_abs()));
    }
    let spending = rules::spending(&counted, wanted, quota, now);
    if spending.granted > 0 {
        let sql = "INSERT INTO spent AS s (key, slot, count) VALUES ($1, $2, $3)
             ON CONFLICT (key, slot) DO UPDATE SET count = s.count + excluded.count";
        let (slot, granted) = (rules::quota_slot(quota, now), i64::from(spending.granted));
        session.execute(sql, &[&key, &slot, &granted]).await?;
    }
    Ok((now, spending))
}

/// Puts off those of the next `limit` due deliveries whose provider rests, until nobody among them does. Returns
/// whether it came to that end: a long queue of one provider takes several calls.
pub(super) async fn put_off(
    session: &mut Session,
    broadcast: i64,
    limit: i64,
    moment: Option<i64>,
) -> Result<bool, Failure> {
    let resting = resting(session, moment).await?;
    if resting.is_empty() {
        return Ok(true);
    }
    let due = format!(
        "WITH {CLOCK} SELECT d.id, r.subscriber FROM delivery d
           JOIN recipient r ON r.broadcast = d.broadcast AND r.id = d.id
          WHERE d.broadcast = $2 AND d.due_at <= {NOW} ORDER BY d.due_at, d.id LIMIT $3"
    );
    // Whoever was claimed in the meantime is due no more.
    let later =
        "UPDATE delivery d SET due_at = p.until FROM unnest($2::bigint[], $3::bigint[]) AS p (id, until)
          WHERE d.broadcast = $1 AND d.id = p.id AND d.due_at IS NOT NULL";
    for _ in 0..LOOKS_MAX {
        let (mut ids, mut moments) = (Vec::new(), Vec::new());
        for row in session.rows(&due, &[&moment, &broadcast, &limit.max(LOOK_MIN)]).await? {
            let subscriber: Subscriber = from_json(get(&row, 1)?)?;
            if let Some(until) = resting.get(&ProviderId::of(&subscriber.address)) {
                ids.push(get::<i64>(&row, 0)?);
                moments.push(*until);
            }
        }
        if ids.is_empty() {
            return Ok(true);
        }
        session.execute(later, &[&broadcast, &ids, &moments]).await?;
    }
    Ok(false)
}

/// Returns the providers that rest, and until when.
async fn resting(session: &mut Session, moment: Option<i64>) -> Result<HashMap<ProviderId, i64>, Failure> {
    let sql = format!("WITH {CLOCK} SELECT key, until FROM pause WHERE until > {NOW}");
    let mut resting = HashMap::new();
    for row in session.rows(&sql, &[&moment]).await? {
        let key: String = get(&row, 0)?;
        if let Some(provider) = ProviderId::from_key(&key) {
            resting.insert(provider, get(&row, 1)?);
        }
    }
    Ok(resting)
}
