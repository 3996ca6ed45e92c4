//! Keeps what the relay allows in a day or an hour: spent in the ledger, so it holds over processes and restarts.

use crate::{
    delivery::{
        letters::Letters,
        ports::{Standing, Transport},
    },
    domain::{problem::Problem, settings::Rate},
    runner::{
        committer::LedgerGone, desk::Desk, options::WaitForDeferred, progress::RunEvent, report::RunEnd,
    },
};
use chrono::{DateTime, Utc};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::sync::Mutex;

/// Messages that are spent at once at most: a run that ends gives that much away.
const SPENT_MAX: u32 = 64;

/// The longest wait before the ledger is asked again: the clock may be set meanwhile.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// One for all connections of a run.
pub(crate) struct Quota {
    rate: Option<Rate>,
    left: AtomicU32,
    asking: Mutex<()>,
}

impl Quota {
    /// Returns a quota of which nothing was spent in advance.
    pub(crate) fn new(quota: Option<Rate>) -> Self {
        Self { rate: quota, left: AtomicU32::new(0), asking: Mutex::new(()) }
    }

    /// Takes one message out of what was spent in advance; without a quota there is always one.
    pub(crate) fn take_ready(&self) -> bool {
        let take = |left: u32| left.checked_sub(1);
        self.rate.is_none() || self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Puts one back that was not used.
    pub(crate) fn put_back(&self) {
        if self.rate.is_some() {
            self.left.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T: Transport, L: Letters> Desk<T, L> {
    /// Waits until the quota has room for one message; returns whether the run still goes on.
    pub(crate) async fn wait_for_quota(&self) -> Result<bool, LedgerGone> {
        let Some(quota) = self.quota.rate else { return Ok(!self.halt.is_stopping()) };
        let asking = tokio::select! {
            biased;
            asking = self.quota.asking.lock() => asking,
            () = self.halt.stopped() => return Ok(false),
        };
        let mut is_told = false;
        while !self.quota.take_ready() {
            let (key, now) = (self.transport.name(), self.clock.now());
            let wanted = (quota.messages / 100).clamp(1, SPENT_MAX);
            let spending =
                self.ledger.call(move |ledger| Standing::spend(ledger, &key, wanted, quota, now)).await?;
            if spending.granted > 0 {
                self.quota.left.fetch_add(spending.granted, Ordering::Relaxed);
                continue;
            }
            let wait = (spending.again_at - now).to_std().unwrap_or(Duration::ZERO);
            if self.would_not_wait(wait) {
                self.end(RunEnd::HeldBack(used_up(quota, spending.again_at)));
                return Ok(false);
            }
            if !std::mem::replace(&mut is_told, true) {
                self.note(RunEvent::QuotaUsedUp { quota, until: spending.again_at });
            }
            if !self.halt.pause(wait.clamp(Duration::from_millis(50), ASK_AGAIN)).await {
                return Ok(false);
            }
        }
        drop(asking);
        Ok(!self.halt.is_stopping())
    }

    /// Returns whether the run was told not to wait that long.
    pub(crate) fn would_not_wait(&self, wait: Duration) -> bool {
        match self.options.wait_for_deferred {
            WaitForDeferred::No => true,
            WaitForDeferred::AtMost(most) => wait > most,
            WaitForDeferred::UntilSettled => false,
        }
    }
}

fn used_up(quota: Rate, until: DateTime<Utc>) -> Problem {
    let until = until.format("%Y-%m-%d %H:%M UTC");
    Problem::error("send/quota-used-up", format!("what the relay allows, {quota}, is used up until {until}"))
        .help("the queue is kept: the same command goes on from then on, or waits for it without `--no-wait`")
}
