//! Keeps the rate: hands out turns that the ledger granted, over all connections and processes.

use crate::{
    delivery::throttle::{self, Grant},
    domain::{settings::Rate, time::Clock},
    runner::{
        committer::{LedgerGone, LedgerHandle},
        stop::Halt,
    },
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// The longest sleep at once: a wall clock that is set while we sleep costs no more than this.
const SLEEP_MAX: Duration = Duration::from_secs(30);

/// One for all connections of a run.
pub(crate) struct Pacer {
    relay: String,
    interval: Option<Duration>,
    clock: Arc<dyn Clock>,
    grant: Mutex<Grant>,
}

impl Pacer {
    /// Returns a pacer that keeps `rate` towards `relay`, or lets everything pass when there is none.
    pub(crate) fn new(relay: String, rate: Option<Rate>, clock: Arc<dyn Clock>) -> Self {
        let interval = rate.map(|rate| rate.interval());
        Self { relay, interval, clock, grant: Mutex::new(Grant::empty()) }
    }

    /// Returns whether turns have to be waited for.
    pub(crate) fn keeps_a_rate(&self) -> bool {
        self.interval.is_some()
    }

    /// Waits for the next turn; returns whether it came before the run was told to end.
    pub(crate) async fn turn(&self, ledger: &LedgerHandle, halt: &Halt) -> Result<bool, LedgerGone> {
        let Some(interval) = self.interval else { return Ok(!halt.is_stopping()) };
        let turn = {
            let mut grant = self.grant.lock().await;
            loop {
                if let Some(turn) = grant.take() {
                    break turn;
                }
                let (relay, count, now) =
                    (self.relay.clone(), throttle::reservation(interval), self.clock.now());
                let first = ledger.call(move |ledger| ledger.reserve(&relay, count, interval, now)).await?;
                *grant = Grant::new(first, interval, count);
            }
        };
        loop {
            let left = (turn - self.clock.now()).to_std().unwrap_or(Duration::ZERO);
            if left.is_zero() {
                return Ok(!halt.is_stopping());
            }
            if !halt.pause(left.min(SLEEP_MAX)).await {
                return Ok(false);
            }
        }
    }
}
