//! One message over one open session: body, commit, final dot, verdict.
//!
//! When the process dies: before the commit is durable, no final dot has left and the claim goes back to
//! the queue; after it, the delivery is in doubt until its verdict is durable. Between the two lies
//! one round trip to the relay.

use crate::{
    delivery::{
        letters::{Letter, Letters},
        ports::{Commit, Session, Transport},
        retry::Jitter,
        verdict::{self, Attempt, Decision, StopReason},
    },
    domain::{
        delivery::{Claim, DeliveryEvent, DeliveryState},
        outcome::{Outcome, Phase},
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
use std::time::Duration;

/// The final dot may leave this long after its commit, not later: whoever froze in between can't know whether
/// somebody else has taken the delivery for lost by now.
const COMMIT_AGE_MAX: Duration = Duration::from_secs(5);

/// What the session is good for after a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// The next message may follow.
    Keep,
    /// It must be dropped at once.
    Drop,
    /// The server had closed it between two messages: nothing happened, the same claim may go again.
    Again,
}

impl<T: Transport, L: Letters> Desk<T, L> {
    /// Sends the message of a claim. `is_used` says that the session carried another message before.
    pub(crate) async fn transact(
        &self,
        session: &mut T::Session,
        claim: &Claim,
        room: &mut L::Desk,
        is_used: bool,
    ) -> Result<After, LedgerGone> {
        let date = claim.repeat.as_ref().map_or_else(|| self.clock.now().timestamp(), |repeat| repeat.date);
        let letter = match self.letter(claim, date, room) {
            Ok(letter) => letter,
            Err(problems) => {
                self.carry_out(claim, Decision::failed(problems.to_string())).await?;
                return Ok(After::Keep);
            }
        };
        if let Err(outcome) = session.begin(&letter.envelope, &letter.pieces).await {
            if is_used && verdict::is_quiet_close(&outcome) {
                return Ok(After::Again);
            }
            self.settle(claim, &outcome, false).await?;
            return Ok(keep_if(session.is_usable()));
        }
        let commit = Commit {
            delivery: claim.delivery,
            fence: claim.fence,
            date,
            sha256: letter.sha256,
            message_id: letter.message_id,
        };
        let Some(permit) = self.ledger.commit(commit).await? else {
            // Suppressed, cancelled, or no longer ours. If it still is, it goes back to the queue.
            self.release(claim).await?;
            return Ok(After::Drop);
        };
        if self.is_too_old(permit) {
            self.settle(claim, &too_old(), true).await?;
            return Ok(After::Drop);
        }
        let outcome = session.finish().await;
        self.settle(claim, &outcome, true).await?;
        Ok(keep_if(session.is_usable()))
    }

    /// Returns the message; a repetition after doubt must be the same octet by octet.
    fn letter<'a>(&'a self, claim: &Claim, date: i64, room: &'a mut L::Desk) -> Result<Letter<'a>, Problems> {
        let letter = self.letters.fill(claim, date, room)?;
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
    fn is_too_old(&self, permit: Permit) -> bool {
        let by_monotonic = self.clock.monotonic().saturating_sub(permit.monotonic);
        let by_wall = self.clock.now().signed_duration_since(permit.wall);
        by_monotonic > COMMIT_AGE_MAX
            || by_wall > TimeDelta::from_std(COMMIT_AGE_MAX).unwrap_or(TimeDelta::zero())
    }

    /// Decides what an outcome means and has it recorded.
    async fn settle(&self, claim: &Claim, outcome: &Outcome, is_committed: bool) -> Result<(), LedgerGone> {
        let jitter = Jitter::of(claim.delivery, claim.attempt);
        let attempt = Attempt { number: claim.attempt, is_committed, jitter };
        let decision = verdict::decide(outcome, attempt);
        if decision.event == DeliveryEvent::Accept {
            self.gate.accepted();
        }
        self.carry_out(claim, decision).await
    }

    async fn carry_out(&self, claim: &Claim, decision: Decision) -> Result<(), LedgerGone> {
        let Decision { event, wait, expires, detail, remote_id, pause, stop } = decision;
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
        record.detail = detail;
        record.remote_id = remote_id;
        self.ledger.record(record).await?;
        if expires {
            self.expire(claim, &cause).await?;
        }
        if let Some(least) = pause {
            self.note(RunEvent::Paused { cause, wait: self.gate.pause(least) });
        }
        if let Some(reason) = stop {
            self.end(end_of(&reason));
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

fn keep_if(is_usable: bool) -> After {
    if is_usable { After::Keep } else { After::Drop }
}

/// T7: the owner knows that not one octet of the final dot was written.
fn too_old() -> Outcome {
    Outcome::Broken {
        phase: Phase::Body,
        cause: "too much time had passed since the commit; the final dot was not sent".to_owned(),
    }
}

/// Returns how the run ends when the relay refuses more than one delivery.
pub(crate) fn end_of(reason: &StopReason) -> RunEnd {
    match reason {
        StopReason::Sender(words) => RunEnd::CouldNotSend(
            Problem::error("send/relay-refused-us", format!("the relay refuses us: {words}")).help(
                "look at user, password and sender in masthead.yaml; the queue is kept, the same command goes on",
            ),
        ),
        StopReason::Message(words) => RunEnd::MessageRefused(
            Problem::error("send/message-refused", format!("the relay refuses this message for everybody: {words}"))
                .help("the queue is kept; ask the relay what it minds, or send a corrected edition"),
        ),
    }
}
