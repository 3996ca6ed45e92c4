//! Shows that no file, however damaged, does more harm than being refused.

use crate::content::source::SourceText;
use crate::content::{issue_file, item_file, newsletter_file, template_file, workspace_file};
use crate::domain::issue::IssueId;
use crate::domain::language::Language;
use crate::domain::problem::{Problem, Problems};
use proptest::prelude::{ProptestConfig, any, proptest};

const NEWSLETTER: &str = "name: N\nfrom: N <n@example.org>\nlanguages: [en, fr]\nnavigation:\n  - { label: Events, url: \"https://www.example.org\" }\nabout: { text: x, url: https://www.example.org }\nopening: |\n  One\n\n  two\ndigest: { since: last-issue, topics: [a], at_most: 9 }\ntheme: { accent: \"#123456\" }\n";
const ITEM: &str = "---\ndate: 2022-04-07\nplace: Malé\nheadline: \"One: two\"\nimage: images/a.png\nalt: ''\ntopics: [a, b]\npublish_after: 2022-04-07\n---\n\nText with **Markdown**.\n";
const ISSUE: &str =
    "date: 2022-04-08\nsubject: >-\n  One\n  two\npreheader: three\nitems:\n  - a\n  - b # c\n";
const SETTINGS: &str = "relay: { url: \"smtps://user%40x@mail.example.org:465\", password: { env: A }, rate: 10/s }\npublic_url: https://news.example.org/\nbounces: { address: b@example.org }\ncolumns: { Ort: city }\n";

/// Reads a text as every kind of file and returns all that was said.
fn read_as_everything(source: &SourceText) -> Vec<Problem> {
    let english = Language::parse("en").expect("a language");
    let id = IssueId { newsletter: "n".into(), issue: "i".into() };
    let problems: [Problems; 9] = [
        newsletter_file::parse(source, "n").problems,
        newsletter_file::parse_translation(source, &english).1,
        item_file::parse(source, "a", &english).1,
        item_file::parse_translation(source, &english).1,
        issue_file::parse(source, &id, &english).1,
        issue_file::parse_translation(source, &english).1,
        workspace_file::parse(source).1,
        template_file::parse(source).1,
        template_file::parse_strings(source).1,
    ];
    problems.into_iter().flat_map(|problems| problems.0).collect()
}

fn check_is_survived(bytes: &[u8]) {
    let said = match SourceText::decode("a.md", bytes) {
        Ok(source) => read_as_everything(&source),
        Err(problem) => vec![problem],
    };
    for problem in said {
        assert!(problem.place.is_some(), "{problem} has no place");
        assert!(problem.help.is_some(), "{problem} helps nobody");
        assert!(problem.message.len() < 300, "{problem} is too long");
    }
}

#[test]
fn the_samples_are_sound() {
    let english = Language::parse("en").expect("a language");
    let id = IssueId { newsletter: "n".into(), issue: "i".into() };
    let source = |text: &str| SourceText::new("a", text);
    assert_eq!(newsletter_file::parse(&source(NEWSLETTER), "n").problems.to_string(), "");
    assert_eq!(item_file::parse(&source(ITEM), "a", &english).1.to_string(), "");
    assert_eq!(issue_file::parse(&source(ISSUE), &id, &english).1.to_string(), "");
    assert_eq!(workspace_file::parse(&source(SETTINGS)).1.to_string(), "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_files_are_survived(
        which in 0..4_usize,
        at in any::<proptest::sample::Index>(),
        cut in 0..12_usize,
        put in "[-a:,\\[\\]{}&*!|>'\"%@`# \n\t~?é0-9]{0,6}",
    ) {
        let sample = [NEWSLETTER, ITEM, ISSUE, SETTINGS][which].as_bytes();
        let at = at.index(sample.len());
        let end = (at + cut).min(sample.len());
        check_is_survived(&[&sample[..at], put.as_bytes(), &sample[end..]].concat());
    }

    #[test]
    fn any_octets_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_is_survived(&bytes);
        check_is_survived(&[b"---\n", bytes.as_slice(), b"\n---\n"].concat());
    }
}
