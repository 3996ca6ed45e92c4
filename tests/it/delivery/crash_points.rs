//! Cuts the power at every port call, before and after its effect, and checks that nobody is forgotten, nobody is
//! mailed twice, nobody is mailed after leaving, and at most one delivery per connection is in doubt.
//!
//! The last tests take the commit out of the ledger and demand that the same check then finds duplicates: a check
//! that can't fail proves nothing.

#![expect(clippy::print_stdout, reason = "the cuts that came are counted and shown")]

use crate::support::{
    power::{Careless, Cut, LedgerOn, Line, Power},
    relay::{Answer, Moods, broken, refused},
    sealed,
    store::{Handle, Store, for_every_local_store},
    world::World,
};
use masthead::{
    domain::{
        delivery::DeliveryState,
        outcome::{Action, Phase, Scope},
    },
    runner::{
        options::RunOptions,
        report::{RunEnd, RunReport},
        stop::stop_switch,
    },
};
use std::{sync::Arc, time::Duration};

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

/// A relay so far away that each message goes ahead of its commit, all but its last octets.
fn far() -> Moods {
    let after = Duration::from_millis(40);
    Moods { finish: Box::new(move |_, _| Answer { after, ..Answer::accepted() }), ..Moods::default() }
}

/// What is tried.
#[derive(Clone, Copy)]
struct Trial {
    store: fn() -> Store,
    readers: usize,
    connections: usize,
    moods: fn() -> Moods,
    is_careless: bool,
}

impl Trial {
    fn on(store: fn() -> Store) -> Self {
        Self { store, readers: 7, connections: 1, moods: Moods::default, is_careless: false }
    }

    fn options(&self, world: &World) -> RunOptions {
        RunOptions { connections: self.connections, ..world.options() }
    }

    /// One life of the process on a line of power: seals if nobody has, and sends until the end or the cut.
    async fn live(&self, world: &mut World, power: Arc<Power>) -> Option<RunReport> {
        let calm = std::mem::replace(&mut world.relay.power, power.clone());
        let report = if self.is_careless {
            let line = Careless { power: power.clone(), granted: Vec::new() };
            self.live_on(world, line, &power).await
        } else {
            self.live_on(world, power.clone(), &power).await
        };
        world.relay.power = calm;
        report
    }

    async fn live_on<Li: Line + 'static>(
        &self,
        world: &mut World,
        line: Li,
        power: &Power,
    ) -> Option<RunReport> {
        let mut ledger = LedgerOn { line, ledger: world.store.connect() };
        world.broadcast = sealed::try_seal(&mut ledger, self.readers, &*world.clock).ok()?;
        let (_switch, stop) = stop_switch();
        tokio::select! {
            biased;
            () = power.goes() => None,
            report = world.runner().run(Box::new(ledger), self.options(world), stop) => Some(report),
        }
    }

    /// Lives once to each cut, then without one; returns how many cuts came, or what went wrong.
    async fn check(&self, cuts: &[Cut]) -> Result<usize, String> {
        let mut world = World::unsealed((self.store)(), self.readers, (self.moods)());
        let mut came = 0;
        for cut in cuts {
            let power = Power::cut_at(Some(*cut));
            let ended = self.live(&mut world, power.clone()).await.map(|report| report.ended);
            came += usize::from(power.is_off());
            if power.is_off() && world.store.look(|ledger| is_sealed(ledger)) {
                // While it is dark a reader leaves.
                world.leave(6 % self.readers);
            } else if !power.is_off() && ended != Some(RunEnd::Finished) {
                return Err(format!("it ended {ended:?}"));
            }
        }
        let report = self.live(&mut world, Power::cut_at(None)).await.ok_or("no end")?;
        if report.ended != RunEnd::Finished || report.tally_after != Some(world.tally()) {
            return Err(format!("it ended {report:?}, the ledger says {:?}", world.tally()));
        }
        world.everybody()?;
        let in_doubt = world.tally().of(DeliveryState::InDoubt);
        if in_doubt > (self.connections * came) as u64 {
            return Err(format!("{in_doubt} in doubt after {came} cuts, {} connections", self.connections));
        }
        world.settle_doubts();
        self.live(&mut world, Power::cut_at(None)).await.ok_or("no end after the doubts were settled")?;
        world.everybody()?;
        match world.tally().of(DeliveryState::InDoubt) {
            0 => Ok(came),
            left => Err(format!("{left} are still in doubt")),
        }
    }

    /// Cuts at the first call, the second, …, until a run ends untouched; returns the number of cuts and what they found.
    async fn every_cut(&self) -> (usize, Vec<String>) {
        let (mut cuts, mut found, mut untouched) = (0, Vec::new(), 0);
        // Rounds of the committer may fall differently from run to run: once more, to be sure.
        for call in 0.. {
            for after_effect in [false, true] {
                let cut = Cut { call, after_effect };
                match self.check(&[cut]).await {
                    Ok(0) => untouched += 1,
                    Ok(came) => cuts += came,
                    Err(wrong) => {
                        cuts += 1;
                        found.push(format!("{cut:?}: {wrong}"));
                    }
                }
            }
            if untouched >= 4 {
                break;
            }
        }
        (cuts, found)
    }

    async fn check_every_cut(&self, what: &str) {
        let (cuts, found) = self.every_cut().await;
        println!("{cuts} cuts, {} wrong: {what}", found.len());
        assert!(found.is_empty(), "{what}: {found:#?}");
        assert!(cuts > 5 * self.readers, "{what}: only {cuts} cuts");
    }
}

