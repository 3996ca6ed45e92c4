//! What a run is told.

use crate::{
    domain::{broadcast::BroadcastId, settings::Rate},
    runner::departed::Departed,
};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// What to do when all that is left waits for its next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitForDeferred {
    /// End; the same command goes on later.
    No,
    /// Wait when the next attempt is at most this far away, else end.
    AtMost(Duration),
    /// Wait until everything is settled.
    UntilSettled,
}

/// What a run is told.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// What is sent.
    pub broadcast: BroadcastId,
    /// The name claims are held under. Unique among all that send at this moment.
    pub worker: String,
    /// Whoever used this name before is dead for certain (say, because a lock is held): its claims are
    /// sorted out at once. Otherwise they wait for the end of their leases.
    pub inherits_name: bool,
    /// Who else has died for certain.
    pub departed: Departed,
    /// Connections at once, at least 1.
    pub connections: usize,
    /// Messages that may be in flight on one connection, at least 1: so many may be in doubt when the line or the process
    /// ends. More than one needs a server that takes chunks, and no rate.
    pub pipeline_depth: usize,
    /// Messages after which a session is closed and opened anew, at least 1.
    pub messages_per_connection: u32,
    /// Ceiling over all connections, processes and restarts.
    pub rate: Option<Rate>,
    /// What the relay allows in a day or an hour, counted over processes and restarts.
    pub quota: Option<Rate>,
    /// Breakers don't stop the run, and what holds it back from an earlier one is lifted.
    pub continues_anyway: bool,
    /// What to do with deferred deliveries.
    pub wait_for_deferred: WaitForDeferred,
    /// When to stop, whatever is left. What is open is finished.
    pub until: Option<DateTime<Utc>>,
    /// From here on nothing leaves any more, not even what is open: no intent is made durable, by the clock that says
    /// when it was.
    pub not_after: Option<DateTime<Utc>>,
}

impl RunOptions {
    /// Returns the options of a plain run: one connection, no rate, deferred deliveries are waited for.
    pub fn new(broadcast: BroadcastId, worker: impl Into<String>) -> Self {
        Self {
            broadcast,
            worker: worker.into(),
            inherits_name: false,
            departed: Departed::default(),
            connections: 1,
            pipeline_depth: 1,
            messages_per_connection: 100,
            rate: None,
            quota: None,
            continues_anyway: false,
            wait_for_deferred: WaitForDeferred::UntilSettled,
            until: None,
            not_after: None,
        }
    }
}
