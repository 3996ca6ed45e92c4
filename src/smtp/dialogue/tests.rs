//! Proves the dialogue without a socket: what is said, in which order, and what each answer comes to.

use crate::{
    delivery::ports::Envelope,
    domain::{address::EmailAddress, message::Message, outcome::Outcome},
    smtp::{
        body::Body,
        dialogue::{Dialogue, Event, HostMemory, LineEnd, Login, LoginSecret, Profile, Upgrade},
    },
};
use proptest::prelude::*;
use std::sync::Arc;

const ALL: &str = "250-mx\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-DSN\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n";

fn profile() -> Profile {
    Profile {
        host: "mx.example.org".to_owned(),
        port: 25,
        hello_name: "news.example.org".to_owned(),
        upgrade: Upgrade::Never,
        login_in_clear: false,
        login: None,
    }
}

fn login(user: &str, password: &str) -> Login {
    let secret = LoginSecret::Password(password.to_owned());
    Login { user: user.to_owned(), secret, nonce: "nonce".to_owned() }
}

fn envelope(to: &str) -> Envelope {
    Envelope {
        from: EmailAddress::parse("news@example.org").unwrap(),
        to: EmailAddress::parse(to).unwrap(),
        envelope_id: "d+1".to_owned(),
    }
}

/// Shows an event the way a test can compare it.
fn shown(event: &Event) -> String {
    match event {
        Event::Ended(Outcome::Accepted { remote_id, .. }) => format!("accepted {remote_id:?}"),
        Event::Ended(Outcome::Refused { phase, reply, verdict }) => {
            format!("refused {} {reply} / {:?} {:?}", phase.as_str(), verdict.scope, verdict.action)
        }
        Event::Ended(Outcome::Broken { phase, cause }) => format!("broken {}: {cause}", phase.as_str()),
        Event::Ended(Outcome::Stumbled { cause }) => format!("stumbled: {cause}"),
        Event::Ended(Outcome::InDoubt { cause }) => format!("in doubt: {cause}"),
        other => format!("{other:?}"),
    }
}

/// Plays a dialogue: each entry is what the server says next; returns everything both sides did.
fn play(dialogue: &mut Dialogue, script: &[&str], chunk: usize) -> Vec<String> {
    let mut log = Vec::new();
    for says in script {
        for octets in says.as_bytes().chunks(chunk) {
            dialogue.receive(octets);
        }
        react(dialogue, &mut log);
    }
    log
}

fn react(dialogue: &mut Dialogue, log: &mut Vec<String>) {
    loop {
        let output = String::from_utf8(dialogue.take_output()).unwrap();
        log.extend(output.lines().map(|line| format!("C: {line}")));
        let Some(event) = dialogue.next_event() else { return };
        log.push(shown(&event));
        match event {
            Event::UpgradeToTls => dialogue.tls_established(),
            Event::SendBody => dialogue.finish(None).unwrap(),
            Event::Ready | Event::Ended(_) => {}
        }
    }
}

/// Opens a dialogue with a server that has all capabilities, or others.
fn opened(capabilities: &str) -> Dialogue {
    let mut dialogue = Dialogue::new(profile(), Arc::default(), true);
    play(&mut dialogue, &["220 mx\r\n", capabilities], 1000);
    assert!(dialogue.is_idle());
    dialogue
}

#[track_caller]
fn begin(dialogue: &mut Dialogue, to: &str) {
    let message = Message::scan(&[b"Subject: x\r\n\r\nhi\r\n"]);
    let body = Body::prepare(&message).unwrap();
    dialogue.begin(&envelope(to), &body).unwrap();
}

#[test]
fn a_group_carries_all_that_the_server_offers() {
    let mut dialogue = opened(ALL);
    begin(&mut dialogue, "a+b@example.net");
    let log =
        play(&mut dialogue, &["", "250 ok\r\n250 ok\r\n354 go\r\n", "250 2.0.0 Ok: queued as 4F2\r\n"], 7);
    assert_eq!(
        log,
        [
            "C: MAIL FROM:<news@example.org> SIZE=18 RET=HDRS ENVID=d+2B1",
            "C: RCPT TO:<a+b@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb@example.net",
            "C: DATA",
            "SendBody",
            "C: .",
            "accepted Some(\"4F2\")",
        ]
    );
    assert!(dialogue.is_idle());
}

