//! Proves what each address answers, and that what is shown are the octets that a send would make.

use super::{Page, letter, open};
use crate::support::Project;
use chrono::{NaiveTime, TimeZone, Utc};
use masthead::{
    clients::Document,
    domain::{
        address::EmailAddress,
        delivery::DeliveryId,
        issue::IssueId,
        language::Language,
        subscriber::{Subscriber, SubscriberStatus},
    },
    proof::{Proof, Reading, Renderers},
    render::{
        form::{Fill, Filled},
        token::Signer,
    },
};
use std::collections::BTreeMap;

/// Fills the letter as a send does, with the preview's stand-ins for what a send makes up.
fn octets(project: &Project, reader: &Subscriber, language: &str) -> Vec<u8> {
    let reading = Reading {
        issue: IssueId { newsletter: "letter".to_owned(), issue: "2022-04".to_owned() },
        language: Language::parse(language).unwrap(),
        topics: Vec::new(),
    };
    let proof = Proof::compile(&project.load(), &Renderers::default(), &reading).unwrap();
    let tokens = proof.letter.tokens(&Signer::new([0; 16], &[0; 32]), DeliveryId(0));
    let date = Utc.from_utc_datetime(&proof.digest.date.and_time(NaiveTime::MIN));
    let mut filled = Filled::new();
    proof.letter.fill(&Fill { subscriber: reader, date, tokens: &tokens }, &mut filled).unwrap();
    filled.to_vec()
}

fn deux() -> Subscriber {
    Subscriber {
        address: EmailAddress::parse("deux@example.org").unwrap(),
        name: Some("Éloïse Deux".to_owned()),
        language: Language::parse("fr"),
        topics: Vec::new(),
        fields: BTreeMap::from([("country".to_owned(), "FR".to_owned())]),
        status: SubscriberStatus::Active,
    }
}

#[tokio::test]
async fn a_subscriber_sees_the_octets_that_a_send_would_make() {
    let project = letter().await;
    let page = open(&project, &[]).await;
    let choice = "?issue=letter/2022-04&as=deux@example.org";
    let look = page.json(&format!("/look{choice}")).await;
    assert_eq!(look["reader"]["kind"], "subscriber");
    assert_eq!(look["reader"]["fields"]["country"], "FR");
    assert_eq!(
        (&look["language"], &look["message"]["to"]),
        (&"fr".into(), &"Éloïse Deux <deux@example.org>".into())
    );
    assert_eq!(look["message"]["subject"], "La lettre d’avril");

    let sent = octets(&project, &deux(), "fr");
    assert_eq!(look["message"]["message_bytes"], sent.len());
    let file = page.get(&format!("/message.eml{choice}")).await;
    assert!(file.body == sent, "the very octets");
    assert!(
        file.head.contains("content-disposition: attachment; filename=\"letter-2022-04-fr.eml\""),
        "{}",
        file.head
    );
    assert!(file.head.contains("cache-control: no-store"), "{}", file.head);
    let source = page.text(&format!("/source{choice}")).await;
    assert_eq!(source, String::from_utf8(sent).unwrap().replace("\r\n", "\n"));

    let headers = page.json(&format!("/headers{choice}")).await;
    let header =
        |name: &str| headers.as_array().unwrap().iter().find(|line| line["name"] == name).unwrap().clone();
    assert_eq!(header("To")["decoded"], "Éloïse Deux <deux@example.org>");
    assert!(header("To")["raw"].as_str().unwrap().contains("=?utf-8?Q?"));
    assert_eq!(header("Subject")["decoded"], "La lettre d’avril");
    let names: Vec<_> =
        headers.as_array().unwrap().iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(names[..2], ["Date", "From"]);

    let text = page.text(&format!("/text{choice}")).await;
    assert!(text.contains("Bonjour Éloïse Deux,"), "{text}");
    assert_eq!(page.text(&format!("/digest.txt{choice}")).await, text);
    // Another language than their own, when it is asked for.
    let look = page.json(&format!("/look{choice}&language=en")).await;
    assert_eq!(look["message"]["subject"], "Éloïse Deux, the letter of April");
}

#[tokio::test]
async fn every_element_has_its_number_and_its_place() {
    let project = letter().await;
    let page = open(&project, &[]).await;
    let choice = "?issue=letter/2022-04&language=en";
    let digest = page.get(&format!("/digest{choice}")).await;
    assert!(digest.head.contains("content-security-policy: sandbox allow-same-origin"), "{}", digest.head);
    let document = Document::read(&digest.text());
    let numbers: Vec<usize> = document
        .elements
        .iter()
        .filter_map(|element| element.get("data-at").map(|number| number.parse().unwrap()))
        .collect();
    assert!(numbers.windows(2).all(|two| two[0] < two[1]));
    let trace = page.json(&format!("/trace{choice}")).await;
    assert_eq!(trace.as_array().unwrap().len(), numbers.len());
    let headline =
        document.visible_runs().find(|(_, run)| run.text.contains("bridge")).expect("the headline").1;
    let number: usize = document.elements[headline.parent.unwrap()].get("data-at").unwrap().parse().unwrap();
    assert_eq!(trace[number]["path"], "newsletters/letter/news/2022-04-02-bridge.md", "{}", trace[number]);
    // The file to keep has its pictures inside and no numbers.
    let file = page.text(&format!("/digest.html{choice}")).await;
    assert!(file.contains("data:image/png;base64,") && !file.contains("data-at") && !file.contains("cid:"));
}

