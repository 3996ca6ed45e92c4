//! A store that outlives the handles on it: in memory, a file, or a database.

use crate::support::postgres::Database;
use masthead::{
    delivery::ports::{Ledger, SubscriberStore},
    ledger::{memory::MemoryLedger, sqlite::SqliteLedger},
};
use tempfile::TempDir;

/// What every ledger is: both ports over one store.
pub(crate) trait Handle: Ledger + SubscriberStore {}

impl<T: Ledger + SubscriberStore> Handle for T {}

pub(crate) enum Store {
    Memory(Box<MemoryLedger>),
    File(TempDir),
    Shared(Database),
}

impl Store {
    pub(crate) fn memory() -> Self {
        Self::Memory(Box::default())
    }

    pub(crate) fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    pub(crate) fn shared() -> Self {
        Self::Shared(Database::fresh())
    }

    /// Returns a handle, as another process would have it.
    pub(crate) fn connect(&self) -> Box<dyn Handle> {
        match self {
            Self::Memory(ledger) => Box::new(ledger.connect()),
            Self::File(folder) => Box::new(SqliteLedger::open(&folder.path().join("masthead.db")).unwrap()),
            Self::Shared(database) => Box::new(database.open()),
        }
    }
}
