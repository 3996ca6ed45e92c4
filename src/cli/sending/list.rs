//! Where the recipients of a send come from: a CSV file, or the list in the ledger.

use crate::{
    cli::{Failure, commands::store},
    content::subscribers_csv::SubscriberReader,
    delivery::plan::{ListRow, PlanError},
    domain::problem::{Place, Problem, Problems},
    workspace::Workspace,
};
use std::{fs::File, io::Read, path::PathBuf, sync::mpsc};

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

    /// Does what [`List::for_each`] does, while a thread of its own reads the rows that follow.
    ///
    /// # Errors
    /// When the list can't be read, or `each` says stop.
    pub(crate) fn for_each_ahead(
        &self,
        workspace: &Workspace,
        each: &mut dyn FnMut(ListRow) -> Result<(), PlanError>,
    ) -> Result<(), Failure> {
        std::thread::scope(|scope| {
            let (sender, handfuls) = mpsc::sync_channel(READ_AHEAD);
            let reading = scope.spawn(move || {
                let mut handful = Vec::with_capacity(ROWS_AT_ONCE);
                // Nobody listens any more: whoever stopped knows why.
                let stopped = || PlanError::Refused(Problems::default());
                self.for_each(workspace, &mut |row| {
                    handful.push(row);
                    if handful.len() < ROWS_AT_ONCE {
                        return Ok(());
                    }
                    let full = std::mem::replace(&mut handful, Vec::with_capacity(ROWS_AT_ONCE));
                    sender.send(full).map_err(|_| stopped())
                })?;
                sender.send(handful).map_err(|_| failed(stopped()))
            });
            // Dropped at the first error, so that the reader stops too.
            handfuls.into_iter().flatten().try_for_each(each).map_err(failed)?;
            reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
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

/// Rows that are handed over at once.
const ROWS_AT_ONCE: usize = 256;

/// Such handfuls that are read ahead.
const READ_AHEAD: usize = 4;

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
