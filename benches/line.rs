//! How fast the line is by itself: `cargo bench --bench line -- PORT [MESSAGES] [CONNECTIONS] [DEPTH] [FOLDER]`.
//!
//! Runs the runner over SMTP with the ledger in memory, or in SQLite with its send journal in FOLDER, as `send` does
//! and with every flush, against a server on 127.0.0.1 that takes everything, such as
//! `smtp-sink 127.0.0.1:PORT 1000` or the discard sink of the measuring rig. Whether chunks are used is the server's choice.
//! Messages have 58 KB, most of it shared, with thirty values of the reader's own, and no fingerprint is taken of
//! them: what is left is the line and the worker around it.

use chrono::{DateTime, NaiveDate, Utc};
use masthead::{
    delivery::{
        letters::{Letter, LetterDesk, Letters},
        ports::{Candidate, Envelope, Ledger},
    },
    domain::{
        address::{EmailAddress, Mailbox},
        broadcast::{BroadcastId, SealedContent, SealedVariant},
        delivery::Claim,
        digest::Digest,
        issue::IssueId,
        language::Language,
        merge::MergeTable,
        message::{Message, Piece, Stock},
        problem::Problems,
        settings::{Protection, RelaySettings},
        subscriber::{Subscriber, SubscriberStatus},
        time::Clock,
    },
    ledger::{
        journal::{Folder, Journaled},
        memory::MemoryLedger,
        sqlite::SqliteLedger,
    },
    runner::{options::RunOptions, progress::Silent, run::Runner, stop::stop_switch},
    smtp::transport::SmtpTransport,
};
use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Octets of a message that all readers share.
const SHARED: usize = 58_000;

/// Recipients that are staged at once.
const STAGED: usize = 1_000;

/// Places where a reader's own values go in.
const BLANKS: usize = 30;

struct RealClock(Instant);

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "a measurement needs the real clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

/// One message for everybody, with blanks.
#[derive(Clone)]
struct Same(Arc<Stock>);

#[derive(Default)]
struct Desk {
    stock: Arc<Stock>,
    value: String,
}

impl LetterDesk for Desk {
    fn message(&self) -> Message<'_> {
        let mut blanks = 0..BLANKS;
        let value = || Piece::scan(self.value.as_bytes());
        Message::new(
            self.stock
                .pieces()
                .flat_map(move |shared| [Some(shared), blanks.next().map(|_| value())])
                .flatten(),
        )
    }
}

impl Letters for Same {
    type Desk = Desk;

