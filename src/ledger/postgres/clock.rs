//! Whose clock counts.
//!
//! Machines that share a ledger must agree on when a lease ends. So the clock of the database counts: statements take
//! `now` from the transaction they run in, and what a caller says of time is understood as a distance from the `now` it hands in with it.
//! Two calls speak of moments without a `now`: `heartbeat` and `next_due`. For these the difference between the
//! two clocks is kept, as the last claim found it.
//!
//! Tests that set the clock have the caller's word taken literally instead.

use crate::ledger::rules;
use chrono::{DateTime, Utc};

/// Whose clock a ledger goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// The database's.
    #[default]
    Servers,
    /// Whatever the callers say: for tests.
    Callers,
}

/// Common table expression for the moment of a transaction; the first value of the statement is [`Clock::now`].
pub(super) const CLOCK: &str =
    "clock AS (SELECT coalesce($1::bigint, (extract(epoch FROM now()) * 1000000)::bigint) AS now)";

/// The moment, within a statement that begins with [`CLOCK`].
pub(super) const NOW: &str = "(SELECT now FROM clock)";

/// What a ledger knows of the clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    times: Times,
    /// Microseconds by which the database is ahead of the caller.
    ahead: i64,
}

impl Clock {
    pub(super) fn new(times: Times) -> Self {
        Self { times, ahead: 0 }
    }

    /// Returns what a statement is told of the time: nothing, when it is to look for itself.
    pub(super) fn now(self, callers: DateTime<Utc>) -> Option<i64> {
        (self.times == Times::Callers).then(|| rules::micros(callers))
    }

    /// Notes what the database's clock shows at a moment of the caller's.
    pub(super) fn compare(&mut self, servers: i64, callers: DateTime<Utc>) {
        if self.times == Times::Servers {
            self.ahead = servers.saturating_sub(rules::micros(callers));
        }
    }

    /// Returns a moment of the caller's as the database counts it.
    pub(super) fn inwards(self, callers: DateTime<Utc>) -> i64 {
        rules::micros(callers).saturating_add(self.ahead)
    }

    /// Returns a moment of the database's as the caller counts it.
    pub(super) fn outwards(self, servers: i64) -> DateTime<Utc> {
        rules::moment(servers.saturating_sub(self.ahead))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_moved_by_the_difference_of_the_clocks() {
        let callers = DateTime::from_timestamp(1_000, 0).expect("a moment");
        let mut clock = Clock::new(Times::Servers);
        assert_eq!(clock.now(callers), None);
        clock.compare(1_007_000_000, callers);
        assert_eq!(clock.inwards(callers), 1_007_000_000);
        assert_eq!(clock.outwards(1_007_000_000), callers);
    }

    #[test]
    fn a_test_sets_the_clock() {
        let callers = DateTime::from_timestamp(1_000, 0).expect("a moment");
        let mut clock = Clock::new(Times::Callers);
        clock.compare(5, callers);
        assert_eq!((clock.now(callers), clock.inwards(callers)), (Some(1_000_000_000), 1_000_000_000));
    }
}
