//! The other ways of a send: dry, as a test, into files, as JSON.

use crate::{
    cli::{Inbox, demo::parsed, example, expect, letter, numbers, send, text},
    support::binary::{run, start_command},
};
use std::{fs, process::Command};

#[tokio::test]
async fn a_dry_run_seals_nothing_and_sends_nothing() {
    let (project, inbox) = (letter(9), Inbox::open().await);
    let ran = send(&project, &["--relay", &inbox.url, "--dry-run"]).await.exits(0);
    ran.says("9  in all, of 9 rows").says("A dry run: nothing was sealed, nothing was sent.");
    assert_eq!(inbox.store.arrived(), 0);
    let status = run(project.root(), &["status"]).await.exits(0);
    assert_eq!(status.data, "", "{status}");
}

#[tokio::test]
async fn without_a_person_to_ask_nothing_is_sent() {
    let (project, inbox) = (letter(9), Inbox::open().await);
    let command = ["send", "letter", "--to", "list.csv", "--relay", &inbox.url];
    run(project.root(), &command).await.exits(2).says("9  in all").says("add --yes");
    assert_eq!(inbox.store.arrived(), 0);
    assert_eq!(run(project.root(), &["status"]).await.exits(0).data, "");
}

#[tokio::test]
async fn a_person_at_a_terminal_is_asked() {
    let project = letter(3);
    let send = format!("{} send letter --to list.csv --outbox out", env!("CARGO_BIN_EXE_masthead"));
    for (answer, words, files) in
        [("", "nothing was sent", 0), ("no", "nothing was sent", 0), ("y", "3 sent of 3", 3)]
    {
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo $ANSWER | script -qec \"$SEND\" /dev/null"])
            .env("ANSWER", answer)
            .env("SEND", &send);
        let ran = start_command(project.root(), command, format!("answer {answer}")).ended().await.exits(0);
        let ran = ran.prints("Seal this and send it to 3 people? [y/N]").prints(words);
        let out = fs::read_dir(project.root().join("out")).map_or(0, Iterator::count);
        assert_eq!(out, files, "{ran}");
    }
}

#[tokio::test]
async fn an_outbox_takes_every_message_as_a_file() {
    let project = letter(9);
    send(&project, &["--outbox", "out"]).await.exits(0).says("9 sent of 9");
    let messages = parsed(&project.root().join("out"));
    assert_eq!(messages.len(), 9);
    for (to, message) in &messages {
        assert_eq!(message["defects"], serde_json::json!([]), "{to}");
    }
    assert_eq!(text(&messages["reader0@example.net"], "subject"), "Reader 0, the letter of April");
    assert_eq!(text(&messages["reader1@example.net"], "subject"), "La lettre d’avril");
    for entry in fs::read_dir(project.root().join("out")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(path.extension().is_some_and(|ending| ending == "eml"), "{name} is no part of a message");
        assert!(!name.contains("reader"), "no addresses in file names: {name}");
    }
    expect(&numbers(&project).await, &[("sent", 9)]);
}

#[tokio::test]
async fn an_outbox_that_cannot_be_is_said_at_once_and_nothing_is_sealed() {
    let project = letter(2);
    project.write("out", "a file, not a folder");
    send(&project, &["--outbox", "out"]).await.exits(3).says("[cli/not-writable]");
    assert_eq!(run(project.root(), &["status"]).await.exits(0).data, "");
}

#[tokio::test]
async fn a_test_is_marked_and_not_recorded() {
    let (project, inbox) = (letter(9), Inbox::open().await);
    let command = ["send", "letter", "--test", "me@example.org", "--language", "fr", "--relay", &inbox.url];
    run(project.root(), &command).await.exits(0).says("Nothing was recorded");
    let message = inbox.only();
    assert_eq!(message.to, ["me@example.org"]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("test.eml"), &message.raw).unwrap();
    let found = parsed(folder.path());
    assert_eq!(text(&found["me@example.org"], "subject"), "[Test] La lettre d’avril");
    assert_eq!(run(project.root(), &["status"]).await.exits(0).data, "");
}

#[tokio::test]
async fn json_is_one_object_a_line_and_nothing_else() {
    let (project, inbox) = (example(), Inbox::open().await);
    let (list, relay) = ("subscribers.example.csv", inbox.url.as_str());
    let commands: [&[&str]; 12] = [
        &["check", "starsom", "--json"],
        &["send", "starsom", "--to", list, "--dry-run", "--relay", relay, "--json"],
        &["send", "starsom", "--test", "me@example.org", "--relay", relay, "--json"],
        &["send", "starsom", "--to", list, "--yes", "--relay", relay, "--json"],
        &["send", "starsom", "--to", list, "--yes", "--relay", relay, "--json"],
        &["status", "--json"],
        &["status", "starsom", "--show", "sent", "--json"],
        &["subscribers", "import", list, "--skip-bad", "--json"],
        &["subscribers", "list", "--json"],
        &["suppress", "add", "gone@example.org", "--json"],
        &["suppress", "list", "--json"],
        &["compose", "starsom", "--latest", "3", "--name", "2022-05", "--json"],
    ];
    for command in commands {
        let ran = run(project.root(), command).await.exits(0);
        for object in ran.objects() {
            assert!(object.is_object(), "{object}: {ran}");
        }
    }
    let sent = run(project.root(), &["status", "starsom/2022-04", "--show", "sent", "--json"]).await;
    assert_eq!(sent.objects().len(), 19, "the sum and 18 deliveries: {sent}");
}

#[tokio::test]
async fn a_failure_is_json_too_and_says_why() {
    let project = letter(2);
    let ran = run(project.root(), &["check", "letters", "--json"]).await.exits(1);
    assert!(text(&ran.objects()[0], "code").contains('/'), "{ran}");
    project.write("bad.csv", "email\nnobody\n");
    let ran = run(project.root(), &["subscribers", "import", "bad.csv", "--json"]).await.exits(1);
    assert_eq!(ran.objects().last().unwrap()["bad"], 1, "{ran}");
}