#[test]
fn without_pipelining_each_command_waits_for_its_answer() {
    let mut dialogue = opened("250 mx\r\n");
    begin(&mut dialogue, "a@example.net");
    let log = play(&mut dialogue, &["", "250 ok\r\n", "251 forwards\r\n", "354 go\r\n", "250 ok\r\n"], 3);
    assert_eq!(
        log,
        [
            "C: MAIL FROM:<news@example.org>",
            "C: RCPT TO:<a@example.net>",
            "C: DATA",
            "SendBody",
            "C: .",
            "accepted None"
        ]
    );
}

#[test]
fn a_lone_dot_follows_when_data_is_granted_for_nobody() {
    let mut dialogue = opened(ALL);
    begin(&mut dialogue, "a@example.net");
    let log = play(&mut dialogue, &["", "250 ok\r\n550 5.1.1 no\r\n354 go\r\n", "250 queued as FAKE\r\n"], 4);
    assert_eq!(log[3..], ["C: .", "refused rcpt 550 5.1.1 no / Recipient Bounce"]);
    begin(&mut dialogue, "b@example.net");
    let log = play(&mut dialogue, &["", "250 reset\r\n250 ok\r\n250 ok\r\n354 go\r\n", "250 ok\r\n"], 4);
    assert_eq!((log[0].as_str(), log.last().unwrap().as_str()), ("C: RSET", "accepted None"));
}

#[test]
fn no_dot_at_all_follows_when_the_sender_was_refused() {
    let mut dialogue = opened(ALL);
    begin(&mut dialogue, "a@example.net");
    let log = play(&mut dialogue, &["", "550 5.7.1 no\r\n250 ok\r\n354 go\r\n"], 4);
    assert_eq!(log[3..], ["refused mail 550 5.7.1 no / Sender Abort"]);
    assert!(!dialogue.is_idle());
}

#[test]
fn refused_parameters_are_left_out_once_and_for_all() {
    let memory = Arc::new(HostMemory::default());
    let mut dialogue = Dialogue::new(profile(), Arc::clone(&memory), true);
    play(&mut dialogue, &["220 mx\r\n", ALL], 1000);
    begin(&mut dialogue, "a@example.net");
    let replies = "250 reset\r\n250 ok\r\n250 ok\r\n354 go\r\n";
    let log = play(&mut dialogue, &["", "555 5.5.4 ?\r\n503 x\r\n503 x\r\n", replies, "250 ok\r\n"], 9);
    let expected = ["C: RSET", "C: MAIL FROM:<news@example.org>", "C: RCPT TO:<a@example.net>", "C: DATA"];
    assert_eq!(log[3..7], expected);
    assert!(memory.wants_bare_commands());
}

#[test]
fn a_server_that_stumbles_over_groups_is_served_in_lock_step() {
    let memory = Arc::new(HostMemory::default());
    let mut dialogue = Dialogue::new(profile(), Arc::clone(&memory), true);
    play(&mut dialogue, &["220 mx\r\n", ALL], 1000);
    begin(&mut dialogue, "a@example.net");
    let log = play(&mut dialogue, &["", "554 5.5.0 improper command pipelining\r\n503 x\r\n503 x\r\n"], 9);
    assert!(log[3].starts_with("stumbled: the server stumbled over pipelining"), "{log:?}");
    assert!(memory.is_lock_step());
}

#[test]
fn what_cannot_travel_is_refused_before_a_word_is_said() {
    let message = Message::scan(&[b"hi\r\n"]);
    let body = Body::prepare(&message).unwrap();
    let mut dialogue = opened("250-mx\r\n250 SIZE 20\r\n");
    let outcome = dialogue.begin(&envelope("почта@example.net"), &body).unwrap_err();
    let text = shown(&Event::Ended(outcome));
    assert!(text.starts_with("refused mail 5.6.7 address not supported by this path"), "{text}");
    assert!(text.ends_with("/ Recipient Fail"), "{text}");
    let long = [b'x'; 30];
    let message = Message::scan(&[&long]);
    let body = Body::prepare(&message).unwrap();
    let outcome = dialogue.begin(&envelope("a@example.net"), &body).unwrap_err();
    let text = shown(&Event::Ended(outcome));
    assert!(
        text.ends_with("has 32 octets, `mx.example.org` takes no more than 20 / Message Abort"),
        "{text}"
    );
    assert!(dialogue.take_output().is_empty() && dialogue.is_idle());
}

