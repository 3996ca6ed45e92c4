//! What a ledger must be able to say and do about deliveries in doubt, and about the history of any.

use crate::{
    delivery::ports::LedgerError,
    domain::{
        address::EmailAddress,
        broadcast::BroadcastId,
        delivery::{DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState},
    },
};
use chrono::{DateTime, Utc};

/// A delivery in doubt, with what is needed to look for it in a relay's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What `status` shows.
    pub report: DeliveryReport,
    /// Since when it is in doubt.
    pub since: DateTime<Utc>,
    /// When its message was committed first.
    pub committed_first: DateTime<Utc>,
    /// When its message was committed last.
    pub committed_last: DateTime<Utc>,
    /// Whether it was sent once more after an earlier doubt.
    pub is_resent: bool,
}

/// A delivery whose acceptance the relay itself confirmed, with its queue id there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Its Message-ID without angle brackets.
    pub message_id: String,
    /// The queue id that the relay named.
    pub remote_id: String,
    /// When the reply was recorded.
    pub at: DateTime<Utc>,
}

/// One line of a delivery's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// In which attempt, counted from 1; 0 before the first.
    pub attempt: u32,
    /// What happened, e.g. `commit`.
    pub event: String,
    /// Where it led.
    pub state: DeliveryState,
    /// What was noted: the worker of a claim, the Message-ID of a commit, the server's words of a verdict.
    pub detail: Option<String>,
}

/// How a person names a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its number.
    Id(DeliveryId),
    /// By the address it goes to.
    Address(EmailAddress),
}

/// Deliveries in doubt, and what settles them. Kept beside the deliveries, in the same store.
pub trait DoubtStore: Send {
    /// Returns up to `limit` deliveries in doubt, in a fixed order.
    ///
    /// # Errors
    /// When the store can't be read.
    fn doubts(&mut self, broadcast: BroadcastId, limit: usize) -> Result<Vec<Doubt>, LedgerError>;

    /// Settles, in one transaction, every delivery that is in doubt since `since_before` or longer (T10); returns how many.
    /// A delivery that was sent once more already is not sent a third time: `Resend` leaves it.
    ///
    /// # Errors
    /// When the store can't be written.
    fn settle_old_doubts(
        &mut self,
        broadcast: BroadcastId,
        event: DeliveryEvent,
        since_before: DateTime<Utc>,
        note: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError>;

    /// Returns deliveries that the relay confirmed, those recorded nearest to `around`: up to `each` before and `each` after.
    ///
    /// # Errors
    /// When the store can't be read.
    fn confirmed_around(
        &mut self,
        broadcast: BroadcastId,
        around: DateTime<Utc>,
        each: usize,
    ) -> Result<Vec<Confirmed>, LedgerError>;

    /// Returns which of these Message-IDs belong to deliveries that stand in `state`, in a fixed order.
    ///
    /// # Errors
    /// When the store can't be read.
    fn with_message_ids(
        &mut self,
        broadcast: BroadcastId,
        state: DeliveryState,
        message_ids: &[String],
    ) -> Result<Vec<DeliveryReport>, LedgerError>;

    /// Finds a delivery of a broadcast by number or address.
    ///
    /// # Errors
    /// When the store can't be read.
    fn find(&mut self, broadcast: BroadcastId, named: &Named) -> Result<Option<DeliveryReport>, LedgerError>;

    /// Returns everything that happened to a delivery, oldest first.
    ///
    /// # Errors
    /// When the store can't be read.
    fn history(&mut self, delivery: DeliveryId) -> Result<Vec<HistoryEntry>, LedgerError>;
}
