//! Where a trial keeps its ledger. A further kind of ledger is a line in [`Place::named`].

use crate::{
    cli::letter,
    support::{Project, store::Handle},
};
use masthead::ledger::sqlite::SqliteLedger;
use rusqlite::Connection;
use std::time::Duration;

/// A workspace and its ledger.
pub(super) struct Place {
    pub(super) project: Project,
}

impl Place {
    pub(super) fn sqlite(readers: usize) -> Self {
        Self { project: letter(readers) }
    }

    /// The kind that `scripts/soak` was told.
    pub(super) fn named(kind: Option<&str>, readers: usize) -> Self {
        match kind {
            None | Some("sqlite") => Self::sqlite(readers),
            Some(other) => panic!("no trial has a ledger called {other}"),
        }
    }

    pub(super) fn ledger(&self) -> Box<dyn Handle> {
        Box::new(SqliteLedger::open(&self.project.root().join("masthead.db")).unwrap())
    }

    /// Makes every lease ten minutes older, as if time had passed for everybody but a frozen process. Returns false when
    /// that process froze with the ledger in its hands: nobody else can write then.
    pub(super) fn leases_run_out(&self) -> bool {
        let Ok(ledger) = Connection::open(self.project.root().join("masthead.db")) else { return false };
        ledger.busy_timeout(Duration::from_millis(50)).unwrap();
        let ten_minutes_in_microseconds = 600_000_000_i64;
        ledger
            .execute("UPDATE delivery SET lease_until = lease_until - ?1", [ten_minutes_in_microseconds])
            .is_ok()
    }
}
