//! Approvals: recorded with the issue, outdated by any change, asked for by a send.

use crate::{
    cli::{Inbox, letter, send},
    support::{
        Project,
        binary::{Ran, run, start_with},
    },
};

const NEWSLETTER: &str = "newsletters/letter/newsletter.yaml";
const ISSUE: &str = "newsletters/letter/issues/2022-04.yaml";
const APPROVALS: &str = "newsletters/letter/issues/2022-04.approvals.yaml";

/// Runs without the git settings of whoever runs the tests.
async fn without_git(project: &Project, arguments: &[&str]) -> Ran {
    let environment = [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")];
    start_with(project.root(), arguments, &environment).ended().await
}

async fn approve(project: &Project, person: &str) -> Ran {
    run(project.root(), &["approve", "letter", "--as", person]).await
}

/// A newsletter that wants so many approvals.
fn wanting(approvals: u32) -> Project {
    let project = letter(3);
    let text = project.read(NEWSLETTER);
    project.write(NEWSLETTER, format!("{text}\nrequire_approval: {approvals}\n"));
    project
}

#[tokio::test]
async fn a_send_waits_for_approvals_by_different_people() {
    let (project, inbox) = (wanting(2), Inbox::open().await);
    let relay = ["--relay", inbox.url.as_str()];
    send(&project, &relay)
        .await
        .exits(1)
        .says("wants 2 approvals, and there are none")
        .says("[send/not-approved]");
    let ran = approve(&project, "Reviewer One <one@example.org>").await.exits(0);
    ran.says("approved letter/2022-04 as Reviewer One <one@example.org>").says("1 of 2 approvals");
    // The same person twice is one person.
    approve(&project, "reviewer one <ONE@example.org>").await.exits(0).says("1 of 2 approvals");
    send(&project, &relay).await.exits(1).says("only reviewer one approved it as it is");
    approve(&project, "Reviewer Two").await.exits(0).says("2 of 2 approvals; it may be sent");
    assert_eq!(inbox.store.arrived(), 0);
    send(&project, &relay).await.exits(0).says("approved by reviewer one <ONE@example.org>, Reviewer Two");
    assert_eq!(inbox.store.arrived(), 3);
    let status = run(project.root(), &["status", "letter"]).await.exits(0);
    status.prints("approved by reviewer one <ONE@example.org>, Reviewer Two");
}

#[tokio::test]
async fn a_change_makes_approvals_outdated_and_is_named() {
    let (project, inbox) = (wanting(1), Inbox::open().await);
    approve(&project, "Reviewer One").await.exits(0);
    project.edit("newsletters/letter/issues/2022-04.fr.yaml", "La lettre d’avril", "La lettre");
    let ran = send(&project, &["--relay", &inbox.url]).await.exits(1).says("[send/not-approved]");
    ran.says("Reviewer One approved on ").says("before this changed: the French subject");
    let ran = run(project.root(), &["approve", "letter", "--list"]).await.exits(0);
    ran.prints("outdated").prints("the French subject").says("0 of 1 approvals");
    let ran = run(project.root(), &["approve", "letter", "--list", "--json"]).await.exits(0);
    let said = &ran.objects()[0];
    assert_eq!(
        (&said["missing"], &said["stale"][0]["changes"][0]),
        (&1.into(), &"the French subject".into())
    );
    approve(&project, "Reviewer One").await.exits(0);
    send(&project, &["--relay", &inbox.url]).await.exits(0);
}

#[tokio::test]
async fn outdated_approvals_are_told_even_where_none_is_wanted() {
    let (project, inbox) = (letter(3), Inbox::open().await);
    approve(&project, "Reviewer One").await.exits(0).says("the newsletter wants none");
    project.edit(ISSUE, "A bridge, and open doors", "A bridge and doors");
    let ran = send(&project, &["--relay", &inbox.url, "--dry-run"]).await.exits(0);
    ran.says("warning T006").says("preheader");
}

#[tokio::test]
async fn what_stops_a_send_stops_an_approval() {
    let project = letter(3);
    project.edit(NEWSLETTER, "https://www.example.org/letter/events", "https://localhost/events");
    let ran = approve(&project, "Reviewer One").await.exits(1);
    ran.says("[check/link-target]").says("[cli/not-approved]");
    assert!(!project.root().join(APPROVALS).exists());
}

#[tokio::test]
async fn git_says_who_approves_unless_somebody_is_named() {
    let project = letter(3);
    let ran = without_git(&project, &["approve", "letter"]).await.exits(1);
    ran.says("git doesn't know who you are").says("--as");
    project.write("git.ini", "[user]\n\tname = Reviewer Three\n\temail = three@example.org\n");
    let path = project.root().join("git.ini").display().to_string();
    let environment = [("GIT_CONFIG_GLOBAL", path.as_str()), ("GIT_CONFIG_NOSYSTEM", "1")];
    let ran = start_with(project.root(), &["approve", "letter"], &environment).ended().await.exits(0);
    ran.says("as Reviewer Three <three@example.org>").says(APPROVALS);
    let ran = without_git(&project, &["approve", "letter", "--as", "reviewer three", "--withdraw"]).await;
    ran.exits(0).says("no longer approves");
    let ran = without_git(&project, &["approve", "letter", "--as", "Reviewer Three", "--withdraw"]).await;
    ran.exits(1).says("[cli/no-approval]");
    run(project.root(), &["approve", "letter", "--as", " "]).await.exits(2).says("[cli/nobody]");
}

#[tokio::test]
async fn broken_approvals_are_not_the_same_as_none() {
    let project = letter(3);
    project.write(APPROVALS, "approvals:\n  - name: Reviewer One\n<<<<<<< mine\n");
    let inbox = Inbox::open().await;
    send(&project, &["--relay", &inbox.url]).await.exits(1).says(&format!("{APPROVALS}:3:"));
    run(project.root(), &["approve", "letter", "--list"]).await.exits(1).says(APPROVALS);
    approve(&project, "Reviewer Two").await.exits(1).says(APPROVALS);
    run(project.root(), &["check", "letter"]).await.exits(0);
}
