//! Proves that the envelope of the next message may ride behind a final dot, and what becomes of both when
//! something goes wrong there.

use crate::{
    smtp::{Way, envelope, message, quick, shown, with_timeouts},
    support::smtp_server::SmtpServer,
};
use masthead::{
    delivery::ports::{Following, Session, Transport},
    smtp::timeouts::Timeouts,
};
use std::time::Duration;

/// Sends messages, each told of its follower, and plays the script; a message that was not tried goes again on a new
/// session. Returns the outcomes in order.
pub(super) async fn chained(name: &str, count: usize) -> Vec<String> {
    let in_two = Box::pin(chained_by(Way::InTwo, name, count)).await;
    let at_once = Box::pin(chained_by(Way::AtOnce, name, count)).await;
    assert_eq!(in_two, at_once);
    in_two
}

async fn chained_by(way: Way, name: &str, count: usize) -> Vec<String> {
    let server = SmtpServer::play(name, None).await;
    let timeouts =
        Timeouts { chained: Duration::from_millis(300), verdict: Timeouts::default().verdict, ..quick() };
    let transport = with_timeouts(server.port, timeouts);
    let envelopes: Vec<_> = (0..count).map(|n| envelope(&format!("reader{n}@example.net"), n)).collect();
    let message = message();
    let mut outcomes = Vec::new();
    let mut open = None;
    let mut number = 0;
    while number < count {
        let mut session = match open.take() {
            Some(session) => session,
            None => match transport.connect().await {
                Ok(session) => session,
                Err(_) => break,
            },
        };
        let following = envelopes.get(number + 1).map(|envelope| Following { envelope, message: &message });
        let outcome = way.send(&mut session, &envelopes[number], &message, following).await;
        let outcome = shown(&outcome);
        number += usize::from(!outcome.contains("closed while idle"));
        outcomes.push(outcome);
        if session.is_usable() {
            open = Some(session);
        } else {
            session.abandon().await;
        }
    }
    if let Some(session) = open {
        session.quit().await;
    }
    server.messages().await;
    outcomes
}

#[tokio::test]
async fn two_messages_cost_one_round_trip_less() {
    assert_eq!(chained("chained.txt", 2).await, ["accepted 4F2", "accepted 4F3"]);
}

#[tokio::test]
async fn a_refused_recipient_behind_a_dot_spoils_neither_neighbour() {
    let outcomes = chained("chained-refused.txt", 3).await;
    let refused = "refused rcpt: 550 5.1.1 unknown (Recipient Bounce)";
    assert_eq!(outcomes, ["accepted 4F2", refused, "accepted 4F4"]);
}

#[tokio::test]
async fn a_refused_message_does_not_spoil_the_one_behind_its_dot() {
    let outcomes = chained("chained-after-refusal.txt", 2).await;
    assert!(outcomes[0].starts_with("refused verdict: 554 5.7.1 no"), "{outcomes:?}");
    assert_eq!(outcomes[1..], ["accepted 4F3"]);
}

#[tokio::test]
async fn a_server_that_loses_what_comes_behind_a_dot_is_remembered() {
    let lost = "broken mail: closed while idle";
    let outcomes = chained("chained-lost.txt", 3).await;
    assert_eq!(outcomes, ["accepted 4F2", lost, "accepted 4F3", "accepted 4F4"]);
}

#[tokio::test]
async fn a_close_after_the_verdict_costs_the_next_message_nothing() {
    let outcomes = chained("chained-closed.txt", 2).await;
    assert_eq!(outcomes, ["accepted 4F2", "broken mail: closed while idle"]);
}

#[tokio::test]
async fn only_the_message_before_the_dot_is_in_doubt() {
    let outcomes = chained("chained-doubt.txt", 2).await;
    assert_eq!(outcomes, ["in doubt: the server closed the connection (verdict)"]);
    let outcomes = chained("chained-goodbye.txt", 2).await;
    assert!(outcomes[0].starts_with("refused verdict: 421 4.3.2 shutting down"), "{outcomes:?}");
}
