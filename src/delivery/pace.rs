//! How fast one provider may be sent to: nothing holds it back until it says so, then half, then slowly more again.

use crate::domain::outcome::Measure;
use std::time::Duration;

/// Accepted messages without trouble before one more connection is allowed.
const CLEAN_ACCEPTS: u32 = 200;

/// With so many connections again, nothing holds the provider back any more.
const CONNECTIONS_FREE: usize = 16;

/// Rate steps on the way back to what it was before the first slowing down.
const RATE_STEPS: f64 = 8.0;

/// The slowest rate, in messages a second: one in ten seconds.
const RATE_MIN: f64 = 0.1;

/// How long throughput is counted before it says something.
const COUNTED: Duration = Duration::from_secs(5);

/// Times that a pause doubles.
const DOUBLINGS_MAX: u32 = 5;

/// What a provider lets us do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    /// Messages on their way at once; `None` as many as there are connections.
    limit: Option<usize>,
    /// Messages a second; `None` as many as come.
    rate: Option<f64>,
    /// The rate before the first slowing down.
    rate_before: f64,
    clean: u32,
    pauses: u32,
    counted_from: Option<Duration>,
    counted: u32,
    measured: f64,
}

impl Pace {
    /// Returns how many messages may be on their way at once, when that is limited.
    pub fn limit(&self) -> Option<usize> {
        self.limit
    }

    /// Returns the time between two messages, when there is a rate.
    pub fn interval(&self) -> Option<Duration> {
        self.rate.map(|rate| Duration::from_secs_f64(1.0 / rate.max(RATE_MIN)))
    }

    /// Returns whether nothing holds the provider back.
    pub fn is_free(&self) -> bool {
        self.limit.is_none() && self.rate.is_none()
    }

    /// Learns that a message was accepted; returns whether the pace changed.
    pub fn accepted(&mut self, now: Duration) -> bool {
        self.count(now);
        if self.is_free() {
            return false;
        }
        self.clean += 1;
        if self.clean < CLEAN_ACCEPTS {
            return false;
        }
        self.clean = 0;
        self.pauses = 0;
        self.limit = self.limit.map(|limit| limit + 1).filter(|limit| *limit < CONNECTIONS_FREE);
        let step = self.rate_before / RATE_STEPS;
        self.rate = self.rate.map(|rate| rate + step).filter(|rate| *rate < self.rate_before);
        true
    }

    fn count(&mut self, now: Duration) {
        let from = *self.counted_from.get_or_insert(now);
        self.counted += 1;
        let lasted = now.saturating_sub(from);
        if lasted >= COUNTED {
            self.measured = f64::from(self.counted) / lasted.as_secs_f64();
            (self.counted_from, self.counted) = (Some(now), 0);
        }
    }

    /// Carries a measure out; `in_flight` messages are on their way. Returns how long nothing may be sent at all.
    pub fn heed(&mut self, measure: Measure, time: Option<Duration>, in_flight: usize) -> Option<Duration> {
        self.clean = 0;
        match measure {
            Measure::Keep | Measure::Reconnect | Measure::DropParameters | Measure::ShorterSessions => None,
            Measure::Slow => {
                self.divide(2, in_flight, 2.0);
                None
            }
            Measure::FewerConnections => {
                self.limit = Some((self.limit.unwrap_or(in_flight) / 2).max(1));
                None
            }
            Measure::Crawl => {
                self.divide(usize::MAX, in_flight, 4.0);
                time
            }
            Measure::Restart => {
                self.limit = Some(1);
                time
            }
            Measure::Pause => {
                self.divide(2, in_flight, 2.0);
                time
            }
            Measure::PauseDoubling => {
                let doubled = time.map(|time| time * 2_u32.pow(self.pauses.min(DOUBLINGS_MAX)));
                self.pauses += 1;
                self.divide(2, in_flight, 2.0);
                doubled
            }
        }
    }

    fn divide(&mut self, connections: usize, in_flight: usize, rate: f64) {
        self.limit = Some((self.limit.unwrap_or(in_flight) / connections).max(1));
        let now = self.rate.unwrap_or(self.measured);
        if now <= 0.0 {
            // Nothing was measured yet: too little was sent for a rate to be the trouble.
            return;
        }
        self.rate_before = self.rate_before.max(now);
        self.rate = Some((now / rate).max(RATE_MIN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A provider that has taken ten messages a second for a while.
    fn brisk() -> Pace {
        let mut pace = Pace::default();
        for number in 0..=100 {
            assert!(!pace.accepted(SECOND / 10 * number));
        }
        pace
    }

    fn shown(pace: &Pace) -> String {
        let interval = pace.interval().map_or(0, |interval| interval.as_millis());
        format!("{:?} {interval}", pace.limit())
    }

    #[test]
    fn nothing_holds_a_provider_back_that_never_complained() {
        assert!(brisk().is_free());
    }

    #[test]
    fn slowing_down_halves_connections_and_rate_and_stops_at_one() {
        let mut pace = brisk();
        let paces: Vec<String> = (0..4)
            .map(|_| {
                assert_eq!(pace.heed(Measure::Slow, None, 8), None);
                shown(&pace)
            })
            .collect();
        // 10.2 a second were measured; half of that is one in 196 ms.
        assert_eq!(paces, ["Some(4) 196", "Some(2) 392", "Some(1) 784", "Some(1) 1568"]);
    }

    #[test]
    fn clean_messages_bring_it_back_step_by_step() {
        let mut pace = brisk();
        pace.heed(Measure::Crawl, None, 8);
        let mut steps = Vec::new();
        for number in 0..4_000_u32 {
            if pace.accepted(SECOND * (100 + number)) {
                steps.push(shown(&pace));
            }
            if pace.is_free() {
                break;
            }
        }
        assert_eq!(steps.first().map(String::as_str), Some("Some(2) 261"));
        assert!(pace.is_free(), "{steps:?}");
    }

    #[test]
    fn a_pause_takes_its_time_and_may_double() {
        let mut pace = brisk();
        let hour = Some(Duration::from_hours(1));
        assert_eq!(pace.heed(Measure::Pause, hour, 4), hour);
        assert_eq!(pace.heed(Measure::Restart, Some(600 * SECOND), 4), Some(600 * SECOND));
        assert_eq!(pace.limit(), Some(1));
        let pauses = [0; 3].map(|_| pace.heed(Measure::PauseDoubling, hour, 4).unwrap().as_secs() / 3_600);
        assert_eq!(pauses, [1, 2, 4]);
    }
}
