//! The ways a process ends, and a tally of them.

use crate::{
    faults::processes::{PATIENCE, Stage},
    support::{
        binary::{Running, start},
        dice::Dice,
    },
};
use std::{collections::BTreeMap, fmt, time::Duration};
use tokio::time::sleep;

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// `kill -9`.
    Kill,
    /// SIGTERM: it finishes what is open.
    Term,
    /// Ctrl-C twice: it leaves at once.
    IntTwice,
    /// SIGSTOP; its leases run out, another process works; SIGCONT, and later `kill -9`.
    Freeze,
}

impl End {
    pub(super) fn of(dice: &Dice) -> Self {
        match dice.below(100) {
            0..50 => Self::Kill,
            50..65 => Self::Term,
            65..80 => Self::IntTwice,
            _ => Self::Freeze,
        }
    }
}

/// How many ends of each kind there were, and how many met a process that was sending.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<End, (usize, usize)>);

impl Tally {
    /// Adds one end; `hits` are the processes it met.
    pub(super) fn add(&mut self, end: End, hits: usize) {
        let (times, met) = self.0.entry(end).or_default();
        *times += 1;
        *met += hits;
    }

    /// Returns how many processes had no time to finish what was open.
    pub(super) fn rude(&self) -> usize {
        self.0.iter().filter(|(end, _)| **end != End::Term).map(|(_, (_, met))| met).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "| end | times | met a process that was sending |\n|---|---|---|")?;
        for (end, (times, met)) in &self.0 {
            let name = match end {
                End::Kill => "kill -9",
                End::Term => "SIGTERM",
                End::IntTwice => "Ctrl-C twice",
                End::Freeze => "SIGSTOP, leases lost, SIGCONT, kill -9",
            };
            writeln!(out, "| {name} | {times} | {met} |")?;
        }
        Ok(())
    }
}

impl Stage {
    /// Starts a process and ends it after about `share` messages more; returns how many sending processes that met.
    pub(super) async fn end(&self, end: End, share: usize) -> usize {
        let mut sending = start(self.place.project.root(), &self.command());
        self.work(&mut sending, share).await;
        let is_hit = sending.is_running();
        match end {
            End::Kill => sending.kill(),
            End::Term => self.leave(sending, &["TERM"]).await,
            End::IntTwice => self.leave(sending, &["INT", "INT"]).await,
            End::Freeze => return self.freeze(sending, share).await,
        }
        usize::from(is_hit)
    }

    /// Lets it work for a moment of chance, or for some messages.
    async fn work(&self, sending: &mut Running, share: usize) {
        if self.dice.percent(25) {
            sleep(Duration::from_millis(self.dice.below(400))).await;
            return;
        }
        let enough = self.server.count() + usize::try_from(self.dice.below(2 * share as u64 + 1)).unwrap();
        sending.until(|_| self.server.count() >= enough).await;
    }

    /// Sends signals and waits for the end.
    async fn leave(&self, mut sending: Running, signals: &[&str]) {
        for signal in signals {
            if sending.is_running() {
                sending.signal(signal);
            }
            sleep(Duration::from_millis(self.dice.below(20))).await;
        }
        let ran = sending.ended_within(PATIENCE).await;
        // Early signals meet a process that listens to none yet: it dies of them, as any does.
        assert!([0, 4, 130, 143].contains(&ran.code), "{ran}");
    }

    /// Freezes it, lets another one work on what it had, and wakes it up again.
    async fn freeze(&self, mut frozen: Running, share: usize) -> usize {
        let mut is_frozen = false;
        for _ in 0..50 {
            if !frozen.is_running() {
                return 0;
            }
            frozen.signal("STOP");
            is_frozen = match self.freeze {
                Some(time) => {
                    sleep(time).await;
                    true
                }
                None => self.place.leases_run_out(),
            };
            if is_frozen {
                break;
            }
            // It froze while it wrote to the ledger: a little later, then.
            frozen.signal("CONT");
            sleep(Duration::from_millis(self.dice.below(10))).await;
        }
        let mut other = start(self.place.project.root(), &self.command());
        self.work(&mut other, share).await;
        let is_hit = other.is_running();
        if is_frozen {
            frozen.signal("CONT");
        }
        self.work(&mut frozen, share).await;
        let others = usize::from(is_hit) + usize::from(frozen.is_running());
        other.kill();
        frozen.kill();
        // The next one inherits what the first had; what the second had waits for the end of its lease.
        assert!(self.place.leases_run_out(), "nobody has the ledger");
        // Frozen once, and killed both.
        1 + others
    }
}
