//! From what an attempt came to, to what becomes of the delivery, the session and the run.

use crate::{
    delivery::retry::{self, Jitter},
    domain::{
        delivery::DeliveryEvent,
        outcome::{Action, Measure, Outcome, Phase, Reply, Scope, Subject, Verdict},
    },
};
use std::time::Duration;

/// Octets of the server's words that the ledger keeps.
const DETAIL_MAX: usize = 1_024;

/// A delivery that is about to expire isn't due before it has: nobody claims it in between.
const BEFORE_EXPIRY: Duration = Duration::from_hours(1);

/// The rest of all that goes out under our name when the reply named no time.
const REST: Duration = Duration::from_hours(6);

/// The pause of the whole run after the host itself asked for one, when it named no time.
const HOST_PAUSE: Duration = Duration::from_secs(5);

/// The attempt that came to an outcome.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// Whether its commit was durable: the final dot may have left.
    pub is_committed: bool,
    /// Its place in the range of waits.
    pub jitter: Jitter,
}

/// Why the run can't go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The relay won't have us: login, name, rights.
    Sender(String, Subject),
    /// All that goes out under our name has to rest: a quota is used up, or we have a bad name.
    Rest(String, Subject, Duration),
    /// The relay won't have this message, whoever it is for.
    Message(String),
}

/// Whom a measure is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whom {
    /// The relay.
    #[default]
    Host,
    /// The provider of the recipient.
    Provider,
}

/// What follows from an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What happens to the delivery.
    pub event: DeliveryEvent,
    /// How long it rests before the next attempt (with `Defer` and `Release`).
    pub wait: Option<Duration>,
    /// It has had its chances: after the deferral it expires.
    pub expires: bool,
    /// For the ledger and for people, at most 1 kB.
    pub detail: Option<String>,
    /// Queue id at the relay.
    pub remote_id: Option<String>,
    /// How long the whole run should leave this host alone.
    pub pause: Option<Duration>,
    /// Whom to treat otherwise from now on.
    pub whom: Whom,
    /// How to treat them.
    pub measure: Measure,
    /// For how long, when the measure is a pause.
    pub measure_time: Option<Duration>,
    /// What kind of refusal it was.
    pub subject: Subject,
    /// Why the run must stop, when it must.
    pub stop: Option<StopReason>,
}

impl Decision {
    fn of(event: DeliveryEvent, detail: String) -> Self {
        Self {
            event,
            wait: None,
            expires: false,
            detail: (!detail.is_empty()).then_some(detail),
            remote_id: None,
            pause: None,
            whom: Whom::Host,
            measure: Measure::Keep,
            measure_time: None,
            subject: Subject::Unclear,
            stop: None,
        }
    }

    /// Gives the delivery up for a reason of our own.
    pub fn failed(detail: String) -> Self {
        Self::of(DeliveryEvent::Fail, shorten(detail))
    }

    /// Returns it as something that isn't believed yet: tried again after `wait`.
    #[must_use]
    pub fn provisional(self, wait: Duration) -> Self {
        let detail = self.detail.map(|words| shorten(format!("not believed yet: {words}")));
        Self { event: DeliveryEvent::Defer, wait: Some(wait), expires: false, detail, ..self }
    }

    /// Tries again after `wait`, or lets the delivery expire when there is none left.
    fn defer(wait: Option<Duration>, detail: String) -> Self {
        Self {
            wait: wait.or(Some(BEFORE_EXPIRY)),
            expires: wait.is_none(),
            ..Self::of(DeliveryEvent::Defer, detail)
        }
    }
}

/// Returns what follows from `outcome`.
///
/// The event is lawful for the state the attempt was in: leased before its commit, committing after.
///
/// # Panics
/// When a message was accepted that was never committed: the promise of the house is broken, and going
/// on could mail people twice.
pub fn decide(outcome: &Outcome, attempt: Attempt) -> Decision {
    match outcome {
        Outcome::Accepted { reply, remote_id } => {
            assert!(attempt.is_committed, "a message was accepted before its commit");
            Decision {
                remote_id: remote_id.clone(),
                ..Decision::of(DeliveryEvent::Accept, shorten(reply.to_string()))
            }
        }
        Outcome::InDoubt { cause } if attempt.is_committed => {
            Decision::of(DeliveryEvent::Lose, shorten(cause.clone()))
        }
        // Without a commit no final dot left, whatever the transport thinks.
        Outcome::InDoubt { cause } => broken(Phase::Body, cause, attempt),
        Outcome::Broken { phase, cause } => broken(*phase, cause, attempt),
        Outcome::Stumbled { cause } => broken(Phase::Mail, cause, attempt),
        Outcome::Refused { phase, reply, verdict } => refused(*phase, reply, *verdict, attempt),
    }
}

