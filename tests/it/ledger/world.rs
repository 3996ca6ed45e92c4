//! Stores that can be opened again and again, and the people who live in them.

use crate::support::postgres::Database;
use chrono::{DateTime, NaiveDate, Utc};
use masthead::{
    delivery::ports::{Candidate, Commit, Ledger, Record, Staged, SubscriberStore},
    domain::{
        address::{EmailAddress, Mailbox},
        broadcast::{Broadcast, BroadcastId, SealedContent, SealedVariant},
        delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryState},
        digest::Digest,
        issue::IssueId,
        language::Language,
        merge::MergeTable,
        subscriber::{Subscriber, SubscriberStatus},
    },
    ledger::{
        journal::{Folder, Journaled},
        memory::MemoryLedger,
        sqlite::SqliteLedger,
    },
};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// Both ports over one store.
pub(crate) trait Store: Ledger + SubscriberStore {}

impl<T: Ledger + SubscriberStore> Store for T {}

/// Where a store lives.
pub(crate) enum Place {
    /// In memory, shared by handles.
    Memory(MemoryLedger),
    /// In a file.
    File(tempfile::TempDir),
    /// In a file, with a send journal before it.
    Journal(tempfile::TempDir),
    /// In a database.
    Shared(Database),
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self::Memory(MemoryLedger::default())
    }

    pub(crate) fn file() -> Self {
        Self::File(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn journal() -> Self {
        Self::Journal(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn shared() -> Self {
        Self::Shared(Database::fresh())
    }

    /// Opens the store as another program would.
    pub(crate) fn open(&self) -> Box<dyn Store> {
        match self {
            Self::Memory(ledger) => Box::new(ledger.connect()),
            Self::File(_) => Box::new(self.open_file()),
            Self::Journal(_) => Box::new(self.open_journaled()),
            Self::Shared(database) => Box::new(database.open()),
        }
    }

    pub(crate) fn open_file(&self) -> SqliteLedger {
        SqliteLedger::open(&self.path()).expect("a ledger")
    }

    pub(crate) fn open_journaled(&self) -> Journaled<SqliteLedger> {
        Journaled::begin(self.open_file(), Folder::beside(&self.path())).expect("a journal")
    }

    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Self::File(folder) | Self::Journal(folder) => folder.path().join("masthead.db"),
            Self::Memory(_) | Self::Shared(_) => panic!("only a file has a path"),
        }
    }
}

/// How long the leases of these tests last.
pub(crate) const LEASE: Duration = Duration::from_mins(2);

/// Some seconds after the beginning of these tests.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_650_000_000 + seconds, 0).expect("a moment")
}

pub(crate) fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("a valid address")
}

pub(crate) fn subscriber(text: &str) -> Subscriber {
    Subscriber {
        address: address(text),
        name: Some("Reader \"R\" <b>&'".to_owned()),
        language: Language::parse("fr"),
        topics: vec!["cooperation".to_owned()],
        fields: BTreeMap::from([("city".to_owned(), "Malé, مالي".to_owned())]),
        status: SubscriberStatus::Active,
    }
}

pub(crate) fn reader(number: usize) -> String {
    format!("reader{number:04}@example.org")
}

pub(crate) fn issue(newsletter: &str) -> IssueId {
    IssueId { newsletter: newsletter.to_owned(), issue: "2022-04".to_owned() }
}

pub(crate) fn content(newsletter: &str, edition: u32) -> SealedContent {
    let language = Language::parse("en").expect("a tag");
    let digest = Digest {
        issue: issue(newsletter),
        language: language.clone(),
        date: NaiveDate::from_ymd_opt(2022, 4, 8).expect("a day"),
        subject: "Issue — नमस्ते".to_owned(),
        preheader: String::new(),
        from: Mailbox { name: Some("STARSOM".to_owned()), address: address("starsom@example.org") },
        reply_to: None,
        list_name: "STARSOM".to_owned(),
        list_id: "starsom.example.org".to_owned(),
        archive_url: None,
        contact: None,
        html: "<p>Hello</p>".to_owned(),
        text: "Hello\n".to_owned(),
        images: Vec::new(),
        merge: MergeTable::new("abcdefgh"),
    };
    SealedContent {
        issue: issue(newsletter),
        edition,
        variants: vec![SealedVariant { label: "en".to_owned(), language, digest }],
        public_url: None,
        unsubscribe_domain: "news.example.org".to_owned(),
        envelope_from: address("bounces@news.example.org"),
        waivers: Vec::new(),
        approved_by: Vec::new(),
        schedule: None,
        sha256: "c0ffee".to_owned(),
    }
}

pub(crate) fn candidate(text: &str) -> Candidate {
    Candidate { subscriber: subscriber(text), variant: 0 }
}

/// Stages addresses for STARSOM and says what became of each.
pub(crate) fn stage(ledger: &mut dyn Store, addresses: &[String]) -> Vec<Staged> {
    ledger.begin_staging("starsom").expect("staging");
    ledger.stage(addresses.iter().map(|text| candidate(text)).collect()).expect("staged")
}

/// Seals an issue of STARSOM to so many readers, at the beginning of time.
pub(crate) fn sealed(ledger: &mut dyn Store, readers: usize) -> Broadcast {
    stage(ledger, &(0..readers).map(reader).collect::<Vec<_>>());
    ledger.seal(&content("starsom", 0), "seal", at(0)).expect("sealed")
}

pub(crate) fn claim(ledger: &mut dyn Store, broadcast: BroadcastId, limit: usize) -> Vec<Claim> {
    ledger.claim(broadcast, "one", limit, at(0), LEASE).expect("claimed")
}

pub(crate) fn intent(claim: &Claim) -> Commit {
    Commit {
        delivery: claim.delivery,
        fence: claim.fence,
        date: 1_650_000_000,
        sha256: "feed".to_owned(),
        message_id: format!("{}@news.example.org", claim.delivery.0),
    }
}

pub(crate) fn commit(ledger: &mut dyn Store, claim: &Claim) -> bool {
    ledger.commit(&[intent(claim)], at(1)).expect("answered")[0]
}

pub(crate) fn verdict(claim: &Claim, event: DeliveryEvent) -> Record {
    Record {
        delivery: claim.delivery,
        fence: claim.fence,
        event,
        detail: Some("250 2.0.0 ok".to_owned()),
        remote_id: None,
        next_attempt_at: None,
    }
}

pub(crate) fn record(ledger: &mut dyn Store, claim: &Claim, event: DeliveryEvent) -> bool {
    ledger.record(&[verdict(claim, event)], at(2)).expect("answered")[0]
}

/// Returns where a delivery stands.
pub(crate) fn state_of(ledger: &mut dyn Store, broadcast: BroadcastId, id: DeliveryId) -> DeliveryState {
    let stands = |state: &DeliveryState| {
        let there = ledger.deliveries(broadcast, *state, usize::MAX).expect("listed");
        there.iter().any(|report| report.id == id)
    };
    DeliveryState::ALL.into_iter().find(stands).expect("it stands somewhere")
}

/// Writes the tally as `queued 2, sent 1`.
pub(crate) fn tally(ledger: &mut dyn Store, broadcast: BroadcastId) -> String {
    let tally = ledger.tally(broadcast).expect("counted");
    let parts = tally.by_state.iter().filter(|(_, count)| **count > 0);
    parts.map(|(state, count)| format!("{state} {count}")).collect::<Vec<_>>().join(", ")
}
