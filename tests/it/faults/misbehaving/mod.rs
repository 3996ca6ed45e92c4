//! Servers that misbehave, over real TCP, and what Masthead does with each: the state of every delivery, the run's
//! end, the words to the person, and what the same command does on a good day afterwards.
//!
//! [`rows::ROWS`] is the table of `docs/misbehaving-servers.md`; each row is tried, and the page is compared.

mod manners;
mod rows;
mod short;

use crate::{
    cli::{letter, numbers},
    faults::accounts::{counted, everybody, wrongs},
    support::{
        Project,
        binary::{Ran, Running, start_with},
        certificates::{Identity, Quality, identity},
        counting::{CountingServer, Manner},
    },
};
use masthead::ledger::sqlite::SqliteLedger;
use rows::{Greets, ROWS, Row, Way};
use std::collections::BTreeMap;

/// Readers of each trial.
const READERS: usize = 3;

/// The server of a row, how it is reached, and what the system has to trust for it.
struct Stage {
    project: Project,
    server: CountingServer,
    url: String,
    environment: Vec<(&'static str, String)>,
}

impl Stage {
    async fn set(row: &Row) -> Self {
        let project = letter(READERS);
        let (manner, identity) = manner(row);
        let server = CountingServer::open(manner).await;
        let port = server.port;
        let url = match row.greets {
            Greets::Plain => format!("smtp://127.0.0.1:{port}"),
            Greets::StartTls => format!("smtp+starttls://localhost:{port}"),
            Greets::Tls(_) => format!("smtps://localhost:{port}"),
        };
        let environment = identity.map(|identity| {
            project.write("authority.pem", pem(&identity.root));
            let path = project.root().join("authority.pem");
            ("SSL_CERT_FILE", path.to_str().expect("a path of text").to_owned())
        });
        Self { project, server, url, environment: environment.into_iter().collect() }
    }

    fn start(&self, url: &str, more: &[&str]) -> Running {
        let command = ["send", "letter", "--to", "list.csv", "--yes", "--connections", "1", "--relay", url];
        let environment: Vec<(&str, &str)> =
            self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        start_with(self.project.root(), &[&command, more].concat(), &environment)
    }

    /// Runs against the server as the row says.
    async fn run(&self, row: &Row) -> Ran {
        match row.way {
            Way::Once => self.start(&self.url, &["--no-wait"]).ended().await,
            Way::Stopped => {
                let mut running = self.start(&self.url, &["--no-wait"]);
                let is_said = running.until(|running| running.talk().contains(row.says)).await;
                assert!(is_said, "{}: {}", row.server, running.talk());
                running.signal("TERM");
                running.ended().await
            }
            Way::Short => {
                short::run(&self.project, self.server.port).await;
                self.start("smtp://127.0.0.1:1", &["--dry-run"]).ended().await
            }
        }
    }

    /// Returns the numbers by state, as `2 sent, 1 deferred`, after looking that they fit what the server counted.
    async fn accounts(&self, servers: &[&CountingServer], what: &str) -> String {
        let mut ledger = SqliteLedger::open(&self.project.root().join("masthead.db")).unwrap();
        let wrong = wrongs(&everybody(&mut ledger), &counted(servers));
        assert!(wrong.is_empty(), "{what}: {wrong:?}");
        in_words(&numbers(&self.project).await)
    }

    /// Lets whatever waits be due.
    fn a_day_passes(&self) {
        let ledger = rusqlite::Connection::open(self.project.root().join("masthead.db")).unwrap();
        let day_in_microseconds = 86_400_000_000_i64;
        ledger
            .execute("UPDATE delivery SET next_attempt_at = next_attempt_at - ?1", [day_in_microseconds])
            .unwrap();
    }
}

fn in_words(numbers: &BTreeMap<String, u64>) -> String {
    let parts = numbers.iter().map(|(state, count)| format!("{count} {}", state.replace('_', " ")));
    parts.collect::<Vec<_>>().join(", ")
}

/// Returns the manner of the row's server, and whose word for its certificate counts.
fn manner(row: &Row) -> (Manner, Option<Identity>) {
    let mut manner = (row.manner)();
    let quality = match row.greets {
        Greets::Plain => return (manner, None),
        Greets::StartTls => Quality::Good,
        Greets::Tls(quality) => quality,
    };
    let identity = identity(quality);
    manner.tls = Some(identity.config.clone());
    manner.is_implicit = matches!(row.greets, Greets::Tls(_));
    (manner, Some(identity))
}

fn pem(certificate: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Tries one row: the bad day, the accounts, the good day, the accounts again. Returns what was not as the table says.
async fn check(row: &Row) -> Result<(), String> {
    let stage = Stage::set(row).await;
    let ran = stage.run(row).await;
    let mut wrong = Vec::new();
    if ran.code != row.exit {
        wrong.push(format!("it exits {}", ran.code));
    }
    if row.way != Way::Short && !ran.talk.contains(row.says) {
        wrong.push(format!("`{}` is not said", row.says));
    }
    let deliveries = stage.accounts(&[&stage.server], row.server).await;
    if deliveries != row.deliveries {
        wrong.push(format!("then {deliveries}"));
    }
    stage.a_day_passes();
    let calm = CountingServer::open(Manner::default()).await;
    let url = format!("smtp://127.0.0.1:{}", calm.port);
    let again = stage.start(&url, &["--no-wait"]).ended().await;
    let afterwards = stage.accounts(&[&stage.server, &calm], row.server).await;
    let afterwards = format!("{afterwards}; exit {}", again.code);
    if afterwards != row.afterwards {
        wrong.push(format!("afterwards {afterwards}"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{}: {}\n{}", row.server, wrong.join("; "), ran.talk)) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_server_is_met_as_the_table_says() {
    // One after the other would take the sum of their times; all at once would be too many processes.
    let mut wrong = Vec::new();
    for rows in ROWS.chunks(6) {
        let mut trials = tokio::task::JoinSet::new();
        for row in rows {
            trials.spawn(check(row));
        }
        while let Some(tried) = trials.join_next().await {
            wrong.extend(tried.expect("a trial ends").err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_page_is_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/misbehaving-servers.md");
    let page = std::fs::read_to_string(path).unwrap();
    let table = ROWS.iter().map(Row::in_markdown).collect::<Vec<_>>().join("\n");
    assert!(page.contains(&table), "docs/misbehaving-servers.md should hold:\n{table}");
    let rows = page.lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(rows, ROWS.len() + 1, "the page has a row that is not tried");
}