fn broken(phase: Phase, cause: &str, attempt: Attempt) -> Decision {
    let wait = retry::wait_after_break(attempt.number, attempt.jitter);
    Decision::defer(wait, shorten(format!("{}: {cause}", phase.as_str())))
}

fn refused(phase: Phase, reply: &Reply, verdict: Verdict, attempt: Attempt) -> Decision {
    let words = shorten(format!("{}: {reply}", phase.as_str()));
    let least = verdict.wait_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    let subject = verdict.subject;
    let decision = match (verdict.scope, verdict.action) {
        (Scope::Message, Action::Fail | Action::Bounce | Action::Abort) => {
            Decision { stop: Some(StopReason::Message(words.clone())), ..give_back(words, attempt) }
        }
        (Scope::Sender, Action::Retry | Action::Grey) => {
            let reason = StopReason::Rest(words.clone(), subject, least.unwrap_or(REST));
            Decision { stop: Some(reason), ..give_back(words, attempt) }
        }
        (_, Action::Abort) | (Scope::Sender, _) => {
            Decision { stop: Some(StopReason::Sender(words.clone(), subject)), ..give_back(words, attempt) }
        }
        (_, Action::Bounce) => Decision::of(DeliveryEvent::Bounce, words),
        (_, Action::Fail) => Decision::of(DeliveryEvent::Fail, words),
        (_, Action::Grey) => Decision::defer(retry::wait_greylisted(attempt.number, attempt.jitter), words),
        (_, Action::Retry) => retried(phase, words, verdict, attempt, least),
    };
    Decision { subject, ..decision }
}

fn retried(
    phase: Phase,
    words: String,
    verdict: Verdict,
    attempt: Attempt,
    least: Option<Duration>,
) -> Decision {
    if verdict.measure == Measure::Reconnect {
        let wait = retry::wait_after_break(attempt.number, attempt.jitter);
        return Decision { measure: verdict.measure, ..Decision::defer(wait, words) };
    }
    let wait = retry::wait_after(attempt.number, attempt.jitter)
        .map(|wait| least.map_or(wait, |least| wait.max(least)));
    let decision = Decision { measure: verdict.measure, measure_time: least, ..Decision::defer(wait, words) };
    match verdict.scope {
        // Before RCPT the recipient's provider isn't involved at all.
        Scope::Provider if phase >= Phase::Rcpt => Decision { whom: Whom::Provider, ..decision },
        Scope::Provider | Scope::Host => {
            let pause = match verdict.measure {
                Measure::FewerConnections | Measure::ShorterSessions => HOST_PAUSE,
                _ => least.unwrap_or(HOST_PAUSE),
            };
            Decision { pause: Some(pause), ..decision }
        }
        _ => decision,
    }
}

/// The delivery is not to blame: it goes back as it was, as far as its state allows.
fn give_back(words: String, attempt: Attempt) -> Decision {
    let event = if attempt.is_committed { DeliveryEvent::Defer } else { DeliveryEvent::Release };
    Decision { wait: Some(Duration::ZERO), ..Decision::of(event, words) }
}

/// Returns whether a used session was closed between two messages, as servers do: no error, no penalty.
pub fn is_quiet_close(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Broken { phase, .. } => *phase == Phase::Mail,
        // RFC 5321, 3.8: 421 to any command announces that the server closes the channel.
        Outcome::Refused { phase: Phase::Mail, reply, verdict } => {
            reply.code == 421 && verdict.wait_seconds.is_none()
        }
        _ => false,
    }
}

/// Returns the words cut to what the ledger keeps.
fn shorten(mut words: String) -> String {
    if words.len() > DETAIL_MAX {
        words.truncate(words.floor_char_boundary(DETAIL_MAX));
    }
    words
}

#[cfg(test)]
mod tests;
