//! Pauses, quotas and mailboxes that are gone hold for all processes and survive restarts.

use crate::ledger::world::{LEASE, Place, Store, address, at, candidate, content, sealed, tally};
use chrono::{DateTime, Utc};
use masthead::{
    delivery::{
        ports::{Gone, Ledger, Pause, Spending},
        providers::ProviderId,
    },
    domain::{broadcast::BroadcastId, settings::Rate, suppression::SuppressionReason},
};

for_every_ledger! {
    a_pause_lasts_and_is_never_made_shorter
    pauses_are_over_by_themselves
    nothing_is_claimed_for_a_provider_that_rests
    a_lifted_pause_makes_its_deliveries_due
    a_long_queue_of_one_provider_does_not_hold_up_the_others
    a_quota_is_counted_over_all_processes
    a_quota_is_free_again_when_its_time_has_passed
    mailboxes_that_are_gone_are_suppressed_everywhere
}

fn a_pause_lasts_and_is_never_made_shorter(place: &Place) {
    let mut ledger = place.open();
    assert_eq!(ledger.pause("relay", at(600), "slow down", at(0)).expect("noted"), at(600));
    assert_eq!(ledger.pause("relay", at(60), "again", at(1)).expect("noted"), at(600));
    let expected = Pause { key: "relay".to_owned(), until: at(600), cause: "slow down".to_owned() };
    assert_eq!(place.open().pauses(at(2)).expect("read"), [expected]);
    assert_eq!(ledger.pause("relay", at(900), "and again", at(3)).expect("noted"), at(900));
    assert_eq!(ledger.pauses(at(4)).expect("read")[0].cause, "and again");
}

fn pauses_are_over_by_themselves(place: &Place) {
    let mut ledger = place.open();
    ledger.pause("b", at(10), "x", at(0)).expect("noted");
    ledger.pause("a", at(20), "y", at(0)).expect("noted");
    let keys = |now: DateTime<Utc>| -> Vec<String> {
        place.open().pauses(now).expect("read").into_iter().map(|pause| pause.key).collect()
    };
    assert_eq!(keys(at(9)), ["a", "b"]);
    assert_eq!(keys(at(10)), ["a"]);
    assert_eq!(ledger.pause("b", at(15), "z", at(12)).expect("noted"), at(15));
    assert!(!ledger.lift_pause("c", at(12)).expect("lifted"));
}

fn mixed(ledger: &mut dyn Store, google: usize, others: usize) -> BroadcastId {
    let google = (0..google).map(|number| format!("reader{number:05}@gmail.com"));
    let others = (0..others).map(|number| format!("reader{number:05}@example.org"));
    ledger.begin_staging("starsom").expect("begun");
    ledger.stage(google.chain(others).map(|text| candidate(&text)).collect()).expect("staged");
    ledger.seal(&content("starsom", 0), "seal", at(0)).expect("sealed").id
}

/// Claims and says for which domains.
fn domains(ledger: &mut dyn Ledger, broadcast: BroadcastId, limit: usize, now: DateTime<Utc>) -> Vec<String> {
    let claims = ledger.claim(broadcast, "one", limit, now, LEASE).expect("claimed");
    claims.iter().map(|claim| claim.subscriber.address.domain().to_owned()).collect()
}

fn nothing_is_claimed_for_a_provider_that_rests(place: &Place) {
    let mut ledger = place.open();
    let broadcast = mixed(&mut *ledger, 20, 5);
    ledger.pause(&ProviderId::of_domain("gmail.com").key(), at(600), "4.7.28", at(0)).expect("noted");
    assert_eq!(domains(&mut *place.open(), broadcast, 9, at(1)), ["example.org"; 5]);
    assert_eq!(domains(&mut *ledger, broadcast, 9, at(599)), [""; 0]);
    assert_eq!(tally(&mut *ledger, broadcast), "queued 20, leased 5");
    assert_eq!(ledger.next_due(broadcast).expect("read"), Some(at(600)));
    assert_eq!(domains(&mut *ledger, broadcast, 99, at(600)), ["gmail.com"; 20]);
}

