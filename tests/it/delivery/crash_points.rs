//! Cuts the power at every port call, before and after its effect, and checks that nobody is forgotten,
//! nobody is mailed twice, and at most one delivery per connection is in doubt.

use crate::support::{
    power::{Cut, LedgerOn, Power},
    relay::{Answer, Moods, broken, refused},
    store::Store,
    world::World,
};
use masthead::{
    domain::{
        delivery::DeliveryState,
        outcome::{Action, Phase, Scope},
    },
    runner::{options::RunOptions, report::RunEnd, stop::stop_switch},
};

const READERS: usize = 7;

/// A relay that takes some, defers, refuses and drops others; what it says depends on the reader, so that it says
/// the same after the crash.
fn moody() -> Moods {
    let first_time = std::sync::Mutex::new(std::collections::BTreeSet::new());
    Moods {
        begin: Box::new(move |_, to| {
            let is_first = first_time.lock().unwrap().insert(to.to_owned());
            match to {
                "reader1@example.org" if is_first => {
                    Some(refused(Phase::Rcpt, 450, Scope::Recipient, Action::Retry))
                }
                "reader2@example.org" => Some(refused(Phase::Rcpt, 550, Scope::Recipient, Action::Bounce)),
                "reader3@example.org" if is_first => Some(broken(Phase::Body)),
                _ => None,
            }
        }),
        finish: Box::new(|_, to| match to {
            "reader4@example.org" => {
                Answer::other(refused(Phase::Verdict, 554, Scope::Recipient, Action::Fail))
            }
            _ => Answer::accepted(),
        }),
        ..Moods::default()
    }
}

/// Runs to the cut, starts a fresh runner on the same ledger, lets it finish, and checks everybody.
/// Returns the number of port calls made, so that the caller knows when every cut was tried.
async fn check(cut: Option<Cut>, store: Store, connections: usize, moods: fn() -> Moods) -> u32 {
    let mut world = World::on(store, READERS, moods());
    let power = Power::cut_at(cut);
    let options = RunOptions { connections, ..world.options() };
    let calm = world.relay.power.clone();
    world.relay.power = power.clone();
    let (_switch, stop) = stop_switch();
    let ledger = LedgerOn { line: power.clone(), ledger: world.store.connect() };
    tokio::select! {
        biased;
        () = power.goes() => {}
        report = world.runner().run(Box::new(ledger), options.clone(), stop) => {
            assert_eq!(report.ended, RunEnd::Finished, "{cut:?}");
        }
    }
    world.relay.power = calm;
    let report = world.run(options).await;
    assert_eq!(report.ended, RunEnd::Finished, "{cut:?}");
    world.check_everybody(&cut);
    let in_doubt = world.tally().of(DeliveryState::InDoubt);
    let allowed = if cut.is_some() { connections } else { 0 };
    assert!(in_doubt <= allowed as u64, "{cut:?}: {in_doubt} in doubt on {connections} connections");
    power.calls()
}

async fn check_every_cut(store: fn() -> Store, connections: usize, moods: fn() -> Moods) {
    let calls = check(None, store(), connections, moods).await;
    assert!(calls > 20, "{calls} port calls");
    // Rounds of the committer may fall differently from run to run: a few more, to be sure.
    for call in 0..calls + 4 {
        for after_effect in [false, true] {
            check(Some(Cut { call, after_effect }), store(), connections, moods).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_cut_forgets_or_doubles_anyone_on_one_connection() {
    check_every_cut(Store::memory, 1, Moods::default).await;
}

#[tokio::test(start_paused = true)]
async fn no_cut_forgets_or_doubles_anyone_on_three_connections() {
    check_every_cut(Store::memory, 3, Moods::default).await;
}

#[tokio::test(start_paused = true)]
async fn no_cut_forgets_or_doubles_anyone_before_a_moody_relay() {
    check_every_cut(Store::memory, 2, moody).await;
}

#[tokio::test(start_paused = true)]
async fn no_cut_forgets_or_doubles_anyone_in_a_file() {
    check_every_cut(Store::file, 2, Moods::default).await;
}

#[tokio::test(start_paused = true)]
async fn no_cut_forgets_or_doubles_anyone_in_a_database() {
    check_every_cut(Store::shared, 2, Moods::default).await;
}
