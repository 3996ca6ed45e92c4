//! Carries out what replies ask for beyond their own delivery: a provider's pace, pauses, breakers.

use crate::{
    delivery::{
        breakers::{Breaker, Noted, Tripped},
        letters::Letters,
        ports::{Gone, Standing, Transport},
        providers::ProviderId,
        retry::Jitter,
        throttle::{self, Grant},
        verdict::{Decision, StopReason, Whom},
    },
    domain::{
        broadcast::BroadcastId,
        delivery::{Claim, DeliveryEvent},
        outcome::{Measure, Subject},
        problem::Problem,
    },
    runner::{
        committer::LedgerGone,
        desk::{Desk, record_of},
        progress::RunEvent,
        providers::Admission,
        report::RunEnd,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// How often claims that wait for a turn are looked at.
const USHER_EVERY: Duration = Duration::from_millis(100);

/// Pauses of the relay from here on outlive the run.
const KEPT_PAUSE_MIN: Duration = Duration::from_mins(10);

/// A pause of the relay because several providers complained is no longer than this: one of them may be the worst.
const SHARED_PAUSE_MAX: Duration = Duration::from_mins(10);

/// The rest of a provider that knows nobody any more.
const BRAKE_PAUSE: Duration = Duration::from_hours(1);

/// "No such mailbox" that is not believed is asked again after about this.
const PROVISIONAL_WAIT: Duration = Duration::from_hours(4);

/// A broadcast that a breaker holds, holds until a person says so.
const HELD_FOR: TimeDelta = TimeDelta::days(3_650);

impl<T: Transport, L: Letters> Desk<T, L> {
    /// Lets a claim pass, keeps it until its provider's turn comes, or puts it off; `None` when it doesn't go now.
    pub(crate) async fn admit(&self, claim: Claim) -> Result<Option<Claim>, LedgerGone> {
        let (claim, until, provider) = match self.providers.admit(claim) {
            Admission::Go(claim) => return Ok(Some(claim)),
            Admission::Held => return Ok(None),
            Admission::PutOff(claim, until, provider) => (claim, until, provider),
        };
        if let Some(provider) = provider {
            let cause = "more of it is waiting than its pace allows".to_owned();
            self.keep_pause(provider.key(), until, cause).await?;
        }
        self.put_off(&claim, until).await?;
        Ok(None)
    }

    async fn put_off(&self, claim: &Claim, until: DateTime<Utc>) -> Result<(), LedgerGone> {
        let mut record = record_of(claim, DeliveryEvent::Release);
        record.next_attempt_at = Some(until);
        self.ledger.record(record).await?;
        self.buffer.settle();
        Ok(())
    }

    /// Brings claims that wait for a turn back to the connections when it has come, until the run is over.
    pub(crate) async fn usher(&self) {
        loop {
            self.providers.anyone_waits().await;
            tokio::time::sleep(USHER_EVERY).await;
            if self.usher_once().await.is_err() {
                return;
            }
        }
    }

    async fn usher_once(&self) -> Result<(), LedgerGone> {
        for (provider, interval) in self.providers.waiting_for_turns() {
            let (key, count, now) = (provider.key(), throttle::reservation(interval), self.clock.now());
            let first = self.ledger.call(move |ledger| ledger.reserve(&key, count, interval, now)).await?;
            self.providers.grant(&provider, Grant::new(first, interval, count));
        }
        for claim in self.providers.due() {
            if let Some(claim) = self.buffer.give_back(claim) {
                self.hand_back(&claim).await?;
            }
        }
        Ok(())
    }

    /// Notes an attempt with the breakers; one that they don't believe is not final.
    pub(crate) fn weigh(&self, claim: &Claim, decision: Decision) -> (Decision, Option<Tripped>) {
        let noted = match decision.event {
            DeliveryEvent::Accept => Noted::Sent,
            DeliveryEvent::Defer => Noted::Deferred(decision.subject),
            DeliveryEvent::Bounce | DeliveryEvent::Fail => Noted::Refused(decision.subject),
            _ => return (decision, None),
        };
        let provider = ProviderId::of(&claim.subscriber.address);
        let words = decision.detail.as_deref().unwrap_or_default();
        let (tripped, is_braked) = self.providers.note(&provider, noted, words);
        if decision.event != DeliveryEvent::Bounce || self.options.continues_anyway {
            return (decision, tripped.filter(|_| !self.options.continues_anyway));
        }
        if is_braked {
            let wait = Jitter::of(claim.delivery, claim.attempt).applied(PROVISIONAL_WAIT);
            return (decision.provisional(wait), tripped);
        }
        if decision.subject == Subject::NoMailbox {
            let (address, evidence) = (claim.subscriber.address.clone(), words.to_owned());
            self.providers.gone(&provider, Gone { address, evidence });
        }
        (decision, tripped)
    }

    /// Treats relay or provider as a reply asks for.
    pub(crate) async fn heed(&self, claim: &Claim, decision: &Decision) -> Result<(), LedgerGone> {
        let cause = decision.detail.clone().unwrap_or_default();
        let provider = ProviderId::of(&claim.subscriber.address);
        let is_theirs = decision.whom == Whom::Provider && decision.measure != Measure::Keep;
        if is_theirs && !self.providers.complained(&provider) {
            return self.heed_provider(&provider, decision.measure, decision.measure_time, cause).await;
        }
        let mut pause = decision.pause;
        if is_theirs {
            pause = decision.measure_time.map(|time| time.min(SHARED_PAUSE_MAX));
        }
        self.heed_relay(decision.measure, pause, cause).await
    }

    async fn heed_relay(
        &self,
        measure: Measure,
        pause: Option<Duration>,
        cause: String,
    ) -> Result<(), LedgerGone> {
        match measure {
            Measure::Slow | Measure::Pause | Measure::PauseDoubling => self.lanes.slow(),
            Measure::Crawl | Measure::Restart => self.lanes.crawl(),
            Measure::FewerConnections => self.lanes.crowded(self.gate.sessions().saturating_sub(1)),
            Measure::ShorterSessions => self.lanes.shorter_sessions(),
            Measure::Keep | Measure::Reconnect | Measure::DropParameters => {}
        }
        let Some(least) = pause else { return Ok(()) };
        let wait = self.gate.pause(least);
        self.note(RunEvent::Paused { cause: cause.clone(), wait });
        if wait >= KEPT_PAUSE_MIN {
            self.keep_pause(self.transport.name(), self.clock.now() + wait, cause).await?;
        }
        Ok(())
    }

    async fn heed_provider(
        &self,
        provider: &ProviderId,
        measure: Measure,
        time: Option<Duration>,
        cause: String,
    ) -> Result<(), LedgerGone> {
        let (rests, pace) = self.providers.heed(provider, measure, time, self.lanes.taken());
        if let Some(wait) = rests {
            return self.let_rest(provider, wait, cause).await;
        }
        let (connections, interval) = (pace.limit(), pace.interval());
        let provider = provider.to_string();
        self.note(RunEvent::ProviderSlowed { provider, connections, interval, cause });
        Ok(())
    }

    /// Leaves a provider alone, in all runs, while the others are sent to.
    async fn let_rest(&self, provider: &ProviderId, wait: Duration, cause: String) -> Result<(), LedgerGone> {
        let until = self.clock.now() + wait;
        self.providers.rest(provider, until);
        self.note(RunEvent::ProviderRests { provider: provider.to_string(), cause: cause.clone(), wait });
        self.keep_pause(provider.key(), until, cause).await?;
        for claim in self.providers.drain(Some(provider)) {
            self.put_off(&claim, until).await?;
        }
        Ok(())
    }

    /// Makes a pause known to all runs.
    async fn keep_pause(&self, key: String, until: DateTime<Utc>, cause: String) -> Result<(), LedgerGone> {
        let now = self.clock.now();
        self.ledger.call(move |ledger| Standing::pause(ledger, &key, until, &cause, now)).await?;
        Ok(())
    }

    /// Keeps in the ledger that all under our name has to rest, beyond this run.
    pub(crate) async fn keep_rest(&self, reason: &StopReason) -> Result<(), LedgerGone> {
        let StopReason::Rest(words, _, time) = reason else { return Ok(()) };
        self.keep_pause(self.transport.name(), self.clock.now() + *time, words.clone()).await
    }

    /// Does what a breaker demands: a provider rests, or the run ends until a person says otherwise.
    pub(crate) async fn trip(&self, claim: &Claim, tripped: Tripped) -> Result<(), LedgerGone> {
        let problem = explained(&tripped);
        self.note(RunEvent::BreakerTripped(problem.clone()));
        if tripped.breaker == Breaker::MassBounce {
            let provider = ProviderId::of(&claim.subscriber.address);
            return self.let_rest(&provider, BRAKE_PAUSE, problem.message).await;
        }
        let (key, until) = (held_key(self.options.broadcast), self.clock.now() + HELD_FOR);
        self.keep_pause(key, until, problem.message.clone()).await?;
        self.end(RunEnd::HeldBack(problem));
        Ok(())
    }

    /// Looks at what an earlier run left resting; returns whether this one may go on.
    pub(crate) async fn look_at_pauses(&self) -> Result<bool, LedgerGone> {
        let (now, name, held) = (self.clock.now(), self.transport.name(), held_key(self.options.broadcast));
        let is_lifting = self.options.continues_anyway;
        let keys = [name.clone(), held.clone()];
        let pauses = self
            .ledger
            .call(move |ledger| {
                for key in keys.iter().filter(|_| is_lifting) {
                    Standing::lift_pause(ledger, key, now)?;
                }
                Standing::pauses(ledger, now)
            })
            .await?;
        for pause in pauses {
            let wait = (pause.until - now).to_std().unwrap_or(Duration::ZERO);
            if pause.key == held {
                self.end(RunEnd::HeldBack(held_back(pause.cause)));
                return Ok(false);
            } else if pause.key == name {
                if self.would_not_wait(wait) {
                    self.end(RunEnd::HeldBack(relay_rests(&pause.cause, pause.until)));
                    return Ok(false);
                }
                self.gate.pause(wait);
                self.note(RunEvent::Paused { cause: pause.cause, wait });
            } else if let Some(provider) = ProviderId::from_key(&pause.key) {
                self.providers.rest(&provider, pause.until);
                let provider = provider.to_string();
                self.note(RunEvent::ProviderRests { provider, cause: pause.cause, wait });
            }
        }
        Ok(true)
    }
}

fn held_key(broadcast: BroadcastId) -> String {
    format!("breaker:{}", broadcast.0)
}

const GO_ON: &str =
    "the queue is kept; when you have seen to it, `masthead send ISSUE --continue-anyway` goes on";

fn held_back(cause: String) -> Problem {
    Problem::error("send/held-back", cause).help(GO_ON)
}

fn relay_rests(cause: &str, until: DateTime<Utc>) -> Problem {
    let until = until.format("%Y-%m-%d %H:%M UTC");
    Problem::error("send/relay-rests", format!("the relay is left alone until {until}, for it said: {cause}"))
        .help(format!("the queue is kept: the same command goes on from then on; {GO_ON} at once"))
}

/// Says what happened, how often, with examples, and what to do.
fn explained(tripped: &Tripped) -> Problem {
    let Tripped { breaker, provider, count, of, examples } = tripped;
    let provider = provider.as_ref().map(ToString::to_string).unwrap_or_default();
    let words =
        if examples.is_empty() { String::new() } else { format!("; for example: {}", examples.join(" | ")) };
    match breaker {
        Breaker::HardBounces => Problem::error(
            "send/held-back",
            format!("{count} of {of} mailboxes at {provider} don't exist: more than this list should have{words}"),
        )
        .help(format!("an old or bought list ruins the sender's name: look where these addresses come from; {GO_ON}")),
        Breaker::Spam => Problem::error(
            "send/held-back",
            format!("{count} of {of} messages to {provider} were refused as spam{words}"),
        )
        .help(format!("look at words and links with `masthead check`, and at SPF, DKIM and DMARC with `masthead doctor`; {GO_ON}")),
        Breaker::Deferred => Problem::error(
            "send/held-back",
            format!("for an hour {count} of {of} attempts were put off{words}"),
        )
        .help(format!("the relay or its address may have a bad name: ask whoever runs it; {GO_ON}")),
        Breaker::MassBounce => Problem::warning(
            "send/provider-knows-nobody",
            format!("{count} mailboxes in a row at {provider} are said not to exist, after hardly any before{words}"),
        )
        .help("this looks like an accident at the provider: it rests for an hour, nobody is taken off the list, and these mailboxes are tried again"),
    }
}
