//! The one owner of the ledger in a run: gathers the requests of all connections and makes one
//! transaction of them. Where the runtime has several threads it has one of its own, so that a flush holds nobody up but
//! those who wait for it; where there is one, its turn comes when everybody who could run has, and one flush does for all.
//!
//! While one round is being written the next one gathers, so rounds grow by themselves with the load. A
//! request that somebody waits for never waits for others; a verdict, for which nobody waits, stays a
//! millisecond for the next commit. Requests keep their order: **a record that a connection handed in before
//! its next commit is durable before that commit is, or together with it**. So a connection need not wait
//! for its records, and a crash still finds at most one of its deliveries between commit and record.

use crate::{
    delivery::ports::{Commit, Ledger, LedgerError, Record},
    domain::{problem::Problem, time::Clock},
    runner::{
        company::Company,
        progress::{Progress, RunEvent},
        report::{Counts, RunEnd},
        round::{Call, Permit, Round},
        stop::Halt,
    },
};
use chrono::{DateTime, Utc};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Notify, mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};

/// Requests in one round at most.
const ROUND_MAX: usize = 512;

/// Requests that may wait for the next round before their senders wait too.
const QUEUE_MAX: usize = 1_024;

/// How long verdicts wait for company. A crash in this time leaves them in doubt, so it is short.
const VERDICTS_WAIT: Duration = Duration::from_millis(1);

/// How long nobody may have asked anything before the ledger does what it put off, once its verdicts are durable.
const QUIET: Duration = Duration::from_millis(25);

/// The same after that failed.
const QUIET_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Tries of one round before the run ends for want of a ledger.
const TRIES_MAX: u32 = 6;

/// The wait after the first failed try; it doubles with each.
const RETRY_WAIT: Duration = Duration::from_millis(100);

/// The ledger is gone: the run is ending, and nothing may leave any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LedgerGone;

/// Where the answer to a commit will be.
pub(crate) type Answer = oneshot::Receiver<Option<Permit>>;

/// One wish of a connection or of the run.
pub(crate) enum Request {
    Record(Record),
    Commit(Commit, oneshot::Sender<Option<Permit>>),
    Call(Call),
}

/// The way to the ledger for everybody in the run.
#[derive(Clone)]
pub(crate) struct LedgerHandle {
    requests: mpsc::Sender<Request>,
    /// Rung when a round has been asked for, where that is worth waiting for.
    begun: Option<Arc<Notify>>,
}

impl LedgerHandle {
    /// Hands in a verdict. It is durable before any later request of the caller has its effect.
    pub(crate) async fn record(&self, record: Record) -> Result<(), LedgerGone> {
        self.requests.send(Request::Record(record)).await.map_err(|_| LedgerGone)
    }

    /// Makes an intent durable; `None` when the final dot may not leave.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<Option<Permit>, LedgerGone> {
        self.ask(commit).await?.await.map_err(|_| LedgerGone)
    }

    /// Asks for an intent to be made durable; the answer comes later, so that several can be asked for at once.
    pub(crate) async fn ask(&self, commit: Commit) -> Result<Answer, LedgerGone> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(Request::Commit(commit, answer)).await.map_err(|_| LedgerGone)?;
        Ok(answered)
    }

    /// Waits until a round has been asked for, where the ledger works meanwhile: what has time is better done then, for
    /// before it keeps others from joining the round.
    pub(crate) async fn round_begun(&self) {
        if let Some(begun) = &self.begun {
            begun.notified().await;
        }
    }

    /// Has the ledger do something else, after everything handed in before.
    pub(crate) async fn call<R: Send + 'static>(
        &self,
        mut doing: impl FnMut(&mut dyn Ledger) -> Result<R, LedgerError> + Send + 'static,
    ) -> Result<R, LedgerGone> {
        let (answer, answered) = oneshot::channel();
        let mut answer = Some(answer);
        let call: Call = Box::new(move |ledger| {
            let result = doing(ledger)?;
            if let Some(answer) = answer.take() {
                // Nobody waits for it any more: the effect stands all the same.
                let _ = answer.send(result);
            }
            Ok(())
        });
        self.requests.send(Request::Call(call)).await.map_err(|_| LedgerGone)?;
        answered.await.map_err(|_| LedgerGone)
    }
}

/// Works until every handle is gone, or the ledger fails for good.
pub(crate) struct Committer {
    requests: mpsc::Receiver<Request>,
    clock: Arc<dyn Clock>,
    progress: Arc<dyn Progress>,
    halt: Arc<Halt>,
    counts: Arc<Mutex<Counts>>,
    /// From here on no intent is made durable, and so no final dot leaves.
    not_after: Option<DateTime<Utc>>,
    /// The ledger mostly waits, and the connections go on meanwhile.
    is_along: bool,
    /// Rung when a round has been asked for.
    begun: Arc<Notify>,
    company: Company,
}

/// A ledger and a round after a call, and how it went.
type Called = (Box<dyn Ledger>, Round, Result<(), LedgerError>);

