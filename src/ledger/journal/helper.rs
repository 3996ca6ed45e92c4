//! The second hand of a journaled ledger: it does the store's share while commits go on.
//!
//! A commit needs the journal alone. What the store has to do in time (taking facts over, reading the next claims) is
//! some milliseconds of work at once, and whoever waits for a commit should not wait for that too. So a thread does it,
//! one piece after the other. Everything else asks the store itself, once the helper has laid its work down.

use crate::{
    delivery::ports::{Applied, Base, Fact, LedgerError, Owner, RunId},
    domain::{broadcast::BroadcastId, delivery::Claim},
};
use chrono::{DateTime, Utc};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

/// Claims that were asked for ahead.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) broadcast: BroadcastId,
    pub(crate) worker: String,
    pub(crate) limit: usize,
    pub(crate) now: DateTime<Utc>,
    pub(crate) lease: Duration,
}

/// A piece of work.
pub(crate) enum Work {
    TakeOver { run: RunId, facts: Vec<Fact>, upto: u64 },
    Claim(Wish),
}

/// What came of it.
pub(crate) enum Done {
    /// With the facts, for another try when it failed.
    TakenOver { facts: Vec<Fact>, upto: u64, result: Result<Applied, LedgerError> },
    /// With the stamp of the store when they were read.
    Claimed(Wish, Result<(Vec<Claim>, u64), LedgerError>),
}

/// The thread ended in the middle of its work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone;

/// A store that two may use, one at a time.
pub(crate) struct Shared<L>(Arc<Mutex<L>>);

impl<L> Shared<L> {
    pub(crate) fn new(store: L) -> Self {
        Self(Arc::new(Mutex::new(store)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, L> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread and the way to it.
pub(crate) struct Helper {
    /// Dropped first, which ends the thread.
    work: Option<mpsc::Sender<Work>>,
    done: mpsc::Receiver<Done>,
    thread: Option<JoinHandle<()>>,
    is_busy: bool,
}

impl Helper {
    /// Sets a thread to work on a store.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn begin<L: Base + 'static>(store: &Shared<L>) -> io::Result<Self> {
        let (work, tasks) = mpsc::channel::<Work>();
        let (report, done) = mpsc::channel();
        let store = Shared(Arc::clone(&store.0));
        let thread = thread::Builder::new().name("ledger-store".to_owned()).spawn(move || {
            for task in tasks {
                if report.send(carry_out(&mut *store.lock(), task)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { work: Some(work), done, thread: Some(thread), is_busy: false })
    }

    /// Returns whether it has work in hand, or a result that nobody has taken yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Gives it something to do; it must have nothing in hand.
    pub(crate) fn start(&mut self, work: Work) {
        debug_assert!(!self.is_busy, "one piece at a time");
        self.is_busy = true;
        // Whether it is gone is found out with the result.
        let _ = self.work.as_ref().map(|to| to.send(work));
    }

    /// Takes the result of its work if it is there, or waits for it. `None` when there is none (yet).
    ///
    /// # Errors
    /// When the thread is gone. It stays gone, for what it had in hand stands in the journal alone.
    pub(crate) fn result(&mut self, waits: bool) -> Result<Option<Done>, Gone> {
        if !self.is_busy {
            return Ok(None);
        }
        let done = if waits {
            self.done.recv().map(Some).map_err(|_| Gone)
        } else {
            match self.done.try_recv() {
                Ok(done) => Ok(Some(done)),
                Err(mpsc::TryRecvError::Empty) => Ok(None),
                Err(mpsc::TryRecvError::Disconnected) => Err(Gone),
            }
        }?;
        self.is_busy = done.is_none();
        Ok(done)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.work = None;
        if let Some(thread) = self.thread.take() {
            // What it could not finish stands in the journal.
            let _ = thread.join();
        }
    }
}

fn carry_out<L: Base>(store: &mut L, work: Work) -> Done {
    match work {
        Work::TakeOver { run, facts, upto } => {
            let result = store.take_over(run, &facts, upto, Owner::Lives);
            Done::TakenOver { facts, upto, result }
        }
        Work::Claim(wish) => {
            let claims = store.stamp().and_then(|stamp| {
                let claims = store.claim(wish.broadcast, &wish.worker, wish.limit, wish.now, wish.lease)?;
                Ok((claims, stamp))
            });
            Done::Claimed(wish, claims)
        }
    }
}
