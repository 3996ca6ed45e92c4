//! A relay that can't be reached, won't have us, wants a pause, or closes between messages; a ledger that fails.

use crate::support::{
    power::{Cut, LedgerOn, Line, Power},
    relay::{Answer, Moods, broken, refused},
    world::World,
};
use masthead::{
    domain::{
        delivery::DeliveryState,
        outcome::{Action, Outcome, Phase, Scope},
    },
    runner::{
        options::RunOptions,
        progress::RunEvent,
        report::{RunEnd, RunReport},
        stop::stop_switch,
    },
};
use std::time::Duration;
use tokio::time::Instant;

/// Runs on four connections and checks the code of the problem it ended with; the queue must be kept.
#[track_caller]
fn check_stopped(world: &World, report: &RunReport, code: &str) {
    let (RunEnd::CouldNotSend(problem) | RunEnd::MessageRefused(problem)) = &report.ended else {
        panic!("{report:?}")
    };
    assert_eq!(problem.code, code);
    let tally = report.tally_after.as_ref().unwrap();
    let kept = tally.of(DeliveryState::Queued) + tally.of(DeliveryState::Deferred);
    assert_eq!((kept, world.mailboxes().total()), (world.readers as u64, 0));
}

fn four(world: &World) -> RunOptions {
    RunOptions { connections: 4, ..world.options() }
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_comes_back_costs_only_time() {
    let moods =
        Moods { connect: Box::new(|call, _| (call < 9).then(|| broken(Phase::Connect))), ..Moods::default() };
    let world = World::new(20, moods);
    let report = world.run(four(&world)).await;
    assert_eq!((report.ended, report.counts.sent), (RunEnd::Finished, 20));
    let tries = world.notes.count(|event| matches!(event, RunEvent::RelayDown { .. }));
    assert!((2..=9).contains(&tries), "four connections that fail together are one try: {tries}");
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_is_never_there_ends_the_run_and_keeps_the_queue() {
    let moods = Moods { connect: Box::new(|_, _| Some(broken(Phase::Connect))), ..Moods::default() };
    let world = World::new(20, moods);
    let began = Instant::now();
    let report = world.run(four(&world)).await;
    check_stopped(&world, &report, "send/relay-unreachable");
    assert!(began.elapsed() < Duration::from_mins(6), "{:?}", began.elapsed());
    assert_eq!(report.counts.attempts, 0);
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_ends_the_run_at_once() {
    let refusal = || refused(Phase::Auth, 535, Scope::Sender, Action::Abort);
    let moods = Moods { connect: Box::new(move |_, _| Some(refusal())), ..Moods::default() };
    let world = World::new(20, moods);
    let report = world.run(four(&world)).await;
    check_stopped(&world, &report, "send/relay-refused-us");
    assert!(world.mailboxes().connects() <= 4);
}

#[tokio::test(start_paused = true)]
async fn a_message_nobody_may_have_ends_the_run_at_once() {
    for is_late in [false, true] {
        let refusal = |phase| refused(phase, 552, Scope::Message, Action::Fail);
        let moods = Moods {
            begin: Box::new(move |_, _| (!is_late).then(|| refusal(Phase::Mail))),
            finish: Box::new(move |_, _| Answer::other(refusal(Phase::Verdict))),
            ..Moods::default()
        };
        let world = World::new(20, moods);
        let report = world.run(four(&world)).await;
        check_stopped(&world, &report, "send/message-refused");
        assert!(world.mailboxes().begins() <= 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_with_room_for_two_sessions_gets_two() {
    let refusal = || refused(Phase::Connect, 421, Scope::Host, Action::Retry);
    let moods = Moods {
        connect: Box::new(move |_, open| (open >= 2).then(refusal)),
        finish: Box::new(|_, _| Answer { after: Duration::from_secs(1), ..Answer::accepted() }),
        ..Moods::default()
    };
    let world = World::new(100, moods);
    let report = world.run(four(&world)).await;
    assert_eq!((report.ended, report.counts.sent, report.counts.deferred), (RunEnd::Finished, 100, 0));
    assert_eq!(world.mailboxes().open_max(), 2);
    assert!(world.notes.count(|event| matches!(event, RunEvent::ConnectionRests { .. })) > 0);
}

#[tokio::test(start_paused = true)]
async fn a_close_between_messages_is_no_error() {
    for outcome in [broken(Phase::Mail), refused(Phase::Mail, 421, Scope::Host, Action::Retry)] {
        let moods = Moods {
            begin: Box::new(move |call, _| (call % 5 == 4).then(|| outcome.clone())),
            ..Moods::default()
        };
        let world = World::new(20, moods);
        let began = Instant::now();
        let report = world.run(world.options()).await;
        assert_eq!((report.ended, report.counts.sent, report.counts.deferred), (RunEnd::Finished, 20, 0));
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        world.check_everybody(&"closed now and then");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_asks_for_a_pause_gets_one_from_all_connections() {
    let refusal = || refused(Phase::Rcpt, 451, Scope::Host, Action::Retry);
    let moods = Moods { begin: Box::new(move |call, _| (call < 4).then(refusal)), ..Moods::default() };
    let world = World::new(40, moods);
    let began = Instant::now();
    let report = world.run(four(&world)).await;
    assert_eq!((report.ended, report.counts.sent, report.counts.deferred), (RunEnd::Finished, 40, 4));
    assert_eq!(world.notes.count(|event| matches!(event, RunEvent::Paused { .. })), 4);
    let first = world.mailboxes().times()[0] - began;
    assert!(first >= Duration::from_secs(5), "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_is_renewed_after_so_many_messages() {
    let world = World::new(25, Moods::default());
    let options = RunOptions { messages_per_connection: 10, ..world.options() };
    assert_eq!(world.run(options).await.counts.sent, 25);
    assert_eq!(world.mailboxes().connects(), 3);
}

/// A line that loses two calls in a row now and then.
struct Stumbling(u32);

impl Line for Stumbling {
    fn carry<T>(&mut self, effect: impl FnOnce() -> T) -> Option<T> {
        self.0 += 1;
        (self.0 % 7 > 1).then(effect)
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_stumbles_is_asked_again() {
    let world = World::new(20, Moods::default());
    let ledger = LedgerOn { line: Stumbling(0), ledger: world.store.connect() };
    let (_switch, stop) = stop_switch();
    let report = world.runner().run(Box::new(ledger), four(&world), stop).await;
    assert_eq!((report.ended, report.counts.sent), (RunEnd::Finished, 20));
    assert!(world.notes.count(|event| matches!(event, RunEvent::LedgerStumbled { .. })) > 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_ledger_nothing_leaves() {
    for call in [0, 2, 5] {
        let world = World::new(20, Moods::default());
        let line = Power::cut_at(Some(Cut { call, after_effect: false }));
        let ledger = LedgerOn { line, ledger: world.store.connect() };
        let (_switch, stop) = stop_switch();
        let report = world.runner().run(Box::new(ledger), world.options(), stop).await;
        let RunEnd::LedgerFailed(problem) = report.ended else { panic!("{report:?}") };
        assert_eq!(problem.code, "send/ledger-failed");
        assert_eq!(world.run(world.options()).await.ended, RunEnd::Finished);
        world.check_everybody(&call);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_makes_no_sense_before_the_commit_is_a_broken_line() {
    let doubt = || Outcome::InDoubt { cause: "confused".to_owned() };
    let moods = Moods { begin: Box::new(move |call, _| (call == 0).then(doubt)), ..Moods::default() };
    let world = World::new(2, moods);
    let report = world.run(world.options()).await;
    assert_eq!((report.counts.in_doubt, report.counts.sent), (0, 2));
}