fn a_lifted_pause_makes_its_deliveries_due(place: &Place) {
    let mut ledger = place.open();
    let broadcast = mixed(&mut *ledger, 3, 1);
    let google = ProviderId::of_domain("googlemail.com").key();
    ledger.pause(&google, at(600), "4.7.28", at(0)).expect("noted");
    assert_eq!(domains(&mut *ledger, broadcast, 9, at(1)).len(), 1);
    assert!(ledger.lift_pause(&google, at(2)).expect("lifted"));
    assert_eq!(domains(&mut *place.open(), broadcast, 9, at(2)), ["gmail.com"; 3]);
}

fn a_long_queue_of_one_provider_does_not_hold_up_the_others(place: &Place) {
    let mut ledger = place.open();
    let broadcast = mixed(&mut *ledger, 3_000, 3);
    ledger.pause(&ProviderId::of_domain("gmail.com").key(), at(600), "4.7.28", at(0)).expect("noted");
    assert_eq!(domains(&mut *ledger, broadcast, 16, at(1)), ["example.org"; 3]);
    assert_eq!(ledger.next_due(broadcast).expect("read"), Some(at(600)));
}

const FIVE_A_DAY: Rate = Rate { messages: 5, per: std::time::Duration::from_hours(24) };

fn a_quota_is_counted_over_all_processes(place: &Place) {
    let (mut one, mut two) = (place.open(), place.open());
    let mut spend =
        |ledger: &mut dyn Store, wanted| ledger.spend("relay", wanted, FIVE_A_DAY, at(0)).expect("spent");
    assert_eq!(spend(&mut *one, 3), Spending { granted: 3, again_at: at(0) });
    assert_eq!(spend(&mut *two, 3), Spending { granted: 2, again_at: at(0) });
    let refused = spend(&mut *place.open(), 1);
    assert_eq!(refused.granted, 0);
    assert!(refused.again_at > at(24 * 3_600) && refused.again_at <= at(25 * 3_600), "{refused:?}");
    assert_eq!(one.spend("other", 9, FIVE_A_DAY, at(0)).expect("spent").granted, 5);
}

fn a_quota_is_free_again_when_its_time_has_passed(place: &Place) {
    let mut ledger = place.open();
    let hour = 3_600;
    assert_eq!(ledger.spend("relay", 2, FIVE_A_DAY, at(0)).expect("spent").granted, 2);
    assert_eq!(ledger.spend("relay", 3, FIVE_A_DAY, at(10 * hour)).expect("spent").granted, 3);
    let refused = ledger.spend("relay", 1, FIVE_A_DAY, at(23 * hour)).expect("answered");
    assert_eq!(refused.granted, 0);
    assert_eq!(ledger.spend("relay", 9, FIVE_A_DAY, refused.again_at).expect("spent").granted, 2);
    assert_eq!(ledger.spend("relay", 9, FIVE_A_DAY, at(36 * hour)).expect("spent").granted, 3);
}

fn mailboxes_that_are_gone_are_suppressed_everywhere(place: &Place) {
    let mut ledger = place.open();
    let broadcast = sealed(&mut *ledger, 2).id;
    let gone =
        [Gone { address: address("Reader0001@example.org"), evidence: "550 5.1.1 unknown".to_owned() }];
    assert_eq!(ledger.suppress_gone(&gone, at(5)).expect("done"), 1);
    assert_eq!(ledger.suppress_gone(&gone, at(6)).expect("done"), 0);
    let known = &ledger.suppressions().expect("read")[0];
    assert_eq!((known.scope.as_str(), known.reason, known.since), ("*", SuppressionReason::Hard, at(5)));
    assert_eq!(known.evidence.as_deref(), Some("550 5.1.1 unknown"));
    assert_eq!(tally(&mut *ledger, broadcast), "queued 1, suppressed 1");
}
