//! Proves that a login's secret shows nowhere: not in words, not in JSON, not in the ledger, not in a process list.

use crate::{
    cli::letter,
    support::{binary::run, smtp_server::SmtpServer},
};
use std::path::{Path, PathBuf};

const SECRET: &str = "hush-hush-token";

/// Everything that a search for a secret must not find it in: the ledger, and the folders that belong to it.
fn everything_written(root: &Path) -> Vec<u8> {
    let is_ledgers = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("masthead.db"))
    };
    entries(root).into_iter().filter(is_ledgers).flat_map(octets).collect()
}

fn octets(path: PathBuf) -> Vec<u8> {
    if path.is_dir() {
        return entries(&path).into_iter().flat_map(octets).collect();
    }
    std::fs::read(path).expect("a file")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[tokio::test]
async fn a_secret_that_the_server_repeats_shows_nowhere() {
    for json in [true, false] {
        let server = SmtpServer::play("auth-repeats-secret.txt", None).await;
        let project = letter(1);
        project.write("token", format!("{SECRET}\n"));
        project.write(
            "masthead.yaml",
            format!(
                "relay:\n  url: smtp://news@127.0.0.1:{}\n  profile: microsoft365\n  connections: 1\n  oauth: {{ token: {{ command: \"cat token\" }} }}\n",
                server.port
            ),
        );
        let doctor = run(project.root(), if json { &["--json", "doctor"] } else { &["doctor"] }).await;
        assert_eq!(doctor.code, 1, "{doctor}");
        assert!(doctor.data.contains("•••"), "{doctor}");
        let command = ["send", "letter", "--to", "list.csv", "--yes", "--json"];
        let sent = run(project.root(), &command[..if json { 6 } else { 5 }]).await.exits(1);
        let said = format!("{doctor}{sent}");
        assert!(said.contains("log in with OAuth"), "the profile's hint: {said}");
        assert!(!said.contains(SECRET), "{said}");
        let written = everything_written(project.root());
        assert!(!written.is_empty());
        assert!(!written.windows(SECRET.len()).any(|octets| octets == SECRET.as_bytes()));
        drop(server);
    }
}

#[tokio::test]
async fn doctor_says_what_is_well_and_what_it_did_not_look_at() {
    let inbox = crate::cli::Inbox::open().await;
    let project = letter(1);
    // No public address: a test asks nobody on the web for the time.
    project.write("masthead.yaml", "ledger: sqlite:masthead.db\n");
    let ran = run(project.root(), &["--json", "doctor", "--relay", &inbox.url]).await.exits(0);
    let standing = |what: &str| {
        let looks = ran.objects().into_iter().filter(|look| look["what"] == what);
        looks.map(|look| look["standing"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(standing("TLS"), ["good"], "{ran}");
    assert_eq!(standing("login"), ["good"], "{ran}");
    assert_eq!(standing("ledger"), ["not_checked"], "{ran}");
    assert!(standing("relay").contains(&"not_checked".to_owned()), "{ran}");
    assert!(inbox.arrived().is_empty(), "nothing was sent");
    run(project.root(), &["doctor", "--relay", "smtp://127.0.0.1:1"])
        .await
        .exits(1)
        .prints("can't be reached");
}
