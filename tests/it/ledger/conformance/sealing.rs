//! Staging and sealing: who is in, once, and never anything else under the same name.

use crate::ledger::world::{
    Place, address, at, candidate, content, issue, reader, sealed, stage, subscriber, tally,
};
use masthead::{
    delivery::ports::{Candidate, Staged},
    domain::{
        broadcast::{BroadcastState, SkipReason},
        delivery::DeliveryState,
        subscriber::SubscriberStatus,
        suppression::SuppressionReason,
    },
    ledger::error::problem_of,
};

for_every_ledger! {
    two_spellings_of_a_mailbox_are_staged_once
    suppressed_and_unsubscribed_readers_are_not_staged
    a_suppression_of_another_newsletter_does_not_count
    staging_begins_empty_and_needs_a_beginning
    sealing_freezes_content_and_recipients
    sealing_again_returns_what_is_there
    another_seal_for_the_same_edition_is_refused
    a_new_edition_is_a_new_broadcast
    staging_for_another_newsletter_can_not_be_sealed
    a_list_of_nobody_is_done_at_once
    staging_is_forgotten_with_its_handle
    who_leaves_between_staging_and_seal_gets_nothing
}

fn two_spellings_of_a_mailbox_are_staged_once(place: &Place) {
    let addresses = ["Anna@Example.org", "anna@example.ORG", "a@bücher.example", "a@xn--bcher-kva.example"];
    let answers = stage(&mut *place.open(), &addresses.map(str::to_owned));
    let duplicate = Staged::Skipped(SkipReason::Duplicate);
    assert_eq!(answers, [Staged::Added, duplicate, Staged::Added, duplicate]);
}

fn suppressed_and_unsubscribed_readers_are_not_staged(place: &Place) {
    let mut ledger = place.open();
    for (text, scope) in [("one@example.org", "*"), ("two@example.org", "starsom")] {
        ledger.suppress(&address(text), scope, SuppressionReason::Hard, "test", at(0)).expect("suppressed");
    }
    let mut left = candidate("three@example.org");
    left.subscriber.status = SubscriberStatus::Unsubscribed;
    ledger.begin_staging("starsom").expect("staging");
    let candidates = vec![candidate("ONE@example.org"), candidate("two@example.org"), left];
    let skipped = Staged::Skipped(SkipReason::Suppressed);
    assert_eq!(ledger.stage(candidates).expect("staged"), [skipped; 3]);
}

fn a_suppression_of_another_newsletter_does_not_count(place: &Place) {
    let mut ledger = place.open();
    ledger.suppress(&address(&reader(1)), "other", SuppressionReason::Manual, "test", at(0)).expect("done");
    assert_eq!(stage(&mut *ledger, &[reader(1)]), [Staged::Added]);
}

fn staging_begins_empty_and_needs_a_beginning(place: &Place) {
    let mut ledger = place.open();
    assert!(ledger.stage(vec![candidate(&reader(1))]).is_err());
    assert!(ledger.seal(&content("starsom", 0), "seal", at(0)).is_err());
    stage(&mut *ledger, &[reader(1), reader(2)]);
    assert_eq!(stage(&mut *ledger, &[reader(1)]), [Staged::Added]);
    let broadcast = ledger.seal(&content("starsom", 0), "seal", at(0)).expect("sealed");
    assert_eq!(tally(&mut *ledger, broadcast.id), "queued 1");
}

fn sealing_freezes_content_and_recipients(place: &Place) {
    let broadcast = sealed(&mut *place.open(), 5);
    let mut ledger = place.open();
    assert_eq!(ledger.broadcast(&issue("starsom")).expect("read"), Some(broadcast.clone()));
    assert_eq!(ledger.broadcast(&issue("other")).expect("read"), None);
    assert_eq!(broadcast.content, content("starsom", 0));
    assert_eq!(
        (broadcast.seal.as_str(), broadcast.state, broadcast.sealed_at),
        ("seal", BroadcastState::Sending, at(0))
    );
    let waiting = ledger.deliveries(broadcast.id, DeliveryState::Queued, 10).expect("listed");
    assert_eq!(waiting.len(), 5);
    assert!(waiting.iter().all(|report| report.id.0 >= 0 && report.attempts == 0));
    assert_eq!(ledger.next_due(broadcast.id).expect("read"), Some(at(0)));
}

