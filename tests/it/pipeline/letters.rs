//! Digests, readers and letters for the tests of this area.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use masthead::{
    domain::{
        address::{EmailAddress, Mailbox},
        delivery::DeliveryId,
        digest::{Digest, InlineImage},
        issue::IssueId,
        language::Language,
        merge::{MergeField, MergeTable},
        subscriber::{Subscriber, SubscriberStatus},
    },
    render::{
        form::{Fill, Filled, FormLetter, Frame},
        token::Signer,
    },
};
use std::collections::BTreeMap;

/// HTML with a field in every kind of place. `@@…@@` become tokens; the Python side knows them too.
pub(crate) const HTML: &str = r#"<!doctype html>
<html lang="en" dir="ltr"><head><title>News for @@text:name@@</title>
<!--[if mso]><v:roundrect href="https://example.org/?n=@@part:name@@"></v:roundrect><![endif]-->
<style>.a{color:#1a1a1a}</style></head>
<body lang="en" dir="ltr"><div title="For @@text:name@@">Dear @@text:name@@, welcome.@@text:city@@
.leading dot
From the editors: résumé — 新闻 — النشرة
<a href="@@whole:site@@">your site</a> <a href='https://example.org/p/@@part:name@@/x'>profile</a>
trailing space 
<a href="@@whole:unsubscribe@@">Unsubscribe</a> (@@text:unsubscribe@@)@@text:name@@</div></body></html>"#;

/// Text with fields at the start, the end, in the middle and alone on a line.
pub(crate) const TEXT: &str = "\
News for @@text:name@@
=========

@@text:name@@ is how a line starts, and it goes on for quite a while so that it has to be broken somewhere, softly.
.leading dot
From the editors
> no quote
  indented
  * https://www.example.org/a/rather/long/address/that/must/never/be/broken/whatever/its/length/is/2022-04-07
résumé — 新闻 — النشرة
City: @@text:city@@
@@text:name@@

-- 
Unsubscribe: @@text:unsubscribe@@
";

pub(crate) fn merge() -> MergeTable {
    MergeTable::new("7f3a91c0")
}

/// Replaces the markers by tokens.
pub(crate) fn marked(text: &str, merge: &mut MergeTable) -> String {
    let field = |name: &str, default: Option<&str>| MergeField::Subscriber {
        name: name.to_owned(),
        default: default.map(str::to_owned),
    };
    let mut out = text.to_owned();
    for kind in ["text", "part", "whole"] {
        for (name, field) in [
            ("name", field("name", Some("reader"))),
            ("city", field("city", Some(""))),
            ("site", field("site", Some("https://example.org/"))),
            ("unsubscribe", MergeField::UnsubscribeUrl),
        ] {
            out = out.replace(&format!("@@{kind}:{name}@@"), &merge.token(field));
        }
    }
    out
}

pub(crate) fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).expect("valid")
}

/// Returns a digest in a language with the texts above.
pub(crate) fn digest(language: &str, subject: &str, with_image: bool) -> Digest {
    let mut merge = merge();
    let images = if with_image {
        vec![InlineImage {
            content_id: "logo@example.org".into(),
            file_name: "logo für alle.png".into(),
            media_type: "image/png".into(),
            base64: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==".into(),
        }]
    } else {
        Vec::new()
    };
    Digest {
        issue: IssueId { newsletter: "starsom".into(), issue: "2022-04".into() },
        language: Language::parse(language).expect("valid"),
        date: NaiveDate::from_ymd_opt(2022, 4, 8).expect("valid"),
        subject: marked(subject, &mut merge),
        preheader: String::new(),
        from: mailbox("STARSOM: l’actualité <starsom@example.org>"),
        reply_to: Some(mailbox("contact@example.org")),
        list_name: "STARSOM – نشرة".into(),
        list_id: "starsom.example.org".into(),
        archive_url: Some("https://news.example.org/archive/2022-04".into()),
        contact: Some("contact@example.org".into()),
        html: marked(HTML, &mut merge),
        text: marked(TEXT, &mut merge),
        images,
        merge,
    }
}

pub(crate) fn frame(public_url: Option<&str>) -> Frame {
    Frame {
        edition: 0,
        public_url: public_url.map(str::to_owned),
        unsubscribe_domain: "in.news.example.org".into(),
    }
}

pub(crate) fn subscriber(address: &str, name: Option<&str>, fields: &[(&str, &str)]) -> Subscriber {
    Subscriber {
        address: EmailAddress::parse(address).expect("valid"),
        name: name.map(str::to_owned),
        language: None,
        topics: Vec::new(),
        fields: fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        status: SubscriberStatus::Active,
    }
}

pub(crate) fn signer() -> Signer {
    Signer::new([7; 16], &[9; 32])
}

pub(crate) fn date() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 6, 30, 7).single().expect("valid")
}

/// Returns a reader's message and the link in its body.
pub(crate) fn message(letter: &FormLetter, subscriber: &Subscriber) -> (Vec<u8>, String) {
    let tokens = letter.tokens(&signer(), DeliveryId(4711));
    let mut filled = Filled::new();
    letter.fill(&Fill { subscriber, date: date(), tokens: &tokens }, &mut filled).expect("valid");
    assert_eq!(filled.to_vec().len(), filled.len());
    (filled.to_vec(), tokens.unsubscribe_link)
}