#[test]
fn international_addresses_say_so() {
    let mut dialogue = opened(ALL);
    begin(&mut dialogue, "почта@example.net");
    let log = play(&mut dialogue, &[""], 1);
    assert!(log[0].contains(" SMTPUTF8 ") && log[1].ends_with("ORCPT=utf-8;почта@example.net"), "{log:?}");
}

#[test]
fn starttls_forgets_everything_said_before() {
    let login = Some(login("u", "p"));
    let profile = Profile { upgrade: Upgrade::Required, login, ..profile() };
    let mut dialogue = Dialogue::new(profile, Arc::default(), false);
    let clear = "250-mx\r\n250-STARTTLS\r\n250-AUTH LOGIN\r\n250 DSN\r\n";
    let injected = "220 go\r\n250-evil\r\n250-AUTH PLAIN\r\n250 x\r\n";
    let log = play(
        &mut dialogue,
        &["220 mx\r\n", clear, injected, "250-mx\r\n250 AUTH PLAIN\r\n", "235 ok\r\n"],
        5,
    );
    assert_eq!(
        log,
        [
            "C: EHLO news.example.org",
            "C: STARTTLS",
            "UpgradeToTls",
            "C: EHLO news.example.org",
            "C: AUTH PLAIN AHUAcA==",
            "Ready"
        ]
    );
    assert!(!dialogue.capabilities().dsn);
}

#[test]
fn starttls_is_not_given_up_and_a_login_never_travels_in_the_clear() {
    let required = Profile { upgrade: Upgrade::Required, ..profile() };
    let mut dialogue = Dialogue::new(required, Arc::default(), false);
    let log = play(&mut dialogue, &["220 mx\r\n", "250 mx\r\n"], 9);
    assert!(log[1].starts_with("refused tls `mx.example.org` does not offer STARTTLS"), "{log:?}");
    let login = Some(login("u", "p"));
    let mut dialogue = Dialogue::new(Profile { login, ..profile() }, Arc::default(), false);
    let log = play(&mut dialogue, &["220 mx\r\n", "250-mx\r\n250 AUTH PLAIN\r\n"], 9);
    assert!(log[1].starts_with("refused auth a login without TLS"), "{log:?}");
}

#[test]
fn long_credentials_travel_on_their_own_line() {
    let login = Some(login("u", &"p".repeat(600)));
    let mut dialogue = Dialogue::new(Profile { login, ..profile() }, Arc::default(), true);
    let log = play(&mut dialogue, &["220 x\r\n", "250-x\r\n250 AUTH PLAIN\r\n", "334 \r\n", "235 ok\r\n"], 9);
    assert_eq!((log[1].as_str(), log[3].as_str()), ("C: AUTH PLAIN", "Ready"));
}

#[test]
fn old_servers_are_greeted_with_helo() {
    let mut dialogue = Dialogue::new(profile(), Arc::default(), true);
    let log = play(&mut dialogue, &["220 x\r\n", "502 what\r\n", "250 hello\r\n"], 9);
    assert_eq!(log, ["C: EHLO news.example.org", "C: HELO news.example.org", "Ready"]);
}

#[test]
fn the_end_of_a_line_means_what_its_phase_says() {
    let end = |script: &[&str], end: &LineEnd| {
        let mut dialogue = opened(ALL);
        begin(&mut dialogue, "a@example.net");
        play(&mut dialogue, script, 9);
        shown(&Event::Ended(dialogue.line_broke(end)))
    };
    assert_eq!(end(&[""], &LineEnd::Closed), "broken mail: the server closed the connection (mail)");
    assert_eq!(
        end(&["", "250 ok\r\n550 5.1.1 no\r\n"], &LineEnd::Closed),
        "refused rcpt 550 5.1.1 no / Recipient Bounce"
    );
    assert_eq!(
        end(&["", "250 a\r\n250 b\r\n354 c\r\n"], &LineEnd::Silent(600)),
        "in doubt: the server was silent for 600 s (verdict)"
    );
    assert!(end(&["", "250 a\r\n250 b\r\n354 c\r\n250-x\r\n"], &LineEnd::Closed).starts_with("in doubt"));
}

