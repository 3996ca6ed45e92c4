//! A journal that is being written.

use crate::{
    delivery::ports::RunId,
    ledger::journal::{
        record::{HEADER, Header, Record, Said},
        tape::Tape,
    },
};
use std::{fs::File, io};

/// Octets that are written ahead at first; it doubles up to [`AHEAD_MAX`].
const AHEAD_MIN: u64 = 64 * 1024;

/// Octets that are written ahead at once at most.
const AHEAD_MAX: u64 = 4 * 1024 * 1024;

/// Ends the journal behind every append, so that nothing left of a failed one is ever read.
const END: [u8; 4] = [0; 4];

/// The journal of this run.
pub(crate) struct Journal {
    tape: Box<dyn Tape>,
    /// Holds the lock that says that the owner lives.
    _lock: File,
    run: RunId,
    /// Where the next record will stand.
    end: u64,
    /// Up to where the file was written ahead.
    ahead: u64,
    is_dirty: bool,
    /// A flush failed: what is on the disk can't be known any more.
    is_broken: bool,
    octets: Vec<u8>,
}

impl Journal {
    /// Writes the header of a fresh journal and makes it durable.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn begin(mut tape: Box<dyn Tape>, lock: File, header: &Header) -> io::Result<Self> {
        tape.write_at(&header.encode(), 0)?;
        let mut journal = Self {
            tape,
            _lock: lock,
            run: header.run,
            end: HEADER,
            ahead: HEADER,
            is_dirty: true,
            is_broken: false,
            octets: Vec::new(),
        };
        journal.write_ahead(0)?;
        journal.sync()?;
        Ok(journal)
    }

    /// Returns whose journal it is.
    pub(crate) fn run(&self) -> RunId {
        self.run
    }

    /// Returns where it ends.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Returns whether something was written that a power cut would take.
    pub(crate) fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// Makes room for so many more records, so that the next append needs none.
    ///
    /// # Errors
    /// When there is no room.
    pub(crate) fn make_room(&mut self, records: usize) -> io::Result<()> {
        self.write_ahead(records as u64 * 512)
    }

    /// Writes records at the end and tells each its place. Not durable before [`Journal::sync`].
    ///
    /// # Errors
    /// When they can't be written; the journal ends where it did before.
    pub(crate) fn append(&mut self, records: &mut [Record]) -> io::Result<()> {
        self.check_whole()?;
        self.octets.clear();
        for record in records {
            let place = self.end + self.octets.len() as u64;
            match &mut record.said {
                Said::Commit(intent) => intent.offset = place,
                Said::Verdict(verdict) => verdict.offset = place,
                Said::Checkpoint(_) => {}
            }
            record.encode(self.run, self.end, &mut self.octets);
        }
        let length = self.octets.len() as u64;
        self.octets.extend_from_slice(&END);
        self.write_ahead(length)?;
        self.is_dirty = true;
        self.tape.write_at(&self.octets, self.end)?;
        self.end += length;
        Ok(())
    }

    /// Returns when everything appended survives a power cut.
    ///
    /// # Errors
    /// When it doesn't; the journal then takes nothing any more.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.check_whole()?;
        if self.is_dirty {
            self.tape.sync().inspect_err(|_| self.is_broken = true)?;
            self.is_dirty = false;
        }
        Ok(())
    }

    fn check_whole(&self) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other("an earlier flush of the journal failed; start the command again"));
        }
        Ok(())
    }

    /// Fills the file with zeros beyond what comes next: a flush then moves data only.
    fn write_ahead(&mut self, length: u64) -> io::Result<()> {
        while self.end + length + END.len() as u64 > self.ahead {
            let chunk = self.ahead.clamp(AHEAD_MIN, AHEAD_MAX);
            let zeros = vec![0; usize::try_from(chunk).unwrap_or(0)];
            self.tape.write_at(&zeros, self.ahead)?;
            self.ahead += chunk;
            self.is_dirty = true;
        }
        Ok(())
    }
}
