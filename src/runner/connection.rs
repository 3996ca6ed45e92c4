//! One connection: takes claims one after the other and sends them over a session that it opens when
//! it has something to send.
//!
//! It hands its verdicts in before it asks for its next commit, and the committer keeps that order. So
//! at most one of its deliveries is ever between a durable commit and a durable verdict.

use crate::{
    delivery::{
        letters::Letters,
        ports::{Session, Transport},
        retry::Jitter,
        verdict::{self, Attempt},
    },
    domain::{
        delivery::Claim,
        outcome::{Outcome, Phase},
        problem::Problem,
    },
    runner::{
        committer::LedgerGone,
        desk::Desk,
        gate::{Failed, TRIES_MAX},
        progress::RunEvent,
        report::RunEnd,
        transaction::{After, Job, end_of},
    },
};
use std::{sync::Arc, time::Duration};

/// An idle session is closed after this long: relays close it themselves some time later.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// The rest of a connection that the relay had no room for.
const REST: Duration = Duration::from_secs(30);

/// An open session and how many messages it has begun.
pub(crate) struct Link<S> {
    pub(crate) session: S,
    pub(crate) messages: u32,
}

/// What dialling came to.
pub(crate) enum Dialled<S> {
    Open(Link<S>),
    /// The relay takes no more sessions: somebody else should have the claim.
    Crowded(String),
    /// The run is ending.
    Stopped,
}

/// One connection's task.
pub(crate) struct Connection<T: Transport, L: Letters> {
    pub(crate) desk: Arc<Desk<T, L>>,
    pub(crate) link: Option<Link<T::Session>>,
    /// Whether it may have a session at all.
    has_lane: bool,
    room: L::Desk,
    /// Room for several messages in flight.
    pub(crate) rooms: Vec<L::Desk>,
}

impl<T: Transport, L: Letters> Connection<T, L> {
    /// Returns a connection that has no session yet.
    pub(crate) fn new(desk: Arc<Desk<T, L>>) -> Self {
        Self { desk, link: None, has_lane: false, room: L::Desk::default(), rooms: Vec::new() }
    }

    /// Sends until nothing more comes, then takes leave.
    pub(crate) async fn run(mut self) {
        // Without a ledger nothing may leave: the committer has ended the run already.
        if self.work().await.is_err() {
            self.drop_link().await;
        }
        self.take_leave().await;
        self.leave_lane();
    }

    async fn work(&mut self) -> Result<(), LedgerGone> {
        while let Some(claim) = self.next_claim().await {
            if self.many_at_once() {
                self.serve_many(claim).await?;
            } else {
                self.serve(claim).await?;
            }
        }
        Ok(())
    }

    /// Waits for a lane, or gives it back when there are too many.
    async fn keep_to_lane(&mut self) {
        let desk = Arc::clone(&self.desk);
        if self.has_lane && desk.lanes.leave_if_crowded() {
            self.has_lane = false;
            self.take_leave().await;
        }
        if !self.has_lane {
            tokio::select! {
                biased;
                () = desk.lanes.enter() => self.has_lane = true,
                () = desk.halt.stopped() => {}
            }
        }
    }

    fn leave_lane(&mut self) {
        if std::mem::take(&mut self.has_lane) {
            self.desk.lanes.leave();
        }
    }

    /// Waits for a claim; an idle session is closed meanwhile.
    async fn next_claim(&mut self) -> Option<Claim> {
        self.keep_to_lane().await;
        let desk = Arc::clone(&self.desk);
        if self.link.is_some() {
            tokio::select! {
                biased;
                claim = desk.buffer.take() => return claim,
                () = tokio::time::sleep(IDLE_MAX) => self.take_leave().await,
            }
        }
        desk.buffer.take().await
    }

    /// Brings a claim, and those that follow it on the same line, to their ends: a verdict, or back to the queue.
    pub(crate) async fn serve(&mut self, claim: Claim) -> Result<(), LedgerGone> {
        let desk = Arc::clone(&self.desk);
        let Some(mut job) = desk.prepare(claim, std::mem::take(&mut self.room)).await? else { return Ok(()) };
        let mut is_repeated = false;
        loop {
            if job.is_opened && desk.halt.is_stopping() {
                // Its envelope is open, and there is no way back but to hang up.
                self.drop_link().await;
                return desk.hand_back(&job.claim).await;
            }
            // Behind the dot of the message before, its turn has come already.
            if !job.is_opened && !desk.wait_for_turn(is_repeated).await? {
                return desk.put_back(&job).await;
            }
            let mut link = match self.open().await {
                Dialled::Open(link) => link,
                Dialled::Stopped => return desk.put_back(&job).await,
                Dialled::Crowded(_) if job.permit.is_some() => return desk.put_back(&job).await,
                Dialled::Crowded(cause) => {
                    self.leave_lane();
                    return desk.rest(job.claim, cause).await;
                }
            };
            let is_used = link.messages > 0 && !is_repeated;
            link.messages += 1;
            let is_worn = link.messages >= desk.lanes.session_max();
            // The link is put back before anything can fail, so that it is never forgotten.
            let link = self.link.insert(link);
            let room = (!is_worn && !desk.lanes.is_crowded()).then_some(&mut self.room);
            let (after, next) = desk.transact(&mut link.session, &job, is_used, room).await?;
            match after {
                After::Keep if is_worn => self.take_leave().await,
                After::Keep => {}
                After::Drop => self.drop_link().await,
                After::Again(permit) => {
                    self.drop_link().await;
                    job.permit = permit;
                    job.repeats += 1;
                    (is_repeated, job.is_opened) = (true, false);
                    continue;
                }
            }
            desk.buffer.settle();
            is_repeated = false;
            let Some(next) = next else {
                self.room = job.into_desk();
                return Ok(());
            };
            self.room = std::mem::replace(&mut job, next).into_desk();
        }
    }

