//! Where a shared ledger is, and the password that goes with it.

use crate::{
    cli::settings,
    domain::{problem::Problem, settings::WorkspaceSettings},
    ledger::postgres::PostgresAddress,
    workspace::Workspace,
};
use std::path::Path;

/// What its password is called when it is missing.
const WHAT: &str = "the password of the ledger";

/// Returns whether the ledger of a workspace is a database.
pub(crate) fn is_meant(workspace: &Workspace) -> bool {
    PostgresAddress::is_meant(&workspace.settings.ledger)
}

/// Returns the address of a shared ledger with its password: the one that masthead.yaml points to, else that of
/// `PGPASSWORD`, else that of a file of passwords. Servers that want none get none.
///
/// # Errors
/// When the address can't be read, or the password isn't where it should be.
pub(crate) fn address(root: &Path, workspace: &WorkspaceSettings) -> Result<PostgresAddress, Problem> {
    let address = PostgresAddress::parse(&workspace.ledger).map_err(|why| {
        Problem::error("ledger/unusable", format!("the address of the ledger can't be read: {why}"))
            .help("write `ledger: postgres://user@db.example.org/news` in masthead.yaml")
    })?;
    let password = match &workspace.ledger_password {
        Some(source) => Some(settings::secret(root, source, WHAT)?),
        None => match settings::postgres_password() {
            Some(password) => Some(password),
            None => in_file(root, &address)?,
        },
    };
    Ok(match password {
        Some(password) => address.with_password(&password),
        None => address,
    })
}

/// Looks into the file of passwords that the address names, or the usual one.
fn in_file(root: &Path, address: &PostgresAddress) -> Result<Option<String>, Problem> {
    let lines = match address.passfile() {
        Some(named) => Some(settings::secret_lines(root, named, WHAT)?),
        None => settings::usual_passfile().and_then(|path| settings::secret_lines(root, &path, WHAT).ok()),
    };
    Ok(lines.and_then(|lines| address.password_in(&lines)))
}
