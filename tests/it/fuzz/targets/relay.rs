//! A server that says anything at any time.

use masthead::{
    delivery::ports::Envelope,
    domain::{address::EmailAddress, message::Message, outcome::Outcome},
    smtp::{
        body::Body,
        dialogue::{Dialogue, Event, LineEnd, Profile, Upgrade},
        queue_id::queue_id,
        reply::{FullReply, ReplyFault, ReplyReader},
    },
};
use std::sync::Arc;

/// Events that one stretch of octets may cause.
const EVENTS_MAX: usize = 10_000;

/// The reader of replies gives the same however its octets are cut, and the dialogue keeps its promises.
pub(super) fn replies(octets: &[u8]) {
    let (steer, octets) = super::steered(octets);
    let whole = read(octets, octets.len().max(1));
    assert_eq!(whole, read(octets, 1 + steer % 7), "cut otherwise, read otherwise");
    for reply in &whole.0 {
        let _any_id = queue_id(&reply.reply.text);
    }
    converse(octets, steer);
}

fn read(octets: &[u8], chunk: usize) -> (Vec<FullReply>, Option<ReplyFault>) {
    let (mut reader, mut replies) = (ReplyReader::default(), Vec::new());
    for mut part in octets.chunks(chunk) {
        while !part.is_empty() {
            match reader.read(part) {
                Ok((used, reply)) => {
                    replies.extend(reply);
                    part = &part[used..];
                }
                Err(fault) => return (replies, Some(fault)),
            }
        }
    }
    (replies, None)
}

/// Sends messages as long as the server lets us.
fn converse(octets: &[u8], steer: usize) {
    let upgrade = [Upgrade::Never, Upgrade::Required, Upgrade::WhenOffered][steer % 3];
    let profile = Profile {
        host: "mx.example.org".to_owned(),
        port: 587,
        hello_name: "news.example.org".to_owned(),
        upgrade,
        login_in_clear: false,
        login: None,
    };
    let address = |text| EmailAddress::parse(text).expect("an address");
    let envelope = Envelope {
        from: address("news@example.org"),
        to: address("reader@example.net"),
        envelope_id: "d+1".to_owned(),
    };
    let message = Message::scan(&[b"Subject: x\r\n\r\nWords.\r\n"]);
    let body = Body::prepare(&message).expect("a lawful body");
    let mut dialogue = Dialogue::new(profile, Arc::default(), upgrade == Upgrade::Never);
    // Whether a final dot of ours is out that has no answer yet.
    let mut has_ended = false;
    for part in octets.chunks(1 + steer % 61) {
        dialogue.receive(part);
        for _ in 0..EVENTS_MAX {
            check_output(&dialogue.take_output());
            let Some(event) = dialogue.next_event() else { break };
            match event {
                Event::UpgradeToTls => dialogue.tls_established(),
                Event::SendBody => {
                    let following = steer.is_multiple_of(2).then_some((&envelope, &body));
                    has_ended |= dialogue.finish(following).is_ok();
                }
                Event::Ready => drop(dialogue.begin(&envelope, &body)),
                Event::Ended(outcome) => {
                    let needs_dot = matches!(outcome, Outcome::Accepted { .. } | Outcome::InDoubt { .. });
                    assert!(has_ended || !needs_dot, "without a final dot: {outcome:?}");
                    has_ended = false;
                    if dialogue.is_idle() {
                        drop(dialogue.begin(&envelope, &body));
                    }
                }
            }
        }
    }
    let outcome = dialogue.line_broke(&LineEnd::Closed);
    assert!(has_ended || !matches!(outcome, Outcome::InDoubt { .. }), "without a final dot: {outcome:?}");
}

/// Every command is one clean line.
fn check_output(output: &[u8]) {
    let text = std::str::from_utf8(output).expect("commands are text");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']), "{text:?}");
    assert!(text.is_empty() || text.ends_with("\r\n"), "{text:?}");
}
