//! One message over one open session: body, commit, final dot, verdict.
//!
//! When the process dies: before the commit is durable, no final dot has left and the claim goes back to
//! the queue; after it, the delivery is in doubt until its verdict is durable. Between the two lies
//! one round trip to the relay.

use crate::{
    delivery::{
        letters::{Letter, LetterDesk, Letters},
        ports::{Commit, Envelope, Following, Session, Transport},
        retry::Jitter,
        verdict::{self, Attempt, Decision, StopReason},
    },
    domain::{
        delivery::{Claim, DeliveryEvent, DeliveryState},
        message::Message,
        outcome::{Measure, Outcome, Phase},
        problem::{Problem, Problems},
    },
    runner::{
        committer::LedgerGone,
        desk::{Desk, record_of},
        progress::RunEvent,
        report::RunEnd,
        round::Permit,
    },
};
use chrono::TimeDelta;
use std::{pin::pin, time::Duration};

/// The final dot may leave this long after its commit, not later: whoever froze in between can't know whether
/// somebody else has taken the delivery for lost by now.
const COMMIT_AGE_MAX: Duration = Duration::from_secs(5);

/// A message goes again at once this often at most: without chunks, without groups, without parameters, on a new line.
const REPEATS_MAX: u8 = 4;

/// What the session is good for after a transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) enum After {
    /// The next message may follow.
    Keep,
    /// It must be dropped at once.
    Drop,
    /// The server had closed it between two messages, or stumbled over the way the message came: nothing happened, the
    /// same claim may go again, under the commit it may have.
    Again(Option<Permit>),
}

/// A claim with its message, ready to be sent.
pub(crate) struct Job<D> {
    pub(crate) claim: Claim,
    letter: Letter,
    date: i64,
    desk: D,
    /// Its envelope is on the way already, behind the final dot of the message before.
    pub(crate) is_opened: bool,
    /// Its commit, when it was made in an attempt that never reached the server.
    pub(crate) permit: Option<Permit>,
    /// How often it went again at once.
    pub(crate) repeats: u8,
}

impl<D: LetterDesk> Job<D> {
    /// Returns the room for the next one.
    pub(crate) fn into_desk(self) -> D {
        self.desk
    }

    /// Whether it should go again at once, for the host could not take it in the way it offers. The host is remembered, so
    /// that this ends; that it does is not left to the host.
    pub(crate) fn goes_again(&self, outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Stumbled { .. }) && self.repeats < REPEATS_MAX
    }

    /// Returns its message.
    pub(crate) fn message(&self) -> (&Envelope, Message<'_>) {
        (&self.letter.envelope, self.desk.message())
    }

    /// Returns the wish to make its intent durable.
    pub(crate) fn commit(&self) -> Commit {
        Commit {
            delivery: self.claim.delivery,
            fence: self.claim.fence,
            date: self.date,
            sha256: self.letter.sha256.clone(),
            message_id: self.letter.message_id.clone(),
        }
    }
}

impl<T: Transport, L: Letters> Desk<T, L> {
    /// Makes the message of a claim. One that can't be made is settled at once: `None`.
    pub(crate) async fn prepare(
        &self,
        claim: Claim,
        mut desk: L::Desk,
    ) -> Result<Option<Job<L::Desk>>, LedgerGone> {
        let Some(claim) = self.admit(claim).await? else { return Ok(None) };
        let date = claim.repeat.as_ref().map_or_else(|| self.clock.now().timestamp(), |repeat| repeat.date);
        match self.letter(&claim, date, &mut desk) {
            Ok(letter) => {
                Ok(Some(Job { claim, letter, date, desk, is_opened: false, permit: None, repeats: 0 }))
            }
            Err(problems) => {
                self.carry_out(&claim, Decision::failed(problems.to_string())).await?;
                self.buffer.settle();
                Ok(None)
            }
        }
    }

