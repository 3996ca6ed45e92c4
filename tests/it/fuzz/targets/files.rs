//! Files that editors write, and lists that other programs export.

use masthead::{
    content::{
        approvals_file, issue_file, item_file, newsletter_file,
        source::SourceText,
        subscribers_csv::{SubscriberReader, SubscriberWriter},
        template_file, workspace_file,
    },
    domain::{
        issue::IssueId,
        language::Language,
        problem::{Place, Problem, Problems},
        subscriber::Subscriber,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Every reader of YAML and front matter comes back, and what it complains about lies in the file.
pub(super) fn files(octets: &[u8]) {
    let source = match SourceText::decode("news/x.md", octets) {
        Ok(source) => source,
        Err(problem) => return check_place(&problem, u32::MAX),
    };
    let language = Language::parse("en").expect("a language");
    let id = IssueId { newsletter: "starsom".to_owned(), issue: "2022-04".to_owned() };
    check(&source, &item_file::parse(&source, "x", &language).1);
    check(&source, &item_file::parse_translation(&source, &language).1);
    check(&source, &issue_file::parse(&source, &id, &language).1);
    check(&source, &issue_file::parse_translation(&source, &language).1);
    let _newsletter = newsletter_file::parse(&source, "starsom");
    check(&source, &newsletter_file::parse_translation(&source, &language).1);
    check(&source, &template_file::parse(&source).1);
    check(&source, &template_file::parse_strings(&source).1);
    check(&source, &workspace_file::parse(&source).1);
    let (approvals, problems) = approvals_file::parse(&source);
    check(&source, &problems);
    if problems.0.is_empty() {
        let again = SourceText::new("x", &approvals_file::text(&approvals));
        assert_eq!(approvals_file::parse(&again).0, approvals, "what is written is read back");
    }
}

fn check(source: &SourceText, problems: &Problems) {
    let lines = u32::try_from(source.text().split('\n').count()).unwrap_or(u32::MAX);
    for problem in &problems.0 {
        check_place(problem, lines);
    }
}

fn check_place(problem: &Problem, lines: u32) {
    assert!(!problem.message.is_empty());
    if let Some(Place { line, .. }) = &problem.place {
        assert!(*line <= lines.saturating_add(1), "line {line} of {lines}: {problem}");
    }
}

/// Rows that fit are the same after they were written and read again.
pub(super) fn list(octets: &[u8]) {
    let columns = BTreeMap::new();
    let Ok(reader) = SubscriberReader::new(octets, "list.csv", &columns) else { return };
    let mut people: Vec<Subscriber> = Vec::new();
    for row in reader.take(2_000) {
        people.extend(row.ok().map(|row| row.subscriber));
    }
    let fields: BTreeSet<String> = people.iter().flat_map(|person| person.fields.keys().cloned()).collect();
    let mut written = Vec::new();
    let mut writer = SubscriberWriter::new(&mut written, fields);
    writer.write_header().expect("memory");
    for person in &people {
        writer.write_row(person).expect("memory");
    }
    writer.finish().expect("memory");
    let again = SubscriberReader::new(&written[..], "list.csv", &columns)
        .unwrap_or_else(|problem| panic!("{problem}: {}", String::from_utf8_lossy(&written)));
    let again: Vec<Subscriber> =
        again.map(|row| row.unwrap_or_else(|problem| panic!("{problem}")).subscriber).collect();
    let addresses =
        |people: &[Subscriber]| people.iter().map(|person| person.address.expose()).collect::<Vec<_>>();
    assert_eq!(addresses(&again), addresses(&people));
}
