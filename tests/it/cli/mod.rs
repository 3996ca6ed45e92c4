//! Drives the real binary as its user does: arguments in, exit codes, words and mail out.

mod approving;
mod authoring;
mod building;
mod checking;
mod demo;
mod disk_full;
mod doctor;
mod doubt;
mod exit_codes;
mod interrupt;
mod journal;
mod kill;
mod lists;
mod masking;
mod readme;
mod relay_login;
mod relay_trouble;
mod replies;
mod schedule;
mod sealing;
mod shared;
mod signing;
mod sizes;
mod together;
mod ways;

use crate::support::{
    Project,
    binary::{Ran, run},
};
use chrono::{DateTime, Utc};
use masthead::{
    domain::time::Clock,
    inbox::{CaptureServer, Captured, Limits, ServerOptions, Store},
    loopback,
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write, path::Path, sync::Arc, time::Duration};

struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

/// An inbox in this process; it ends with the test's runtime.
struct Inbox {
    store: Store,
    url: String,
}

impl Inbox {
    async fn open() -> Self {
        let store = Store::new(Limits { messages_max: 100_000, ..Limits::default() });
        let listener = loopback::bind(0).await.expect("a free port");
        let server =
            CaptureServer::new(listener, store.clone(), Arc::new(StillClock), ServerOptions::default())
                .expect("a server");
        let url = format!("smtp://{}", server.address().expect("an address"));
        tokio::spawn(server.run(std::future::pending()));
        Self { store, url }
    }

    /// Returns how many messages each envelope recipient got.
    fn arrived(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for to in self.store.all().into_iter().flat_map(|message| message.to) {
            *counts.entry(to).or_default() += 1;
        }
        counts
    }

    /// Returns the only message.
    #[track_caller]
    fn only(&self) -> Captured {
        let mut all = self.store.all();
        assert_eq!(all.len(), 1, "one message");
        all.remove(0)
    }

    /// Demands that each of these readers got one message, and nobody else got any.
    #[track_caller]
    fn holds_one_each(&self, readers: usize) {
        let expected: BTreeMap<String, usize> = (0..readers).map(|number| (reader(number), 1)).collect();
        assert!(self.arrived() == expected, "{} readers: {:?}", readers, self.arrived());
    }
}

/// Returns the address of a made-up reader.
pub(crate) fn reader(number: usize) -> String {
    format!("reader{number}@example.net")
}

/// Returns a workspace with one small newsletter, `letter`, and a list of so many readers, `list.csv`.
pub(crate) fn letter(readers: usize) -> Project {
    let project = Project::copy_of("minimal");
    let mut list = String::from("email,name,language\n");
    for number in 0..readers {
        let language = ["en", "fr", "ar"][number % 3];
        writeln!(list, "{},Reader {number},{language}", reader(number)).expect("text");
    }
    project.write("list.csv", list);
    // An address that is a mere example is refused.
    project.edit("newsletters/letter/newsletter.yaml", "1 Example Street", "4 Bridge Street");
    project.edit("newsletters/letter/newsletter.yaml", "1000 Example City", "1000 Old Town");
    project
}

/// Returns a copy of the example as a new user has it.
fn example() -> Project {
    let project = Project::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copied = std::process::Command::new("cp")
        .arg("-R")
        .args(
            ["masthead.yaml", "newsletters", "templates", "subscribers.example.csv"]
                .map(|name| root.join(name)),
        )
        .arg(project.root())
        .status();
    assert!(copied.expect("cp").success());
    project
}

/// Does what the scaffolds of `new` ask for: puts an author's own words where examples stand.
fn write_own_words(project: &Project) {
    let folder = "newsletters/river-watch";
    let address = ("1 Example Street, 1000 Example City", "4 Bridge Street, 1000 Old Town");
    project.edit(&format!("{folder}/newsletter.yaml"), address.0, address.1);
    for item in std::fs::read_dir(project.root().join(folder).join("news")).expect("items") {
        let name = item.expect("an item").file_name().into_string().expect("a name");
        project.edit(&format!("{folder}/news/{name}"), "Write the news here, in Markdown.", "They met.");
    }
}

/// Sends `letter` to `list.csv` without asking.
async fn send(project: &Project, more: &[&str]) -> Ran {
    run(project.root(), &[&["send", "letter", "--to", "list.csv", "--yes"], more].concat()).await
}

/// Returns the numbers of `letter` by state, as `status --json` gives them, zeros left out.
pub(crate) async fn numbers(project: &Project) -> BTreeMap<String, u64> {
    let ran = run(project.root(), &["status", "letter", "--json"]).await;
    let status = ran.objects().into_iter().next().unwrap_or_else(|| panic!("{ran}"));
    let by_state = status["by_state"].as_object().expect("numbers").clone();
    let counts: BTreeMap<String, u64> =
        by_state.into_iter().map(|(state, count)| (state, count.as_u64().expect("a number"))).collect();
    assert_eq!(counts.values().sum::<u64>(), status["deliveries"], "the numbers add up: {ran}");
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Demands these numbers.
#[track_caller]
pub(crate) fn expect(numbers: &BTreeMap<String, u64>, expected: &[(&str, u64)]) {
    let expected: BTreeMap<String, u64> =
        expected.iter().map(|(state, count)| ((*state).to_owned(), *count)).collect();
    assert_eq!(*numbers, expected);
}

/// Returns a text of a JSON object.
#[track_caller]
pub(crate) fn text(object: &Value, key: &str) -> String {
    object[key].as_str().unwrap_or_else(|| panic!("no {key} in {object}")).to_owned()
}
