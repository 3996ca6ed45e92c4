//! The list and the suppression list, as far as a send is concerned.

use crate::{
    cli::{Inbox, expect, letter, numbers, reader, send},
    support::{
        Project,
        binary::{run, start},
    },
};

/// Sends to the list in the ledger.
async fn send_to_ledger(project: &Project, inbox: &Inbox) -> crate::support::binary::Ran {
    run(project.root(), &["send", "letter", "--yes", "--relay", &inbox.url]).await
}

#[tokio::test]
async fn who_leaves_between_the_plan_and_the_mail_is_not_mailed() {
    let (project, inbox) = (letter(40), Inbox::open().await);
    let command =
        ["send", "letter", "--to", "list.csv", "--yes", "--relay", &inbox.url, "--connections", "1"];
    let mut running = start(project.root(), &[&command[..], &["--rate", "20/s"]].concat());
    assert!(running.until(|_| inbox.store.arrived() >= 2).await, "{}", running.talk());
    let waiting: Vec<String> =
        (0..40).map(reader).filter(|address| !inbox.arrived().contains_key(address)).collect();
    // The last ones in line leave while the send is running, each in another way.
    let leaving = &waiting[waiting.len() - 2..];
    run(project.root(), &["suppress", "add", &leaving[0]]).await.exits(0);
    run(project.root(), &["suppress", "add", &leaving[1], "--newsletter", "letter"]).await.exits(0);
    run(project.root(), &["suppress", "add", &reader(999), "--reason", "complaint"]).await.exits(0);
    let arrived_early = leaving.iter().filter(|address| inbox.arrived().contains_key(*address)).count();
    running.ended().await.exits(0);
    assert_eq!(arrived_early, 0, "the test was too slow to suppress in time");
    assert_eq!(inbox.arrived().len(), 38);
    assert!(leaving.iter().all(|address| !inbox.arrived().contains_key(address)));
    expect(&numbers(&project).await, &[("sent", 38), ("suppressed", 2)]);
}

#[tokio::test]
async fn an_import_never_resubscribes_anyone() {
    let (project, inbox) = (letter(4), Inbox::open().await);
    run(project.root(), &["subscribers", "import", "list.csv"]).await.exits(0).says("4 added");
    run(project.root(), &["suppress", "add", &reader(1), "--reason", "unsubscribed"]).await.exits(0);
    // One more way out: a row that says so.
    project.write("left.csv", format!("email,status\n{},unsubscribed\n", reader(2)));
    run(project.root(), &["subscribers", "import", "left.csv"]).await.exits(0);
    let again = run(project.root(), &["subscribers", "import", "list.csv"]).await.exits(0);
    again.says("0 added").says("suppressed (and stay so)");
    run(project.root(), &["subscribers", "add", &reader(1)]).await.exits(1).says("stays so");
    send_to_ledger(&project, &inbox).await.exits(0).says("2  skipped, suppressed");
    assert_eq!(inbox.arrived().keys().collect::<Vec<_>>(), [&reader(0), &reader(3)]);
    // Only a person lifts it.
    run(project.root(), &["suppress", "remove", &reader(1)]).await.exits(0).says("may be mailed again");
    run(project.root(), &["suppress", "remove", &reader(1)]).await.exits(1);
}

#[tokio::test]
async fn a_list_with_bad_rows_is_taken_only_on_request() {
    let project = letter(1);
    project
        .write("people.csv", "E-Mail;Name\nanna@example.org;Anna\nnobody;Nobody\n\"ben@example.org\";Ben\n");
    let import = ["subscribers", "import", "people.csv"];
    let ran = run(project.root(), &import).await.exits(1);
    ran.says("people.csv:3").says("1 bad rows").says("--skip-bad");
    run(project.root(), &["subscribers", "list"]).await.exits(0).says("0 subscribers");
    run(project.root(), &[&import[..], &["--dry-run", "--skip-bad"]].concat()).await.exits(0);
    run(project.root(), &["subscribers", "list"]).await.exits(0).says("0 subscribers");
    run(project.root(), &[&import[..], &["--skip-bad"]].concat()).await.exits(0).says("2 added");
    let list = run(project.root(), &["subscribers", "list", "ann"]).await.exits(0).prints("anna@example.org");
    list.says("1 subscribers");
    let add = ["subscribers", "add", "cleo@example.org", "--language", "fr", "--field", "city=Malé"];
    run(project.root(), &add).await.exits(0).says("added");
    run(project.root(), &["subscribers", "remove", "ben@example.org"]).await.exits(0);
    run(project.root(), &["subscribers", "remove", "ben@example.org"]).await.exits(1);
    run(project.root(), &["subscribers", "export", "out.csv"]).await.exits(0);
    let exported = project.read("out.csv");
    assert!(exported.contains("cleo@example.org") && exported.contains("Malé"), "{exported}");
    assert_eq!(exported.lines().count(), 3, "{exported}");
    // What was exported can be imported again and changes nothing.
    let again = run(project.root(), &["subscribers", "import", "out.csv"]).await.exits(0);
    again.says("0 added, 0 changed, 2 unchanged");
}

#[tokio::test]
async fn an_empty_list_is_said_to_be_empty() {
    let (project, inbox) = (letter(0), Inbox::open().await);
    send_to_ledger(&project, &inbox).await.exits(1).says("[send/no-recipients]").says("subscribers import");
    send(&project, &["--relay", &inbox.url]).await.exits(1).says("[send/no-recipients]");
    run(project.root(), &["status"]).await.exits(0);
    assert_eq!(inbox.store.arrived(), 0);
}

#[tokio::test]
async fn a_long_list_is_read_in_its_order() {
    let project = letter(1);
    let (rows, bad) = (3_000, [2, 300, 513, 1_500, 2_999]);
    let row = |row: usize, name: &str| match row {
        row if bad.contains(&row) => format!("nobody {row}\n"),
        // Its mailbox stands further up, in other letters.
        2_000 => "Reader.7@example.org,Second\n".to_owned(),
        row => format!("reader.{row}@example.org,{name} {row}\n"),
    };
    let list = |name: &str| "email,name\n".to_owned() + &(1..=rows).map(|n| row(n, name)).collect::<String>();
    project.write("long.csv", list("First"));
    let import = ["subscribers", "import", "long.csv", "--skip-bad"];
    let ran = run(project.root(), &import).await.exits(0).says("2994 added").says("1 duplicates");
    let talk = &ran.talk;
    let lines: Vec<usize> =
        bad.iter().filter_map(|row| talk.find(&format!("long.csv:{}", row + 1))).collect();
    assert!(lines.len() == bad.len() && lines.is_sorted(), "{talk}");
    let export = ["subscribers", "export"];
    let exported = run(project.root(), &export).await.exits(0);
    assert!(exported.data.contains("reader.7@example.org,First 7,"), "the first row of a mailbox counts");
    run(project.root(), &import).await.exits(0).says("2994 unchanged");
    project.write("long.csv", list("Other"));
    run(project.root(), &import).await.exits(0).says("2994 changed");
    let exported = run(project.root(), &export).await.exits(0);
    assert_eq!(exported.data.lines().filter(|line| line.contains(",Other ")).count(), 2_994);
}