    /// Returns the session, opening one when there is none; it may take many tries.
    pub(crate) async fn open(&mut self) -> Dialled<T::Session> {
        if let Some(link) = self.link.take() {
            return Dialled::Open(link);
        }
        let desk = Arc::clone(&self.desk);
        loop {
            let closed = desk.gate.closed_for();
            if !closed.is_zero() {
                if !desk.halt.pause(closed).await {
                    return Dialled::Stopped;
                }
                continue;
            }
            let generation = desk.gate.generation();
            let tried = tokio::select! {
                biased;
                tried = desk.transport.connect() => tried,
                () = desk.halt.stopped() => return Dialled::Stopped,
            };
            let outcome = match tried {
                Ok(session) => {
                    desk.note(RunEvent::Sessions { open: desk.gate.opened() });
                    return Dialled::Open(Link { session, messages: 0 });
                }
                Err(outcome) => outcome,
            };
            if let Some(dialled) = desk.judge(&outcome, generation) {
                return dialled;
            }
        }
    }

    /// Closes the session politely, if there is one.
    pub(crate) async fn take_leave(&mut self) {
        if let Some(link) = self.link.take() {
            self.desk.note(RunEvent::Sessions { open: self.desk.gate.closed() });
            link.session.quit().await;
        }
    }

    /// Drops the session at once, if there is one.
    pub(crate) async fn drop_link(&mut self) {
        if let Some(link) = self.link.take() {
            self.desk.note(RunEvent::Sessions { open: self.desk.gate.closed() });
            link.session.abandon().await;
        }
    }
}

impl<T: Transport, L: Letters> Desk<T, L> {
    /// Waits until the relay may be talked to and it is our turn; returns whether the run still goes on.
    pub(crate) async fn wait_for_turn(&self, has_turn: bool) -> Result<bool, LedgerGone> {
        loop {
            let closed = self.gate.closed_for();
            if closed.is_zero() {
                break;
            }
            if !self.halt.pause(closed).await {
                return Ok(false);
            }
        }
        if has_turn {
            return Ok(!self.halt.is_stopping());
        }
        Ok(self.wait_for_quota().await? && self.pacer.turn(&self.ledger, &self.halt).await?)
    }

    /// Gives a claim back untried.
    pub(crate) async fn hand_back(&self, claim: &Claim) -> Result<(), LedgerGone> {
        self.release(claim).await?;
        self.buffer.settle();
        Ok(())
    }

    /// Gives a job back that could not be tried: to the queue, or to its next attempt when its commit is durable.
    async fn put_back(&self, job: &Job<L::Desk>) -> Result<(), LedgerGone> {
        if job.permit.is_none() {
            return self.hand_back(&job.claim).await;
        }
        self.settle(&job.claim, &no_session(), true).await?;
        self.buffer.settle();
        Ok(())
    }

    /// Lets somebody else have a claim that was not tried.
    pub(crate) async fn pass_on(&self, claim: Claim) -> Result<(), LedgerGone> {
        match self.buffer.give_back(claim) {
            Some(claim) => self.hand_back(&claim).await,
            None => Ok(()),
        }
    }

    /// Leaves the claim to the others and rests.
    pub(crate) async fn rest(&self, claim: Claim, cause: String) -> Result<(), LedgerGone> {
        self.note(RunEvent::ConnectionRests { cause, wait: REST });
        if let Some(claim) = self.buffer.give_back(claim) {
            return self.hand_back(&claim).await;
        }
        self.halt.pause(REST).await;
        Ok(())
    }

    /// Decides what a failed try means; `None`: try again when the gate is open.
    fn judge(&self, outcome: &Outcome, generation: u64) -> Option<Dialled<T::Session>> {
        let attempt = Attempt { number: 1, is_committed: false, jitter: Jitter::NONE };
        let decision = verdict::decide(outcome, attempt);
        let cause = decision.detail.unwrap_or_default();
        if let Some(reason) = decision.stop {
            self.end(end_of(&reason));
            return Some(Dialled::Stopped);
        }
        match self.gate.failed(generation) {
            Failed::Crowded => {
                self.lanes.crowded(self.gate.sessions());
                return Some(Dialled::Crowded(cause));
            }
            Failed::Counted => {}
            Failed::Again { tries, wait } => {
                let wait = decision.pause.map_or(wait, |least| wait.max(self.gate.pause(least)));
                self.note(RunEvent::RelayDown { cause, tries, tries_max: TRIES_MAX, wait });
            }
            Failed::GiveUp => {
                self.end(RunEnd::CouldNotSend(unreachable_relay(&self.transport.name(), &cause)));
                return Some(Dialled::Stopped);
            }
        }
        None
    }
}

/// What a committed message came to for which there was no session any more.
pub(crate) fn no_session() -> Outcome {
    Outcome::Broken { phase: Phase::Mail, cause: "there was no session for it any more".to_owned() }
}

fn unreachable_relay(name: &str, cause: &str) -> Problem {
    Problem::error("send/relay-unreachable", format!("the relay `{name}` can't be reached: {cause}")).help(
        "look at host, port and the network; nothing is lost: the queue is kept, the same command goes on",
    )
}
