//! A sealed broadcast to `reader0@example.org`, `reader1@example.org`, ….

use masthead::{
    delivery::{
        ports::{Candidate, Ledger, LedgerError},
        seal::Contents,
    },
    domain::{
        address::EmailAddress,
        broadcast::{BroadcastId, SealedContent, SealedVariant},
        delivery::DeliveryState,
        digest::Digest,
        issue::IssueId,
        language::Language,
        merge::MergeTable,
        subscriber::{Subscriber, SubscriberStatus},
        time::Clock,
    },
};
use std::collections::BTreeMap;

pub(crate) fn address(number: usize) -> EmailAddress {
    EmailAddress::parse(&format!("reader{number}@example.org")).unwrap()
}

pub(crate) fn reader(number: usize) -> Subscriber {
    Subscriber {
        address: address(number),
        name: Some(format!("Reader {number}")),
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    }
}

pub(crate) fn variant(label: &str) -> SealedVariant {
    let language = Language::parse(label.split('+').next().unwrap()).unwrap();
    let digest = Digest {
        issue: issue(),
        language: language.clone(),
        date: chrono::NaiveDate::from_ymd_opt(2022, 4, 8).unwrap(),
        subject: "News".to_owned(),
        preheader: String::new(),
        from: masthead::domain::address::Mailbox::parse("STARSOM <starsom@example.org>").unwrap(),
        reply_to: None,
        list_name: "STARSOM".to_owned(),
        list_id: "starsom.example.org".to_owned(),
        archive_url: None,
        contact: None,
        html: "<p>Hello</p>".to_owned(),
        text: "Hello".to_owned(),
        images: Vec::new(),
        merge: MergeTable::new("7f3a91c0"),
    };
    SealedVariant { label: label.to_owned(), language, digest }
}

pub(crate) fn issue() -> IssueId {
    IssueId { newsletter: "starsom".to_owned(), issue: "2022-04".to_owned() }
}

pub(crate) fn content(labels: &[&str]) -> SealedContent {
    Contents {
        issue: issue(),
        edition: 0,
        variants: labels.iter().map(|label| variant(label)).collect(),
        public_url: None,
        unsubscribe_domain: "example.org".to_owned(),
        envelope_from: EmailAddress::parse("bounces@example.org").unwrap(),
        waivers: Vec::new(),
        approved_by: Vec::new(),
    }
    .sealed()
}

/// Seals a broadcast to so many readers.
pub(crate) fn seal(ledger: &mut dyn Ledger, readers: usize, clock: &dyn Clock) -> BroadcastId {
    try_seal(ledger, readers, clock).unwrap()
}

/// The same on a ledger that may fail.
pub(crate) fn try_seal(
    ledger: &mut dyn Ledger,
    readers: usize,
    clock: &dyn Clock,
) -> Result<BroadcastId, LedgerError> {
    ledger.begin_staging("starsom")?;
    let candidates = (0..readers).map(|number| Candidate { subscriber: reader(number), variant: 0 });
    ledger.stage(candidates.collect())?;
    Ok(ledger.seal(&content(&["en"]), "seal", clock.now())?.id)
}

/// Returns the state of every delivery by address.
pub(crate) fn states(ledger: &mut dyn Ledger, broadcast: BroadcastId) -> BTreeMap<String, DeliveryState> {
    let mut states = BTreeMap::new();
    for state in DeliveryState::ALL {
        for report in ledger.deliveries(broadcast, state, usize::MAX).unwrap() {
            assert_eq!(states.insert(report.address.expose(), state), None, "one state each");
        }
    }
    states
}
