//! A clock that follows tokio's, paused or not, and can jump.

use chrono::{DateTime, TimeDelta, Utc};
use masthead::domain::time::Clock;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// The moment every test begins: 8 April 2022, 09:00 UTC.
const BEGINNING: i64 = 1_649_408_400;

/// Tells tokio's time, so that with paused time a wait of hours costs nothing.
pub(crate) struct FakeClock {
    start: Instant,
    jumps: Mutex<Duration>,
    wall_jumps: Mutex<TimeDelta>,
}

impl FakeClock {
    /// Returns a clock that starts now.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            jumps: Mutex::new(Duration::ZERO),
            wall_jumps: Mutex::new(TimeDelta::zero()),
        })
    }

    /// Lets time pass for those who ask, though nobody noticed: the process was frozen.
    pub(crate) fn freeze(&self, time: Duration) {
        *self.jumps.lock().unwrap() += time;
    }

    /// Sets the wall clock forward or back; the monotonic clock does not notice.
    pub(crate) fn set_wall(&self, by: TimeDelta) {
        *self.wall_jumps.lock().unwrap() += by;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> DateTime<Utc> {
        let begin = DateTime::from_timestamp(BEGINNING, 0).unwrap();
        begin + self.monotonic() + *self.wall_jumps.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed() + *self.jumps.lock().unwrap()
    }
}
