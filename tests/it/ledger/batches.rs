//! Claims that stand together in the file: whoever looks finds each by itself.

use crate::ledger::world::{LEASE, Place, at, claim, commit, intent, sealed, tally, verdict};
use masthead::{
    delivery::ports::{Base, DoubtStore, Fact, Intent, Ledger, Owner, RunId, Verdict},
    domain::{
        broadcast::Broadcast,
        delivery::{Claim, DeliveryEvent as Event, DeliveryId, DeliveryState as State},
    },
    ledger::sqlite::SqliteLedger,
};
use rusqlite::Connection;

const RUN: RunId = RunId([7; 16]);

fn place(readers: usize) -> (Place, SqliteLedger, Broadcast) {
    let place = Place::file();
    let mut ledger = place.open_file();
    let broadcast = sealed(&mut ledger, readers);
    ledger.enter_run(RUN, at(0)).expect("entered");
    (place, ledger, broadcast)
}

fn batches(place: &Place) -> i64 {
    let connection = Connection::open(place.path()).expect("opened");
    connection.query_row("SELECT count(*) FROM batch", [], |row| row.get(0)).expect("counted")
}

/// What a journal says of a message that was taken, from this place of it on.
fn sent(claim: &Claim, offset: u64) -> Fact {
    let asked = intent(claim);
    let given = verdict(claim, Event::Accept);
    Fact {
        delivery: claim.delivery,
        fence: claim.fence,
        attempt: claim.attempt,
        intent: Some(Intent {
            offset,
            at: at(1),
            date: asked.date,
            sha256: asked.sha256,
            message_id: asked.message_id,
        }),
        verdict: Some(Verdict {
            offset: offset + 1,
            at: at(2),
            event: given.event,
            detail: given.detail,
            remote_id: given.remote_id,
            next_attempt_at: None,
        }),
    }
}

fn take_over(ledger: &mut SqliteLedger, claims: &[Claim], offset: u64) {
    let facts: Vec<Fact> = (offset..).step_by(2).zip(claims).map(|(at, claim)| sent(claim, at)).collect();
    let end = offset + 2 * facts.len() as u64;
    let applied = ledger.take_over(RUN, &facts, end, Owner::Lives).expect("taken over");
    assert_eq!(applied.sent, claims.len() as u64);
}

fn history(ledger: &mut SqliteLedger, delivery: DeliveryId) -> Vec<(String, State, i64, Option<String>)> {
    let lines = ledger.history(delivery).expect("a history");
    assert!(lines.iter().all(|line| line.attempt == 1));
    lines
        .into_iter()
        .map(|line| (line.event, line.state, (line.at - at(0)).num_seconds(), line.detail))
        .collect()
}

/// The whole way of a delivery that was taken at once.
fn whole_way(id: DeliveryId) -> Vec<(String, State, i64, Option<String>)> {
    let line = |event: &str, state, at, detail: &str| (event.to_owned(), state, at, Some(detail.to_owned()));
    vec![
        line("claim", State::Leased, 0, "one"),
        line("commit", State::Committing, 1, &format!("{}@news.example.org", id.0)),
        line("accept", State::Sent, 2, "250 2.0.0 ok"),
    ]
}

#[test]
fn a_batch_is_one_row_until_its_members_are_settled() {
    let (place, mut ledger, broadcast) = place(6);
    let claims = claim(&mut ledger, broadcast.id, 4);
    assert_eq!(batches(&place), 1);
    take_over(&mut ledger, &claims[..3], 64);
    assert_eq!(batches(&place), 1, "one of them is open");
    take_over(&mut ledger, &claims[3..], 70);
    assert_eq!(batches(&place), 0);
    for claim in &claims {
        assert_eq!(history(&mut ledger, claim.delivery), whole_way(claim.delivery));
    }
    assert_eq!(claim_ids(&mut ledger, &broadcast, 9).len(), 2, "nobody is claimed twice");
}

fn claim_ids(ledger: &mut SqliteLedger, broadcast: &Broadcast, limit: usize) -> Vec<DeliveryId> {
    claim(ledger, broadcast.id, limit).iter().map(|claim| claim.delivery).collect()
}

#[test]
fn the_next_claim_passes_over_those_that_are_held() {
    let (place, mut ledger, broadcast) = place(5);
    let first = claim_ids(&mut ledger, &broadcast, 2);
    let second = claim_ids(&mut ledger, &broadcast, 2);
    let third = claim_ids(&mut ledger, &broadcast, 2);
    assert_eq!((first.len(), second.len(), third.len(), batches(&place)), (2, 2, 1, 3));
    let mut all = [first, second, third].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 5);
}

#[test]
fn who_looks_sees_claims_one_by_one_and_disturbs_nobody() {
    let (place, mut ledger, broadcast) = place(3);
    let claims = claim(&mut ledger, broadcast.id, 2);
    let before = ledger.stamp().expect("a stamp");
    let mut other = place.open_file();
    assert_eq!(tally(&mut other, broadcast.id), "queued 1, leased 2");
    assert_eq!(history(&mut other, claims[0].delivery).len(), 1);
    assert_eq!(other.deliveries(broadcast.id, State::Leased, 9).expect("listed").len(), 2);
    assert_eq!((batches(&place), ledger.stamp().expect("a stamp")), (1, before));
}

#[test]
fn another_sender_writes_them_out_and_takes_none_of_them() {
    let (place, mut ledger, broadcast) = place(3);
    let claims = claim(&mut ledger, broadcast.id, 2);
    let mut other = place.open_file();
    let theirs = other.claim(broadcast.id, "two", 9, at(0), LEASE).expect("claimed");
    assert_eq!((theirs.len(), batches(&place)), (1, 1), "only their own stand together");
    assert!(claims.iter().all(|claim| claim.delivery != theirs[0].delivery));
    // What was written out by others is taken over as ever.
    take_over(&mut ledger, &claims, 64);
    assert_eq!(history(&mut ledger, claims[0].delivery), whole_way(claims[0].delivery));
    assert_eq!(tally(&mut ledger, broadcast.id), "leased 1, sent 2");
}

#[test]
fn who_leaves_meanwhile_is_not_committed_and_others_are() {
    let (_place, mut ledger, broadcast) = place(2);
    let claims = claim(&mut ledger, broadcast.id, 2);
    ledger
        .resolve(broadcast.id, State::Leased, Some(&[claims[0].delivery]), Event::Suppress, "left", at(1))
        .expect("suppressed");
    assert!(!commit(&mut ledger, &claims[0]));
    assert!(commit(&mut ledger, &claims[1]));
}

#[test]
fn a_dead_senders_batch_goes_back_to_the_queue_with_its_lease() {
    let (place, mut ledger, broadcast) = place(2);
    let claims = claim(&mut ledger, broadcast.id, 2);
    drop(ledger);
    let mut next = place.open_file();
    let early = next.recover(broadcast.id, None, at(1)).expect("recovered");
    assert_eq!(early.released, 0);
    let late = next.recover(broadcast.id, None, at(0) + LEASE).expect("recovered");
    assert_eq!((late.released, tally(&mut next, broadcast.id).as_str()), (2, "queued 2"));
    let again = next.claim(broadcast.id, "one", 9, at(0) + LEASE, LEASE).expect("claimed");
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|claim| claim.fence == 2 && claim.attempt == 2));
    // The dead one was only frozen: its fence is outdated.
    assert!(!commit(&mut next, &claims[0]) && commit(&mut next, &again[0]));
}
