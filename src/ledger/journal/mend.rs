//! What journals are good for when their runs are over: taking over, noticing, mending.

use crate::{
    delivery::ports::{Applied, Base, LedgerError, Owner, RunId},
    ledger::{
        error::{StoreError, StoreErrorKind},
        journal::{
            folder::{Entry, Folder},
            reader::{self, Survey},
        },
    },
};
use std::collections::BTreeMap;

/// What mending came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Journals from which something was taken over.
    pub journals: u64,
    /// What it changed.
    pub applied: Applied,
}

/// What stands between two errors of a walk through a journal.
enum Broken {
    Journal(std::io::Error),
    Store(LedgerError),
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        Self::Journal(error)
    }
}

/// Takes over what dead runs left in their journals: a commit without a verdict is in doubt. Does nothing to a
/// store that was put back to an earlier state: that is for a person to know.
///
/// # Errors
/// When a journal can't be read, or the store can't be written.
pub fn take_over_dead<L: Base>(base: &mut L, folder: &Folder) -> Result<Applied, LedgerError> {
    let mut sum = Applied::default();
    if !folder.has_open_ones().map_err(|error| failed(folder, StoreErrorKind::of_journal(error)))? {
        return Ok(sum);
    }
    let entries = entries(base, folder, false)?;
    let known = base.taken_over()?;
    if entries.iter().any(|entry| is_behind(&known, entry)) {
        return Ok(sum);
    }
    for entry in entries.iter().filter(|entry| entry.is_free) {
        sum += take_over(base, folder, entry, &known)?;
    }
    Ok(sum)
}

/// Checks that the store is the one that the journals were written for, in its newest state and in its place. A store
/// that nobody has sent from yet is taken as it is, unless the journals say that another one was sent from here: what was
/// copied without its write-ahead log is as good as new, and would send everything again.
///
/// # Errors
/// When it was put back, copied or moved; help says how that is mended.
pub fn check<L: Base>(base: &mut L, folder: &Folder) -> Result<(), LedgerError> {
    // First the journals: meanwhile a store only ever learns more of them.
    let entries = entries(base, folder, true)?;
    let known = base.taken_over()?;
    if entries.iter().any(|entry| is_behind(&known, entry)) {
        return Err(failed(folder, StoreErrorKind::RolledBack));
    }
    let mark = folder.mark().map_err(|kind| failed(folder, kind))?;
    match base.writer()? {
        Some(writer) if writer != mark => Err(failed(folder, StoreErrorKind::Moved)),
        Some(_) => Ok(()),
        None => {
            let ledger_id = base.keys()?.ledger_id;
            match folder.has_foreign_ones(&ledger_id) {
                Ok(false) => base.set_writer(&mark),
                Ok(true) => Err(failed(folder, StoreErrorKind::Replaced)),
                Err(error) => Err(failed(folder, StoreErrorKind::of_journal(error))),
            }
        }
    }
}

/// Brings a store that was put back to an earlier state up to date from the journals, and makes this its place to be
/// sent from. What the journals know of issues that the store does not know is kept until they are sealed again.
///
/// # Errors
/// When somebody is sending from it, a journal can't be read, or the store can't be written.
pub fn mend<L: Base>(base: &mut L, folder: &Folder) -> Result<Mended, LedgerError> {
    let entries = entries(base, folder, true)?;
    if entries.iter().any(|entry| !entry.is_free) {
        return Err(failed(folder, StoreErrorKind::InUse));
    }
    let known = base.taken_over()?;
    let mut mended = Mended::default();
    for entry in entries.iter().filter(|entry| !entry.is_done || is_behind(&known, entry)) {
        mended.applied += take_over(base, folder, entry, &known)?;
        mended.journals += 1;
    }
    let mark = folder.mark().map_err(|kind| failed(folder, kind))?;
    base.set_writer(&mark)?;
    Ok(mended)
}

fn entries<L: Base>(base: &mut L, folder: &Folder, all: bool) -> Result<Vec<Entry>, LedgerError> {
    let ledger_id = base.keys()?.ledger_id;
    folder.entries(&ledger_id, all).map_err(|error| failed(folder, StoreErrorKind::of_journal(error)))
}

/// Returns whether the store lacks what it had when the journal was written.
fn is_behind(known: &BTreeMap<RunId, u64>, entry: &Entry) -> bool {
    known.get(&entry.survey.header.run).is_none_or(|known| *known < entry.survey.checkpoint)
}

/// Takes over the rest of a journal whose owner is gone, and puts it away.
fn take_over<L: Base>(
    base: &mut L,
    folder: &Folder,
    entry: &Entry,
    known: &BTreeMap<RunId, u64>,
) -> Result<Applied, LedgerError> {
    let run = entry.survey.header.run;
    let from = known.get(&run).copied().unwrap_or_default();
    let mut sum = Applied::default();
    let told = reader::tell_all(&entry.file, run, |facts, is_last| {
        // Only with the last piece is the whole journal in the store: what is told twice has its effect once.
        let upto = if is_last { entry.survey.end } else { from };
        sum += base.take_over(run, facts, upto, Owner::IsGone).map_err(Broken::Store)?;
        Ok(())
    });
    told.map_err(|error| match error {
        Broken::Journal(error) => failed(folder, StoreErrorKind::of_journal(error)),
        Broken::Store(error) => error,
    })?;
    if !entry.is_done {
        let Survey { header, end, .. } = &entry.survey;
        folder
            .put_away(&entry.file, header, *end)
            .map_err(|error| failed(folder, StoreErrorKind::of_journal(error)))?;
    }
    Ok(sum)
}

fn failed(folder: &Folder, kind: StoreErrorKind) -> LedgerError {
    let path = Some(folder.path().display().to_string());
    LedgerError { doing: "go by the send journals", cause: Box::new(StoreError { path, kind }) }
}
