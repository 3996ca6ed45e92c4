//! Claims, leases, recovery: one delivery belongs to one worker at a time.

use crate::ledger::world::{
    LEASE, Place, at, claim, commit, record, sealed, state_of, subscriber, tally, verdict,
};
use masthead::{
    delivery::ports::{Record, Recovered},
    domain::{
        broadcast::{BroadcastId, BroadcastState},
        delivery::{DeliveryEvent as Event, DeliveryState as State},
        issue::IssueId,
    },
};
use std::collections::HashSet;

for_every_ledger! {
    a_claim_says_all_that_sending_needs
    claims_of_two_workers_never_overlap
    workers_in_threads_never_overlap
    deferred_deliveries_wait_for_their_moment
    a_released_delivery_can_be_claimed_again_with_a_higher_fence
    a_late_worker_changes_nothing
    leases_that_ran_out_are_recovered
    a_named_worker_is_recovered_before_its_lease_ends
    a_clock_that_ran_ahead_when_it_was_sealed_holds_nobody_back
    heartbeats_keep_leases_alive
    everything_is_still_there_after_a_crash
    nothing_is_claimed_from_a_broadcast_that_is_not_there
    a_broadcast_is_done_when_nothing_is_open
}

fn a_claim_says_all_that_sending_needs(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 3);
    let claims = claim(&mut *ledger, broadcast.id, 2);
    assert_eq!(claims.len(), 2);
    for claimed in &claims {
        assert_eq!((claimed.fence, claimed.attempt, claimed.variant), (1, 1, 0));
        assert_eq!(claimed.subscriber, subscriber(&claimed.subscriber.address.expose()));
        assert_eq!(claimed.repeat, None);
    }
    assert!(claims[0].delivery < claims[1].delivery);
    assert_eq!(tally(&mut *ledger, broadcast.id), "queued 1, leased 2");
}

fn claims_of_two_workers_never_overlap(place: &Place) {
    let (mut one, mut two) = (place.open(), place.open());
    let broadcast = sealed(&mut *one, 25).id;
    let mut seen = HashSet::new();
    for round in 0.. {
        let ledger = if round % 2 == 0 { &mut one } else { &mut two };
        let claims =
            ledger.claim(broadcast, &format!("worker {}", round % 2), 4, at(0), LEASE).expect("claimed");
        if claims.is_empty() {
            break;
        }
        for claimed in claims {
            assert!(seen.insert(claimed.delivery), "claimed twice");
        }
    }
    assert_eq!(seen.len(), 25);
}

fn workers_in_threads_never_overlap(place: &Place) {
    let broadcast = sealed(&mut *place.open(), 120).id;
    let work = |name: &'static str| {
        let mut ledger = place.open();
        move || {
            let mut mine = Vec::new();
            loop {
                let claims = ledger.claim(broadcast, name, 7, at(0), LEASE).expect("claimed");
                if claims.is_empty() {
                    return mine;
                }
                for claimed in claims {
                    assert!(commit(&mut *ledger, &claimed));
                    assert!(record(&mut *ledger, &claimed, Event::Accept));
                    mine.push(claimed.delivery);
                }
            }
        }
    };
    let (one, two) = (work("one"), work("two"));
    let (first, second) = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(one), scope.spawn(two));
        (one.join().expect("worked"), two.join().expect("worked"))
    });
    let all: HashSet<_> = first.iter().chain(&second).collect();
    assert_eq!((all.len(), first.len() + second.len()), (120, 120));
    assert_eq!(tally(&mut *place.open(), broadcast), "sent 120");
}

