//! What the journal proves: against a store that was put back, copied or changed by somebody who did not know.

use crate::ledger::world::{
    LEASE, Place, address, at, claim, commit, content, intent, reader, record, sealed, stage, state_of,
    tally, verdict,
};
use masthead::{
    delivery::ports::{DoubtStore, HistoryEntry, Ledger, LedgerError, Recovered, SubscriberStore},
    domain::{
        delivery::{Claim, DeliveryEvent, DeliveryState},
        suppression::SuppressionReason,
    },
    ledger::{
        error::problem_of,
        journal::{Folder, Journaled, mend},
        sqlite::SqliteLedger,
    },
};

fn begin(place: &Place) -> Result<Journaled<SqliteLedger>, LedgerError> {
    Journaled::begin(place.open_file(), Folder::beside(&place.path()))
}

#[track_caller]
fn check_refused(place: &Place, code: &str) {
    let problem = begin(place).err().map(|error| problem_of(&error)).expect("refused");
    assert_eq!(problem.code, code, "{problem}");
    assert!(problem.help.is_some_and(|help| help.contains("--adopt")));
}

/// Puts the ledger back to what it was.
fn put_back(place: &Place, backup: &[u8]) {
    for ending in ["-wal", "-shm"] {
        let mut beside = place.path().into_os_string();
        beside.push(ending);
        let _ = std::fs::remove_file(beside);
    }
    std::fs::write(place.path(), backup).expect("put back");
}

fn accept(ledger: &mut Journaled<SqliteLedger>, claim: &Claim) {
    assert!(commit(ledger, claim) && record(ledger, claim, DeliveryEvent::Accept));
}

#[test]
fn a_run_that_leaves_in_the_middle_leaves_its_doubts_to_be_seen() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), 3).id;
    let mut ledger = begin(&place).expect("begun");
    let claims = claim(&mut ledger, broadcast, 2);
    assert!(commit(&mut ledger, &claims[0]));
    accept(&mut ledger, &claims[1]);
    drop(ledger);
    let mut next = begin(&place).expect("begun");
    assert_eq!(tally(&mut next, broadcast), "queued 1, sent 1, in_doubt 1");
}

#[test]
fn a_ledger_put_back_is_refused_and_mended() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), 6).id;
    let backup = std::fs::read(place.path()).expect("a backup");
    let mut ledger = begin(&place).expect("begun");
    let claims = claim(&mut ledger, broadcast, 4);
    accept(&mut ledger, &claims[0]);
    accept(&mut ledger, &claims[1]);
    assert!(commit(&mut ledger, &claims[2]));
    assert!(record(&mut ledger, &claims[3], DeliveryEvent::Bounce));
    drop(ledger);
    put_back(&place, &backup);
    check_refused(&place, "ledger/rolled-back");

    let mut base = place.open_file();
    let mended = mend(&mut base, &Folder::beside(&place.path())).expect("mended");
    assert_eq!((mended.applied.sent, mended.applied.in_doubt, mended.applied.other), (2, 1, 1));
    let mut ledger = begin(&place).expect("it may be sent from again");
    assert_eq!(tally(&mut ledger, broadcast), "queued 2, sent 2, in_doubt 1, bounced 1");
    let rest = claim(&mut ledger, broadcast, 9);
    assert_eq!(rest.len(), 2);
    assert!(rest.iter().all(|claim| commit(&mut ledger, claim)));
    let again = mend(&mut base, &Folder::beside(&place.path()));
    assert_eq!(problem_of(&again.expect_err("a send is running")).code, "ledger/in-use");
}

#[test]
fn what_left_before_its_issue_was_known_holds_when_it_is_sealed_again() {
    let place = Place::journal();
    drop(place.open());
    let backup = std::fs::read(place.path()).expect("a backup");
    let broadcast = sealed(&mut *place.open(), 5).id;
    let mut ledger = begin(&place).expect("begun");
    let claims = claim(&mut ledger, broadcast, 3);
    accept(&mut ledger, &claims[0]);
    accept(&mut ledger, &claims[1]);
    assert!(commit(&mut ledger, &claims[2]));
    drop(ledger);
    put_back(&place, &backup);
    let mended = mend(&mut place.open_file(), &Folder::beside(&place.path())).expect("mended");
    assert_eq!(mended.applied.unknown, 3);
    let mut ledger = begin(&place).expect("begun");
    stage(&mut ledger, &(0..5).map(reader).collect::<Vec<_>>());
    let broadcast = ledger.seal(&content("starsom", 0), "seal", at(9)).expect("sealed again").id;
    assert_eq!(tally(&mut ledger, broadcast), "queued 2, sent 2, in_doubt 1");
    assert_eq!(state_of(&mut ledger, broadcast, claims[2].delivery), DeliveryState::InDoubt);
}

#[test]
fn a_copy_elsewhere_must_be_adopted() {
    let (place, elsewhere) = (Place::journal(), Place::journal());
    drop(begin(&place).expect("begun"));
    std::fs::copy(place.path(), elsewhere.path()).expect("copied");
    check_refused(&elsewhere, "ledger/moved");
    mend(&mut elsewhere.open_file(), &Folder::beside(&elsewhere.path())).expect("adopted");
    begin(&elsewhere).expect("it may be sent from");
}

#[test]
fn a_ledger_made_anew_beside_the_journals_of_another_must_be_adopted() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), 3).id;
    let mut ledger = begin(&place).expect("begun");
    let claims = claim(&mut ledger, broadcast, 1);
    accept(&mut ledger, &claims[0]);
    drop(ledger);
    // What a copy without its write-ahead log comes to.
    put_back(&place, b"");
    check_refused(&place, "ledger/replaced");
    mend(&mut place.open_file(), &Folder::beside(&place.path())).expect("adopted");
    begin(&place).expect("it may be sent from");
}

