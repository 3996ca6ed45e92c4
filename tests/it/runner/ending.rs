//! How a run ends: done, stopped, out of time, with something left.

use crate::support::{
    clock::FakeClock,
    relay::{Answer, Moods, refused},
    store::Store,
    world::World,
};
use chrono::TimeDelta;
use masthead::{
    domain::{
        delivery::DeliveryState,
        outcome::{Action, Phase, Scope},
        time::Clock,
    },
    runner::{
        options::{RunOptions, WaitForDeferred},
        progress::RunEvent,
        report::RunEnd,
    },
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::time::{Instant, sleep};

fn slow(time: Duration) -> Moods {
    Moods { finish: Box::new(move |_, _| Answer { after: time, ..Answer::accepted() }), ..Moods::default() }
}

fn greylisting() -> Moods {
    let refusal = || refused(Phase::Rcpt, 450, Scope::Recipient, Action::Retry);
    Moods { begin: Box::new(move |call, _| (call < 3).then(refusal)), ..Moods::default() }
}

#[tokio::test(start_paused = true)]
async fn everybody_gets_one_message_and_the_numbers_add_up() {
    let world = World::new(250, Moods::default());
    let report = world.run(RunOptions { connections: 4, ..world.options() }).await;
    assert_eq!(report.ended, RunEnd::Finished);
    assert_eq!((report.counts.sent, report.counts.attempts), (250, 250));
    let (before, after) = (report.tally_before.unwrap(), report.tally_after.unwrap());
    assert_eq!((before.of(DeliveryState::Queued), after.of(DeliveryState::Sent)), (250, 250));
    assert_eq!((before.total(), after.total()), (250, 250));
    assert_eq!(world.mailboxes().open_max(), 4);
    assert_eq!(world.mailboxes().open(), 0);
    world.check_everybody(&"a calm day");

    let again = world.run(world.options()).await;
    assert_eq!((again.ended, again.counts.attempts), (RunEnd::Finished, 0));
    assert_eq!(world.mailboxes().connects(), 4, "nothing to send, nobody called");
}

#[tokio::test(start_paused = true)]
async fn the_first_press_finishes_what_is_open_and_gives_the_rest_back() {
    let world = World::new(40, slow(Duration::from_secs(10)));
    let options = RunOptions { connections: 2, ..world.options() };
    let report = world
        .run_with(options, async |switch| {
            sleep(Duration::from_secs(15)).await;
            switch.press();
            switch
        })
        .await;
    assert_eq!(report.ended, RunEnd::Interrupted);
    assert_eq!(report.counts.sent, 4);
    let tally = report.tally_after.unwrap();
    assert_eq!((tally.of(DeliveryState::Sent), tally.of(DeliveryState::Queued)), (4, 36));
    assert_eq!(world.notes.count(|event| *event == RunEvent::Stopping), 1);
    assert_eq!(world.run(world.options()).await.ended, RunEnd::Finished);
    world.check_everybody(&"interrupted once");
}

#[tokio::test(start_paused = true)]
async fn the_second_press_returns_at_once() {
    let world = World::new(40, slow(Duration::from_mins(9)));
    let began = Instant::now();
    let options = RunOptions { connections: 2, ..world.options() };
    let report = world
        .run_with(options, async |switch| {
            sleep(Duration::from_secs(1)).await;
            switch.press();
            sleep(Duration::from_secs(1)).await;
            switch.press();
            switch
        })
        .await;
    assert_eq!((report.ended, report.tally_after), (RunEnd::Interrupted, None));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(world.run(world.options()).await.ended, RunEnd::Finished);
    assert_eq!(world.tally().of(DeliveryState::InDoubt), 2);
    world.check_everybody(&"pressed twice");
}

#[tokio::test(start_paused = true)]
async fn deferred_deliveries_are_waited_for_and_shown() {
    let world = World::new(5, greylisting());
    let began = Instant::now();
    let report = world.run(world.options()).await;
    assert_eq!(report.ended, RunEnd::Finished);
    assert_eq!((report.counts.sent, report.counts.deferred), (5, 3));
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    assert!((4.0..7.0).contains(&minutes), "{minutes} minutes");
    assert!(world.notes.count(|event| matches!(event, RunEvent::Waiting { next_due: Some(_), .. })) > 0);
    let connects = world.mailboxes().connects();
    assert!((2..=4).contains(&connects), "idle sessions are closed, new ones opened in time: {connects}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_due_is_left_when_nobody_wants_to_wait() {
    for wait_for_deferred in [WaitForDeferred::No, WaitForDeferred::AtMost(Duration::from_mins(2))] {
        let world = World::new(5, greylisting());
        let report = world.run(RunOptions { wait_for_deferred, ..world.options() }).await;
        assert!(matches!(report.ended, RunEnd::Left { open: 3, next_due: Some(_) }), "{report:?}");
        assert_eq!(report.counts.sent, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_when_its_time_is_up() {
    let world = World::new(40, slow(Duration::from_secs(10)));
    let until = Some(world.clock.now() + Duration::from_secs(35));
    let report = world.run(RunOptions { until, ..world.options() }).await;
    assert_eq!((report.ended, report.counts.sent), (RunEnd::TimeIsUp, 4));
    assert_eq!(report.tally_after.unwrap().of(DeliveryState::Queued), 36);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_committed_from_the_moment_on_at_which_it_is_stale() {
    // While the fourth body is on its way the moment passes.
    let hour = TimeDelta::hours(1);
    let clock: Arc<OnceLock<Arc<FakeClock>>> = Arc::default();
    let seen = Arc::clone(&clock);
    let begin = move |call, _: &str| {
        if call == 3 {
            seen.get().unwrap().set_wall(hour);
        }
        None
    };
    // Far away the body goes ahead of the commit.
    let after = Duration::from_millis(40);
    let finish = move |_, _: &str| Answer { after, ..Answer::accepted() };
    let moods = Moods { begin: Box::new(begin), finish: Box::new(finish), ..Moods::default() };
    let world = World::new(40, moods);
    assert!(clock.set(Arc::clone(&world.clock)).is_ok());
    let end = Some(world.clock.now() + hour);
    let report = world.run(RunOptions { until: end, not_after: end, ..world.options() }).await;
    assert_eq!((report.ended, report.counts.sent), (RunEnd::TimeIsUp, 3));
    assert_eq!(report.tally_after.unwrap().of(DeliveryState::Queued), 37);
    assert_eq!(world.tally().of(DeliveryState::Sent), 3);
}

#[tokio::test(start_paused = true)]
async fn who_is_never_taken_expires_within_three_days() {
    let moods = Moods {
        begin: Box::new(|_, _| Some(refused(Phase::Rcpt, 450, Scope::Recipient, Action::Retry))),
        ..Moods::default()
    };
    let world = World::new(1, moods);
    let began = Instant::now();
    let report = world.run(world.options()).await;
    assert_eq!(report.ended, RunEnd::Finished);
    assert_eq!(world.tally().of(DeliveryState::Expired), 1);
    assert_eq!(world.mailboxes().begins(), 11);
    assert!(began.elapsed() < Duration::from_hours(72), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn claims_of_a_dead_run_come_back_with_its_name_or_with_time() {
    for inherits_name in [true, false] {
        let world = World::new(3, Moods::default());
        let mut dead = world.store.connect();
        let lease = Duration::from_mins(2);
        dead.claim(world.broadcast, "desk/1", 3, world.clock.now(), lease).unwrap();
        let began = Instant::now();
        let worker = if inherits_name { "desk/1" } else { "desk/2" };
        let options = RunOptions { inherits_name, worker: worker.to_owned(), ..world.options() };
        assert_eq!(world.run(options).await.ended, RunEnd::Finished);
        assert_eq!(began.elapsed() >= lease, !inherits_name, "{:?}", began.elapsed());
        world.check_everybody(&inherits_name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_on_several_threads_share_one_file() {
    let world = World::on(Store::file(), 600, Moods::default());
    let report = world.run(RunOptions { connections: 16, ..world.options() }).await;
    assert_eq!((report.ended, report.counts.sent), (RunEnd::Finished, 600));
    world.check_everybody(&"several threads");
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_connection_lets_the_others_record_and_costs_nobody_a_message() {
    let is_armed = std::sync::atomic::AtomicBool::new(true);
    let moods = Moods {
        begin: Box::new(move |call, _| {
            let is_hit = call == 5 && is_armed.swap(false, std::sync::atomic::Ordering::SeqCst);
            assert!(!is_hit, "a bug, on purpose");
            None
        }),
        finish: Box::new(|_, _| Answer { after: Duration::from_secs(10), ..Answer::accepted() }),
        ..Moods::default()
    };
    let world = Arc::new(World::new(20, moods));
    let running = Arc::clone(&world);
    let run = async move { running.run(RunOptions { connections: 4, ..running.options() }).await };
    assert!(tokio::spawn(run).await.unwrap_err().is_panic());
    assert_eq!(world.tally().of(DeliveryState::Committing), 0, "what was open was recorded");
    assert_eq!(world.run(world.options()).await.ended, RunEnd::Finished);
    assert_eq!(world.tally().of(DeliveryState::Sent), 20);
    world.check_everybody(&"one panic");
}
