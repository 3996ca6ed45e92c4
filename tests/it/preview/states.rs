//! Proves that the list of issues tells the truth: draft, checked, approved, sending, sent.

use super::{letter, open, open_with, row};
use crate::support::binary::{Running, run, start};
use rusqlite::Connection;
use serde_json::{Value, json};

const ISSUE: &str = "letter/2022-04";
/// How the line of the subject begins.
const SUBJECT: &str = "subject: \"{{ subscriber.name";
const LOOK: &str = "/look?issue=letter/2022-04";

fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |look| row(look, ISSUE)["state"] == state
}

#[tokio::test]
async fn an_issue_goes_from_draft_to_sent_before_ones_eyes() {
    let project = letter().await;
    // An error of the checks: a placeholder that was left.
    project.edit("newsletters/letter/newsletter.yaml", "4 Bridge Street", "1 Example Street");
    project.edit("newsletters/letter/newsletter.yaml", "1000 Old Town", "1000 Example City");
    let mut page = open(&project, &[ISSUE]).await;
    let found = page.json("/findings").await;
    let stops = |found: &Value| {
        found["findings"].as_array().unwrap().iter().any(|finding| finding["severity"] == "error")
    };
    assert!(stops(&found), "{found}");
    assert_eq!(row(&page.json(LOOK).await, ISSUE)["state"], "draft");
    let approving = json!({ "issue": ISSUE, "as": "Reviewer One <one@example.org>" });
    page.post("/approve", &approving).await.refuses(409, "preview/not-approved");

    project.edit("newsletters/letter/newsletter.yaml", "1 Example Street", "4 Bridge Street");
    project.edit("newsletters/letter/newsletter.yaml", "1000 Example City", "1000 Old Town");
    page.until(LOOK, is("checked")).await;
    page.post("/approve", &json!({ "issue": ISSUE })).await.refuses(409, "preview/nobody-known");
    page.post("/approve", &json!({ "issue": "letter/none", "as": "A" }))
        .await
        .refuses(409, "preview/nothing-to-show");
    let answer = page.post("/approve", &approving).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let approval = &answer.json()["approval"];
    assert_eq!(
        (&approval["valid"][0]["name"], &approval["pending"]),
        (&"Reviewer One".into(), &json!(false))
    );
    assert_eq!(approval["hash"].as_str().unwrap().len(), 64);
    let look = page.until(LOOK, is("approved")).await;
    assert_eq!(row(&look, ISSUE)["note"], "approved by Reviewer One");
    run(project.root(), &["approve", ISSUE, "--list"]).await.exits(0).prints("Reviewer One");

    // A change makes it stale, and says which.
    project.edit("newsletters/letter/issues/2022-04.yaml", SUBJECT, "subject: \"News, {{ subscriber.name");
    let mut look = page.until(LOOK, is("checked")).await;
    if look["approval"]["pending"] == true {
        page.json("/findings?issue=letter/2022-04").await;
        look = page.json(LOOK).await;
    }
    assert_eq!(look["approval"]["stale"][0]["name"], "Reviewer One", "{}", look["approval"]);
    assert!(look["approval"]["stale"][0]["reasons"][0].as_str().unwrap().contains("subject"));
    assert!(row(&look, ISSUE)["note"].as_str().unwrap().contains("stale"), "{look}");
    page.post("/withdraw", &approving).await.json();
    page.post("/withdraw", &approving).await.refuses(409, "preview/no-approval");

    // A send at work: its relay doesn't answer.
    let mut sending = start(project.root(), &["send", ISSUE, "--yes", "--relay", "smtp://127.0.0.1:1"]);
    let ledger = project.root().join("masthead.db");
    let is_sealed = |_: &Running| {
        let ledger = Connection::open(&ledger).unwrap();
        ledger
            .query_row("SELECT count(*) FROM broadcast", [], |row| row.get::<_, i64>(0))
            .is_ok_and(|count| count > 0)
    };
    assert!(sending.until(is_sealed).await, "{}", sending.talk());
    let page = open(&project, &[ISSUE]).await;
    let look = page.json(LOOK).await;
    sending.kill();
    assert_eq!(row(&look, ISSUE)["state"], "sending", "{look}");
    assert!(row(&look, ISSUE)["note"].as_str().unwrap().starts_with("3 of 3 open"), "{look}");
    run(project.root(), &["send", ISSUE, "--yes", "--outbox", "out"]).await.exits(0);
    let page = open(&project, &["letter/2022-03"]).await;
    let look = page.json(LOOK).await;
    assert_eq!((&row(&look, ISSUE)["state"], &row(&look, ISSUE)["note"]), (&"sent".into(), &"3 sent".into()));
    assert_eq!(row(&look, "letter/2022-03")["state"], "draft");
}

#[tokio::test]
async fn git_says_who_approves() {
    let project = letter().await;
    project.write("git.cfg", "[user]\n\tname = Reviewer Two\n\temail = two@example.org\n");
    let git = project.root().join("git.cfg");
    let environment = [("GIT_CONFIG_GLOBAL", git.to_str().unwrap()), ("GIT_CONFIG_SYSTEM", "/dev/null")];
    let page = open_with(&project, &[ISSUE], &environment).await;
    assert_eq!(page.json(LOOK).await["approval"]["me"], "Reviewer Two <two@example.org>");
    let answer = page.post("/approve", &json!({ "issue": ISSUE })).await.json();
    assert_eq!(answer["approval"]["valid"][0]["email"], "two@example.org", "{answer}");
    let found = page.json("/approval?issue=letter/2022-04").await;
    assert_eq!(found["approval"]["hash"], answer["approval"]["hash"]);
    assert_eq!(found["approval"]["variants"][0], "en");
}

#[tokio::test]
async fn a_locked_ledger_keeps_nobody_from_looking() {
    let project = letter().await;
    let holder = Connection::open(project.root().join("masthead.db")).unwrap();
    holder
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; UPDATE subscriber SET name = name;")
        .unwrap();
    let page = open(&project, &[ISSUE]).await;
    let look = page.json(LOOK).await;
    assert!(look["message"].is_object());
    assert_eq!(look["warnings"][0]["code"], "ledger/locked", "{look}");
    assert!(page.json("/readers?q=a").await["why_not"].as_str().unwrap().contains("locked"));
    drop(holder);
    assert_eq!(page.json("/readers?q=deux").await["total"], 1);
}
