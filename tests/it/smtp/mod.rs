//! Proves the SMTP client over real TCP, against scripted servers and against Postfix's `smtp-sink`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on stops, and says where")]

mod breaks;
mod chain;
mod chunks;
mod chunks_cut;
mod every_cut;
mod happy;
mod held_dot;
mod opening;
mod refusals;
mod sink;
mod tls;

use crate::support::smtp_server::SmtpServer;
use masthead::{
    delivery::ports::{Envelope, Session, Transport},
    domain::{
        address::EmailAddress,
        message::Message,
        outcome::Outcome,
        settings::{Protection, RelaySettings},
    },
    smtp::{
        timeouts::Timeouts,
        transport::{SmtpTransport, TransportOptions},
    },
};
use std::time::Duration;

/// The message of all dialogues, in two pieces.
fn message() -> Message<'static> {
    Message::scan(&[b"Subject: news\r\n", b"\r\nhello\r\n"])
}

/// Timeouts that a test can wait for, where it means to.
fn quick() -> Timeouts {
    let brief = Duration::from_millis(300);
    Timeouts { greeting: brief, mail: brief, rcpt: brief, data: brief, verdict: brief, ..Timeouts::default() }
}

fn relay(port: u16, protection: Protection) -> RelaySettings {
    let hello_name = Some("news.example.org".to_owned());
    RelaySettings { connections: 1, hello_name, ..RelaySettings::new("127.0.0.1", port, protection) }
}

fn plain(port: u16) -> SmtpTransport {
    SmtpTransport::new(relay(port, Protection::Plain), None).unwrap()
}

fn with_timeouts(port: u16, timeouts: Timeouts) -> SmtpTransport {
    let options = TransportOptions { timeouts, ..TransportOptions::default() };
    SmtpTransport::with_options(relay(port, Protection::Plain), None, options).unwrap()
}

fn envelope(to: &str, number: usize) -> Envelope {
    Envelope {
        from: EmailAddress::parse("news@example.org").unwrap(),
        to: EmailAddress::parse(to).unwrap(),
        envelope_id: format!("d+{number}"),
    }
}

/// Shows an outcome in one line.
fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { remote_id, .. } => format!("accepted {}", remote_id.as_deref().unwrap_or("-")),
        Outcome::Refused { phase, reply, verdict } => {
            format!("refused {}: {reply} ({:?} {:?})", phase.as_str(), verdict.scope, verdict.action)
        }
        Outcome::Broken { phase, cause } => format!("broken {}: {cause}", phase.as_str()),
        Outcome::Stumbled { cause } => format!("stumbled: {cause}"),
        Outcome::InDoubt { cause } => format!("in doubt: {cause}"),
    }
}

/// Sends a message to each address, on one session as long as it is usable, and takes leave.
async fn send_all(transport: &SmtpTransport, recipients: &[&str]) -> Vec<String> {
    let mut outcomes = Vec::new();
    let mut open = None;
    for (number, to) in recipients.iter().enumerate() {
        let mut session = match open.take() {
            Some(session) => session,
            None => match transport.connect().await {
                Ok(session) => session,
                Err(outcome) => {
                    outcomes.push(shown(&outcome));
                    continue;
                }
            },
        };
        let outcome = match session.begin(&envelope(to, number), &message()).await {
            Ok(()) => session.finish(None).await,
            Err(outcome) => outcome,
        };
        outcomes.push(shown(&outcome));
        if session.is_usable() {
            open = Some(session);
        } else {
            session.abandon().await;
        }
    }
    if let Some(session) = open {
        session.quit().await;
    }
    outcomes
}

/// Plays a dialogue with one message for each expected outcome, and returns what the server kept.
async fn check_dialogue(name: &str, expected: &[&str]) -> Vec<String> {
    let server = SmtpServer::play(name, None).await;
    let recipients: Vec<String> = (0..expected.len()).map(|n| format!("reader{n}@example.net")).collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let outcomes = send_all(&plain(server.port), &recipients).await;
    assert_eq!(outcomes, expected);
    server.messages().await
}

/// As [`check_dialogue`] for one message, with timeouts that run out.
async fn check_impatient(name: &str, expected: &str) {
    let server = SmtpServer::play(name, None).await;
    let outcomes = send_all(&with_timeouts(server.port, quick()), &["reader0@example.net"]).await;
    assert_eq!(outcomes, [expected]);
    server.messages().await;
}
