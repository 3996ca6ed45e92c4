//! The only place that changes the state of a delivery: every change is looked up, guarded and written down.

use crate::{
    domain::delivery::{DeliveryEvent, DeliveryState, TRANSITIONS},
    ledger::{error::StoreErrorKind, rules},
};
use rusqlite::{Connection, ToSql, params};

/// One change for all deliveries that stand in one state and meet a condition.
pub(super) struct Sweep<'a> {
    /// Where they stand.
    pub(super) from: DeliveryState,
    /// What happens.
    pub(super) event: DeliveryEvent,
    /// Whether their broadcast was cancelled.
    pub(super) cancelled: bool,
    /// When it happens, microseconds.
    pub(super) now: i64,
    /// What is noted.
    pub(super) detail: Option<&'a str>,
    /// Further condition in SQL; may use `:now`.
    pub(super) only: &'a str,
}

impl Sweep<'_> {
    /// Carries it out; returns how many deliveries changed. Changes nothing when it isn't lawful.
    pub(super) fn run(
        &self,
        connection: &Connection,
        values: &[(&str, &dyn ToSql)],
    ) -> Result<u64, StoreErrorKind> {
        let Some(to) = rules::settled_by(self.from, self.event, self.cancelled) else { return Ok(0) };
        let detail = self.detail.map(rules::kept_detail);
        let (from, to, kind) = (self.from.as_str(), to.as_str(), rules::event_word(self.event));
        let mut named: Vec<(&str, &dyn ToSql)> = vec![(":from", &from), (":to", &to), (":now", &self.now)];
        named.push((":detail", &detail));
        named.extend_from_slice(values);
        let note = format!(
            "INSERT INTO event (delivery, number, at, attempt, kind, state, detail)
             SELECT id, changes + 1, :now, attempt, '{kind}', :to, :detail FROM delivery WHERE state = :from AND ({})",
            self.only
        );
        if connection.prepare_cached(&note)?.execute(named.as_slice())? == 0 {
            return Ok(0);
        }
        let resent = i64::from(self.event == DeliveryEvent::Resend);
        let change = format!(
            "UPDATE delivery SET state = :to, lease_owner = NULL, lease_until = NULL, updated_at = :now,
                    changes = changes + 1, detail = coalesce(:detail, detail), resent = max(resent, {resent}),
                    next_attempt_at = iif(:to IN ({}), :now, next_attempt_at)
              WHERE state = :from AND ({})",
            waiting(),
            self.only
        );
        Ok(connection.prepare_cached(&change)?.execute(named.as_slice())? as u64)
    }

    /// Carries it out for every state in which the event can happen.
    pub(super) fn run_wherever_lawful(
        mut self,
        connection: &Connection,
        values: &[(&str, &dyn ToSql)],
    ) -> Result<u64, StoreErrorKind> {
        let mut changed = 0;
        for (from, ..) in TRANSITIONS.iter().filter(|(_, event, _)| *event == self.event) {
            self.from = *from;
            changed += self.run(connection, values)?;
        }
        Ok(changed)
    }
}

/// Suppresses deliveries called by their numbers, wherever they have not left yet.
pub(super) fn suppress_by_number(
    connection: &Connection,
    numbers: &[i64],
    now: i64,
) -> Result<(), StoreErrorKind> {
    for id in numbers {
        let sweep = Sweep {
            from: DeliveryState::Queued,
            event: DeliveryEvent::Suppress,
            cancelled: false,
            now,
            detail: None,
            only: "id = :id",
        };
        sweep.run_wherever_lawful(connection, &[(":id", id)])?;
    }
    Ok(())
}

/// One change on its way into the list of changes.
pub(super) struct Note<'a> {
    pub(super) delivery: i64,
    /// How often the delivery has changed, with this one.
    pub(super) number: i64,
    pub(super) attempt: i64,
    pub(super) event: DeliveryEvent,
    pub(super) to: &'a str,
    pub(super) detail: Option<&'a str>,
}

/// Writes one change down.
pub(super) fn note(connection: &Connection, now: i64, note: &Note<'_>) -> Result<(), StoreErrorKind> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO event (delivery, number, at, attempt, kind, state, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let Note { delivery, number, attempt, event, to, detail } = note;
    insert.execute(params![delivery, number, now, attempt, rules::event_word(*event), to, detail])?;
    Ok(())
}

/// Returns the states from which a delivery can be claimed, as a list in SQL.
pub(super) fn waiting() -> String {
    sources(DeliveryEvent::Claim)
}

/// Returns the states in which an event can happen, as a list in SQL.
pub(super) fn sources(event: DeliveryEvent) -> String {
    let lawful = TRANSITIONS.iter().filter(|(_, on, _)| *on == event);
    lawful.map(|(from, ..)| format!("'{from}'")).collect::<Vec<_>>().join(", ")
}

/// Returns the states in which a worker holds a delivery, as a list in SQL.
pub(super) fn held() -> String {
    format!("'{}', '{}'", target(DeliveryEvent::Claim), target(DeliveryEvent::Commit))
}

/// Returns the one state to which an event leads from wherever it is lawful.
pub(super) fn target(event: DeliveryEvent) -> &'static str {
    let mut targets = TRANSITIONS.iter().filter(|(_, on, _)| *on == event).map(|(.., to)| *to);
    let target = targets.next().expect("every event stands in the table");
    assert!(targets.all(|to| to == target), "this event leads to several states");
    target.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claim_and_commit_are_read_from_the_table() {
        assert_eq!(sources(DeliveryEvent::Claim), "'queued', 'deferred'");
        assert_eq!(target(DeliveryEvent::Claim), "leased");
        assert_eq!(
            (sources(DeliveryEvent::Commit).as_str(), target(DeliveryEvent::Commit)),
            ("'leased'", "committing")
        );
    }
}