impl Committer {
    /// Returns a committer, the way to it, and the sums it keeps.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        progress: Arc<dyn Progress>,
        halt: Arc<Halt>,
        not_after: Option<DateTime<Utc>>,
        is_along: bool,
    ) -> (Self, LedgerHandle, Arc<Mutex<Counts>>) {
        let (sender, requests) = mpsc::channel(QUEUE_MAX);
        let begun = Arc::new(Notify::new());
        // Where there are several threads, nobody keeps the others from joining a round.
        let is_one_thread = Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread;
        let counts = Arc::new(Mutex::new(Counts::default()));
        let committer = Self {
            requests,
            clock,
            progress,
            halt,
            counts: Arc::clone(&counts),
            not_after,
            is_along,
            begun: Arc::clone(&begun),
            company: Company::new(is_along && is_one_thread),
        };
        let begun = (is_along && is_one_thread).then_some(begun);
        (committer, LedgerHandle { requests: sender, begun }, counts)
    }

    /// Sets to work beside `clerk`'s other tasks: on a thread of its own where the runtime has several and the ledger
    /// would hold one up.
    pub(crate) fn begin(self, ledger: Box<dyn Ledger>, clerk: &mut JoinSet<()>) {
        let runtime = Handle::current();
        if self.is_along || runtime.runtime_flavor() == RuntimeFlavor::CurrentThread {
            clerk.spawn(self.run(ledger));
        } else {
            clerk.spawn_blocking(move || runtime.block_on(self.run(ledger)));
        }
    }

    /// Serves rounds until nobody can ask any more.
    async fn run(mut self, mut ledger: Box<dyn Ledger>) {
        while let Some(first) = self.next(&mut *ledger).await {
            let mut round = Round::default();
            self.add(&mut round, first);
            self.gather(&mut round).await;
            let Some(still_there) = self.write(ledger, round).await else { return };
            ledger = still_there;
            // What fails here fails again when somebody asks, and then it is told.
            let _ = ledger.catch_up(false);
        }
    }

    /// Waits for the next request. Meanwhile the ledger does what it put off, piece by piece.
    async fn next(&mut self, ledger: &mut dyn Ledger) -> Option<Request> {
        let mut wait = VERDICTS_WAIT;
        loop {
            if let Ok(request) = timeout(wait, self.requests.recv()).await {
                return request;
            }
            wait = match ledger.catch_up(true) {
                Ok(true) => QUIET,
                Ok(false) => return self.requests.recv().await,
                // It will fail again when somebody asks, and then it is told.
                Err(_) => QUIET_AFTER_FAILURE,
            };
        }
    }

    /// Adds whoever is ready at this moment. Nobody waits for a verdict: verdicts alone stay a moment for the next
    /// request that somebody waits for, so that one transaction does for both.
    async fn gather(&mut self, round: &mut Round) {
        tokio::task::yield_now().await;
        self.add_ready(round);
        let mut patience = std::pin::pin!(tokio::time::sleep(VERDICTS_WAIT));
        while round.len() < ROUND_MAX && (!round.is_awaited() || self.company.is_awaited()) {
            tokio::select! {
                biased;
                request = self.requests.recv() => match request {
                    Some(request) => self.add(round, request),
                    None => return,
                },
                () = &mut patience => {
                    if round.is_awaited() {
                        self.company.failed_to_come();
                    }
                    return;
                }
            }
            self.add_ready(round);
        }
        self.company.came();
    }

    fn add_ready(&mut self, round: &mut Round) {
        while round.len() < ROUND_MAX {
            let Ok(request) = self.requests.try_recv() else { break };
            self.add(round, request);
        }
    }

    fn add(&mut self, round: &mut Round, request: Request) {
        if matches!(request, Request::Record(_)) {
            self.company.returned();
        }
        round.add(request);
    }

    /// Writes a round, trying again when the ledger stumbles; returns the ledger when there still is one.
    async fn write(&mut self, mut ledger: Box<dyn Ledger>, mut round: Round) -> Option<Box<dyn Ledger>> {
        let mut tries = 0;
        loop {
            let asked = Permit { monotonic: self.clock.monotonic(), wall: self.clock.now() };
            if self.not_after.is_some_and(|end| asked.wall >= end) && round.refuse_commits() {
                self.halt.end(RunEnd::TimeIsUp);
            }
            let mut result = round.write(&mut *ledger, asked, &self.begun).await;
            self.company.left(round.answer(asked));
            self.count(&mut round);
            if result.is_ok() && round.has_calls() {
                (ledger, round, result) = self.call(ledger, round).await?;
            }
            let Err(error) = result else { return Some(ledger) };
            tries += 1;
            if tries >= TRIES_MAX {
                self.halt.end(RunEnd::LedgerFailed(ledger_problem(&error)));
                return None;
            }
            let wait = RETRY_WAIT * 2_u32.pow(tries - 1);
            self.progress.note(RunEvent::LedgerStumbled { cause: words(&error), wait });
            tokio::time::sleep(wait).await;
        }
    }

    /// Has the ledger do the rest of a round. One that mostly waits does it on another thread, and meanwhile the
    /// connections go on. `None` when the runtime ends.
    async fn call(&self, mut ledger: Box<dyn Ledger>, mut round: Round) -> Option<Called> {
        let work = move || {
            let result = round.call(&mut *ledger);
            (ledger, round, result)
        };
        if !self.is_along {
            return Some(work());
        }
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => Some(done),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => None,
        }
    }

    fn count(&self, round: &mut Round) {
        let recorded = round.take_recorded();
        if recorded.is_empty() {
            return;
        }
        let sums = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            for (event, was_current) in recorded {
                counts.add(event, was_current);
            }
            *counts
        };
        self.progress.note(RunEvent::Progress(sums));
    }
}

/// Returns an error with its causes, as people read it.
fn words(error: &LedgerError) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}

/// Returns the failure of the ledger as people read it.
fn ledger_problem(error: &LedgerError) -> Problem {
    Problem::error("send/ledger-failed", words(error)).help(
        "nothing leaves without the ledger; see to its disk and rights, then run the same command again: it goes on where it stopped",
    )
}
