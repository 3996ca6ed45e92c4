//! Imports: all or nothing, counted truthfully, and nobody comes back through a list.

use crate::ledger::world::{LEASE, Place, Store, address, at, claim, reader, sealed, subscriber, tally};
use masthead::{
    delivery::ports::ImportTally,
    domain::{
        subscriber::{Subscriber, SubscriberStatus},
        suppression::SuppressionReason as Reason,
    },
};

for_every_ledger! {
    an_import_adds_changes_and_leaves_alone
    the_first_row_of_a_mailbox_counts
    an_import_that_is_not_kept_changes_nothing
    nothing_shows_before_the_end
    an_unsubscribed_row_suppresses
    an_import_never_resubscribes
    whoever_left_in_a_later_row_has_left
    an_import_of_leavers_reaches_open_deliveries
    subscribers_come_in_the_order_of_their_addresses
    a_removed_subscriber_stays_suppressed
    an_import_needs_a_beginning
}

fn import(ledger: &mut dyn Store, rows: &[Subscriber], keep: bool) -> ImportTally {
    ledger.begin_import().expect("begun");
    ledger.import(rows, "list.csv:7", at(5)).expect("imported");
    ledger.finish_import(keep).expect("finished")
}

fn left(text: &str) -> Subscriber {
    Subscriber { status: SubscriberStatus::Unsubscribed, ..subscriber(text) }
}

fn everybody(ledger: &mut dyn Store) -> Vec<Subscriber> {
    let mut all = Vec::new();
    ledger
        .for_each_subscriber(&mut |subscriber| {
            all.push(subscriber);
            true
        })
        .expect("read");
    all
}

fn an_import_adds_changes_and_leaves_alone(place: &Place) {
    let mut ledger = place.open();
    let tally = import(&mut *ledger, &[subscriber(&reader(1)), subscriber(&reader(2))], true);
    assert_eq!(tally, ImportTally { added: 2, ..ImportTally::default() });
    let mut bare = subscriber(&reader(2));
    bare.name = None;
    bare.topics.clear();
    bare.fields.clear();
    let tally = import(&mut *ledger, &[subscriber(&reader(1)), bare.clone(), subscriber(&reader(3))], true);
    assert_eq!(tally, ImportTally { added: 1, changed: 1, unchanged: 1, ..ImportTally::default() });
    let mut again = place.open();
    assert_eq!(everybody(&mut *again), [subscriber(&reader(1)), bare, subscriber(&reader(3))]);
}

fn the_first_row_of_a_mailbox_counts(place: &Place) {
    let mut ledger = place.open();
    let mut second = subscriber("ANNA@example.org");
    second.name = Some("Second".to_owned());
    let tally = import(&mut *ledger, &[subscriber("Anna@example.org"), second], true);
    assert_eq!(tally, ImportTally { added: 1, duplicates: 1, ..ImportTally::default() });
    assert_eq!(everybody(&mut *ledger), [subscriber("Anna@example.org")]);
}

fn an_import_that_is_not_kept_changes_nothing(place: &Place) {
    let mut ledger = place.open();
    let tally = import(&mut *ledger, &[subscriber(&reader(1)), left(&reader(2))], false);
    assert_eq!(tally, ImportTally { added: 1, suppressed: 1, ..ImportTally::default() });
    assert_eq!((everybody(&mut *ledger), ledger.suppressions().expect("listed")), (vec![], vec![]));
}

fn nothing_shows_before_the_end(place: &Place) {
    let (mut ledger, mut other) = (place.open(), place.open());
    ledger.begin_import().expect("begun");
    ledger.import(&[left(&reader(1))], "list.csv", at(0)).expect("imported");
    assert_eq!((everybody(&mut *other), other.suppressions().expect("listed")), (vec![], vec![]));
    // A new beginning forgets the one before.
    ledger.begin_import().expect("begun");
    assert_eq!(ledger.finish_import(true).expect("finished"), ImportTally::default());
    assert_eq!(everybody(&mut *other), []);
}

