//! A ledger of either kind, as a workspace names it: a file, or a database that machines share.

use crate::{
    delivery::ports::{DoubtStore, Ledger, LedgerError, SubscriberStore},
    domain::{address::EmailAddress, broadcast::BroadcastSummary, subscriber::Subscriber},
    ledger::{
        postgres::{PostgresLedger, PostgresPeek},
        sqlite::{LedgerPeek, SqliteLedger},
    },
};
use std::ops::{Deref, DerefMut};

/// All that commands ask of a ledger.
pub trait Store: Ledger + SubscriberStore + DoubtStore {}

impl<T: Ledger + SubscriberStore + DoubtStore> Store for T {}

/// A ledger that is open.
pub enum OpenLedger {
    /// A file of this machine.
    File(Box<SqliteLedger>),
    /// A database that other machines use too.
    Shared(Box<PostgresLedger>),
}

impl From<SqliteLedger> for OpenLedger {
    fn from(ledger: SqliteLedger) -> Self {
        Self::File(Box::new(ledger))
    }
}

impl From<PostgresLedger> for OpenLedger {
    fn from(ledger: PostgresLedger) -> Self {
        Self::Shared(Box::new(ledger))
    }
}

impl Deref for OpenLedger {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::File(ledger) => &**ledger,
            Self::Shared(ledger) => &**ledger,
        }
    }
}

impl DerefMut for OpenLedger {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::File(ledger) => &mut **ledger,
            Self::Shared(ledger) => &mut **ledger,
        }
    }
}

/// A look into a ledger of either kind, for pages: changes nothing.
pub enum OpenPeek {
    /// Into a file.
    File(Box<LedgerPeek>),
    /// Into a database.
    Shared(Box<PostgresPeek>),
}

impl OpenPeek {
    /// Returns all broadcasts, the newest first, without their content.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn summaries(&mut self) -> Result<Vec<BroadcastSummary>, LedgerError> {
        match self {
            Self::File(peek) => peek.summaries(),
            Self::Shared(peek) => peek.summaries(),
        }
    }

    /// Returns the subscriber of an address.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn subscriber(
        &mut self,
        newsletter: &str,
        address: &EmailAddress,
    ) -> Result<Option<Subscriber>, LedgerError> {
        match self {
            Self::File(peek) => peek.subscriber(newsletter, address),
            Self::Shared(peek) => peek.subscriber(newsletter, address),
        }
    }

    /// Returns up to `limit` readers whom an issue of the newsletter would be sent to, in the order of their
    /// addresses and after `after`.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn readers_after(
        &mut self,
        newsletter: &str,
        after: Option<&EmailAddress>,
        limit: usize,
    ) -> Result<Vec<Subscriber>, LedgerError> {
        match self {
            Self::File(peek) => peek.readers_after(newsletter, after, limit),
            Self::Shared(peek) => peek.readers_after(newsletter, after, limit),
        }
    }

    /// Returns up to `limit` readers whose name or address holds `words`, whatever the letter case, and how many
    /// active ones there are on the list.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn search(
        &mut self,
        newsletter: &str,
        words: &str,
        limit: usize,
    ) -> Result<(Vec<Subscriber>, u64), LedgerError> {
        match self {
            Self::File(peek) => peek.search(newsletter, words, limit),
            Self::Shared(peek) => peek.search(newsletter, words, limit),
        }
    }

    /// Returns how many active subscribers the list has.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn count(&mut self) -> Result<u64, LedgerError> {
        match self {
            Self::File(peek) => peek.count(),
            Self::Shared(peek) => peek.count(),
        }
    }

    /// Returns a number that changes when the list does.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn list_stamp(&mut self) -> Result<u64, LedgerError> {
        match self {
            Self::File(peek) => peek.list_stamp(),
            Self::Shared(peek) => peek.list_stamp(),
        }
    }
}