fn deferred_deliveries_wait_for_their_moment(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 1).id;
    let claimed = claim(&mut *ledger, broadcast, 1).remove(0);
    let later = masthead::delivery::ports::Record {
        next_attempt_at: Some(at(600)),
        ..verdict(&claimed, Event::Defer)
    };
    assert_eq!(ledger.record(&[later], at(2)).expect("answered"), [true]);
    assert_eq!(ledger.next_due(broadcast).expect("read"), Some(at(600)));
    assert_eq!(ledger.claim(broadcast, "one", 1, at(599), LEASE).expect("claimed"), []);
    let again = ledger.claim(broadcast, "one", 1, at(600), LEASE).expect("claimed").remove(0);
    assert_eq!((again.fence, again.attempt, again.repeat), (2, 2, None));
}

fn a_released_delivery_can_be_claimed_again_with_a_higher_fence(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 1).id;
    let first = claim(&mut *ledger, broadcast, 1).remove(0);
    assert!(record(&mut *ledger, &first, Event::Release));
    let second = ledger.claim(broadcast, "two", 1, at(3), LEASE).expect("claimed").remove(0);
    assert!(second.fence > first.fence);
}

fn a_late_worker_changes_nothing(place: &Place) {
    let (mut frozen, mut awake) = (place.open(), place.open());
    let broadcast = sealed(&mut *frozen, 1).id;
    let old = frozen.claim(broadcast, "frozen", 1, at(0), LEASE).expect("claimed").remove(0);
    assert_eq!(awake.recover(broadcast, None, at(121)).expect("recovered").released, 1);
    let new = awake.claim(broadcast, "awake", 1, at(121), LEASE).expect("claimed").remove(0);
    assert!(!commit(&mut *frozen, &old));
    for event in [Event::Release, Event::Defer, Event::Fail, Event::Bounce, Event::Accept] {
        assert!(!record(&mut *frozen, &old, event), "{event:?}");
    }
    assert_eq!(frozen.heartbeat(broadcast, "frozen", at(900)).expect("answered"), 0);
    assert_eq!(state_of(&mut *awake, broadcast, new.delivery), State::Leased);
    assert!(awake.commit(&[super::super::world::intent(&new)], at(122)).expect("answered")[0]);
}

fn leases_that_ran_out_are_recovered(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 4).id;
    let claims = claim(&mut *ledger, broadcast, 3);
    assert!(commit(&mut *ledger, &claims[0]));
    assert_eq!(ledger.recover(broadcast, None, at(119)).expect("recovered"), Recovered::default());
    let recovered = ledger.recover(broadcast, None, at(120)).expect("recovered");
    assert_eq!(recovered, Recovered { released: 2, in_doubt: 1 });
    assert_eq!(tally(&mut *ledger, broadcast), "queued 3, in_doubt 1");
    let doubt = ledger.deliveries(broadcast, State::InDoubt, 9).expect("listed").remove(0);
    assert_eq!(doubt.id, claims[0].delivery);
    assert!(doubt.detail.expect("a reason").contains("ended before it could record"));
    assert_eq!(doubt.message_id, Some(format!("{}@news.example.org", doubt.id.0)));
    assert_eq!(ledger.recover(broadcast, None, at(999)).expect("recovered"), Recovered::default());
}

fn a_named_worker_is_recovered_before_its_lease_ends(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 4).id;
    let theirs = ledger.claim(broadcast, "dead", 2, at(0), LEASE).expect("claimed");
    ledger.claim(broadcast, "alive", 2, at(0), LEASE).expect("claimed");
    assert!(commit(&mut *ledger, &theirs[0]));
    let recovered = ledger.recover(broadcast, Some("dead"), at(1)).expect("recovered");
    assert_eq!(recovered, Recovered { released: 1, in_doubt: 1 });
    assert_eq!(tally(&mut *ledger, broadcast), "queued 1, leased 2, in_doubt 1");
}

