//! When the relay may be talked to: back-off while it can't be reached, pauses it asked for.

use crate::domain::time::Clock;
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Failed tries in a row, with no session open, before the run gives up: about five minutes.
pub(crate) const TRIES_MAX: u32 = 10;

/// The wait after the first failed try; it doubles with each.
const WAIT_MIN: Duration = Duration::from_secs(1);

/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Times a pause may double while the host asks for one after the other: 5 s become 5 min 20 s.
const PAUSE_DOUBLINGS_MAX: u32 = 6;

#[derive(Debug, Default)]
struct Inside {
    /// Monotonic time before which nobody talks to the relay.
    closed_until: Duration,
    /// Failed tries in a row.
    tries: u32,
    /// Rises with every failed try that was counted: who tried before it does not count again.
    generation: u64,
    /// Pauses in a row without an accepted message between them.
    pauses: u32,
}

/// One for all connections of a run.
pub(crate) struct Gate {
    clock: Arc<dyn Clock>,
    inside: Mutex<Inside>,
    open: AtomicUsize,
}

/// What a failed try came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// It was the relay's n-th failure in a row; the gate is closed for a while.
    Again {
        /// How often in a row.
        tries: u32,
        /// How long the gate is closed.
        wait: Duration,
    },
    /// Another connection's failure at the same time was counted already.
    Counted,
    /// That was the last try.
    GiveUp,
    /// Other sessions are open: the relay is there, it just takes no more of us.
    Crowded,
}

impl Gate {
    /// Returns an open gate.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, inside: Mutex::default(), open: AtomicUsize::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how long the gate stays closed, zero when it is open.
    pub(crate) fn closed_for(&self) -> Duration {
        self.lock().closed_until.saturating_sub(self.clock.monotonic())
    }

    /// Returns the number to give with [`Gate::failed`].
    pub(crate) fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// Counts an opened session; returns how many there are.
    pub(crate) fn opened(&self) -> usize {
        let mut inside = self.lock();
        inside.tries = 0;
        self.open.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts a closed session; returns how many there are.
    pub(crate) fn closed(&self) -> usize {
        self.open.fetch_sub(1, Ordering::Relaxed) - 1
    }

    /// Counts a failed try that began at `generation`.
    pub(crate) fn failed(&self, generation: u64) -> Failed {
        let mut inside = self.lock();
        if self.open.load(Ordering::Relaxed) > 0 {
            return Failed::Crowded;
        }
        if inside.generation != generation {
            return Failed::Counted;
        }
        inside.generation += 1;
        inside.tries += 1;
        if inside.tries >= TRIES_MAX {
            return Failed::GiveUp;
        }
        let wait = (WAIT_MIN * 2_u32.pow((inside.tries - 1).min(10))).min(WAIT_MAX);
        inside.closed_until = inside.closed_until.max(self.clock.monotonic() + wait);
        Failed::Again { tries: inside.tries, wait }
    }

    /// Closes the gate because the host asked for it; returns for how long.
    pub(crate) fn pause(&self, least: Duration) -> Duration {
        let mut inside = self.lock();
        let now = self.clock.monotonic();
        if inside.closed_until > now + least {
            return inside.closed_until.saturating_sub(now);
        }
        // Pauses asked for while one is running are the same bad moment, not a worse one.
        if inside.closed_until <= now {
            inside.pauses += 1;
        }
        let doublings = inside.pauses.saturating_sub(1).min(PAUSE_DOUBLINGS_MAX);
        let wait = if least >= WAIT_MAX { least } else { least * 2_u32.pow(doublings) };
        inside.closed_until = inside.closed_until.max(now + wait);
        inside.closed_until.saturating_sub(now)
    }

    /// Returns how many sessions are open.
    pub(crate) fn sessions(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// The host took a message: the bad moment is over.
    pub(crate) fn accepted(&self) {
        self.lock().pauses = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    struct Stopped(Mutex<Duration>);

    impl Clock for Stopped {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }
        fn monotonic(&self) -> Duration {
            *self.0.lock().unwrap()
        }
    }

    fn gate() -> (Arc<Stopped>, Gate) {
        let clock = Arc::new(Stopped(Mutex::new(Duration::from_secs(100))));
        (Arc::clone(&clock), Gate::new(clock))
    }

    #[test]
    fn connections_that_fail_together_are_counted_once() {
        let (_, gate) = gate();
        let began = gate.generation();
        assert_eq!(gate.failed(began), Failed::Again { tries: 1, wait: WAIT_MIN });
        assert_eq!(gate.failed(began), Failed::Counted);
        assert_eq!(gate.closed_for(), WAIT_MIN);
    }

    #[test]
    fn after_so_many_tries_the_run_gives_up() {
        let (_, gate) = gate();
        let waits: Vec<u64> = std::iter::from_fn(|| match gate.failed(gate.generation()) {
            Failed::Again { wait, .. } => Some(wait.as_secs()),
            _ => None,
        })
        .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_relay_that_takes_some_sessions_is_there() {
        let (_, gate) = gate();
        assert_eq!(gate.opened(), 1);
        assert_eq!(gate.failed(gate.generation()), Failed::Crowded);
        assert_eq!(gate.closed(), 0);
        assert!(matches!(gate.failed(gate.generation()), Failed::Again { .. }));
    }

    #[test]
    fn pauses_in_a_row_grow_and_an_accepted_message_ends_the_row() {
        let (clock, gate) = gate();
        let least = Duration::from_secs(5);
        assert_eq!(gate.pause(least), least);
        assert_eq!(gate.pause(least), least, "four connections hear the same at the same time");
        *clock.0.lock().unwrap() += least;
        assert_eq!(gate.pause(least), least * 2);
        *clock.0.lock().unwrap() += least * 2;
        gate.accepted();
        assert_eq!(gate.pause(least), least);
        assert_eq!(gate.pause(Duration::from_hours(1)), Duration::from_hours(1));
    }
}
