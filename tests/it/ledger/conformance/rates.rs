//! Rates hold across connections, processes and restarts.

use crate::ledger::world::{Place, at};
use std::time::Duration;

for_every_ledger! {
    reservations_follow_one_another
    reservations_hold_across_reopening
    relays_have_rates_of_their_own
    short_intervals_add_up_exactly
}

const EACH: Duration = Duration::from_secs(2);

fn reservations_follow_one_another(place: &Place) {
    let (mut one, mut two) = (place.open(), place.open());
    assert_eq!(one.reserve("relay", 3, EACH, at(0)).expect("reserved"), at(0));
    assert_eq!(two.reserve("relay", 1, EACH, at(1)).expect("reserved"), at(6));
    assert_eq!(one.reserve("relay", 1, EACH, at(1)).expect("reserved"), at(8));
    assert_eq!(
        one.reserve("relay", 1, EACH, at(100)).expect("reserved"),
        at(100),
        "unused time is not saved up"
    );
}

fn reservations_hold_across_reopening(place: &Place) {
    place.open().reserve("relay", 30, EACH, at(0)).expect("reserved");
    assert_eq!(place.open().reserve("relay", 1, EACH, at(5)).expect("reserved"), at(60));
}

fn relays_have_rates_of_their_own(place: &Place) {
    let mut ledger = place.open();
    ledger.reserve("one", 30, EACH, at(0)).expect("reserved");
    assert_eq!(ledger.reserve("two", 1, EACH, at(5)).expect("reserved"), at(5));
}

fn short_intervals_add_up_exactly(place: &Place) {
    let mut ledger = place.open();
    for _ in 0..100 {
        ledger.reserve("relay", 10, Duration::from_micros(100), at(0)).expect("reserved");
    }
    let next = ledger.reserve("relay", 1, Duration::ZERO, at(0)).expect("reserved");
    assert_eq!(next - at(0), chrono::TimeDelta::milliseconds(100));
}
