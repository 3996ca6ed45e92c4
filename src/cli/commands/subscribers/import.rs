//! `masthead subscribers import`: a file of rows into the list.
//!
//! One thread reads, some judge batches in turn, and this one hands good rows to the store in the order of the file.

use crate::{
    cli::{Desk, Done, Exit, Failure, commands::store, output::Dress, sending::list},
    content::subscribers_csv::{Judge, Record, SubscriberReader},
    delivery::ports::ImportTally,
    domain::{problem::Problem, subscriber::Subscriber},
    ledger::open::OpenLedger,
    workspace::Workspace,
};
use chrono::{DateTime, Utc};
use std::{fs::File, path::PathBuf, sync::mpsc};

/// Rows handed on at once.
const BATCH_ROWS: usize = 256;
/// Batches that are ready before somebody wants them.
const BATCHES_AHEAD: usize = 2;
/// Threads that judge: it takes as long as all the rest.
const JUDGES: usize = 2;
/// Bad rows shown one by one; all are counted.
const BAD_ROWS_SHOWN: u64 = 50;

/// Takes a file into the list.
pub(super) fn run(
    desk: &Desk,
    workspace: &Workspace,
    store: &mut OpenLedger,
    file: &PathBuf,
    dry_run: bool,
    skip_bad: bool,
) -> Done {
    let name = file.display().to_string();
    let rows = SubscriberReader::new(list::open(file)?, &name, &workspace.settings.columns)?;
    let encoding = rows.encoding();
    if encoding != "UTF-8" {
        desk.output.talk(&format!("{name} is read as {encoding}; look whether the names come out right."));
    }
    let (now, judge) = (crate::cli::now(desk), &rows.judge());
    store::asked(store.begin_import())?;
    let bad = std::thread::scope(|scope| {
        let (records_out, records_in) = belts();
        let (rows_out, rows_in) = belts();
        scope.spawn(move || read_ahead(rows, &records_out));
        for (records_in, rows_out) in records_in.into_iter().zip(rows_out) {
            scope.spawn(move || judge_ahead(judge, &records_in, &rows_out));
        }
        take_in(desk, store, &name, now, &rows_in)
    })?;
    let keep = !dry_run && (bad == 0 || skip_bad);
    let tally = store::asked(store.finish_import(keep))?;
    imported(desk, &tally, bad, keep, dry_run);
    Ok(if bad == 0 || skip_bad { Exit::Done } else { Exit::Problems })
}

/// Records one behind the other, as they were read.
#[derive(Default)]
struct Records {
    /// Those behind the first `filled` are room for more.
    read: Vec<Record>,
    filled: usize,
    /// Why nothing can be read from there on.
    end: Option<Problem>,
}

/// Rows that were judged.
#[derive(Default)]
struct Rows {
    good: Vec<Subscriber>,
    /// What is to be said of them, in the order of the file.
    said: Vec<Said>,
}

enum Said {
    /// Of a good row: what was put right.
    Note(Problem),
    /// Why a row can't be taken.
    Bad(Problem),
}

/// Takes batches to the next thread, and back when they are used: whoever made one takes it apart, or fills it again.
/// Memory that one thread asks for and another gives back costs both of them more than the rows themselves.
struct BeltOut<T> {
    full: mpsc::SyncSender<T>,
    used: mpsc::Receiver<T>,
}

/// The other end of a [`BeltOut`].
struct BeltIn<T> {
    full: mpsc::Receiver<T>,
    used: mpsc::Sender<T>,
}

fn belt<T>() -> (BeltOut<T>, BeltIn<T>) {
    let (full_out, full_in) = mpsc::sync_channel(BATCHES_AHEAD);
    let (used_out, used_in) = mpsc::channel();
    (BeltOut { full: full_out, used: used_in }, BeltIn { full: full_in, used: used_out })
}

/// Returns a belt for each judge. Batches go to them in turn, and are taken from them in turn.
fn belts<T>() -> (Vec<BeltOut<T>>, Vec<BeltIn<T>>) {
    (0..JUDGES).map(|_| belt()).unzip()
}