    /// Sends a message. `is_used` says that the session carried another message before. With `room`, it may carry one
    /// after it: that one, if there is one, is returned, its envelope on the way when it could be.
    pub(crate) async fn transact(
        &self,
        session: &mut T::Session,
        job: &Job<L::Desk>,
        is_used: bool,
        room: Option<&mut L::Desk>,
    ) -> Result<(After, Option<Job<L::Desk>>), LedgerGone> {
        let claim = &job.claim;
        let (envelope, message) = job.message();
        let is_near = self.lanes.is_near();
        if !is_near && let Err(outcome) = session.begin(envelope, &message).await {
            if job.goes_again(&outcome) || (is_used && verdict::is_quiet_close(&outcome)) {
                return Ok((After::Again(job.permit), None));
            }
            let is_welcome = self.settle(claim, &outcome, job.permit.is_some()).await?;
            return Ok((keep_if(is_welcome && session.is_usable()), None));
        }
        let (permit, mut next) = self.permit_and_next(job, room).await?;
        let Some(permit) = permit else {
            // Suppressed, cancelled, or no longer ours. If it still is, it goes back to the queue.
            self.release(claim).await?;
            let is_clean = is_near && !job.is_opened;
            return Ok((keep_if(is_clean), next));
        };
        if self.is_too_old(permit) {
            self.settle(claim, &too_old(), true).await?;
            return Ok((After::Drop, next));
        }
        let following_message = next.as_ref().map(|next| next.desk.message());
        let following = next.as_ref().zip(following_message.as_ref());
        let following =
            following.map(|(next, message)| Following { envelope: &next.letter.envelope, message });
        let asked = self.clock.monotonic();
        let outcome = if is_near {
            session.deliver(envelope, &message, following).await
        } else {
            session.finish(following).await
        };
        if matches!(outcome, Outcome::Accepted { .. }) {
            self.lanes.accepted(self.clock.monotonic().saturating_sub(asked));
        }
        drop(following_message);
        if is_near && matches!(outcome, Outcome::Broken { phase: Phase::Body, .. }) {
            self.lanes.keep_away();
        }
        let has_left = if is_near { verdict::is_quiet_close(&outcome) } else { is_untried(&outcome) };
        if job.goes_again(&outcome) || (is_used && has_left) {
            // The server had left, and not an octet of the end left here; or it said that nothing of the message counts.
            // Under the commit it has it may go again.
            self.pass_back(next).await?;
            return Ok((After::Again(Some(permit)), None));
        }
        if is_near && is_refused_envelope(&outcome) {
            // The next message was made before this was known, and nothing of it left: it takes its turn again.
            self.pass_back(next.take()).await?;
        }
        let is_welcome = self.settle(claim, &outcome, true).await?;
        let is_over = is_near && !is_welcome;
        if let Some(next) = &mut next {
            next.is_opened = session.is_usable() && !is_over;
        }
        Ok((keep_if(session.is_usable() && !is_over), next))
    }

    /// Gets the commit of a job. While the disk works, the next message is made.
    async fn permit_and_next(
        &self,
        job: &Job<L::Desk>,
        room: Option<&mut L::Desk>,
    ) -> Result<(Option<Permit>, Option<Job<L::Desk>>), LedgerGone> {
        let mut permit = pin!(self.permit(job));
        let early = tokio::select! {
            biased;
            permit = &mut permit => Some(permit),
            () = self.ledger.round_begun() => None,
        };
        let (permit, next) = if let Some(permit) = early {
            (permit, self.next_job(room).await)
        } else {
            tokio::join!(permit, self.next_job(room))
        };
        Ok((permit?, next?))
    }

    /// Lets somebody else have a message that was made and of which nothing left.
    async fn pass_back(&self, next: Option<Job<L::Desk>>) -> Result<(), LedgerGone> {
        let Some(next) = next else { return Ok(()) };
        self.quota.put_back();
        self.pass_on(next.claim).await
    }

    /// Returns the commit a job has, or asks for one.
    async fn permit(&self, job: &Job<L::Desk>) -> Result<Option<Permit>, LedgerGone> {
        match job.permit {
            Some(permit) => Ok(Some(permit)),
            None => self.ledger.commit(job.commit()).await,
        }
    }

    /// Takes what is next if it needs no waiting for, and makes its message.
    async fn next_job(&self, room: Option<&mut L::Desk>) -> Result<Option<Job<L::Desk>>, LedgerGone> {
        let Some(room) = room else { return Ok(None) };
        if self.pacer.keeps_a_rate() || self.halt.is_stopping() || !self.gate.closed_for().is_zero() {
            return Ok(None);
        }
        if !self.quota.take_ready() {
            return Ok(None);
        }
        let Some(claim) = self.buffer.take_ready() else {
            self.quota.put_back();
            return Ok(None);
        };
        self.prepare(claim, std::mem::take(room)).await
    }

    /// Returns the message; a repetition after doubt must be the same octet by octet.
    fn letter(&self, claim: &Claim, date: i64, desk: &mut L::Desk) -> Result<Letter, Problems> {
        let letter = self.letters.fill(claim, date, desk)?;
        match &claim.repeat {
            Some(repeat) if repeat.sha256 != letter.sha256 => Err(Problem::error(
                "send/not-repeatable",
                "the message can't be made again as it was, and after a doubt nothing else may be sent",
            )
            .into()),
            _ => Ok(letter),
        }
    }

    /// Returns whether too much time has passed since the commit, by either clock: a monotonic clock
    /// stands still while a machine sleeps, a wall clock does not.
    pub(crate) fn is_too_old(&self, permit: Permit) -> bool {
        let by_monotonic = self.clock.monotonic().saturating_sub(permit.monotonic);
        let by_wall = self.clock.now().signed_duration_since(permit.wall);
        by_monotonic > COMMIT_AGE_MAX
            || by_wall > TimeDelta::from_std(COMMIT_AGE_MAX).unwrap_or(TimeDelta::zero())
    }

