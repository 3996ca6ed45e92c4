//! The memory ledger: the ports in the plainest words, as the reference for all others and for tests.
//!
//! Durable means here: visible to every other handle of the same store, also after this one is dropped.

mod deliveries;
mod row;
mod standing;
mod store;
mod subscribers;

use crate::{
    delivery::ports::{ImportTally, LedgerError, LedgerKeys},
    domain::subscriber::Subscriber,
    ledger::{
        error::{StoreError, StoreErrorKind},
        identity::{Identity, Mark, fresh_keys},
        memory::store::Store,
    },
};
use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One handle on a store in memory. [`MemoryLedger::connect`] gives another one, as a second process would have.
pub struct MemoryLedger {
    store: Arc<Mutex<Store>>,
    identity: Arc<Identity>,
    staging: Option<Staging>,
    import: Option<Import>,
}

/// Recipients on their way into a broadcast; belongs to one handle and dies with it.
#[derive(Default)]
struct Staging {
    newsletter: String,
    marks: HashSet<Mark>,
    recipients: Vec<(Mark, usize, Subscriber)>,
}

/// Rows on their way into the list; belongs to one handle and dies with it.
#[derive(Default)]
struct Import {
    rows: BTreeMap<String, ImportRow>,
    tally: ImportTally,
}

struct ImportRow {
    subscriber: Subscriber,
    /// Place and moment of the row that says the reader left.
    left: Option<(String, i64)>,
}

impl Default for MemoryLedger {
    /// Returns an empty store with fixed secrets: for tests, where the same names must come out every time.
    fn default() -> Self {
        Self::new(LedgerKeys { ledger_id: [7; 16], secret: [42; 32] })
    }
}

impl MemoryLedger {
    /// Returns an empty store with these secrets.
    pub fn new(keys: LedgerKeys) -> Self {
        Self { store: Arc::default(), identity: Arc::new(Identity::new(keys)), staging: None, import: None }
    }

    /// Returns an empty store with secrets of its own.
    ///
    /// # Errors
    /// When the system has no random octets to give.
    pub fn fresh() -> Result<Self, LedgerError> {
        fresh_keys().map(Self::new).map_err(|kind| refused("make a ledger", kind))
    }

    /// Returns another handle on the same store, with no staging area and no import of its own.
    #[must_use]
    pub fn connect(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            identity: Arc::clone(&self.identity),
            staging: None,
            import: None,
        }
    }
}

/// Locks the store; a handle that panicked changed nothing half-way that matters to the others.
fn locked(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused(doing: &'static str, kind: StoreErrorKind) -> LedgerError {
    LedgerError { doing, cause: Box::new(StoreError { path: None, kind }) }
}
