//! Proves that a test goes out as `send --test` makes it, and that nobody but the page can ask for one.

use super::{letter, open};
use crate::support::{Project, clock::FakeClock};
use masthead::{
    inbox::{CaptureServer, Limits, ServerOptions, Store},
    loopback,
};
use serde_json::json;
use std::future::pending;

async fn inbox() -> (Store, String) {
    let store = Store::new(Limits::default());
    let listener = loopback::bind(0).await.expect("a free port");
    let server = CaptureServer::new(listener, store.clone(), FakeClock::new(), ServerOptions::default());
    let server = server.expect("a server");
    let url = format!("smtp://{}", server.address().expect("an address"));
    tokio::spawn(server.run(pending()));
    (store, url)
}

#[tokio::test]
async fn a_test_shows_what_the_chosen_reader_sees_and_goes_where_it_is_told() {
    let project = letter().await;
    let (store, relay) = inbox().await;
    let page = open(&project, &["letter/2022-04", "--relay", &relay]).await;
    assert_eq!(page.json("/look").await["test"]["relay"], relay);
    let body = json!({ "issue": "letter/2022-04", "as": "deux@example.org", "to": "me@example.org" });
    let answer = page.post("/test", &body).await;
    assert_eq!((answer.status, answer.json()["sent"].clone()), (200, json!(true)), "{}", answer.text());
    let all = store.all();
    assert_eq!((all.len(), all[0].to.as_slice()), (1, ["me@example.org".to_owned()].as_slice()));
    let message = mail_parser::MessageParser::default().parse(&all[0].raw[..]).expect("a message");
    assert_eq!(message.subject(), Some("[Test] La lettre d’avril"));
    assert!(message.body_text(0).unwrap().contains("Bonjour Éloïse Deux,"));
    let to = message.to().and_then(|to| to.first()).and_then(|to| to.address());
    assert_eq!(to, Some("me@example.org"));

    page.post("/test", &json!({ "issue": "letter/2022-04", "to": "nobody" }))
        .await
        .refuses(409, "preview/bad-address");
    page.post("/test", &json!({})).await.refuses(409, "preview/bad-address");
    assert_eq!(store.all().len(), 1);
}

#[tokio::test]
async fn a_relay_that_is_down_or_missing_is_told() {
    let project = letter().await;
    let body = json!({ "issue": "letter/2022-04", "to": "me@example.org" });
    let page = open(&project, &["letter/2022-04", "--relay", "smtp://127.0.0.1:1"]).await;
    page.post("/test", &body).await.refuses(502, "send/test-not-sent");
    let page = open(&project, &["letter/2022-04"]).await;
    page.post("/test", &body).await.refuses(409, "cli/no-relay");
}

#[tokio::test]
async fn only_the_page_itself_may_change_anything() {
    let project: Project = letter().await;
    let page = open(&project, &["letter/2022-04"]).await;
    let host = page.address.clone();
    let post = async |host: &str, more: &str, body: &str| {
        page.ask(&format!(
            "POST /approve HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ))
        .await
        .status
    };
    let body = json!({ "issue": "letter/2022-04", "as": "Reviewer" }).to_string();
    let json = "Content-Type: application/json\r\n";
    assert_eq!(post(&host, json, &body).await, 403, "no origin");
    assert_eq!(post(&host, &format!("Origin: http://evil.example.org\r\n{json}"), &body).await, 403);
    assert_eq!(
        post("evil.example.org", &format!("Origin: http://evil.example.org\r\n{json}"), &body).await,
        403
    );
    // A form of another page can't send JSON; ours must.
    assert_eq!(
        post(&host, &format!("Origin: http://{host}\r\nContent-Type: text/plain\r\n"), &body).await,
        415
    );
    assert_eq!(post(&host, &format!("Origin: http://{host}\r\n{json}"), "{").await, 400);
    let files = std::fs::read_dir(project.root().join("newsletters/letter/issues")).unwrap();
    assert!(files.flatten().all(|file| !file.file_name().to_string_lossy().contains("approvals")));
    for path in ["/look", "/readers?q=a", "/source", "/message.eml", "/extremes"] {
        let foreign = page
            .ask(&format!("GET {path} HTTP/1.1\r\nHost: evil.example.org\r\nConnection: close\r\n\r\n"))
            .await;
        assert_eq!(foreign.status, 403, "{path}");
    }
}

#[tokio::test]
async fn nothing_of_a_reader_is_printed() {
    let project = letter().await;
    let mut page = open(&project, &["letter/2022-04"]).await;
    page.json("/look?as=deux@example.org").await;
    page.json("/readers?q=deux").await;
    page.until("/extremes", |found| found["pending"] == false).await;
    let said = page.running.data() + &page.running.talk();
    assert!(!said.contains("deux") && !said.contains("Deux"), "{said}");
}
