//! Several machines, one PostgreSQL ledger: each reader gets one message, whatever dies in the middle.

use crate::{
    cli::{Inbox, expect, letter, numbers},
    support::{
        Project,
        binary::{Running, run, start},
        postgres::{Cluster, Database},
    },
};

/// Connections of each sender.
const CONNECTIONS: u64 = 4;

/// Returns a machine: a workspace of its own whose ledger is the database.
fn machine(readers: usize, database: &Database) -> Project {
    let project = letter(readers);
    project.edit("masthead.yaml", "sqlite:masthead.db", &format!("\"{}\"", database.url()));
    project
}

fn sending(project: &Project, inbox: &Inbox) -> Running {
    let command =
        ["send", "letter", "--to", "list.csv", "--yes", "--connections", "4", "--relay", &inbox.url];
    start(project.root(), &command)
}

/// Lets the leases of whoever died run out.
fn let_leases_run_out(database: &Database) {
    database.ask("UPDATE delivery SET lease_until = 0 WHERE lease_until IS NOT NULL");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_share_a_broadcast() {
    const READERS: usize = 3_000;
    let database = Database::fresh();
    let (one, other, inbox) = (machine(READERS, &database), machine(READERS, &database), Inbox::open().await);
    let both = [sending(&one, &inbox), sending(&other, &inbox)];
    for running in both {
        running.ended().await.exits(0);
    }
    inbox.holds_one_each(READERS);
    expect(&numbers(&other).await, &[("sent", READERS as u64)]);
    let workers = database.ask("SELECT count(*) FROM broadcast");
    assert_eq!(workers, "1", "one seal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_may_be_restarted_in_the_middle() {
    const READERS: usize = 1_500;
    let database = Database::on(Cluster::own());
    let (one, other, inbox) = (machine(READERS, &database), machine(READERS, &database), Inbox::open().await);
    let (mut first, second) = (sending(&one, &inbox), sending(&other, &inbox));
    for arrived in [200, 700] {
        assert!(first.until(|_| inbox.store.arrived() >= arrived).await, "{}", first.talk());
        database.cluster().restart();
    }
    let (first, second) = (first.ended().await, second.ended().await);
    assert!(matches!((first.code, second.code), (0 | 4, 0 | 4)), "{first}\n{second}");
    everybody_got_it_at_most_once(&one, &inbox, READERS as u64, 2 * 2 * CONNECTIONS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_machine_is_finished_for_by_the_other() {
    const READERS: usize = 1_500;
    let database = Database::fresh();
    let (one, other, inbox) = (machine(READERS, &database), machine(READERS, &database), Inbox::open().await);
    let mut first = sending(&one, &inbox);
    assert!(first.until(|_| inbox.store.arrived() >= 300).await, "{}", first.talk());
    let second = sending(&other, &inbox);
    first.kill();
    let_leases_run_out(&database);
    let second = second.ended().await;
    assert!(matches!(second.code, 0 | 4), "{second}");
    everybody_got_it_at_most_once(&other, &inbox, READERS as u64, CONNECTIONS).await;
}

/// Nobody twice, nobody lost, and few in doubt.
async fn everybody_got_it_at_most_once(project: &Project, inbox: &Inbox, readers: u64, doubts_max: u64) {
    let numbers = numbers(project).await;
    let in_doubt = numbers.get("in_doubt").copied().unwrap_or_default();
    assert_eq!(numbers["sent"] + in_doubt, readers, "{numbers:?}");
    assert!(in_doubt <= doubts_max, "{numbers:?}");
    let arrived = inbox.arrived();
    assert!(arrived.values().all(|mails| *mails == 1), "nobody twice");
    assert!(arrived.len() as u64 >= numbers["sent"], "nobody lost");
}

#[tokio::test]
async fn lists_and_suppressions_live_in_the_database() {
    let database = Database::fresh();
    let (one, other) = (machine(12, &database), machine(12, &database));
    run(one.root(), &["subscribers", "import", "list.csv"]).await.exits(0).says("12 added");
    run(other.root(), &["suppress", "add", "reader3@example.net"]).await.exits(0);
    run(other.root(), &["subscribers", "list"]).await.exits(0).says("12 subscribers");
    let inbox = Inbox::open().await;
    let sent = run(one.root(), &["send", "letter", "--yes", "--relay", &inbox.url]).await;
    sent.exits(0);
    expect(&numbers(&other).await, &[("sent", 11)]);
}

#[tokio::test]
async fn a_password_is_never_shown() {
    let project = letter(3);
    project.write("masthead.yaml", "ledger: postgres://office@127.0.0.1:1/news\n");
    let ran = crate::support::binary::start_with(
        project.root(),
        &["subscribers", "list"],
        &[("PGPASSWORD", "hunter2")],
    );
    let ran = ran.ended().await.exits(3).says("[ledger/away]").says("postgres://office@127.0.0.1/news");
    assert!(!ran.talk.contains("hunter2"), "{ran}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_from_a_backup_is_refused_until_it_is_adopted() {
    const READERS: usize = 20;
    let (database, inbox) = (Database::fresh(), Inbox::open().await);
    let (one, other) = (machine(READERS, &database), machine(READERS, &database));
    run(one.root(), &["subscribers", "list"]).await.exits(0);
    let backup = database.dump();
    sending(&one, &inbox).ended().await.exits(0);
    inbox.holds_one_each(READERS);
    database.put_back(&backup);

    let refused = sending(&one, &inbox).ended().await.exits(3);
    refused.says("[ledger/rolled-back]").says("masthead reconcile --adopt");
    run(other.root(), &["reconcile", "--adopt"]).await.exits(0).says("lacked something of 0 runs");
    let adopted = run(one.root(), &["reconcile", "--adopt"]).await.exits(0);
    adopted.says("lacked something of 1 runs").says("1 issues were sent that it does not know");
    sending(&one, &inbox).ended().await.exits(4);
    inbox.holds_one_each(READERS);
    expect(&numbers(&other).await, &[("in_doubt", READERS as u64)]);
    let since = run(one.root(), &["reconcile", "--quarantine-since", "2020-01-01"]).await.exits(0);
    since.says("0 deliveries were open");
}
