//! A real Postfix takes a whole issue from the real binary: each reader's mailbox holds one message, its log agrees
//! with the ledger, message by message.

mod doubts;
mod logs;

use crate::{
    cli::{expect, letter, numbers, reader},
    faults::accounts::{everybody, wrongs},
    support::{
        binary::start,
        postfix::{Postfix, read_log},
    },
};
use masthead::{domain::delivery::DeliveryState, ledger::sqlite::SqliteLedger};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Longer than thousands of messages may take.
const PATIENCE: Duration = Duration::from_mins(20);

/// Sends an issue to so many readers and compares mailboxes, log and ledger.
async fn check(readers: usize) {
    let addresses: Vec<String> = (0..readers).map(reader).collect();
    let (project, postfix) = (letter(readers), Postfix::start("example.net", &addresses).await);
    let url = format!("smtp://127.0.0.1:{}", postfix.port);
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--connections", "8", "--relay", &url];
    let ran = start(project.root(), &command).ended_within(PATIENCE).await.exits(0);
    expect(&numbers(&project).await, &[("sent", readers as u64)]);
    let log = postfix.delivered(readers).await;

    let mut ledger = SqliteLedger::open(&project.root().join("masthead.db")).unwrap();
    let deliveries = everybody(&mut ledger);
    let boxes = postfix.mailboxes();
    let by_address: BTreeMap<String, Vec<String>> =
        boxes.iter().map(|(name, ids)| (format!("{name}@example.net"), ids.clone())).collect();
    let wrong = wrongs(&deliveries, &by_address);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let distinct: BTreeSet<&String> = boxes.values().flatten().collect();
    assert_eq!((boxes.len(), distinct.len()), (readers, readers));

    let logged = read_log(&log);
    assert_eq!(logged.len(), readers, "one message each");
    for (address, report) in &deliveries {
        assert_eq!(report.state, DeliveryState::Sent);
        let message = &logged[report.message_id.as_deref().unwrap()];
        assert_eq!((message.to.as_slice(), message.sent), (&[address.clone()][..], 1), "{message:?}");
        let [queue_id] = &message.queue_ids[..] else { panic!("{message:?}") };
        let said = report.detail.as_deref().unwrap_or_default();
        assert!(said.contains(queue_id), "the ledger has `{said}`, the log {queue_id}");
    }
    let summary = ran.talk.lines().find(|line| line.starts_with("This run:")).unwrap_or_default();
    println!("{readers} readers, {readers} mailboxes with one message each, log and ledger agree. {summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postfix_takes_a_whole_issue_and_its_log_agrees_with_the_ledger() {
    check(500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "thousands of mailboxes take a while: scripts/soak runs it"]
async fn soak_postfix() {
    check(told_readers()).await;
}

/// Returns how many readers `scripts/soak` was asked for.
#[expect(clippy::disallowed_methods, reason = "scripts/soak hands the number over in the environment")]
fn told_readers() -> usize {
    std::env::var("MASTHEAD_READERS").ok().and_then(|count| count.parse().ok()).unwrap_or(5_000)
}
