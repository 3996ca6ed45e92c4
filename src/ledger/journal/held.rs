//! The claims that were read through a journaled ledger: what it may answer from memory.

use crate::{
    delivery::ports::{Commit, Record as Handed},
    domain::{
        broadcast::BroadcastId,
        delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryState},
    },
    ledger::rules,
};
use std::collections::HashMap;

/// A claim as the store knows it, unless somebody else has written to the store since.
#[derive(Clone, Copy, Debug)]
struct Held {
    fence: i64,
    attempt: u32,
    broadcast: BroadcastId,
    worker: usize,
    lease_until: i64,
    state: DeliveryState,
}

/// All claims that are held.
#[derive(Debug, Default)]
pub(crate) struct HeldClaims {
    held: HashMap<DeliveryId, Held>,
    workers: Vec<String>,
    undo: Vec<(DeliveryId, Held)>,
}

/// The answers to a group, and what is to be written down for them.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// For each record, whether it was lawful and current; and the attempt it belongs to.
    pub(crate) records: Vec<(bool, u32)>,
    /// For each commit, whether the final dot may leave; and the attempt.
    pub(crate) commits: Vec<(bool, u32)>,
}

impl HeldClaims {
    /// Remembers fresh claims.
    pub(crate) fn remember(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        claims: &[Claim],
        lease_until: i64,
    ) {
        let worker = self.workers.iter().position(|known| known == worker).unwrap_or_else(|| {
            self.workers.push(worker.to_owned());
            self.workers.len() - 1
        });
        let state = DeliveryState::Leased;
        self.held.extend(claims.iter().map(|claim| {
            let (fence, attempt) = (claim.fence, claim.attempt);
            (claim.delivery, Held { fence, attempt, broadcast, worker, lease_until, state })
        }));
    }

    /// Prolongs leases as the store did.
    pub(crate) fn prolong(&mut self, broadcast: BroadcastId, worker: &str, until: i64) {
        let worker = self.workers.iter().position(|known| known == worker);
        for held in self.held.values_mut() {
            if held.broadcast == broadcast && Some(held.worker) == worker {
                held.lease_until = held.lease_until.max(until);
            }
        }
    }

    /// Forgets everything: the store has to be asked.
    pub(crate) fn forget(&mut self) {
        self.held.clear();
    }

    /// Returns the attempt of a claim, when it is remembered.
    pub(crate) fn attempt(&self, delivery: DeliveryId) -> u32 {
        self.held.get(&delivery).map_or(0, |held| held.attempt)
    }

    /// Answers a group: first the records, then the commits. `None` when memory does not reach: nothing has changed then.
    pub(crate) fn answer(&mut self, records: &[Handed], commits: &[Commit], now: i64) -> Option<Answers> {
        self.undo.clear();
        let answers = self.try_answer(records, commits, now);
        if answers.is_none() {
            self.undo();
        }
        answers
    }

    /// Learns what the store itself answered.
    pub(crate) fn learn(
        &mut self,
        records: &[Handed],
        current: &[bool],
        commits: &[Commit],
        may_leave: &[bool],
    ) {
        for (record, _) in records.iter().zip(current).filter(|(_, is_so)| **is_so) {
            self.held.remove(&record.delivery);
        }
        for (commit, may_leave) in commits.iter().zip(may_leave) {
            match self.held.get_mut(&commit.delivery).filter(|held| held.fence == commit.fence) {
                Some(held) if *may_leave => held.state = DeliveryState::Committing,
                Some(_) => drop(self.held.remove(&commit.delivery)),
                None => {}
            }
        }
    }

    /// Takes back what the last answers changed.
    pub(crate) fn undo(&mut self) {
        while let Some((delivery, before)) = self.undo.pop() {
            self.held.insert(delivery, before);
        }
    }

    fn try_answer(&mut self, records: &[Handed], commits: &[Commit], now: i64) -> Option<Answers> {
        let mut answers = Answers::default();
        for record in records {
            let held = *self.held.get(&record.delivery).filter(|held| held.fence == record.fence)?;
            let is_lawful = rules::settled_by(held.state, record.event, false).is_some();
            if is_lawful {
                self.held.remove(&record.delivery);
                self.undo.push((record.delivery, held));
            }
            answers.records.push((is_lawful, held.attempt));
        }
        for commit in commits {
            let held = self.held.get_mut(&commit.delivery).filter(|held| held.fence == commit.fence)?;
            let before = *held;
            let may_leave = held.state.after(DeliveryEvent::Commit).is_some()
                && rules::lease_carries_commit(held.lease_until, now);
            if may_leave {
                held.state = DeliveryState::Committing;
                self.undo.push((commit.delivery, before));
            }
            answers.commits.push((may_leave, before.attempt));
        }
        Some(answers)
    }
}
