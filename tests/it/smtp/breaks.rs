//! Proves what a broken line means: not delivered before the final dot, in doubt after it.

use crate::{
    smtp::{Way, check_dialogue, check_impatient, envelope, plain, quick, send_all, shown, with_timeouts},
    support::smtp_server::SmtpServer,
};
use masthead::{
    delivery::ports::{Session, Transport},
    domain::message::Message,
    smtp::timeouts::Timeouts,
};
use std::time::Duration;

#[tokio::test]
async fn a_close_between_messages_costs_nobody_anything() {
    let outcomes = ["accepted 4F2", "broken mail: closed while idle", "accepted 4F3"];
    check_dialogue("close-between.txt", &outcomes).await;
    check_dialogue("goodbye-between.txt", &["accepted 4F2", "accepted 4F3"]).await;
    let goodbye = "broken mail: closed while idle: 421 4.4.2 idle for too long";
    check_dialogue("goodbye-crossing.txt", &["accepted 4F2", goodbye, "accepted 4F3"]).await;
}

#[tokio::test]
async fn a_server_that_leaves_at_the_first_message_is_broken() {
    check_dialogue("close-at-first-mail.txt", &["broken mail: the server closed the connection (mail)"])
        .await;
}

/// Sends a message too long for all buffers, so that the line breaks under it.
async fn check_long_message(name: &str, expected: &str) {
    for way in Way::BOTH {
        check_long_message_by(way, name, expected).await;
    }
}

async fn check_long_message_by(way: Way, name: &str, expected: &str) {
    let server = SmtpServer::play(name, None).await;
    let mut session = plain(server.port).connect().await.unwrap();
    let line = [[b'x'; 76].as_slice(), b"\r\n"].concat();
    let body = line.repeat(30_000);
    let envelope = envelope("reader0@example.net", 0);
    let outcome = way.send(&mut session, &envelope, &Message::scan(&[&body[..]; 8]), None).await;
    let text = shown(&outcome);
    assert!(text.starts_with(expected), "{way:?}: {text}");
    assert!(!session.is_usable());
    session.abandon().await;
    server.messages().await;
}

#[tokio::test]
async fn a_line_that_breaks_under_the_message_delivered_nothing() {
    check_long_message("long-close-mid-body.txt", "broken body: ").await;
    check_long_message("long-reset-mid-body.txt", "broken body: ").await;
}

#[tokio::test]
async fn a_refusal_in_the_middle_of_the_message_is_heard() {
    check_long_message(
        "long-refused-mid-body.txt",
        "refused body: 552 5.3.4 message too big (Message Abort)",
    )
    .await;
}

#[tokio::test]
async fn a_server_that_takes_nothing_is_given_up_before_the_dot() {
    let server = SmtpServer::play("long-stall-mid-body.txt", None).await;
    let timeouts = Timeouts { body: Duration::from_millis(300), ..Timeouts::default() };
    let mut session = with_timeouts(server.port, timeouts).connect().await.unwrap();
    let body = [[b'x'; 76].as_slice(), b"\r\n"].concat().repeat(30_000);
    let outcome = session
        .begin(&envelope("reader0@example.net", 0), &Message::scan(&[&body[..]; 8]))
        .await
        .unwrap_err();
    assert_eq!(shown(&outcome), "broken body: the server was silent for 0 s (body)");
    session.abandon().await;
    server.messages().await;
}

#[tokio::test]
async fn a_close_after_the_dot_leaves_doubt() {
    let doubt = "in doubt: the server closed the connection (verdict)";
    check_dialogue("close-after-dot.txt", &[doubt]).await;
    check_dialogue("half-reply-after-dot.txt", &[doubt]).await;
}

#[tokio::test]
async fn a_reset_after_the_dot_leaves_doubt() {
    let server = SmtpServer::play("reset-after-dot.txt", None).await;
    let outcomes = send_all(&plain(server.port), &["reader0@example.net"]).await;
    assert!(outcomes[0].starts_with("in doubt: the connection failed (verdict)"), "{outcomes:?}");
}

#[tokio::test]
async fn silence_after_the_dot_leaves_doubt() {
    check_impatient("stall-after-dot.txt", "in doubt: the server was silent for 0 s (verdict)").await;
}

#[tokio::test]
async fn nonsense_after_the_dot_leaves_doubt() {
    check_dialogue("garbage-after-dot.txt", &["in doubt: the server's answer is not SMTP: `<html>`"]).await;
    check_dialogue("odd-code-after-dot.txt", &["in doubt: `354 go on` is no answer to a final dot"]).await;
}

#[tokio::test]
async fn silence_before_the_dot_delivered_nothing() {
    let silent = "broken mail: the server was silent for 0 s (mail)";
    check_impatient("stall-at-mail.txt", silent).await;
    check_impatient("drip-at-mail.txt", silent).await;
    check_impatient("stall-at-greeting.txt", "broken connect: the server was silent for 0 s (connect)").await;
}

#[tokio::test]
async fn what_is_not_smtp_delivered_nothing() {
    let text = "broken connect: the server's answer is not SMTP: `HTTP/1.1 400 Bad Request`";
    check_dialogue("not-smtp.txt", &[text]).await;
    check_dialogue("endless-line.txt", &["broken connect: a reply line is longer than 4096 octets"]).await;
    let text = "broken mail: the lines of one reply carry different codes, 250 and 550";
    check_dialogue("mixed-codes.txt", &[text]).await;
}

#[tokio::test]
async fn a_reply_too_many_is_never_the_verdict() {
    let server = SmtpServer::play("spoken-out-of-turn.txt", None).await;
    let outcomes = send_all(&with_timeouts(server.port, quick()), &["reader0@example.net"]).await;
    assert_eq!(outcomes, ["broken body: the server spoke out of turn: 250 2.0.0 Ok: queued as EARLY"]);
    assert!(server.messages().await.is_empty());
}

#[tokio::test]
async fn a_host_that_is_not_there_is_said_so() {
    let port = {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let outcome = plain(port).connect().await.err().unwrap();
    let expected = format!("broken connect: `127.0.0.1` can't be reached at 127.0.0.1:{port}: ");
    assert!(shown(&outcome).starts_with(&expected), "{outcome:?}");
}

#[tokio::test]
async fn a_busy_server_is_tried_later() {
    check_dialogue("goodbye-greeting.txt", &["refused connect: 421 4.3.2 too busy (Host Retry)"]).await;
}
