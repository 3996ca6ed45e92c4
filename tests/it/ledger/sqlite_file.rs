//! The file itself: what is opened, what is refused, what lasts.

use crate::ledger::world::{Place, Store, at, claim, commit, intent, record, sealed, tally};
use masthead::{
    delivery::ports::{DoubtStore, Ledger, LedgerError},
    domain::delivery::DeliveryEvent as Event,
    ledger::{error::problem_of, sqlite::SqliteLedger},
};
use rusqlite::Connection;
use std::path::Path;

fn code(opened: Result<SqliteLedger, LedgerError>) -> String {
    match opened {
        Ok(_) => "opened".to_owned(),
        Err(error) => {
            let problem = problem_of(&error);
            assert!(problem.help.is_some() && problem.place.is_some(), "{problem}");
            problem.to_string()
        }
    }
}

#[test]
fn files_that_are_something_else_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "Dear diary, ".repeat(500)).expect("written");
    assert!(
        code(SqliteLedger::open(&text)).ends_with("the file is not a masthead ledger [ledger/not-a-ledger]")
    );
    assert_eq!(std::fs::read_to_string(&text).expect("read"), "Dear diary, ".repeat(500));

    let foreign = folder.path().join("photos.db");
    Connection::open(&foreign).expect("opened").execute_batch("CREATE TABLE photo (id)").expect("made");
    let before = std::fs::read(&foreign).expect("read");
    assert!(code(SqliteLedger::open(&foreign)).contains("[ledger/not-a-ledger]"));
    assert_eq!(std::fs::read(&foreign).expect("read"), before);
}

#[test]
fn a_ledger_of_a_newer_masthead_is_refused() {
    let place = Place::file();
    drop(place.open_file());
    Connection::open(place.path()).expect("opened").pragma_update(None, "user_version", 99).expect("set");
    let message = code(SqliteLedger::open(&place.path()));
    assert!(message.contains("version 99, this masthead knows versions up to 2 [ledger/newer]"), "{message}");
}

#[test]
fn a_missing_folder_is_said_so() {
    let message = code(SqliteLedger::open(Path::new("/nowhere/at/all/masthead.db")));
    assert!(
        message.contains("[ledger/unusable]") && message.contains("could not open the ledger"),
        "{message}"
    );
}

#[test]
fn a_damaged_ledger_is_said_so() {
    let place = Place::file();
    sealed(&mut place.open_file(), 200);
    let mut octets = std::fs::read(place.path()).expect("read");
    // Everything but the header page becomes noise.
    octets[4096..].fill(0xA5);
    std::fs::write(place.path(), octets).expect("written");
    let message = code(SqliteLedger::open(&place.path()));
    assert!(message.contains("[ledger/damaged]"), "{message}");
}

#[test]
fn settings_that_durability_needs_are_on() {
    let place = Place::file();
    let ledger = place.open_file();
    assert_eq!(ledger.path(), place.path().display().to_string());
    let looker = Connection::open(place.path()).expect("opened");
    let mode: String = looker.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("read");
    assert_eq!(mode, "wal");
    let check: String = looker.pragma_query_value(None, "integrity_check", |row| row.get(0)).expect("read");
    assert_eq!(check, "ok");
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::file();
    let mut ledger = place.open_file();
    sealed(&mut ledger, 1);
    for name in ["masthead.db", "masthead.db-wal"] {
        let file = std::fs::metadata(place.path().with_file_name(name)).expect("there");
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn programs_that_make_the_file_at_once_share_its_secrets() {
    let place = Place::file();
    let path = place.path();
    let secrets: Vec<_> = std::thread::scope(|scope| {
        let opened: Vec<_> =
            (0..6).map(|_| scope.spawn(|| SqliteLedger::open(&path).expect("opened"))).collect();
        opened.into_iter().map(|one| one.join().expect("ran").keys().expect("read").secret).collect()
    });
    assert!(secrets.iter().all(|secret| *secret == secrets[0] && *secret != [0; 32]));
}

#[test]
fn every_change_is_written_down() {
    let place = Place::file();
    let mut ledger = place.open_file();
    let broadcast = sealed(&mut ledger, 2).id;
    let store: &mut dyn Store = &mut ledger;
    let claimed = claim(store, broadcast, 1).remove(0);
    assert!(record(store, &claimed, Event::Defer));
    let again = store.claim(broadcast, "two", 1, at(2), crate::ledger::world::LEASE).expect("claimed");
    let mine = store.claim(broadcast, "two", 1, at(2), crate::ledger::world::LEASE).expect("claimed");
    let mine = again.iter().chain(&mine).find(|one| one.delivery == claimed.delivery).expect("claimed again");
    assert!(store.commit(&[intent(mine)], at(3)).expect("answered")[0]);
    assert!(!commit(store, mine), "what is refused is not written down");
    assert!(record(store, mine, Event::Lose));
    let history = ledger.history(claimed.delivery).expect("read");
    let told: Vec<_> =
        history.iter().map(|entry| format!("{} {} {}", entry.attempt, entry.event, entry.state)).collect();
    assert_eq!(
        told,
        ["1 claim leased", "1 defer deferred", "2 claim leased", "2 commit committing", "2 lose in_doubt"]
    );
    assert_eq!(history[0].detail.as_deref(), Some("one"));
}

#[test]
fn a_waiting_reader_does_not_block_a_writer() {
    let place = Place::file();
    let mut ledger = place.open_file();
    let broadcast = sealed(&mut ledger, 10).id;
    let looker = Connection::open(place.path()).expect("opened");
    looker.execute_batch("BEGIN; SELECT count(*) FROM delivery").expect("reading");
    assert_eq!(claim(&mut ledger, broadcast, 10).len(), 10);
    assert_eq!(tally(&mut ledger, broadcast), "leased 10");
}

#[test]
fn errors_name_no_reader() {
    let place = Place::file();
    let mut ledger = place.open_file();
    let broadcast = sealed(&mut ledger, 1).id;
    let other = Connection::open(place.path()).expect("opened");
    other
        .execute("UPDATE recipient SET subscriber = '{\"address\":\"secret@example.org\"}'", [])
        .expect("broken");
    let error =
        ledger.claim(broadcast, "one", 1, at(0), crate::ledger::world::LEASE).expect_err("unreadable");
    let problem = problem_of(&error);
    assert_eq!(problem.code, "ledger/damaged");
    assert!(!problem.to_string().contains("secret"), "{problem}");
    assert_eq!(tally(&mut ledger, broadcast), "queued 1", "a call that fails has no effect");
}
