//! What was sent already, as last heard: pages never wait for a ledger that is busy.

use crate::{
    domain::{
        broadcast::{BroadcastState, BroadcastSummary, Tally},
        delivery::DeliveryState,
        issue::IssueId,
        problem::Problem,
    },
    preview::office::Office,
    workspace::Workspace,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A list of so many readers is counted once.
const COUNTED_ONCE: u64 = 50_000;

/// The account as last heard.
#[derive(Debug, Default)]
pub(super) struct Accounts(Mutex<Option<Heard>>);

/// What was heard last, and what keeps us from hearing more.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Heard {
    pub(super) sendings: Vec<BroadcastSummary>,
    pub(super) trouble: Option<Problem>,
    /// Readers on the list, or why there is none.
    pub(super) readers: Option<Result<u64, Problem>>,
}

impl Accounts {
    fn lock(&self) -> MutexGuard<'_, Option<Heard>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what was heard last, asking only when nothing was heard yet.
    pub(super) fn heard(&self, office: &dyn Office, workspace: &Workspace) -> Heard {
        if self.lock().is_none() {
            self.refresh(office, workspace);
        }
        self.lock().clone().unwrap_or_default()
    }

    /// Asks anew; returns whether there is news.
    pub(super) fn refresh(&self, office: &dyn Office, workspace: &Workspace) -> bool {
        let answer = office.sendings(workspace);
        let counted = self.lock().as_ref().and_then(|heard| heard.readers.clone());
        // A long list is not counted again and again; what changes in it shows soon enough elsewhere.
        let readers = match counted {
            Some(Ok(many)) if many >= COUNTED_ONCE => Ok(many),
            _ => office.count(workspace),
        };
        let mut known = self.lock();
        let heard = match answer {
            Ok(sendings) => Heard { sendings, trouble: None, readers: Some(readers) },
            // What was true a moment ago is a better guess than nothing.
            Err(problem) => Heard {
                sendings: known.as_ref().map(|heard| heard.sendings.clone()).unwrap_or_default(),
                trouble: Some(problem),
                readers: Some(readers),
            },
        };
        let is_news = known.as_ref() != Some(&heard);
        *known = Some(heard);
        is_news
    }
}

impl Heard {
    /// Returns the last edition of an issue.
    pub(super) fn of(&self, issue: &IssueId) -> Option<&BroadcastSummary> {
        self.sendings.iter().filter(|sending| sending.issue == *issue).max_by_key(|sending| sending.edition)
    }

    /// Returns whether somebody got the issue.
    pub(super) fn went_out(&self, issue: &IssueId) -> bool {
        self.sendings.iter().any(|sending| sending.issue == *issue && got_it(&sending.tally) > 0)
    }
}

fn got_it(tally: &Tally) -> u64 {
    tally.of(DeliveryState::Sent) + tally.of(DeliveryState::InDoubt)
}

/// Returns the state that a sending gives its issue, with a line about it.
pub(super) fn state_of(sending: &BroadcastSummary) -> (Option<&'static str>, String) {
    let tally = &sending.tally;
    let settled = in_words(tally);
    match sending.state {
        BroadcastState::Sending => (
            Some("sending"),
            format!("{} of {} open; {settled}", grouped(tally.open()), grouped(tally.total())),
        ),
        BroadcastState::Done => (Some("sent"), settled),
        BroadcastState::Cancelled if got_it(tally) > 0 => (Some("sent"), format!("given up: {settled}")),
        BroadcastState::Cancelled => (None, format!("given up: {settled}")),
    }
}

/// Returns the states that occur with their numbers, those that wait left out.
fn in_words(tally: &Tally) -> String {
    let waits = |state: DeliveryState| {
        matches!(state, DeliveryState::Queued | DeliveryState::Leased | DeliveryState::Committing)
    };
    let parts = tally.by_state.iter().filter(|(state, count)| **count > 0 && !waits(**state));
    let parts: Vec<_> = parts
        .map(|(state, count)| format!("{} {}", grouped(*count), state.as_str().replace('_', " ")))
        .collect();
    if parts.is_empty() { "none sent yet".to_owned() } else { parts.join(", ") }
}

/// Writes a number with commas: `1,204`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn check(state: BroadcastState, counts: &[(DeliveryState, u64)], expected: (Option<&str>, &str)) {
        let issue = IssueId { newsletter: "a".to_owned(), issue: "b".to_owned() };
        let tally = Tally { by_state: counts.iter().copied().collect() };
        let sending = BroadcastSummary { issue, edition: 0, state, sealed_at: DateTime::UNIX_EPOCH, tally };
        let (word, note) = state_of(&sending);
        assert_eq!((word, note.as_str()), expected);
    }

    #[test]
    fn a_sending_says_where_its_issue_stands() {
        use DeliveryState::{Cancelled, InDoubt, Queued, Sent};
        check(BroadcastState::Done, &[(Sent, 1_204), (InDoubt, 2)], (Some("sent"), "1,204 sent, 2 in doubt"));
        check(BroadcastState::Sending, &[(Queued, 3)], (Some("sending"), "3 of 3 open; none sent yet"));
        check(
            BroadcastState::Sending,
            &[(Queued, 1_000_000), (Sent, 5)],
            (Some("sending"), "1,000,000 of 1,000,005 open; 5 sent"),
        );
        check(BroadcastState::Cancelled, &[(Cancelled, 4)], (None, "given up: 4 cancelled"));
        check(
            BroadcastState::Cancelled,
            &[(Cancelled, 4), (Sent, 1)],
            (Some("sent"), "given up: 1 sent, 4 cancelled"),
        );
    }
}
