//! Cuts the power at every write and every flush of the journal: whatever was granted is never claimable again.

use crate::ledger::world::{LEASE, Place, at, claim, intent, sealed, verdict};
use masthead::{
    delivery::ports::{Ledger, LedgerError},
    domain::{
        broadcast::BroadcastId,
        delivery::{DeliveryEvent, DeliveryId, DeliveryState},
    },
    ledger::{
        journal::{Folder, Journaled, Tape, take_over_dead},
        sqlite::SqliteLedger,
    },
};
use std::{
    collections::BTreeSet,
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::{Arc, Mutex},
};

/// Readers of each trial; they commit in pairs.
const READERS: usize = 6;

/// When the power goes, and how much of what was not flushed reaches the disk all the same.
#[derive(Clone, Copy, Debug)]
struct Cut {
    operation: u32,
    percent: usize,
    /// A flush takes effect, but nobody hears of it.
    after_effect: bool,
}

struct Line {
    cut: Cut,
    operations: u32,
    is_off: bool,
}

/// A file that loses what was not flushed.
struct FrailTape {
    file: File,
    written: Vec<(u64, Vec<u8>)>,
    line: Arc<Mutex<Line>>,
}

impl FrailTape {
    /// Counts an operation; returns whether this is the one at which the power goes.
    fn goes_now(&self) -> io::Result<Option<Cut>> {
        let mut line = self.line.lock().expect("not poisoned");
        if line.is_off {
            return Err(io::Error::other("no power"));
        }
        line.operations += 1;
        line.is_off = line.operations > line.cut.operation;
        Ok(line.is_off.then_some(line.cut))
    }

    /// Lets so much of what was written reach the disk.
    fn settle(&mut self, percent: usize) {
        let all: usize = self.written.iter().map(|(_, octets)| octets.len()).sum();
        let mut left = all * percent / 100;
        for (place, octets) in self.written.drain(..) {
            let kept = octets.len().min(left);
            left -= kept;
            self.file.write_all_at(&octets[..kept], place).expect("written");
        }
    }
}

impl Tape for FrailTape {
    fn write_at(&mut self, octets: &[u8], place: u64) -> io::Result<()> {
        let cut = self.goes_now()?;
        self.written.push((place, octets.to_vec()));
        let Some(cut) = cut else { return Ok(()) };
        self.settle(cut.percent);
        Err(io::Error::other("the power went"))
    }

    fn sync(&mut self) -> io::Result<()> {
        let cut = self.goes_now()?;
        self.settle(cut.map_or(100, |cut| if cut.after_effect { 100 } else { cut.percent }));
        if cut.is_some() { Err(io::Error::other("the power went")) } else { Ok(()) }
    }
}

/// What a sender knew when the power went.
#[derive(Default)]
struct Knew {
    /// Their final dots may have left.
    granted: BTreeSet<DeliveryId>,
    /// Their verdicts were handed in before a commit that was granted.
    settled: BTreeSet<DeliveryId>,
    /// The last pair asked for.
    asked: BTreeSet<DeliveryId>,
}

/// Sends in pairs until everybody has it or the power goes.
fn send(
    ledger: &mut Journaled<SqliteLedger>,
    broadcast: BroadcastId,
    knew: &mut Knew,
) -> Result<(), LedgerError> {
    let claims = claim(ledger, broadcast, READERS);
    let mut before = Vec::new();
    for pair in claims.chunks(2) {
        let commits: Vec<_> = pair.iter().map(intent).collect();
        knew.asked = pair.iter().map(|claim| claim.delivery).collect();
        let (current, may_leave) = ledger.record_and_commit(&before, &commits, at(1))?;
        assert!(current.iter().chain(&may_leave).all(|is_so| *is_so));
        knew.settled.extend(before.iter().map(|record: &masthead::delivery::ports::Record| record.delivery));
        knew.granted.append(&mut knew.asked);
        before = pair.iter().map(|claim| verdict(claim, DeliveryEvent::Accept)).collect();
        // The second pair is followed by a pause in which the store catches up.
        if claims[2..4] == *pair {
            while ledger.catch_up(true)? {}
        }
    }
    ledger.record(&before, at(2))?;
    Ok(())
}

/// Copies the disk as it is at this moment.
fn image(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("listed") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            std::fs::create_dir(&target).expect("made");
            image(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// Sends, cuts the power, starts anew from what the disk has; returns whether the power went at all.
fn check(cut: Cut) -> bool {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), READERS).id;
    let line = Arc::new(Mutex::new(Line { cut, operations: 0, is_off: false }));
    let reel = line.clone();
    let folder = Folder::beside(&place.path())
        .on(Arc::new(move |file| Box::new(FrailTape { file, written: Vec::new(), line: Arc::clone(&reel) })));
    let mut ledger = Journaled::begin(place.open_file(), folder).expect("begun");
    let mut knew = Knew::default();
    let sent = send(&mut ledger, broadcast, &mut knew);
    let disk = tempfile::tempdir().expect("a folder");
    image(place.path().parent().expect("a folder"), disk.path());
    let is_off = line.lock().expect("not poisoned").is_off;
    assert_eq!(sent.is_err(), is_off, "{cut:?}");

    let path = disk.path().join("masthead.db");
    let mut after = SqliteLedger::open(&path).expect("opened");
    take_over_dead(&mut after, &Folder::beside(&path)).expect("taken over");
    after.recover(broadcast, Some("one"), at(3)).expect("recovered");
    let again = after.claim(broadcast, "two", READERS, at(4), LEASE).expect("claimed");
    let again: BTreeSet<_> = again.iter().map(|claim| claim.delivery).collect();
    assert!(again.is_disjoint(&knew.granted), "{cut:?}: nobody twice");
    let of = |ledger: &mut SqliteLedger, state| -> BTreeSet<_> {
        let reports = ledger.deliveries(broadcast, state, READERS).expect("listed");
        reports.iter().map(|report| report.id).collect()
    };
    let (doubtful, there) = (of(&mut after, DeliveryState::InDoubt), of(&mut after, DeliveryState::Sent));
    assert!(there.is_superset(&knew.settled), "{cut:?}: what was settled before a later commit is known");
    assert!(doubtful.is_subset(&(&knew.granted | &knew.asked)), "{cut:?}: no needless doubt");
    assert_eq!(again.len() + doubtful.len() + there.len(), READERS, "{cut:?}: nobody is lost");
    is_off
}

#[test]
fn no_power_cut_lets_anyone_be_mailed_twice_or_forgotten() {
    let mut cuts = 0;
    for operation in 0.. {
        let mut went = false;
        for (percent, after_effect) in [(0, false), (40, false), (70, false), (100, false), (100, true)] {
            went |= check(Cut { operation, percent, after_effect });
            cuts += 1;
        }
        if !went {
            break;
        }
    }
    assert!(cuts > 40, "{cuts} cuts");
}
