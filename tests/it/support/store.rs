//! A store that outlives the handles on it: in memory, a file, or a database. A further kind is a variant here and,
//! when it needs no server, a line in [`for_every_local_store`].

use crate::support::postgres::Database;
use masthead::{
    delivery::ports::{Ledger, SubscriberStore},
    ledger::{
        journal::{Folder, Journaled},
        memory::MemoryLedger,
        postgres::PostgresLedger,
        sqlite::SqliteLedger,
    },
};
use std::sync::Mutex;
use tempfile::TempDir;

/// What every ledger is: both ports over one store.
pub(crate) trait Handle: Ledger + SubscriberStore {}

impl<T: Ledger + SubscriberStore> Handle for T {}

pub(crate) enum Store {
    Memory(Box<MemoryLedger>),
    File(TempDir),
    Journal(TempDir),
    Shared {
        database: Database,
        /// The connection of whoever keeps the accounts: a new one for each look costs the server a process.
        accounts: Box<Mutex<Option<PostgresLedger>>>,
    },
}

impl Store {
    pub(crate) fn memory() -> Self {
        Self::Memory(Box::default())
    }

    /// A file in memory, where there is such a thing: these tests play power cuts, and need no disk that survives one.
    pub(crate) fn file() -> Self {
        let in_memory = tempfile::tempdir_in("/dev/shm");
        Self::File(in_memory.or_else(|_| tempfile::tempdir()).unwrap())
    }

    /// A file with a send journal before it.
    pub(crate) fn journal() -> Self {
        let in_memory = tempfile::tempdir_in("/dev/shm");
        Self::Journal(in_memory.or_else(|_| tempfile::tempdir()).unwrap())
    }

    pub(crate) fn shared() -> Self {
        Self::Shared { database: Database::fresh(), accounts: Box::default() }
    }

    /// Returns a handle, as another process would have it.
    pub(crate) fn connect(&self) -> Box<dyn Handle> {
        match self {
            Self::Memory(ledger) => Box::new(ledger.connect()),
            Self::File(folder) => Box::new(SqliteLedger::open(&folder.path().join("masthead.db")).unwrap()),
            Self::Journal(folder) => {
                let path = folder.path().join("masthead.db");
                let file = SqliteLedger::open(&path).unwrap();
                Box::new(Journaled::begin(file, Folder::beside(&path)).unwrap())
            }
            Self::Shared { database, .. } => Box::new(database.open()),
        }
    }

    /// Looks at the accounts, or sees to them, from outside of all runs.
    pub(crate) fn look<T>(&self, looking: impl FnOnce(&mut dyn Handle) -> T) -> T {
        match self {
            Self::Shared { database, accounts } => {
                looking(accounts.lock().unwrap().get_or_insert_with(|| database.open()))
            }
            _ => looking(&mut *self.connect()),
        }
    }
}

/// Makes a test of each named asynchronous function for every kind of store that needs no server, on a clock that
/// stands still while anybody works.
macro_rules! for_every_local_store {
    ($($test:ident)*) => {
        for_every_local_store! { @store memory, memory, $($test)* }
        for_every_local_store! { @store sqlite, file, $($test)* }
        for_every_local_store! { @store journaled, journal, $($test)* }
    };
    (@store $module:ident, $store:ident, $($test:ident)*) => {
        mod $module {
            $(#[tokio::test(start_paused = true)]
            async fn $test() {
                super::$test(stringify!($module), crate::support::store::Store::$store).await;
            })*
        }
    };
}
pub(crate) use for_every_local_store;
