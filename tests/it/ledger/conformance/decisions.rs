//! Decisions of people and policies: resend, give up, cancel.

use crate::ledger::world::{LEASE, Place, Store, at, claim, commit, record, sealed, tally};
use masthead::domain::{
    broadcast::{BroadcastId, BroadcastState},
    delivery::{Claim, DeliveryEvent as Event, DeliveryState as State},
    suppression::SuppressionReason,
};

for_every_ledger! {
    decisions_are_noted_and_counted
    a_resend_repeats_the_same_octets
    nobody_is_resent_twice_in_bulk
    a_resend_after_the_reader_left_is_suppressed
    decisions_by_name_touch_nobody_else
    cancelling_reaches_what_comes_back_later
    what_still_waits_in_a_given_up_broadcast_is_cancelled
    a_finished_broadcast_can_not_be_cancelled
    doubts_of_a_cancelled_broadcast_are_not_resent
}

fn doubtful(ledger: &mut dyn Store, broadcast: BroadcastId, count: usize) -> Vec<Claim> {
    let claims = claim(ledger, broadcast, count);
    for claimed in &claims {
        assert!(commit(ledger, claimed) && record(ledger, claimed, Event::Lose));
    }
    claims
}

fn decisions_are_noted_and_counted(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 4).id;
    doubtful(&mut *ledger, broadcast, 3);
    let note = "relay log: accepted";
    let settled = ledger.resolve(broadcast, State::InDoubt, None, Event::Accept, note, at(9));
    assert_eq!(settled.expect("resolved"), 3);
    for report in ledger.deliveries(broadcast, State::Sent, 9).expect("listed") {
        assert_eq!(report.detail.as_deref(), Some(note));
    }
    let expired = ledger.resolve(broadcast, State::Queued, None, Event::Expire, "too late", at(9));
    assert_eq!(expired.expect("resolved"), 1);
    assert_eq!(tally(&mut *ledger, broadcast), "sent 3, expired 1");
}

fn a_resend_repeats_the_same_octets(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 1).id;
    doubtful(&mut *ledger, broadcast, 1);
    assert_eq!(
        ledger.resolve(broadcast, State::InDoubt, None, Event::Resend, "policy", at(9)).expect("done"),
        1
    );
    let again = ledger.claim(broadcast, "two", 1, at(9), LEASE).expect("claimed").remove(0);
    let repeat = again.repeat.clone().expect("what to repeat");
    assert_eq!((repeat.date, repeat.sha256.as_str()), (1_650_000_000, "feed"));
    // Also after another deferral: the first one may still have arrived.
    assert!(record(&mut *ledger, &again, Event::Defer));
    let third = ledger.claim(broadcast, "two", 1, at(9), LEASE).expect("claimed").remove(0);
    assert_eq!(third.repeat, again.repeat);
}

fn nobody_is_resent_twice_in_bulk(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 1).id;
    let first = doubtful(&mut *ledger, broadcast, 1).remove(0);
    let resend = |ledger: &mut dyn Store, only| {
        ledger.resolve(broadcast, State::InDoubt, only, Event::Resend, "again", at(2)).expect("resolved")
    };
    assert_eq!(resend(&mut *ledger, None), 1);
    let second = ledger.claim(broadcast, "one", 1, at(2), LEASE).expect("claimed").remove(0);
    assert!(commit(&mut *ledger, &second) && record(&mut *ledger, &second, Event::Lose));
    assert_eq!(resend(&mut *ledger, None), 0, "a second doubt is for a person");
    assert_eq!(resend(&mut *ledger, Some(&[first.delivery])), 1);
}

