//! Deliveries in doubt from beginning to end: named, looked up in the relay's log, decided, left to a policy.

use crate::{
    cli::{Inbox, expect, letter, numbers, send, text},
    support::{
        Project,
        binary::{Ran, run},
        smtp_server::SmtpServer,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// Sends `letter` to three, the second of whom is in doubt afterwards. Returns the messages that arrived.
async fn one_in_doubt(project: &Project) -> Vec<String> {
    let server = SmtpServer::play("doubt-among-three.txt", None).await;
    let url = format!("smtp://127.0.0.1:{}", server.port);
    send(project, &["--relay", &url, "--connections", "1"]).await.exits(4).says("1 in doubt");
    let messages = server.messages().await;
    expect(&numbers(project).await, &[("in_doubt", 1), ("sent", 2)]);
    messages
}

/// Returns what `status --json` says of the delivery in doubt.
async fn doubt(project: &Project) -> Value {
    let ran = run(project.root(), &["status", "letter", "--json", "--full-addresses"]).await.exits(4);
    ran.objects().remove(1)
}

/// Returns the Message-ID of a message.
fn message_id(message: &str) -> String {
    let line = message.lines().find(|line| line.starts_with("Message-ID: <")).expect("a Message-ID");
    line.trim_start_matches("Message-ID: <").trim_end_matches('>').to_owned()
}

/// What a relay wrote about a message.
enum Saw {
    Everything(&'static str),
    HeaderOnly,
    Nothing,
}

/// Writes the log of the relay: from three hours before to three hours after, with the two that it took for certain.
fn maillog(project: &Project, messages: &[String], doubtful: &Value, saw: &Saw) {
    let middle: DateTime<Utc> = text(doubtful, "committed_at").parse().expect("a moment");
    let mut lines = Vec::new();
    let mut say = |at: DateTime<Utc>, words: &str| {
        lines.push(format!("{} relay {words}", at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00")));
    };
    for minutes in (-180..0).step_by(30) {
        say(middle + TimeDelta::minutes(minutes), "postfix/anvil[9]: statistics: max cache size 1");
    }
    let doubtful_id = text(doubtful, "message_id");
    for (number, id) in messages.iter().map(|message| message_id(message)).enumerate() {
        let saw = if id == doubtful_id { saw } else { &Saw::Everything("dsn=2.0.0, status=sent (250 ok)") };
        let queue_id = format!("4F{number}A2B3C");
        if matches!(saw, Saw::Everything(_) | Saw::HeaderOnly) {
            say(middle, &format!("postfix/cleanup[2]: {queue_id}: message-id=<{id}>"));
        }
        if let Saw::Everything(fate) = saw {
            let taken = "from=<b@news.example.org>, size=9, nrcpt=1 (queue active)";
            say(middle, &format!("postfix/qmgr[3]: {queue_id}: {taken}"));
            say(middle, &format!("postfix/smtp[4]: {queue_id}: to=<a@example.net>, relay=x, {fate}"));
            say(middle, &format!("postfix/qmgr[3]: {queue_id}: removed"));
        }
    }
    for minutes in (10..=180).step_by(30) {
        say(middle + TimeDelta::minutes(minutes), "postfix/anvil[9]: statistics: max cache size 1");
    }
    project.write("mail.log", lines.join("\n") + "\n");
}

async fn reconcile(project: &Project, more: &[&str]) -> Ran {
    run(project.root(), &[&["reconcile", "letter", "--maillog", "mail.log"], more].concat()).await
}

/// Returns the history of the delivery as lines of words.
async fn history(project: &Project, delivery: &str) -> String {
    run(project.root(), &["status", "letter", "--delivery", delivery]).await.exits(0).data
}

#[tokio::test]
async fn a_log_that_has_it_settles_the_doubt() {
    let project = letter(3);
    let messages = one_in_doubt(&project).await;
    let doubtful = doubt(&project).await;
    maillog(&project, &messages, &doubtful, &Saw::Everything("dsn=2.0.0, status=sent (250 ok)"));
    let dry = reconcile(&project, &["--dry-run"]).await.exits(4);
    dry.prints("taken: relay took it as").says("1 would be counted as sent").says("1 in doubt");
    let ran = reconcile(&project, &[]).await.exits(0);
    ran.says("1 counted as sent")
        .says("took 3 messages of this issue")
        .says("counts 3 as sent")
        .says("0 in doubt");
    expect(&numbers(&project).await, &[("sent", 3)]);
    let history = history(&project, &doubtful["delivery"].to_string()).await;
    assert!(history.contains("by the relay's log: relay took it as 4F1A2B3C"), "{history}");
}

#[tokio::test]
async fn a_complete_log_that_lacks_it_lets_it_go_out_once_more() {
    for saw in [Saw::Nothing, Saw::HeaderOnly] {
        let project = letter(3);
        let messages = one_in_doubt(&project).await;
        let doubtful = doubt(&project).await;
        maillog(&project, &messages, &doubtful, &saw);
        let ran = reconcile(&project, &["--json"]).await.exits(0);
        let objects = ran.objects();
        assert_eq!(
            (&objects[0]["finding"], &objects[1]["queued"]),
            (&"not_taken".into(), &1.into()),
            "{ran}"
        );
        let inbox = Inbox::open().await;
        send(&project, &["--relay", &inbox.url]).await.exits(0);
        assert_eq!(&inbox.only().raw[..], messages[1].as_bytes(), "octet by octet the same");
        expect(&numbers(&project).await, &[("sent", 3)]);
    }
}

#[tokio::test]
async fn a_log_that_may_lack_lines_settles_nothing_and_says_why() {
    let project = letter(3);
    let messages = one_in_doubt(&project).await;
    let doubtful = doubt(&project).await;
    maillog(&project, &messages, &doubtful, &Saw::Nothing);
    let whole = project.read("mail.log");
    let lines: Vec<&str> = whole.lines().collect();
    project.write("mail.log", lines[..lines.len() - 6].join("\n") + "\n");
    reconcile(&project, &[]).await.exits(4).prints("no evidence: the log of relay ends at");
    project.write("mail.log", lines[6..].join("\n") + "\n");
    reconcile(&project, &[]).await.exits(4).prints("no evidence: the log of relay begins at");
    // Cut in two and named in the wrong order, they are one log again.
    project.write("mail.log", lines[8..].join("\n") + "\n");
    project.write("mail.log.1", lines[..8].join("\n") + "\n");
    reconcile(&project, &["mail.log.1", "--dry-run"]).await.exits(4).prints("not taken: the log of relay");
    project.write("mail.log", "no log at all\n");
    reconcile(&project, &[]).await.exits(3).says("[cli/not-a-log]");
    expect(&numbers(&project).await, &[("in_doubt", 1), ("sent", 2)]);
}

#[tokio::test]
async fn what_came_back_later_is_shown_and_recorded_when_asked() {
    let project = letter(3);
    let messages = one_in_doubt(&project).await;
    let doubtful = doubt(&project).await;
    let fate = "dsn=5.1.1, status=bounced (user reader1@example.net unknown)";
    maillog(&project, &messages, &doubtful, &Saw::Everything(fate));
    let ran = reconcile(&project, &[]).await.exits(0);
    let ran = ran.prints("later bounced 5.1.1").says("1 came back later: `--bounces` records them");
    assert!(!format!("{ran}").contains("reader1@"), "{ran}");
    expect(&numbers(&project).await, &[("sent", 3)]);
    reconcile(&project, &["--bounces"]).await.exits(0).says("1 recorded as bounced");
    expect(&numbers(&project).await, &[("bounced", 1), ("sent", 2)]);
    reconcile(&project, &["--bounces"]).await.exits(0).says("0 recorded as bounced");
}

#[tokio::test]
async fn a_person_decides_by_number_or_address_and_stands_in_the_history() {
    let project = letter(3);
    one_in_doubt(&project).await;
    let doubtful = doubt(&project).await;
    let address = text(&doubtful, "address");
    assert!(text(&doubtful, "detail").contains("final dot") || !text(&doubtful, "detail").is_empty());
    run(project.root(), &["reconcile", "letter", "--accept", "--only", "nobody@example.org"]).await.exits(1);
    let who = ["--as", "Editor One <one@example.org>", "--note", "asked by phone"];
    let command = [&["reconcile", "letter", "--give-up", "--only", &address], &who[..]].concat();
    run(project.root(), &command).await.exits(0).says("1 counted as failed");
    let history = history(&project, &address).await;
    assert!(history.contains("given up by Editor One: asked by phone"), "{history}");
    for event in ["claim", "commit", "lose", "fail"] {
        assert!(history.contains(event), "{event}: {history}");
    }
}

#[tokio::test]
async fn a_person_at_a_terminal_is_asked_before_many_get_it_again() {
    let project = letter(3);
    one_in_doubt(&project).await;
    let resend = format!("{} reconcile letter --resend --all", env!("CARGO_BIN_EXE_masthead"));
    for (answer, words, code) in [("n", "Nothing was settled.", 4), ("y", "1 queued once more", 0)] {
        let mut command = std::process::Command::new("sh");
        let script = "echo $ANSWER | script -qec \"$RESEND\" /dev/null";
        command.args(["-c", script]).env("ANSWER", answer).env("RESEND", &resend);
        let ran =
            crate::support::binary::start_command(project.root(), command, answer.to_owned()).ended().await;
        ran.exits(code).prints("Send it once more to 1 person who may have it already? [y/N]").prints(words);
    }
}

/// Lets what is in doubt be so for an hour longer.
fn an_hour_passes(project: &Project) {
    let ledger = rusqlite::Connection::open(project.root().join("masthead.db")).unwrap();
    let hour_in_microseconds = 3_600_000_000_i64;
    ledger.execute("UPDATE delivery SET updated_at = updated_at - ?1", [hour_in_microseconds]).unwrap();
}

#[tokio::test]
async fn the_policy_resend_waits_half_an_hour_and_repeats_once_and_no_more() {
    let project = letter(3);
    project.write("masthead.yaml", "sending: { in_doubt: resend, in_doubt_after: 1s }\n");
    let messages = one_in_doubt(&project).await;
    let inbox = Inbox::open().await;
    let ran = send(&project, &["--relay", &inbox.url]).await.exits(4);
    ran.says("Or leave it to `in_doubt: resend`: from ");
    assert_eq!(inbox.store.arrived(), 0, "a second is not half an hour");
    an_hour_passes(&project);
    let server = SmtpServer::play("hangs-up-after-dot.txt", None).await;
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let ran = send(&project, &["--relay", &url]).await.exits(4);
    ran.says("1 in doubt queued once more, as `in_doubt: resend` says.");
    assert_eq!(server.messages().await, [messages[1].clone()], "octet by octet the same");
    // A second doubt is held, whatever the policy says.
    an_hour_passes(&project);
    send(&project, &["--relay", &inbox.url]).await.exits(4);
    run(project.root(), &["reconcile", "letter"])
        .await
        .exits(4)
        .says("0 settled by `in_doubt: resend`; 1 in doubt");
    assert_eq!(inbox.store.arrived(), 0);
    assert_eq!(doubt(&project).await["resent"], true);
    // A person may still insist, by name.
    let number = doubt(&project).await["delivery"].to_string();
    run(project.root(), &["reconcile", "letter", "--resend", "--only", &number]).await.exits(0);
    send(&project, &["--relay", &inbox.url]).await.exits(0);
    assert_eq!(&inbox.only().raw[..], messages[1].as_bytes());
}

#[tokio::test]
async fn the_policy_assume_sent_counts_and_hold_does_nothing() {
    for (policy, code, sent) in [("assume_sent", 0, 3), ("hold", 4, 2)] {
        let project = letter(3);
        project.write("masthead.yaml", format!("sending: {{ in_doubt: {policy}, in_doubt_after: 30min }}\n"));
        one_in_doubt(&project).await;
        run(project.root(), &["reconcile", "letter"]).await.exits(4);
        an_hour_passes(&project);
        let ran = run(project.root(), &["reconcile", "letter", "--json"]).await.exits(code);
        assert_eq!(ran.objects()[0]["policy"], policy, "{ran}");
        assert_eq!(numbers(&project).await["sent"], sent);
    }
}

#[tokio::test]
async fn a_policy_that_is_none_is_refused() {
    let project = letter(1);
    project.write("masthead.yaml", "sending: { in_doubt: forget, in_doubt_after: soon }\n");
    let ran = run(project.root(), &["status"]).await.exits(1);
    ran.says("`forget` is not a choice for `in_doubt`").says("`soon` is not a span of time").says("24h");
}

#[tokio::test]
async fn long_lists_are_shown_page_by_page() {
    let project = letter(3);
    let inbox = Inbox::open().await;
    send(&project, &["--relay", &inbox.url]).await.exits(0);
    let page = |skip: &'static str| {
        let root = project.root().to_owned();
        async move {
            run(&root, &["status", "letter", "--show", "sent", "--limit", "2", "--skip", skip]).await.exits(0)
        }
    };
    let (first, second) = (page("0").await, page("2").await);
    let first = first.says("… and 1 more: --skip 2 shows the next");
    let rows = |ran: &Ran| ran.data.lines().filter(|line| line.contains("r•••@e•••.net")).count();
    assert_eq!((rows(&first), rows(&second)), (2, 1));
}
