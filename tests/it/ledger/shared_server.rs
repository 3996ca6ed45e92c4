//! The server itself: what is opened, what is refused, what survives its restarts and ours.

use crate::{
    ledger::world::{
        LEASE, at, claim, commit, content, intent, reader, record, sealed, stage, tally, verdict,
    },
    support::postgres::{Cluster, Database},
};
use masthead::{
    delivery::ports::{DoubtStore, Ledger, LedgerError, SubscriberStore},
    domain::{
        delivery::{DeliveryEvent as Event, DeliveryState as State},
        suppression::SuppressionReason,
    },
    ledger::{
        error::problem_of,
        postgres::{PostgresAddress, PostgresLedger, PostgresPeek},
    },
};

#[track_caller]
fn check_refused(opened: Result<PostgresLedger, LedgerError>, code: &str) {
    let Err(error) = opened else { panic!("opened") };
    let problem = problem_of(&error);
    assert_eq!(problem.code, code, "{problem}");
    assert!(problem.help.is_some() && problem.place.is_some(), "{problem}");
}

fn address(text: &str) -> PostgresAddress {
    PostgresAddress::parse(text).expect("an address")
}

#[test]
fn schemas_that_are_something_else_are_refused_and_left_alone() {
    let database = Database::fresh();
    let schema = database.schema();
    database.ask(&format!("CREATE SCHEMA {schema}"));
    database.ask("CREATE TABLE photo (id int)");
    check_refused(PostgresLedger::open(&database.address()), "ledger/not-a-ledger");
    let tables = format!("SELECT count(*) FROM information_schema.tables WHERE table_schema = '{schema}'");
    assert_eq!(database.ask(&tables), "1");
}

#[test]
fn a_ledger_of_a_newer_masthead_is_refused() {
    let database = Database::fresh();
    drop(database.open());
    database.ask("UPDATE meta SET value = '99' WHERE key = 'version'");
    check_refused(PostgresLedger::open(&database.address()), "ledger/newer");
}

#[test]
fn a_server_that_is_not_there_and_a_database_that_is_not_there_are_said_so() {
    check_refused(PostgresLedger::open(&address("postgres://x@127.0.0.1:1/news")), "ledger/away");
    let elsewhere = Database::fresh().url().replace("/postgres?", "/nowhere?");
    check_refused(PostgresLedger::open(&address(&elsewhere)), "ledger/no-access");
}

#[test]
fn a_server_that_forgets_is_refused_and_a_forgetful_setting_overruled() {
    let database = Database::on(Cluster::own());
    drop(database.open());
    database.cluster().set("synchronous_commit = off");
    drop(database.open());
    database.cluster().set("fsync = off");
    check_refused(PostgresLedger::open(&database.address()), "ledger/not-durable");
}

