//! One machine: its clock, its line to the ledger, and its runs, which die one after the other.

use crate::support::{
    clock::FakeClock,
    dice::Dice,
    power::{LedgerOn, Line},
    world::World,
};
use chrono::TimeDelta;
use masthead::runner::{
    options::{RunOptions, WaitForDeferred},
    run::Runner,
    stop::stop_switch,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A line to the ledger that loses calls, loses answers of calls that had their effect, and takes its time.
struct Faulty {
    dice: Dice,
    is_calm: Arc<AtomicBool>,
    clock: Arc<FakeClock>,
}

impl Faulty {
    /// The call takes long for everybody in this process: seconds, sometimes longer than a lease lasts.
    fn dawdle(&self) {
        match self.dice.below(200) {
            0..4 => self.clock.freeze(Duration::from_millis(self.dice.below(20_000))),
            4 => self.clock.freeze(Duration::from_millis(self.dice.below(300_000))),
            _ => {}
        }
    }
}

impl Line for Faulty {
    fn carry<T>(&mut self, effect: impl FnOnce() -> T) -> Option<T> {
        if self.is_calm.load(Ordering::SeqCst) {
            return Some(effect());
        }
        self.dawdle();
        let answer = match self.dice.below(100) {
            0..3 => None,
            3..5 => {
                effect();
                None
            }
            _ => Some(effect()),
        };
        self.dawdle();
        answer
    }
}

/// A machine that sends.
pub(super) struct Machine<'a> {
    pub(super) world: &'a World,
    pub(super) dice: Dice,
    pub(super) is_calm: Arc<AtomicBool>,
    pub(super) name: u32,
}

impl Machine<'_> {
    /// Lives some lives.
    pub(super) async fn live(&self) {
        let clock = FakeClock::new();
        // No two machines have the same time.
        clock.set_wall(TimeDelta::seconds(i64::try_from(self.dice.below(20)).unwrap() - 10));
        for life in 0..=self.dice.below(3) {
            self.live_once(life, &clock).await;
            if self.dice.percent(30) {
                let seconds = i64::try_from(self.dice.below(900)).unwrap() - 300;
                clock.set_wall(TimeDelta::seconds(seconds));
            }
        }
    }

    async fn live_once(&self, number: u64, clock: &Arc<FakeClock>) {
        let (world, dice) = (self.world, &self.dice);
        let options = RunOptions {
            worker: format!("desk{}/{number}", self.name),
            inherits_name: false,
            connections: 1 + usize::try_from(dice.below(3)).unwrap(),
            messages_per_connection: 1 + u32::try_from(dice.below(20)).unwrap(),
            wait_for_deferred: WaitForDeferred::AtMost(Duration::from_mins(6)),
            ..world.options()
        };
        let line = Faulty { dice: dice.hand(), is_calm: Arc::clone(&self.is_calm), clock: Arc::clone(clock) };
        let ledger = LedgerOn { line, ledger: world.store.connect() };
        let runner = Runner { clock: Arc::clone(clock) as _, ..world.runner() };
        let (switch, stop) = stop_switch();
        let (death, presses) = (Duration::from_millis(dice.below(900_000)), dice.below(6));
        tokio::select! {
            biased;
            _report = runner.run(Box::new(ledger), options, stop) => {}
            () = tokio::time::sleep(death) => {}
            () = async {
                // Most lives are not interrupted; some are once, some twice.
                for _ in 4..=presses {
                    tokio::time::sleep(death / 3).await;
                    switch.press();
                }
                std::future::pending::<()>().await;
            } => {}
        }
    }
}
