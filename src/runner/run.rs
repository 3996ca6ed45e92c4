//! A whole run, from the first look at the ledger to the last.

use crate::{
    delivery::{
        letters::Letters,
        ports::{Ledger, Transport},
        throttle,
    },
    domain::{broadcast::Tally, settings::Rate, time::Clock},
    runner::{
        buffer::Buffer,
        committer::{Committer, LedgerGone, LedgerHandle},
        connection::Connection,
        desk::Desk,
        gate::Gate,
        lanes::Lanes,
        options::RunOptions,
        pacer::Pacer,
        progress::{Progress, RunEvent},
        providers::Providers,
        quota::Quota,
        report::{Counts, RunEnd, RunReport},
        stop::{Halt, StopLevel, StopSignal},
    },
};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::task::{JoinError, JoinSet};

/// The longest sleep at once towards `until`: the wall clock may be set meanwhile.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(30);

/// What a run works with.
pub struct Runner<T, L> {
    /// Where messages go.
    pub transport: T,
    /// Makes the messages.
    pub letters: L,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Hears what happens.
    pub progress: Arc<dyn Progress>,
}

impl<T: Transport, L: Letters> Runner<T, L> {
    /// Sends what is open of a broadcast, and returns what that came to. The ledger is closed when this
    /// returns, except after the second press of the switch.
    ///
    /// Must be called inside a tokio runtime with timers. Dropping the future is as good as killing the process:
    /// nobody is forgotten and nobody is mailed twice, and what was committed is in doubt.
    ///
    /// # Panics
    /// When a task of the run panicked; the others have recorded what they had in hand before.
    pub async fn run(self, ledger: Box<dyn Ledger>, options: RunOptions, stop: StopSignal) -> RunReport {
        let began = self.clock.monotonic();
        let halt = Arc::new(Halt::new());
        let (committer, handle, counts) = Committer::new(
            Arc::clone(&self.clock),
            Arc::clone(&self.progress),
            Arc::clone(&halt),
            options.not_after,
            ledger.goes_along(),
        );
        let mut clerk = JoinSet::new();
        committer.begin(ledger, &mut clerk);
        let desk = Arc::new(self.desk(handle, halt, options));
        let Sent { before, after, suppressed_gone, is_orderly } = desk.send_all(stop).await;
        let clock = Arc::clone(&desk.clock);
        let halt = Arc::clone(&desk.halt);
        let providers = desk.providers.report();
        // The last handle goes with the desk: the committer ends and closes the ledger.
        drop(desk);
        if is_orderly {
            finished(clerk.join_next().await);
        }
        let counts: Counts = *counts.lock().unwrap_or_else(PoisonError::into_inner);
        RunReport {
            ended: halt.take_end().unwrap_or(RunEnd::Interrupted),
            tally_before: before,
            tally_after: after,
            counts,
            providers,
            suppressed_gone,
            duration: clock.monotonic().saturating_sub(began),
        }
    }

    fn desk(self, ledger: LedgerHandle, halt: Arc<Halt>, options: RunOptions) -> Desk<T, L> {
        let interval = options.rate.as_ref().map(Rate::interval);
        let in_flight = options.connections.max(1).saturating_mul(options.pipeline_depth.max(1));
        let ahead = if interval.is_some() || options.pipeline_depth < 2 { 0 } else { 2 * in_flight };
        let capacity = throttle::claims_ahead(options.connections, interval).max(ahead);
        Desk {
            ledger,
            halt,
            buffer: Buffer::new(capacity),
            gate: Gate::new(Arc::clone(&self.clock)),
            lanes: Lanes::new(options.connections, options.messages_per_connection, Arc::clone(&self.clock)),
            providers: Providers::new(Arc::clone(&self.clock)),
            quota: Quota::new(options.quota),
            pacer: Pacer::new(self.transport.name(), options.rate, Arc::clone(&self.clock)),
            transport: self.transport,
            letters: self.letters,
            clock: self.clock,
            progress: self.progress,
            options,
        }
    }
}

/// Returns a task's result, or goes on panicking with what it panicked with.
fn finished<R>(joined: Option<Result<R, JoinError>>) -> Option<R> {
    match joined? {
        Ok(result) => Some(result),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => None,
    }
}

/// What all tasks of a run came to.
#[derive(Default)]
struct Sent {
    before: Option<Tally>,
    after: Option<Tally>,
    suppressed_gone: u64,
    /// Everybody finished; the ledger may be closed.
    is_orderly: bool,
}

/// How the work of a run ended.
enum Worked {
    /// Everybody finished what was in hand.
    ToTheEnd,
    /// Everybody but one, who panicked.
    Panicked(JoinError),
    /// A person did not want to wait for it.
    ToldToReturn,
}

