//! Proves that another implementation reads our messages without a defect and finds in them
//! exactly the digest with the reader's values, each escaped for its place.

use crate::pipeline::letters::{HTML, TEXT, digest, frame, message, subscriber};
use masthead::render::form::FormLetter;
use serde_json::{Value, json};
use std::{fs, process::Command};

/// Names that have broken mailers before.
fn names() -> Vec<Option<String>> {
    let texts = [
        "",
        "   ",
        "Anna Test",
        "O'Brien, J. (Jay) \"JJ\" \\o/",
        "<b>&\"'",
        "Anna\r\nBcc: someone@example.net",
        "\n\t.\n",
        "نشرة الأخبار للجميع في هذا العام الجديد والسعيد إن شاء الله",
        "王小明",
        "👨‍👩‍👧‍👦 Zoë 🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉",
        "=?utf-8?Q?x?=",
        "=41 =\u{3d} 100% {{ name }} ${x}",
        "From me",
        ".",
        "..dots",
        "> quoted",
        "-- ",
        "a@b.org",
        "a, b; c: d",
        "Name\u{2028}with\u{85}breaks\u{0}and\u{7f}controls",
        "right\u{202e}left\u{2066}",
        "--=_mh_000000000000000000000000--",
        "</title></style><script>alert(1)</script>",
        "javascript:alert(1)",
        "two  spaces   here",
    ];
    let mut names: Vec<Option<String>> = texts.iter().map(|text| Some((*text).to_owned())).collect();
    names.push(None);
    names.push(Some("Word ".repeat(180).trim().to_owned()));
    names.push(Some("x".repeat(900)));
    names.push(Some("é".repeat(450)));
    names.push(Some(format!("Z{}", "\u{301}".repeat(300))));
    names
}

/// Returns every message of the test with what Python should find in it.
fn cases() -> Vec<Value> {
    let subjects = [
        "News of April",
        "Semaine 47 : l’actualité de @@text:name@@, et bien plus encore que ce que l’on peut mettre sur une ligne",
        "النشرة الإخبارية لشهر أبريل من هذا العام مع أخبار كثيرة جدا ومفيدة",
        "@@text:name@@",
        "新闻简报",
    ];
    let mut cases = Vec::new();
    for (index, language) in ["en", "fr", "ar", "en", "zh"].into_iter().enumerate() {
        let subject = subjects[index];
        for (with_image, public_url) in [(false, None), (true, Some("https://u.news.example.org/"))] {
            let letter = FormLetter::new(&digest(language, subject, with_image), &frame(public_url))
                .expect("it compiles");
            for name in names() {
                let city = name.as_deref().unwrap_or("Malé");
                let site = name.clone().unwrap_or_else(|| "https://example.net/ä?b=<c>&d".into());
                let fields = [("city", city), ("site", site.as_str())];
                let address = if cases.len() % 7 == 0 {
                    "почта@пример.рф"
                } else {
                    "reader@bücher.example"
                };
                let reader = subscriber(address, name.as_deref(), &fields);
                let (octets, link) = message(&letter, &reader);
                cases.push(json!({
                    "message": String::from_utf8(octets).expect("our messages are UTF-8"), "language": language, "subject": subject, "name": name, "city": city,
                    "site": site, "unsubscribe": link, "html": HTML, "text": TEXT,
                    "address": reader.address.expose(), "images": usize::from(with_image),
                    "one_click": public_url.is_some(),
                }));
            }
        }
    }
    cases
}

#[test]
fn python_finds_no_defect_and_every_value_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.json");
    let cases = cases();
    fs::write(&path, serde_json::to_vec(&cases).unwrap()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/pipeline/parse.py");
    let output = Command::new("python3").arg(script).arg(&path).output().expect("python3 is installed");
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complained}");
    assert_eq!(said.trim(), format!("{} messages, no defect", cases.len()));
}