fn an_unsubscribed_row_suppresses(place: &Place) {
    let mut ledger = place.open();
    let tally = import(&mut *ledger, &[left(&reader(1))], true);
    assert_eq!(tally, ImportTally { suppressed: 1, ..ImportTally::default() });
    let entry = ledger.suppressions().expect("listed").remove(0);
    assert_eq!((entry.scope.as_str(), entry.reason, entry.since), ("*", Reason::Unsubscribed, at(5)));
    assert_eq!((entry.evidence.as_deref(), entry.address), (Some("list.csv:7"), Some(reader(1))));
    assert_eq!(everybody(&mut *ledger), [left(&reader(1))]);
}

fn an_import_never_resubscribes(place: &Place) {
    let mut ledger = place.open();
    import(&mut *ledger, &[left(&reader(1)), subscriber(&reader(2)), subscriber(&reader(3))], true);
    ledger.suppress(&address(&reader(2)), "*", Reason::Unsubscribed, "link", at(6)).expect("suppressed");
    ledger.suppress(&address(&reader(3)), "*", Reason::Hard, "bounce", at(6)).expect("suppressed");
    let again: Vec<_> = (1..=3).map(|number| subscriber(&reader(number))).collect();
    let tally = import(&mut *ledger, &again, true);
    assert_eq!(tally, ImportTally { suppressed: 3, ..ImportTally::default() });
    assert_eq!(everybody(&mut *ledger), [left(&reader(1)), left(&reader(2)), subscriber(&reader(3))]);
    assert_eq!(ledger.suppressions().expect("listed").len(), 3);
}

fn whoever_left_in_a_later_row_has_left(place: &Place) {
    let mut ledger = place.open();
    let rows = [subscriber("anna@example.org"), left("Anna@example.org"), subscriber("anna@example.org")];
    let tally = import(&mut *ledger, &rows, true);
    assert_eq!(tally, ImportTally { duplicates: 2, suppressed: 1, ..ImportTally::default() });
    assert_eq!(everybody(&mut *ledger), [left("anna@example.org")]);
}

fn an_import_of_leavers_reaches_open_deliveries(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 3).id;
    claim(&mut *ledger, broadcast, 3);
    import(&mut *ledger, &[left(&reader(0)), subscriber(&reader(1))], true);
    assert_eq!(tally(&mut *ledger, broadcast), "leased 2, suppressed 1");
    assert_eq!(ledger.claim(broadcast, "one", 9, at(9), LEASE).expect("claimed"), []);
}

fn subscribers_come_in_the_order_of_their_addresses(place: &Place) {
    let mut ledger = place.open();
    let rows: Vec<_> = ["m@b.org", "Z@a.org", "a@c.org", "почта@пример.рф"].map(subscriber).into();
    import(&mut *ledger, &rows, true);
    let seen: Vec<_> = everybody(&mut *ledger).iter().map(|s| s.address.expose()).collect();
    assert_eq!(seen, ["a@c.org", "m@b.org", "Z@a.org", "почта@xn--e1afmkfd.xn--p1ai"]);
    let mut count = 0;
    ledger
        .for_each_subscriber(&mut |_| {
            count += 1;
            count < 2
        })
        .expect("read");
    assert_eq!(count, 2, "stops when told to");
}

fn a_removed_subscriber_stays_suppressed(place: &Place) {
    let mut ledger = place.open();
    import(&mut *ledger, &[left(&reader(1)), subscriber(&reader(2))], true);
    assert!(ledger.remove_subscriber(&address("Reader0001@example.org")).expect("answered"));
    assert!(!ledger.remove_subscriber(&address(&reader(1))).expect("answered"));
    assert_eq!(ledger.suppressions().expect("listed").len(), 1);
    assert_eq!(everybody(&mut *ledger), [subscriber(&reader(2))]);
    let tally = import(&mut *ledger, &[subscriber(&reader(1))], true);
    assert_eq!(tally, ImportTally { suppressed: 1, ..ImportTally::default() });
}

fn an_import_needs_a_beginning(place: &Place) {
    let mut ledger = place.open();
    assert!(ledger.import(&[subscriber(&reader(1))], "x", at(0)).is_err());
    assert!(ledger.finish_import(true).is_err());
}