#[test]
fn whoever_leaves_through_another_program_gets_nothing() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), 3).id;
    let mut ledger = begin(&place).expect("begun");
    let claims = claim(&mut ledger, broadcast, 3);
    assert!(commit(&mut ledger, &claims[0]), "nobody has left yet");
    let mut other = place.open_file();
    let gone = claims[1].subscriber.address.clone();
    other.suppress(&gone, "*", SuppressionReason::Unsubscribed, "link", at(1)).expect("suppressed");
    assert!(!commit(&mut ledger, &claims[1]), "the reader has left");
    assert!(commit(&mut ledger, &claims[2]), "the store itself says yes");
    for (claim, is_current) in [(&claims[0], true), (&claims[1], false), (&claims[2], true)] {
        assert_eq!(record(&mut ledger, claim, DeliveryEvent::Accept), is_current);
    }
    assert_eq!(tally(&mut ledger, broadcast), "sent 2, suppressed 1");
}

#[test]
fn a_sending_called_off_by_another_program_stops() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), 3).id;
    let mut ledger = begin(&place).expect("begun");
    let claims = claim(&mut ledger, broadcast, 2);
    let (from, event) = (DeliveryState::Queued, DeliveryEvent::Cancel);
    place.open_file().resolve(broadcast, from, None, event, "called off", at(1)).expect("cancelled");
    assert!(!commit(&mut ledger, &claims[0]));
}

#[test]
fn mail_that_left_is_sent_even_if_its_reader_left_a_moment_later() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), 2).id;
    let mut ledger = begin(&place).expect("begun");
    let claims = claim(&mut ledger, broadcast, 2);
    assert!(commit(&mut ledger, &claims[0]) && commit(&mut ledger, &claims[1]));
    let mut other = place.open_file();
    for claim in &claims {
        let gone = &claim.subscriber.address;
        other.suppress(gone, "*", SuppressionReason::Unsubscribed, "link", at(1)).expect("suppressed");
    }
    assert_eq!(tally(&mut other, broadcast), "suppressed 2", "it can't know better yet");
    record(&mut ledger, &claims[0], DeliveryEvent::Accept);
    record(&mut ledger, &claims[1], DeliveryEvent::Defer);
    assert_eq!(tally(&mut ledger, broadcast), "sent 1, deferred 1");
    assert_eq!(ledger.claim(broadcast, "one", 9, at(99), LEASE).expect("claimed"), [], "nobody who left");
    assert_eq!(tally(&mut ledger, broadcast), "sent 1, suppressed 1");
    assert_eq!(other.suppressions().expect("listed").len(), 2, "the suppressions stay");
    let history = other.history(claims[0].delivery).expect("read");
    let overruled = |entry: &HistoryEntry| {
        entry.detail.as_ref().is_some_and(|detail| detail.contains("stood as suppressed"))
    };
    assert!(history.iter().any(overruled), "{history:?}");
}

#[test]
fn a_frozen_senders_commit_is_no_mere_claim() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), 3).id;
    let mut frozen = begin(&place).expect("begun");
    let claims = claim(&mut frozen, broadcast, 3);
    assert!(commit(&mut frozen, &claims[0]) && commit(&mut frozen, &claims[1]));
    let mut other = begin(&place).expect("begun");
    let much_later = at(LEASE.as_secs().cast_signed() + 1);
    let recovered = other.recover(broadcast, None, much_later).expect("recovered");
    assert_eq!(recovered, Recovered { released: 1, in_doubt: 2 });
    assert!(!commit(&mut frozen, &claims[2]), "it is somebody else's now");
    assert!(record(&mut frozen, &claims[0], DeliveryEvent::Accept), "a late answer is evidence");
    assert_eq!(tally(&mut other, broadcast), "queued 1, sent 1, in_doubt 1");
}

#[test]
fn a_dead_senders_commits_are_in_doubt_for_whoever_comes_next() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), 3).id;
    let mut ledger = begin(&place).expect("begun");
    let claims = claim(&mut ledger, broadcast, 2);
    let (records, commits) = ([], [intent(&claims[0])]);
    ledger.record_and_commit(&records, &commits, at(1)).expect("committed");
    ledger
        .record_and_commit(&[verdict(&claims[0], DeliveryEvent::Accept)], &[intent(&claims[1])], at(2))
        .expect("on");
    drop(ledger);
    let mut next = begin(&place).expect("begun");
    next.recover(broadcast, Some("one"), at(3)).expect("recovered");
    assert_eq!(tally(&mut next, broadcast), "queued 1, sent 1, in_doubt 1");
}

#[test]
fn a_journal_names_no_reader() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), 2).id;
    let mut ledger = begin(&place).expect("begun");
    let claims = claim(&mut ledger, broadcast, 2);
    for claim in &claims {
        assert!(commit(&mut ledger, claim));
        let mut record = verdict(claim, DeliveryEvent::Bounce);
        record.detail = Some(format!("550 5.1.1 <{}> unknown", claim.subscriber.address.expose()));
        ledger.record(&[record], at(2)).expect("recorded");
    }
    let folder = Folder::beside(&place.path());
    for entry in std::fs::read_dir(folder.path()).expect("listed") {
        let octets = std::fs::read(entry.expect("an entry").path()).expect("read");
        let text = String::from_utf8_lossy(&octets);
        assert!(!text.contains(&address(&reader(0)).expose()) && !text.contains("reader0001"), "{text}");
    }
}
