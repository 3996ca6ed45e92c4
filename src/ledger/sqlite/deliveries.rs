//! Broadcasts and deliveries in SQLite: the port, call by call.

use crate::{
    delivery::ports::{Candidate, Commit, Ledger, LedgerError, LedgerKeys, Record, Recovered, Staged},
    domain::{
        broadcast::{Broadcast, BroadcastId, SealedContent, Tally},
        delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState},
        issue::IssueId,
        subscriber::Subscriber,
    },
    ledger::{
        error::StoreErrorKind,
        rules,
        sqlite::{
            SqliteLedger, claiming, reading, sealing, settling,
            spool::{Order, Spool},
        },
    },
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::{path::Path, time::Duration};

impl SqliteLedger {
    /// Names and orders what was staged for the newsletter of this content. Done before the transaction of the
    /// seal, because it writes nothing that lasts.
    fn put_in_order(
        &self,
        staging: Option<&mut Spool>,
        content: &SealedContent,
    ) -> Result<Option<Order>, StoreErrorKind> {
        let spool = staging.ok_or(StoreErrorKind::NotBegun)?;
        if spool.newsletter != content.issue.newsletter {
            let (staged, sealed) = (spool.newsletter.clone(), content.issue.newsletter.clone());
            return Err(StoreErrorKind::OtherNewsletter { staged, sealed });
        }
        spool.order(&self.identity, content).map(Some)
    }
}

impl Ledger for SqliteLedger {
    fn keys(&mut self) -> Result<LedgerKeys, LedgerError> {
        Ok(self.identity.keys.clone())
    }

    fn begin_staging(&mut self, newsletter: &str) -> Result<(), LedgerError> {
        self.staging = None;
        let folder = Path::new(&self.path).parent().filter(|folder| !folder.as_os_str().is_empty());
        let spool = Spool::begin(folder.unwrap_or(Path::new(".")), newsletter);
        self.staging = Some(spool.map_err(|kind| self.refused("begin staging", kind))?);
        Ok(())
    }

    fn stage(&mut self, candidates: Vec<Candidate>) -> Result<Vec<Staged>, LedgerError> {
        const DOING: &str = "stage recipients";
        let mut spool = self.staging.take().ok_or_else(|| self.refused(DOING, StoreErrorKind::NotBegun))?;
        // After an error nobody knows who is in: the staging is to be begun anew.
        let staged =
            self.read(DOING, |ledger, identity| sealing::stage(ledger, identity, &mut spool, &candidates))?;
        self.staging = Some(spool);
        Ok(staged)
    }

    fn seal(
        &mut self,
        content: &SealedContent,
        seal: &str,
        now: DateTime<Utc>,
    ) -> Result<Broadcast, LedgerError> {
        const DOING: &str = "seal the issue";
        let there = self.read(DOING, |ledger, _| sealing::find(ledger, content))?;
        let mut staging = self.staging.take();
        let sealed = if there.is_none() {
            self.put_in_order(staging.as_mut(), content).map_err(|kind| self.refused(DOING, kind))
        } else {
            Ok(None)
        }
        .and_then(|order| {
            let staged = staging.as_ref().zip(order.as_ref());
            self.write(DOING, |ledger, identity| {
                // Another program may have sealed it while we gave names.
                if let (None, Some(staged)) = (sealing::find(ledger, content)?, staged) {
                    sealing::freeze(ledger, identity, staged, content, seal, rules::micros(now))?;
                }
                let issue = content.issue.to_string();
                sealing::find(ledger, content)?
                    .filter(|there| there.seal == seal)
                    .ok_or(StoreErrorKind::SealedOtherwise { issue })
            })
        });
        if sealed.is_err() {
            self.staging = staging;
        }
        sealed
    }

    fn broadcast(&mut self, issue: &IssueId) -> Result<Option<Broadcast>, LedgerError> {
        self.read("read a broadcast", |ledger, _| {
            let sql = format!(
                "{} WHERE newsletter = ?1 AND issue = ?2 ORDER BY id DESC LIMIT 1",
                reading::BROADCAST
            );
            let mut select = ledger.prepare_cached(&sql)?;
            let found = select
                .query_row([&issue.newsletter, &issue.issue], |row| Ok(reading::broadcast(row)))
                .optional()?;
            found.transpose()
        })
    }

    fn broadcasts(&mut self) -> Result<Vec<Broadcast>, LedgerError> {
        self.read("read the broadcasts", |ledger, _| {
            let mut select = ledger.prepare_cached(&format!("{} ORDER BY id DESC", reading::BROADCAST))?;
            let mut rows = select.query([])?;
            let mut broadcasts = Vec::new();
            while let Some(row) = rows.next()? {
                broadcasts.push(reading::broadcast(row)?);
            }
            Ok(broadcasts)
        })
    }

