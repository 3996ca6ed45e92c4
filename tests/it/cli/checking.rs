//! `check`: each thing once, where it stands, and what somebody let pass.

use crate::{
    cli::{Inbox, letter, send},
    support::binary::run,
};

const NEWSLETTER: &str = "newsletters/letter/newsletter.yaml";
const ISSUE: &str = "newsletters/letter/issues/2022-04.yaml";
const WAIVER: &str =
    "waive:\n  - { rule: L003, reason: the page moves on Monday, by: the head of communications }\n";

#[tokio::test]
async fn the_same_finding_in_several_variants_is_said_once() {
    let project = letter(3);
    project.edit(NEWSLETTER, "https://www.example.org/letter/about", "https://localhost/about");
    let ran = run(project.root(), &["check", "letter"]).await.exits(1);
    let ran = ran.says("`https://localhost/about`").says("(en, fr, ar)");
    let ran = ran.says("error L003").says("why:").says("help:").says("errors stop a send");
    ran.says("(3 variants: en, fr, ar)");
    let ran = run(project.root(), &["check", "letter", "--json"]).await.exits(1);
    let objects = ran.objects();
    let all = serde_json::json!(["en", "fr", "ar"]);
    let is_said_once = |object: &serde_json::Value| object["rule"] == "G004" && object["variants"] == all;
    assert!(objects.iter().any(is_said_once), "{ran}");
    let summary = objects.last().expect("a summary");
    assert_eq!(summary["stops"], true, "{ran}");
    assert!(summary["errors"].as_u64() > Some(0), "{ran}");
}

#[tokio::test]
async fn a_waived_error_is_told_apart_and_stops_nothing() {
    let (project, inbox) = (letter(3), Inbox::open().await);
    project.edit(NEWSLETTER, "https://www.example.org/letter/about", "https://localhost/about");
    send(&project, &["--relay", &inbox.url]).await.exits(1).says("[send/checks-failed]");
    let text = project.read(ISSUE);
    project.write(ISSUE, text + WAIVER);
    let ran = run(project.root(), &["check", "letter"]).await.exits(0);
    let ran = ran.says("waived L003").says("by the head of communications: the page moves on Monday");
    ran.says("waived; none stops a send");
    let ran = run(project.root(), &["check", "letter", "--json"]).await.exits(0);
    let by = |object: &serde_json::Value| object["waived"]["by"] == "the head of communications";
    assert!(ran.objects().iter().any(by), "{ran}");
    let ran = send(&project, &["--relay", &inbox.url]).await.exits(0);
    ran.says("waived: L003 by the head of communications (the page moves on Monday)");
    run(project.root(), &["status", "letter"]).await.exits(0).prints("waived: L003 by the head");
    let status = run(project.root(), &["status", "letter", "--json"]).await.exits(0);
    assert_eq!(status.objects()[0]["waivers"][0]["rule"], "L003", "{status}");
}

#[tokio::test]
async fn waivers_that_waive_nothing_are_named_with_their_line() {
    let project = letter(3);
    let text = project.read(ISSUE);
    let unknown = "  - { rule: Z999, reason: whatever, by: the editor }\n";
    project.write(ISSUE, text + WAIVER + unknown);
    let ran = run(project.root(), &["check", "letter"]).await.exits(0);
    let ran = ran.says("there is no rule `Z999` to waive").says("[check/unknown-waiver]");
    ran.says("`L003` is waived by the head of communications, and objects to nothing")
        .says(&format!("{ISSUE}:8:"));
}

#[tokio::test]
async fn the_list_decides_which_variants_and_readers_are_judged() {
    let project = letter(3);
    let other = "newsletters/letter/news/2022-03-10-opening.md";
    project.edit(other, "date: 2022-03-10", "date: 2022-03-10\ntopics: [doors]");
    run(project.root(), &["check", "letter"]).await.exits(0).says("(3 variants: en, fr, ar)");
    project.write(
        "people.csv",
        "email,name,language,topics,city\na@example.org,Anna,en,doors,Malé\nb@example.org,,fr,,\nc@example.org,Cleo,en,,\n",
    );
    run(project.root(), &["subscribers", "import", "people.csv"]).await.exits(0);
    run(project.root(), &["check", "letter"]).await.exits(0).says("(4 variants: en, fr, ar, en+doors)");
    // Whoever lacks a field without default is found in the list, not only at the send.
    project.edit(ISSUE, "preheader: A bridge", "preheader: For {{ subscriber.city }}, a bridge");
    let ran = run(project.root(), &["check", "letter"]).await.exits(1);
    ran.says("T002").says("`city`").says("b•••@e•••.org");
}

#[tokio::test]
async fn a_left_over_item_is_told_where_it_stands() {
    let project = letter(3);
    let item =
        "---\ndate: 2022-04-01\nheadline: A road\nlink: https://www.example.org/road\n---\nIt was mended.\n";
    project.write("newsletters/letter/news/2022-04-01-road.md", item);
    let ran = run(project.root(), &["check", "letter"]).await.exits(0);
    ran.says("note T010").says("newsletters/letter/news/2022-04-01-road.md").says("`2022-04-01-road`");
    let text = project.read(ISSUE);
    project.write(ISSUE, format!("{text}\n  - 2022-04-01-road\n"));
    let ran = run(project.root(), &["check", "letter"]).await.exits(0);
    assert!(!ran.talk.contains("T010"), "{ran}");
}

#[tokio::test]
async fn one_rule_can_be_asked_for_and_explained() {
    let project = letter(3);
    project.edit(NEWSLETTER, "https://www.example.org/letter/about", "https://localhost/about");
    run(project.root(), &["check", "letter", "--rule", "l003"]).await.exits(1).says("L003");
    let ran = run(project.root(), &["check", "letter", "--rule", "H014"]).await.exits(0);
    assert!(!ran.talk.contains("L003"), "{ran}");
    run(project.root(), &["check", "letter", "--rule", "X1"]).await.exits(2).says("[cli/unknown-rule]");
    let ran = run(project.root(), &["check", "--explain", "L003"]).await.exits(0);
    ran.prints("check/link-target").prints("Do: ").prints("waive:");
    let ran = run(project.root(), &["check", "--explain", "L003", "--json"]).await.exits(0);
    assert_eq!(ran.objects()[0]["rule"], "L003");
}
