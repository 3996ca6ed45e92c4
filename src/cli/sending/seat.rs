//! Seats in a workspace of this machine: a locked file each. The lock of a process that dies is free at once, so whoever
//! finds it free knows that what was claimed from that seat is nobody's any more.
//!
//! The name of a seat must be that of no other seat anywhere, or somebody alive would be taken for dead. A ledger that is
//! a file is used by this machine alone, so its name and a number will do. A database is used by many machines, and their
//! workspaces may be copies of each other: there the name has random octets that stand in the locked file, and those of
//! this start of the machine.

use crate::{
    cli::settings::{boot_mark, host_name},
    ledger::identity::fresh_name,
    runner::departed::{Deceased, Departed},
};
use std::{
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// Senders at once that know of each other's death; further ones wait for the end of leases.
const SEATS: usize = 16;

/// A seat that is taken, as long as this value lives.
pub(super) struct Seat {
    /// The name under which its holder claims.
    pub(super) worker: String,
    number: usize,
    /// The lock lives as long as the open file.
    _file: File,
}

/// The seats of one workspace.
#[derive(Clone)]
pub(super) struct Seats {
    /// The files of the seats are named after this one.
    beside: PathBuf,
    is_shared: bool,
}

/// Octets of the mark of a seat at a database, in hex.
const MARK: usize = 32;

impl Seats {
    /// Returns the seats at a ledger that is a file of this machine.
    pub(super) fn at(ledger: &Path) -> Self {
        Self { beside: ledger.to_owned(), is_shared: false }
    }

    /// Returns the seats of a workspace whose ledger is a database.
    pub(super) fn at_database(workspace: &Path) -> Self {
        Self { beside: workspace.join("masthead.db"), is_shared: true }
    }

    /// Takes the first free seat. Whoever had it before is dead.
    pub(super) fn take(&self) -> Option<Seat> {
        (0..SEATS).find_map(|number| {
            let mut how = OpenOptions::new();
            let file =
                how.create(true).truncate(false).read(true).write(true).open(self.file(number)).ok()?;
            self.seated(number, file)
        })
    }

    /// Says who of the others is dead: seats that were taken once and are free now.
    pub(super) fn departed(&self, own: &Seat) -> Departed {
        let (seats, own) = (self.clone(), own.number);
        Departed::new(move || {
            let others = (0..SEATS).filter(|number| *number != own);
            let free = others.filter_map(|number| {
                let file = OpenOptions::new().read(true).write(true).open(seats.file(number)).ok()?;
                seats.seated(number, file)
            });
            free.map(|seat| Deceased { worker: seat.worker.clone(), hold: Box::new(seat) }).collect()
        })
    }

    fn seated(&self, number: usize, file: File) -> Option<Seat> {
        file.try_lock().ok()?;
        Some(Seat { worker: self.worker(number, &file)?, number, _file: file })
    }

    fn file(&self, number: usize) -> PathBuf {
        let mut path = self.beside.clone().into_os_string();
        path.push(".lock");
        if number > 0 {
            path.push(format!(".{number}"));
        }
        path.into()
    }

    /// Returns the name of a seat whose file we have locked.
    fn worker(&self, number: usize, file: &File) -> Option<String> {
        let name = if self.is_shared {
            format!("{}:{}", boot_mark()?, mark_of(file)?)
        } else {
            self.beside.file_name().unwrap_or_default().to_string_lossy().into_owned()
        };
        Some(format!("{}:{name}:seat {number}", host_name()))
    }
}

/// Returns the mark that stands in the file of a seat; writes one when there is none.
fn mark_of(mut file: &File) -> Option<String> {
    let mut mark = String::new();
    file.read_to_string(&mut mark).ok()?;
    if mark.len() != MARK {
        mark.clear();
        for octet in fresh_name().ok()? {
            // Writing to a String can't fail.
            let _ = write!(mark, "{octet:02x}");
        }
        file.set_len(0).ok()?;
        file.seek(SeekFrom::Start(0)).ok()?;
        file.write_all(mark.as_bytes()).ok()?;
    }
    Some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        delivery::ports::{Ledger, Recovered},
        domain::broadcast::BroadcastId,
        ledger::memory::MemoryLedger,
    };
    use chrono::DateTime;

    #[test]
    fn two_workspaces_at_one_database_have_seats_of_different_names() {
        let [one, other] = [(), ()].map(|()| tempfile::tempdir().expect("a folder"));
        let seat = |folder: &Path| Seats::at_database(folder).take().expect("a seat").worker;
        assert_ne!(seat(one.path()), seat(other.path()));
        assert_eq!(seat(one.path()), seat(one.path()), "whoever comes after a dead one has its name");
    }

    #[test]
    fn a_seat_is_free_when_its_holder_is_gone_and_nobody_takes_it_while_that_is_looked_at() {
        let folder = tempfile::tempdir().expect("a folder");
        let seats = Seats::at(&folder.path().join("masthead.db"));
        let (first, second) = (seats.take().expect("a seat"), seats.take().expect("another"));
        assert_ne!(first.worker, second.worker);
        let dead = || (seats.departed(&first).0)();
        assert!(dead().is_empty());
        let name = second.worker.clone();
        drop(second);
        let found = dead();
        assert_eq!(found.iter().map(|deceased| &deceased.worker).collect::<Vec<_>>(), [&name]);
        let third = seats.take().expect("a third seat");
        assert_ne!(third.worker, name, "it is looked at");
        drop(found);
        assert_eq!(seats.take().expect("it is free again").worker, name);
        let mut ledger = MemoryLedger::default();
        let nobody = Departed::default().sort_out(
            &mut ledger as &mut dyn Ledger,
            BroadcastId(1),
            DateTime::UNIX_EPOCH,
        );
        assert_eq!(nobody.expect("answered"), Recovered::default());
    }
}
