//! A store that outlives the handles on it: in memory, or a file.

use masthead::{
    delivery::ports::{Ledger, SubscriberStore},
    ledger::{
        journal::{Folder, Journaled, Mode},
        memory::MemoryLedger,
        sqlite::SqliteLedger,
    },
};
use tempfile::TempDir;

/// What every ledger is: both ports over one store.
pub(crate) trait Handle: Ledger + SubscriberStore {}

impl<T: Ledger + SubscriberStore> Handle for T {}

pub(crate) enum Store {
    Memory(Box<MemoryLedger>),
    File(TempDir),
    Journal(TempDir),
}

impl Store {
    pub(crate) fn memory() -> Self {
        Self::Memory(Box::default())
    }

    pub(crate) fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// A file with a send journal before it.
    pub(crate) fn journal() -> Self {
        Self::Journal(tempfile::tempdir().unwrap())
    }

    /// Returns a handle, as another process would have it.
    pub(crate) fn connect(&self) -> Box<dyn Handle> {
        match self {
            Self::Memory(ledger) => Box::new(ledger.connect()),
            Self::File(folder) => Box::new(SqliteLedger::open(&folder.path().join("masthead.db")).unwrap()),
            Self::Journal(folder) => {
                let path = folder.path().join("masthead.db");
                let file = SqliteLedger::open(&path).unwrap();
                Box::new(Journaled::begin(file, Folder::beside(&path), Mode::Ahead).unwrap())
            }
        }
    }
}
