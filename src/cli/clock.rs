//! The real clock: the only place that asks the machine for the time.

use crate::domain::time::Clock;
use chrono::{DateTime, Utc};
use std::time::{Duration, Instant};

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Returns the machine's clock.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that knows the real clock")]
    pub(crate) fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that knows the real clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}
