//! Every rule has a file in `tests/fixtures/checks`: messages that it must object to, and messages that it must
//! leave in peace. Each says only in what it differs from a letter that no rule objects to.

use crate::check::{rules, tests::case::Case};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    bad: Vec<Case>,
    good: Vec<Case>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checks")
}

#[test]
fn the_base_letter_pleases_every_rule() {
    let found: Vec<_> = Case::default().judged().into_iter().map(|f| (f.rule.id, f.message)).collect();
    assert_eq!(found, []);
}

/// Rules that no message alone can show, each with the test that shows it.
const ELSEWHERE: &[(&str, &str)] = &[
    ("I009", "check::online::tests"),
    ("L008", "check::online::tests"),
    // Our letters escape every value; the test gives values that got through.
    ("T005", "a_value_that_gets_through_changes_the_shape"),
    ("T006", "cli::approving"),
    ("T010", "a_left_over_item_is_told_where_it_stands"),
];

#[test]
fn every_rule_has_messages_that_it_objects_to_and_messages_that_it_leaves_in_peace() {
    let mut complaints = Vec::new();
    for rule in rules::all().filter(|rule| !ELSEWHERE.iter().any(|(id, _)| *id == rule.id)) {
        let path = folder().join(format!("{}.yaml", rule.id));
        let Ok(source) = std::fs::read_to_string(&path) else {
            complaints.push(format!("{}: no fixture", rule.id));
            continue;
        };
        let fixture: Fixture =
            serde_saphyr::from_str(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!fixture.bad.is_empty() && !fixture.good.is_empty(), "{}: both kinds are wanted", rule.id);
        for (cases, wanted) in [(&fixture.bad, true), (&fixture.good, false)] {
            for case in cases {
                let findings = case.judged();
                let found = findings.iter().any(|finding| finding.rule.id == rule.id);
                if found != wanted {
                    let said: Vec<_> = findings.iter().map(|f| (f.rule.id, &f.message)).collect();
                    complaints.push(format!("{}: {} → {said:?}", rule.id, case.says));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
