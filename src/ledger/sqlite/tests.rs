//! What a ledger does when the disk, the lock or the rights fail: nothing, and it says why.

use crate::{
    delivery::ports::{Ledger, LedgerError, SubscriberStore},
    domain::{
        address::EmailAddress,
        subscriber::{Subscriber, SubscriberStatus},
    },
    ledger::{error::problem_of, sqlite::SqliteLedger},
};
use chrono::DateTime;
use std::{collections::BTreeMap, time::Duration};

fn ledger() -> (tempfile::TempDir, SqliteLedger) {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = SqliteLedger::open(&folder.path().join("masthead.db")).expect("a ledger");
    (folder, ledger)
}

fn reader(number: usize) -> Subscriber {
    Subscriber {
        address: EmailAddress::parse(&format!("reader{number}@example.org")).expect("valid"),
        name: Some("A name of some length, so that pages fill up".repeat(5)),
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    }
}

fn import(ledger: &mut SqliteLedger, readers: usize) -> Result<u64, LedgerError> {
    let rows: Vec<_> = (0..readers).map(reader).collect();
    ledger.begin_import()?;
    ledger.import(&rows, "list.csv", DateTime::UNIX_EPOCH)?;
    Ok(ledger.finish_import(true)?.added)
}

fn count(ledger: &mut SqliteLedger) -> usize {
    let mut count = 0;
    ledger
        .for_each_subscriber(&mut |_| {
            count += 1;
            true
        })
        .expect("read");
    count
}

#[track_caller]
fn check_refused<T: std::fmt::Debug>(answer: Result<T, LedgerError>, code: &str) {
    let problem = problem_of(&answer.expect_err("refused"));
    assert_eq!(problem.code, code, "{problem}");
    assert!(problem.help.is_some());
}

#[test]
fn a_full_disk_leaves_nothing_half_done() {
    let (_folder, mut ledger) = ledger();
    assert_eq!(import(&mut ledger, 10).expect("imported"), 10);
    ledger.connection.pragma_update(None, "max_page_count", 40).expect("set");
    check_refused(import(&mut ledger, 5_000), "ledger/disk-full");
    assert_eq!(count(&mut ledger), 10);
    ledger.connection.pragma_update(None, "max_page_count", 100_000).expect("set");
    assert_eq!(import(&mut ledger, 5_000).expect("imported"), 4_990);
}

#[test]
fn a_ledger_that_may_not_be_written_says_so() {
    let (_folder, mut ledger) = ledger();
    ledger.connection.pragma_update(None, "query_only", true).expect("set");
    check_refused(
        ledger.reserve("relay", 1, Duration::from_secs(1), DateTime::UNIX_EPOCH),
        "ledger/read-only",
    );
}

#[test]
fn a_lock_that_is_not_given_back_is_named() {
    let (folder, mut ledger) = ledger();
    let other = SqliteLedger::open(&folder.path().join("masthead.db")).expect("a ledger");
    other.connection.execute_batch("BEGIN IMMEDIATE").expect("locked");
    ledger.connection.busy_timeout(Duration::from_millis(5)).expect("set");
    check_refused(ledger.reserve("relay", 1, Duration::from_secs(1), DateTime::UNIX_EPOCH), "ledger/locked");
    other.connection.execute_batch("ROLLBACK").expect("unlocked");
    let at = ledger.reserve("relay", 1, Duration::from_secs(1), DateTime::UNIX_EPOCH).expect("reserved");
    assert_eq!(at, DateTime::UNIX_EPOCH, "the refused call spent nothing");
}

#[test]
fn settings_are_those_that_durability_needs() {
    let (_folder, ledger) = ledger();
    let setting = |name: &str| -> i64 {
        ledger.connection.pragma_query_value(None, name, |row| row.get(0)).expect("read")
    };
    assert_eq!((setting("synchronous"), setting("foreign_keys"), setting("temp_store")), (2, 1, 1));
}

#[test]
fn claims_use_an_index_and_sort_nothing_long() {
    let (_folder, ledger) = ledger();
    let plan = |sql: &str| -> String {
        let mut explain = ledger.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("planned");
        let mut rows = explain.raw_query();
        let mut lines = String::new();
        while let Some(row) = rows.next().expect("read") {
            lines += &row.get::<_, String>(3).expect("text");
            lines.push('\n');
        }
        lines
    };
    let due = plan(&super::claiming::due());
    assert!(!due.contains("SCAN delivery"), "{due}");
    assert_eq!(due.matches("delivery_by_state").count(), 2, "{due}");
    let tally = plan("SELECT state, count(*) FROM delivery WHERE broadcast = 1 GROUP BY state");
    assert!(tally.contains("COVERING INDEX delivery_by_state"), "{tally}");
}
