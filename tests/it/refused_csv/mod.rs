//! Lists that are refused, and the words with which: each folder holds a list and what a person is told about it.

use masthead::{
    content::subscribers_csv::SubscriberReader,
    domain::problem::{Problem, Severity},
};
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

/// Returns what a person is told about a list.
fn report(octets: &[u8]) -> String {
    let mut told = String::new();
    let mut tell = |problem: &Problem| {
        let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(told, "{severity}: {problem}");
        if let Some(help) = &problem.help {
            let _ = writeln!(told, "  help: {help}");
        }
    };
    match SubscriberReader::new(octets, "input.csv", &BTreeMap::new()) {
        Err(problem) => tell(&problem),
        Ok(rows) => {
            for row in rows {
                match row {
                    Err(problem) => tell(&problem),
                    Ok(row) => row.notes.iter().for_each(&mut tell),
                }
            }
        }
    }
    told
}

#[test]
fn every_bad_list_is_refused_in_the_words_of_its_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/refused");
    let mut cases = 0;
    for entry in fs::read_dir(&folder).expect("a folder") {
        let case = entry.expect("an entry").path();
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(code) = name.strip_prefix("subscribers-") else { continue };
        let told = report(&fs::read(case.join("input.csv")).expect("a list"));
        let expected = fs::read_to_string(case.join("expected.txt")).expect("expected words");
        assert_eq!(told, expected, "{name}");
        assert!(told.contains(&format!("[subscribers/{code}]")), "{name} shows another code: {told}");
        assert_eq!(
            told.matches("  help: ").count(),
            told.matches("[subscribers/").count(),
            "{name} leaves alone"
        );
        cases += 1;
    }
    assert!(cases >= 12, "only {cases} lists were found");
}
