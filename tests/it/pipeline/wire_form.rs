//! Proves what the octets of every message promise: nothing on the way has a reason to touch them.

use crate::pipeline::letters::{digest, frame, message, signer, subscriber};
use insta::assert_snapshot;
use masthead::{domain::delivery::DeliveryId, render::form::FormLetter};
use proptest::prelude::*;

fn letter(language: &str, public_url: Option<&str>) -> FormLetter {
    FormLetter::new(&digest(language, "For @@text:name@@", false), &frame(public_url)).expect("it compiles")
}

/// Asserts the promises of the wire form.
fn check_wire(octets: &[u8], is_international: bool) {
    let text = std::str::from_utf8(octets).expect("text");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']), "bare CR, LF or NUL");
    for line in text.split("\r\n") {
        assert!(!line.starts_with('.') && !line.starts_with("From "), "{line}");
        assert!(line.is_ascii() || is_international, "{line}");
        assert!(line.len() <= 78 || line.starts_with("Message-ID") || line.contains('@'), "{line}");
        assert!(line.len() <= 998);
    }
    assert!(text.ends_with("--\r\n"));
}

#[test]
fn the_header_fields_stand_in_their_fixed_order() {
    let reader = subscriber("reader@example.net", Some("Zoë"), &[]);
    let (octets, _) = message(&letter("fr", Some("https://u.news.example.org")), &reader);
    let text = String::from_utf8(octets).expect("text");
    let (headers, _) = text.split_once("\r\n\r\n").unwrap();
    assert_snapshot!(headers.replace("\r\n", "\n"));
}

#[test]
fn a_message_is_the_same_every_time() {
    let reader = subscriber("reader@example.net", Some("Zoë"), &[("city", "Malé")]);
    let letters = [letter("en", None), letter("en", None)];
    assert_eq!(message(&letters[0], &reader), message(&letters[1], &reader));
}

#[test]
fn an_international_address_stands_raw_and_nothing_else() {
    let reader = subscriber("почта@пример.рф", Some("Почта"), &[]);
    let (octets, _) = message(&letter("en", None), &reader);
    check_wire(&octets, true);
    let text = String::from_utf8(octets).expect("text");
    let raw: Vec<_> = text.lines().filter(|line| !line.is_ascii()).collect();
    assert_eq!(raw.len(), 1);
    assert!(raw[0].ends_with("<почта@xn--e1afmkfd.xn--p1ai>"), "{raw:?}");
}

#[test]
fn deliveries_of_one_letter_differ_in_their_tokens_only() {
    let letter = letter("en", Some("https://u.news.example.org"));
    let (one, two) = (letter.tokens(&signer(), DeliveryId(1)), letter.tokens(&signer(), DeliveryId(2)));
    assert_ne!(one.message_id, two.message_id);
    assert_ne!(one.unsubscribe_url, two.unsubscribe_url);
    let token = one.unsubscribe_url.unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(signer().read_web_token("starsom.example.org", &token), Some(DeliveryId(1)));
    assert_eq!(one.unsubscribe_address.len(), 34 + "@in.news.example.org".len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_a_list_holds_the_wire_form_stands(
        name in proptest::option::of("(\\PC|[\r\n\t\0.<>&\"'=? ]|From |é|中|\u{301}){0,120}"),
        city in "(\\PC|[\r\n .>]){0,200}",
        site in "(https://|javascript:|mailto:)?(\\PC|[\r\n<>\"%&]){0,60}",
        language in prop::sample::select(vec!["en", "ar", "zh"]),
    ) {
        let reader = subscriber("reader@example.net", name.as_deref(), &[("city", &city), ("site", &site)]);
        check_wire(&message(&letter(language, None), &reader).0, false);
    }
}
