//! What all tasks of a run share.

use crate::{
    delivery::letters::Letters,
    delivery::ports::{Record, Transport},
    domain::{
        delivery::{Claim, DeliveryEvent},
        time::Clock,
    },
    runner::{
        buffer::Buffer,
        committer::{LedgerGone, LedgerHandle},
        gate::Gate,
        lanes::Lanes,
        options::RunOptions,
        pacer::Pacer,
        progress::{Progress, RunEvent},
        providers::Providers,
        quota::Quota,
        report::RunEnd,
        stop::Halt,
    },
};
use std::sync::Arc;

/// The desk around which feeder and connections work.
pub(crate) struct Desk<T: Transport, L: Letters> {
    pub(crate) transport: T,
    pub(crate) letters: L,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) progress: Arc<dyn Progress>,
    pub(crate) ledger: LedgerHandle,
    pub(crate) halt: Arc<Halt>,
    pub(crate) buffer: Buffer,
    pub(crate) gate: Gate,
    pub(crate) lanes: Lanes,
    pub(crate) providers: Providers,
    pub(crate) pacer: Pacer,
    pub(crate) quota: Quota,
    pub(crate) options: RunOptions,
}

impl<T: Transport, L: Letters> Desk<T, L> {
    /// Tells whoever listens.
    pub(crate) fn note(&self, event: RunEvent) {
        self.progress.note(event);
    }

    /// Ends the run early: nothing new begins.
    pub(crate) fn end(&self, end: RunEnd) {
        self.note(RunEvent::Stopping);
        self.halt.end(end);
    }

    /// Gives an untried claim back to the queue.
    pub(crate) async fn release(&self, claim: &Claim) -> Result<(), LedgerGone> {
        self.providers.landed(claim);
        self.ledger.record(record_of(claim, DeliveryEvent::Release)).await
    }
}

/// Returns the bare record of an event.
pub(crate) fn record_of(claim: &Claim, event: DeliveryEvent) -> Record {
    Record {
        delivery: claim.delivery,
        fence: claim.fence,
        event,
        detail: None,
        remote_id: None,
        next_attempt_at: None,
    }
}