fn is_sealed(ledger: &mut dyn Handle) -> bool {
    ledger.broadcast(&sealed::issue()).unwrap().is_some()
}

async fn no_cut_harms_anyone_on_one_connection(store: &str, make: fn() -> Store) {
    Trial::on(make).check_every_cut(&format!("one connection, {store}")).await;
}

async fn no_cut_harms_anyone_on_three_connections(store: &str, make: fn() -> Store) {
    let trial = Trial { connections: 3, ..Trial::on(make) };
    trial.check_every_cut(&format!("three connections, {store}")).await;
}

async fn no_cut_harms_anyone_before_a_moody_relay(store: &str, make: fn() -> Store) {
    let trial = Trial { connections: 2, moods: moody, ..Trial::on(make) };
    trial.check_every_cut(&format!("two connections, moody relay, {store}")).await;
}

async fn no_cut_harms_anyone_on_a_long_way(store: &str, make: fn() -> Store) {
    let trial = Trial { connections: 2, moods: far, ..Trial::on(make) };
    trial.check_every_cut(&format!("two connections, a long way, {store}")).await;
}

async fn without_the_commit_the_check_finds_duplicates(store: &str, make: fn() -> Store) {
    let trial = Trial { connections: 2, is_careless: true, ..Trial::on(make) };
    assert_eq!(trial.check(&[]).await, Ok(0), "nobody notices on a calm day");
    let (cuts, found) = trial.every_cut().await;
    let twice = found.iter().filter(|wrong| wrong.contains("and got 2")).count();
    assert!(twice >= trial.readers, "{store}: {twice} of {cuts} cuts showed duplicates: {found:#?}");
}

for_every_local_store! {
    no_cut_harms_anyone_on_one_connection
    no_cut_harms_anyone_on_three_connections
    no_cut_harms_anyone_before_a_moody_relay
    no_cut_harms_anyone_on_a_long_way
    without_the_commit_the_check_finds_duplicates
}

/// Each cut needs a database of its own, which costs the server a while: the gate plays a few readers, `scripts/soak
/// cuts` the rest.
mod postgres {
    use super::{
        Trial, moody, no_cut_harms_anyone_before_a_moody_relay, no_cut_harms_anyone_on_one_connection,
        no_cut_harms_anyone_on_three_connections, without_the_commit_the_check_finds_duplicates,
    };
    use crate::support::store::Store;

    #[tokio::test(start_paused = true)]
    async fn no_cut_harms_a_few_readers_before_a_moody_relay() {
        let trial = Trial { readers: 2, moods: moody, ..Trial::on(Store::shared) };
        trial.check_every_cut("one connection, moody relay, a few readers, postgres").await;
    }

    #[tokio::test(start_paused = true)]
    #[ignore = "hundreds of databases take a while: scripts/soak cuts runs it"]
    async fn soak_cuts() {
        no_cut_harms_anyone_on_one_connection("postgres", Store::shared).await;
        no_cut_harms_anyone_on_three_connections("postgres", Store::shared).await;
        no_cut_harms_anyone_before_a_moody_relay("postgres", Store::shared).await;
        without_the_commit_the_check_finds_duplicates("postgres", Store::shared).await;
    }
}

/// Cuts once at `first`, and in the recovery at the first call, the second, …; returns the pairs of cuts that came.
async fn second_cuts(trial: &Trial, first: Cut) -> usize {
    let mut pairs = 0;
    for call in 0.. {
        let before = pairs;
        for after_effect in [false, true] {
            let cuts = [first, Cut { call, after_effect }];
            let came = trial.check(&cuts).await.unwrap_or_else(|wrong| panic!("{cuts:?}: {wrong}"));
            pairs += usize::from(came == 2);
        }
        if pairs == before {
            break;
        }
    }
    pairs
}

#[tokio::test(start_paused = true)]
async fn no_second_cut_in_the_recovery_harms_anyone() {
    let trial = Trial { readers: 2, ..Trial::on(Store::memory) };
    let (mut pairs, mut is_over) = (0, false);
    for call in 0.. {
        if is_over {
            break;
        }
        is_over = true;
        for after_effect in [false, true] {
            let more = second_cuts(&trial, Cut { call, after_effect }).await;
            is_over &= more == 0;
            pairs += more;
        }
    }
    println!("{pairs} pairs of cuts, 0 wrong: one connection, memory");
    assert!(pairs > 300, "{pairs}");
}
