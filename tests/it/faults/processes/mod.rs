//! Real processes that are killed, stopped, interrupted and frozen in the middle of a send, again and again, before a
//! server that counts: nobody is lost, nobody gets it twice, and at most one delivery per connection is in doubt for
//! each process that could not say goodbye.

mod ends;
mod place;

use crate::{
    cli::{expect, numbers},
    faults::accounts::{counted, everybody, wrongs},
    support::{
        binary::{run, start},
        counting::{CountingServer, Manner},
        dice::Dice,
    },
};
use ends::{End, Tally};
use masthead::domain::delivery::{DeliveryReport, DeliveryState};
use place::Place;
use std::{collections::BTreeMap, time::Duration};

const CONNECTIONS: usize = 4;

/// Longer than any run of a trial may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// One list, and the ends of the processes that send to it.
struct Trial {
    readers: usize,
    seed: u64,
    /// How long a frozen process stays so; none: its leases are made old instead.
    freeze: Option<Duration>,
    offers_chunking: bool,
}

/// A trial that is going on.
struct Stage {
    place: Place,
    server: CountingServer,
    url: String,
    dice: Dice,
    freeze: Option<Duration>,
}

impl Stage {
    fn command(&self) -> Vec<&str> {
        let command = ["send", "letter", "--to", "list.csv", "--yes", "--connections", "4"];
        [&command[..], &["--relay", &self.url]].concat()
    }
}

impl Trial {
    async fn check(&self, place: Place, ends: &[End]) {
        println!("seed {}, {} readers, {} ends", self.seed, self.readers, ends.len());
        let mut manner = Manner::default();
        manner.offers.extend(self.offers_chunking.then_some("CHUNKING"));
        let server = CountingServer::open(manner).await;
        let url = format!("smtp://127.0.0.1:{}", server.port);
        let stage = Stage { place, server, url, dice: Dice::new(self.seed), freeze: self.freeze };
        let mut tally = Tally::default();
        for (number, end) in ends.iter().enumerate() {
            let open = self.readers.saturating_sub(stage.server.count());
            let share = open / (ends.len() - number + 1);
            tally.add(*end, stage.end(*end, share).await);
        }
        self.go_on(&stage, &tally).await;
    }

    /// Lets a last process finish, checks everybody, settles the doubts by what the server took, and checks again.
    async fn go_on(&self, stage: &Stage, tally: &Tally) {
        let seed = self.seed;
        let root = stage.place.project.root();
        let ran = start(root, &stage.command()).ended_within(PATIENCE).await;
        let took = counted(&[&stage.server]);
        let deliveries = everybody(&mut *stage.place.ledger());
        let wrong = wrongs(&deliveries, &took);
        let duplicates: usize = took.values().map(|ids| ids.len() - 1).sum();
        let in_doubt: BTreeMap<&String, &DeliveryReport> =
            deliveries.iter().filter(|(_, report)| report.state == DeliveryState::InDoubt).collect();
        let lost =
            deliveries.keys().filter(|to| !took.contains_key(*to) && !in_doubt.contains_key(to)).count();
        let arrived = in_doubt.keys().filter(|to| took.contains_key(**to)).count();
        println!("{tally}");
        println!(
            "{} sent, {} in doubt ({arrived} had arrived), {duplicates} duplicates, {lost} lost; {} messages on {} connections",
            deliveries.len() - in_doubt.len(),
            in_doubt.len(),
            stage.server.count(),
            stage.server.connections(),
        );
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}\n{ran}");
        assert_eq!((duplicates, lost), (0, 0), "seed {seed}");
        assert_eq!(ran.code, if in_doubt.is_empty() { 0 } else { 4 }, "seed {seed}: {ran}");
        let most = CONNECTIONS * tally.rude();
        assert!(in_doubt.len() <= most, "seed {seed}: {} in doubt, {most} at most", in_doubt.len());
        let mut sums = vec![("sent", (self.readers - in_doubt.len()) as u64)];
        sums.extend((!in_doubt.is_empty()).then_some(("in_doubt", in_doubt.len() as u64)));
        expect(&numbers(&stage.place.project).await, &sums);
        settle(stage, &in_doubt, &took).await;
        start(root, &stage.command()).ended_within(PATIENCE).await.exits(0);
        let took = counted(&[&stage.server]);
        assert!(
            took.len() == self.readers && took.values().all(|ids| ids.len() == 1),
            "seed {seed}: {took:?}"
        );
        expect(&numbers(&stage.place.project).await, &[("sent", self.readers as u64)]);
    }
}

/// Settles what is in doubt as a person does who can ask the server.
async fn settle(
    stage: &Stage,
    in_doubt: &BTreeMap<&String, &DeliveryReport>,
    took: &BTreeMap<String, Vec<String>>,
) {
    let root = stage.place.project.root();
    for (to, report) in in_doubt {
        let decision = if took.contains_key(*to) { "--accept" } else { "--resend" };
        let only = report.id.0.to_string();
        let ran = run(root, &["reconcile", "letter", decision, "--only", &only, "--json"]).await;
        assert_eq!(ran.objects()[0]["settled"], 1, "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_a_process_ends_everybody_gets_it_once() {
    let trial = Trial { readers: 400, seed: 2022, freeze: None, offers_chunking: true };
    let ends = [End::Kill, End::Term, End::Kill, End::Freeze, End::IntTwice, End::Kill];
    trial.check(Place::sqlite(400), &ends).await;
}

/// Returns what the environment says, when it does.
#[expect(clippy::disallowed_methods, reason = "scripts/soak hands numbers over in the environment")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a hundred ends take a while: scripts/soak runs it"]
async fn soak_kills() {
    let number = |name: &str| told(name).and_then(|text| text.parse::<u64>().ok());
    let count = usize::try_from(number("MASTHEAD_KILLS").unwrap_or(100)).unwrap();
    let seed = number("MASTHEAD_SEED").unwrap_or(2022);
    let dice = Dice::new(seed);
    let ends: Vec<End> = (0..count).map(|_| End::of(&dice)).collect();
    let readers = 40 * count;
    let trial = Trial { readers, seed, freeze: None, offers_chunking: dice.percent(50) };
    trial.check(Place::named(told("MASTHEAD_LEDGER").as_deref(), readers), &ends).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a lease lasts two minutes: scripts/soak runs it"]
async fn soak_freeze() {
    let freeze = Some(Duration::from_secs(135));
    let trial = Trial { readers: 400, seed: 7, freeze, offers_chunking: false };
    trial.check(Place::named(told("MASTHEAD_LEDGER").as_deref(), 400), &[End::Freeze, End::Kill]).await;
}