fn sealing_again_returns_what_is_there(place: &Place) {
    let mut ledger = place.open();
    let first = sealed(&mut *ledger, 3);
    assert_eq!(sealed(&mut *ledger, 3), first);
    let mut other = place.open();
    assert_eq!(other.seal(&content("starsom", 0), "seal", at(99)).expect("there already"), first);
    assert_eq!(tally(&mut *other, first.id), "queued 3");
    assert_eq!(other.broadcasts().expect("listed").len(), 1);
}

fn another_seal_for_the_same_edition_is_refused(place: &Place) {
    let mut ledger = place.open();
    let first = sealed(&mut *ledger, 3);
    stage(&mut *ledger, &[reader(8)]);
    let error = ledger.seal(&content("starsom", 0), "other", at(1)).expect_err("sealed otherwise");
    assert_eq!(problem_of(&error).code, "ledger/sealed-otherwise");
    assert!(problem_of(&error).message.contains("`starsom/2022-04`"));
    assert_eq!(tally(&mut *ledger, first.id), "queued 3");
}

fn a_new_edition_is_a_new_broadcast(place: &Place) {
    let mut ledger = place.open();
    let first = sealed(&mut *ledger, 2);
    stage(&mut *ledger, &[reader(0)]);
    let second = ledger.seal(&content("starsom", 1), "again", at(5)).expect("sealed");
    assert_ne!(first.id, second.id);
    assert_eq!(ledger.broadcast(&issue("starsom")).expect("read").map(|b| b.id), Some(second.id));
    let all: Vec<_> = ledger.broadcasts().expect("listed").iter().map(|b| b.id).collect();
    assert_eq!(all, [second.id, first.id]);
    assert_eq!(
        (tally(&mut *ledger, first.id), tally(&mut *ledger, second.id)),
        ("queued 2".into(), "queued 1".into())
    );
}

fn staging_for_another_newsletter_can_not_be_sealed(place: &Place) {
    let mut ledger = place.open();
    stage(&mut *ledger, &[reader(1)]);
    let error = ledger.seal(&content("other", 0), "seal", at(0)).expect_err("another newsletter");
    assert_eq!(problem_of(&error).code, "ledger/misused");
    ledger.seal(&content("starsom", 0), "seal", at(0)).expect("the staging area is still there");
}

fn a_list_of_nobody_is_done_at_once(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 0);
    assert_eq!(broadcast.state, BroadcastState::Done);
    assert_eq!(ledger.tally(broadcast.id).expect("counted").total(), 0);
    assert_eq!(ledger.next_due(broadcast.id).expect("read"), None);
}

fn staging_is_forgotten_with_its_handle(place: &Place) {
    let mut ledger = place.open();
    stage(&mut *ledger, &[reader(1)]);
    drop(ledger);
    let mut ledger = place.open();
    assert!(ledger.stage(vec![candidate(&reader(2))]).is_err());
    assert_eq!(ledger.broadcasts().expect("listed"), []);
}

fn who_leaves_between_staging_and_seal_gets_nothing(place: &Place) {
    let mut ledger = place.open();
    ledger.begin_staging("starsom").expect("staging");
    let stay = Candidate { subscriber: subscriber(&reader(2)), variant: 3 };
    ledger.stage(vec![candidate(&reader(1)), stay]).expect("staged");
    let mut other = place.open();
    other
        .suppress(&address(&reader(1)), "starsom", SuppressionReason::Unsubscribed, "link", at(0))
        .expect("suppressed");
    let broadcast = ledger.seal(&content("starsom", 0), "seal", at(1)).expect("sealed");
    assert_eq!(tally(&mut *ledger, broadcast.id), "queued 1, suppressed 1");
}
