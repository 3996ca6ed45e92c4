//! Replies that are about more than one message: greylisting, a provider that wants a rest, breakers, quotas. Each over
//! real TCP and through the binary; time passes in the ledger, between two runs.

use crate::{
    cli::{expect, letter, numbers, send},
    support::{
        Project,
        binary::{Ran, run},
        counting::{Act, At, CountingServer, Manner, Moment},
    },
};
use std::{
    fmt::Write,
    sync::atomic::{AtomicBool, Ordering},
};

/// A server that does this, moment by moment.
async fn server(acts: fn(Moment<'_>) -> Act) -> (CountingServer, String) {
    let server = CountingServer::open(Manner { acts, ..Manner::default() }).await;
    let url = format!("smtp://127.0.0.1:{}", server.port);
    (server, url)
}

/// Sends what can be sent now.
async fn send_now(project: &Project, url: &str, more: &[&str]) -> Ran {
    send(project, &[&["--relay", url, "--no-wait"], more].concat()).await
}

/// Lets an hour pass for deliveries that wait and for whoever rests.
fn an_hour_passes(project: &Project) {
    let ledger = rusqlite::Connection::open(project.root().join("masthead.db")).unwrap();
    let hour_in_microseconds = 3_600_000_000_i64;
    for change in
        ["UPDATE delivery SET next_attempt_at = next_attempt_at - ?1", "UPDATE pause SET until = until - ?1"]
    {
        ledger.execute(change, [hour_in_microseconds]).unwrap();
    }
}

/// Demands that everybody got exactly one message.
#[track_caller]
fn one_each(server: &CountingServer, readers: usize) {
    let messages = server.messages();
    assert_eq!(messages.len(), readers);
    assert!(messages.values().all(|ids| ids.len() == 1), "{messages:?}");
}

#[tokio::test]
async fn a_greylisting_server_gets_everybody_at_the_second_try() {
    let project = letter(5);
    let (server, url) = server(|moment| match moment.at {
        At::Rcpt if moment.time == 0 => Act::Say("450 4.7.1 Greylisted, please try again in five minutes"),
        _ => Act::Usual,
    })
    .await;
    let ran = send_now(&project, &url, &["--connections", "2"]).await.exits(0);
    ran.says("5 are left").says("450 4.7.1 Greylisted");
    assert_eq!(server.count(), 0);
    expect(&numbers(&project).await, &[("deferred", 5)]);
    // Whoever comes back too early is greylisted again: nothing is due, so the server is left alone.
    let connections = server.connections();
    send_now(&project, &url, &[]).await.exits(0).says("5 are left");
    assert_eq!(server.connections(), connections);
    an_hour_passes(&project);
    send_now(&project, &url, &[]).await.exits(0).says("5 sent");
    expect(&numbers(&project).await, &[("sent", 5)]);
    one_each(&server, 5);
}

#[tokio::test]
async fn a_provider_rests_while_another_is_sent_to() {
    static HAS_ASKED: AtomicBool = AtomicBool::new(false);
    let project = letter(0);
    let mut list = String::from("email,name\n");
    for number in 0..20 {
        let domain = ["example.net", "example.org"][number % 2];
        writeln!(list, "reader{number}@{domain},Reader {number}").unwrap();
    }
    project.write("list.csv", list);
    let (server, url) = server(|moment| match moment.at {
        At::Rcpt if moment.to.ends_with("@example.org") && !HAS_ASKED.swap(true, Ordering::SeqCst) => {
            Act::Say("550 5.7.1 mail from your address has been rate limited")
        }
        _ => Act::Usual,
    })
    .await;
    let ran = send_now(&project, &url, &["--connections", "1"]).await.exits(0);
    let ran = ran.says("example.org").says("has been rate limited").says("are left");
    let messages = server.messages();
    let sent_to = |domain: &str| messages.keys().filter(|address| address.ends_with(domain)).count();
    assert_eq!((sent_to("@example.net"), sent_to("@example.org")), (10, 0), "{ran}");
    // A later run keeps the rest too.
    send_now(&project, &url, &[]).await.exits(0).says("are left");
    assert_eq!(server.count(), 10);
    an_hour_passes(&project);
    an_hour_passes(&project);
    send_now(&project, &url, &[]).await.exits(0);
    expect(&numbers(&project).await, &[("sent", 20)]);
    one_each(&server, 20);
}

#[tokio::test]
async fn too_much_called_spam_holds_the_issue_until_a_person_says_so() {
    let project = letter(160);
    let (server, url) = server(|moment| match moment.at {
        At::Dot if moment.to.ends_with("7@example.net") => {
            Act::Say("550 5.7.1 <someone@example.net>: this looks like spam to us")
        }
        _ => Act::Usual,
    })
    .await;
    let ran = send_now(&project, &url, &["--connections", "1"]).await.exits(1);
    let ran = ran
        .says("[send/held-back]")
        .says("were refused as spam")
        .says("looks like spam")
        .says("--continue-anyway");
    let ran = ran.says("Nothing is lost");
    assert!(!ran.talk.contains("someone@example.net"), "addresses in a server's words are masked: {ran}");
    let held = numbers(&project).await;
    let tried = held["sent"] + held["failed"];
    assert!((100..160).contains(&tried), "{held:?}");
    assert_eq!(held["queued"] + tried, 160, "{held:?}");

    let connections = server.connections();
    let ran = send_now(&project, &url, &["--json"]).await.exits(1);
    let end = ran.objects().pop().unwrap();
    assert_eq!((&end["ended"], &end["problem"]["code"]), (&"held_back".into(), &"send/held-back".into()));
    assert_eq!(server.connections(), connections, "it holds for later runs, and nobody is called");

    send_now(&project, &url, &["--continue-anyway"]).await.exits(1).says("failed");
    expect(&numbers(&project).await, &[("failed", 16), ("sent", 144)]);
    one_each(&server, 144);
}

#[tokio::test]
async fn a_refusal_of_our_proofs_stops_the_run_at_once() {
    let project = letter(5);
    let (server, url) = server(|moment| match moment.at {
        At::Dot if moment.time == 0 => {
            Act::Say("550 5.7.26 this mail is unauthenticated: SPF and DKIM failed")
        }
        _ => Act::Usual,
    })
    .await;
    let ran = send_now(&project, &url, &["--connections", "1"]).await.exits(1);
    ran.says("[send/relay-refused-us]").says("5.7.26").says("DKIM");
    assert_eq!(server.count(), 0);
    let kept = numbers(&project).await;
    assert_eq!(kept.get("queued").unwrap_or(&0) + kept.get("deferred").unwrap_or(&0), 5, "{kept:?}");
    // Nobody was given up: when the proofs are in order, the same command goes on.
    send_now(&project, &url, &["--connections", "1"]).await;
    an_hour_passes(&project);
    let quiet = CountingServer::open(Manner::default()).await;
    let url = format!("smtp://127.0.0.1:{}", quiet.port);
    send_now(&project, &url, &[]).await.exits(0);
    expect(&numbers(&project).await, &[("sent", 5)]);
}

#[tokio::test]
async fn a_quota_ends_the_run_and_says_when_it_goes_on() {
    let project = letter(8);
    let (server, url) = server(|_| Act::Usual).await;
    project.write("masthead.yaml", format!("relay: {{ url: \"{url}\", connections: 3, quota: 5/h }}\n"));
    let ran = send(&project, &["--no-wait"]).await.exits(1);
    ran.says("[send/quota-used-up]").says("5/h, is used up until 20").says("UTC").says("Nothing is lost");
    expect(&numbers(&project).await, &[("queued", 3), ("sent", 5)]);
    send(&project, &["--no-wait"]).await.exits(1).says("[send/quota-used-up]");
    one_each(&server, 5);
    // Two hours pass, in microseconds: what was sent before the last hour no longer counts.
    let ledger = rusqlite::Connection::open(project.root().join("masthead.db")).unwrap();
    ledger.execute("UPDATE spent SET slot = slot - 7200000000", []).unwrap();
    drop(ledger);
    send(&project, &["--no-wait"]).await.exits(0).says("3 sent");
    one_each(&server, 8);
}

#[tokio::test]
async fn a_quota_by_the_second_is_a_rate() {
    let project = letter(1);
    project.write("masthead.yaml", "relay: { url: smtp://127.0.0.1:2525, quota: 5/s }\n");
    let ran = run(project.root(), &["send", "letter", "--to", "list.csv", "--yes"]).await.exits(1);
    ran.says("masthead.yaml").says("a quota is for an hour or a day").says("rate: 5/s");
}
