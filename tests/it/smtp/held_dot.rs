//! Proves that the final dot leaves when it is told to and not before.

use crate::{
    smtp::{envelope, message, plain, shown},
    support::smtp_server::SmtpServer,
};
use masthead::{
    delivery::ports::{Session, Transport},
    domain::message::Message,
};
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn nothing_of_the_dot_leaves_before_finish() {
    let server = SmtpServer::play("held-dot-told.txt", None).await;
    let mut session = plain(server.port).connect().await.unwrap();
    session.begin(&envelope("reader0@example.net", 0), &message()).await.unwrap();
    assert!(!session.is_usable());
    // Long enough for the server to see that nothing comes.
    assert!(timeout(Duration::from_millis(400), std::future::pending::<()>()).await.is_err());
    assert_eq!(shown(&session.finish(None).await), "accepted 4F2");
    assert!(session.is_usable());
    session.quit().await;
    server.messages().await;
}

#[tokio::test]
async fn a_reply_before_the_dot_is_no_verdict_and_no_dot_follows() {
    let server = SmtpServer::play("held-dot.txt", None).await;
    let mut session = plain(server.port).connect().await.unwrap();
    session.begin(&envelope("reader0@example.net", 0), &message()).await.unwrap();
    assert!(timeout(Duration::from_millis(400), std::future::pending::<()>()).await.is_err());
    let outcome = shown(&session.finish(None).await);
    assert!(outcome.starts_with("broken body: the server spoke out of turn: 250"), "{outcome}");
    assert!(!session.is_usable());
    session.abandon().await;
    assert!(server.messages().await.is_empty());
}

#[tokio::test]
async fn a_server_that_left_before_the_dot_got_none() {
    let server = SmtpServer::play("close-before-dot.txt", None).await;
    let mut session = plain(server.port).connect().await.unwrap();
    session.begin(&envelope("reader0@example.net", 0), &message()).await.unwrap();
    server.messages().await;
    let outcome = shown(&session.finish(None).await);
    assert_eq!(outcome, "broken body: the server closed the connection (body)");
}

#[tokio::test]
async fn a_cancelled_message_leaves_a_session_that_is_not_used_again() {
    let server = SmtpServer::play("stall-at-mail.txt", None).await;
    let mut session = plain(server.port).connect().await.unwrap();
    let envelope = envelope("reader0@example.net", 0);
    let begun = timeout(Duration::from_millis(200), session.begin(&envelope, &message())).await;
    assert!(begun.is_err() && !session.is_usable());
    let again = session.begin(&envelope, &message()).await.unwrap_err();
    assert_eq!(shown(&again), "broken mail: the session is closed");
    let finished = session.finish(None).await;
    assert_eq!(shown(&finished), "broken body: the message was cut off before its final dot");
    session.abandon().await;
    server.messages().await;
}

#[tokio::test]
async fn a_dot_without_a_message_never_leaves() {
    let server = SmtpServer::play("stall-at-greeting.txt", None).await;
    drop(server);
    let server = SmtpServer::play("size-limit.txt", None).await;
    let mut session = plain(server.port).connect().await.unwrap();
    assert_eq!(shown(&session.finish(None).await), "broken body: no message waits for its final dot");
    session.quit().await;
    server.messages().await;
}

#[tokio::test]
async fn a_bare_line_feed_never_leaves() {
    let server = SmtpServer::play("size-limit.txt", None).await;
    let mut session = plain(server.port).connect().await.unwrap();
    let outcome = session
        .begin(&envelope("reader0@example.net", 0), &Message::scan(&[b"a\n.\nMAIL FROM:<x@y.org>\r\n"]))
        .await;
    let text = shown(&outcome.unwrap_err());
    assert!(text.starts_with("refused mail: 5.6.0 the message has a bare line end at octet 1"), "{text}");
    session.quit().await;
    server.messages().await;
}
