//! Where the recipients of a send come from: a CSV file, or the list in the ledger.

use crate::{
    cli::{Failure, commands::store},
    content::subscribers_csv::SubscriberReader,
    delivery::plan::{ListRow, PlanError},
    domain::problem::{Place, Problem},
    workspace::Workspace,
};
use std::{fs::File, io::Read, path::PathBuf};

/// A list of recipients.
pub(crate) enum List {
    /// The rows of a file.
    Csv(PathBuf),
    /// Text that is already in memory, under the name it goes by.
    Text(String, String),
    /// The subscribers in the ledger.
    Store,
}

impl List {
    /// Returns what the plan calls it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Csv(path) => path.display().to_string(),
            Self::Text(name, _) => name.clone(),
            Self::Store => "the list in the ledger".into(),
        }
    }

    /// Hands every row to `each`, good or bad, in order.
    ///
    /// # Errors
    /// When the list can't be read, or `each` says stop.
    pub(crate) fn for_each(
        &self,
        workspace: &Workspace,
        each: &mut dyn FnMut(ListRow) -> Result<(), PlanError>,
    ) -> Result<(), Failure> {
        match self {
            Self::Csv(path) => rows(workspace, open(path)?, &self.name(), each),
            Self::Text(name, text) => rows(workspace, text.as_bytes(), name, each),
            Self::Store => stored(workspace, each),
        }
    }
}

/// Opens a list for reading.
///
/// # Errors
/// When it isn't there or can't be read.
pub(crate) fn open(path: &PathBuf) -> Result<File, Failure> {
    File::open(path).map_err(|error| {
        let problem = Problem::error("cli/not-readable", format!("the list can't be read: {error}"));
        Failure::could_not_look(
            problem.at(Place::file(path.display().to_string())).help("check path and rights"),
        )
    })
}

fn rows(
    workspace: &Workspace,
    source: impl Read,
    name: &str,
    each: &mut dyn FnMut(ListRow) -> Result<(), PlanError>,
) -> Result<(), Failure> {
    for row in SubscriberReader::new(source, name, &workspace.settings.columns)? {
        let row = match row {
            Ok(row) => ListRow::Reader { row: u64::from(row.line), subscriber: row.subscriber },
            Err(problem) => ListRow::Unusable {
                row: problem.place.as_ref().map_or(0, |place| u64::from(place.line)),
                reason: problem.message,
            },
        };
        each(row).map_err(failed)?;
    }
    Ok(())
}

/// Reads with a connection of its own, because the plan writes through another at the same time.
fn stored(
    workspace: &Workspace,
    each: &mut dyn FnMut(ListRow) -> Result<(), PlanError>,
) -> Result<(), Failure> {
    let mut store = store::open(workspace)?;
    let (mut row, mut failure) = (0, None);
    store::asked(store.for_each_subscriber(&mut |subscriber| {
        row += 1;
        match each(ListRow::Reader { row, subscriber }) {
            Ok(()) => true,
            Err(error) => {
                failure = Some(error);
                false
            }
        }
    }))?;
    failure.map_or(Ok(()), |error| Err(failed(error)))
}

/// Says why there is no plan.
pub(crate) fn failed(error: PlanError) -> Failure {
    match error {
        PlanError::Refused(problems) => problems.into(),
        PlanError::Ledger(error) => store::refused(&error),
    }
}
