//! Each broken fixture is refused, or warned about, in the words of its `expected.txt`.

use super::{Folder, fixtures};
use masthead::domain::problem::Problem;
use masthead::render::mjml::{MjmlSource, compile};
use std::fmt::Write as _;

fn rendered(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        writeln!(text, "{problem}").expect("writing to a string");
        if let Some(help) = &problem.help {
            writeln!(text, "  help: {help}").expect("writing to a string");
        }
    }
    text
}

#[test]
fn broken_documents_are_refused_with_place_and_help() {
    let mut count = 0;
    for entry in std::fs::read_dir(fixtures("refused")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let Some(kind) = name.strip_prefix("mjml-") else { continue };
        let text = std::fs::read_to_string(folder.join("input.mjml")).unwrap();
        let source = MjmlSource { path: "input.mjml", text: &text, includes: &Folder(folder.clone()) };
        let problems = match compile(&source) {
            Ok(output) => output.warnings,
            Err(problems) => problems.0,
        };
        let expected = folder.join("expected.txt");
        let found = rendered(&problems);
        // To accept new words, delete the file and run the test twice.
        if !expected.exists() {
            std::fs::write(&expected, &found).unwrap();
            panic!("{name}: wrote expected.txt; read it and run again");
        }
        assert_eq!(found, std::fs::read_to_string(&expected).unwrap(), "{name}");
        assert!(problems.iter().any(|problem| problem.code == format!("mjml/{kind}")), "{name}: {found}");
        count += 1;
    }
    assert!(count >= 8);
}

#[test]
fn every_code_has_a_section_in_the_docs() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    let docs = read("errors.md") + &read("errors-mjml.part.md");
    for entry in std::fs::read_dir(fixtures("refused")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if let Some(kind) = name.strip_prefix("mjml-") {
            assert!(docs.contains(&format!("## mjml/{kind}\n")), "{name}");
        }
    }
}
