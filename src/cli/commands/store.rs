//! Opens the ledger that a workspace names, and turns its troubles into words.

use crate::{
    cli::Failure,
    delivery::ports::LedgerError,
    domain::problem::Place,
    ledger::{error::problem_of, sqlite::SqliteLedger},
    workspace::Workspace,
};
use std::path::PathBuf;

/// Returns where the ledger of a workspace lies.
pub(crate) fn path(workspace: &Workspace) -> PathBuf {
    workspace.root.join(&workspace.settings.ledger)
}

/// Returns whether there is a ledger yet, for commands that only look.
pub(crate) fn exists(workspace: &Workspace) -> bool {
    path(workspace).exists()
}

/// Opens the ledger, making it when it is missing.
///
/// # Errors
/// When it can't be opened or isn't a ledger.
pub(crate) fn open(workspace: &Workspace) -> Result<SqliteLedger, Failure> {
    let shown = workspace.settings.ledger.clone();
    SqliteLedger::open(&path(workspace)).map_err(|error| {
        let mut failure = refused(&error);
        for problem in &mut failure.problems.0 {
            problem.place.get_or_insert(Place::file(shown.clone()));
        }
        failure
    })
}

/// Turns a ledger's answer into a command's.
///
/// # Errors
/// When the ledger could not.
pub(crate) fn asked<T>(answer: Result<T, LedgerError>) -> Result<T, Failure> {
    answer.map_err(|error| refused(&error))
}

/// Says what a ledger could not do, and why.
pub(crate) fn refused(error: &LedgerError) -> Failure {
    Failure::could_not_look(problem_of(error))
}
