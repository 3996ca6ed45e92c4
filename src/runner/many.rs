//! Several messages in flight on one connection, where the server takes chunks and the settings allow it.
//!
//! A connection asks for the commits of as many messages as it may have in flight, sends each that may leave, and takes
//! the verdicts in their order. It hands each verdict in before it asks for its next commits, and committed messages
//! without verdict are never more than the depth: so many can be in doubt, no more.

use crate::{
    delivery::{
        letters::Letters,
        ports::{Session, Transport},
    },
    domain::{delivery::Claim, outcome::Outcome},
    runner::{
        committer::LedgerGone,
        connection::{Connection, Dialled, no_session},
        transaction::{Job, is_untried, too_old},
    },
};
use std::{collections::VecDeque, sync::Arc};

/// Commits asked for at once: on a slow line the last one's message must leave while its commit is young.
const COMMITS_AT_ONCE: usize = 8;

/// What a connection has under way.
struct Sky<D> {
    /// Committed, not sent.
    cleared: VecDeque<Job<D>>,
    /// Sent, without verdict.
    flying: VecDeque<Flown<D>>,
    /// A session was closed under a message that never reached it: it goes again, once.
    is_repeated: bool,
    /// The server had better be met on a new session.
    is_unwelcome: bool,
}

/// A message without verdict.
struct Flown<D> {
    claim: Claim,
    /// Kept while the host has taken none in this way: it may have to go again, in another.
    proving: Option<Box<Job<D>>>,
}

impl<T: Transport, L: Letters> Connection<T, L> {
    /// Returns whether more than one message may be in flight, as far as we are concerned.
    pub(crate) fn many_at_once(&self) -> bool {
        self.desk.options.pipeline_depth > 1 && !self.desk.pacer.keeps_a_rate()
    }

    /// Brings a claim, and those that are ready while it is under way, to their ends.
    pub(crate) async fn serve_many(&mut self, claim: Claim) -> Result<(), LedgerGone> {
        let desk = Arc::clone(&self.desk);
        if !desk.wait_for_turn(false).await? {
            return desk.hand_back(&claim).await;
        }
        let link = match self.open().await {
            Dialled::Open(link) => link,
            Dialled::Stopped => return desk.hand_back(&claim).await,
            Dialled::Crowded(cause) => return desk.rest(claim, cause).await,
        };
        let takes_many = link.session.takes_many();
        self.link = Some(link);
        if !takes_many {
            // It waits for its turn there.
            desk.quota.put_back();
            return self.serve(claim).await;
        }
        let mut sky = Sky {
            cleared: VecDeque::new(),
            flying: VecDeque::new(),
            is_repeated: false,
            is_unwelcome: false,
        };
        let mut first = Some(claim);
        loop {
            let claims = self.claims(&sky, first.take());
            self.clear(&mut sky, claims).await?;
            self.send(&mut sky).await?;
            self.hear(&mut sky).await?;
            if sky.flying.is_empty() {
                self.let_go(&mut sky).await;
                if sky.cleared.is_empty() && (self.link.is_none() || desk.halt.is_stopping()) {
                    return Ok(());
                }
                self.reopen(&mut sky).await?;
            }
            if sky.flying.is_empty() && sky.cleared.is_empty() {
                match self.claims(&sky, None) {
                    claims if claims.is_empty() => return Ok(()),
                    claims => self.clear(&mut sky, claims).await?,
                }
            }
        }
    }

    /// Takes as many claims as may be in flight now, without waiting for any.
    fn claims(&self, sky: &Sky<L::Desk>, first: Option<Claim>) -> Vec<Claim> {
        let desk = &self.desk;
        let mut claims: Vec<Claim> = first.into_iter().collect();
        let Some(link) = &self.link else { return claims };
        let is_closed = desk.halt.is_stopping() || !desk.gate.closed_for().is_zero();
        let is_over = sky.is_unwelcome || desk.lanes.is_crowded();
        if is_closed
            || is_over
            || !link.session.is_usable()
            || !link.session.takes_many()
            || !sky.cleared.is_empty()
        {
            return claims;
        }
        let left = desk.lanes.session_max().saturating_sub(link.messages) as usize;
        // A server that has not taken one yet may stumble over it, and would leave those behind it in doubt.
        let depth = if desk.lanes.takes_many() { desk.options.pipeline_depth } else { 1 };
        let room = depth.saturating_sub(sky.flying.len()).min(COMMITS_AT_ONCE).min(left);
        while claims.len() < room {
            if !desk.quota.take_ready() {
                break;
            }
            let Some(claim) = desk.buffer.take_ready() else {
                desk.quota.put_back();
                break;
            };
            claims.push(claim);
        }
        claims
    }

