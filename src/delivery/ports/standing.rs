//! What all runs on one ledger share about the world outside: pauses, quotas, mailboxes that are gone.

use crate::{
    delivery::ports::LedgerError,
    domain::{address::EmailAddress, settings::Rate},
};
use chrono::{DateTime, Utc};

/// Something is left alone until a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What rests: a provider ([`ProviderId::key`](crate::delivery::providers::ProviderId::key)), a relay by its name, a
    /// broadcast that a breaker holds.
    pub key: String,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Why, in the words of the server or of a breaker.
    pub cause: String,
}

/// What a quota had left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spending {
    /// Messages that may leave now, at most as many as were wanted. They are spent.
    pub granted: u32,
    /// When the quota has room again; now or earlier while it has some.
    pub again_at: DateTime<Utc>,
}

/// A mailbox that a server has clearly said does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Whose.
    pub address: EmailAddress,
    /// The server's words.
    pub evidence: String,
}

/// The part of a ledger that outlives a run and belongs to no delivery.
///
/// Like all of the ledger: each call is one durable transaction, and all processes see the same.
pub trait Standing {
    /// Leaves `key` alone until a moment; returns until when it now rests. A pause is never made shorter.
    ///
    /// While a provider rests, [`Ledger::claim`](crate::delivery::ports::Ledger::claim) claims nothing for its
    /// mailboxes: what is due of them becomes due when the pause ends.
    ///
    /// # Errors
    /// When the store can't be written.
    fn pause(
        &mut self,
        key: &str,
        until: DateTime<Utc>,
        cause: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError>;

    /// Ends a pause; deliveries that waited for its end are due now. Returns whether there was one.
    ///
    /// # Errors
    /// When the store can't be written.
    fn lift_pause(&mut self, key: &str, now: DateTime<Utc>) -> Result<bool, LedgerError>;

    /// Returns the pauses that are not over, in the order of their keys.
    ///
    /// # Errors
    /// When the store can't be read.
    fn pauses(&mut self, now: DateTime<Utc>) -> Result<Vec<Pause>, LedgerError>;

    /// Spends up to `wanted` messages of a quota that is counted over its time up to now, whatever process spent it.
    ///
    /// The time is counted in twenty-fourths (hours of a day), so a quota may be free again up to that much later
    /// than to the second.
    ///
    /// # Errors
    /// When the store can't be written.
    fn spend(
        &mut self,
        key: &str,
        wanted: u32,
        quota: Rate,
        now: DateTime<Utc>,
    ) -> Result<Spending, LedgerError>;

    /// Suppresses mailboxes that are gone, for every newsletter; returns how many of them are new.
    ///
    /// # Errors
    /// When the store can't be written.
    fn suppress_gone(&mut self, gone: &[Gone], now: DateTime<Utc>) -> Result<u64, LedgerError>;
}
