//! Proves that anybody can be looked at: searched, made up, the most of something, or nobody at all.

use super::{letter, open};
use crate::support::{Project, binary::run};
use serde_json::json;

#[tokio::test]
async fn readers_are_found_by_name_and_address_whatever_the_letter_case() {
    let project = letter().await;
    run(project.root(), &["suppress", "add", "one@example.org"]).await.exits(0);
    let page = open(&project, &[]).await;
    let found = page.json("/readers?q=%C3%89LO%C3%8FSE").await;
    assert_eq!(found["readers"][0]["address"], "deux@example.org");
    assert_eq!((&found["total"], &found["why_not"]), (&1.into(), &json!(null)));
    let found = page.json("/readers?q=EXAMPLE.net").await;
    assert_eq!(
        found["readers"][0],
        json!({ "address": "three@example.net", "name": null, "language": "ar", "topics": [], "fields": {} })
    );
    // Whom nothing is sent to is no reader, but can be looked at.
    assert_eq!(page.json("/readers?q=one@").await["readers"], json!([]));
    let look = page.json("/look?as=one@example.org").await;
    assert_eq!(look["warnings"][0]["code"], "preview/not-mailed", "{look}");
    let look = page.json("/look?as=stranger@example.org").await;
    assert_eq!(
        (&look["warnings"][0]["code"], &look["reader"]["kind"]),
        (&"preview/unknown-reader".into(), &"sample".into())
    );
}

#[tokio::test]
async fn a_reader_can_be_made_up_and_nothing_typed_becomes_markup() {
    let project = letter().await;
    let page = open(&project, &[]).await;
    let nasty = "%3C%2Fiframe%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let choice = format!("?issue=letter/2022-04&as=made-up&name={nasty}&email=x@example.org&language=en");
    let look = page.json(&format!("/look{choice}")).await;
    assert_eq!(
        (&look["reader"]["kind"], &look["reader"]["address"]),
        (&"made-up".into(), &"x@example.org".into())
    );
    assert_eq!(look["message"]["subject"], "</iframe><script>alert(1)</script>, the letter of April");
    let html = page.text(&format!("/digest{choice}")).await;
    assert!(
        html.contains("&lt;/iframe&gt;&lt;script&gt;")
            && !html.contains("</iframe>")
            && !html.contains("<script>")
    );
    let source = page.text(&format!("/source{choice}%0D%0ABcc:%20y@example.org")).await;
    assert!(!source.contains("\nBcc:"), "{source}");

    // A field without a default that the reader lacks: there is no such message.
    project.edit(
        "newsletters/letter/issues/2022-04.yaml",
        "subject: \"{{",
        "subject: \"{{ subscriber.country }} {{",
    );
    let mut page = open(&project, &[]).await;
    let look = page.until("/look?as=made-up&name=A", |look| look["message"].is_null()).await;
    assert_eq!((&look["stamp"], &look["problems"][0]["code"]), (&json!(null), &"form/missing-field".into()));
    page.get("/digest?as=made-up&name=A").await.refuses(404, "form/missing-field");
    let look = page.json("/look?as=made-up&name=A&field.country=Kenya").await;
    assert_eq!(look["message"]["subject"], "Kenya A, the letter of April");
    let look = page.json("/look").await;
    assert_eq!(look["message"]["subject"], "‹country› Reader, the letter of April");
}

#[tokio::test]
async fn the_extremes_of_the_list_are_found_by_rendering_everybody() {
    let project = letter().await;
    let mut page = open(&project, &[]).await;
    let found = page.until("/extremes?issue=letter/2022-04", |found| found["pending"] == false).await;
    assert_eq!((&found["readers"], &found["seen"], &found["why_not"]), (&3.into(), &3.into(), &json!(null)));
    let who = |what: &str| {
        let all = found["extremes"].as_array().unwrap();
        all.iter().find(|extreme| extreme["what"] == what).map(|extreme| extreme["address"].as_str().unwrap())
    };
    assert_eq!(who("longest name"), Some("deux@example.org"));
    assert_eq!(who("no name"), Some("three@example.net"));
    assert_eq!(who("language: en"), Some("one@example.org"));
    let largest =
        found["extremes"].as_array().unwrap().iter().find(|extreme| extreme["what"] == "largest message");
    let largest = largest.unwrap();
    let path = format!("/look?issue=letter/2022-04&as={}", largest["address"].as_str().unwrap());
    assert_eq!(page.json(&path).await["message"]["message_bytes"], largest["octets"]);

    // A list that grows is gone through again.
    run(
        project.root(),
        &["subscribers", "add", "four@example.net", "--name", "The Reader With The Longest Name"],
    )
    .await
    .exits(0);
    let found = page.until("/extremes?issue=letter/2022-04", |found| found["readers"] == 4).await;
    assert_eq!(found["extremes"][0]["address"], "four@example.net");
}

#[tokio::test]
async fn without_a_ledger_the_preview_works_and_says_what_is_missing() {
    let project = Project::copy_of("minimal");
    let page = open(&project, &[]).await;
    let look = page.json("/look?as=one@example.org").await;
    assert!(look["message"].is_object());
    assert_eq!(look["warnings"][0]["code"], "preview/no-list");
    for path in ["/readers?q=a", "/extremes"] {
        assert!(page.json(path).await["why_not"].as_str().unwrap().contains("no list"), "{path}");
    }
    assert!(!project.root().join("masthead.db").exists(), "looking makes no ledger");

    // Nor one that is something else.
    project.write("masthead.db", "no ledger at all, but a file that is long enough to be looked at");
    let page = open(&project, &[]).await;
    let look = page.json("/look").await;
    assert_eq!(look["warnings"][0]["code"], "ledger/not-a-ledger", "{look}");
    assert!(look["message"].is_object());
}

#[tokio::test]
async fn the_readers_of_a_file_can_be_looked_at_instead() {
    let project = Project::copy_of("minimal");
    project.write(
        "own.csv",
        "email,name,language\nzoe@example.org,Zoé,fr\nout@example.org,Out,en\nbad,Bad,en\n",
    );
    let mut page = open(&project, &["--to", "own.csv"]).await;
    assert_eq!(page.json("/readers").await["total"], 2);
    assert_eq!(page.json("/look?as=zoe@example.org").await["language"], "fr");
    page.until("/extremes", |found| found["readers"] == 2).await;
}

#[tokio::test]
async fn a_reader_whose_topics_nothing_has_gets_nothing() {
    let project = letter().await;
    let page = open(&project, &[]).await;
    // The other item has a topic already.
    project.edit(
        "newsletters/letter/news/2022-03-10-opening.md",
        "date: 2022-03-10",
        "date: 2022-03-10\ntopics: [doors]",
    );
    let mut page = page;
    let look = page
        .until("/look?issue=letter/2022-04&as=made-up&topics=weather", |look| look["message"].is_null())
        .await;
    assert_eq!(look["problems"][0]["code"], "preview/no-items");
    assert_eq!(look["topics"], json!(["building", "doors"]));
    let text = page.text("/text?issue=letter/2022-04&as=made-up&topics=doors").await;
    assert!(!text.contains("bridge was built"), "{text}");
}
