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
    delivery::ports::{Envelope, Following, Session, Transport},
    domain::{
        address::EmailAddress,
        message::Message,
        outcome::Outcome,
        settings::{Protection, RelaySettings},
    },
    smtp::{
        session::SmtpSession,
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

/// When the commit of a message is asked for, which it must not matter to a server's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Before its last octets leave.
    InTwo,
    /// Before any of it does.
    AtOnce,
}

impl Way {
    const BOTH: [Self; 2] = [Self::InTwo, Self::AtOnce];

    async fn send(
        self,
        session: &mut SmtpSession,
        envelope: &Envelope,
        message: &Message<'_>,
        following: Option<Following<'_>>,
    ) -> Outcome {
        if self == Self::AtOnce {
            return session.deliver(envelope, message, following).await;
        }
        match session.begin(envelope, message).await {
            Ok(()) => session.finish(following).await,
            Err(outcome) => outcome,
        }
    }
}

/// Sends a message to each address, on one session as long as it is usable, and takes leave.
async fn send_all(transport: &SmtpTransport, recipients: &[&str]) -> Vec<String> {
    send_all_by(Way::InTwo, transport, recipients).await
}

async fn send_all_by(way: Way, transport: &SmtpTransport, recipients: &[&str]) -> Vec<String> {
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
        let outcome = way.send(&mut session, &envelope(to, number), &message(), None).await;
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
    let recipients: Vec<String> = (0..expected.len()).map(|n| format!("reader{n}@example.net")).collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let mut kept = Vec::new();
    for way in Way::BOTH {
        let server = SmtpServer::play(name, None).await;
        let outcomes = send_all_by(way, &plain(server.port), &recipients).await;
        assert_eq!(outcomes, expected, "{way:?}");
        kept.push(server.messages().await);
    }
    assert_eq!(kept[0], kept[1]);
    kept.remove(0)
}

/// As [`check_dialogue`] for one message, with timeouts that run out.
async fn check_impatient(name: &str, expected: &str) {
    for way in Way::BOTH {
        let server = SmtpServer::play(name, None).await;
        let transport = with_timeouts(server.port, quick());
        let outcomes = send_all_by(way, &transport, &["reader0@example.net"]).await;
        assert_eq!(outcomes, [expected], "{way:?}");
        server.messages().await;
    }
}