impl<T: Transport, L: Letters> Desk<T, L> {
    /// Runs all tasks to their end.
    async fn send_all(self: &Arc<Self>, stop: StopSignal) -> Sent {
        let Ok(before) = self.look_around().await else {
            return Sent { is_orderly: true, ..Sent::default() };
        };
        let before = Some(before);
        match self.look_at_pauses().await {
            Ok(true) => {}
            Ok(false) => {
                return Sent { after: before.clone(), before, is_orderly: true, ..Sent::default() };
            }
            Err(LedgerGone) => return Sent { before, is_orderly: true, ..Sent::default() },
        }
        let mut helpers = JoinSet::new();
        helpers.spawn({
            let desk = Arc::clone(self);
            async move { desk.keep_leases().await }
        });
        helpers.spawn({
            let desk = Arc::clone(self);
            async move { desk.usher().await }
        });
        helpers.spawn({
            let desk = Arc::clone(self);
            async move { desk.suppress_settled().await }
        });
        helpers.spawn({
            let desk = Arc::clone(self);
            let stop = stop.clone();
            async move { desk.watch(stop).await }
        });
        let worked = self.work(stop).await;
        if let Worked::ToldToReturn = worked {
            return Sent { before, ..Sent::default() };
        }
        helpers.shutdown().await;
        // Nobody is sent to any more: what was noted holds. When the ledger is gone, they are noted again next time.
        let _written = self.suppress_gone(Duration::MAX).await;
        let suppressed_gone = self.providers.suppressed_gone();
        let after = self.tidy_up().await.ok();
        if let Worked::Panicked(error) = worked {
            finished::<()>(Some(Err(error)));
        }
        Sent { before, after, suppressed_gone, is_orderly: true }
    }

    /// Sorts out what dead runs left, and says where the deliveries stand.
    async fn look_around(&self) -> Result<Tally, LedgerGone> {
        let (broadcast, now) = (self.options.broadcast, self.clock.now());
        let name = self.options.inherits_name.then(|| self.options.worker.clone());
        let (recovered, tally) = self
            .ledger
            .call(move |ledger| {
                Ok((ledger.recover(broadcast, name.as_deref(), now)?, ledger.tally(broadcast)?))
            })
            .await?;
        self.note(RunEvent::Started { tally: tally.clone(), recovered });
        Ok(tally)
    }

    /// Lets feeder and connections work to their end.
    async fn work(self: &Arc<Self>, mut stop: StopSignal) -> Worked {
        let mut workers = JoinSet::new();
        workers.spawn({
            let desk = Arc::clone(self);
            async move {
                desk.feed().await;
                desk.close().await;
            }
        });
        for _ in 0..self.options.connections.max(1) {
            workers.spawn(Connection::new(Arc::clone(self)).run());
        }
        let all_done = async {
            let mut worked = Worked::ToTheEnd;
            while let Some(joined) = workers.join_next().await {
                if let Err(error) = joined {
                    // The others finish and record what they have in hand before the panic goes on.
                    self.halt.end(RunEnd::Interrupted);
                    worked = Worked::Panicked(error);
                }
            }
            worked
        };
        tokio::select! {
            biased;
            worked = all_done => worked,
            () = stop.reaches(StopLevel::Now) => Worked::ToldToReturn,
        }
    }

    /// Lets nobody take a claim any more and gives the waiting ones back.
    async fn close(&self) {
        let waiting = self.providers.drain(None);
        for claim in self.buffer.close().into_iter().chain(waiting) {
            if self.release(&claim).await.is_err() {
                return;
            }
        }
    }

    /// Gives back whatever still has our name on it and says where the deliveries stand.
    async fn tidy_up(&self) -> Result<Tally, LedgerGone> {
        let (broadcast, worker) = (self.options.broadcast, self.options.worker.clone());
        let now = self.clock.now();
        self.ledger
            .call(move |ledger| {
                ledger.recover(broadcast, Some(&worker), now)?;
                ledger.tally(broadcast)
            })
            .await
    }

    /// Ends the run when a person says so or its time is up.
    async fn watch(&self, mut stop: StopSignal) {
        let time_is_up = async {
            let Some(until) = self.options.until else { return std::future::pending().await };
            while let Ok(left) = (until - self.clock.now()).to_std() {
                if left.is_zero() {
                    break;
                }
                tokio::time::sleep(left.min(LOOK_AT_CLOCK)).await;
            }
        };
        tokio::select! {
            biased;
            () = stop.reaches(StopLevel::Finish) => self.end(RunEnd::Interrupted),
            () = time_is_up => self.end(RunEnd::TimeIsUp),
        }
    }
}
