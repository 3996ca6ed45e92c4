//! Broadcasts and deliveries in memory.

use crate::{
    delivery::ports::{Candidate, Commit, Ledger, LedgerError, LedgerKeys, Record, Recovered, Staged},
    domain::{
        broadcast::{Broadcast, BroadcastId, SealedContent, SkipReason, Tally},
        delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState},
        issue::IssueId,
        subscriber::SubscriberStatus,
    },
    ledger::{
        error::StoreErrorKind,
        memory::{MemoryLedger, Staging, locked, refused, row::DeliveryRow, store::BroadcastRow},
        rules,
    },
};
use chrono::{DateTime, Utc};
use std::time::Duration;

impl Ledger for MemoryLedger {
    fn keys(&mut self) -> Result<LedgerKeys, LedgerError> {
        Ok(self.identity.keys.clone())
    }

    fn begin_staging(&mut self, newsletter: &str) -> Result<(), LedgerError> {
        self.staging = Some(Staging { newsletter: newsletter.to_owned(), ..Staging::default() });
        Ok(())
    }

    fn stage(&mut self, candidates: Vec<Candidate>) -> Result<Vec<Staged>, LedgerError> {
        let staging =
            self.staging.as_mut().ok_or_else(|| refused("stage recipients", StoreErrorKind::NotBegun))?;
        let store = locked(&self.store);
        let answers = candidates.into_iter().map(|Candidate { subscriber, variant }| {
            let mark = self.identity.mark(&subscriber.address);
            if subscriber.status == SubscriberStatus::Unsubscribed
                || store.is_suppressed(&mark, &staging.newsletter)
            {
                return Staged::Skipped(SkipReason::Suppressed);
            }
            if !staging.marks.insert(mark) {
                return Staged::Skipped(SkipReason::Duplicate);
            }
            staging.recipients.push((mark, variant, subscriber));
            Staged::Added
        });
        Ok(answers.collect())
    }

    fn seal(
        &mut self,
        content: &SealedContent,
        seal: &str,
        now: DateTime<Utc>,
    ) -> Result<Broadcast, LedgerError> {
        const DOING: &str = "seal the issue";
        let mut store = locked(&self.store);
        if let Some(id) = store.find(&content.issue, content.edition) {
            let there = store.shown(id);
            if there.seal != seal {
                let issue = content.issue.to_string();
                return Err(refused(DOING, StoreErrorKind::SealedOtherwise { issue }));
            }
            self.staging = None;
            return Ok(there);
        }
        let newsletter = &content.issue.newsletter;
        let Some(staging) = self.staging.take_if(|staging| staging.newsletter == *newsletter) else {
            return Err(refused(DOING, wrong_staging(self.staging.as_ref(), newsletter)));
        };
        let now = rules::micros(now);
        store.broadcasts.push(BroadcastRow {
            content: content.clone(),
            seal: seal.to_owned(),
            sealed_at: now,
            cancelled: false,
        });
        let broadcast = store.broadcast_ids().next().expect("one was pushed just now");
        for (mark, variant, subscriber) in staging.recipients {
            let id = self.identity.delivery_id(&content.issue, content.edition, &mark);
            let mut row = DeliveryRow::new(broadcast, mark, variant, subscriber, now);
            if store.is_suppressed(&mark, &content.issue.newsletter) {
                row.happen(DeliveryEvent::Suppress, false, None, now);
            }
            store.deliveries.insert(id.0, row);
        }
        Ok(store.shown(broadcast))
    }

    fn broadcast(&mut self, issue: &IssueId) -> Result<Option<Broadcast>, LedgerError> {
        let store = locked(&self.store);
        let newest = store
            .broadcast_ids()
            .find(|id| store.broadcast_row(*id).is_some_and(|row| row.content.issue == *issue));
        Ok(newest.map(|id| store.shown(id)))
    }

    fn broadcasts(&mut self) -> Result<Vec<Broadcast>, LedgerError> {
        let store = locked(&self.store);
        Ok(store.broadcast_ids().map(|id| store.shown(id)).collect())
    }

