use super::*;
use crate::domain::approval::Person;
use chrono::DateTime;

fn fingerprint(parts: &[(&str, &str)]) -> Fingerprint {
    let parts: BTreeMap<_, _> = parts.iter().map(|(part, hash)| ((*part).into(), (*hash).into())).collect();
    Fingerprint { hash: sha256_hex(format!("{parts:?}").as_bytes()), parts }
}

fn approval(person: &str, parts: &[(&str, &str)]) -> Approval {
    Approval { by: Person::parse(person).unwrap(), at: DateTime::UNIX_EPOCH, fingerprint: fingerprint(parts) }
}

const NOW: &[(&str, &str)] = &[("fr/subject", "1"), ("fr/html", "1"), ("item/male", "1"), ("items", "1")];

#[test]
fn approvals_of_the_present_state_by_different_people_count() {
    let approvals = [
        approval("One <one@example.org>", NOW),
        approval("one <ONE@example.org>", NOW),
        approval("Two <two@example.org>", NOW),
    ];
    let standing = standing(&approvals, &fingerprint(NOW), 3);
    assert_eq!((standing.valid.len(), standing.stale.len(), standing.missing), (2, 0, 1));
    assert!(!standing.is_enough());
}

#[test]
fn whoever_approved_anew_is_not_stale_for_an_older_approval() {
    let older = approval("One <one@example.org>", &[("fr/subject", "0")]);
    let standing = standing(&[older, approval("One <one@example.org>", NOW)], &fingerprint(NOW), 1);
    assert_eq!((standing.valid.len(), standing.stale.len(), standing.missing), (1, 0, 0));
}

#[track_caller]
fn check_changes(before: &[(&str, &str)], expected: &str) {
    let standing = standing(&[approval("One", before)], &fingerprint(NOW), 0);
    assert_eq!(standing.stale[0].changes.join("; "), expected);
    assert!(standing.valid.is_empty() && standing.is_enough());
}

#[test]
fn a_stale_approval_says_what_changed() {
    check_changes(
        &[("fr/subject", "0"), ("fr/html", "0"), ("item/male", "1"), ("items", "1")],
        "the French subject",
    );
    check_changes(&[("fr/subject", "1"), ("fr/html", "0"), ("item/male", "0"), ("items", "1")], "item male");
    check_changes(&[("fr/subject", "1"), ("fr/html", "0"), ("items", "0")], "item male (new)");
    check_changes(
        &[("fr/subject", "1"), ("fr/html", "0"), ("item/male", "1"), ("items", "0")],
        "the order of the items",
    );
    check_changes(
        &[("fr/subject", "1"), ("fr/html", "0"), ("item/male", "1"), ("items", "1")],
        "the French HTML",
    );
    check_changes(
        &[
            ("fr/subject", "1"),
            ("fr/html", "1"),
            ("item/male", "1"),
            ("items", "1"),
            ("setting/from", "1"),
            ("template/partials/item.mjml", "1"),
            ("xx/tagline", "1"),
        ],
        "the sender (`from`) (taken out); template file partials/item.mjml (taken out); the tagline in `xx` (taken out)",
    );
}

#[test]
fn a_hash_that_no_part_explains_is_still_a_change() {
    let mut approval = approval("One", NOW);
    approval.fingerprint.hash = "0".repeat(64);
    let standing = standing(&[approval], &fingerprint(NOW), 1);
    assert_eq!(standing.stale[0].changes.len(), 1);
    assert_eq!(standing.missing, 1);
}
