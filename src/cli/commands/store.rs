//! Opens the ledger that a workspace names, and turns its troubles into words.

pub(crate) mod shared;

use crate::{
    cli::{Desk, Failure, settings},
    delivery::ports::LedgerError,
    domain::{broadcast::Broadcast, issue::IssueId, problem::Place},
    ledger::{error::problem_of, open::OpenLedger, postgres::PostgresLedger, sqlite::SqliteLedger},
    workspace::Workspace,
};
use std::path::PathBuf;

/// Returns where the ledger of a workspace lies, when it is a file.
pub(crate) fn path(workspace: &Workspace) -> PathBuf {
    workspace.root.join(&workspace.settings.ledger)
}

/// Returns whether there is a ledger yet, for commands that only look. A database answers for itself.
pub(crate) fn exists(workspace: &Workspace) -> bool {
    shared::is_meant(workspace) || path(workspace).exists()
}

/// Opens the ledger, making it when it is missing.
///
/// # Errors
/// When it can't be opened or isn't a ledger.
pub(crate) fn open(workspace: &Workspace) -> Result<OpenLedger, Failure> {
    if shared::is_meant(workspace) {
        let address = shared::address(&workspace.root, &workspace.settings)?;
        return asked(PostgresLedger::open(address).map(OpenLedger::from));
    }
    let shown = workspace.settings.ledger.clone();
    SqliteLedger::open(&path(workspace)).map(OpenLedger::from).map_err(|error| {
        let mut failure = refused(&error);
        for problem in &mut failure.problems.0 {
            problem.place.get_or_insert(Place::file(shown.clone()));
        }
        failure
    })
}

/// Settles which issue is meant, and finds its newest sealed sending.
///
/// # Errors
/// When there is no such issue, neither in the files nor in the ledger.
pub(crate) fn issue(
    desk: &Desk,
    ledger: &mut OpenLedger,
    named: &str,
) -> Result<(IssueId, Option<Broadcast>), Failure> {
    let resolved = settings::workspace(desk).and_then(|workspace| Ok(workspace.resolve_issue(named)?));
    match resolved {
        Ok(issue) => {
            let found = asked(ledger.broadcast(&issue))?;
            Ok((issue, found))
        }
        Err(failure) => {
            let found = sealed_as(ledger, named)?.ok_or(failure)?;
            Ok((found.content.issue.clone(), Some(found)))
        }
    }
}

/// Finds a sealed sending by the full name of its issue: what was sealed needs its files no more.
///
/// # Errors
/// When the ledger could not look.
pub(crate) fn sealed_as(ledger: &mut OpenLedger, named: &str) -> Result<Option<Broadcast>, Failure> {
    let Some((newsletter, issue)) = named.trim().split_once('/') else { return Ok(None) };
    asked(ledger.broadcast(&IssueId { newsletter: newsletter.to_owned(), issue: issue.to_owned() }))
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
