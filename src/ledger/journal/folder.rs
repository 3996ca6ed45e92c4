//! The folder of journals beside a ledger: one file per run, locked while its owner lives.
//!
//! `RUN.run` is a journal in full. When everything in it is in the store it is kept in short as `RUN.done`: what left,
//! and to which delivery, so that a store put back to an earlier state can be told.

use crate::{
    delivery::ports::RunId,
    ledger::{
        error::StoreErrorKind,
        journal::{
            reader::{self, Survey},
            record::{HEADER, Header, Record, Said},
            tape::{Reel, Tape},
            writer::Journal,
        },
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    fmt::Write as _,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, BufWriter, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

/// How long a journal is kept after its run.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Endings of the names of journals.
const RUN: &str = "run";
const DONE: &str = "done";

/// The journals of one ledger.
#[derive(Clone)]
pub struct Folder {
    path: PathBuf,
    ledger: PathBuf,
    reel: Reel,
}

/// One journal in the folder.
pub(crate) struct Entry {
    pub(crate) file: File,
    pub(crate) survey: Survey,
    /// Nobody writes it any more; while this is so for a `.run`, we hold its lock.
    pub(crate) is_free: bool,
    pub(crate) is_done: bool,
}

impl Folder {
    /// Returns the folder beside a ledger file.
    pub fn beside(ledger: &Path) -> Self {
        let mut path = ledger.as_os_str().to_owned();
        path.push(".journal");
        let reel: Reel = Arc::new(|file| Box::new(file) as Box<dyn Tape>);
        Self { path: path.into(), ledger: ledger.to_owned(), reel }
    }

    /// Returns the same folder, its journals written on other tapes.
    #[must_use]
    pub fn on(self, reel: Reel) -> Self {
        Self { reel, ..self }
    }

    /// Returns where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a mark of the place where the ledger lies: machine, path and file. A copy elsewhere has another one.
    ///
    /// # Errors
    /// When the ledger isn't there.
    pub(crate) fn mark(&self) -> Result<String, StoreErrorKind> {
        // Not every machine has a name for itself; then the path and the file must do.
        let machine = fs::read("/etc/machine-id").unwrap_or_default();
        let path = fs::canonicalize(&self.ledger)?;
        let file = fs::metadata(&path)?.ino();
        let mut octets = machine;
        octets.extend_from_slice(path.as_os_str().as_encoded_bytes());
        octets.extend_from_slice(&file.to_le_bytes());
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &octets);
        Ok(hex(&digest.as_ref()[..16]))
    }

    /// Makes the journal of a run; it is locked before anybody can see it.
    pub(crate) fn create(&self, header: &Header) -> io::Result<Journal> {
        match DirBuilder::new().mode(0o700).create(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let name = hex(&header.run.0);
        let unseen = self.path.join(format!("{name}.new"));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&unseen)?;
        let begun = file.try_lock().map_err(io::Error::from).and_then(|()| {
            let tape = (self.reel)(file.try_clone()?);
            let journal = Journal::begin(tape, file, header)?;
            fs::rename(&unseen, self.path.join(format!("{name}.{RUN}")))?;
            self.sync()?;
            Ok(journal)
        });
        begun.inspect_err(|_| {
            // What is left of it holds nothing; a later run removes it if we can't.
            let _ = fs::remove_file(&unseen);
        })
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    /// Returns whether some run ended without putting its journal away, or runs now.
    pub(crate) fn has_open_ones(&self) -> io::Result<bool> {
        Ok(self.paths()?.iter().any(|path| ending(path) == Some(RUN)))
    }

    fn paths(&self) -> io::Result<Vec<PathBuf>> {
        let listed = match fs::read_dir(&self.path) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut paths = listed.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        paths.retain(|path| matches!(ending(path), Some(RUN | DONE)));
        paths.sort();
        Ok(paths)
    }

    /// Returns the journals of a ledger; only those in full when `all` is false.
    pub(crate) fn entries(&self, ledger_id: &[u8; 16], all: bool) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for path in self.paths()? {
            let is_done = ending(&path) == Some(DONE);
            if is_done && !all {
                continue;
            }
            if let Some(entry) = open(&path, is_done)?
                && entry.survey.header.ledger_id == *ledger_id
            {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// Returns whether a journal of another ledger is here.
    pub(crate) fn has_foreign_ones(&self, ledger_id: &[u8; 16]) -> io::Result<bool> {
        for path in self.paths()? {
            // Its owner may have put it away just now, and then it stands here under its other name.
            let Some(file) = File::open(&path).ok() else { continue };
            if reader::header(&file)?.is_some_and(|header| header.ledger_id != *ledger_id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the journals in full of all other runs on a ledger, whoever writes them.
    pub(crate) fn others(&self, ledger_id: &[u8; 16], own: Option<RunId>) -> io::Result<Vec<(RunId, File)>> {
        let mut others = Vec::new();
        for path in self.paths()?.iter().filter(|path| ending(path) == Some(RUN)) {
            let file = match File::open(path) {
                Ok(file) => file,
                // Its owner has just put it away: everything in it is in the store.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let header = reader::header(&file)?.filter(|header| header.ledger_id == *ledger_id);
            others.extend(header.filter(|header| Some(header.run) != own).map(|header| (header.run, file)));
        }
        Ok(others)
    }

    /// Puts a journal away in short; everything in it is in the store, which knows that it has it up to `upto`.
    pub(crate) fn put_away(&self, file: &File, header: &Header, upto: u64) -> io::Result<()> {
        let name = hex(&header.run.0);
        let unseen = self.path.join(format!("{name}.short"));
        let short = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unseen)?;
        let mut out = BufWriter::new(short);
        out.write_all(&header.encode())?;
        let mut writer = Short { run: header.run, place: HEADER, octets: Vec::new() };
        writer.put(&mut out, &Record::checkpoint(upto))?;
        reader::tell_all::<io::Error>(file, header.run, |facts, _| {
            for fact in facts {
                let (delivery, fence, attempt) = (fact.delivery, fact.fence, fact.attempt);
                let said = match (&fact.verdict, &fact.intent) {
                    (Some(verdict), _) => {
                        let mut verdict = verdict.clone();
                        verdict.detail = None;
                        Said::Verdict(verdict)
                    }
                    (None, Some(intent)) => Said::Commit(intent.clone()),
                    (None, None) => continue,
                };
                writer.put(&mut out, &Record { delivery, fence, attempt, said })?;
            }
            Ok(())
        })?;
        out.flush()?;
        out.get_ref().sync_all()?;
        fs::rename(&unseen, self.path.join(format!("{name}.{DONE}")))?;
        self.sync()?;
        fs::remove_file(self.path.join(format!("{name}.{RUN}")))
    }

    /// Reads a journal again and puts it away; for its owner.
    pub(crate) fn put_away_own(&self, run: RunId) -> io::Result<()> {
        let file = File::open(self.path.join(format!("{}.{RUN}", hex(&run.0))))?;
        match reader::survey(&file)? {
            Some(survey) => self.put_away(&file, &survey.header, survey.checkpoint),
            None => Ok(()),
        }
    }

    /// Removes journals that were put away long ago.
    pub(crate) fn prune(&self, now: DateTime<Utc>) -> io::Result<()> {
        for path in self.paths()?.iter().filter(|path| ending(path) == Some(DONE)) {
            let file = File::open(path)?;
            let begun = reader::header(&file)?.map(|header| crate::ledger::rules::moment(header.epoch));
            if begun.is_some_and(|begun| now.signed_duration_since(begun) > KEPT) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// A journal in short that is being written.
struct Short {
    run: RunId,
    place: u64,
    octets: Vec<u8>,
}

impl Short {
    fn put(&mut self, out: &mut impl Write, record: &Record) -> io::Result<()> {
        self.octets.clear();
        record.encode(self.run, self.place, &mut self.octets);
        self.place += self.octets.len() as u64;
        out.write_all(&self.octets)
    }
}

/// Opens a journal and, when it is in full, looks whether its owner is gone; `None` when there is nothing in it, or
/// its owner has put it away at this moment.
fn open(path: &Path, is_done: bool) -> io::Result<Option<Entry>> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_free = is_done
        || match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => return Err(error),
        };
    let is_there =
        fs::metadata(path).is_ok_and(|there| file.metadata().is_ok_and(|own| own.ino() == there.ino()));
    let survey = if is_there { reader::survey(&file)? } else { None };
    Ok(survey.map(|survey| Entry { file, survey, is_free, is_done }))
}

fn ending(path: &Path) -> Option<&str> {
    path.extension().and_then(std::ffi::OsStr::to_str)
}

fn hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 2);
    for octet in octets {
        // Writing to a String can't fail.
        let _ = write!(text, "{octet:02x}");
    }
    text
}
