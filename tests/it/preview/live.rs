//! Proves that a save shows, that a broken file keeps the last good message, and that nothing else is forgotten.

use super::{letter, open};
use serde_json::json;

const ITEM: &str = "newsletters/letter/news/2022-04-02-bridge.md";

#[tokio::test]
async fn a_broken_file_keeps_the_last_good_message_for_whoever_is_shown() {
    let project = letter().await;
    let mut page = open(&project, &["letter/2022-04"]).await;
    let choice = "issue=letter/2022-04&as=deux@example.org";
    let path = format!("/look?{choice}");
    let before = page.json(&path).await;
    project.edit(ITEM, "headline:", "headlin:");
    let broken = page.until(&path, |look| look["problems"] != json!([])).await;
    assert_eq!(broken["problems"][0]["place"]["path"], ITEM);
    assert_eq!(broken["problems"][0]["place"]["line"], 3);
    assert_eq!((&broken["stamp"], &broken["message"]), (&before["stamp"], &before["message"]));
    assert!(page.text(&format!("/text?{choice}")).await.contains("Éloïse Deux"));
    // Another language was never shown, and is there all the same.
    assert_eq!(
        page.json("/look?issue=letter/2022-04&language=ar").await["message"]["subject"],
        "Reader, the letter of April"
    );
    // Nothing is approved or sent from behind a broken file.
    let body = json!({ "issue": "letter/2022-04", "as": "Reviewer", "to": "me@example.org" });
    page.post("/approve", &body).await.refuses(409, "content/unknown-key");
    page.post("/test", &json!({ "issue": "letter/2022-04", "to": "me@example.org" }))
        .await
        .refuses(409, "content/unknown-key");

    project.edit(ITEM, "headlin: NO", "headline: Norway and more");
    let after = page.until(&path, |look| look["problems"] == json!([])).await;
    assert_ne!(after["stamp"], before["stamp"]);
    assert!(page.text("/text?issue=letter/2022-04&language=en").await.contains("Norway and more"));
}

#[tokio::test]
async fn many_saves_in_a_row_all_show() {
    let project = letter().await;
    let mut page = open(&project, &["letter/2022-04"]).await;
    let mut last = "headline: NO".to_owned();
    for turn in 10..30 {
        // Always as long as the one before: only the words differ.
        let next = format!("headline: {turn} a");
        project.edit(ITEM, &last, &next);
        let shown = format!("/text?issue=letter/2022-04&language=en&turn={turn}");
        let words = format!("{turn} a");
        for attempt in 0.. {
            if page.text(&shown).await.to_lowercase().contains(&words) {
                break;
            }
            assert!(attempt < 2_000 && page.running.is_running(), "{words} never shows");
        }
        last = next;
    }
}

#[tokio::test]
async fn a_workspace_that_never_was_sound_says_so_and_shows_nothing() {
    let project = letter().await;
    project.write("masthead.yaml", "relai: x\n");
    let page = open(&project, &[]).await;
    let look = page.json("/look").await;
    assert_eq!((&look["message"], &look["stamp"], &look["issues"]), (&json!(null), &json!(null), &json!([])));
    assert_eq!(look["problems"][0]["place"]["path"], "masthead.yaml");
    page.get("/digest").await.refuses(404, "content/unknown-key");
    for path in ["/readers", "/extremes", "/difference", "/findings"] {
        page.json(path).await;
    }
}

#[tokio::test]
async fn an_empty_folder_says_that_there_is_nothing_to_show() {
    let project = crate::support::Project::empty();
    project.write("masthead.yaml", "images: embed\n");
    let page = open(&project, &[]).await;
    assert_eq!(page.json("/look").await["issue"], json!(null));
    page.get("/digest").await.refuses(404, "preview/nothing-to-show");
    page.get("/message.eml").await.refuses(404, "preview/nothing-to-show");
}
