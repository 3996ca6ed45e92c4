//! The ambiguous moment: what is in doubt, what is provably not, and how a doubt is repeated.

use crate::support::{
    clock::FakeClock,
    power::{LedgerOn, Line},
    relay::{Answer, Moods, Relay, broken},
    sealed,
    world::World,
};
use masthead::{
    domain::{
        delivery::{DeliveryEvent, DeliveryState},
        outcome::{Outcome, Phase},
        suppression::SuppressionReason,
        time::Clock,
    },
    runner::{
        options::{RunOptions, WaitForDeferred},
        report::RunEnd,
        stop::stop_switch,
    },
};
use std::{sync::Arc, time::Duration};

fn no_answer(delivers: bool) -> Answer {
    Answer { delivers, ..Answer::other(Outcome::InDoubt { cause: "the line broke".to_owned() }) }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_breaks_after_the_final_dot_is_in_doubt_and_not_repeated() {
    let moods = Moods {
        finish: Box::new(|call, _| match call {
            0 => no_answer(true),
            1 => no_answer(false),
            _ => Answer::accepted(),
        }),
        ..Moods::default()
    };
    let world = World::new(4, moods);
    let report = world.run(world.options()).await;
    assert_eq!(report.ended, RunEnd::Finished);
    assert_eq!((report.counts.in_doubt, report.counts.sent), (2, 2));
    assert_eq!(world.tally().of(DeliveryState::InDoubt), 2);
    world.check_everybody(&"two lost answers");
}

#[tokio::test(start_paused = true)]
async fn a_resend_after_doubt_repeats_the_message_octet_by_octet() {
    let moods = Moods {
        finish: Box::new(|call, _| if call == 0 { no_answer(true) } else { Answer::accepted() }),
        ..Moods::default()
    };
    let world = World::new(1, moods);
    world.run(world.options()).await;
    tokio::time::advance(Duration::from_hours(1)).await;
    let (from, event) = (DeliveryState::InDoubt, DeliveryEvent::Resend);
    let changed = world
        .store
        .connect()
        .resolve(world.broadcast, from, None, event, "decided", world.clock.now())
        .unwrap();
    assert_eq!(changed, 1);
    let report = world.run(world.options()).await;
    assert_eq!(report.counts.sent, 1);
    let messages = world.mailboxes().messages("reader0@example.org");
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_breaks_in_the_body_is_no_doubt() {
    let moods =
        Moods { begin: Box::new(|call, _| (call == 0).then(|| broken(Phase::Body))), ..Moods::default() };
    let world = World::new(3, moods);
    let report = world.run(world.options()).await;
    assert_eq!((report.counts.deferred, report.counts.sent, report.counts.in_doubt), (1, 3, 0));
    world.check_everybody(&"one broken body");
}

/// A line whose process is frozen right after its first commit.
struct FreezesOnce(Option<Arc<FakeClock>>);

impl Line for FreezesOnce {
    fn carry<T>(&mut self, effect: impl FnOnce() -> T) -> Option<T> {
        Some(effect())
    }
    fn committed(&mut self) {
        if let Some(clock) = self.0.take() {
            clock.freeze(Duration::from_secs(6));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_frozen_process_does_not_send_the_final_dot() {
    let world = World::new(1, Moods::default());
    let options = RunOptions { wait_for_deferred: WaitForDeferred::No, ..world.options() };
    let line = FreezesOnce(Some(world.clock.clone()));
    let ledger = LedgerOn { line, ledger: world.store.connect() };
    let (_switch, stop) = stop_switch();
    let report = world.runner().run(Box::new(ledger), options, stop).await;
    assert!(matches!(report.ended, RunEnd::Left { open: 1, .. }), "{report:?}");
    assert_eq!((report.counts.deferred, world.mailboxes().total()), (1, 0));
    assert_eq!(world.run(world.options()).await.ended, RunEnd::Finished);
    assert_eq!(world.mailboxes().total(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_the_body_is_under_way_gets_nothing() {
    let mut world = World::new(3, Moods::default());
    let (leaving, moment) = (std::sync::Mutex::new(world.store.connect()), world.clock.now());
    let moods = Moods {
        begin: Box::new(move |_, to| {
            if to == "reader1@example.org" {
                let (who, reason) = (sealed::address(1), SuppressionReason::Unsubscribed);
                leaving.lock().unwrap().suppress(&who, "starsom", reason, "test", moment).unwrap();
            }
            None
        }),
        // Far away the body goes ahead of the commit.
        finish: Box::new(|_, _| Answer { after: Duration::from_millis(40), ..Answer::accepted() }),
        ..Moods::default()
    };
    world.relay = Relay::new(moods);
    let report = world.run(world.options()).await;
    assert_eq!(report.ended, RunEnd::Finished);
    assert_eq!(world.states()["reader1@example.org"], DeliveryState::Suppressed);
    assert_eq!(world.mailboxes().total(), 2);
    world.check_everybody(&"one left");
}
