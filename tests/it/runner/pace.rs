//! A rate holds over connections, restarts and processes.

use crate::support::{relay::Moods, world::World};
use masthead::{
    domain::settings::Rate,
    runner::{options::RunOptions, report::RunEnd, stop::stop_switch},
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const INTERVAL: Duration = Duration::from_millis(100);

/// What timers may be early or late.
const GRAIN: Duration = Duration::from_millis(2);

/// Checks that no stretch of the sending was faster than the rate.
#[track_caller]
fn check_rate(times: &[Instant], messages: usize) {
    assert_eq!(times.len(), messages);
    for (index, time) in times.iter().enumerate() {
        for (later, other) in times.iter().enumerate().skip(index + 1) {
            let least = INTERVAL * u32::try_from(later - index).unwrap();
            assert!(*other - *time + GRAIN >= least, "messages {index} and {later}");
        }
    }
}

fn paced(world: &World) -> RunOptions {
    RunOptions { connections: 3, rate: Rate::parse("10/s"), ..world.options() }
}

#[tokio::test(start_paused = true)]
async fn a_rate_holds_over_all_connections_and_is_used() {
    let world = World::new(60, Moods::default());
    let began = Instant::now();
    assert_eq!(world.run(paced(&world)).await.ended, RunEnd::Finished);
    check_rate(&world.mailboxes().times(), 60);
    assert!(began.elapsed() < INTERVAL * 63, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_rate_holds_over_a_restart() {
    let world = World::new(40, Moods::default());
    let report = world
        .run_with(paced(&world), async |switch| {
            sleep(INTERVAL * 15).await;
            switch.press();
            switch
        })
        .await;
    assert_eq!(report.ended, RunEnd::Interrupted);
    assert_eq!(world.run(paced(&world)).await.ended, RunEnd::Finished);
    check_rate(&world.mailboxes().times(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_rate_holds_over_two_runs_at_once() {
    let world = World::new(40, Moods::default());
    let second = RunOptions { worker: "desk/2".to_owned(), ..paced(&world) };
    let (_switch, stop) = stop_switch();
    let other = world.runner().run(Box::new(world.store.connect()), second, stop);
    let (one, other) = tokio::join!(world.run(paced(&world)), other);
    assert_eq!((one.ended, other.ended), (RunEnd::Finished, RunEnd::Finished));
    assert!(one.counts.sent > 0 && other.counts.sent > 0);
    check_rate(&world.mailboxes().times(), 40);
    world.check_everybody(&"two runs");
}
