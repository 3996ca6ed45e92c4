//! Texts with merge fields, from the editor's words to the octets on the wire, and back with another's decoder.

use chrono::{DateTime, NaiveDate};
use mail_parser::{MessageParser, MimeHeaders};
use masthead::{
    domain::{
        address::{EmailAddress, Mailbox},
        delivery::DeliveryId,
        edition::{Edition, EditionPlaces, Footer, Text},
        issue::IssueId,
        language::Language,
        problem::Place,
        subscriber::{Subscriber, SubscriberStatus},
        template::TemplateFiles,
    },
    render::{
        digest::Renderer,
        form::{Fill, Filled, FormLetter, Frame},
        headers::{mailbox, words},
        mime,
        token::Signer,
    },
};
use std::{collections::BTreeMap, sync::OnceLock};

/// A template that is hardly more than the texts themselves.
const FILES: [(&str, &str); 2] = [
    (
        "digest.mjml",
        "<mjml><mj-body><mj-section><mj-column><mj-text>{{ opening }}</mj-text><mj-text><a href=\"{{ unsubscribe_url }}\">\
         Leave</a></mj-text></mj-column></mj-section></mj-body></mjml>",
    ),
    ("digest.txt", "{{ opening }}\n\n{{ unsubscribe_url }}\n"),
];

fn renderer() -> &'static Renderer {
    static RENDERER: OnceLock<Renderer> = OnceLock::new();
    RENDERER.get_or_init(|| {
        let files = FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let template = TemplateFiles {
            name: "bare".into(),
            origin: "templates/bare".into(),
            files: files.collect(),
            strings: BTreeMap::new(),
            theme: BTreeMap::new(),
        };
        Renderer::new(&template).unwrap_or_else(|problems| panic!("{problems}"))
    })
}

fn english() -> Language {
    Language::parse("en").expect("a language")
}

fn text(source: &str) -> Text {
    Text { source: source.to_owned(), language: english(), place: Place::file("x.yaml"), lines: Vec::new() }
}

fn edition(subject: &str, opening: &str) -> Edition {
    Edition {
        issue: IssueId { newsletter: "starsom".into(), issue: "2022-04".into() },
        language: english(),
        date: NaiveDate::from_ymd_opt(2022, 4, 1).expect("a day"),
        subject: text(subject),
        preheader: None,
        name: text("STARSOM"),
        tagline: None,
        from: Mailbox {
            name: Some("STARSOM".into()),
            address: EmailAddress::parse("starsom@example.org").expect("an address"),
        },
        reply_to: None,
        list_id: "starsom.example.org".into(),
        website: None,
        navigation: Vec::new(),
        opening: Some(text(opening)),
        about: None,
        items: Vec::new(),
        footer: Footer {
            organisation: None,
            postal_address: None,
            reason: None,
            contact: None,
            privacy_url: None,
        },
        teaser_length: 90,
        theme: BTreeMap::new(),
        template: "bare".into(),
        archive_url: None,
        places: EditionPlaces::default(),
    }
}

/// Line by line: the reader's name, the subject, and the opening. What is not refused becomes a message that another
/// parser reads as it was meant.
pub(super) fn merge(octets: &[u8]) {
    let words = String::from_utf8_lossy(octets);
    let mut lines = words.splitn(3, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (name, subject, opening) = (next(), next(), next());
    let Ok(digest) = renderer().render(&edition(subject, opening), Vec::new(), "7f3a91c0") else { return };
    let frame = Frame { edition: 0, public_url: None, unsubscribe_domain: "in.example.org".into() };
    let Ok(letter) = FormLetter::new(&digest, &frame) else { return };
    let subscriber = Subscriber {
        address: EmailAddress::parse("reader@example.net").expect("an address"),
        name: (!name.trim().is_empty()).then(|| name.to_owned()),
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    };
    let tokens = letter.tokens(&Signer::of_no_ledger(), DeliveryId(1));
    let date = DateTime::from_timestamp(1_650_000_000, 0).expect("a moment");
    let fill = Fill { subscriber: &subscriber, date, tokens: &tokens };
    let mut filled = Filled::new();
    if letter.fill(&fill, &mut filled).is_err() {
        return;
    }
    let octets = filled.to_vec();
    check_wire(&octets);
    let message = MessageParser::default().parse(&octets).expect("a message");
    let meant = letter.subject_for(&fill).unwrap_or_default();
    assert_eq!(squeezed(message.subject().unwrap_or_default()), squeezed(&meant));
    assert!(message.message_id().is_some() && message.from().is_some() && message.to().is_some());
    assert_eq!((message.text_body_count(), message.html_body_count()), (1, 1));
    let html = letter.html_for(&fill).unwrap_or_default();
    assert_eq!(unbroken(&message.body_html(0).unwrap_or_default()), unbroken(&html));
}

/// Nothing in it can end the message early or begin a line of its own.
fn check_wire(octets: &[u8]) {
    let text = std::str::from_utf8(octets).expect("text");
    assert!(text.is_ascii(), "7-bit");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']), "bare CR, LF or NUL");
    for line in text.split("\r\n") {
        assert!(!line.starts_with('.') && line.len() <= 998, "{line}");
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unbroken(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end_matches('\n').to_owned()
}

/// Texts without control characters, encoded by us and decoded by another.
pub(super) fn mime(octets: &[u8]) {
    let (steer, octets) = super::steered(octets);
    let words = String::from_utf8_lossy(octets);
    let body: String = words.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let line: String = squeezed(&body.replace('\n', " "));
    let mut message = b"From: ".to_vec();
    let address = EmailAddress::parse("starsom@example.org").expect("an address");
    mailbox::write_value(&mut message, 6, Some(line.as_str()).filter(|line| !line.is_empty()), &address);
    message.extend_from_slice(b"\r\nSubject: ");
    words::write_unstructured(&mut message, 9, &line);
    message.extend_from_slice(b"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8");
    mime::write_parameter(&mut message, "name", &line);
    let (encoding, encoded) = mime::encode_text(&body);
    message.extend_from_slice(
        format!("\r\nContent-Transfer-Encoding: {}\r\n\r\n", encoding.as_str()).as_bytes(),
    );
    message.extend_from_slice(&encoded);
    if steer.is_multiple_of(2) {
        message.extend_from_slice(b"\r\n");
    }
    check_wire(&message);
    let read = MessageParser::default().parse(&message).expect("a message");
    assert_eq!(squeezed(read.subject().unwrap_or_default()), line, "the subject");
    let from = read.from().and_then(|from| from.first()).expect("a sender");
    assert_eq!(from.address(), Some("starsom@example.org"));
    assert_eq!(squeezed(from.name().unwrap_or_default()), line, "the name");
    let named = read.content_type().and_then(|kind| kind.attribute("name")).unwrap_or_default();
    assert_eq!(squeezed(named), line, "the parameter");
    assert_eq!(unbroken(&read.body_text(0).unwrap_or_default()), unbroken(&body), "the body");
}
