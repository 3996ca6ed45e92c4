//! How many connections work at the moment. A connection takes a lane before it opens a session and gives it back
//! when it has none; the ramp says how many lanes there are.

use crate::{delivery::ramp::Ramp, domain::time::Clock};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// A session is never made shorter than this.
const SESSION_MIN: u32 = 5;

/// A relay that answers faster than this is near: its messages go out behind their commits, each in one write. On a
/// longer way the body goes first, so that a crash finds fewer messages in doubt.
const NEAR: Duration = Duration::from_millis(10);

/// How slowly the mean of the latency follows.
const LATENCY_MEMORY: u32 = 8;

struct Inside {
    ramp: Ramp,
    latency: Option<Duration>,
    /// It was near and took a message too slowly: what it says quickly is not all that counts.
    is_slow: bool,
    taken: usize,
    session_max: u32,
}

/// One for all connections of a run.
pub(crate) struct Lanes {
    clock: Arc<dyn Clock>,
    inside: Mutex<Inside>,
    more: Notify,
    takes_many: AtomicBool,
}

impl Lanes {
    /// Returns lanes for at most `most` connections, with sessions of at most `session_max` messages.
    pub(crate) fn new(most: usize, session_max: u32, clock: Arc<dyn Clock>) -> Self {
        let inside = Inside {
            ramp: Ramp::new(most),
            latency: None,
            is_slow: false,
            taken: 0,
            session_max: session_max.max(1),
        };
        Self { clock, inside: Mutex::new(inside), more: Notify::new(), takes_many: AtomicBool::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a lane, waiting for a free one.
    pub(crate) async fn enter(&self) {
        loop {
            let mut more = std::pin::pin!(self.more.notified());
            more.as_mut().enable();
            {
                let mut inside = self.lock();
                if inside.taken < inside.ramp.width() {
                    inside.taken += 1;
                    return;
                }
            }
            more.await;
        }
    }

    /// Returns whether the relay has taken a message in the way in which several may be in flight.
    pub(crate) fn takes_many(&self) -> bool {
        self.takes_many.load(Ordering::Relaxed)
    }

    /// Notes that it has.
    pub(crate) fn took_many(&self) {
        self.takes_many.store(true, Ordering::Relaxed);
    }

    /// Gives a lane back.
    pub(crate) fn leave(&self) {
        self.lock().taken -= 1;
        self.more.notify_waiters();
    }

    /// Gives a lane back when there are more taken than there may be; returns whether it did.
    pub(crate) fn leave_if_crowded(&self) -> bool {
        let mut inside = self.lock();
        let is_crowded = inside.taken > inside.ramp.width();
        inside.taken -= usize::from(is_crowded);
        is_crowded
    }

    /// Returns whether more lanes are taken than there may be.
    pub(crate) fn is_crowded(&self) -> bool {
        let inside = self.lock();
        inside.taken > inside.ramp.width()
    }

    /// Returns how many lanes are taken.
    pub(crate) fn taken(&self) -> usize {
        self.lock().taken
    }

    /// Returns after how many messages a session is closed.
    pub(crate) fn session_max(&self) -> u32 {
        self.lock().session_max
    }

    /// A message was accepted, so long after its final dot.
    pub(crate) fn accepted(&self, latency: Duration) {
        let mut inside = self.lock();
        let mean = inside.latency.unwrap_or(latency);
        inside.latency = Some((mean * (LATENCY_MEMORY - 1) + latency) / LATENCY_MEMORY);
        let has_changed = inside.ramp.accepted(latency, self.clock.monotonic());
        drop(inside);
        if has_changed {
            self.more.notify_waiters();
        }
    }

    /// Returns whether the relay is known to be near.
    pub(crate) fn is_near(&self) -> bool {
        let inside = self.lock();
        !inside.is_slow && inside.latency.is_some_and(|latency| latency < NEAR)
    }

    /// The relay answers fast and takes messages slowly: from now on it counts as far away.
    pub(crate) fn keep_away(&self) {
        self.lock().is_slow = true;
    }

    /// The relay takes no more than `open` sessions.
    pub(crate) fn crowded(&self, open: usize) {
        self.lock().ramp.crowded(open, self.clock.monotonic());
    }

    /// The relay wants less.
    pub(crate) fn slow(&self) {
        self.lock().ramp.slow(self.clock.monotonic());
    }

    /// The relay wants one at a time.
    pub(crate) fn crawl(&self) {
        self.lock().ramp.crawl(self.clock.monotonic());
    }

    /// The relay wants fewer messages on one session.
    pub(crate) fn shorter_sessions(&self) {
        let mut inside = self.lock();
        inside.session_max = (inside.session_max / 2).max(SESSION_MIN).min(inside.session_max);
    }
}
