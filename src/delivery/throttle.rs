//! The arithmetic of a rate: how many messages to reserve at once and when each may leave.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// A reservation covers at most this much time, so that a process that ends gives little away.
const RESERVED_TIME_MAX: Duration = Duration::from_millis(250);

/// Never more messages in one reservation than this.
const RESERVED_MAX: u32 = 256;

/// Claims held per connection without a rate: enough that one transaction claims for many messages.
const CLAIMS_PER_CONNECTION: usize = 16;

/// The same under a rate: enough that a connection never waits for the ledger, and no more, so that several runs share.
const CLAIMS_PER_PACED_CONNECTION: usize = 4;

/// Claims held ahead of a rate cover at most this much time: a dead worker then delays few.
const CLAIMED_TIME_MAX: Duration = Duration::from_secs(20);

/// Turns of a rate that were granted together and are taken one by one.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    next: DateTime<Utc>,
    interval: TimeDelta,
    left: u32,
}

impl Grant {
    /// Returns a grant of `count` turns, the first at `first`, one `interval` apart.
    pub fn new(first: DateTime<Utc>, interval: Duration, count: u32) -> Self {
        Self { next: first, interval: TimeDelta::from_std(interval).unwrap_or(TimeDelta::MAX), left: count }
    }

    /// Returns a grant with nothing in it.
    pub fn empty() -> Self {
        Self::new(DateTime::UNIX_EPOCH, Duration::ZERO, 0)
    }

    /// Takes the next turn: when its message may leave. `None` when all are taken.
    pub fn take(&mut self) -> Option<DateTime<Utc>> {
        self.left = self.left.checked_sub(1)?;
        let turn = self.next;
        self.next = turn.checked_add_signed(self.interval).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Some(turn)
    }
}

/// Returns how many turns to reserve at once, so that fast rates cost few transactions.
pub fn reservation(interval: Duration) -> u32 {
    let fitting = RESERVED_TIME_MAX.as_nanos() / interval.as_nanos().max(1);
    u32::try_from(fitting).unwrap_or(RESERVED_MAX).clamp(1, RESERVED_MAX)
}

/// Returns how many claims to hold ahead for `connections` under a rate of one message per `interval`.
pub fn claims_ahead(connections: usize, interval: Option<Duration>) -> usize {
    let connections = connections.max(1);
    let Some(interval) = interval else { return connections.saturating_mul(CLAIMS_PER_CONNECTION) };
    let wanted = connections.saturating_mul(CLAIMS_PER_PACED_CONNECTION);
    let fitting = CLAIMED_TIME_MAX.as_nanos() / interval.as_nanos().max(1);
    wanted.min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_one_interval_apart_and_end() {
        let first = DateTime::UNIX_EPOCH;
        let mut grant = Grant::new(first, Duration::from_millis(100), 3);
        let turns: Vec<i64> =
            std::iter::from_fn(|| grant.take()).map(|turn| turn.timestamp_millis()).collect();
        assert_eq!(turns, [0, 100, 200]);
        assert_eq!(Grant::empty().take(), None);
    }

    #[test]
    fn fast_rates_are_reserved_in_batches_and_slow_ones_singly() {
        assert_eq!(reservation(Duration::from_millis(10)), 25);
        assert_eq!(reservation(Duration::from_secs(8)), 1);
        assert_eq!(reservation(Duration::ZERO), RESERVED_MAX);
    }

    #[test]
    fn slow_rates_hold_few_claims() {
        assert_eq!(claims_ahead(4, None), 64);
        assert_eq!(claims_ahead(4, Some(Duration::from_millis(100))), 16);
        assert_eq!(claims_ahead(4, Some(Duration::from_secs(5))), 4);
        assert_eq!(claims_ahead(4, Some(Duration::from_hours(1))), 1);
        assert_eq!(claims_ahead(0, None), 16);
    }
}