    fn claim(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        limit: usize,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Vec<Claim>, LedgerError> {
        self.write_with_claims("claim deliveries", |ledger, batches| {
            let now = rules::micros(now);
            let lease_until = rules::later(now, lease);
            claiming::claim(ledger, batches, &claiming::Wish { broadcast, worker, limit, now, lease_until })
        })
    }

    fn heartbeat(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        until: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        self.write("prolong the leases", |ledger, _| {
            claiming::heartbeat(ledger, broadcast, worker, rules::micros(until))
        })
    }

    fn commit(&mut self, commits: &[Commit], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        self.write("commit deliveries", |ledger, _| commit_all(ledger, commits, now))
    }

    fn record(&mut self, records: &[Record], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        self.write("record verdicts", |ledger, _| record_all(ledger, records, now))
    }

    fn record_and_commit(
        &mut self,
        records: &[Record],
        commits: &[Commit],
        now: DateTime<Utc>,
    ) -> Result<(Vec<bool>, Vec<bool>), LedgerError> {
        self.write("record verdicts and commit deliveries", |ledger, _| {
            Ok((record_all(ledger, records, now)?, commit_all(ledger, commits, now)?))
        })
    }

    fn recover(
        &mut self,
        broadcast: BroadcastId,
        worker: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Recovered, LedgerError> {
        self.write("recover deliveries", |ledger, _| {
            settling::recover(ledger, broadcast, worker, rules::micros(now))
        })
    }

    fn tally(&mut self, broadcast: BroadcastId) -> Result<Tally, LedgerError> {
        self.read_deliveries("count the deliveries", |ledger, _| {
            let mut select = ledger
                .prepare_cached("SELECT state, count(*) FROM delivery WHERE broadcast = ?1 GROUP BY state")?;
            let mut rows = select.query([broadcast.0])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                let count: i64 = row.get(1)?;
                counts.push((reading::state(row, 0)?, count.unsigned_abs()));
            }
            Ok(rules::tally(counts.into_iter()))
        })
    }

    fn next_due(&mut self, broadcast: BroadcastId) -> Result<Option<DateTime<Utc>>, LedgerError> {
        self.read_deliveries("look for the next delivery", |ledger, _| {
            Ok(claiming::next_due(ledger, broadcast)?.map(rules::moment))
        })
    }

    fn deliveries(
        &mut self,
        broadcast: BroadcastId,
        state: DeliveryState,
        limit: usize,
    ) -> Result<Vec<DeliveryReport>, LedgerError> {
        self.read_deliveries("list deliveries", |ledger, _| {
            let mut select = ledger.prepare_cached(
                "SELECT d.id, d.attempt, d.detail, d.message_id, r.subscriber
                   FROM delivery d JOIN recipient r ON r.delivery = d.id
                  WHERE d.broadcast = ?1 AND d.state = ?2 ORDER BY d.next_attempt_at, d.id LIMIT ?3",
            )?;
            let mut rows = select.query(params![broadcast.0, state.as_str(), as_limit(limit)])?;
            let mut reports = Vec::new();
            while let Some(row) = rows.next()? {
                let subscriber: Subscriber = reading::from_json(row, 4)?;
                reports.push(DeliveryReport {
                    id: DeliveryId(row.get(0)?),
                    address: subscriber.address,
                    state,
                    attempts: row.get(1)?,
                    detail: row.get(2)?,
                    message_id: row.get(3)?,
                });
            }
            Ok(reports)
        })
    }

    fn resolve(
        &mut self,
        broadcast: BroadcastId,
        from: DeliveryState,
        only: Option<&[DeliveryId]>,
        event: DeliveryEvent,
        note: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let decision = settling::Decision { broadcast, from, event, note, now: rules::micros(now) };
        self.write("settle deliveries", |ledger, _| match only {
            None => decision.for_all(ledger),
            Some(only) => decision.for_each_of(ledger, only),
        })
    }

    fn reserve(
        &mut self,
        key: &str,
        count: u32,
        interval: Duration,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        self.write_beside_claims("reserve a share of the rate", |ledger, _| {
            let mut select = ledger.prepare_cached("SELECT free_at FROM rate WHERE relay = ?1")?;
            let free_at: Option<i64> = select.query_row([key], |row| row.get(0)).optional()?;
            let at = rules::micros(now).max(free_at.unwrap_or(i64::MIN));
            let mut upsert = ledger.prepare_cached(
                "INSERT INTO rate (relay, free_at) VALUES (?1, ?2)
                 ON CONFLICT (relay) DO UPDATE SET free_at = excluded.free_at",
            )?;
            upsert.execute(params![key, rules::later_times(at, interval, count)])?;
            Ok(rules::moment(at))
        })
    }
}

fn commit_all(
    ledger: &Connection,
    commits: &[Commit],
    now: DateTime<Utc>,
) -> Result<Vec<bool>, StoreErrorKind> {
    commits.iter().map(|commit| claiming::commit(ledger, commit, rules::micros(now))).collect()
}

fn record_all(
    ledger: &Connection,
    records: &[Record],
    now: DateTime<Utc>,
) -> Result<Vec<bool>, StoreErrorKind> {
    records.iter().map(|record| settling::record(ledger, record, rules::micros(now))).collect()
}

fn as_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
