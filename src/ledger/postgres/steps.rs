//! Changes of many deliveries at once: looked up in the table, guarded and written down.

use crate::{
    domain::delivery::{DeliveryEvent, DeliveryState},
    ledger::{
        postgres::{
            clock::{CLOCK, NOW},
            states,
        },
        rules,
    },
};

/// One change for all deliveries that stand in one of some states and meet a condition.
///
/// Its values are: 1 the moment, 2 what is noted, 3 and so on whatever the condition names.
pub(super) struct Sweep<'a> {
    /// Where they stand, as a list in SQL.
    pub(super) from: String,
    /// Where it leads.
    pub(super) to: DeliveryState,
    /// What happens.
    pub(super) event: DeliveryEvent,
    /// A further table to look at, or nothing.
    pub(super) beside: &'a str,
    /// Further condition in SQL; the delivery is `d`.
    pub(super) only: &'a str,
}

impl<'a> Sweep<'a> {
    /// Returns the change that an event means for those who stand in one state; `None` when it isn't lawful.
    pub(super) fn lawful(
        from: DeliveryState,
        event: DeliveryEvent,
        cancelled: bool,
        only: &'a str,
    ) -> Option<Self> {
        let to = rules::settled_by(from, event, cancelled)?;
        Some(Self { from: states::code(from).to_string(), to, event, beside: "", only })
    }

    /// Returns the suppression of everything that has not left yet.
    pub(super) fn suppression(beside: &'a str, only: &'a str) -> Self {
        Self {
            from: states::sources(DeliveryEvent::Suppress),
            to: DeliveryState::Suppressed,
            event: DeliveryEvent::Suppress,
            beside,
            only,
        }
    }

    /// Returns the statement; it answers how many deliveries changed.
    pub(super) fn sql(&self) -> String {
        let Self { from, to, event, beside, only } = self;
        let kind = rules::event_word(*event);
        let resent = if *event == DeliveryEvent::Resend { ", resent = true" } else { "" };
        let due_at = if states::waits(*to) { NOW } else { "NULL" };
        let beside = if beside.is_empty() { String::new() } else { format!("FROM {beside}") };
        let to = states::code(*to);
        format!(
            "WITH {CLOCK}, moved AS (
                UPDATE delivery d SET state = {to}, lease_owner = NULL, lease_until = NULL, updated_at = {NOW},
                       detail = coalesce($2::text, d.detail), due_at = {due_at}{resent}
                  {beside}
                 WHERE d.state IN ({from}) AND ({only})
             RETURNING d.broadcast, d.id, d.attempt),
             noted AS (
                INSERT INTO event (broadcast, delivery, at, attempt, kind, state, detail)
                SELECT broadcast, id, {NOW}, attempt, '{kind}', {to}, $2::text FROM moved)
             SELECT count(*) FROM moved"
        )
    }
}
