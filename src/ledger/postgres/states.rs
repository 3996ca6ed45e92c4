//! The table of transitions as SQL reads it.

use crate::{
    domain::delivery::{DeliveryEvent, DeliveryState, TRANSITIONS},
    ledger::{error::StoreErrorKind, rules},
};
use std::fmt::Write as _;

/// Returns the number under which a state is kept. Numbers never change their meaning.
pub(super) fn code(state: DeliveryState) -> i16 {
    match state {
        DeliveryState::Queued => 0,
        DeliveryState::Leased => 1,
        DeliveryState::Committing => 2,
        DeliveryState::Sent => 3,
        DeliveryState::Deferred => 4,
        DeliveryState::InDoubt => 5,
        DeliveryState::Failed => 6,
        DeliveryState::Bounced => 7,
        DeliveryState::Suppressed => 8,
        DeliveryState::Expired => 9,
        DeliveryState::Cancelled => 10,
    }
}

/// Reads a kept state back.
///
/// # Errors
/// When the number is none of ours.
pub(super) fn state(number: i16) -> Result<DeliveryState, StoreErrorKind> {
    let known = DeliveryState::ALL.into_iter().find(|state| code(*state) == number);
    known.ok_or_else(|| StoreErrorKind::Damaged("a `state` in it can't be read".to_owned()))
}

/// Returns the number of an event within one statement; it is never kept.
pub(super) fn event_code(event: DeliveryEvent) -> i16 {
    event as i16
}

/// Returns the states in which an event can happen, as a list in SQL.
pub(super) fn sources(event: DeliveryEvent) -> String {
    let lawful = TRANSITIONS.iter().filter(|(_, on, _)| *on == event);
    lawful.map(|(from, ..)| code(*from).to_string()).collect::<Vec<_>>().join(", ")
}

/// Returns the one state to which an event leads from wherever it is lawful.
pub(super) fn target(event: DeliveryEvent) -> i16 {
    let mut targets = TRANSITIONS.iter().filter(|(_, on, _)| *on == event).map(|(.., to)| *to);
    let target = targets.next().expect("every event stands in the table");
    assert!(targets.all(|to| to == target), "this event leads to several states");
    code(target)
}

/// Returns the states in which a worker holds a delivery, as a list in SQL.
pub(super) fn held() -> String {
    format!("{}, {}", target(DeliveryEvent::Claim), target(DeliveryEvent::Commit))
}

/// Returns the states of a broadcast that is not done, as a list in SQL.
pub(super) fn open() -> String {
    let open =
        [DeliveryState::Queued, DeliveryState::Leased, DeliveryState::Committing, DeliveryState::Deferred];
    open.map(|state| code(state).to_string()).join(", ")
}

/// Returns whether something that stands there waits for a claim.
pub(super) fn waits(state: DeliveryState) -> bool {
    state.after(DeliveryEvent::Claim).is_some()
}

/// Returns an SQL expression for where a recorded event leads: NULL when it is not lawful.
///
/// `event` and `state` are expressions for numbers, `cancelled` one for whether the broadcast was given up.
pub(super) fn settled_by(event: &str, state: &str, cancelled: &str) -> String {
    let table = |is_cancelled: bool| {
        let mut sql = format!("CASE {event} * 16 + {state}");
        for (from, on, _) in TRANSITIONS {
            if let Some(to) = rules::settled_by(*from, *on, is_cancelled) {
                // Writing to a String can't fail.
                let _ = write!(sql, " WHEN {} THEN {}", event_code(*on) * 16 + code(*from), code(to));
            }
        }
        sql + " END"
    };
    format!("(CASE WHEN {cancelled} THEN {} ELSE {} END)::smallint", table(true), table(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back() {
        for one in DeliveryState::ALL {
            assert_eq!(state(code(one)).expect("known"), one);
        }
        assert!(state(99).is_err());
    }

    #[test]
    fn claim_and_commit_are_read_from_the_table() {
        assert_eq!((sources(DeliveryEvent::Claim).as_str(), target(DeliveryEvent::Claim)), ("0, 4", 1));
        assert_eq!((sources(DeliveryEvent::Commit).as_str(), target(DeliveryEvent::Commit)), ("1", 2));
        assert_eq!(held(), "1, 2");
    }

    #[test]
    fn claims_and_commits_are_not_recorded() {
        let sql = settled_by("e", "s", "c");
        let claim = event_code(DeliveryEvent::Claim) * 16;
        assert!(!sql.contains(&format!("WHEN {claim} ")), "{sql}");
        assert_eq!(sql.matches(" WHEN ").count(), 2 * (TRANSITIONS.len() - 3), "{sql}");
    }
}
