//! What stops a send before it is sealed, and what a seal holds fast.

use crate::{
    cli::{Inbox, demo::parsed, example, expect, letter, numbers, send, text},
    support::{
        Project,
        binary::{run, start},
    },
};
use serde_json::Value;
use std::{collections::BTreeMap, fs};

const NEWSLETTER: &str = "newsletters/letter/newsletter.yaml";
const ISSUE: &str = "newsletters/letter/issues/2022-04.yaml";

/// Reads everything that arrived.
fn read(inbox: &Inbox) -> BTreeMap<String, Value> {
    let folder = tempfile::tempdir().unwrap();
    for message in inbox.store.all() {
        fs::write(folder.path().join(format!("{}.eml", message.number)), &message.raw).unwrap();
    }
    parsed(folder.path())
}

/// Demands that a send ends before anything is sealed.
async fn check_stopped(project: &Project, words: &[&str]) {
    let inbox = Inbox::open().await;
    let ran = send(project, &["--relay", &inbox.url]).await.exits(1);
    for words in words {
        assert!(ran.talk.contains(words), "`{words}` is not said: {ran}");
    }
    assert_eq!(inbox.store.arrived(), 0);
    assert_eq!(run(project.root(), &["status"]).await.exits(0).data, "", "nothing was sealed: {ran}");
}

#[tokio::test]
async fn a_merge_field_that_somebody_lacks_stops_the_send_and_names_them() {
    let project = letter(3);
    project.write(
        "list.csv",
        "email,name,city\na@example.org,Anna,Malé\nb@example.net,Ben,\nc@example.com,Cleo,  \n",
    );
    project.edit(ISSUE, "preheader: A bridge", "preheader: For {{ subscriber.city }}, a bridge");
    check_stopped(
        &project,
        &[
            "[send/missing-field]",
            "2 recipients lack the merge field `city`",
            "(row 3)",
            "(row 4)",
            "default(",
        ],
    )
    .await;
    project.edit(ISSUE, "subscriber.city }}", "subscriber.city | default(value=\"you\") }}");
    let inbox = Inbox::open().await;
    send(&project, &["--relay", &inbox.url]).await.exits(0);
    let html = |to: &str| text(&read(&inbox)[to], "html");
    assert!(html("a@example.org").contains("For Malé, a bridge"));
    assert!(html("c@example.com").contains("For you, a bridge"));
}

#[tokio::test]
async fn every_kind_of_blocking_finding_stops_a_send() {
    let address = "  postal_address: |\n    4 Bridge Street\n    1000 Old Town\n";
    for (file, old, new, code) in [
        (NEWSLETTER, address, "", "check/postal-address"),
        (NEWSLETTER, "letter@example.org", "letter@gmail.com", "check/sender-domain"),
        (
            NEWSLETTER,
            "https://www.example.org/letter/events",
            "https://localhost/events",
            "check/link-target",
        ),
        (
            ISSUE,
            "\"{{ subscriber.name | default(value=\\\"Reader\\\") }}, the letter of April\"",
            "\"Re: April\"",
            "check/fake-reply",
        ),
    ] {
        let project = letter(3);
        project.edit(file, old, new);
        check_stopped(&project, &[code, "[send/checks-failed]"]).await;
        let ran = run(project.root(), &["check", "letter"]).await.exits(1);
        assert!(ran.talk.contains(code), "{ran}");
    }
}

#[tokio::test]
async fn broken_files_are_all_named_with_file_and_line() {
    let project = example();
    project.edit("newsletters/starsom/newsletter.yaml", "languages:", "language:");
    project.edit("newsletters/starsom/issues/2022-04.yaml", "date: 2022-04-0", "date: 04-0");
    project.edit("newsletters/starsom/news/2022-04-07-male.md", "headline:", "headlin:");
    let ran = run(project.root(), &["check", "starsom"]).await.exits(1);
    let ran = ran.says("newsletters/starsom/newsletter.yaml:").says("`languages`");
    let ran = ran.says("newsletters/starsom/issues/2022-04.yaml:");
    ran.says("newsletters/starsom/news/2022-04-07-male.md:").says("`headline`").says(" errors");
}

