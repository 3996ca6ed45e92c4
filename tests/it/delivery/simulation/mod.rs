//! Several machines at once whose runs die and come back, before a moody relay, on a ledger that stumbles and
//! dawdles, while readers leave, deliveries are cancelled and clocks are set: whatever the seed, nobody is forgotten,
//! nobody is mailed twice, and nobody is mailed after leaving.
//!
//! A seed says what every die shows, and all tasks of all machines take turns on one thread, on a clock that moves
//! only when nobody works. In memory the same seed therefore goes the same way (a test plays some twice). The other
//! ledgers repeat the dice, and their own threads and servers answer as they come. What needs threads that really
//! run at the same time, or processes that really die, is not played here: `scripts/soak kills` does that.
//!
//! A seed that fails is named; `MASTHEAD_SEED=… scripts/soak` plays it again. `scripts/soak 5000` plays as many.

#![expect(clippy::print_stdout, reason = "seeds are named, and sums shown")]

mod machine;
mod moods;
mod soak;

use crate::support::{dice::Dice, sealed, store::Store, world::World};
use chrono::TimeDelta;
use machine::Machine;
use masthead::{
    domain::{
        delivery::{DeliveryEvent, DeliveryState},
        time::Clock,
    },
    runner::{options::RunOptions, report::RunEnd},
};
use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::runtime::Builder;

/// Readers leave, somebody sets the clock, somebody cancels what has not left.
async fn disturb(world: &World, dice: Dice) {
    for _ in 0..dice.below(8) {
        tokio::time::sleep(Duration::from_millis(dice.below(200_000))).await;
        let someone = usize::try_from(dice.below(world.readers as u64)).unwrap();
        match dice.below(10) {
            0..5 => world.leave(someone),
            5..7 => cancel(world, someone),
            _ => {
                let seconds = i64::try_from(dice.below(600)).unwrap() - 200;
                world.clock.set_wall(TimeDelta::seconds(seconds));
            }
        }
    }
}

/// Cancels one delivery if it has not left.
fn cancel(world: &World, number: usize) {
    world.store.look(|ledger| {
        for from in [DeliveryState::Queued, DeliveryState::Deferred] {
            let waiting = ledger.deliveries(world.broadcast, from, usize::MAX).unwrap();
            let whose = waiting.iter().find(|report| report.address == sealed::address(number));
            let Some(only) = whose.map(|report| [report.id]) else { continue };
            let (event, now) = (DeliveryEvent::Cancel, world.clock.now());
            ledger.resolve(world.broadcast, from, Some(&only), event, "cancelled", now).unwrap();
        }
    });
}

/// Where everybody ended, with the mails and attempts of each.
type Ending = BTreeMap<String, (DeliveryState, usize, u32)>;

fn ending(world: &World) -> Ending {
    let mut ending = Ending::new();
    world.store.look(|ledger| {
        for state in DeliveryState::ALL {
            for report in ledger.deliveries(world.broadcast, state, usize::MAX).unwrap() {
                let address = report.address.expose();
                let mails = world.mailboxes().of(&address);
                ending.insert(address, (state, mails, report.attempts));
            }
        }
    });
    ending
}

/// Plays one seed to its end on two to four machines.
async fn simulate(seed: u64, store: Store) -> Ending {
    let dice = Dice::new(seed);
    let is_calm = Arc::new(AtomicBool::new(false));
    let readers = 3 + usize::try_from(dice.below(15)).unwrap();
    let world = World::on(store, readers, moods::moods(&dice, &is_calm));
    let machine =
        |name: u32| Machine { world: &world, dice: dice.hand(), is_calm: Arc::clone(&is_calm), name };
    let machines = [machine(1), machine(2), machine(3), machine(4)];
    let lives = machines.iter().map(Machine::live);
    let [one, two, three, four]: [_; 4] = lives.collect::<Vec<_>>().try_into().ok().unwrap();
    let count = dice.below(3);
    tokio::join!(
        disturb(&world, dice.hand()),
        one,
        two,
        async {
            if count > 0 {
                three.await;
            }
        },
        async {
            if count > 1 {
                four.await;
            }
        },
    );
    is_calm.store(true, Ordering::SeqCst);
    finish(&world, seed).await;
    let ended = ending(&world);
    world.settle_doubts();
    finish(&world, seed).await;
    assert_eq!(world.tally().of(DeliveryState::InDoubt), 0, "MASTHEAD_SEED={seed}");
    ended
}

/// One calm run to the end, and the accounts.
async fn finish(world: &World, seed: u64) {
    let report = world.run(RunOptions { connections: 2, ..world.options() }).await;
    assert_eq!(report.ended, RunEnd::Finished, "MASTHEAD_SEED={seed}");
    assert_eq!(report.tally_after, Some(world.tally()), "MASTHEAD_SEED={seed}");
    world.check_everybody(&format_args!("MASTHEAD_SEED={seed}"));
}

/// More of its own time than any seed needs: the longest retries take days.
const DAYS_MAX: u64 = 60;

/// Plays a seed on a runtime of its own.
fn play(seed: u64, store: Store) -> Ending {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let limit = Duration::from_secs(DAYS_MAX * 24 * 60 * 60);
    let ending = runtime.block_on(async { tokio::time::timeout(limit, simulate(seed, store)).await });
    ending.unwrap_or_else(|_| panic!("MASTHEAD_SEED={seed} has no end in {DAYS_MAX} days of its own time"))
}

fn check_seeds(seeds: Range<u64>, store: fn() -> Store) {
    for seed in seeds {
        // Shown when the test fails, and when it is ended because a seed hangs.
        println!("MASTHEAD_SEED={seed}");
        play(seed, store());
    }
}

#[test]
fn no_seed_harms_anyone_1() {
    check_seeds(0..100, Store::memory);
}

#[test]
fn no_seed_harms_anyone_2() {
    check_seeds(100..200, Store::memory);
}

#[test]
fn no_seed_harms_anyone_in_a_file() {
    check_seeds(200..206, Store::file);
}

#[test]
fn no_seed_harms_anyone_behind_a_journal() {
    check_seeds(206..212, Store::journal);
}

#[test]
fn no_seed_harms_anyone_in_a_shared_database() {
    check_seeds(212..214, Store::shared);
}

#[test]
fn in_memory_a_seed_goes_the_same_way_again() {
    for seed in 300..312 {
        assert_eq!(play(seed, Store::memory()), play(seed, Store::memory()), "MASTHEAD_SEED={seed}");
    }
}
