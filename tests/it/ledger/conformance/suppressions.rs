//! Suppressions: whoever left stays out, wherever the delivery stands and whatever a list says.

use crate::ledger::world::{
    LEASE, Place, Store, address, at, claim, commit, content, reader, record, sealed, stage, subscriber,
    tally,
};
use masthead::{
    delivery::ports::Staged,
    domain::{
        delivery::{DeliveryEvent as Event, DeliveryState as State},
        suppression::{Suppression, SuppressionReason as Reason},
    },
};

for_every_ledger! {
    suppressing_reaches_everything_that_has_not_left
    a_scope_reaches_only_its_newsletter
    suppressing_twice_keeps_the_first_entry
    the_list_shows_newest_first
    lifting_lets_a_reader_back_in
    erasing_keeps_the_key_and_nothing_else
    an_erased_reader_leaves_no_trace_in_old_deliveries
    spellings_share_a_suppression
}

fn suppress(ledger: &mut dyn Store, text: &str, scope: &str, reason: Reason, seconds: i64) -> bool {
    ledger.suppress(&address(text), scope, reason, "test", at(seconds)).expect("suppressed")
}

fn entries(ledger: &mut dyn Store) -> Vec<Suppression> {
    ledger.suppressions().expect("listed")
}

fn suppressing_reaches_everything_that_has_not_left(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 6).id;
    let claims = claim(&mut *ledger, broadcast, 5);
    assert!(record(&mut *ledger, &claims[0], Event::Defer));
    assert!(commit(&mut *ledger, &claims[1]));
    assert!(commit(&mut *ledger, &claims[2]) && record(&mut *ledger, &claims[2], Event::Accept));
    assert!(record(&mut *ledger, &claims[3], Event::Bounce));
    for number in 0..6 {
        assert!(suppress(&mut *ledger, &reader(number), "*", Reason::Manual, 3));
    }
    assert_eq!(tally(&mut *ledger, broadcast), "committing 1, sent 1, bounced 1, suppressed 3");
    assert_eq!(ledger.claim(broadcast, "two", 9, at(900), LEASE).expect("claimed"), []);
}

fn a_scope_reaches_only_its_newsletter(place: &Place) {
    let mut ledger = place.open();
    let starsom = sealed(&mut *ledger, 1).id;
    ledger.begin_staging("other").expect("staging");
    ledger.stage(vec![crate::ledger::world::candidate(&reader(0))]).expect("staged");
    let other = ledger.seal(&content("other", 0), "seal", at(0)).expect("sealed").id;
    suppress(&mut *ledger, &reader(0), "other", Reason::Unsubscribed, 1);
    assert_eq!(
        (tally(&mut *ledger, starsom), tally(&mut *ledger, other)),
        ("queued 1".into(), "suppressed 1".into())
    );
}

fn suppressing_twice_keeps_the_first_entry(place: &Place) {
    let mut ledger = place.open();
    assert!(suppress(&mut *ledger, &reader(1), "*", Reason::Hard, 1));
    assert!(!suppress(&mut *ledger, &reader(1), "*", Reason::Manual, 2));
    assert!(suppress(&mut *ledger, &reader(1), "starsom", Reason::Manual, 3));
    let known = entries(&mut *ledger);
    assert_eq!(known.len(), 2);
    assert_eq!((known[1].reason, known[1].since), (Reason::Hard, at(1)));
    assert_eq!(known[0].key, known[1].key);
    assert_eq!(known[0].key.0.len(), 64);
}

fn the_list_shows_newest_first(place: &Place) {
    let mut ledger = place.open();
    for (number, second) in [(1, 5), (2, 9), (3, 1)] {
        suppress(&mut *ledger, &reader(number), "*", Reason::Soft, second);
    }
    let shown: Vec<_> = entries(&mut *ledger).into_iter().filter_map(|entry| entry.address).collect();
    assert_eq!(shown, [reader(2), reader(1), reader(3)]);
    assert_eq!(entries(&mut *ledger)[0].evidence.as_deref(), Some("test"));
}

