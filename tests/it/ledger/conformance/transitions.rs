//! Walks every state and every event: what the table allows happens, what it does not allow changes nothing.

use crate::ledger::world::{LEASE, Place, Store, at, commit, record, sealed, state_of, tally, verdict};
use masthead::domain::{
    broadcast::BroadcastId,
    delivery::{Claim, DeliveryEvent as Event, DeliveryState as State},
    suppression::SuppressionReason,
};

for_every_ledger! {
    recording_walks_the_table
    resolving_walks_the_table
}

const EVENTS: [Event; 12] = [
    Event::Claim,
    Event::Release,
    Event::Commit,
    Event::Accept,
    Event::Defer,
    Event::Fail,
    Event::Bounce,
    Event::Lose,
    Event::Resend,
    Event::Suppress,
    Event::Expire,
    Event::Cancel,
];

/// Brings a claimed delivery into a state by the ways a run would take.
fn bring(ledger: &mut dyn Store, broadcast: BroadcastId, claimed: &Claim, to: State) {
    let done = match to {
        State::Leased => true,
        State::Queued => record(ledger, claimed, Event::Release),
        State::Committing => commit(ledger, claimed),
        State::Sent => commit(ledger, claimed) && record(ledger, claimed, Event::Accept),
        State::InDoubt => commit(ledger, claimed) && record(ledger, claimed, Event::Lose),
        State::Deferred => record(ledger, claimed, Event::Defer),
        State::Failed => record(ledger, claimed, Event::Fail),
        State::Bounced => record(ledger, claimed, Event::Bounce),
        State::Suppressed => {
            let reason = SuppressionReason::Manual;
            ledger.suppress(&claimed.subscriber.address, "*", reason, "test", at(2)).expect("suppressed")
        }
        State::Expired | State::Cancelled => {
            let event = if to == State::Expired { Event::Expire } else { Event::Cancel };
            let only = [claimed.delivery];
            record(ledger, claimed, Event::Release)
                && ledger.resolve(broadcast, State::Queued, Some(&only), event, "test", at(2)).expect("done")
                    == 1
        }
    };
    assert!(done, "can't bring a delivery to {to}");
    assert_eq!(state_of(ledger, broadcast, claimed.delivery), to);
}

/// Lets `happen` try every event in every state, each on a delivery of its own.
fn walk(place: &Place, happen: impl Fn(&mut dyn Store, BroadcastId, &Claim, State, Event) -> bool) {
    let mut ledger = place.open();
    let pairs: Vec<_> = State::ALL
        .into_iter()
        .flat_map(|state| EVENTS.into_iter().map(move |event| (state, event)))
        .collect();
    let broadcast = sealed(&mut *ledger, pairs.len()).id;
    let claims = ledger.claim(broadcast, "one", pairs.len(), at(0), LEASE).expect("claimed");
    for ((state, event), claimed) in pairs.into_iter().zip(&claims) {
        bring(&mut *ledger, broadcast, claimed, state);
        // Claims and commits have calls of their own, with guards of their own.
        let by_itself = matches!(event, Event::Claim | Event::Commit);
        let expected = state.after(event).filter(|_| !by_itself);
        let changed = happen(&mut *ledger, broadcast, claimed, state, event);
        assert_eq!(changed, expected.is_some(), "{event:?} in {state}");
        let stands = state_of(&mut *ledger, broadcast, claimed.delivery);
        assert_eq!(stands, expected.unwrap_or(state), "{event:?} in {state}");
    }
    assert_eq!(ledger.tally(broadcast).expect("counted").total(), 132, "nobody is lost");
}

fn recording_walks_the_table(place: &Place) {
    walk(place, |ledger, _, claimed, _, event| {
        ledger.record(&[verdict(claimed, event)], at(3)).expect("answered")[0]
    });
    // The same table again with outdated fences: nothing happens at all.
    let mut ledger = place.open();
    let broadcast = ledger.broadcasts().expect("listed")[0].id;
    let before = tally(&mut *ledger, broadcast);
    for state in State::ALL {
        for report in ledger.deliveries(broadcast, state, 3).expect("listed") {
            for event in EVENTS {
                let mut outdated = verdict(&claimed_like(report.id), event);
                outdated.fence = 99;
                assert_eq!(ledger.record(&[outdated], at(4)).expect("answered"), [false]);
            }
        }
    }
    assert_eq!(tally(&mut *ledger, broadcast), before);
}

fn claimed_like(delivery: masthead::domain::delivery::DeliveryId) -> Claim {
    let subscriber = crate::ledger::world::subscriber("nobody@example.org");
    Claim { delivery, fence: 1, attempt: 1, variant: 0, subscriber, repeat: None }
}

fn resolving_walks_the_table(place: &Place) {
    walk(place, |ledger, broadcast, claimed, state, event| {
        let only = [claimed.delivery];
        ledger.resolve(broadcast, state, Some(&only), event, "decided", at(3)).expect("answered") == 1
    });
    // A decision about a state in which the delivery does not stand changes nothing.
    let mut ledger = place.open();
    let broadcast = ledger.broadcasts().expect("listed")[0].id;
    let sent = ledger.deliveries(broadcast, State::Sent, 1).expect("listed").remove(0).id;
    let changed = ledger.resolve(broadcast, State::InDoubt, Some(&[sent]), Event::Fail, "no", at(4));
    assert_eq!(changed.expect("answered"), 0);
}