impl<T: Default> BeltOut<T> {
    /// Returns a used batch, as it came back, or a new one.
    fn next(&self) -> T {
        self.used.try_recv().unwrap_or_default()
    }

    /// Sends a batch; `false` when nobody wants it any more.
    fn send(&self, batch: T) -> bool {
        self.full.send(batch).is_ok()
    }
}

/// Hands batches from each belt in turn to `each` and sends them back, until `each` says stop or there are no more.
fn for_each<T, E>(belts: &[BeltIn<T>], mut each: impl FnMut(&T) -> Result<(), E>) -> Result<(), E> {
    for belt in belts.iter().cycle() {
        let Ok(batch) = belt.full.recv() else { break };
        each(&batch)?;
        // Whoever made it may have ended: then it is taken apart here.
        let _ = belt.used.send(batch);
    }
    Ok(())
}

/// Reads records in batches while others are being judged; ends early when nobody wants them any more.
fn read_ahead(mut rows: SubscriberReader<File>, judges: &[BeltOut<Records>]) {
    for out in judges.iter().cycle() {
        let mut batch = out.next();
        (batch.filled, batch.end) = (0, None);
        batch.read.resize_with(BATCH_ROWS, Record::default);
        let mut is_over = false;
        while batch.filled < BATCH_ROWS && !is_over {
            match rows.read_record(&mut batch.read[batch.filled]) {
                Some(Ok(())) => batch.filled += 1,
                Some(Err(problem)) => (batch.end, is_over) = (Some(problem), true),
                None => is_over = true,
            }
        }
        if !out.send(batch) || is_over {
            return;
        }
    }
}

/// Judges records while rows are being taken in.
fn judge_ahead(judge: &Judge, records: &BeltIn<Records>, out: &BeltOut<Rows>) {
    // Stopped early means that whoever takes the rows knows why.
    let _ = for_each(std::slice::from_ref(records), |batch: &Records| {
        let mut rows = out.next();
        rows.good.clear();
        rows.said.clear();
        for record in &batch.read[..batch.filled] {
            match judge.read(record) {
                Ok(row) => {
                    rows.said.extend(row.notes.into_iter().map(Said::Note));
                    rows.good.push(row.subscriber);
                }
                Err(problem) => rows.said.push(Said::Bad(problem)),
            }
        }
        rows.said.extend(batch.end.clone().map(Said::Bad));
        if out.send(rows) { Ok(()) } else { Err(()) }
    });
}

/// Hands good rows to the store and shows what is wrong with the others; returns how many are bad.
fn take_in(
    desk: &Desk,
    store: &mut OpenLedger,
    name: &str,
    now: DateTime<Utc>,
    rows: &[BeltIn<Rows>],
) -> Result<u64, Failure> {
    let mut bad = 0;
    for_each(rows, |batch: &Rows| {
        for said in &batch.said {
            match said {
                Said::Note(note) => desk.output.problem(note),
                Said::Bad(problem) => {
                    bad += 1;
                    if bad <= BAD_ROWS_SHOWN {
                        desk.output.problem(problem);
                    }
                }
            }
        }
        store::asked(store.import(&batch.good, name, now))
    })?;
    Ok(bad)
}

fn imported(desk: &Desk, tally: &ImportTally, bad: u64, kept: bool, dry_run: bool) {
    let output = desk.output;
    if output.json {
        output.object(&serde_json::json!({ "imported": kept, "rows": tally, "bad": bad }));
        return;
    }
    if bad > BAD_ROWS_SHOWN {
        output.talk(&format!("… and {} more bad rows", bad - BAD_ROWS_SHOWN));
    }
    let verb = if kept { "" } else { "would be " };
    output.talk(&format!(
        "{} {verb}added, {} {verb}changed, {} unchanged, {} duplicates, {} unsubscribed or suppressed (and stay so), {bad} bad rows",
        tally.added, tally.changed, tally.unchanged, tally.duplicates, tally.suppressed
    ));
    if dry_run {
        output.talk("A dry run: the list is as it was.");
    } else if !kept {
        output.talk(&output.dress(
            Dress::Careful,
            "The list is as it was. Mend the rows above, or take the good ones with --skip-bad.",
        ));
    }
}
