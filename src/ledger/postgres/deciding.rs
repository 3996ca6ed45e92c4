//! Broadcasts that are given up, and what a person or a policy decides about deliveries.

use crate::{
    domain::{
        broadcast::BroadcastId,
        delivery::{DeliveryEvent, DeliveryState},
    },
    ledger::postgres::{
        deliveries::first_count, failure::Failure, reading::get, session::Session, states, steps::Sweep,
    },
};

/// What a person or a policy decides about deliveries that stand in one state.
pub(super) struct Decision<'a> {
    pub(super) broadcast: BroadcastId,
    pub(super) from: DeliveryState,
    pub(super) event: DeliveryEvent,
    pub(super) note: &'a str,
    pub(super) now: Option<i64>,
}

impl Decision<'_> {
    /// Applies it. Cancelling all also gives up the broadcast, so that nothing that comes back later is sent; and in
    /// bulk nobody is sent the same message a third time.
    pub(super) async fn apply(&self, session: &mut Session, named: Option<&[i64]>) -> Result<u64, Failure> {
        let Some(cancelled) = is_cancelled(session, self.broadcast).await? else { return Ok(0) };
        if self.event == DeliveryEvent::Cancel && named.is_none() {
            let sql = format!(
                "UPDATE broadcast SET cancelled = true WHERE id = $1 AND EXISTS (SELECT 1 FROM delivery d
                  WHERE d.broadcast = $1 AND d.state IN ({}))",
                states::open()
            );
            session.execute(&sql, &[&self.broadcast.0]).await?;
        }
        let only = match (named, self.event) {
            (Some(_), _) => "d.broadcast = $3 AND d.id = ANY($4::bigint[])",
            (None, DeliveryEvent::Resend) => "d.broadcast = $3 AND NOT d.resent",
            (None, _) => "d.broadcast = $3",
        };
        let Some(sweep) = Sweep::lawful(self.from, self.event, cancelled, only) else { return Ok(0) };
        let (sql, id) = (sweep.sql(), self.broadcast.0);
        let rows = match named {
            Some(named) => session.rows(&sql, &[&self.now, &self.note, &id, &named]).await?,
            None => session.rows(&sql, &[&self.now, &self.note, &id]).await?,
        };
        Ok(first_count(&rows)?)
    }
}

/// Returns whether a broadcast was cancelled, `None` when there is none.
pub(super) async fn is_cancelled(
    session: &mut Session,
    broadcast: BroadcastId,
) -> Result<Option<bool>, Failure> {
    let row = session.row("SELECT cancelled FROM broadcast WHERE id = $1", &[&broadcast.0]).await?;
    row.map(|row| Ok(get(&row, 0)?)).transpose()
}

/// Cancels what waits in a broadcast that was given up: it came back to the queue about that time.
pub(super) async fn cancel_the_late(
    session: &mut Session,
    broadcast: BroadcastId,
    now: Option<i64>,
) -> Result<(), Failure> {
    for from in DeliveryState::ALL.into_iter().filter(|state| states::waits(*state)) {
        let only = "d.broadcast = $3 AND d.due_at IS NOT NULL";
        if let Some(sweep) = Sweep::lawful(from, DeliveryEvent::Cancel, true, only) {
            session.rows(&sweep.sql(), &[&now, &None::<&str>, &broadcast.0]).await?;
        }
    }
    Ok(())
}
