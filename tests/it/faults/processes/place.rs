//! Where a trial keeps its ledger. A further kind of ledger is a line in [`Place::named`].

use crate::{
    cli::letter,
    support::{
        Project,
        postgres::{Cluster, Database},
        store::Handle,
    },
};
use masthead::ledger::sqlite::SqliteLedger;
use rusqlite::Connection;
use std::time::Duration;

/// A workspace and its ledger.
pub(super) struct Place {
    pub(super) project: Project,
    /// Where the ledger is, when it is no file of the workspace.
    database: Option<Database>,
}

impl Place {
    pub(super) fn sqlite(readers: usize) -> Self {
        Self { project: letter(readers), database: None }
    }

    /// A server of its own: the one that tests share ends when no test begins for a while.
    pub(super) fn postgres(readers: usize) -> Self {
        let (project, database) = (letter(readers), Database::on(Cluster::own()));
        project.edit("masthead.yaml", "sqlite:masthead.db", &format!("\"{}\"", database.url()));
        Self { project, database: Some(database) }
    }

    /// The kind that `scripts/soak` was told.
    pub(super) fn named(kind: Option<&str>, readers: usize) -> Self {
        match kind {
            None | Some("sqlite") => Self::sqlite(readers),
            Some("postgres") => Self::postgres(readers),
            Some(other) => panic!("no trial has a ledger called {other}"),
        }
    }

    pub(super) fn ledger(&self) -> Box<dyn Handle> {
        match &self.database {
            Some(database) => Box::new(database.open()),
            None => Box::new(SqliteLedger::open(&self.project.root().join("masthead.db")).unwrap()),
        }
    }

    /// Makes every lease ten minutes older, as if time had passed for everybody but a frozen process. Returns false when
    /// that process froze with the ledger in its hands: nobody else can write then.
    pub(super) fn leases_run_out(&self) -> bool {
        const UPDATE: &str = "UPDATE delivery SET lease_until = lease_until - 600000000";
        if let Some(database) = &self.database {
            return database.try_ask(&format!("SET lock_timeout = '50ms'; {UPDATE}")).is_ok();
        }
        let Ok(ledger) = Connection::open(self.project.root().join("masthead.db")) else { return false };
        ledger.busy_timeout(Duration::from_millis(50)).unwrap();
        ledger.execute(UPDATE, []).is_ok()
    }
}
