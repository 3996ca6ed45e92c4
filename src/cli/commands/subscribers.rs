//! `masthead subscribers`: the list.

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::SubscribersCommand,
        commands::{address, new::parse_language, store},
        output::Dress,
        sending::list,
        settings,
    },
    content::subscribers_csv::{Judge, Record, Row, SubscriberReader, SubscriberWriter},
    delivery::ports::ImportTally,
    domain::{
        problem::Problem,
        subscriber::{Subscriber, SubscriberStatus},
    },
    ledger::open::OpenLedger,
    workspace::Workspace,
};
use chrono::{DateTime, Utc};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufWriter, Write},
    iter,
    path::PathBuf,
    sync::mpsc,
};

/// Rows handed to the store at once.
const BATCH_ROWS: usize = 500;
/// Batches that are read while others are taken in.
const BATCHES_AHEAD: usize = 4;
/// Bad rows shown one by one; all are counted.
const BAD_ROWS_SHOWN: u64 = 50;

pub(crate) fn run(desk: &Desk, command: SubscribersCommand) -> Done {
    let workspace = settings::bare_workspace(desk)?;
    let mut store = store::open(&workspace)?;
    match command {
        SubscribersCommand::Import { file, dry_run, skip_bad } => {
            import(desk, &workspace, &mut store, &file, dry_run, skip_bad)
        }
        SubscribersCommand::List { search } => listed(desk, &mut store, search.as_deref()),
        SubscribersCommand::Export { file } => export(desk, &mut store, file.as_ref()),
        SubscribersCommand::Add { email, name, language, topic, field } => {
            let language = language.as_deref().map(parse_language).transpose()?;
            let topics = topic.iter().map(|topic| topic.trim().to_lowercase()).collect();
            let fields = field.iter().map(|typed| custom_field(typed)).collect::<Result<_, _>>()?;
            let (address, status) = (address(&email)?, SubscriberStatus::Active);
            let name = name.map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
            add(desk, &mut store, Subscriber { address, name, language, topics, fields, status })
        }
        SubscribersCommand::Remove { email } => {
            let email = address(&email)?;
            let was_there = store::asked(store.remove_subscriber(&email))?;
            desk.output
                .talk(&format!("{email} {}", if was_there { "removed" } else { "is not on the list" }));
            Ok(if was_there { Exit::Done } else { Exit::Problems })
        }
    }
}

fn custom_field(typed: &str) -> Result<(String, String), Failure> {
    let parts =
        typed.split_once('=').map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()));
    parts.filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        let problem = Problem::error("cli/bad-field", format!("`{typed}` is not a custom field"));
        Failure::usage(problem.help("write it as --field country=Kenya"))
    })
}

fn add(desk: &Desk, store: &mut OpenLedger, subscriber: Subscriber) -> Done {
    let shown = subscriber.address.to_string();
    store::asked(store.begin_import())?;
    store::asked(store.import(&[subscriber], "command line", crate::cli::now(desk)))?;
    let tally = store::asked(store.finish_import(true))?;
    let what = match tally {
        ImportTally { suppressed: 1.., .. } => {
            "is suppressed and stays so: `masthead suppress list` says why"
        }
        ImportTally { added: 1.., .. } => "added",
        ImportTally { changed: 1.., .. } => "changed",
        _ => "was there already, as it is",
    };
    desk.output.talk(&format!("{shown} {what}"));
    Ok(if tally.suppressed > 0 { Exit::Problems } else { Exit::Done })
}

fn import(
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
    let now = crate::cli::now(desk);
    store::asked(store.begin_import())?;
    let bad = std::thread::scope(|scope| {
        let (sender, records) = mpsc::sync_channel(BATCHES_AHEAD);
        let (judged, batches) = mpsc::sync_channel(BATCHES_AHEAD);
        let judge = rows.judge();
        scope.spawn(move || read_ahead(rows, &sender));
        scope.spawn(move || judge_ahead(&judge, &records, &judged));
        take_in(desk, store, &name, now, &batches)
    })?;
    let keep = !dry_run && (bad == 0 || skip_bad);
    let tally = store::asked(store.finish_import(keep))?;
    imported(desk, &tally, bad, keep, dry_run);
    Ok(if bad == 0 || skip_bad { Exit::Done } else { Exit::Problems })
}

/// A row, or what is wrong with it.
type ReadRow = Result<Row, Problem>;

/// A record, or why nothing can be read from there on.
type ReadRecord = Result<Record, Problem>;

