//! What the machine that sends remembers of its runs on a shared ledger: one small file per run.
//!
//! The first line counts the rounds in which something was committed; the second says which ledger, run and issue it
//! is about. No address and no secret stands in it, and nothing has to be flushed: a count that a power cut takes back
//! is only a weaker witness.

use crate::{domain::issue::IssueId, ledger::rules};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// How long a run is remembered.
pub(super) const KEPT: TimeDelta = TimeDelta::days(90);

/// Digits of a count.
const DIGITS: usize = 20;

/// The ending of the names of the files.
const ENDING: &str = "run";

/// The folder in which a machine remembers what it did to shared ledgers.
#[derive(Clone, Debug)]
pub struct Diary(PathBuf);

/// What is known of a run, besides its count.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) ledger_id: [u8; 16],
    pub(super) run: [u8; 16],
    /// When it began, microseconds since 1970.
    pub(super) begun: i64,
    pub(super) issue: IssueId,
    pub(super) edition: u32,
}

/// A run that this machine remembers.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) about: About,
    pub(super) steps: i64,
}

/// A run that is being written down.
#[derive(Debug)]
pub(super) struct Page(File);

impl Page {
    /// Notes how many steps the database has taken.
    pub(super) fn note(&self, steps: i64) -> io::Result<()> {
        self.0.write_all_at(format!("{steps:0DIGITS$}").as_bytes(), 0)
    }
}

impl Diary {
    /// Returns the diary in a folder, which need not be there yet.
    pub fn in_folder(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Returns where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Begins a page.
    pub(super) fn begin(&self, about: &About) -> io::Result<Page> {
        fs::create_dir_all(&self.0)?;
        let name = format!("{:032x}", u128::from_be_bytes(about.run));
        let unseen = self.0.join(format!("{name}.new"));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unseen)?;
        let page = Page(file);
        let said = serde_json::to_string(about)?;
        page.note(0)?;
        page.0.write_all_at(format!("\n{said}\n").as_bytes(), DIGITS as u64)?;
        fs::rename(&unseen, self.0.join(format!("{name}.{ENDING}")))?;
        Ok(page)
    }

    /// Returns the runs on a ledger.
    pub(super) fn runs(&self, ledger_id: &[u8; 16]) -> io::Result<Vec<Remembered>> {
        let mut runs = Vec::new();
        for path in self.paths()? {
            runs.extend(read(&path)?.filter(|run| run.about.ledger_id == *ledger_id));
        }
        Ok(runs)
    }

    /// Forgets what was long ago.
    pub(super) fn prune(&self, now: DateTime<Utc>) -> io::Result<()> {
        for path in self.paths()? {
            let begun = read(&path)?.map(|run| rules::moment(run.about.begun));
            if begun.is_some_and(|begun| now.signed_duration_since(begun) > KEPT) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn paths(&self) -> io::Result<Vec<PathBuf>> {
        let listed = match fs::read_dir(&self.0) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut paths = listed.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == ENDING));
        paths.sort();
        Ok(paths)
    }
}

/// Reads a page; `None` when another process has just removed it, or it is none of ours.
fn read(path: &Path) -> io::Result<Option<Remembered>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut lines = text.lines();
    let steps = lines.next().and_then(|steps| steps.parse().ok());
    let about = lines.next().and_then(|about| serde_json::from_str(about).ok());
    Ok(steps.zip(about).map(|(steps, about)| Remembered { about, steps }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_remembered_for_a_while_and_by_ledger() {
        let folder = tempfile::tempdir().expect("a folder");
        let diary = Diary::in_folder(&folder.path().join("runs"));
        let issue = IssueId { newsletter: "starsom".to_owned(), issue: "2022-04".to_owned() };
        let about = |ledger: u8, run: u8| About {
            ledger_id: [ledger; 16],
            run: [run; 16],
            begun: 1_000_000,
            issue: issue.clone(),
            edition: 0,
        };
        assert!(diary.runs(&[1; 16]).expect("read").is_empty());
        let page = diary.begin(&about(1, 7)).expect("begun");
        page.note(5).expect("noted");
        page.note(i64::MAX).expect("noted");
        page.note(12).expect("noted");
        diary.begin(&about(2, 8)).expect("begun");
        let runs = diary.runs(&[1; 16]).expect("read");
        assert_eq!((runs.len(), runs[0].steps, runs[0].about.run), (1, 12, [7; 16]));
        diary.prune(rules::moment(1_000_000)).expect("pruned");
        assert_eq!(diary.runs(&[2; 16]).expect("read").len(), 1);
        diary.prune(rules::moment(1_000_000) + KEPT + TimeDelta::seconds(1)).expect("pruned");
        assert!(diary.runs(&[1; 16]).expect("read").is_empty());
    }
}
