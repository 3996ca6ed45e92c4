//! Proves messages in chunks (RFC 3030): nothing counts before its last octet, and what each answer comes to.

use crate::{
    smtp::{
        chain::chained, check_dialogue, check_impatient, envelope, message, plain, quick, shown,
        with_timeouts,
    },
    support::smtp_server::SmtpServer,
};
use masthead::{
    delivery::ports::{Session, Transport},
    smtp::transport::SmtpTransport,
};
use std::time::Duration;
use tokio::time::timeout;

const MESSAGE: &str = "Subject: news\r\n\r\nhello\r\n";

const UNKNOWN: &str = "refused rcpt: 550 5.1.1 unknown (Recipient Bounce)";

#[tokio::test]
async fn a_message_in_a_chunk_arrives_as_it_is() {
    let messages = check_dialogue("chunked.txt", &["accepted 4F2", "accepted 4F3"]).await;
    assert_eq!(messages, [MESSAGE, MESSAGE]);
    check_dialogue("chunked-slow.txt", &["accepted 4F2", "accepted 4F3"]).await;
}

#[tokio::test]
async fn the_last_octet_is_held_until_it_is_told() {
    let server = SmtpServer::play("chunked-held.txt", None).await;
    let mut session = plain(server.port).connect().await.unwrap();
    session.begin(&envelope("reader0@example.net", 0), &message()).await.unwrap();
    assert!(session.takes_many() && !session.is_usable());
    // Long enough for the server to see that nothing comes.
    assert!(timeout(Duration::from_millis(400), std::future::pending::<()>()).await.is_err());
    assert_eq!(shown(&session.finish(None).await), "accepted 4F2");
    session.quit().await;
    server.messages().await;
}

#[tokio::test]
async fn the_next_message_rides_behind_the_last_octet_without_its_own() {
    assert_eq!(chained("chunked-behind.txt", 2).await, ["accepted 4F2", "accepted 4F3"]);
}

#[tokio::test]
async fn a_recipient_refused_early_needs_no_commit() {
    let server = SmtpServer::play("chunked-refused-at-once.txt", None).await;
    let mut session = plain(server.port).connect().await.unwrap();
    let (first, second) = (envelope("reader0@example.net", 0), envelope("reader1@example.net", 1));
    let outcome = match session.begin(&first, &message()).await {
        // The refusal may be on its way yet.
        Ok(()) => session.finish(None).await,
        Err(outcome) => outcome,
    };
    assert_eq!(shown(&outcome), UNKNOWN);
    session.begin(&second, &message()).await.unwrap();
    assert_eq!(shown(&session.finish(None).await), "accepted 4F3");
    session.quit().await;
    server.messages().await;
}

#[tokio::test]
async fn refusals_leave_a_clean_line_for_the_next() {
    check_dialogue("chunked-refused-late.txt", &[UNKNOWN, "accepted 4F3"]).await;
    let later = "refused mail: 451 4.7.1 later (Host Retry)";
    check_dialogue("chunked-sender-refused.txt", &[later, "accepted 4F3"]).await;
    let full = "refused verdict: 552 5.2.2 mailbox full (Recipient Fail)";
    check_dialogue("chunked-refused.txt", &[full, "accepted 4F3"]).await;
}

#[tokio::test]
async fn a_refused_recipient_is_certain_whatever_comes_after() {
    check_dialogue("chunked-for-nobody.txt", &[UNKNOWN]).await;
    check_dialogue("chunked-refused-and-gone.txt", &[UNKNOWN]).await;
}

#[tokio::test]
async fn a_server_that_does_not_know_its_own_offer_is_served_with_data() {
    let stumbled = "stumbled: the server stumbled over BDAT, from now on without: 500 5.5.2 what is BDAT";
    let messages = check_dialogue("chunked-unknown.txt", &[stumbled, "accepted 4F3"]).await;
    assert_eq!(messages, [MESSAGE]);
}

#[tokio::test]
async fn a_goodbye_is_a_refusal_and_silence_a_doubt() {
    let goodbye = "refused rcpt: 421 4.3.2 shutting down (Host Retry)";
    check_dialogue("chunked-goodbye.txt", &[goodbye]).await;
    check_impatient("chunked-stall.txt", "in doubt: the server was silent for 0 s (verdict)").await;
    check_impatient("chunked-endless-line.txt", "in doubt: a reply line is longer than 4096 octets").await;
}

/// Sends messages without waiting for any verdict, and returns what all came to.
async fn all_at_once(transport: &SmtpTransport, count: usize) -> Vec<String> {
    let mut session = transport.connect().await.unwrap();
    let mut outcomes = Vec::new();
    for number in 0..count {
        assert!(session.is_usable());
        let envelope = envelope(&format!("reader{number}@example.net"), number);
        session.begin(&envelope, &message()).await.unwrap();
        session.release();
    }
    for _ in 0..count {
        outcomes.push(shown(&session.verdict().await));
    }
    session.quit().await;
    outcomes
}

#[tokio::test]
async fn several_messages_are_in_flight_and_each_has_its_own_verdict() {
    let server = SmtpServer::play("chunked-three.txt", None).await;
    let outcomes = all_at_once(&with_timeouts(server.port, quick()), 3).await;
    assert_eq!(outcomes, ["accepted 4F2", UNKNOWN, "accepted 4F4"]);
    assert_eq!(server.messages().await, [MESSAGE; 3]);
}

#[tokio::test]
async fn who_was_behind_a_goodbye_is_in_doubt() {
    let server = SmtpServer::play("chunked-three-goodbye.txt", None).await;
    let outcomes = all_at_once(&plain(server.port), 3).await;
    assert_eq!(outcomes[0], "accepted 4F2");
    assert!(outcomes[1].starts_with("refused mail: 421 4.3.2 too much of you"), "{outcomes:?}");
    assert_eq!(outcomes[2], "in doubt: the server left: 421 4.3.2 too much of you");
    server.messages().await;
}