/// Reads records in batches while others are being judged; ends early when nobody wants them any more.
fn read_ahead(mut rows: SubscriberReader<File>, sender: &mpsc::SyncSender<Vec<ReadRecord>>) {
    loop {
        let batch: Vec<ReadRecord> = iter::from_fn(|| rows.next_record()).take(BATCH_ROWS).collect();
        if batch.is_empty() || sender.send(batch).is_err() {
            return;
        }
    }
}

/// Judges records while rows are being taken in.
fn judge_ahead(
    judge: &Judge,
    records: &mpsc::Receiver<Vec<ReadRecord>>,
    sender: &mpsc::SyncSender<Vec<ReadRow>>,
) {
    for batch in records {
        let rows = batch.into_iter().map(|record| record.and_then(|record| judge.read(&record))).collect();
        if sender.send(rows).is_err() {
            return;
        }
    }
}

/// Hands good rows to the store and shows what is wrong with the others; returns how many are bad.
fn take_in(
    desk: &Desk,
    store: &mut OpenLedger,
    name: &str,
    now: DateTime<Utc>,
    batches: &mpsc::Receiver<Vec<ReadRow>>,
) -> Result<u64, Failure> {
    let mut bad = 0;
    let mut good = Vec::with_capacity(BATCH_ROWS);
    for batch in batches {
        for row in batch {
            match row {
                Ok(row) => {
                    row.notes.iter().for_each(|note| desk.output.problem(note));
                    good.push(row.subscriber);
                }
                Err(problem) => {
                    bad += 1;
                    if bad <= BAD_ROWS_SHOWN {
                        desk.output.problem(&problem);
                    }
                }
            }
        }
        store::asked(store.import(&good, name, now))?;
        good.clear();
    }
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
        "{} {verb}added, {} {verb}changed, {} unchanged, {} duplicates, {} suppressed (and stay so), {bad} bad rows",
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

fn listed(desk: &Desk, store: &mut OpenLedger, search: Option<&str>) -> Done {
    let wanted = search.map(str::to_lowercase);
    let matches = |subscriber: &Subscriber, wanted: &str| {
        let name = subscriber.name.as_deref().unwrap_or_default();
        format!("{} {name}", subscriber.address.expose()).to_lowercase().contains(wanted)
    };
    let mut count = 0_u64;
    store::asked(store.for_each_subscriber(&mut |subscriber| {
        if wanted.as_deref().is_some_and(|wanted| !matches(&subscriber, wanted)) {
            return true;
        }
        count += 1;
        if desk.output.json {
            desk.output.object(&subscriber);
        } else {
            let language = subscriber.language.as_ref().map(ToString::to_string).unwrap_or_default();
            let status = if subscriber.status == SubscriberStatus::Active { "" } else { "  (unsubscribed)" };
            let name = subscriber.name.as_deref().unwrap_or_default();
            let topics = subscriber.topics.join(", ");
            desk.output
                .data(&format!("{:<38} {language:<5} {name}  {topics}{status}", subscriber.address.expose()));
        }
        true
    }))?;
    desk.output.talk(&format!("{count} subscribers"));
    Ok(Exit::Done)
}

fn export(desk: &Desk, store: &mut OpenLedger, file: Option<&PathBuf>) -> Done {
    let unwritable = |error: &dyn std::fmt::Display| {
        let problem = Problem::error("cli/not-writable", format!("the export can't be written: {error}"));
        Failure::could_not_look(problem.help("choose a file you may write to, on a disk with room"))
    };
    let mut names = BTreeSet::new();
    store::asked(store.for_each_subscriber(&mut |subscriber| {
        names.extend(subscriber.fields.into_keys());
        true
    }))?;
    let sink: Box<dyn Write> = match file {
        Some(path) => Box::new(File::create(path).map_err(|error| unwritable(&error))?),
        None => Box::new(std::io::stdout()),
    };
    let mut writer = SubscriberWriter::new(BufWriter::new(sink), names);
    writer.write_header().map_err(|error| unwritable(&error))?;
    let (mut count, mut failed) = (0_u64, None);
    store::asked(store.for_each_subscriber(&mut |subscriber| {
        count += 1;
        failed = writer.write_row(&subscriber).err();
        failed.is_none()
    }))?;
    if let Some(error) = failed {
        return Err(unwritable(&error));
    }
    writer.finish().map_err(|error| unwritable(&error))?;
    desk.output.talk(&format!("{count} subscribers"));
    Ok(Exit::Done)
}
