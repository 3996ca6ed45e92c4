//! One delivery in memory.

use crate::{
    domain::{
        delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState, Repeat},
        subscriber::Subscriber,
    },
    ledger::{identity::Mark, rules},
};

/// A delivery and all that is known of it.
#[derive(Clone)]
pub(super) struct DeliveryRow {
    pub(super) broadcast: i64,
    pub(super) mark: Mark,
    pub(super) variant: usize,
    pub(super) subscriber: Subscriber,
    pub(super) state: DeliveryState,
    pub(super) fence: i64,
    pub(super) attempt: u32,
    pub(super) lease_owner: Option<String>,
    pub(super) lease_until: i64,
    pub(super) next_attempt_at: i64,
    pub(super) message: Option<SentMessage>,
    pub(super) resent: bool,
    pub(super) detail: Option<String>,
    pub(super) remote_id: Option<String>,
}

/// What was, or may have been, sent.
#[derive(Clone)]
pub(super) struct SentMessage {
    pub(super) date: i64,
    pub(super) sha256: String,
    pub(super) id: String,
}

impl DeliveryRow {
    pub(super) fn new(broadcast: i64, mark: Mark, variant: usize, subscriber: Subscriber, now: i64) -> Self {
        Self {
            broadcast,
            mark,
            variant,
            subscriber,
            state: DeliveryState::Queued,
            fence: 0,
            attempt: 0,
            lease_owner: None,
            lease_until: 0,
            next_attempt_at: now,
            message: None,
            resent: false,
            detail: None,
            remote_id: None,
        }
    }

    /// Returns whether it may be claimed once its time has come.
    pub(super) fn is_waiting(&self) -> bool {
        self.state.after(DeliveryEvent::Claim).is_some()
    }

    /// Returns whether a run could still do something about it.
    pub(super) fn is_open(&self) -> bool {
        !self.state.is_settled() && self.state != DeliveryState::InDoubt
    }

    /// Gives it to a worker. Call it only for one that is waiting.
    pub(super) fn claim(&mut self, id: DeliveryId, worker: &str, lease_until: i64) -> Option<Claim> {
        self.state = self.state.after(DeliveryEvent::Claim)?;
        self.fence += 1;
        self.attempt += 1;
        self.lease_owner = Some(worker.to_owned());
        self.lease_until = lease_until;
        let repeated = self.message.as_ref().filter(|_| self.resent);
        Some(Claim {
            delivery: id,
            fence: self.fence,
            attempt: self.attempt,
            variant: self.variant,
            subscriber: self.subscriber.clone(),
            repeat: repeated.map(|message| Repeat { date: message.date, sha256: message.sha256.clone() }),
        })
    }

    /// Makes the intent durable; the caller has checked the guards. Returns whether it was lawful.
    pub(super) fn commit(&mut self, message: SentMessage) -> bool {
        let Some(to) = self.state.after(DeliveryEvent::Commit) else { return false };
        self.state = to;
        self.message = Some(message);
        true
    }

    /// Lets any other event happen; returns whether it could.
    pub(super) fn happen(
        &mut self,
        event: DeliveryEvent,
        cancelled: bool,
        detail: Option<&str>,
        next_attempt_at: i64,
    ) -> bool {
        let Some(to) = rules::settled_by(self.state, event, cancelled) else { return false };
        self.state = to;
        self.lease_owner = None;
        self.lease_until = 0;
        self.resent |= event == DeliveryEvent::Resend;
        if self.is_waiting() {
            self.next_attempt_at = next_attempt_at;
        }
        if let Some(detail) = detail {
            self.detail = Some(rules::kept_detail(detail));
        }
        true
    }

    /// Returns what `status` shows.
    pub(super) fn report(&self, id: DeliveryId) -> DeliveryReport {
        DeliveryReport {
            id,
            address: self.subscriber.address.clone(),
            state: self.state,
            attempts: self.attempt,
            detail: self.detail.clone(),
            message_id: self.message.as_ref().map(|message| message.id.clone()),
        }
    }
}