    fn fill(&self, claim: &Claim, _date: i64, desk: &mut Desk) -> Result<Letter, Problems> {
        desk.stock = Arc::clone(&self.0);
        desk.value.clear();
        desk.value.push_str(&claim.subscriber.address.expose());
        desk.value.push_str("\r\n");
        Ok(Letter {
            sha256: "0".repeat(64),
            message_id: String::new(),
            envelope: Envelope {
                from: EmailAddress::parse("news@example.org").map_err(|_| Problems::default())?,
                to: claim.subscriber.address.clone(),
                envelope_id: claim.delivery.0.to_string(),
            },
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let numbers: Vec<usize> = words.iter().filter_map(|text| text.parse().ok()).collect();
    let number = |index: usize, usual| numbers.get(index).copied().unwrap_or(usual);
    let port = u16::try_from(number(0, 2525))?;
    let (messages, connections, depth) = (number(1, 20_000), number(2, 16), number(3, 1));
    let clock = Arc::new(RealClock(start()));
    let folder = words.iter().find(|word| word.parse::<usize>().is_err()).map(Path::new);
    let (ledger, broadcast) = sealed(folder, messages, clock.now())?;
    let transport = SmtpTransport::new(RelaySettings::new("127.0.0.1", port, Protection::Plain), None)
        .map_err(|problem| problem.to_string())?;
    let runner = Runner { transport, letters: Same(Arc::new(stock())), clock, progress: Arc::new(Silent) };
    let options = RunOptions {
        connections,
        pipeline_depth: depth,
        messages_per_connection: u32::MAX,
        ..RunOptions::new(broadcast, "line")
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (ticks, began) = (cpu_ticks(), start());
    let (_switch, stop) = stop_switch();
    let report = runtime.block_on(runner.run(ledger, options, stop));
    let kind = if folder.is_some() { "SQLite" } else { "memory" };
    tell(
        &format!("{connections} x {depth} {kind}"),
        report.counts.sent,
        began.elapsed(),
        cpu_ticks() - ticks,
    );
    Ok(())
}

/// Returns a ledger with so many deliveries sealed: in memory, or in a file of a folder, behind its journal.
fn sealed(
    folder: Option<&Path>,
    messages: usize,
    now: DateTime<Utc>,
) -> Result<(Box<dyn Ledger>, BroadcastId), Box<dyn Error>> {
    let Some(folder) = folder else {
        let mut ledger = MemoryLedger::default();
        let broadcast = seal(&mut ledger, messages, now)?;
        return Ok((Box::new(ledger), broadcast));
    };
    let path = folder.join("line.db");
    let mut ledger = SqliteLedger::open(&path)?;
    let broadcast = seal(&mut ledger, messages, now)?;
    Ok((Box::new(Journaled::begin(ledger, Folder::beside(&path))?.with_helper()?), broadcast))
}

fn seal(
    ledger: &mut impl Ledger,
    messages: usize,
    now: DateTime<Utc>,
) -> Result<BroadcastId, Box<dyn Error>> {
    ledger.begin_staging("line")?;
    for first in (0..messages).step_by(STAGED) {
        let last = messages.min(first + STAGED);
        ledger.stage((first..last).map(candidate).collect::<Result<Vec<_>, _>>()?)?;
    }
    Ok(ledger.seal(&content()?, "seal", now)?.id)
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs the real clock")]
fn start() -> Instant {
    Instant::now()
}

/// User and system time of the process so far, in ticks of 10 ms.
fn cpu_ticks() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    stat.split(' ').skip(13).take(2).filter_map(|text| text.parse::<f64>().ok()).sum()
}

#[expect(clippy::print_stdout, reason = "a measurement is for people")]
#[expect(clippy::cast_precision_loss, reason = "three digits are enough")]
fn tell(what: &str, sent: u64, time: Duration, ticks: f64) {
    let peak = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    let (rate, cpu) = (sent as f64 / time.as_secs_f64(), ticks * 10_000.0 / sent as f64);
    println!("{what:<16} {sent:>8} sent {rate:>9.0} /s {cpu:>7.1} us CPU each  peak {peak}");
}

fn stock() -> Stock {
    let octets =
        b"All of this is the same for everybody who reads it, and most mail is so.\r\n".repeat(SHARED / 74);
    let step = octets.len() / BLANKS / 74 * 74;
    Stock::new(octets, (1..=BLANKS).map(|blank| blank * step))
}

fn candidate(number: usize) -> Result<Candidate, Box<dyn Error>> {
    let subscriber = Subscriber {
        address: EmailAddress::parse(&format!("reader{number}@example.net"))?,
        name: None,
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    };
    Ok(Candidate { subscriber, variant: 0 })
}

fn content() -> Result<SealedContent, Box<dyn Error>> {
    let language = Language::parse("en").ok_or("no language")?;
    let issue = IssueId { newsletter: "line".to_owned(), issue: "1".to_owned() };
    let digest = Digest {
        issue: issue.clone(),
        language: language.clone(),
        date: NaiveDate::from_ymd_opt(2022, 4, 8).ok_or("no date")?,
        subject: "News".to_owned(),
        preheader: String::new(),
        from: Mailbox::parse("News <news@example.org>")?,
        reply_to: None,
        list_name: "News".to_owned(),
        list_id: "news.example.org".to_owned(),
        archive_url: None,
        contact: None,
        html: "<p>Hello</p>".to_owned(),
        text: "Hello".to_owned(),
        images: Vec::new(),
        merge: MergeTable::new("7f3a91c0"),
    };
    let variants = vec![SealedVariant { label: "en".to_owned(), language, digest }];
    Ok(masthead::delivery::seal::Contents {
        issue,
        edition: 0,
        variants,
        public_url: None,
        unsubscribe_domain: "example.org".to_owned(),
        envelope_from: EmailAddress::parse("bounces@example.org")?,
        waivers: Vec::new(),
        approved_by: Vec::new(),
    }
    .sealed())
}
