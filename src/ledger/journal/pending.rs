//! What the store does not know yet, in the order in which it was written down.

use crate::{
    delivery::ports::Fact,
    domain::delivery::{DeliveryEvent, DeliveryId},
    ledger::journal::record::{Record, Said},
};
use std::collections::{HashMap, VecDeque};

/// Facts that wait for the store; a verdict joins its commit while that still waits.
#[derive(Default)]
pub(crate) struct Pending {
    facts: VecDeque<Fact>,
    /// Commits without a verdict, by the number of their fact.
    open: HashMap<(DeliveryId, i64), u64>,
    /// The number of the first fact.
    first: u64,
    /// How many of them lead back to the queue.
    waiting: usize,
}

impl Pending {
    /// Takes a record in.
    pub(crate) fn add(&mut self, record: Record) {
        let Record { delivery, fence, attempt, said } = record;
        let key = (delivery, fence);
        let fact = match said {
            Said::Checkpoint(_) => return,
            Said::Commit(intent) => {
                self.open.insert(key, self.first + self.facts.len() as u64);
                Fact { delivery, fence, attempt, intent: Some(intent), verdict: None }
            }
            Said::Verdict(verdict) => {
                self.waiting += usize::from(leads_back(verdict.event));
                if let Some(fact) = self.open.remove(&key).and_then(|number| self.get(number)) {
                    fact.verdict = Some(verdict);
                    return;
                }
                Fact { delivery, fence, attempt, intent: None, verdict: Some(verdict) }
            }
        };
        self.facts.push_back(fact);
    }

    fn get(&mut self, number: u64) -> Option<&mut Fact> {
        self.facts.get_mut(usize::try_from(number - self.first).ok()?)
    }

    pub(crate) fn len(&self) -> usize {
        self.facts.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Returns whether something of it may be due again.
    pub(crate) fn leads_back(&self) -> bool {
        self.waiting > 0
    }

    /// Takes the oldest facts out, with the place before which nothing waits once the store has them; the journal ends
    /// at `end`.
    pub(crate) fn take_oldest(&mut self, count: usize, end: u64) -> (Vec<Fact>, u64) {
        let oldest: Vec<Fact> = self.facts.drain(..count.min(self.facts.len())).collect();
        for fact in &oldest {
            self.first += 1;
            match &fact.verdict {
                Some(verdict) => self.waiting -= usize::from(leads_back(verdict.event)),
                None => drop(self.open.remove(&(fact.delivery, fact.fence))),
            }
        }
        // Facts stand in the order of their first records.
        let place = self.facts.front().and_then(|fact| {
            let intent = fact.intent.as_ref().map(|intent| intent.offset);
            intent.or_else(|| fact.verdict.as_ref().map(|verdict| verdict.offset))
        });
        (oldest, place.unwrap_or(end))
    }

    /// Puts facts back that were taken out and that the store did not take.
    pub(crate) fn put_back(&mut self, facts: Vec<Fact>) {
        for fact in facts.into_iter().rev() {
            self.first -= 1;
            self.waiting += usize::from(fact.verdict.as_ref().is_some_and(|said| leads_back(said.event)));
            self.facts.push_front(fact);
        }
    }
}

fn leads_back(event: DeliveryEvent) -> bool {
    matches!(event, DeliveryEvent::Release | DeliveryEvent::Defer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::ports::{Intent, Verdict};
    use chrono::DateTime;

    fn commit(delivery: i64, offset: u64) -> Record {
        let at = DateTime::UNIX_EPOCH;
        let intent = Intent { offset, at, date: 0, sha256: String::new(), message_id: String::new() };
        Record { delivery: DeliveryId(delivery), fence: 1, attempt: 1, said: Said::Commit(intent) }
    }

    fn verdict(delivery: i64, offset: u64, event: DeliveryEvent) -> Record {
        let at = DateTime::UNIX_EPOCH;
        let verdict = Verdict { offset, at, event, detail: None, remote_id: None, next_attempt_at: None };
        Record { delivery: DeliveryId(delivery), fence: 1, attempt: 1, said: Said::Verdict(verdict) }
    }

    #[test]
    fn a_verdict_joins_its_commit_while_that_waits() {
        let mut pending = Pending::default();
        pending.add(commit(1, 10));
        pending.add(commit(2, 20));
        pending.add(verdict(1, 30, DeliveryEvent::Accept));
        assert_eq!(pending.len(), 2);
        let (oldest, place) = pending.take_oldest(1, 99);
        assert!(oldest[0].verdict.is_some());
        assert_eq!(place, 20, "the second commit still waits");
        pending.put_back(oldest);
        assert_eq!(pending.take_oldest(1, 99).1, 20);
        pending.add(verdict(2, 40, DeliveryEvent::Defer));
        assert!(pending.leads_back());
        assert_eq!(pending.len(), 1);
        let (oldest, _) = pending.take_oldest(1, 99);
        assert!(pending.is_empty() && !pending.leads_back());
        pending.put_back(oldest);
        assert!(pending.leads_back());
        pending.take_oldest(1, 99);
        pending.add(verdict(2, 50, DeliveryEvent::Accept));
        let (oldest, place) = pending.take_oldest(9, 99);
        assert_eq!(place, 99);
        assert!(oldest[0].intent.is_none(), "its commit was handed over before");
    }
}
