//! Ctrl-C and SIGTERM: what is open is finished, the rest waits for the same command.

use crate::{
    cli::{Inbox, expect, letter, numbers, send},
    support::{
        Project,
        binary::{Running, start},
        smtp_server::SmtpServer,
    },
};
use std::time::Duration;
use tokio::time::sleep;

const READERS: usize = 60;

fn sending(project: &Project, relay: &str, more: &[&str]) -> Running {
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--relay", relay];
    start(project.root(), &[&command, more].concat())
}

/// Interrupts a send after some messages and demands a clean end and a complete resume.
async fn check_interrupted(signal: &str, more: &[&str]) {
    let (project, inbox) = (letter(READERS), Inbox::open().await);
    let mut running = sending(&project, &inbox.url, more);
    assert!(running.until(|_| inbox.store.arrived() >= 7).await, "{}", running.talk());
    running.signal(signal);
    let ran = running.ended().await.exits(130);
    let ran = ran.says("Interrupted. `masthead send letter/2022-04` goes on; nobody gets it twice.");
    let sent = inbox.store.arrived();
    assert!((7..READERS as u64).contains(&sent), "it stopped in the middle: {sent}");
    assert!(ran.talk.contains(&format!("{sent} sent")), "{ran}");
    // Nothing in flight, nothing in doubt, no claim left behind.
    expect(&numbers(&project).await, &[("queued", READERS as u64 - sent), ("sent", sent)]);
    send(&project, &["--relay", &inbox.url]).await.exits(0).says("going on");
    inbox.holds_one_each(READERS);
}

#[tokio::test]
async fn ctrl_c_finishes_open_transactions_and_the_same_command_goes_on() {
    check_interrupted("INT", &["--rate", "40/s", "--connections", "3"]).await;
}

#[tokio::test]
async fn sigterm_does_the_same() {
    check_interrupted("TERM", &["--rate", "2000/min", "--connections", "1"]).await;
}

#[tokio::test]
async fn a_second_ctrl_c_leaves_at_once_and_the_open_delivery_is_in_doubt() {
    let project = letter(1);
    let server = SmtpServer::play("no-verdict.txt", None).await;
    let relay = format!("smtp://127.0.0.1:{}", server.port);
    let mut running = sending(&project, &relay, &["--connections", "1"]);
    let is_committing = "SELECT count(*) FROM delivery WHERE state = 'committing'";
    assert!(running.until(|_| count(&project, is_committing) == Some(1)).await, "{}", running.talk());
    running.signal("INT");
    assert!(running.until(|running| running.talk().contains("press Ctrl-C again")).await);
    sleep(Duration::from_millis(300)).await;
    assert!(running.is_running(), "it waits for the verdict");
    running.signal("INT");
    running.ended().await.exits(130);
    server.messages().await;
    send(&project, &["--relay", "smtp://127.0.0.1:1"]).await.exits(4).says("1 in doubt");
    expect(&numbers(&project).await, &[("in_doubt", 1)]);
}

#[tokio::test]
async fn ctrl_c_while_it_waits_for_a_deferred_delivery_ends_it_at_once() {
    let project = letter(1);
    let server = SmtpServer::play("later-please.txt", None).await;
    let mut running = sending(&project, &format!("smtp://127.0.0.1:{}", server.port), &[]);
    let is_waiting = running.until(|running| running.talk().contains("1 delivery waits, next try at")).await;
    assert!(is_waiting, "{}", running.talk());
    running.signal("INT");
    running.ended().await.exits(130).says("1 deferred of 1 deliveries").says("goes on");
    drop(server.messages().await);
    expect(&numbers(&project).await, &[("deferred", 1)]);
}

/// Returns what a query of the ledger counts, once there is a ledger.
fn count(project: &Project, query: &str) -> Option<i64> {
    let ledger = rusqlite::Connection::open(project.root().join("masthead.db")).ok()?;
    ledger.query_row(query, [], |row| row.get(0)).ok()
}