fn a_resend_after_the_reader_left_is_suppressed(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 1).id;
    let claimed = doubtful(&mut *ledger, broadcast, 1).remove(0);
    let reason = SuppressionReason::Complaint;
    ledger.suppress(&claimed.subscriber.address, "*", reason, "report", at(2)).expect("suppressed");
    assert_eq!(tally(&mut *ledger, broadcast), "in_doubt 1", "what left can't be taken back");
    assert_eq!(
        ledger.resolve(broadcast, State::InDoubt, None, Event::Resend, "policy", at(3)).expect("done"),
        1
    );
    assert_eq!(ledger.claim(broadcast, "one", 5, at(3), LEASE).expect("claimed"), []);
    assert_eq!(tally(&mut *ledger, broadcast), "suppressed 1");
}

fn decisions_by_name_touch_nobody_else(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 4).id;
    let claims = doubtful(&mut *ledger, broadcast, 3);
    let only = [claims[1].delivery, claims[1].delivery];
    let failed = ledger.resolve(broadcast, State::InDoubt, Some(&only), Event::Fail, "log", at(9));
    assert_eq!(failed.expect("resolved"), 1);
    let elsewhere = ledger.resolve(BroadcastId(99), State::InDoubt, Some(&only), Event::Fail, "log", at(9));
    assert_eq!(elsewhere.expect("resolved"), 0);
    assert_eq!(
        ledger.resolve(broadcast, State::InDoubt, Some(&[]), Event::Fail, "log", at(9)).expect("done"),
        0
    );
    assert_eq!(tally(&mut *ledger, broadcast), "queued 1, in_doubt 2, failed 1");
}

fn cancelling_reaches_what_comes_back_later(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 6).id;
    let claims = claim(&mut *ledger, broadcast, 4);
    assert!(record(&mut *ledger, &claims[0], Event::Defer));
    assert!(commit(&mut *ledger, &claims[1]));
    for from in [State::Queued, State::Deferred] {
        ledger.resolve(broadcast, from, None, Event::Cancel, "wrong issue", at(3)).expect("resolved");
    }
    assert_eq!(ledger.broadcasts().expect("listed")[0].state, BroadcastState::Cancelled);
    assert_eq!(tally(&mut *ledger, broadcast), "leased 2, committing 1, cancelled 3");
    assert!(record(&mut *ledger, &claims[1], Event::Defer));
    assert!(record(&mut *ledger, &claims[2], Event::Release));
    assert_eq!(ledger.recover(broadcast, None, at(500)).expect("recovered").released, 1);
    assert_eq!(tally(&mut *ledger, broadcast), "cancelled 6");
}

fn what_still_waits_in_a_given_up_broadcast_is_cancelled(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 3).id;
    let claims = claim(&mut *ledger, broadcast, 1);
    assert!(record(&mut *ledger, &claims[0], Event::Defer));
    ledger.resolve(broadcast, State::Queued, None, Event::Cancel, "wrong issue", at(3)).expect("resolved");
    assert_eq!(tally(&mut *ledger, broadcast), "deferred 1, cancelled 2");
    ledger.recover(broadcast, None, at(4)).expect("recovered");
    assert_eq!(tally(&mut *ledger, broadcast), "cancelled 3");
}

fn a_finished_broadcast_can_not_be_cancelled(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 1).id;
    let claimed = claim(&mut *ledger, broadcast, 1).remove(0);
    assert!(commit(&mut *ledger, &claimed) && record(&mut *ledger, &claimed, Event::Accept));
    assert_eq!(
        ledger.resolve(broadcast, State::Queued, None, Event::Cancel, "late", at(3)).expect("done"),
        0
    );
    assert_eq!(ledger.broadcasts().expect("listed")[0].state, BroadcastState::Done);
}

fn doubts_of_a_cancelled_broadcast_are_not_resent(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 2).id;
    doubtful(&mut *ledger, broadcast, 1);
    assert_eq!(
        ledger.resolve(broadcast, State::Queued, None, Event::Cancel, "stop", at(3)).expect("done"),
        1
    );
    assert_eq!(
        ledger.resolve(broadcast, State::InDoubt, None, Event::Resend, "policy", at(4)).expect("done"),
        0
    );
    assert_eq!(tally(&mut *ledger, broadcast), "in_doubt 1, cancelled 1");
}
