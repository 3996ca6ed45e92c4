//! A database that was put back, and the machines that remember more than it knows.

use crate::{
    ledger::world::{at, claim, commit, content, intent, reader, record, sealed, stage, tally, verdict},
    support::postgres::Database,
};
use masthead::{
    delivery::ports::{Ledger, LedgerError},
    domain::{
        broadcast::Broadcast,
        delivery::{Claim, DeliveryEvent as Event},
    },
    ledger::{
        error::problem_of,
        postgres::{Adopted, Diary, PostgresLedger},
    },
};
use tempfile::TempDir;

/// A machine that sends: what it remembers lies in a folder of its own.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn diary(&self) -> Diary {
        Diary::in_folder(&self.folder.path().join("runs"))
    }

    /// Opens the ledger as `send` does.
    fn begin(&self, database: &Database, broadcast: &Broadcast) -> Result<PostgresLedger, LedgerError> {
        let mut ledger = database.open();
        ledger.check_against(&self.diary())?;
        ledger.begin_run(&self.diary(), broadcast, at(0))?;
        Ok(ledger)
    }

    #[track_caller]
    fn is_refused(&self, database: &Database, broadcast: &Broadcast) {
        lost(self.begin(database, broadcast).err());
    }

    fn adopt(&self, database: &Database) -> Adopted {
        database.open().adopt(&self.diary(), at(50)).expect("adopted")
    }
}

#[track_caller]
fn lost(error: Option<LedgerError>) {
    let problem = problem_of(&error.expect("refused"));
    assert_eq!(problem.code, "ledger/rolled-back", "{problem}");
    assert!(problem.help.is_some_and(|help| help.contains("--adopt")));
}

fn accept(ledger: &mut PostgresLedger, claims: &[Claim]) {
    let commits: Vec<_> = claims.iter().map(intent).collect();
    assert!(ledger.commit(&commits, at(1)).expect("answered").iter().all(|yes| *yes));
    let verdicts: Vec<_> = claims.iter().map(|claim| verdict(claim, Event::Accept)).collect();
    assert!(ledger.record(&verdicts, at(2)).expect("answered").iter().all(|yes| *yes));
}

#[test]
fn a_database_put_back_is_refused_and_adopted() {
    let (database, machine) = (Database::fresh(), Machine::new());
    let broadcast = sealed(&mut database.open(), 9);
    let before = database.dump();
    let mut ledger = machine.begin(&database, &broadcast).expect("begun");
    let claims = claim(&mut ledger, broadcast.id, 4);
    accept(&mut ledger, &claims);
    drop(ledger);
    machine.begin(&database, &broadcast).expect("nothing is missing");

    database.put_back(&before);
    machine.is_refused(&database, &broadcast);
    assert_eq!(machine.adopt(&database), Adopted { runs: 2, in_doubt: 9, unknown: 0 });
    let mut ledger = machine.begin(&database, &broadcast).expect("it may be sent from again");
    assert_eq!(tally(&mut ledger, broadcast.id), "in_doubt 9");
    assert!(claim(&mut ledger, broadcast.id, 9).is_empty());
    assert_eq!(machine.adopt(&database), Adopted::default(), "once");
}

#[test]
fn commits_lost_in_the_middle_of_a_run_are_noticed() {
    let (database, machine) = (Database::fresh(), Machine::new());
    let broadcast = sealed(&mut database.open(), 6);
    let mut ledger = machine.begin(&database, &broadcast).expect("begun");
    let claims = claim(&mut ledger, broadcast.id, 6);
    accept(&mut ledger, &claims[..2]);
    let before = database.dump();
    accept(&mut ledger, &claims[2..3]);
    assert!(record(&mut ledger, &claims[3], Event::Defer), "a verdict alone is no step");
    database.put_back(&before);
    database.cut_lines();
    lost(ledger.commit(&[intent(&claims[4])], at(3)).err());
    lost(ledger.claim(broadcast.id, "one", 1, at(3), std::time::Duration::from_mins(2)).err());
    drop(ledger);
    machine.is_refused(&database, &broadcast);
    assert_eq!(machine.adopt(&database), Adopted { runs: 1, in_doubt: 4, unknown: 0 });
    assert_eq!(tally(&mut database.open(), broadcast.id), "sent 2, in_doubt 4");
}

#[test]
fn an_issue_that_was_sealed_after_the_backup_is_in_doubt_when_it_is_sealed_again() {
    let (database, machine) = (Database::fresh(), Machine::new());
    drop(database.open());
    let before = database.dump();
    let broadcast = sealed(&mut database.open(), 5);
    let mut ledger = machine.begin(&database, &broadcast).expect("begun");
    let claims = claim(&mut ledger, broadcast.id, 2);
    accept(&mut ledger, &claims);
    drop(ledger);
    database.put_back(&before);
    assert_eq!(machine.adopt(&database), Adopted { runs: 1, in_doubt: 0, unknown: 1 });
    let mut ledger = database.open();
    let another = sealed_as(&mut ledger, 1);
    assert_eq!(tally(&mut ledger, another.id), "queued 5", "another edition");
    let again = sealed_as(&mut ledger, 0);
    assert_eq!(tally(&mut ledger, again.id), "in_doubt 5");
}

fn sealed_as(ledger: &mut PostgresLedger, edition: u32) -> Broadcast {
    stage(ledger, &(0..5).map(reader).collect::<Vec<_>>());
    ledger.seal(&content("starsom", edition), "seal", at(9)).expect("sealed")
}

#[test]
fn machines_that_send_together_and_a_killed_one_are_not_refused() {
    let (database, one, other) = (Database::fresh(), Machine::new(), Machine::new());
    let broadcast = sealed(&mut database.open(), 12);
    let mut first = one.begin(&database, &broadcast).expect("begun");
    let mut second = other.begin(&database, &broadcast).expect("begun");
    for _ in 0..3 {
        for ledger in [&mut first, &mut second] {
            let claims = claim(ledger, broadcast.id, 2);
            accept(ledger, &claims);
            one.begin(&database, &broadcast).expect("while others send");
        }
    }
    // A killed run has counted a step that its machine has not noted any more: the database is ahead of it.
    database.ask("UPDATE run SET steps = steps + 1");
    other.begin(&database, &broadcast).expect("nothing is missing");
    database.cut_lines();
    assert!(claim(&mut first, broadcast.id, 1).is_empty());
    assert_eq!(tally(&mut first, broadcast.id), "sent 12");
}

#[test]
fn what_may_have_left_is_put_in_doubt_by_hand() {
    let database = Database::fresh();
    let mut ledger = database.open();
    let old = sealed(&mut ledger, 4);
    stage(&mut ledger, &(0..3).map(reader).collect::<Vec<_>>());
    let new = ledger.seal(&content("starsom", 1), "seal", at(100)).expect("sealed");
    let claims = claim(&mut ledger, old.id, 2);
    assert!(commit(&mut ledger, &claims[0]));
    assert_eq!(ledger.quarantine(at(60), at(101)).expect("done"), 3, "the newer one alone");
    assert_eq!(tally(&mut ledger, new.id), "in_doubt 3");
    assert_eq!(ledger.quarantine(at(0), at(102)).expect("done"), 4);
    assert_eq!(tally(&mut ledger, old.id), "in_doubt 4");
    assert!(record(&mut ledger, &claims[0], Event::Accept), "evidence still counts");
}
