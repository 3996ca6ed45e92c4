//! Relays on a bad day: what the user sees, and what the ledger knows afterwards.

use crate::{
    cli::{Inbox, expect, letter, numbers, send},
    support::{
        Project,
        binary::{run, start, start_with},
        smtp_server::SmtpServer,
    },
};

/// Plays a dialogue on one connection.
async fn relay(dialogue: &str) -> (SmtpServer, String) {
    let server = SmtpServer::play(dialogue, None).await;
    let url = format!("smtp://127.0.0.1:{}", server.port);
    (server, url)
}

#[tokio::test]
async fn a_relay_that_cannot_be_reached_is_tried_again_and_keeps_the_queue() {
    let project = letter(3);
    let port = {
        // A port that was free a moment ago; nobody answers there until the inbox opens elsewhere.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("smtp://127.0.0.1:{port}");
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--relay", &url];
    let mut running = start(project.root(), &command);
    let tries = |talk: &str| talk.matches("can't be reached").count();
    assert!(running.until(|running| tries(&running.talk()) >= 2).await, "{}", running.talk());
    running.signal("TERM");
    let ran = running.ended().await.exits(130);
    assert_eq!(tries(&ran.talk), 2, "one line a try, whatever the connections: {ran}");
    expect(&numbers(&project).await, &[("queued", 3)]);
    let inbox = Inbox::open().await;
    send(&project, &["--relay", &inbox.url]).await.exits(0);
    inbox.holds_one_each(3);
}

#[tokio::test]
async fn a_refused_login_ends_the_run_at_once_and_keeps_the_queue() {
    let project = letter(3);
    let server = SmtpServer::play("login-refused.txt", None).await;
    let url = format!("smtp://news@127.0.0.1:{}", server.port);
    project.write(
        "masthead.yaml",
        format!("relay: {{ url: \"{url}\", connections: 1, password: {{ env: RELAY_SECRET }} }}\n"),
    );
    let command = ["send", "letter", "--to", "list.csv", "--yes"];
    run(project.root(), &command).await.exits(1).says("[cli/no-secret]").says("RELAY_SECRET");
    assert_eq!(run(project.root(), &["status"]).await.data, "", "nothing was sealed for it");
    let ran = start_with(project.root(), &command, &[("RELAY_SECRET", "Paris-en-mai")]).ended().await;
    let ran = ran.exits(1).says("[send/relay-refused-us]").says("535").says("Nothing is lost");
    assert!(!format!("{ran}").contains("Paris-en-mai"), "the password is not shown");
    drop(server.messages().await);
    expect(&numbers(&project).await, &[("queued", 3)]);
    let inbox = Inbox::open().await;
    send(&project, &["--relay", &inbox.url]).await.exits(0);
    inbox.holds_one_each(3);
}

#[tokio::test]
async fn a_script_is_told_why_a_run_ended() {
    let project = letter(3);
    let (server, url) = relay("login-refused.txt").await;
    let url = url.replace("smtp://", "smtp://news@");
    project
        .write("masthead.yaml", format!("relay: {{ url: \"{url}\", password: {{ env: RELAY_SECRET }} }}\n"));
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--connections", "1", "--json"];
    let ran = start_with(project.root(), &command, &[("RELAY_SECRET", "x")]).ended().await.exits(1);
    let end = ran.objects().pop().unwrap();
    assert_eq!(end["ended"], "could_not_send", "{ran}");
    assert_eq!(end["problem"]["code"], "send/relay-refused-us", "{ran}");
    assert_eq!(end["by_state"]["queued"], 3, "{ran}");
    drop(server.messages().await);
}

#[tokio::test]
async fn unknown_recipients_bounce_and_the_others_get_their_mail() {
    let project = letter(3);
    let (server, url) = relay("second-of-three-unknown.txt").await;
    let ran = send(&project, &["--relay", &url, "--connections", "1"]).await.exits(1);
    ran.says("2 sent").says("1 bounced").says(": bounced: rcpt: 550 5.1.1 no such user");
    assert_eq!(server.messages().await.len(), 2);
    expect(&numbers(&project).await, &[("bounced", 1), ("sent", 2)]);
    let status = run(project.root(), &["status", "letter", "--show", "bounced", "--json"]).await;
    let bounced = &status.objects()[1];
    assert!(bounced["detail"].as_str().unwrap().contains("550 5.1.1 no such user"), "{status}");
    assert!(!bounced["address"].as_str().unwrap().contains("reader"), "masked unless asked for: {status}");
}

#[tokio::test]
async fn a_deferred_delivery_is_left_when_nobody_waits_and_sent_when_it_is_due() {
    let project = letter(1);
    let (server, url) = relay("later-please.txt").await;
    let ran = send(&project, &["--relay", &url, "--no-wait"]).await.exits(0);
    ran.says("1 is left").says("UTC on").says("451");
    drop(server.messages().await);
    expect(&numbers(&project).await, &[("deferred", 1)]);
    let inbox = Inbox::open().await;
    // Not due yet: it is left once more, and the relay is not bothered.
    send(&project, &["--relay", &inbox.url, "--no-wait"]).await.exits(0).says("1 is left");
    assert_eq!(inbox.store.arrived(), 0);
    an_hour_passes(&project);
    send(&project, &["--relay", &inbox.url, "--no-wait"]).await.exits(0);
    inbox.holds_one_each(1);
}

/// Lets whatever waits be due.
fn an_hour_passes(project: &Project) {
    let ledger = rusqlite::Connection::open(project.root().join("masthead.db")).unwrap();
    let hour_in_microseconds = 3_600_000_000_i64;
    ledger
        .execute("UPDATE delivery SET next_attempt_at = next_attempt_at - ?1", [hour_in_microseconds])
        .unwrap();
}

#[tokio::test]
async fn settings_that_would_show_the_list_to_the_network_are_refused() {
    let project = letter(1);
    let ran = send(&project, &["--relay", "http://mail.example.org"]).await.exits(1);
    ran.says("smtps://");
    project.write("masthead.yaml", "relay: { url: \"smtp://news:secret@mail.example.org\" }\n");
    let ran = send(&project, &[]).await.exits(1).says("[content/secret-in-file]");
    assert!(!ran.talk.contains("news:secret"), "{ran}");
}
