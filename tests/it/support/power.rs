//! The power, which can be cut at the n-th call of a port, before or after its effect; and a ledger on that line.

use crate::support::store::Handle;
use chrono::{DateTime, Utc};
use masthead::{
    delivery::ports::{
        Candidate, Commit, Gone, Ledger, LedgerError, LedgerKeys, Pause, Record, Recovered, Spending, Staged,
        Standing,
    },
    domain::{
        broadcast::{Broadcast, BroadcastId, SealedContent, Tally},
        delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState},
        issue::IssueId,
        settings::Rate,
    },
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// When the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) call: u32,
    pub(crate) after_effect: bool,
}

/// A line that all ports of one process hang on.
#[derive(Debug, Default)]
pub(crate) struct Power {
    calls: AtomicU32,
    cut: Option<Cut>,
    is_off: AtomicBool,
    went: Notify,
}

impl Power {
    pub(crate) fn cut_at(cut: Option<Cut>) -> Arc<Self> {
        Arc::new(Self { cut, ..Self::default() })
    }

    /// Does something unless the power is off; `None` means that the process never learns of it.
    pub(crate) fn run<T>(&self, effect: impl FnOnce() -> T) -> Option<T> {
        if self.is_off.load(Ordering::SeqCst) {
            return None;
        }
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let Some(cut) = self.cut.filter(|cut| cut.call == call) else { return Some(effect()) };
        if cut.after_effect {
            effect();
        }
        self.is_off.store(true, Ordering::SeqCst);
        self.went.notify_one();
        None
    }

    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Waits until the power is gone.
    pub(crate) async fn goes(&self) {
        if !self.is_off.load(Ordering::SeqCst) {
            self.went.notified().await;
        }
    }
}

/// What stands between a ledger and its caller: may refuse, may let the effect pass and lose the answer.
pub(crate) trait Line: Send {
    /// Carries one call; `None` when it never arrives or its answer gets lost.
    fn carry<T>(&mut self, effect: impl FnOnce() -> T) -> Option<T>;

    /// Called when commits became durable, before their answer is heard.
    fn committed(&mut self) {}
}

impl Line for Arc<Power> {
    fn carry<T>(&mut self, effect: impl FnOnce() -> T) -> Option<T> {
        self.run(effect)
    }
}

/// A ledger at the end of a line.
pub(crate) struct LedgerOn<Li> {
    pub(crate) line: Li,
    pub(crate) ledger: Box<dyn Handle>,
}

fn lost<T>(answer: Option<Result<T, LedgerError>>) -> Result<T, LedgerError> {
    answer.unwrap_or_else(|| Err(LedgerError { doing: "hear anything", cause: "the line is dead".into() }))
}

impl<Li: Line> Ledger for LedgerOn<Li> {
    fn keys(&mut self) -> Result<LedgerKeys, LedgerError> {
        lost(self.line.carry(|| self.ledger.keys()))
    }
    fn begin_staging(&mut self, newsletter: &str) -> Result<(), LedgerError> {
        lost(self.line.carry(|| self.ledger.begin_staging(newsletter)))
    }
    fn stage(&mut self, candidates: Vec<Candidate>) -> Result<Vec<Staged>, LedgerError> {
        lost(self.line.carry(|| self.ledger.stage(candidates)))
    }
    fn seal(
        &mut self,
        content: &SealedContent,
        seal: &str,
        now: DateTime<Utc>,
    ) -> Result<Broadcast, LedgerError> {
        lost(self.line.carry(|| self.ledger.seal(content, seal, now)))
    }
    fn broadcast(&mut self, issue: &IssueId) -> Result<Option<Broadcast>, LedgerError> {
        lost(self.line.carry(|| self.ledger.broadcast(issue)))
    }
    fn broadcasts(&mut self) -> Result<Vec<Broadcast>, LedgerError> {
        lost(self.line.carry(|| self.ledger.broadcasts()))
    }
    fn claim(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        limit: usize,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Vec<Claim>, LedgerError> {
        lost(self.line.carry(|| self.ledger.claim(broadcast, worker, limit, now, lease)))
    }
    fn heartbeat(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        until: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        lost(self.line.carry(|| self.ledger.heartbeat(broadcast, worker, until)))
    }
    fn commit(&mut self, commits: &[Commit], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        let answer = lost(self.line.carry(|| self.ledger.commit(commits, now)));
        self.line.committed();
        answer
    }
    fn record(&mut self, records: &[Record], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        lost(self.line.carry(|| self.ledger.record(records, now)))
    }
    fn record_and_commit(
        &mut self,
        records: &[Record],
        commits: &[Commit],
        now: DateTime<Utc>,
    ) -> Result<(Vec<bool>, Vec<bool>), LedgerError> {
        let answer = lost(self.line.carry(|| self.ledger.record_and_commit(records, commits, now)));
        if !commits.is_empty() {
            self.line.committed();
        }
        answer
    }
    fn recover(
        &mut self,
        broadcast: BroadcastId,
        worker: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Recovered, LedgerError> {
        lost(self.line.carry(|| self.ledger.recover(broadcast, worker, now)))
    }
    fn tally(&mut self, broadcast: BroadcastId) -> Result<Tally, LedgerError> {
        lost(self.line.carry(|| self.ledger.tally(broadcast)))
    }
    fn next_due(&mut self, broadcast: BroadcastId) -> Result<Option<DateTime<Utc>>, LedgerError> {
        lost(self.line.carry(|| self.ledger.next_due(broadcast)))
    }
    fn deliveries(
        &mut self,
        broadcast: BroadcastId,
        state: DeliveryState,
        limit: usize,
    ) -> Result<Vec<DeliveryReport>, LedgerError> {
        lost(self.line.carry(|| self.ledger.deliveries(broadcast, state, limit)))
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
        lost(self.line.carry(|| self.ledger.resolve(broadcast, from, only, event, note, now)))
    }
    fn reserve(
        &mut self,
        key: &str,
        count: u32,
        interval: Duration,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        lost(self.line.carry(|| self.ledger.reserve(key, count, interval, now)))
    }
}

impl<Li: Line> Standing for LedgerOn<Li> {
    fn pause(
        &mut self,
        key: &str,
        until: DateTime<Utc>,
        cause: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        lost(self.line.carry(|| self.ledger.pause(key, until, cause, now)))
    }
    fn lift_pause(&mut self, key: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        lost(self.line.carry(|| self.ledger.lift_pause(key, now)))
    }
    fn pauses(&mut self, now: DateTime<Utc>) -> Result<Vec<Pause>, LedgerError> {
        lost(self.line.carry(|| self.ledger.pauses(now)))
    }
    fn spend(
        &mut self,
        key: &str,
        wanted: u32,
        quota: Rate,
        now: DateTime<Utc>,
    ) -> Result<Spending, LedgerError> {
        lost(self.line.carry(|| self.ledger.spend(key, wanted, quota, now)))
    }
    fn suppress_gone(&mut self, gone: &[Gone], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        lost(self.line.carry(|| self.ledger.suppress_gone(gone, now)))
    }
}
