//! The exit codes that scripts rely on, each by a case that really happens.

use crate::{
    cli::{Inbox, letter, send},
    support::{
        Project,
        binary::{run, start},
        smtp_server::SmtpServer,
    },
};

/// Runs words in a folder and demands the code and, on stderr, the words.
async fn check(project: &Project, arguments: &[&str], code: i32, words: &str) {
    run(project.root(), arguments).await.exits(code).says(words);
}

#[tokio::test]
async fn zero_means_done() {
    let project = letter(2);
    let inbox = Inbox::open().await;
    run(project.root(), &["--version"]).await.exits(0).prints("masthead ");
    run(project.root(), &["send", "--help"]).await.exits(0).prints("The same command resumes");
    check(&project, &["check", "letter"], 0, "").await;
    check(&project, &["status"], 0, "Nothing was sealed").await;
    assert!(!project.root().join("masthead.db").exists(), "to look makes nothing");
    send(&project, &["--relay", &inbox.url]).await.exits(0).says("2 sent of 2 deliveries");
    send(&project, &["--relay", &inbox.url]).await.exits(0).says("is done: 2 sent");
    inbox.holds_one_each(2);
    run(project.root(), &["status"]).await.exits(0).prints("2 deliveries");
}

#[tokio::test]
async fn one_means_that_problems_were_found() {
    let project = letter(2);
    check(&project, &["check", "letters"], 1, "help: ").await;
    check(&project, &["send", "letter", "--to", "list.csv", "--yes"], 1, "[cli/no-relay]").await;
    check(&project, &["reconcile", "letter", "--accept"], 1, "[cli/not-sealed]").await;
    project.edit("newsletters/letter/newsletter.yaml", "tagline:", "tagleine:");
    check(&project, &["check", "letter"], 1, "newsletters/letter/newsletter.yaml:2:1").await;
}

#[tokio::test]
async fn two_means_that_the_command_line_was_wrong() {
    let project = letter(2);
    for (arguments, words) in [
        (&["sends"][..], "unrecognized subcommand"),
        (&["send"], "required"),
        (&["send", "letter", "--rate", "fast", "--relay", "smtp://127.0.0.1:1"], "[cli/bad-rate]"),
        (&["send", "letter", "--to", "list.csv", "--relay", "smtp://127.0.0.1:1"], "[cli/not-confirmed]"),
        (&["send", "letter", "--test", "nobody", "--relay", "smtp://127.0.0.1:1"], "[cli/bad-address]"),
        (&["status", "letter", "--show", "lost"], "[cli/unknown-state]"),
        (&["compose", "letter", "--month", "April"], "[cli/bad-month]"),
        (&["reconcile"], "required"),
        (&["reconcile", "letter", "--accept", "--maillog", "x"], "cannot be used with"),
        (&["reconcile", "letter", "--accept", "--only", "nobody"], "[cli/unknown-delivery]"),
        (&["reconcile", "letter", "--maillog", "x", "--log-zone", "CET"], "[cli/bad-zone]"),
        (&["reconcile", "letter", "--accept", "--resend"], "cannot be used with"),
    ] {
        check(&project, arguments, 2, words).await;
    }
}

#[tokio::test]
async fn three_means_that_it_could_not_look() {
    let empty = Project::empty();
    check(&empty, &["check"], 3, "[cli/no-workspace]").await;
    check(&empty, &["check", "-w", "nowhere"], 3, "[cli/no-workspace]").await;
    let project = letter(2);
    let relay = ["--relay", "smtp://127.0.0.1:1"];
    check(
        &project,
        &[&["send", "letter", "--to", "missing.csv"][..], &relay].concat(),
        3,
        "[cli/not-readable]",
    )
    .await;
    project.write("masthead.db", "This is no ledger, but somebody's notes of a long afternoon.\n".repeat(99));
    check(&project, &["status", "letter"], 3, "[ledger/not-a-ledger]").await;
    check(
        &project,
        &[&["send", "letter", "--to", "list.csv"][..], &relay].concat(),
        3,
        "help: name another file",
    )
    .await;
    assert!(project.read("masthead.db").starts_with("This is no ledger"), "and it is left alone");
}

#[tokio::test]
async fn four_means_done_with_deliveries_in_doubt() {
    let project = letter(1);
    let server = SmtpServer::play("hangs-up-after-dot.txt", None).await;
    let relay = format!("smtp://127.0.0.1:{}", server.port);
    send(&project, &["--relay", &relay]).await.exits(4).says("1 in doubt");
    let first = server.messages().await;
    let status = run(project.root(), &["status", "letter", "--full-addresses"]).await.exits(4);
    let status = status.says("masthead reconcile").prints("reader0@example.net").prints("Message-ID <");
    assert!(status.data.contains("in doubt"), "{status}");
    // Nobody decides for a person: the same command sends nothing.
    send(&project, &["--relay", "smtp://127.0.0.1:1"]).await.exits(4).says("masthead reconcile");
    run(project.root(), &["reconcile", "letter", "--resend"]).await.exits(0).says("1 queued once more");
    let inbox = Inbox::open().await;
    send(&project, &["--relay", &inbox.url]).await.exits(0);
    assert_eq!(&inbox.only().raw[..], first[0].as_bytes(), "sent again octet by octet the same");
    run(project.root(), &["status", "letter"]).await.exits(0);
}

#[tokio::test]
async fn one_hundred_and_thirty_means_interrupted() {
    let project = letter(2);
    // Nobody listens there: it tries again for minutes, unless a person has had enough.
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--relay", "smtp://127.0.0.1:1"];
    let mut running = start(project.root(), &command);
    assert!(running.until(|running| running.talk().contains("try 1 of 10")).await, "{}", running.talk());
    running.signal("INT");
    running.ended().await.exits(130).says("2 queued").says("goes on");
}
