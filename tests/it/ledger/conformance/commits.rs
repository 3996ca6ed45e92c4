//! Commits: the last durable act before the final dot, and everything that forbids it.

use crate::ledger::world::{
    LEASE, Place, address, at, claim, commit, intent, record, sealed, state_of, tally, verdict,
};
use masthead::{
    delivery::ports::{COMMIT_MARGIN, Commit},
    domain::{
        delivery::{DeliveryEvent as Event, DeliveryId, DeliveryState as State},
        suppression::SuppressionReason,
    },
};

for_every_ledger! {
    a_commit_says_yes_once
    a_commit_needs_the_current_fence
    a_commit_needs_a_lease_that_lasts
    a_commit_is_refused_after_the_reader_left
    a_commit_is_refused_after_the_broadcast_was_cancelled
    a_batch_is_answered_one_by_one
    a_late_verdict_settles_a_doubt
    a_commit_of_nothing_is_nothing
    verdicts_come_before_the_intents_they_came_with
}

fn a_commit_says_yes_once(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 1).id;
    let claimed = claim(&mut *ledger, broadcast, 1).remove(0);
    assert!(commit(&mut *ledger, &claimed));
    assert!(!commit(&mut *ledger, &claimed));
    assert_eq!(state_of(&mut *ledger, broadcast, claimed.delivery), State::Committing);
}

fn a_commit_needs_the_current_fence(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 1).id;
    let claimed = claim(&mut *ledger, broadcast, 1).remove(0);
    for fence in [0, 2, -1] {
        let outdated = Commit { fence, ..intent(&claimed) };
        assert_eq!(ledger.commit(&[outdated], at(1)).expect("answered"), [false]);
    }
    let elsewhere = Commit { delivery: DeliveryId(5), ..intent(&claimed) };
    assert_eq!(ledger.commit(&[elsewhere], at(1)).expect("answered"), [false]);
    assert_eq!(tally(&mut *ledger, broadcast), "leased 1");
}

fn a_commit_needs_a_lease_that_lasts(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 1).id;
    let claimed = claim(&mut *ledger, broadcast, 1).remove(0);
    let end = at(0) + LEASE;
    for now in [end, end - COMMIT_MARGIN, end + LEASE] {
        assert_eq!(ledger.commit(&[intent(&claimed)], now).expect("answered"), [false]);
    }
    let in_time = end - COMMIT_MARGIN - std::time::Duration::from_millis(1);
    assert_eq!(ledger.commit(&[intent(&claimed)], in_time).expect("answered"), [true]);
}

fn a_commit_is_refused_after_the_reader_left(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 2).id;
    let claims = claim(&mut *ledger, broadcast, 2);
    let leaver = &claims[0];
    let mut endpoint = place.open();
    let reason = SuppressionReason::Unsubscribed;
    let is_new = endpoint.suppress(&leaver.subscriber.address, "starsom", reason, "link", at(1));
    assert!(is_new.expect("suppressed"));
    assert!(!commit(&mut *ledger, leaver));
    assert!(commit(&mut *ledger, &claims[1]));
    assert!(!record(&mut *ledger, leaver, Event::Release));
    assert_eq!(tally(&mut *ledger, broadcast), "committing 1, suppressed 1");
}

fn a_commit_is_refused_after_the_broadcast_was_cancelled(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 3).id;
    let claims = claim(&mut *ledger, broadcast, 2);
    assert!(commit(&mut *ledger, &claims[1]));
    let cancelled = ledger.resolve(broadcast, State::Queued, None, Event::Cancel, "stop", at(1));
    assert_eq!(cancelled.expect("resolved"), 1);
    assert!(!commit(&mut *ledger, &claims[0]));
    assert_eq!(claim(&mut *ledger, broadcast, 5), []);
    assert_eq!(ledger.next_due(broadcast).expect("read"), None);
    assert!(record(&mut *ledger, &claims[0], Event::Release));
    assert!(record(&mut *ledger, &claims[1], Event::Accept), "what had left has left");
    assert_eq!(tally(&mut *ledger, broadcast), "sent 1, cancelled 2");
}

fn a_batch_is_answered_one_by_one(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 3).id;
    let claims = claim(&mut *ledger, broadcast, 3);
    ledger
        .suppress(
            &address(&claims[1].subscriber.address.expose()),
            "*",
            SuppressionReason::Manual,
            "x",
            at(0),
        )
        .expect("suppressed");
    let batch: Vec<_> = claims.iter().map(intent).collect();
    assert_eq!(ledger.commit(&batch, at(1)).expect("answered"), [true, false, true]);
    let verdicts: Vec<_> = claims.iter().map(|claim| verdict(claim, Event::Accept)).collect();
    assert_eq!(ledger.record(&verdicts, at(1)).expect("answered"), [true, false, true]);
    assert_eq!(tally(&mut *ledger, broadcast), "sent 2, suppressed 1");
}

fn a_late_verdict_settles_a_doubt(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 2).id;
    let claims = claim(&mut *ledger, broadcast, 2);
    assert!(commit(&mut *ledger, &claims[0]) && commit(&mut *ledger, &claims[1]));
    assert_eq!(ledger.recover(broadcast, Some("one"), at(2)).expect("recovered").in_doubt, 2);
    assert!(record(&mut *ledger, &claims[0], Event::Accept), "late evidence is evidence (T9)");
    assert!(!record(&mut *ledger, &claims[1], Event::Defer));
    assert_eq!(tally(&mut *ledger, broadcast), "sent 1, in_doubt 1");
    let resent = ledger.resolve(broadcast, State::InDoubt, None, Event::Resend, "policy", at(3));
    assert_eq!(resent.expect("resolved"), 1);
    let again = ledger.claim(broadcast, "two", 1, at(4), LEASE).expect("claimed").remove(0);
    assert!(!record(&mut *ledger, &claims[1], Event::Accept), "another attempt is under way");
    assert_eq!(again.repeat.expect("the same octets again").sha256, "feed");
}

fn a_commit_of_nothing_is_nothing(place: &Place) {
    let mut ledger = place.open();
    assert!(ledger.commit(&[], at(0)).expect("answered").is_empty());
    assert!(ledger.record(&[], at(0)).expect("answered").is_empty());
}

fn verdicts_come_before_the_intents_they_came_with(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 3).id;
    let claims = claim(&mut *ledger, broadcast, 3);
    assert!(commit(&mut *ledger, &claims[0]));
    let records = [verdict(&claims[0], Event::Accept), verdict(&claims[1], Event::Release)];
    let commits = [intent(&claims[1]), intent(&claims[2])];
    let answer = ledger.record_and_commit(&records, &commits, at(1)).expect("answered");
    // The second was given back in the same breath: its intent comes too late.
    assert_eq!(answer, (vec![true, true], vec![false, true]));
    assert_eq!(tally(&mut *ledger, broadcast), "queued 1, committing 1, sent 1");
    assert_eq!(ledger.record_and_commit(&[], &[], at(2)).expect("answered"), (vec![], vec![]));
}