    /// Decides what an outcome means and has it recorded; returns whether the session may go on.
    pub(crate) async fn settle(
        &self,
        claim: &Claim,
        outcome: &Outcome,
        is_committed: bool,
    ) -> Result<bool, LedgerGone> {
        let jitter = Jitter::of(claim.delivery, claim.attempt);
        let attempt = Attempt { number: claim.attempt, is_committed, jitter };
        let decision = verdict::decide(outcome, attempt);
        if decision.event == DeliveryEvent::Accept {
            self.gate.accepted();
        }
        let is_welcome = decision.measure != Measure::Reconnect;
        self.carry_out(claim, decision).await?;
        Ok(is_welcome)
    }

    async fn carry_out(&self, claim: &Claim, decision: Decision) -> Result<(), LedgerGone> {
        self.providers.landed(claim);
        let (decision, tripped) = self.weigh(claim, decision);
        self.write_down(claim, &decision).await?;
        self.heed(claim, &decision).await?;
        if let Some(tripped) = tripped {
            self.trip(claim, tripped).await?;
        }
        if let Some(reason) = decision.stop {
            self.keep_rest(&reason).await?;
            self.end(end_of(&reason));
        }
        Ok(())
    }

    /// Has a decision about one delivery recorded, and tells whoever listens.
    async fn write_down(&self, claim: &Claim, decision: &Decision) -> Result<(), LedgerGone> {
        let Decision { event, wait, expires, detail, remote_id, .. } = decision;
        let (event, wait, expires) = (*event, *wait, *expires);
        if event != DeliveryEvent::Accept {
            self.note(RunEvent::Attempt {
                delivery: claim.delivery,
                address: claim.subscriber.address.clone(),
                event,
                detail: detail.clone(),
                wait: wait.filter(|_| !expires),
            });
        }
        let cause = detail.clone().unwrap_or_default();
        let mut record = record_of(claim, event);
        record.next_attempt_at = wait.map(|wait| self.clock.now() + wait);
        record.detail.clone_from(detail);
        record.remote_id.clone_from(remote_id);
        self.ledger.record(record).await?;
        if expires {
            self.expire(claim, &cause).await?;
        }
        Ok(())
    }

    /// Ends a deferred delivery that has had its chances.
    async fn expire(&self, claim: &Claim, cause: &str) -> Result<(), LedgerGone> {
        let (broadcast, only, now) = (self.options.broadcast, [claim.delivery], self.clock.now());
        let note = format!("gave up after attempt {}: {cause}", claim.attempt);
        let call = self.ledger.call(move |ledger| {
            let (from, event) = (DeliveryState::Deferred, DeliveryEvent::Expire);
            ledger.resolve(broadcast, from, Some(&only), event, &note, now)
        });
        call.await.map(|_| ())
    }
}

/// Whether a whole message certainly never reached the server, which had closed the session before.
pub(crate) fn is_untried(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Broken { .. }) && verdict::is_quiet_close(outcome)
}

/// Whether the server refused a message before its body.
fn is_refused_envelope(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused { phase: Phase::Mail | Phase::Rcpt | Phase::Data, .. })
}

fn keep_if(is_usable: bool) -> After {
    if is_usable { After::Keep } else { After::Drop }
}

/// T7: the owner knows that not one octet of the final dot was written.
pub(crate) fn too_old() -> Outcome {
    Outcome::Broken {
        phase: Phase::Body,
        cause: "too much time had passed since the commit; the final dot was not sent".to_owned(),
    }
}

/// Returns how the run ends when the relay refuses more than one delivery.
pub(crate) fn end_of(reason: &StopReason) -> RunEnd {
    match reason {
        StopReason::Sender(words, subject) => RunEnd::CouldNotSend(
            Problem::error("send/relay-refused-us", format!("the relay refuses us: {words}")).help(format!(
                "{}; the queue is kept, the same command goes on",
                subject.advice().unwrap_or("look at user, password and sender in masthead.yaml")
            )),
        ),
        StopReason::Rest(words, subject, time) => RunEnd::HeldBack(
            Problem::error(
                "send/relay-rests",
                format!("the relay wants nothing from us for {} h: {words}", time.as_secs().div_ceil(3_600)),
            )
            .help(format!(
                "{}; the queue is kept: the same command goes on after that time, with `--continue-anyway` at once",
                subject.advice().unwrap_or("ask whoever runs the relay")
            )),
        ),
        StopReason::Message(words) => RunEnd::MessageRefused(
            Problem::error("send/message-refused", format!("the relay refuses this message for everybody: {words}"))
                .help("the queue is kept; ask the relay what it minds, or send a corrected edition"),
        ),
    }
}
