//! When a deferred delivery is tried again.

use crate::domain::delivery::DeliveryId;
use std::time::Duration;

/// Minutes to wait after the first, second, … deferral.
///
/// Greylisting wants 1 to 15 minutes (RFC 6647); the sum stays below 72 hours, after which a digest
/// is stale and its `Date` would be too old.
const WAITS_MINUTES: [u64; 10] = [5, 15, 30, 60, 120, 240, 480, 720, 720, 1_440];

/// How far jitter moves a wait at most, in percent of it.
const JITTER_PERCENT: f64 = 20.0;

/// The wait after a line that broke before the final dot: no refusal, so no penalty the first time.
const WAIT_AFTER_BREAK: Duration = Duration::from_mins(1);

/// Where in the range of allowed waits one attempt falls, from −1 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter(f64);

impl Jitter {
    /// No jitter: the wait as it stands in the table.
    pub const NONE: Self = Self(0.0);

    /// Returns the jitter of one attempt: scattered over deliveries, the same whenever it is asked.
    pub fn of(delivery: DeliveryId, attempt: u32) -> Self {
        let mixed = mix(delivery.0.cast_unsigned() ^ u64::from(attempt).rotate_left(32));
        let share = f64::from(u32::try_from(mixed >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
        Self(share.mul_add(2.0, -1.0))
    }

    /// Returns a wait, moved by up to a fifth.
    pub fn applied(self, wait: Duration) -> Duration {
        wait.mul_f64(1.0 + self.0 * JITTER_PERCENT / 100.0)
    }
}

/// Scatters neighbouring numbers over all of `u64` (Steele, Lea and Flood's `SplitMix`).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// Returns the wait after attempt number `attempt` was deferred, or `None` when the delivery has had its chances.
pub fn wait_after(attempt: u32, jitter: Jitter) -> Option<Duration> {
    let index = usize::try_from(attempt.max(1) - 1).ok()?;
    WAITS_MINUTES.get(index).map(|minutes| jitter.applied(Duration::from_mins(*minutes)))
}

/// Returns the wait after attempt number `attempt` ended with a broken line, before the final dot left.
pub fn wait_after_break(attempt: u32, jitter: Jitter) -> Option<Duration> {
    if attempt <= 1 { Some(jitter.applied(WAIT_AFTER_BREAK)) } else { wait_after(attempt - 1, jitter) }
}

/// The shortest and the longest wait of a greylisted delivery (RFC 6647).
const GREYLISTED_MINUTES: (u64, u64) = (5, 15);

/// Attempts that are made at that pace; a greylist that still says no is something else.
const GREYLISTED_ATTEMPTS: u32 = 4;

/// Returns the wait after attempt number `attempt` was greylisted.
pub fn wait_greylisted(attempt: u32, jitter: Jitter) -> Option<Duration> {
    if attempt > GREYLISTED_ATTEMPTS {
        return wait_after(attempt - GREYLISTED_ATTEMPTS, jitter);
    }
    let (least, most) = GREYLISTED_MINUTES;
    let more = Duration::from_mins(most - least).mul_f64(f64::midpoint(jitter.0, 1.0));
    Some(Duration::from_mins(least) + more)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renders the waits of a whole life in minutes, so that one line shows the policy at work.
    #[track_caller]
    fn check_waits(wait: impl Fn(u32) -> Option<Duration>, expected: &str) {
        let waits: Vec<String> =
            (1..).map_while(wait).map(|wait| (wait.as_secs() / 60).to_string()).collect();
        assert_eq!(waits.join(" "), expected);
    }

    #[test]
    fn waits_grow_until_a_digest_is_stale() {
        check_waits(|attempt| wait_after(attempt, Jitter::NONE), "5 15 30 60 120 240 480 720 720 1440");
        assert!(WAITS_MINUTES.iter().sum::<u64>() <= 72 * 60);
    }

    #[test]
    fn a_broken_line_is_tried_again_soon_and_then_like_any_other() {
        check_waits(
            |attempt| wait_after_break(attempt, Jitter::NONE),
            "1 5 15 30 60 120 240 480 720 720 1440",
        );
    }

    #[test]
    fn a_greylisted_delivery_comes_back_in_five_to_fifteen_minutes() {
        check_waits(
            |attempt| wait_greylisted(attempt, Jitter::NONE),
            "10 10 10 10 5 15 30 60 120 240 480 720 720 1440",
        );
        let mut waits = (0..1_000).filter_map(|id| wait_greylisted(1, Jitter::of(DeliveryId(id), 1)));
        assert!(waits.all(|wait| wait >= Duration::from_mins(5) && wait <= Duration::from_mins(15)));
    }

    #[test]
    fn jitter_stays_within_a_fifth_and_scatters() {
        let waits: Vec<Duration> =
            (0..1_000).filter_map(|id| wait_after(2, Jitter::of(DeliveryId(id), 2))).collect();
        let (low, high) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*low >= Duration::from_mins(12) && *low < Duration::from_secs(12 * 60 + 30), "{low:?}");
        assert!(*high <= Duration::from_mins(18) && *high > Duration::from_secs(17 * 60 + 30), "{high:?}");
        assert_eq!(Jitter::of(DeliveryId(7), 1), Jitter::of(DeliveryId(7), 1));
    }
}
