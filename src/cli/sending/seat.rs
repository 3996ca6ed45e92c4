//! Seats at a ledger of this machine: a locked file each. The lock of a process that dies is free at once, so whoever
//! finds it free knows that what was claimed from that seat is nobody's any more.

use crate::{
    cli::settings::host_name,
    runner::departed::{Deceased, Departed},
};
use std::{
    fs::{File, OpenOptions},
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

/// The seats at one ledger.
#[derive(Clone)]
pub(super) struct Seats {
    ledger: PathBuf,
}

impl Seats {
    pub(super) fn at(ledger: &Path) -> Self {
        Self { ledger: ledger.to_owned() }
    }

    /// Takes the first free seat. Whoever had it before is dead.
    pub(super) fn take(&self) -> Option<Seat> {
        (0..SEATS).find_map(|number| {
            let file =
                OpenOptions::new().create(true).truncate(false).write(true).open(self.file(number)).ok()?;
            self.seated(number, file)
        })
    }

    /// Says who of the others is dead: seats that were taken once and are free now.
    pub(super) fn departed(&self, own: &Seat) -> Departed {
        let (seats, own) = (self.clone(), own.number);
        Departed::new(move || {
            let others = (0..SEATS).filter(|number| *number != own);
            let free = others.filter_map(|number| {
                let file = OpenOptions::new().write(true).open(seats.file(number)).ok()?;
                seats.seated(number, file)
            });
            free.map(|seat| Deceased { worker: seat.worker.clone(), hold: Box::new(seat) }).collect()
        })
    }

    fn seated(&self, number: usize, file: File) -> Option<Seat> {
        file.try_lock().ok()?;
        Some(Seat { worker: self.worker(number), number, _file: file })
    }

    fn file(&self, number: usize) -> PathBuf {
        let mut path = self.ledger.clone().into_os_string();
        path.push(".lock");
        if number > 0 {
            path.push(format!(".{number}"));
        }
        path.into()
    }

    fn worker(&self, number: usize) -> String {
        let name = self.ledger.file_name().unwrap_or_default().to_string_lossy();
        format!("{}:{name}:seat {number}", host_name())
    }
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
