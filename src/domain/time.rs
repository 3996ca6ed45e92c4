//! Time as an argument: only `cli/clock.rs` asks the machine.

use chrono::{DateTime, Utc};
use std::time::Duration;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Returns the wall-clock time.
    fn now(&self) -> DateTime<Utc>;
    /// Returns the time since some fixed moment; never jumps, never goes back.
    fn monotonic(&self) -> Duration;
}