    /// Makes the messages of claims and has their intents made durable together.
    async fn clear(&mut self, sky: &mut Sky<L::Desk>, claims: Vec<Claim>) -> Result<(), LedgerGone> {
        let desk = Arc::clone(&self.desk);
        let mut asked = Vec::with_capacity(claims.len());
        for claim in claims {
            let room = self.rooms.pop().unwrap_or_default();
            if let Some(job) = desk.prepare(claim, room).await? {
                let answer = desk.ledger.ask(job.commit()).await?;
                asked.push((job, answer));
            }
        }
        for (mut job, answer) in asked {
            job.permit = answer.await.map_err(|_| LedgerGone)?;
            if job.permit.is_some() {
                sky.cleared.push_back(job);
            } else {
                // Suppressed, cancelled, or no longer ours. Nothing of it left.
                desk.hand_back(&job.claim).await?;
                self.rooms.push(job.into_desk());
            }
        }
        Ok(())
    }

    /// Sends what may leave, until the session can't take more.
    async fn send(&mut self, sky: &mut Sky<L::Desk>) -> Result<(), LedgerGone> {
        let desk = Arc::clone(&self.desk);
        while let Some(mut job) = sky.cleared.pop_front() {
            if job.permit.is_none_or(|permit| desk.is_too_old(permit)) {
                desk.settle(&job.claim, &too_old(), true).await?;
                desk.buffer.settle();
                continue;
            }
            let link = self.link.as_mut().filter(|link| link.session.is_usable());
            let Some(link) = link else {
                sky.cleared.push_front(job);
                return Ok(());
            };
            let is_used = link.messages > 0;
            link.messages += 1;
            let (envelope, message) = job.message();
            let begun = link.session.begin(envelope, &message).await;
            drop(message);
            match begun {
                Ok(()) if job.permit.is_none_or(|permit| desk.is_too_old(permit)) => {
                    // It can't be taken back but with the line, and those before it are still to be heard of.
                    desk.settle(&job.claim, &too_old(), true).await?;
                    desk.buffer.settle();
                    return Ok(());
                }
                Ok(()) => {
                    link.session.release();
                    sky.is_repeated = false;
                    let claim = job.claim.clone();
                    let mut proving = None;
                    if desk.lanes.takes_many() {
                        self.rooms.push(job.into_desk());
                    } else {
                        proving = Some(Box::new(job));
                    }
                    sky.flying.push_back(Flown { claim, proving });
                }
                Err(outcome) if job.goes_again(&outcome) => {
                    job.repeats += 1;
                    sky.cleared.push_front(job);
                    return Ok(());
                }
                Err(outcome) if is_used && !sky.is_repeated && is_untried(&outcome) => {
                    sky.is_repeated = true;
                    sky.cleared.push_front(job);
                    return Ok(());
                }
                Err(outcome) => {
                    sky.is_unwelcome |= !desk.settle(&job.claim, &outcome, true).await?;
                    desk.buffer.settle();
                    self.rooms.push(job.into_desk());
                }
            }
        }
        Ok(())
    }

    /// Takes the oldest verdict and those that are there already. When nothing more can be sent on the line, all.
    async fn hear(&mut self, sky: &mut Sky<L::Desk>) -> Result<(), LedgerGone> {
        let desk = Arc::clone(&self.desk);
        let Some(link) = self.link.as_mut() else { return Ok(()) };
        while let Some(Flown { claim, mut proving }) = sky.flying.pop_front() {
            let asked = desk.clock.monotonic();
            let outcome = link.session.verdict().await;
            if matches!(outcome, Outcome::Accepted { .. }) {
                desk.lanes.accepted(desk.clock.monotonic().saturating_sub(asked));
                if link.session.takes_many() {
                    desk.lanes.took_many();
                }
            }
            if let Some(mut job) = proving.take_if(|job| job.goes_again(&outcome)) {
                job.repeats += 1;
                sky.cleared.push_front(*job);
            } else {
                sky.is_unwelcome |= !desk.settle(&claim, &outcome, true).await?;
                desk.buffer.settle();
                self.rooms.extend(proving.map(|job| job.into_desk()));
            }
            if link.session.is_usable() && sky.cleared.is_empty() && !link.session.has_verdict() {
                break;
            }
        }
        Ok(())
    }

    /// Gives a session up that is of no more use; nothing is in flight on it.
    async fn let_go(&mut self, sky: &mut Sky<L::Desk>) {
        let Some(link) = &self.link else { return };
        if sky.is_unwelcome || !link.session.is_usable() {
            sky.is_unwelcome = false;
            self.drop_link().await;
        } else if sky.cleared.is_empty() && link.messages >= self.desk.lanes.session_max() {
            self.take_leave().await;
        }
    }

    /// Opens a session for committed messages that never reached one; without one they wait for their next attempt.
    async fn reopen(&mut self, sky: &mut Sky<L::Desk>) -> Result<(), LedgerGone> {
        if sky.cleared.is_empty() || self.link.is_some() {
            return Ok(());
        }
        let desk = Arc::clone(&self.desk);
        if let Dialled::Open(link) = self.open().await {
            self.link = Some(link);
            return Ok(());
        }
        for job in sky.cleared.drain(..) {
            desk.settle(&job.claim, &no_session(), true).await?;
            desk.buffer.settle();
        }
        Ok(())
    }
}
