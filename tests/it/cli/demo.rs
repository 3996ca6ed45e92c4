//! The first thing a newcomer runs.

use crate::support::{
    Project,
    binary::{Ran, run},
};
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path, process::Command};

/// Readers of `subscribers.example.csv` that get the issue.
const RECIPIENTS: usize = 18;

/// Runs the demo in a folder and demands what it promises.
async fn check_demo(folder: &Path) -> BTreeMap<String, Value> {
    let ran = run(folder, &["demo", "--once", "--save", "mail"]).await.exits(0);
    check_words(&ran);
    let messages = parsed(&folder.join("mail"));
    assert_eq!(messages.len(), RECIPIENTS);
    messages
}

#[track_caller]
fn check_words(ran: &Ran) {
    for words in [
        "  en  ",
        "  fr  ",
        "  ar  ", // per language
        "in all, of 21 rows",
        "1  skipped, suppressed  (row 19: ",
        "1  skipped, duplicate  (row 18: ",
        "1  skipped, malformed  (row 20: not an e-mail address",
        "18 sent of 18 deliveries",
        "All 18 messages arrived: each exactly once, and nobody else got one.",
    ] {
        assert!(ran.talk.contains(words), "`{words}` is not said: {ran}");
    }
    assert!(!ran.talk.contains('\u{1b}'), "no colours: {ran}");
}

/// Has Python read every `.eml` of a folder strictly; returns what it found by recipient.
pub(super) fn parsed(folder: &Path) -> BTreeMap<String, Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/cli/read.py");
    let output = Command::new("python3").arg(script).arg(folder).output().expect("python3 is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let found = said.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    found.map(|message| (message["to"].as_str().expect("a recipient").to_owned(), message)).collect()
}

/// Demands what every message of the example must have.
#[track_caller]
fn check_messages(messages: &BTreeMap<String, Value>) {
    for (to, message) in messages {
        assert_eq!(message["defects"], Value::Array(Vec::new()), "{to}");
        assert_eq!(message["parts"], serde_json::json!(["text/plain", "text/html"]), "{to}");
        let (html, plain) = (message["html"].as_str().unwrap(), message["text"].as_str().unwrap());
        for part in [html, plain] {
            assert!(!part.contains("{{") && !part.contains("subscriber.name"), "{to}: a merge field is open");
        }
        assert!(html.contains("https://news.example.org/"), "{to}: an unsubscribe link");
        let language = message["language"].as_str().unwrap();
        let direction = if language == "ar" { "rtl" } else { "ltr" };
        assert!(html.contains(&format!("<html lang=\"{language}\" dir=\"{direction}\"")), "{to}: {language}");
        assert_eq!(message["bcc"], Value::Null, "{to}");
        // Whatever stands in a name is text.
        assert!(!html.contains("<b>&'s") && !html.contains("<b>&amp;'s"), "{to}: markup from a name");
    }
    let subject = |to: &str| messages[to]["subject"].as_str().unwrap().to_owned();
    assert_eq!(subject("coordination@example.org"), "بلدان تتحرك معاً، من جنوب آسيا إلى فجوة دارين");
    assert_eq!(subject("lectrice@example.com"), "Des pays agissent ensemble, de l’Asie du Sud au Darién");
    let text = |to: &str| messages[to]["text"].as_str().unwrap().to_owned();
    assert!(text("reader.one@example.org").contains("Reader One"));
    assert!(text("coordination@example.org").contains("مكتب التنسيق"));
    assert!(text("quotes@example.net").contains("The \"Editor\" <b>&'s Office"));
    let html = messages["quotes@example.net"]["html"].as_str().unwrap();
    assert!(html.contains("The &quot;Editor&quot; &lt;b&gt;&amp;&#39;s Office"));
    // The row that tries to smuggle a header in: one line, one recipient.
    let intruder = &messages["intruder@example.com"];
    assert_eq!(intruder["recipients"], 1);
    assert_eq!(intruder["name"], "Reader Twelve Bcc: everybody@example.net");
}

#[tokio::test]
async fn the_demo_of_the_checkout_delivers_every_message_whole() {
    // A copy of the checkout's example, so that tests leave no trace in the checkout.
    let project = super::example();
    check_messages(&check_demo(project.root()).await);
    assert!(!project.root().join("masthead.db").exists(), "the demo keeps its accounts to itself");
}

#[tokio::test]
async fn the_demo_of_an_empty_folder_brings_its_own_example() {
    let project = Project::empty();
    check_messages(&check_demo(project.root()).await);
    let left: Vec<_> =
        fs::read_dir(project.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["mail"], "nothing is left behind but what was asked for");
}

#[tokio::test]
async fn the_demo_serves_its_pages_until_ctrl_c() {
    let project = Project::empty();
    let mut demo = crate::support::binary::start(project.root(), &["demo"]);
    assert!(demo.until(|demo| demo.talk().contains("Ctrl-C ends it")).await, "{}", demo.talk());
    for name in ["preview", "inbox"] {
        let talk = demo.talk();
        let line = talk.lines().find(|line| line.trim_start().starts_with(name)).expect("an address");
        let url = line.split_whitespace().nth(1).expect("an address").to_owned();
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let page = get(&address).await;
        assert!(page.starts_with("HTTP/1.1 200"), "{url}: {page}");
    }
    demo.signal("INT");
    demo.ended().await.exits(0);
}

async fn get(address: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connects");
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("takes it");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.expect("answers");
    heard
}
