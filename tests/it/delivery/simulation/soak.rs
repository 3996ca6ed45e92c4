//! As many seeds as somebody has patience for, on the ledger of their choice.

use super::{Ending, play};
use crate::support::store::Store;
use masthead::domain::delivery::DeliveryState;
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// The first seed when none is named: the gate plays those before.
const FIRST: u64 = 1_000;

/// What is to be played.
struct Soak {
    first: u64,
    count: u64,
    ledger: String,
    store: fn() -> Store,
}

/// What came of it.
#[derive(Default)]
struct Sums {
    states: BTreeMap<DeliveryState, usize>,
    mails: usize,
    duplicates: usize,
    attempts: u64,
    failed: BTreeSet<u64>,
}

impl Sums {
    fn add(&mut self, seed: u64, ending: Option<Ending>) {
        let Some(ending) = ending else {
            self.failed.insert(seed);
            return;
        };
        for (state, mails, attempts) in ending.into_values() {
            *self.states.entry(state).or_default() += 1;
            self.mails += mails;
            self.duplicates += mails.saturating_sub(1);
            self.attempts += u64::from(attempts);
        }
    }
}

impl Soak {
    /// Reads what `scripts/soak` hands over.
    #[expect(clippy::disallowed_methods, reason = "scripts/soak hands the seeds over in the environment")]
    fn asked_for() -> Self {
        let word = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let number = |name: &str| word(name).map(|text| text.parse::<u64>().unwrap());
        let ledger = word("MASTHEAD_LEDGER").unwrap_or_else(|| "memory".to_owned());
        let store = match &*ledger {
            "memory" => Store::memory,
            "sqlite" => Store::file,
            "journaled" => Store::journal,
            "postgres" => Store::shared,
            other => panic!("there is no ledger `{other}`: memory, sqlite, journaled or postgres"),
        };
        let first = number("MASTHEAD_SEED").unwrap_or(FIRST);
        Self { first, count: number("MASTHEAD_SEEDS").unwrap_or(1), ledger, store }
    }

    /// Takes seeds from `next` until they run out. One that fails says so, and the others are played all the same.
    fn work(&self, next: &AtomicU64, sums: &Mutex<Sums>) {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.first + self.count {
                return;
            }
            println!("MASTHEAD_SEED={seed} begins");
            let ending = catch_unwind(AssertUnwindSafe(|| play(seed, (self.store)()))).ok();
            println!("MASTHEAD_SEED={seed} {}", if ending.is_some() { "is fine" } else { "FAILED" });
            sums.lock().unwrap().add(seed, ending);
        }
    }
}

/// Plays the seeds that the environment names, one on each processor.
#[test]
#[ignore = "thousands of seeds take a while: scripts/soak runs it"]
fn soak_seeds() {
    let soak = Soak::asked_for();
    let (next, sums) = (AtomicU64::new(soak.first), Mutex::new(Sums::default()));
    let hands = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..hands {
            scope.spawn(|| soak.work(&next, &sums));
        }
    });
    let Sums { states, mails, duplicates, attempts, failed } = sums.into_inner().unwrap();
    let Soak { first, count, ledger, .. } = &soak;
    println!("{count} seeds from {first} on the {ledger} ledger: {} failed", failed.len());
    println!(
        "{attempts} attempts, {mails} mails, {duplicates} duplicates; at the end of each seed: {states:?}"
    );
    assert!(failed.is_empty(), "play one again with MASTHEAD_SEED=… scripts/soak 1 {ledger}: {failed:?}");
}
