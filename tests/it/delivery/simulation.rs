//! Several runs at once that die and come back, before a moody relay, on a ledger that stumbles, while readers
//! leave and clocks are set: whatever the seed, nobody is forgotten and nobody is mailed twice.

use crate::support::{
    dice::Dice,
    power::{LedgerOn, Line},
    relay::{Answer, Moods, broken, refused},
    sealed,
    store::Store,
    world::World,
};
use chrono::TimeDelta;
use masthead::{
    domain::{
        outcome::{Action, Outcome, Phase, Scope},
        suppression::SuppressionReason,
        time::Clock,
    },
    runner::{
        options::{RunOptions, WaitForDeferred},
        report::RunEnd,
        stop::stop_switch,
    },
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A line to the ledger that loses calls, and answers of calls that had their effect.
struct Faulty {
    dice: Arc<Dice>,
    is_calm: Arc<AtomicBool>,
}

impl Line for Faulty {
    fn carry<T>(&mut self, effect: impl FnOnce() -> T) -> Option<T> {
        if self.is_calm.load(Ordering::SeqCst) {
            return Some(effect());
        }
        match self.dice.below(100) {
            0..3 => None,
            3..5 => {
                effect();
                None
            }
            _ => Some(effect()),
        }
    }
}

fn in_doubt() -> Outcome {
    Outcome::InDoubt { cause: "no answer".to_owned() }
}

fn connect(dice: &Dice) -> Option<Outcome> {
    match dice.below(100) {
        0..10 => Some(broken(Phase::Connect)),
        10..16 => Some(refused(Phase::Connect, 421, Scope::Host, Action::Retry)),
        16 => Some(refused(Phase::Auth, 535, Scope::Sender, Action::Abort)),
        _ => None,
    }
}

fn begin(dice: &Dice) -> Option<Outcome> {
    match dice.below(100) {
        0..6 => Some(refused(Phase::Rcpt, 450, Scope::Recipient, Action::Retry)),
        6..9 => Some(refused(Phase::Rcpt, 550, Scope::Recipient, Action::Bounce)),
        9..13 => Some(broken(Phase::Body)),
        13..17 => Some(broken(Phase::Mail)),
        17..20 => Some(refused(Phase::Mail, 421, Scope::Host, Action::Retry)),
        20 => Some(refused(Phase::Mail, 552, Scope::Message, Action::Fail)),
        _ => None,
    }
}

fn finish(dice: &Dice) -> Answer {
    let mut answer = match dice.below(100) {
        0..10 => Answer { outcome: in_doubt(), ..Answer::accepted() },
        10..16 => Answer::other(in_doubt()),
        16..24 => Answer::other(refused(Phase::Verdict, 451, Scope::Recipient, Action::Retry)),
        24..28 => Answer::other(refused(Phase::Verdict, 550, Scope::Recipient, Action::Fail)),
        28..31 => Answer::other(refused(Phase::Verdict, 421, Scope::Host, Action::Retry)),
        31..34 => Answer::other(broken(Phase::Body)),
        _ => Answer::accepted(),
    };
    answer.closes = dice.percent(5);
    if dice.percent(20) {
        answer.after = Duration::from_millis(dice.below(200_000));
    }
    answer
}

fn moods(dice: &Arc<Dice>, is_calm: &Arc<AtomicBool>) -> Moods {
    let hand = || (Arc::clone(dice), Arc::clone(is_calm));
    let (one, other, third) = (hand(), hand(), hand());
    let is_moody = |calm: &AtomicBool| !calm.load(Ordering::SeqCst);
    Moods {
        connect: Box::new(move |_, _| is_moody(&one.1).then(|| connect(&one.0)).flatten()),
        begin: Box::new(move |_, _| is_moody(&other.1).then(|| begin(&other.0)).flatten()),
        finish: Box::new(move |_, _| if is_moody(&third.1) { finish(&third.0) } else { Answer::accepted() }),
    }
}

/// One machine: its runs die one after the other.
async fn live(world: &World, dice: &Arc<Dice>, is_calm: &Arc<AtomicBool>, machine: usize) {
    for life in 0..=dice.below(3) {
        let options = RunOptions {
            worker: format!("desk{machine}/{life}"),
            inherits_name: false,
            connections: 1 + usize::try_from(dice.below(3)).unwrap(),
            wait_for_deferred: WaitForDeferred::AtMost(Duration::from_mins(6)),
            ..world.options()
        };
        let line = Faulty { dice: Arc::clone(dice), is_calm: Arc::clone(is_calm) };
        let ledger = LedgerOn { line, ledger: world.store.connect() };
        let (switch, stop) = stop_switch();
        let death = Duration::from_millis(dice.below(900_000));
        tokio::select! {
            _report = world.runner().run(Box::new(ledger), options, stop) => {}
            () = tokio::time::sleep(death) => {}
            () = async {
                tokio::time::sleep(death / 2).await;
                if dice.percent(30) {
                    switch.press();
                }
                std::future::pending::<()>().await;
            } => {}
        }
    }
}

/// Readers leave, and somebody sets the clock.
async fn disturb(world: &World, dice: &Dice) {
    for _ in 0..dice.below(5) {
        tokio::time::sleep(Duration::from_millis(dice.below(200_000))).await;
        let who = sealed::address(usize::try_from(dice.below(world.readers as u64)).unwrap());
        let reason = SuppressionReason::Unsubscribed;
        world.store.connect().suppress(&who, "starsom", reason, "test", world.clock.now()).unwrap();
        if dice.percent(30) {
            let seconds = i64::try_from(dice.below(600)).unwrap() - 200;
            world.clock.set_wall(TimeDelta::seconds(seconds));
        }
    }
}

async fn simulate(seed: u64, store: Store) {
    let dice = Arc::new(Dice::new(seed));
    let is_calm = Arc::new(AtomicBool::new(false));
    let readers = 3 + usize::try_from(dice.below(15)).unwrap();
    let world = World::on(store, readers, moods(&dice, &is_calm));
    tokio::join!(
        live(&world, &dice, &is_calm, 1),
        live(&world, &dice, &is_calm, 2),
        live(&world, &dice, &is_calm, 3),
        disturb(&world, &dice),
    );
    is_calm.store(true, Ordering::SeqCst);
    let report = world.run(world.options()).await;
    assert_eq!(report.ended, RunEnd::Finished, "seed {seed}");
    assert_eq!(report.tally_after, Some(world.tally()), "seed {seed}");
    world.check_everybody(&format!("seed {seed}"));
}

/// Each seed has a runtime of its own, so that a failing one can be run alone.
fn check_seeds(seeds: std::ops::Range<u64>, store: fn() -> Store) {
    for seed in seeds {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(simulate(seed, store()));
    }
}

#[test]
fn no_seed_forgets_or_doubles_anyone_1() {
    check_seeds(0..100, Store::memory);
}

#[test]
fn no_seed_forgets_or_doubles_anyone_2() {
    check_seeds(100..200, Store::memory);
}

#[test]
fn no_seed_forgets_or_doubles_anyone_in_a_database() {
    check_seeds(200..212, Store::shared);
}
