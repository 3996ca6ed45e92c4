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

/// Whose turn it is: true while the runtime waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turn(Arc<(Mutex<bool>, Condvar)>);

impl Turn {
    /// Returns a runtime with paused time that gives its turn away whenever it waits.
    pub(crate) fn runtime(&self) -> Runtime {
        let turn = self.clone();
        Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .max_blocking_threads(1)
            .on_thread_park(move || turn.give())
            .build()
            .unwrap()
    }

    fn give(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_one();
    }

    /// Waits for its turn and takes it.
    pub(crate) fn wait(&self) {
        let waiting = self.0.0.lock().unwrap();
        let (mut is_mine, _) = self.0.1.wait_timeout_while(waiting, PATIENCE, |is_mine| !*is_mine).unwrap();
        *is_mine = false;
    }
}
