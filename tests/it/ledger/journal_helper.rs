//! What a helper at the store may change: how long things take, and nothing else.

use crate::ledger::world::{LEASE, Place, Store, address, at, intent, reader, sealed, tally, verdict};
use masthead::{
    delivery::ports::{Ledger, Recovered, SubscriberStore},
    domain::{
        broadcast::BroadcastId,
        delivery::{Claim, DeliveryEvent},
        suppression::SuppressionReason,
    },
    ledger::{journal::Journaled, sqlite::SqliteLedger},
};
use std::collections::BTreeSet;

const READERS: usize = 6_000;

/// So many claims at once are worth reading ahead.
const CLAIMS: usize = 1_000;

fn helped(place: &Place) -> Journaled<SqliteLedger> {
    place.open_journaled().with_helper().expect("a thread")
}

fn claim(ledger: &mut dyn Ledger, broadcast: BroadcastId) -> Vec<Claim> {
    ledger.claim(broadcast, "one", CLAIMS, at(0), LEASE).expect("claimed")
}

/// Commits and records claims as connections do, a few at a time; returns those whose final dot may have left.
fn send(ledger: &mut dyn Ledger, claims: &[Claim]) -> Vec<i64> {
    let mut left = Vec::new();
    for few in claims.chunks(16) {
        let commits: Vec<_> = few.iter().map(intent).collect();
        let may_leave = ledger.commit(&commits, at(1)).expect("committed");
        let sent: Vec<&Claim> =
            few.iter().zip(&may_leave).filter(|(_, may)| **may).map(|(one, _)| one).collect();
        left.extend(sent.iter().map(|claim| claim.delivery.0));
        let records: Vec<_> = sent.iter().map(|claim| verdict(claim, DeliveryEvent::Accept)).collect();
        ledger.record(&records, at(2)).expect("recorded");
        ledger.catch_up(false).expect("a piece");
    }
    left
}

#[test]
fn everybody_is_sent_to_once_while_the_store_follows() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), READERS).id;
    let mut ledger = helped(&place);
    let (mut left, mut seen) = (Vec::new(), BTreeSet::new());
    loop {
        let claims = claim(&mut ledger, broadcast);
        if claims.is_empty() {
            break;
        }
        assert!(claims.iter().all(|claim| seen.insert(claim.delivery.0)), "claimed twice");
        left.extend(send(&mut ledger, &claims));
    }
    assert_eq!(left.len(), READERS);
    assert_eq!(tally(&mut ledger, broadcast), format!("sent {READERS}"));
    drop(ledger);
    assert_eq!(tally(&mut *place.open(), broadcast), format!("sent {READERS}"));
}

#[test]
fn who_leaves_in_the_middle_gets_nothing_also_when_claimed_ahead() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), READERS).id;
    let mut ledger = helped(&place);
    let first = claim(&mut ledger, broadcast);
    let mut left = send(&mut ledger, &first[..CLAIMS / 2]);
    // By now the next claims are read or being read. Everybody who has got nothing leaves, at another desk.
    let gone: BTreeSet<usize> = (0..READERS).collect();
    let mut other = place.open_file();
    for number in gone {
        let (evidence, reason) = ("a letter", SuppressionReason::Unsubscribed);
        other.suppress(&address(&reader(number)), "*", reason, evidence, at(1)).expect("suppressed");
    }
    left.extend(send(&mut ledger, &first[CLAIMS / 2..]));
    loop {
        let claims = claim(&mut ledger, broadcast);
        if claims.is_empty() {
            break;
        }
        left.extend(send(&mut ledger, &claims));
    }
    assert_eq!(left.len(), CLAIMS / 2, "only those before");
    ledger.recover(broadcast, Some("one"), at(3)).expect("recovered");
    let counted = ledger.tally(broadcast).expect("counted");
    assert_eq!(counted.of(masthead::domain::delivery::DeliveryState::Sent), (CLAIMS / 2) as u64);
    assert_eq!(counted.of(masthead::domain::delivery::DeliveryState::InDoubt), 0);
}

#[test]
fn fewer_claims_than_were_read_ahead_leave_the_rest_for_later() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), READERS).id;
    let mut ledger = helped(&place);
    let (mut left, mut seen) = (Vec::new(), BTreeSet::new());
    for limit in [CLAIMS, 700, 300, 600, 1].into_iter().cycle() {
        let claims = ledger.claim(broadcast, "one", limit, at(0), LEASE).expect("claimed");
        if claims.is_empty() {
            break;
        }
        assert!(claims.len() <= limit && claims.iter().all(|claim| seen.insert(claim.delivery.0)));
        left.extend(send(&mut ledger, &claims));
    }
    assert_eq!(left.len(), READERS, "nobody is left behind in somebody's hands");
    assert_eq!(tally(&mut ledger, broadcast), format!("sent {READERS}"));
}

#[test]
fn claims_that_were_read_ahead_go_back_with_the_others() {
    let place = Place::journal();
    let broadcast = sealed(&mut *place.open(), READERS).id;
    let mut ledger = helped(&place);
    let claims = claim(&mut ledger, broadcast);
    send(&mut ledger, &claims[..32]);
    let recovered = ledger.recover(broadcast, Some("one"), at(3)).expect("recovered");
    assert_eq!(recovered, Recovered { released: 2 * CLAIMS as u64 - 32, in_doubt: 0 });
    assert_eq!(tally(&mut ledger, broadcast), format!("queued {}, sent 32", READERS - 32));
    let mut store: Box<dyn Store> = place.open();
    drop(ledger);
    assert_eq!(tally(&mut *store, broadcast), format!("queued {}, sent 32", READERS - 32));
}
