//! Providers that want a rest, breakers, quotas, mailboxes that are gone, connections that grow.

use crate::support::{
    relay::{Answer, Moods},
    world::World,
};
use masthead::{
    domain::{
        delivery::DeliveryState,
        outcome::{Action, Measure, Outcome, Phase, Reply, Scope, Subject, Verdict},
        settings::Rate,
    },
    runner::{
        options::{RunOptions, WaitForDeferred},
        progress::RunEvent,
        report::{RunEnd, RunReport},
    },
};
use std::time::Duration;
use tokio::time::Instant;

fn refusal(code: u16, verdict: Verdict) -> Outcome {
    let reply = Reply { code, enhanced: None, text: "so says the provider".to_owned() };
    Outcome::Refused { phase: Phase::Rcpt, reply, verdict }
}

/// A relay that refuses some calls at RCPT.
fn refusing(is_meant: impl Fn(usize) -> bool + Send + Sync + 'static, code: u16, verdict: Verdict) -> Moods {
    Moods {
        begin: Box::new(move |call, _| is_meant(call).then(|| refusal(code, verdict))),
        ..Moods::default()
    }
}

fn gone() -> Verdict {
    Verdict::new(Scope::Recipient, Action::Bounce).about(Subject::NoMailbox)
}

#[track_caller]
fn check_held(report: &RunReport, code: &str) {
    let RunEnd::HeldBack(problem) = &report.ended else { panic!("{report:?}") };
    assert_eq!(problem.code, code);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_wants_a_pause_gets_one_and_then_everything() {
    let pause = Verdict::new(Scope::Provider, Action::Retry).after(3_600).with(Measure::Pause);
    let world = World::new(40, refusing(|call| call == 3, 421, pause));
    let began = Instant::now();
    let report = world.run(world.options()).await;
    assert_eq!((report.ended, report.counts.sent), (RunEnd::Finished, 40));
    assert_eq!(world.notes.count(|event| matches!(event, RunEvent::ProviderRests { .. })), 1);
    assert!(began.elapsed() >= Duration::from_hours(1), "{:?}", began.elapsed());
    let before =
        world.mailboxes().times().iter().filter(|time| **time - began < Duration::from_hours(1)).count();
    assert_eq!(before, 3, "nothing left for it while it rested");
    world.check_everybody(&"a provider rested");
}

#[tokio::test(start_paused = true)]
async fn too_many_dead_mailboxes_hold_the_issue_until_a_person_says_so() {
    let world = World::new(400, refusing(|call| call % 10 == 0, 550, gone()));
    let report = world.run(world.options()).await;
    check_held(&report, "send/held-back");
    assert!(report.counts.attempts >= 200 && report.counts.attempts < 250, "{report:?}");
    let again = world.run(world.options()).await;
    check_held(&again, "send/held-back");
    assert_eq!(again.counts.attempts, 0, "it holds for later runs too");
    let anyway = RunOptions { continues_anyway: true, ..world.options() };
    assert_eq!(world.run(anyway).await.ended, RunEnd::Finished);
    world.check_everybody(&"a breaker held it");
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_is_gone_is_suppressed() {
    let world = World::new(20, refusing(|call| call == 7, 550, gone()));
    let report = world.run(world.options()).await;
    assert_eq!((report.ended, report.suppressed_gone), (RunEnd::Finished, 1));
    assert_eq!(world.store.connect().suppressions().unwrap().len(), 1);
    assert_eq!(world.tally().of(DeliveryState::Bounced), 1);
}

#[tokio::test(start_paused = true)]
async fn a_kill_in_mid_run_loses_no_mailbox_whose_mark_has_settled() {
    let dead = |call: usize| matches!(call, 3 | 5 | 390);
    let slow = Moods {
        finish: Box::new(|_, _| Answer { after: Duration::from_secs(4), ..Answer::accepted() }),
        ..refusing(dead, 550, gone())
    };
    let world = World::new(800, slow);
    let one = RunOptions { connections: 1, ..world.options() };
    // Half an hour, with some four seconds for each message: killed when two marks are old and one is fresh.
    let killed = tokio::time::timeout(Duration::from_mins(27), world.run(one)).await;
    assert!(killed.is_err(), "cut off in the middle");
    assert!(world.mailboxes().total() > 390, "{}", world.mailboxes().total());
    assert_eq!(world.store.connect().suppressions().unwrap().len(), 2);
    let report = world.run(world.options()).await;
    assert_eq!(report.ended, RunEnd::Finished);
    world.check_everybody(&"killed after some mailboxes were gone");
}

#[tokio::test(start_paused = true)]
async fn an_accident_of_a_provider_is_believed_by_nobody_even_in_a_long_run() {
    let moods = Moods {
        finish: Box::new(|_, _| Answer { after: Duration::from_secs(1), ..Answer::accepted() }),
        ..refusing(|call| (150..190).contains(&call), 550, gone())
    };
    let world = World::new(400, moods);
    let one = RunOptions { connections: 1, wait_for_deferred: WaitForDeferred::No, ..world.options() };
    world.run(one).await;
    assert!(world.store.connect().suppressions().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_quota_holds_over_runs_and_a_run_may_wait_for_it() {
    let world = World::new(25, Moods::default());
    let quota = RunOptions { quota: Rate::parse("10/h"), ..world.options() };
    let impatient = RunOptions { wait_for_deferred: WaitForDeferred::No, ..quota.clone() };
    for _ in 0..2 {
        check_held(&world.run(impatient.clone()).await, "send/quota-used-up");
        assert_eq!(world.mailboxes().total(), 10);
    }
    let began = Instant::now();
    assert_eq!(world.run(quota).await.ended, RunEnd::Finished);
    let hours = began.elapsed().as_secs_f64() / 3_600.0;
    assert!((1.0..2.3).contains(&hours), "{hours}");
    world.check_everybody(&"a quota");
}

#[tokio::test(start_paused = true)]
async fn connections_grow_to_what_was_asked_within_a_few_round_trips() {
    let moods = Moods {
        finish: Box::new(|_, _| Answer { after: Duration::from_millis(100), ..Answer::accepted() }),
        ..Moods::default()
    };
    let world = World::new(400, moods);
    let began = Instant::now();
    let report = world.run(RunOptions { connections: 16, ..world.options() }).await;
    assert_eq!((report.ended, world.mailboxes().open_max()), (RunEnd::Finished, 16));
    // 400 messages on 16 lines take 25 round trips; finding out costs two or three more.
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}