    fn claim(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        limit: usize,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Vec<Claim>, LedgerError> {
        let mut store = locked(&self.store);
        let now = rules::micros(now);
        let mut claims = Vec::new();
        if store.is_cancelled(broadcast.0) {
            return Ok(claims);
        }
        for id in store.due(broadcast, now) {
            if claims.len() == limit {
                break;
            }
            if store.put_off(id, now) {
                continue;
            }
            let mark = store.deliveries[&id].mark;
            let is_suppressed = store.is_suppressed(&mark, store.newsletter_of(broadcast.0));
            let Some(row) = store.deliveries.get_mut(&id) else { continue };
            if is_suppressed {
                row.happen(DeliveryEvent::Suppress, false, None, now);
            } else {
                claims.extend(row.claim(DeliveryId(id), worker, rules::later(now, lease)));
            }
        }
        Ok(claims)
    }

    fn heartbeat(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        until: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let mut store = locked(&self.store);
        let until = rules::micros(until);
        let mut held = 0;
        for row in store.deliveries.values_mut() {
            if row.broadcast == broadcast.0 && row.lease_owner.as_deref() == Some(worker) {
                row.lease_until = row.lease_until.max(until);
                held += 1;
            }
        }
        Ok(held)
    }

    fn commit(&mut self, commits: &[Commit], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        let mut store = locked(&self.store);
        let now = rules::micros(now);
        Ok(commits.iter().map(|commit| store.commit(commit, now)).collect())
    }

    fn record(&mut self, records: &[Record], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        let mut store = locked(&self.store);
        let now = rules::micros(now);
        Ok(records.iter().map(|record| store.record(record, now)).collect())
    }

    fn record_and_commit(
        &mut self,
        records: &[Record],
        commits: &[Commit],
        now: DateTime<Utc>,
    ) -> Result<(Vec<bool>, Vec<bool>), LedgerError> {
        let mut store = locked(&self.store);
        let now = rules::micros(now);
        let recorded = records.iter().map(|record| store.record(record, now)).collect();
        Ok((recorded, commits.iter().map(|commit| store.commit(commit, now)).collect()))
    }

    fn recover(
        &mut self,
        broadcast: BroadcastId,
        worker: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Recovered, LedgerError> {
        let mut store = locked(&self.store);
        let now = rules::micros(now);
        let cancelled = store.is_cancelled(broadcast.0);
        let mut recovered = Recovered::default();
        // What was sealed by a clock that ran ahead is due now: nobody meant it to wait.
        let was_ahead = store.broadcast_row(broadcast.0).is_some_and(|sealed| sealed.sealed_at > now);
        for row in store.deliveries.values_mut().filter(|row| row.broadcast == broadcast.0) {
            if was_ahead && row.state == DeliveryState::Queued {
                row.next_attempt_at = row.next_attempt_at.min(now);
            }
            if cancelled && row.is_waiting() {
                row.happen(DeliveryEvent::Cancel, true, None, now);
            }
            let is_theirs = worker.is_some() && row.lease_owner.as_deref() == worker;
            if row.lease_owner.is_none() || !(is_theirs || row.lease_until <= now) {
                continue;
            }
            if row.state == DeliveryState::Leased {
                recovered.released += u64::from(row.happen(DeliveryEvent::Release, cancelled, None, now));
            } else {
                let lost = row.happen(DeliveryEvent::Lose, cancelled, Some(rules::OWNER_VANISHED), now);
                recovered.in_doubt += u64::from(lost);
            }
        }
        Ok(recovered)
    }

    fn tally(&mut self, broadcast: BroadcastId) -> Result<Tally, LedgerError> {
        let store = locked(&self.store);
        Ok(rules::tally(store.of(broadcast).map(|(_, row)| (row.state, 1))))
    }

    fn next_due(&mut self, broadcast: BroadcastId) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let store = locked(&self.store);
        if store.is_cancelled(broadcast.0) {
            return Ok(None);
        }
        let waiting = store.of(broadcast).filter(|(_, row)| row.is_waiting());
        Ok(waiting.map(|(_, row)| row.next_attempt_at).min().map(rules::moment))
    }

    fn deliveries(
        &mut self,
        broadcast: BroadcastId,
        state: DeliveryState,
        limit: usize,
    ) -> Result<Vec<DeliveryReport>, LedgerError> {
        let store = locked(&self.store);
        let mut found: Vec<_> = store.of(broadcast).filter(|(_, row)| row.state == state).collect();
        found.sort_by_key(|(id, row)| (row.next_attempt_at, *id));
        Ok(found.into_iter().take(limit).map(|(id, row)| row.report(id)).collect())
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
        let mut store = locked(&self.store);
        Ok(store.resolve(broadcast, from, only, event, note, rules::micros(now)))
    }

    fn reserve(
        &mut self,
        key: &str,
        count: u32,
        interval: Duration,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        let mut store = locked(&self.store);
        let free = store.rates.entry(key.to_owned()).or_insert(i64::MIN);
        let at = rules::micros(now).max(*free);
        *free = rules::later_times(at, interval, count);
        Ok(rules::moment(at))
    }
}

fn wrong_staging(staging: Option<&Staging>, sealed: &str) -> StoreErrorKind {
    staging.map_or(StoreErrorKind::NotBegun, |staging| StoreErrorKind::OtherNewsletter {
        staged: staging.newsletter.clone(),
        sealed: sealed.to_owned(),
    })
}
