//! `kill -9` in the middle of a send, again and again: nobody is lost, nobody gets it twice.

#![expect(clippy::print_stdout, reason = "what chance chose and what came of it is shown with a failure")]

use crate::{
    cli::{Inbox, demo::parsed, expect, letter, numbers, reader, text},
    support::{
        Project,
        binary::{run, start},
        dice::Dice,
    },
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::sleep;

const CONNECTIONS: usize = 4;

/// One list, killed so many times.
struct Trial {
    readers: usize,
    kills: usize,
    seed: u64,
}

impl Trial {
    async fn check(&self) {
        println!("{} readers, {} kills, seed {}", self.readers, self.kills, self.seed);
        let (project, inbox, dice) = (letter(self.readers), Inbox::open().await, Dice::new(self.seed));
        let mut killed = 0;
        for kill in 0..self.kills {
            killed += usize::from(self.kill_once(kill, &project, &inbox, &dice).await);
        }
        let ran = start(project.root(), &command(&inbox)).ended().await;
        assert!(matches!(ran.code, 0 | 4), "seed {}: {ran}", self.seed);
        let doubtful = in_doubt(&project).await;
        assert_eq!(ran.code == 4, !doubtful.is_empty(), "seed {}: {ran}", self.seed);
        self.check_everybody(&inbox, &doubtful);
        assert!(doubtful.len() <= CONNECTIONS * killed, "seed {}: {} in doubt", self.seed, doubtful.len());
        let mut sums = vec![("sent", (self.readers - doubtful.len()) as u64)];
        sums.extend((!doubtful.is_empty()).then_some(("in_doubt", doubtful.len() as u64)));
        expect(&numbers(&project).await, &sums);
        let arrived = self.settle(&project, &inbox, &doubtful).await;
        inbox.holds_one_each(self.readers);
        expect(&numbers(&project).await, &[("sent", self.readers as u64)]);
        println!(
            "{killed} of {} kills hit a running send; {} in doubt, of which {arrived} had arrived; {} messages for {} readers",
            self.kills,
            doubtful.len(),
            inbox.store.arrived(),
            self.readers,
        );
    }

    /// Starts the command and kills it at a moment of chance; returns whether it was still running.
    async fn kill_once(&self, kill: usize, project: &Project, inbox: &Inbox, dice: &Dice) -> bool {
        let mut sending = start(project.root(), &command(inbox));
        let before = inbox.store.arrived();
        let is_running = if dice.percent(25) {
            let after = Duration::from_millis(dice.below(400));
            println!("kill {kill}: after {after:?}");
            sleep(after).await;
            sending.is_running()
        } else {
            let share = (self.readers as u64).saturating_sub(before) / (self.kills - kill + 1) as u64;
            let more = dice.below(2 * share + 1);
            println!("kill {kill}: after {more} more than {before} messages");
            sending.until(|_| inbox.store.arrived() >= before + more).await
        };
        sending.kill();
        is_running
    }

    /// Everybody got one message, or is in doubt and got at most one.
    fn check_everybody(&self, inbox: &Inbox, doubtful: &BTreeMap<String, String>) {
        let mut arrived = inbox.arrived();
        for number in 0..self.readers {
            let (address, seed) = (reader(number), self.seed);
            match arrived.remove(&address).unwrap_or_default() {
                1 => {}
                0 => assert!(doubtful.contains_key(&address), "seed {seed}: {address} is lost"),
                mails => panic!("seed {seed}: {address} got {mails}"),
            }
        }
        assert!(arrived.is_empty(), "nobody else: {arrived:?}");
    }

    /// Settles the doubts as a person does who can look into the relay's log; returns how many had arrived.
    async fn settle(&self, project: &Project, inbox: &Inbox, doubtful: &BTreeMap<String, String>) -> usize {
        let arrived = inbox.arrived();
        let (yes, no): (Vec<_>, Vec<_>) =
            doubtful.iter().partition(|(address, _)| arrived.contains_key(*address));
        let mut left = doubtful.len();
        for (decision, settled) in [("--accept", &yes), ("--resend", &no)] {
            for (_, delivery) in settled {
                let ran =
                    run(project.root(), &["reconcile", "letter", decision, "--only", delivery, "--json"])
                        .await;
                left -= 1;
                let said = &ran.objects()[0];
                assert_eq!(
                    (&said["settled"], &said["in_doubt"]),
                    (&Value::from(1), &Value::from(left)),
                    "{ran}"
                );
                ran.exits(if left > 0 { 4 } else { 0 });
            }
        }
        start(project.root(), &command(inbox)).ended().await.exits(0);
        run(project.root(), &["status", "letter"]).await.exits(0);
        yes.len()
    }
}

fn command(inbox: &Inbox) -> Vec<&str> {
    let mut command = vec!["send", "letter", "--to", "list.csv", "--yes", "--relay", &inbox.url];
    command.extend(["--connections", "4"]);
    command
}

/// Returns the addresses in doubt with their deliveries.
async fn in_doubt(project: &Project) -> BTreeMap<String, String> {
    let ran = run(project.root(), &["status", "letter", "--json", "--full-addresses"]).await;
    let named = ran.objects().into_iter().skip(1).map(|report| {
        assert_eq!(report["state"], "in_doubt", "{ran}");
        assert!(text(&report, "message_id").contains('@'), "{report}");
        (text(&report, "address"), report["delivery"].as_i64().expect("a number").to_string())
    });
    named.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_everybody_gets_it_once() {
    let trial = Trial { readers: 600, kills: 6, seed: 2022 };
    trial.check().await;
}

#[tokio::test]
async fn killed_while_it_writes_files_every_reader_has_one_file() {
    let (project, dice) = (letter(150), Dice::new(7));
    let out = project.root().join("out");
    let files = || std::fs::read_dir(&out).map_or(0, |entries| entries.filter(is_whole).count());
    for _ in 0..5 {
        let enough = files() as u64 + dice.below(40);
        let mut writing = start(project.root(), &FILES);
        writing.until(|_| files() as u64 >= enough).await;
        writing.kill();
    }
    let ran = start(project.root(), &FILES).ended().await;
    let doubtful = in_doubt(&project).await;
    assert_eq!(ran.code, if doubtful.is_empty() { 0 } else { 4 }, "{ran}");
    assert!(doubtful.len() <= 5, "one writer, five kills: {doubtful:?}");
    // A file that is written again replaces itself, so there is nothing to think about.
    run(project.root(), &["reconcile", "letter", "--resend"]).await.exits(0);
    start(project.root(), &FILES).ended().await.exits(0);
    assert_eq!(files(), 150);
    let messages = parsed(&out);
    assert!((0..150).all(|number| messages.contains_key(&reader(number))), "each has one");
}

const FILES: [&str; 7] = ["send", "letter", "--to", "list.csv", "--yes", "--outbox", "out"];

fn is_whole(entry: &std::io::Result<std::fs::DirEntry>) -> bool {
    entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|ending| ending == "eml"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the full numbers take a while: scripts/soak runs it"]
#[expect(clippy::disallowed_methods, reason = "scripts/soak hands the seed over in the environment")]
async fn soak_two_thousand_readers_and_twenty_kills() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    Trial { readers: 2_000, kills: 20, seed }.check().await;
}