#[test]
fn programs_that_make_the_schema_at_once_share_its_secrets() {
    let database = Database::fresh();
    let secrets: Vec<_> = std::thread::scope(|scope| {
        let opened: Vec<_> =
            (0..6).map(|_| scope.spawn(|| database.open().keys().expect("secrets").secret)).collect();
        opened.into_iter().map(|thread| thread.join().expect("opened")).collect()
    });
    assert!(secrets.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn two_who_seal_at_once_end_with_one_seal() {
    let database = Database::fresh();
    let seal = || {
        let mut ledger = database.open();
        stage(&mut ledger, &(0..3_000).map(reader).collect::<Vec<_>>());
        ledger.seal(&content("starsom", 0), "seal", at(0)).expect("sealed")
    };
    let (one, other) = std::thread::scope(|scope| {
        let (one, other) = (scope.spawn(seal), scope.spawn(seal));
        (one.join().expect("sealed"), other.join().expect("sealed"))
    });
    assert_eq!(one, other);
    let mut ledger = database.open();
    assert_eq!(tally(&mut ledger, one.id), "queued 3000");
    assert_eq!(ledger.broadcasts().expect("listed").len(), 1);
}

#[test]
fn a_restart_is_survived_by_every_call() {
    let database = Database::on(Cluster::own());
    let mut ledger = database.open();
    stage(&mut ledger, &(0..40).map(reader).collect::<Vec<_>>());
    database.cluster().restart();
    let broadcast = ledger.seal(&content("starsom", 0), "seal", at(0)).expect("sealed").id;
    database.cluster().restart();
    let claims = claim(&mut ledger, broadcast, 3);
    assert_eq!(claims.len(), 3);
    database.cluster().restart();
    assert!(commit(&mut ledger, &claims[0]));
    database.cluster().restart();
    assert!(record(&mut ledger, &claims[0], Event::Accept));
    database.cluster().restart();
    assert_eq!(tally(&mut ledger, broadcast), "queued 37, leased 2, sent 1");
}

#[test]
fn a_cut_line_is_opened_anew_and_a_batch_is_not_done_twice() {
    let database = Database::fresh();
    let mut ledger = database.open();
    let broadcast = sealed(&mut ledger, 12).id;
    let claims = claim(&mut ledger, broadcast, 12);
    for claimed in &claims {
        database.cut_lines();
        assert!(commit(&mut ledger, claimed));
        assert!(!commit(&mut ledger, claimed), "once");
        assert!(record(&mut ledger, claimed, Event::Accept));
    }
    assert_eq!(tally(&mut ledger, broadcast), "sent 12");
}

#[test]
fn leases_are_counted_by_the_clock_of_the_database() {
    let database = Database::fresh();
    let mut ledger = database.open_in_earnest();
    let broadcast = sealed(&mut ledger, 3).id;
    // The caller's clock is years behind.
    let claims = ledger.claim(broadcast, "one", 3, at(0), LEASE).expect("claimed");
    assert_eq!(ledger.recover(broadcast, None, at(10_000)).expect("recovered").released, 0);
    assert_eq!(ledger.commit(&[intent(&claims[0])], at(99_999)).expect("answered"), [true]);
    let mut later = verdict(&claims[1], Event::Defer);
    later.next_attempt_at = Some(at(700));
    assert_eq!(ledger.record(&[later], at(100)).expect("answered"), [true]);
    let due = ledger.next_due(broadcast).expect("read").expect("one is deferred");
    let off = (due - at(600)).num_seconds().abs();
    assert!(off < 60, "the pause of 600 seconds is counted from the last claim: {due}");
    database.ask("UPDATE delivery SET lease_until = 0 WHERE lease_until IS NOT NULL");
    let recovered = ledger.recover(broadcast, None, at(0)).expect("recovered");
    assert_eq!((recovered.released, recovered.in_doubt), (1, 1));
}

#[test]
fn claims_commits_and_verdicts_write_where_the_row_stands() {
    let database = Database::fresh();
    let mut ledger = database.open();
    let broadcast = sealed(&mut ledger, 200).id;
    for _ in 0..20 {
        let claims = claim(&mut ledger, broadcast, 10);
        let commits: Vec<_> = claims.iter().map(intent).collect();
        assert!(ledger.commit(&commits, at(1)).expect("answered").iter().all(|yes| *yes));
        let verdicts: Vec<_> = claims.iter().map(|claim| verdict(claim, Event::Accept)).collect();
        assert!(ledger.record(&verdicts, at(2)).expect("answered").iter().all(|yes| *yes));
    }
    drop(ledger);
    // The server tells of it when the connection has ended.
    let told = (0..100).map(|_| updates(&database)).find(|told| told.0 >= 600).expect("told at last");
    assert!(told.0 == 600 && told.1 >= 300, "{told:?}: updates, and those that touched no index");
}

/// Returns how many rows were updated, and how many of them without touching an index.
fn updates(database: &Database) -> (u64, u64) {
    let sql = "SELECT n_tup_upd || ' ' || n_tup_hot_upd FROM pg_stat_user_tables
        WHERE schemaname = current_schema() AND relname = 'delivery'";
    let told = database.ask(sql);
    let (all, hot) = told.split_once(' ').expect("two numbers");
    (all.parse().expect("a number"), hot.parse().expect("a number"))
}

#[test]
fn a_look_shows_the_list_without_who_left() {
    let database = Database::fresh();
    assert!(PostgresPeek::open(&database.address()).expect("looked").is_none());
    let mut ledger = database.open();
    let broadcast = sealed(&mut ledger, 2);
    ledger.begin_import().expect("begun");
    let rows: Vec<_> = (0..9).map(|number| crate::ledger::world::subscriber(&reader(number))).collect();
    ledger.import(&rows, "list.csv", at(0)).expect("imported");
    ledger.finish_import(true).expect("kept");
    let gone = crate::ledger::world::address(&reader(3));
    ledger.suppress(&gone, "starsom", SuppressionReason::Hard, "test", at(1)).expect("suppressed");
    let mut peek = PostgresPeek::open(&database.address()).expect("looked").expect("a ledger");
    assert_eq!(peek.summaries().expect("listed")[0].issue, broadcast.content.issue);
    let after = crate::ledger::world::address(&reader(2));
    let readers = peek.readers_after("starsom", Some(&after), 3).expect("read");
    let shown: Vec<_> = readers.iter().map(|reader| reader.address.expose()).collect();
    assert_eq!(shown, [reader(4), reader(5), reader(6)]);
    assert_eq!(peek.search("starsom", "READER000", 2).expect("found").1, 9);
    assert_eq!(peek.count().expect("counted"), 9);
    let left = peek.subscriber("starsom", &gone).expect("read").expect("on the list");
    assert_ne!(left.status, rows[0].status);
}

#[test]
fn the_history_of_a_delivery_is_put_together() {
    let database = Database::fresh();
    let mut ledger = database.open();
    let broadcast = sealed(&mut ledger, 1).id;
    let first = claim(&mut ledger, broadcast, 1).remove(0);
    assert!(record(&mut ledger, &first, Event::Defer));
    let second = ledger.claim(broadcast, "one", 1, at(3), LEASE).expect("claimed").remove(0);
    assert_eq!(ledger.commit(&[intent(&second)], at(4)).expect("answered"), [true]);
    assert_eq!(ledger.record(&[verdict(&second, Event::Accept)], at(5)).expect("answered"), [true]);
    let history = ledger.history(first.delivery).expect("read");
    let told: Vec<_> = history.iter().map(|one| (one.event.as_str(), one.state, one.attempt)).collect();
    let expected =
        [("defer", State::Deferred, 1), ("commit", State::Committing, 2), ("accept", State::Sent, 2)];
    assert_eq!(told, expected);
}
