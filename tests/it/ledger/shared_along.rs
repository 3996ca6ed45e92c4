//! A run that goes on while the database works: its rounds are awaited.

use crate::{
    ledger::world::{at, claim, intent, sealed, tally, verdict},
    support::postgres::Database,
};
use masthead::{
    delivery::ports::Ledger,
    domain::{
        broadcast::BroadcastId,
        delivery::{Claim, DeliveryEvent as Event},
    },
    ledger::postgres::PostgresLedger,
};

/// Claims as a run does: on a thread that may wait.
async fn claim_apart(mut ledger: PostgresLedger, broadcast: BroadcastId) -> (PostgresLedger, Vec<Claim>) {
    let claiming = tokio::task::spawn_blocking(move || {
        let claims = claim(&mut ledger, broadcast, 4);
        (ledger, claims)
    });
    claiming.await.expect("claimed")
}

#[tokio::test]
async fn rounds_are_awaited_while_the_same_thread_speaks_to_the_server() {
    let database = Database::fresh();
    let mut ledger = database.open();
    let broadcast = sealed(&mut ledger, 12).id;
    ledger.go_along();
    let mut verdicts = Vec::new();
    for cuts in [false, true, true] {
        let claims;
        (ledger, claims) = claim_apart(ledger, broadcast).await;
        if cuts {
            database.cut_lines();
        }
        let commits: Vec<_> = claims.iter().map(intent).collect();
        let done = ledger.record_and_commit_along(&verdicts, &commits, at(1)).await.expect("written");
        assert_eq!(done, (vec![true; verdicts.len()], vec![true; 4]));
        verdicts = claims.iter().map(|claim| verdict(claim, Event::Accept)).collect();
    }
    let done = ledger.record_and_commit_along(&verdicts, &[], at(2)).await.expect("written");
    assert_eq!(done.0, [true; 4]);
    let counted = tokio::task::spawn_blocking(move || tally(&mut ledger, broadcast));
    assert_eq!(counted.await.expect("counted"), "sent 12");
}

#[tokio::test]
async fn a_round_that_the_server_refuses_is_told() {
    let database = Database::fresh();
    let mut ledger = database.open();
    let broadcast = sealed(&mut ledger, 1).id;
    let claims = claim(&mut ledger, broadcast, 1);
    ledger.go_along();
    database.ask("DROP TABLE delivery CASCADE");
    let commits = [intent(&claims[0])];
    ledger.record_and_commit_along(&[], &commits, at(1)).await.expect_err("no such table");
}
