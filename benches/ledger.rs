//! How fast the SQLite ledger is: `cargo bench --bench ledger -- FOLDER [RECIPIENTS] [IMPORTED]`.
//!
//! Choose a folder on a disk to measure with flushes, one in memory (`/dev/shm`) to measure without.

use chrono::{DateTime, NaiveDate, Utc};
use masthead::{
    content::subscribers_csv::SubscriberReader,
    delivery::ports::{Candidate, Commit, Ledger, Record, SubscriberStore},
    domain::{
        address::{EmailAddress, Mailbox},
        broadcast::{BroadcastId, SealedContent, SealedVariant},
        delivery::{Claim, DeliveryEvent},
        digest::Digest,
        issue::IssueId,
        language::Language,
        merge::MergeTable,
        problem::Problems,
        subscriber::{Subscriber, SubscriberStatus},
    },
    ledger::sqlite::SqliteLedger,
};
use std::{
    collections::BTreeMap,
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Rows per call, as the runner's committer gathers them.
const BATCH: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| text != "--bench").collect();
    let folder = arguments.first().map_or_else(std::env::temp_dir, PathBuf::from);
    let number =
        |index: usize, usual| arguments.get(index).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let folder = folder.join(format!("masthead-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let measured =
        deliveries(&folder, number(1, 100_000)).and_then(|()| import(&folder, number(2, 1_000_000)));
    fs::remove_dir_all(&folder)?;
    measured
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs the real clock")]
fn now() -> Instant {
    Instant::now()
}

fn tell(what: &str, rows: usize, since: Instant) {
    tell_time(what, rows, since.elapsed());
}

#[expect(clippy::print_stdout, reason = "a measurement is for people")]
#[expect(clippy::cast_precision_loss, reason = "three digits are enough")]
fn tell_time(what: &str, rows: usize, time: Duration) {
    let seconds = time.as_secs_f64();
    let peak = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    // User and system time of the process so far, in ticks of 10 ms: what a busy machine can't stretch.
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: f64 = stat.split(' ').skip(13).take(2).filter_map(|text| text.parse::<f64>().ok()).sum();
    let rate = rows as f64 / seconds;
    println!(
        "{what:<28} {rows:>9} rows  {seconds:>7.3} s  {rate:>9.0} rows/s  peak {peak}  CPU so far {:.2} s",
        ticks / 100.0
    );
}

fn deliveries(folder: &Path, recipients: usize) -> Result<(), Box<dyn Error>> {
    let mut ledger = SqliteLedger::open(&folder.join("deliveries.db"))?;
    let at = DateTime::UNIX_EPOCH;
    let began = now();
    ledger.begin_staging("starsom")?;
    let mut next = 0;
    while next < recipients {
        let batch: Vec<_> = (next..recipients.min(next + 1_000)).map(candidate).collect();
        next += batch.len();
        ledger.stage(batch)?;
    }
    tell("stage", recipients, began);
    let sealing = now();
    let broadcast = ledger.seal(&content()?, "seal", at)?.id;
    tell("seal", recipients, sealing);
    tell("stage and seal", recipients, began);
    let mut times = [Duration::ZERO; 3];
    let began = now();
    while cycle(&mut ledger, broadcast, at, &mut times)? {}
    for (what, time) in ["claim", "commit", "record"].into_iter().zip(times) {
        tell_time(what, recipients, time);
    }
    tell("claim, commit and record", recipients, began);
    let began = now();
    ledger.tally(broadcast)?;
    tell("tally", recipients, began);
    Ok(())
}

fn cycle(
    ledger: &mut SqliteLedger,
    broadcast: BroadcastId,
    at: DateTime<Utc>,
    times: &mut [Duration; 3],
) -> Result<bool, Box<dyn Error>> {
    let start = now();
    let claims = ledger.claim(broadcast, "worker", BATCH, at, Duration::from_mins(2))?;
    times[0] += start.elapsed();
    let commits: Vec<_> = claims.iter().map(intent).collect();
    let start = now();
    assert!(ledger.commit(&commits, at)?.into_iter().all(|yes| yes), "nothing speaks against it");
    times[1] += start.elapsed();
    let records: Vec<_> = claims.iter().map(verdict).collect();
    let start = now();
    assert!(ledger.record(&records, at)?.into_iter().all(|yes| yes), "nothing speaks against it");
    times[2] += start.elapsed();
    Ok(!claims.is_empty())
}

fn import(folder: &Path, rows: usize) -> Result<(), Box<dyn Error>> {
    let path = folder.join("list.csv");
    let mut file = BufWriter::new(File::create(&path)?);
    writeln!(file, "email,name,language,topics,city")?;
    for row in 0..rows {
        // A list that is not in the order of its addresses.
        let shuffled = row.wrapping_mul(7_919) % rows.max(1);
        writeln!(
            file,
            "reader{shuffled}@mail{}.example.org,Reader Number {row},en,news;events,Town {row}",
            row % 97
        )?;
    }
    file.flush()?;
    drop(file);
    let began = now();
    let list =
        SubscriberReader::new(File::open(&path)?, "list.csv", &BTreeMap::new()).map_err(Problems::from)?;
    assert_eq!(list.flatten().count(), rows, "all rows are good");
    tell("read the CSV", rows, began);
    let began = now();
    let mut ledger = SqliteLedger::open(&folder.join("list.db"))?;
    ledger.begin_import()?;
    let mut batch = Vec::with_capacity(1_000);
    for row in
        SubscriberReader::new(File::open(&path)?, "list.csv", &BTreeMap::new()).map_err(Problems::from)?
    {
        batch.push(row.map_err(Problems::from)?.subscriber);
        if batch.len() == batch.capacity() {
            ledger.import(&batch, "list.csv", DateTime::UNIX_EPOCH)?;
            batch.clear();
        }
    }
    ledger.import(&batch, "list.csv", DateTime::UNIX_EPOCH)?;
    let finishing = now();
    ledger.finish_import(true)?;
    tell("finish the import", rows, finishing);
    tell("import the CSV", rows, began);
    Ok(())
}

fn candidate(number: usize) -> Candidate {
    let address = EmailAddress::parse(&format!("reader{number}@example.org")).expect("a valid address");
    let subscriber = Subscriber {
        address,
        name: Some(format!("Reader Number {number}")),
        language: Language::parse("en"),
        topics: vec!["news".to_owned()],
        fields: BTreeMap::from([("city".to_owned(), "Malé".to_owned())]),
        status: SubscriberStatus::Active,
    };
    Candidate { subscriber, variant: 0 }
}

fn intent(claim: &Claim) -> Commit {
    Commit {
        delivery: claim.delivery,
        fence: claim.fence,
        date: 1_650_000_000,
        sha256: "0123456789abcdef".repeat(4),
        message_id: format!("{:016x}.0123456789abcdef@news.example.org", claim.delivery.0),
    }
}

fn verdict(claim: &Claim) -> Record {
    Record {
        delivery: claim.delivery,
        fence: claim.fence,
        event: DeliveryEvent::Accept,
        detail: Some("250 2.0.0 Ok: queued as 4XyZ123456".to_owned()),
        remote_id: Some("4XyZ123456".to_owned()),
        next_attempt_at: None,
    }
}

fn content() -> Result<SealedContent, Box<dyn Error>> {
    let language = Language::parse("en").ok_or("no language")?;
    let address = EmailAddress::parse("starsom@example.org")?;
    let issue = IssueId { newsletter: "starsom".to_owned(), issue: "2022-04".to_owned() };
    let digest = Digest {
        issue: issue.clone(),
        language: language.clone(),
        date: NaiveDate::from_ymd_opt(2022, 4, 8).ok_or("no day")?,
        subject: "Issue".to_owned(),
        preheader: String::new(),
        from: Mailbox { name: None, address: address.clone() },
        reply_to: None,
        list_name: "STARSOM".to_owned(),
        list_id: "starsom.example.org".to_owned(),
        archive_url: None,
        contact: None,
        html: "<p>Hello</p>".repeat(6_000),
        text: "Hello\n".repeat(1_000),
        images: Vec::new(),
        merge: MergeTable::new("abcdefgh"),
    };
    Ok(SealedContent {
        issue,
        edition: 0,
        variants: vec![SealedVariant { label: "en".to_owned(), language, digest }],
        public_url: None,
        unsubscribe_domain: "news.example.org".to_owned(),
        envelope_from: address,
        waivers: Vec::new(),
        approved_by: Vec::new(),
        schedule: None,
        sha256: "c0ffee".to_owned(),
    })
}
