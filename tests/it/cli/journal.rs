//! A ledger that was put back, and people who leave in the middle, seen from the command line.

use crate::{
    cli::{Inbox, expect, letter, numbers, reader, send},
    support::binary::{run, start},
};
use std::fs;

const READERS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_from_a_backup_is_refused_until_the_journal_has_mended_it() {
    let (project, inbox) = (letter(READERS), Inbox::open().await);
    let ledger = project.root().join("masthead.db");
    run(project.root(), &["subscribers", "list"]).await.exits(0);
    let backup = fs::read(&ledger).expect("a ledger");
    send(&project, &["--relay", &inbox.url]).await.exits(0);
    inbox.holds_one_each(READERS);
    fs::write(&ledger, backup).expect("put back");

    let refused = send(&project, &["--relay", &inbox.url]).await;
    refused.exits(3).says("[ledger/rolled-back]").says("masthead reconcile --adopt");
    let mended = run(project.root(), &["reconcile", "--adopt"]).await.exits(0);
    mended.says("40 deliveries belong to issues that this ledger does not know");
    send(&project, &["--relay", &inbox.url]).await.exits(0);
    inbox.holds_one_each(READERS);
    expect(&numbers(&project).await, &[("sent", READERS as u64)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_leaves_in_the_middle_of_a_send_gets_nothing() {
    let (project, inbox) = (letter(READERS), Inbox::open().await);
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--rate", "20/s", "--relay", &inbox.url];
    let mut sending = start(project.root(), &command);
    assert!(sending.until(|_| inbox.store.arrived() >= 3).await, "{}", sending.talk());
    let arrived = inbox.arrived();
    let leaver = (0..READERS).rev().map(reader).find(|address| !arrived.contains_key(address)).expect("one");
    run(project.root(), &["suppress", "add", &leaver]).await.exits(0);
    let had_left = !inbox.arrived().contains_key(&leaver);
    sending.ended().await.exits(0);
    assert_eq!(had_left, !inbox.arrived().contains_key(&leaver));
    if had_left {
        expect(&numbers(&project).await, &[("sent", READERS as u64 - 1), ("suppressed", 1)]);
    }
}

#[tokio::test]
async fn what_lost_its_journal_too_is_put_in_doubt_by_hand() {
    let (project, inbox) = (letter(3), Inbox::open().await);
    send(&project, &["--relay", &inbox.url]).await.exits(0);
    let ran = run(project.root(), &["reconcile", "--quarantine-since", "2020-01-01"]).await.exits(0);
    ran.says("0 deliveries were open");
    run(project.root(), &["reconcile", "--quarantine-since", "lately"])
        .await
        .exits(2)
        .says("[cli/bad-moment]");
    run(project.root(), &["reconcile", "letter", "--adopt"]).await.exits(2).says("cannot be used with");
}