#[test]
fn a_server_that_leaves_between_messages_is_no_trouble() {
    let mut dialogue = opened(ALL);
    assert_eq!(shown(&Event::Ended(dialogue.line_broke(&LineEnd::Closed))), "broken mail: closed while idle");
    let mut dialogue = opened(ALL);
    let log = play(&mut dialogue, &["421 4.4.2 timeout\r\n"], 2);
    assert_eq!(log, ["broken mail: closed while idle: 421 4.4.2 timeout"]);
    let mut dialogue = opened(ALL);
    begin(&mut dialogue, "a@example.net");
    play(&mut dialogue, &["", "250 a\r\n250 b\r\n354 c\r\n", "250 ok\r\n"], 99);
    begin(&mut dialogue, "b@example.net");
    assert_eq!(shown(&Event::Ended(dialogue.line_broke(&LineEnd::Closed))), "broken mail: closed while idle");
}

#[test]
fn replies_out_of_turn_are_never_taken_for_a_verdict() {
    let mut dialogue = opened(ALL);
    begin(&mut dialogue, "a@example.net");
    dialogue.receive(b"250 a\r\n250 b\r\n354 c\r\n250 queued as EARLY\r\n");
    assert_eq!(dialogue.next_event(), Some(Event::SendBody));
    let event = dialogue.next_event().map(|event| shown(&event)).unwrap();
    assert!(event.starts_with("broken body: the server spoke out of turn"), "{event}");
    assert!(dialogue.finish(None).is_err() && !dialogue.is_idle());
}

#[test]
fn no_credentials_in_debug() {
    let login = login("user", "secret");
    let profile = Profile { login: Some(login), ..profile() };
    let shown = format!("{profile:?} {:?}", Dialogue::new(profile.clone(), Arc::default(), true));
    assert!(!shown.contains("secret") && !shown.contains("user"), "{shown}");
}

/// One thing a server may say, lawful or not.
fn utterance() -> impl Strategy<Value = String> {
    let code =
        proptest::sample::select(vec!["220", "235", "250", "334", "354", "421", "451", "550", "552", "555"]);
    (code, "( |-)[ -~]{0,12}", proptest::bool::ANY).prop_map(|(code, rest, lf)| {
        let end = if lf { "\n" } else { "\r\n" };
        let last = if rest.starts_with('-') { format!("{code} x{end}") } else { String::new() };
        format!("{code}{rest}{end}{last}")
    })
}

proptest! {
    #[test]
    fn however_a_server_is_chunked_it_says_the_same(
        replies in proptest::collection::vec(utterance(), 0..8),
        chunk in 1_usize..40,
    ) {
        let script: Vec<&str> = replies.iter().map(String::as_str).collect();
        let run = |chunk| {
            let mut dialogue = opened(ALL);
            begin(&mut dialogue, "a@example.net");
            let log = play(&mut dialogue, &script, chunk);
            (log, shown(&Event::Ended(dialogue.line_broke(&LineEnd::Closed))))
        };
        prop_assert_eq!(run(chunk), run(10_000));
    }

    #[test]
    fn a_dot_never_leaves_before_it_was_told(replies in proptest::collection::vec(utterance(), 0..8)) {
        let mut dialogue = opened(ALL);
        begin(&mut dialogue, "a@example.net");
        dialogue.take_output();
        for says in &replies {
            dialogue.receive(says.as_bytes());
            let output = dialogue.take_output();
            if output == b".\r\n" {
                // Only the lone dot of a refused envelope, and then nothing is ever accepted.
                prop_assert!(dialogue.finish(None).is_err());
            }
            while let Some(event) = dialogue.next_event() {
                let is_accepted = matches!(event, Event::Ended(Outcome::Accepted { .. }));
                prop_assert!(!is_accepted);
            }
        }
    }
}
