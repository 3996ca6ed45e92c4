//! What a run came to, in numbers that add up.

use crate::{
    delivery::breakers::Noted,
    domain::{broadcast::Tally, delivery::DeliveryEvent, problem::Problem},
};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// Every delivery is settled or in doubt.
    Finished,
    /// What is left isn't due, or another run holds it; the same command goes on.
    Left {
        /// Deliveries still open.
        open: u64,
        /// When the next one is due, when one waits for its time.
        next_due: Option<DateTime<Utc>>,
    },
    /// A person stopped it; the same command goes on.
    Interrupted,
    /// The time the run was given is over; the same command goes on.
    TimeIsUp,
    /// The relay can't be reached or won't have us; the queue is kept.
    CouldNotSend(Problem),
    /// The relay won't have this message, whoever it is for; the queue is kept.
    MessageRefused(Problem),
    /// A breaker, a quota or a pause holds the run back; the queue is kept.
    HeldBack(Problem),
    /// The ledger failed; nothing leaves without it.
    LedgerFailed(Problem),
}

/// What this run did, counted when the ledger had it durably.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Attempts that came to an outcome.
    pub attempts: u64,
    /// Taken by the server.
    pub sent: u64,
    /// To be tried again.
    pub deferred: u64,
    /// Refused for good, the address not to blame.
    pub failed: u64,
    /// Refused for good because of the address.
    pub bounced: u64,
    /// Nobody can know.
    pub in_doubt: u64,
    /// Claims given back untried.
    pub released: u64,
    /// Verdicts that came too late: the claim had passed to somebody else.
    pub outdated: u64,
}

impl Counts {
    /// Counts one verdict that the ledger took, or refused as outdated.
    pub(crate) fn add(&mut self, event: DeliveryEvent, was_current: bool) {
        if !was_current {
            self.outdated += 1;
            return;
        }
        let count = match event {
            DeliveryEvent::Accept => &mut self.sent,
            DeliveryEvent::Defer => &mut self.deferred,
            DeliveryEvent::Fail => &mut self.failed,
            DeliveryEvent::Bounce => &mut self.bounced,
            DeliveryEvent::Lose => &mut self.in_doubt,
            DeliveryEvent::Release => {
                self.released += 1;
                return;
            }
            other => unreachable!("no run records {other:?}"),
        };
        *count += 1;
        self.attempts += 1;
    }
}

/// What became of one provider's deliveries in this run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ProviderCounts {
    /// Taken by the server.
    pub sent: u64,
    /// To be tried again.
    pub deferred: u64,
    /// Refused for good.
    pub refused: u64,
}

impl ProviderCounts {
    pub(crate) fn add(&mut self, noted: Noted) {
        match noted {
            Noted::Sent => self.sent += 1,
            Noted::Deferred(_) => self.deferred += 1,
            Noted::Refused(_) => self.refused += 1,
        }
    }
}

/// One provider in a report.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ProviderReport {
    /// Its name as people know it; all that are not large stand together as `smaller providers`.
    pub provider: String,
    /// What became of its deliveries.
    #[serde(flatten)]
    pub counts: ProviderCounts,
    /// Until when it rests, when it does.
    pub rests_until: Option<DateTime<Utc>>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// Why it ended.
    pub ended: RunEnd,
    /// Where the deliveries stood when it began; `None` when the ledger could not say.
    pub tally_before: Option<Tally>,
    /// Where they stand now; `None` when the ledger could not say or the run was told to return at once.
    pub tally_after: Option<Tally>,
    /// What this run did.
    pub counts: Counts,
    /// What it did provider by provider.
    pub providers: Vec<ProviderReport>,
    /// Mailboxes that were suppressed because a server clearly said that they don't exist.
    pub suppressed_gone: u64,
    /// How long it took.
    pub duration: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_the_sum_of_their_outcomes() {
        let mut counts = Counts::default();
        for event in [
            DeliveryEvent::Accept,
            DeliveryEvent::Defer,
            DeliveryEvent::Fail,
            DeliveryEvent::Bounce,
            DeliveryEvent::Lose,
            DeliveryEvent::Release,
        ] {
            counts.add(event, true);
            counts.add(event, false);
        }
        let Counts { attempts, sent, deferred, failed, bounced, in_doubt, released, outdated } = counts;
        assert_eq!(attempts, sent + deferred + failed + bounced + in_doubt);
        assert_eq!((attempts, released, outdated), (5, 1, 6));
    }
}
