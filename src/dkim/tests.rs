use crate::dkim::{
    canonical::{BodyHash, Prepared, relaxed_field},
    key::{DkimKey, KeyError, KeyKind},
    record::{public_record, split_strings},
};
use aws_lc_rs::digest::{SHA256, digest};
use proptest::prelude::*;

/// RFC 6376, 3.4.4, said slowly.
fn slowly(body: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in body.split("\r\n") {
        let mut out = String::new();
        let mut has_space = false;
        for c in line.chars() {
            if matches!(c, ' ' | '\t') {
                has_space = true;
            } else {
                if std::mem::take(&mut has_space) {
                    out.push(' ');
                }
                out.push(c);
            }
        }
        lines.push(out);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    if lines.is_empty() { String::new() } else { lines.join("\r\n") + "\r\n" }
}

#[test]
fn the_examples_of_the_standard_come_out() {
    let mut hash = BodyHash::new();
    hash.write(b" C \r\nD \t E\r\n\r\n\r\n");
    assert_eq!(hash.finish().as_ref(), digest(&SHA256, b" C\r\nD E\r\n").as_ref());
    for (field, relaxed) in [("A: X", "a:X"), ("B : Y\t\r\n\tZ  ", "b:Y Z"), ("C:", "c:")] {
        let mut out = Vec::new();
        relaxed_field(field.as_bytes(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), relaxed);
    }
    assert_eq!(BodyHash::new().finish().as_ref(), digest(&SHA256, b"").as_ref());
}

proptest! {
    #[test]
    fn pieces_and_prepared_stretches_hash_like_the_whole(
        pieces in prop::collection::vec(("([ \t]|\r\n|[a-c=.]){0,12}", any::<bool>()), 0..8)
    ) {
        let whole: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
        let mut hash = BodyHash::new();
        for (text, is_prepared) in &pieces {
            if *is_prepared {
                hash.write_prepared(&Prepared::new(text.as_bytes()));
            } else {
                hash.write(text.as_bytes());
            }
        }
        let relaxed = slowly(&whole);
        let (found, wanted) = (hash.finish(), digest(&SHA256, relaxed.as_bytes()));
        prop_assert_eq!(found.as_ref(), wanted.as_ref(), "{:?}", whole);
    }
}

#[test]
fn keys_are_made_written_and_read_again() {
    for kind in [KeyKind::Rsa, KeyKind::Ed25519] {
        let key = DkimKey::generate(kind).unwrap();
        let again = DkimKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!((again.kind(), again.public()), (kind, key.public()));
        assert_eq!(again.sign(b"x"), key.sign(b"x"), "a repetition has the same signature");
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
}

#[test]
fn what_is_no_key_is_refused() {
    assert!(matches!(DkimKey::from_pem("hello"), Err(KeyError::NotPem)));
    let empty = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
    assert!(matches!(DkimKey::from_pem(empty), Err(KeyError::Unknown(_))));
}

#[test]
fn a_record_is_cut_into_strings_that_zone_files_take() {
    let record = public_record(&DkimKey::generate(KeyKind::Rsa).unwrap()).unwrap();
    assert!(record.starts_with("v=DKIM1; k=rsa; p=MIIB"), "{record}");
    let strings = split_strings(&record);
    assert!(strings.split("\" \"").all(|part| part.trim_matches('"').len() <= 255), "{strings}");
    assert_eq!(strings.replace("\" \"", "").trim_matches('"'), record);
}