fn a_clock_that_ran_ahead_when_it_was_sealed_holds_nobody_back(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 4).id;
    let claims = claim(&mut *ledger, broadcast, 2);
    let put_off = Record { next_attempt_at: Some(at(300)), ..verdict(&claims[0], Event::Defer) };
    assert_eq!(ledger.record(&[put_off], at(1)).expect("recorded"), [true]);
    assert_eq!(ledger.claim(broadcast, "one", 9, at(-5_000), LEASE).expect("answered"), []);
    let recovered = ledger.recover(broadcast, Some("one"), at(-5_000)).expect("recovered");
    assert_eq!(recovered, Recovered { released: 1, in_doubt: 0 });
    assert_eq!(ledger.next_due(broadcast).expect("read"), Some(at(-5_000)));
    // The one that a relay put off keeps its moment.
    assert_eq!(ledger.claim(broadcast, "one", 9, at(-5_000), LEASE).expect("answered").len(), 3);
    assert_eq!(tally(&mut *ledger, broadcast), "leased 3, deferred 1");
}

fn heartbeats_keep_leases_alive(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 3).id;
    let claims = claim(&mut *ledger, broadcast, 2);
    assert!(commit(&mut *ledger, &claims[0]));
    assert_eq!(ledger.heartbeat(broadcast, "one", at(500)).expect("answered"), 2);
    assert_eq!(ledger.heartbeat(broadcast, "two", at(500)).expect("answered"), 0);
    assert_eq!(ledger.recover(broadcast, None, at(499)).expect("recovered"), Recovered::default());
    // A heartbeat never shortens a lease.
    assert_eq!(ledger.heartbeat(broadcast, "one", at(10)).expect("answered"), 2);
    assert_eq!(ledger.recover(broadcast, None, at(499)).expect("recovered"), Recovered::default());
    assert!(record(&mut *ledger, &claims[0], Event::Accept));
    assert_eq!(ledger.heartbeat(broadcast, "one", at(500)).expect("answered"), 1);
}

fn everything_is_still_there_after_a_crash(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 5).id;
    let claims = claim(&mut *ledger, broadcast, 3);
    assert!(commit(&mut *ledger, &claims[0]));
    assert!(commit(&mut *ledger, &claims[1]));
    assert!(record(&mut *ledger, &claims[1], Event::Accept));
    let keys = ledger.keys().expect("secrets");
    // No farewell: the process is gone.
    std::mem::forget(ledger);
    let mut ledger = place.open();
    assert_eq!(ledger.keys().expect("secrets").secret, keys.secret);
    assert_eq!(ledger.keys().expect("secrets").ledger_id, keys.ledger_id);
    assert_eq!(tally(&mut *ledger, broadcast), "queued 2, leased 1, committing 1, sent 1");
    let recovered = ledger.recover(broadcast, Some("one"), at(1)).expect("recovered");
    assert_eq!(recovered, Recovered { released: 1, in_doubt: 1 });
    assert_eq!(state_of(&mut *ledger, broadcast, claims[0].delivery), State::InDoubt);
}

fn nothing_is_claimed_from_a_broadcast_that_is_not_there(place: &Place) {
    let mut ledger = place.open();
    let nowhere = BroadcastId(77);
    assert_eq!(claim(&mut *ledger, nowhere, 5), []);
    assert_eq!(ledger.tally(nowhere).expect("counted").total(), 0);
    assert_eq!(ledger.next_due(nowhere).expect("read"), None);
    assert_eq!(ledger.recover(nowhere, None, at(0)).expect("recovered"), Recovered::default());
    let issue = IssueId { newsletter: "none".into(), issue: "none".into() };
    assert_eq!(ledger.broadcast(&issue).expect("read"), None);
}

fn a_broadcast_is_done_when_nothing_is_open(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 2);
    let claims = ledger.claim(broadcast.id, "one", 2, at(0), LEASE).expect("claimed");
    assert!(record(&mut *ledger, &claims[0], Event::Fail));
    assert!(commit(&mut *ledger, &claims[1]));
    let state = |ledger: &mut dyn crate::ledger::world::Store| ledger.broadcasts().expect("listed")[0].state;
    assert_eq!(state(&mut *ledger), BroadcastState::Sending);
    assert!(record(&mut *ledger, &claims[1], Event::Lose));
    assert_eq!(state(&mut *ledger), BroadcastState::Done);
}