#[tokio::test]
async fn broken_files_stop_neither_what_was_sealed_nor_the_lists() {
    let (project, inbox) = (letter(30), Inbox::open().await);
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--relay", &inbox.url, "--rate", "30/s"];
    let mut running = start(project.root(), &command);
    assert!(running.until(|_| inbox.store.arrived() >= 3).await, "{}", running.talk());
    running.signal("INT");
    running.ended().await.exits(130);
    project.edit(NEWSLETTER, "tagline:", "tagleine:");
    fs::remove_file(project.root().join(ISSUE)).unwrap();
    run(project.root(), &["check", "letter"]).await.exits(1).says("tagleine");
    // Whoever asks to leave can't wait until an editor has mended the files.
    run(project.root(), &["suppress", "add", "nobody@example.org"]).await.exits(0);
    run(project.root(), &["subscribers", "add", "late@example.org"]).await.exits(0);
    run(project.root(), &["status", "letter/2022-04"]).await.exits(0).prints("queued");
    run(project.root(), &["reconcile", "letter/2022-04", "--accept"]).await.exits(0);
    // The newest issue of broken files is a guess, so the full name is asked for.
    send(&project, &["--relay", &inbox.url]).await.exits(1).says("tagleine");
    let command = ["send", "letter/2022-04", "--relay", &inbox.url];
    run(project.root(), &command).await.exits(0).says("going on").says("30 sent of 30");
    inbox.holds_one_each(30);
    run(project.root(), &[&command[..], &["--new-edition"]].concat()).await.exits(1).says("tagleine");
}

#[tokio::test]
async fn what_was_sealed_is_what_is_sent_whatever_happens_to_the_files() {
    let (project, inbox) = (letter(30), Inbox::open().await);
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--relay", &inbox.url, "--rate", "30/s"];
    let mut running = start(project.root(), &command);
    assert!(running.until(|_| inbox.store.arrived() >= 3).await, "{}", running.talk());
    running.signal("INT");
    running.ended().await.exits(130);
    project.edit(ISSUE, "the letter of April", "the letter of MAY");
    project.edit(NEWSLETTER, "here is what happened", "here is what NEVER happened");
    project.edit("newsletters/letter/news/2022-03-10-opening.md", "The doors are open", "The doors are SHUT");
    project.write("list.csv", "email,name\nsomebody.else@example.org,Somebody\n");
    fs::remove_file(project.root().join("newsletters/letter/images/logo.png")).unwrap();
    project.edit(NEWSLETTER, ", logo: images/logo.png", "");
    send(&project, &["--relay", &inbox.url]).await.exits(0).says("those of the seal");
    inbox.holds_one_each(30);
    for (to, message) in read(&inbox) {
        for words in ["MAY", "NEVER", "SHUT"] {
            assert!(!message.to_string().contains(words), "{to} got the text of later");
        }
    }
    // A corrected edition is a decision of its own, and goes to everybody on the list of now.
    send(&project, &["--relay", &inbox.url]).await.exits(0).says("is done: 30 sent").says("--new-edition");
    send(&project, &["--relay", &inbox.url, "--new-edition"]).await.exits(0).says("1 sent of 1 deliveries");
    assert!(text(&read(&inbox)["somebody.else@example.org"], "subject").contains("MAY"));
    expect(&numbers(&project).await, &[("sent", 1)]);
}

#[tokio::test]
async fn a_corrected_edition_calls_off_the_rest_of_the_earlier_one() {
    let (project, inbox) = (letter(30), Inbox::open().await);
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--relay", &inbox.url, "--rate", "30/s"];
    let mut running = start(project.root(), &command);
    assert!(running.until(|_| inbox.store.arrived() >= 3).await, "{}", running.talk());
    running.signal("INT");
    running.ended().await.exits(130);
    let sent = inbox.store.arrived();
    project.edit(ISSUE, "the letter of April", "the CORRECTED letter of April");
    let ran = send(&project, &["--relay", &inbox.url, "--new-edition"]).await.exits(0);
    ran.says(&format!("{} deliveries of the earlier edition had not left and are cancelled", 30 - sent));
    assert_eq!(inbox.store.arrived(), sent + 30);
    let status = run(project.root(), &["status", "letter", "--json"]).await.exits(0);
    let editions = status.objects();
    assert_eq!(editions.len(), 2, "{status}");
    assert_eq!(
        (&editions[0]["edition"], &editions[0]["by_state"]["sent"]),
        (&1.into(), &30.into()),
        "{status}"
    );
    assert_eq!(editions[1]["by_state"]["cancelled"], 30 - sent, "{status}");
    send(&project, &["--relay", &inbox.url]).await.exits(0).says("is done: 30 sent");
}
