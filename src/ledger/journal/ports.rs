//! The ports, call by call: what the journal answers, and what the store answers once it knows everything.

use crate::{
    delivery::ports::{
        Base, Candidate, Commit, ImportTally, Ledger, LedgerError, LedgerKeys, Record, Recovered, Staged,
        SubscriberStore,
    },
    domain::{
        address::EmailAddress,
        broadcast::{Broadcast, BroadcastId, SealedContent, Tally},
        delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState},
        issue::IssueId,
        subscriber::Subscriber,
        suppression::{Suppression, SuppressionReason},
    },
    ledger::{
        journal::{Journaled, helper::Wish},
        rules,
    },
};
use chrono::{DateTime, Utc};
use std::time::Duration;

impl<L: Base> Ledger for Journaled<L> {
    fn keys(&mut self) -> Result<LedgerKeys, LedgerError> {
        self.store().keys()
    }

    fn begin_staging(&mut self, newsletter: &str) -> Result<(), LedgerError> {
        self.store().begin_staging(newsletter)
    }

    fn stage(&mut self, candidates: Vec<Candidate>) -> Result<Vec<Staged>, LedgerError> {
        self.store().stage(candidates)
    }

    fn seal(
        &mut self,
        content: &SealedContent,
        seal: &str,
        now: DateTime<Utc>,
    ) -> Result<Broadcast, LedgerError> {
        self.flush()?;
        self.store().seal(content, seal, now)
    }

    fn broadcast(&mut self, issue: &IssueId) -> Result<Option<Broadcast>, LedgerError> {
        self.flush()?;
        self.store().broadcast(issue)
    }

    fn broadcasts(&mut self) -> Result<Vec<Broadcast>, LedgerError> {
        self.flush()?;
        self.store().broadcasts()
    }

    fn claim(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        limit: usize,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Vec<Claim>, LedgerError> {
        // What left or was refused for good is nothing to claim; only what goes back to the queue is.
        if self.pending.leads_back() {
            self.flush()?;
        }
        self.lay_down()?;
        let wish = Wish { broadcast, worker: worker.to_owned(), limit, now, lease };
        if let Some(claims) = self.claimed_ahead(&wish)? {
            return Ok(claims);
        }
        // Before the claims are read: what changes afterwards is noticed at their commit.
        self.look_at_others()?;
        let claims = self.store().claim(broadcast, worker, limit, now, lease)?;
        if !claims.is_empty() {
            self.note_flushed(self.handed_over)?;
        }
        self.held.remember(broadcast, worker, &claims, rules::later(rules::micros(now), lease));
        self.claim_ahead(wish, claims.len());
        Ok(claims)
    }

    fn heartbeat(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        until: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        self.flush()?;
        let count = self.store().heartbeat(broadcast, worker, until)?;
        self.held.prolong(broadcast, worker, rules::micros(until));
        self.prolong_ahead(until);
        Ok(count)
    }

    fn commit(&mut self, commits: &[Commit], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        self.settle(&[], commits, now).map(|(_, may_leave)| may_leave)
    }

    fn record(&mut self, records: &[Record], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        self.settle(records, &[], now).map(|(current, _)| current)
    }

    fn record_and_commit(
        &mut self,
        records: &[Record],
        commits: &[Commit],
        now: DateTime<Utc>,
    ) -> Result<(Vec<bool>, Vec<bool>), LedgerError> {
        self.settle(records, commits, now)
    }

    fn recover(
        &mut self,
        broadcast: BroadcastId,
        worker: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Recovered, LedgerError> {
        self.flush()?;
        // `now` is older than this look: a commit that is not seen here can't be followed by a final dot.
        self.hear_others()?;
        self.drop_ahead(worker);
        let recovered = self.store().recover(broadcast, worker, now)?;
        if recovered != Recovered::default() {
            self.forget_claims();
        }
        Ok(recovered)
    }

    fn tally(&mut self, broadcast: BroadcastId) -> Result<Tally, LedgerError> {
        self.flush()?;
        self.store().tally(broadcast)
    }

    fn next_due(&mut self, broadcast: BroadcastId) -> Result<Option<DateTime<Utc>>, LedgerError> {
        self.flush()?;
        self.store().next_due(broadcast)
    }

    fn deliveries(
        &mut self,
        broadcast: BroadcastId,
        state: DeliveryState,
        limit: usize,
    ) -> Result<Vec<DeliveryReport>, LedgerError> {
        self.flush()?;
        self.store().deliveries(broadcast, state, limit)
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
        self.flush()?;
        let is_held = matches!(from, DeliveryState::Leased | DeliveryState::Committing);
        if is_held || event == DeliveryEvent::Cancel {
            self.forget_claims();
        }
        self.store().resolve(broadcast, from, only, event, note, now)
    }

    fn reserve(
        &mut self,
        relay: &str,
        count: u32,
        interval: Duration,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        self.store().reserve(relay, count, interval, now)
    }

    fn catch_up(&mut self, is_quiet: bool) -> Result<bool, LedgerError> {
        self.do_a_piece(is_quiet)
    }
}

impl<L: Base + SubscriberStore> SubscriberStore for Journaled<L> {
    fn begin_import(&mut self) -> Result<(), LedgerError> {
        self.store().begin_import()
    }

    fn import(&mut self, rows: &[Subscriber], place: &str, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.store().import(rows, place, now)
    }

    fn finish_import(&mut self, keep: bool) -> Result<ImportTally, LedgerError> {
        self.flush()?;
        self.forget_claims();
        self.store().finish_import(keep)
    }

    fn for_each_subscriber(&mut self, each: &mut dyn FnMut(Subscriber) -> bool) -> Result<(), LedgerError> {
        self.store().for_each_subscriber(each)
    }

    fn remove_subscriber(&mut self, address: &EmailAddress) -> Result<bool, LedgerError> {
        self.store().remove_subscriber(address)
    }

    fn suppress(
        &mut self,
        address: &EmailAddress,
        scope: &str,
        reason: SuppressionReason,
        evidence: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        self.flush()?;
        self.forget_claims();
        self.store().suppress(address, scope, reason, evidence, now)
    }

    fn lift_suppression(&mut self, address: &EmailAddress, scope: &str) -> Result<bool, LedgerError> {
        self.store().lift_suppression(address, scope)
    }

    fn suppressions(&mut self) -> Result<Vec<Suppression>, LedgerError> {
        self.store().suppressions()
    }
}
