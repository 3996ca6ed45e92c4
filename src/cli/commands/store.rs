//! Opens the ledger that a workspace names, and turns its troubles into words.

pub(crate) mod shared;

use crate::{
    cli::{Desk, Failure, settings},
    delivery::ports::LedgerError,
    domain::{broadcast::Broadcast, issue::IssueId, problem::Place},
    ledger::{
        error::problem_of,
        journal::{self, Folder},
        open::OpenLedger,
        postgres::{Diary, PostgresLedger},
        sqlite::SqliteLedger,
    },
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

/// Returns where the send journals of a workspace lie.
pub(crate) fn journals(workspace: &Workspace) -> Folder {
    Folder::beside(&path(workspace))
}

/// Returns where this machine remembers what it sent through a shared ledger.
pub(crate) fn diary(workspace: &Workspace) -> Diary {
    Diary::in_folder(&workspace.root.join("masthead.runs"))
}

/// Opens the ledger, making it when it is missing, and takes over what killed sends left in their journals.
///
/// # Errors
/// When it can't be opened or isn't a ledger.
pub(crate) fn open(workspace: &Workspace) -> Result<OpenLedger, Failure> {
    if shared::is_meant(workspace) {
        return open_shared(workspace).map(OpenLedger::from);
    }
    let mut ledger = open_file(workspace)?;
    asked(journal::take_over_dead(&mut ledger, &journals(workspace)))?;
    Ok(ledger.into())
}

/// Opens the ledger to send from it: a file that was put back, copied or moved is refused before anything is sealed.
///
/// # Errors
/// When it can't be opened, isn't a ledger, or not the one that was last sent from.
pub(crate) fn open_to_send(workspace: &Workspace) -> Result<OpenLedger, Failure> {
    let mut ledger = open(workspace)?;
    match &mut ledger {
        OpenLedger::File(ledger) => asked(journal::check(&mut **ledger, &journals(workspace)))?,
        OpenLedger::Shared(ledger) => asked(ledger.check_against(&diary(workspace)))?,
    }
    Ok(ledger)
}

/// Opens a ledger that is a database, whatever this machine remembers of it.
///
/// # Errors
/// When it can't be opened or isn't a ledger.
pub(crate) fn open_shared(workspace: &Workspace) -> Result<PostgresLedger, Failure> {
    let address = shared::address(&workspace.root, &workspace.settings)?;
    asked(PostgresLedger::open(&address))
}

/// Opens a ledger that is a file, whatever journals know beside it.
///
/// # Errors
/// When it can't be opened or isn't a ledger.
pub(crate) fn open_file(workspace: &Workspace) -> Result<SqliteLedger, Failure> {
    let shown = workspace.settings.ledger.clone();
    SqliteLedger::open(&path(workspace)).map_err(|error| {
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
