//! Lets calls of a ledger have their effect only while everything else waits, so that a simulation with the same
//! seed goes the same way.
//!
//! A run has its ledger called on a thread of its own. How long that takes in real time would decide what else
//! happens before, so each call waits until the runtime's thread has nothing left to do.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};

/// Longer than any real wait of a test.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whose turn it is.
#[derive(Debug, Default)]
struct Inside {
    /// The runtime's thread waits.
    is_waiting: bool,
    /// It has waited anew since the last call.
    has_seen_it: bool,
    /// Who called last.
    last: u32,
}

/// Given by the runtime whenever it waits, taken by calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turn(Arc<(Mutex<Inside>, Condvar)>);

impl Turn {
    /// Returns a runtime with paused time that gives its turn away whenever it waits.
    pub(crate) fn runtime(&self) -> Runtime {
        let (parks, unparks) = (self.clone(), self.clone());
        Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .max_blocking_threads(1)
            .on_thread_park(move || parks.waits(true))
            .on_thread_unpark(move || unparks.waits(false))
            .build()
            .unwrap()
    }

    fn waits(&self, is_waiting: bool) {
        let mut inside = self.0.0.lock().unwrap();
        inside.is_waiting = is_waiting;
        inside.has_seen_it |= is_waiting;
        self.0.1.notify_one();
    }

    /// Waits for the turn of a caller and takes it. Two calls in a row of one caller may be one piece of work, during
    /// which the runtime goes on waiting; another caller's turn comes only when the runtime has dealt with the last.
    pub(crate) fn wait(&self, caller: u32) {
        let inside = self.0.0.lock().unwrap();
        let is_early =
            |inside: &mut Inside| !inside.is_waiting || (inside.last != caller && !inside.has_seen_it);
        let (mut inside, _) = self.0.1.wait_timeout_while(inside, PATIENCE, is_early).unwrap();
        (inside.has_seen_it, inside.last) = (false, caller);
    }
}