fn lifting_lets_a_reader_back_in(place: &Place) {
    let mut ledger = place.open();
    ledger.begin_import().expect("begun");
    ledger.import(&[subscriber(&reader(1))], "list.csv", at(0)).expect("imported");
    ledger.finish_import(true).expect("kept");
    suppress(&mut *ledger, &reader(1), "*", Reason::Unsubscribed, 1);
    assert_ne!(stage(&mut *ledger, &[reader(1)]), [Staged::Added]);
    assert!(!ledger.lift_suppression(&address(&reader(1)), "starsom").expect("answered"));
    assert!(ledger.lift_suppression(&address("READER0001@example.org"), "*").expect("answered"));
    assert!(!ledger.lift_suppression(&address(&reader(1)), "*").expect("answered"));
    assert_eq!(entries(&mut *ledger), []);
    let mut list = Vec::new();
    ledger
        .for_each_subscriber(&mut |subscriber| {
            list.push(subscriber);
            true
        })
        .expect("read");
    assert_eq!(list, [subscriber(&reader(1))], "active again");
    assert_eq!(stage(&mut *ledger, &[reader(1)]), [Staged::Added]);
}

fn erasing_keeps_the_key_and_nothing_else(place: &Place) {
    let mut ledger = place.open();
    ledger.begin_import().expect("begun");
    ledger.import(&[subscriber(&reader(1))], "list.csv", at(0)).expect("imported");
    ledger.finish_import(true).expect("kept");
    suppress(&mut *ledger, &reader(1), "starsom", Reason::Unsubscribed, 1);
    assert!(suppress(&mut *ledger, &reader(1), "starsom", Reason::Erased, 2), "holds for all newsletters");
    suppress(&mut *ledger, &reader(1), "other", Reason::Manual, 3);
    let known = entries(&mut *ledger);
    assert_eq!(known.len(), 3);
    assert!(known.iter().all(|entry| entry.address.is_none() && entry.key == known[0].key));
    assert_eq!((known[1].reason, known[1].scope.as_str()), (Reason::Erased, "*"));
    assert!(!ledger.remove_subscriber(&address(&reader(1))).expect("answered"), "the list forgot them");
    // A later list that still has the address doesn't bring it back.
    ledger.begin_import().expect("begun");
    ledger.import(&[subscriber(&reader(1))], "old list.csv", at(9)).expect("imported");
    assert_eq!(ledger.finish_import(true).expect("kept").suppressed, 1);
    assert!(!ledger.remove_subscriber(&address(&reader(1))).expect("answered"));
    assert_ne!(stage(&mut *ledger, &[reader(1)]), [Staged::Added]);
}

fn an_erased_reader_leaves_no_trace_in_old_deliveries(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 2).id;
    let claims = claim(&mut *ledger, broadcast, 2);
    for claimed in &claims {
        assert!(commit(&mut *ledger, claimed) && record(&mut *ledger, claimed, Event::Accept));
    }
    let gone = claims[0].subscriber.address.clone();
    ledger.suppress(&gone, "*", Reason::Erased, "letter", at(9)).expect("erased");
    for report in ledger.deliveries(broadcast, State::Sent, 9).expect("listed") {
        let is_gone = report.id == claims[0].delivery;
        assert_eq!(report.address == address("erased@erased.invalid"), is_gone);
        assert_eq!(report.detail.is_none(), is_gone);
        assert_ne!(report.address, gone);
    }
    assert_eq!(tally(&mut *ledger, broadcast), "sent 2", "the numbers still add up");
}

fn spellings_share_a_suppression(place: &Place) {
    let mut ledger = place.open();
    assert!(suppress(&mut *ledger, "Ann@Bücher.example", "*", Reason::Manual, 1));
    assert!(!suppress(&mut *ledger, "ann@xn--bcher-kva.EXAMPLE", "*", Reason::Manual, 2));
    assert_ne!(stage(&mut *ledger, &["ANN@bücher.example".to_owned()]), [Staged::Added]);
}
