//! What a fact from a journal does to a delivery, whatever the database guessed meanwhile.

use crate::{
    delivery::ports::{Intent, Verdict},
    domain::delivery::{DeliveryEvent as Event, DeliveryState as State},
    ledger::rules,
};
use chrono::{DateTime, Utc};

/// Why a step is taken that the table of transitions does not know.
const OVERRULED: &str = "the send journal proves it; until then the delivery stood as";

/// One change of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) event: Event,
    pub(super) to: State,
    pub(super) at: DateTime<Utc>,
    /// The state that was only a guess, when it was.
    pub(super) overruled: Option<State>,
}

impl Step {
    /// Returns what is noted of it.
    pub(super) fn noted(&self, said: Option<&str>) -> Option<String> {
        let Some(guess) = self.overruled else { return said.map(str::to_owned) };
        Some(match said.filter(|said| !said.is_empty()) {
            Some(said) => format!("{said} ({OVERRULED} {guess})"),
            None => format!("{OVERRULED} {guess}"),
        })
    }
}

/// The parts of a fact that are news.
pub(super) struct Teller<'a> {
    /// The fence of the claim that it tells of.
    pub(super) fence: i64,
    pub(super) intent: Option<&'a Intent>,
    pub(super) verdict: Option<&'a Verdict>,
    /// Set when the owner is gone and there will never be a verdict.
    pub(super) lost_at: Option<DateTime<Utc>>,
}

impl Teller<'_> {
    pub(super) fn is_silent(&self) -> bool {
        self.intent.is_none() && self.verdict.is_none() && self.lost_at.is_none()
    }

    /// Returns the changes of a delivery that stands so; none when it has them already.
    ///
    /// Mostly they are those of the table of transitions. Where the database could only guess, because it was put
    /// back to an earlier state or changed by somebody who did not know of the commit, the fact wins: mail that may
    /// have left was committed, mail that was taken is sent. A definite refusal then leaves the delivery as it was.
    pub(super) fn steps(&self, state: State, fence: i64, cancelled: bool) -> Vec<Step> {
        if fence > self.fence {
            return self.late_steps(state);
        }
        let (mut steps, mut stands, mut guess) = (Vec::new(), state, None);
        if let Some(intent) = self.intent
            && let Some(step) = commit(intent, state, fence == self.fence)
        {
            (stands, guess) = (step.to, step.overruled);
            steps.push(step);
        }
        if let Some(verdict) = self.verdict {
            steps.extend(decided(verdict, stands, guess, fence == self.fence, cancelled));
        } else if let Some(at) = self.lost_at.filter(|_| stands == State::Committing) {
            steps.push(step(Event::Lose, State::InDoubt, at, None));
        }
        steps
    }

    /// A later claim exists: all that still counts is that the mail was taken.
    fn late_steps(&self, state: State) -> Vec<Step> {
        let taken = self.verdict.filter(|verdict| verdict.event == Event::Accept);
        let open = matches!(state, State::Queued | State::Deferred | State::Leased | State::InDoubt);
        let taken = taken.filter(|_| open || is_called_off(state));
        taken.map(|verdict| step(Event::Accept, State::Sent, verdict.at, Some(state))).into_iter().collect()
    }
}

fn step(event: Event, to: State, at: DateTime<Utc>, overruled: Option<State>) -> Step {
    Step { event, to, at, overruled }
}

fn is_called_off(state: State) -> bool {
    matches!(state, State::Suppressed | State::Cancelled | State::Expired)
}

fn commit(intent: &Intent, state: State, is_same_claim: bool) -> Option<Step> {
    if is_same_claim && let Some(to) = state.after(Event::Commit) {
        return Some(step(Event::Commit, to, intent.at, None));
    }
    let was_open = matches!(state, State::Queued | State::Deferred | State::Leased);
    (was_open || is_called_off(state)).then(|| step(Event::Commit, State::Committing, intent.at, Some(state)))
}

fn decided(
    verdict: &Verdict,
    stands: State,
    guess: Option<State>,
    is_same_claim: bool,
    cancelled: bool,
) -> Option<Step> {
    let (event, at) = (verdict.event, verdict.at);
    if let Some(called_off) = guess.filter(|guess| is_called_off(*guess))
        && !matches!(event, Event::Accept | Event::Lose)
    {
        return Some(step(event, called_off, at, None));
    }
    if is_same_claim || guess.is_some() {
        if let Some(to) = rules::settled_by(stands, event, cancelled) {
            let is_news = !matches!(stands, State::Queued | State::Deferred);
            return is_news.then(|| step(event, to, at, None));
        }
    } else if matches!(stands, State::Queued | State::Deferred | State::Leased)
        && matches!(event, Event::Fail | Event::Bounce)
    {
        // The claim itself is missing from the database: it was refused for good all the same.
        let to = State::Leased.after(event)?;
        return Some(step(event, to, at, Some(stands)));
    }
    let is_unsettled = matches!(stands, State::Queued | State::Deferred | State::Leased | State::InDoubt);
    (event == Event::Accept && (is_unsettled || is_called_off(stands)))
        .then(|| step(event, State::Sent, at, Some(stands)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a moment")
    }

    fn intent() -> Intent {
        Intent { offset: 64, at: at(1), date: 0, sha256: String::new(), message_id: String::new() }
    }

    fn verdict(event: Event) -> Verdict {
        Verdict { offset: 99, at: at(2), event, detail: None, remote_id: None, next_attempt_at: None }
    }

    /// Tells where a delivery ends.
    fn end(state: State, fence: i64, says: Option<Event>, is_gone: bool) -> State {
        let (intent, verdict) = (intent(), says.map(verdict));
        let lost_at = (is_gone && verdict.is_none()).then(|| at(3));
        let teller = Teller { fence: 5, intent: Some(&intent), verdict: verdict.as_ref(), lost_at };
        teller.steps(state, fence, false).last().map_or(state, |step| step.to)
    }

    #[test]
    fn the_usual_way_is_that_of_the_table() {
        assert_eq!(end(State::Leased, 5, None, false), State::Committing);
        assert_eq!(end(State::Leased, 5, None, true), State::InDoubt);
        assert_eq!(end(State::Leased, 5, Some(Event::Accept), false), State::Sent);
        assert_eq!(end(State::Leased, 5, Some(Event::Defer), false), State::Deferred);
        assert_eq!(end(State::InDoubt, 5, Some(Event::Accept), false), State::Sent);
    }

    #[test]
    fn mail_that_left_is_sent_whatever_the_database_guessed() {
        for state in [State::Queued, State::Deferred, State::Suppressed, State::Cancelled, State::Expired] {
            for fence in [3, 5] {
                assert_eq!(end(state, fence, Some(Event::Accept), false), State::Sent, "{state} {fence}");
                assert_eq!(end(state, fence, None, true), State::InDoubt, "{state} {fence}");
            }
        }
        assert_eq!(end(State::Queued, 6, Some(Event::Accept), false), State::Sent, "a later claim");
    }

    #[test]
    fn a_refusal_brings_nobody_back_who_has_left() {
        assert_eq!(end(State::Suppressed, 5, Some(Event::Defer), false), State::Suppressed);
        assert_eq!(end(State::Cancelled, 5, Some(Event::Fail), false), State::Cancelled);
    }

    #[test]
    fn what_is_settled_stays_so() {
        for state in [State::Sent, State::Failed, State::Bounced] {
            assert_eq!(end(state, 5, Some(Event::Defer), true), state);
            assert_eq!(end(state, 9, None, true), state);
        }
        assert_eq!(end(State::Committing, 9, Some(Event::Accept), true), State::Committing, "another's");
    }
}