#[tokio::test]
async fn the_page_learns_everything_around_the_message() {
    let project = letter().await;
    let mut page =
        open(&project, &["letter/2022-04", "--editor", "idea://open?file={path}&line={line}"]).await;
    let look = page.json("/look").await;
    assert_eq!(look["newsletters"][0], serde_json::json!({ "id": "letter", "name": "Letter" }));
    let issues: Vec<_> = look["issues"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
    assert_eq!(issues, ["letter/2022-04", "letter/2022-03"]);
    assert_eq!(look["languages"], serde_json::json!(["en", "fr", "ar"]));
    assert_eq!(look["reader"]["kind"], "sample");
    assert_eq!(
        look["fields"],
        serde_json::json!([{ "name": "name", "default": "Reader" }, { "name": "name", "default": "reader" }])
    );
    assert_eq!(
        (&look["previous"], &look["editor"]),
        (&"letter/2022-03".into(), &"idea://open?file={path}&line={line}".into())
    );
    assert_eq!(look["list"]["readers"], 3);
    assert_eq!(look["test"]["possible"], false);
    assert!(look["test"]["why_not"].as_str().unwrap().contains("no relay"));
    assert_eq!(look["problems"], serde_json::json!([]));
    assert!(!look["message"]["clipped"].as_bool().unwrap());

    let found = page.json("/findings").await;
    assert_eq!(found["stamp"], look["stamp"]);
    let findings = found["findings"].as_array().unwrap();
    assert!(
        findings.iter().all(|finding| finding["rule"].is_string() || finding["id"].is_string()),
        "{found}"
    );
    page.until("/look", |look| look["issues"][0]["state"] == "checked").await;

    let rows = page.json("/rows").await;
    let phone =
        rows.as_array().unwrap().iter().find(|row| row["client"] == "Gmail" && row["device"] == "phone");
    let phone = phone.expect("a row");
    assert_eq!((&phone["sender"], &phone["sender_cut"]), (&"Letter".into(), &false.into()));
    assert_eq!(
        (&phone["subject"], &phone["subject_cut"]),
        (&"Reader, the letter of April".into(), &false.into())
    );
    // What follows the preheader is cut where a phone has no room left.
    let preheader = phone["preheader"].as_str().unwrap();
    assert!(preheader.starts_with("A bridge, and open doors") && preheader.ends_with('…'), "{preheader}");
    assert_eq!(phone["preheader_cut"], true);
    reads_aloud(&page).await;
    let difference = page.json("/difference").await;
    assert_eq!(difference["previous"], "letter/2022-03");
    assert_eq!(difference["items"]["new"][0]["slug"], "2022-04-02-bridge");
    assert_eq!(difference["items"]["repeated"][0]["first_in"], "letter/2022-03");
    assert!(difference["items"]["new"][0]["place"]["line"].as_u64().unwrap() > 0);
}

/// What is read has its role, level, language and direction, and the number of an element of the digest.
async fn reads_aloud(page: &Page) {
    let said = page.json("/reading?language=fr").await;
    let find = |text: &str| {
        let is_it = |said: &&serde_json::Value| said["role"] == "heading" && said["text"] == text;
        said.as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("no {text}: {said}"))
    };
    // One item was translated, the other is read as English in the middle of the French.
    for (text, lang) in [("Le bureau ouvre ses portes", "fr"), ("NO", "en")] {
        let headline = find(text);
        assert_eq!((&headline["level"], &headline["dir"]), (&2.into(), &"ltr".into()), "{headline}");
        assert_eq!(headline["lang"], lang, "{headline}");
    }
    assert_eq!(find("NO")["also"], serde_json::json!(["link"]));
    let number = &find("NO")["element"];
    let html = page.text("/digest?language=fr").await;
    assert!(html.contains(&format!("<a data-at=\"{number}\"")), "{number}");
}

#[tokio::test]
async fn every_view_answers_and_none_lets_a_script_or_a_request_through() {
    let project = letter().await;
    let hostile = "A bridge was built.\n\n<script>alert(1)</script> </iframe> [read](javascript:alert(1)) \
                   ![x](https://evil.example.org/x.png)";
    project.edit("newsletters/letter/news/2022-04-02-bridge.md", "A bridge was built.", hostile);
    let page = open(&project, &[]).await;
    for view in
        ["html", "dark", "partial", "full", "no-images", "no-style", "clipped", "outlook", "rtl", "nonsense"]
    {
        let answer = page.get(&format!("/digest?issue=letter/2022-04&view={view}")).await;
        assert_eq!(answer.status, 200, "{view}");
        let html = answer.text();
        assert!(html.contains("data-at=") && html.contains("target=\"_blank\""), "{view}");
        assert!(!html.contains("<script") && !html.contains("cid:") && !html.contains("</iframe"), "{view}");
        assert!(!html.contains("\"javascript:") && !html.contains("src=\"https:"), "{view}");
    }
}
