//! How a run is told to end: from outside by a person, from inside by what the relay or the ledger said.

use crate::runner::report::RunEnd;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// How urgent it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// Go on.
    #[default]
    Go,
    /// Take nothing new, finish open transactions, give claims back.
    Finish,
    /// Return at once; leases sort out the rest.
    Now,
}

/// The hand on the switch: each press is one level more urgent.
#[derive(Debug)]
pub struct StopSwitch(watch::Sender<StopLevel>);

/// What the run watches.
#[derive(Clone, Debug)]
pub struct StopSignal(watch::Receiver<StopLevel>);

/// Returns a switch and the signal it gives.
pub fn stop_switch() -> (StopSwitch, StopSignal) {
    let (sender, receiver) = watch::channel(StopLevel::Go);
    (StopSwitch(sender), StopSignal(receiver))
}

impl StopSwitch {
    /// Makes it one level more urgent: the first press finishes what is open, the second returns at once.
    pub fn press(&self) {
        self.0.send_modify(|level| {
            *level = match level {
                StopLevel::Go => StopLevel::Finish,
                StopLevel::Finish | StopLevel::Now => StopLevel::Now,
            };
        });
    }
}

impl StopSignal {
    /// Waits until the switch stands at `least` or beyond; for ever when nobody can press it any more.
    pub async fn reaches(&mut self, least: StopLevel) {
        if self.0.wait_for(|level| *level >= least).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The run's own switch, seen by all its tasks. The first reason given is the one that is reported.
#[derive(Debug)]
pub(crate) struct Halt {
    stopping: watch::Sender<bool>,
    end: Mutex<Option<RunEnd>>,
}

impl Halt {
    /// Nothing stops yet.
    pub(crate) fn new() -> Self {
        Self { stopping: watch::Sender::new(false), end: Mutex::new(None) }
    }

    /// Ends the run for this reason, unless it is ending already.
    pub(crate) fn end(&self, end: RunEnd) {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(end);
        self.stopping.send_replace(true);
    }

    /// Returns whether nothing new may begin.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Returns why the run ended, once.
    pub(crate) fn take_end(&self) -> Option<RunEnd> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits until nothing new may begin.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives in `self`: this can't fail before it returns.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// Waits for `time`, or less when nothing new may begin; returns whether the run goes on.
    pub(crate) async fn pause(&self, time: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.stopped() => false,
            () = tokio::time::sleep(time) => !self.is_stopping(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_press_is_more_urgent() {
        let (switch, mut signal) = stop_switch();
        switch.press();
        signal.reaches(StopLevel::Finish).await;
        switch.press();
        signal.reaches(StopLevel::Now).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_reason_is_the_one_reported() {
        let halt = Halt::new();
        assert!(halt.pause(Duration::from_secs(1)).await);
        halt.end(RunEnd::Interrupted);
        halt.end(RunEnd::Finished);
        assert!(!halt.pause(Duration::from_hours(1)).await);
        assert_eq!(halt.take_end(), Some(RunEnd::Interrupted));
    }
}
