//! Proves that a planned issue is sealed at once, sent in its time and not later.

use crate::{
    cli::{Inbox, letter},
    support::binary::{run, start},
};

#[tokio::test]
async fn a_planned_issue_waits_sealed_and_can_be_begun_at_once() {
    let (project, inbox) = (letter(3), Inbox::open().await);
    let send = ["send", "letter", "--to", "list.csv", "--yes", "--relay", &inbox.url];
    let planned = [&send[..], &["--at", "2999-05-02 09:00 Europe/Vienna"]].concat();
    let mut running = start(project.root(), &planned);
    assert!(running.until(|running| running.talk().contains("Ctrl-C leaves it sealed")).await);
    assert!(running.talk().contains("begins 2999-05-02 09:00 Europe/Vienna, not after 2999-05-02 15:00"));
    running.signal("INT");
    running.ended().await.exits(130).says("stays sealed");
    assert!(inbox.arrived().is_empty());
    let status = run(project.root(), &["status", "letter"]).await.exits(0);
    status.prints("begins 2999-05-02 09:00 Europe/Vienna, not after 2999-05-02 15:00");
    let mut again = start(project.root(), &send);
    assert!(again.until(|running| running.talk().contains("begins 2999-05-02 09:00 Europe/Vienna")).await);
    again.signal("TERM");
    again.ended().await.exits(130);
    run(project.root(), &[&send[..], &["--now"]].concat()).await.exits(0);
    inbox.holds_one_each(3);
}

#[tokio::test]
async fn a_stale_issue_is_not_fired_without_being_asked() {
    let (project, inbox) = (letter(2), Inbox::open().await);
    let path = "newsletters/letter/issues/2022-04.yaml";
    let text = std::fs::read_to_string(project.root().join(path)).expect("an issue");
    project.write(path, format!("{text}not_after: 2001-02-03 04:05 Europe/Vienna\n"));
    let send = ["send", "letter", "--to", "list.csv", "--yes", "--relay", &inbox.url];
    let late = run(project.root(), &send).await.exits(1).says("send/too-late");
    late.says("--even-late");
    assert!(inbox.arrived().is_empty());
    run(project.root(), &[&send[..], &["--even-late"]].concat()).await.exits(0);
    inbox.holds_one_each(2);
}

#[tokio::test]
async fn moments_that_make_no_sense_are_wrong_usage() {
    let project = letter(1);
    for (option, words) in [
        (["--at", "soon"], "is no moment"),
        (["--at", "2001-01-01 09:00 UTC"], "has passed"),
        (["--at", "2999-05-02 09:00 Mars/Olympus"], "there is no time zone"),
        (["--until", "2001-01-01 09:00 UTC"], "has passed"),
    ] {
        let send = ["send", "letter", "--to", "list.csv", "--relay", "smtp://127.0.0.1:1"];
        run(project.root(), &[&send[..], &option].concat()).await.exits(2).says(words);
    }
}
