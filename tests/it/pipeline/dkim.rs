//! Proves that two other implementations verify our DKIM signatures, and notice a single changed word.

use crate::pipeline::letters::{digest, frame, subscriber};
use masthead::{
    delivery::letters::{FormLetters, LetterDesk, Letters, Paper},
    delivery::{ports::Ledger, seal::Contents},
    dkim::{DkimIdentity, DkimKey, DkimSigner, KeyKind, public_record},
    domain::{
        address::EmailAddress,
        broadcast::SealedVariant,
        delivery::{Claim, DeliveryId},
        issue::IssueId,
    },
    ledger::memory::MemoryLedger,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

/// Returns every language that the digest template speaks: one that is added is signed here, too.
fn languages() -> Vec<String> {
    let strings = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/digest/strings");
    let files = fs::read_dir(strings).expect("the template's words");
    let mut tags: Vec<String> = files
        .map(|file| {
            file.expect("a file").path().file_stem().expect("a tag").to_str().expect("text").to_owned()
        })
        .collect();
    tags.sort();
    assert!(tags.len() >= 6, "{tags:?}");
    tags
}

/// Returns names that are hard to write in a header, one for each reader.
fn name(number: usize) -> String {
    let names =
        ["Anna Test", "O'Brien, J. (Jay)", "نشرة الأخبار", "王小明", "two  spaces   here", ".dot", "From me"];
    format!("{} {number}", names[number % names.len()])
}

/// Changes a word, which must be there: its letters stand the other way round then.
fn changed(message: &[u8], header: &str, word: &str) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).expect("7-bit");
    let from = text.find(header).unwrap_or_else(|| panic!("no {header}"));
    let at = from + text[from..].find(word).unwrap_or_else(|| panic!("no {word} behind {header}"));
    let turned: String = word.chars().rev().collect();
    assert_ne!(turned, word);
    format!("{}{turned}{}", &text[..at], &text[at + word.len()..]).into_bytes()
}

/// Writes a hundred signed messages below a folder, and each four times more with one word changed: in the subject, in
/// the text, in the HTML, and in the link that ends the subscription.
fn write_messages(folder: &Path, kind: KeyKind) {
    let key = DkimKey::generate(kind).unwrap();
    fs::write(folder.join("record.txt"), public_record(&key).unwrap()).unwrap();
    let identity =
        DkimIdentity { domain: "example.org".into(), selector: "s1".into(), rewritten: Vec::new() };
    let languages = languages();
    let variants = languages.iter().map(|language| {
        let digest = digest(language, "News of April — نشرة", true);
        SealedVariant { label: language.clone(), language: digest.language.clone(), digest }
    });
    let frame = frame(Some("https://u.news.example.org/"));
    let content = Contents {
        issue: IssueId { newsletter: "starsom".into(), issue: "2022-04".into() },
        edition: 0,
        variants: variants.collect(),
        waivers: Vec::new(),
        approved_by: Vec::new(),
        public_url: frame.public_url,
        unsubscribe_domain: frame.unsubscribe_domain,
        envelope_from: EmailAddress::parse("bounces@example.org").unwrap(),
    };
    let keys = MemoryLedger::default().keys().unwrap();
    let letters = FormLetters::new(&content.sealed(), &keys).unwrap();
    let letters = letters.signed_by(Arc::new(DkimSigner::new(identity, key)));
    let mut paper = Paper::default();
    for number in 0..100 {
        let claim = Claim {
            delivery: DeliveryId(i64::try_from(number).unwrap()),
            fence: 1,
            attempt: 1,
            variant: number % languages.len(),
            subscriber: subscriber(
                "reader@example.net",
                Some(&name(number)),
                &[("city", "Malé"), ("site", "https://example.net/ä?b=<c>&d")],
            ),
            repeat: None,
        };
        letters.fill(&claim, 1_649_408_400, &mut paper).unwrap();
        let message = paper.pieces().concat();
        fs::write(folder.join(format!("{number:03}.eml")), &message).unwrap();
        let words = [
            // "News o", in base64.
            ("subject", "\r\nSubject: ", "TmV3cyBv"),
            ("text", "\r\nContent-Type: text/plain", "editors"),
            ("html", "\r\nContent-Type: text/html", "editors"),
            ("leave", "\r\nList-Unsubscribe: ", "https"),
        ];
        for (place, header, word) in words {
            let path = folder.join(format!("changed-{place}-{number:03}.eml"));
            fs::write(path, changed(&message, header, word)).unwrap();
        }
    }
}

/// Runs a verifier and returns what it says.
fn said(command: &mut Command) -> String {
    let output = command.output().expect("the verifier is installed: see scripts/test");
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}{complained}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pipeline").join(name)
}

#[test]
fn dkimpy_and_mail_dkim_verify_every_language_and_notice_a_changed_word() {
    let folder = tempfile::tempdir().unwrap();
    write_messages(folder.path(), KeyKind::Rsa);
    let python = crate::support::binary::tool("python3");
    assert_eq!(
        said(Command::new(python).arg(script("verify_dkim.py")).arg(folder.path())),
        "100 verified, 400 refused"
    );
    let mut perl = Command::new("perl");
    assert_eq!(said(perl.arg(script("verify_dkim.pl")).arg(folder.path())), "100 verified, 400 refused");
}

#[test]
fn dkimpy_verifies_signatures_of_an_ed25519_key() {
    let folder = tempfile::tempdir().unwrap();
    write_messages(folder.path(), KeyKind::Ed25519);
    let python = crate::support::binary::tool("python3");
    assert_eq!(
        said(Command::new(python).arg(script("verify_dkim.py")).arg(folder.path())),
        "100 verified, 400 refused"
    );
}
