//! Merge fields are found in any dress, and everything else said of a subscriber is refused.

use super::{Blanks, Markup};
use crate::domain::{edition::Text, language::Language, merge::MergeField, problem::Place};

fn text(source: &str) -> Text {
    let place = Place { path: "newsletter.yaml".into(), line: 7, column: 11, excerpt: None };
    Text { source: source.into(), language: Language::parse("en").unwrap(), place, lines: Vec::new() }
}

#[track_caller]
fn check_field(source: &str, name: &str, default: Option<&str>) {
    let mut blanks = Blanks::new("7f3a91c0");
    let out = blanks.text(&text(source), Markup::Markdown);
    assert_eq!(blanks.problems, [], "{source}");
    assert_eq!(out, "Dear zq7f3a91c00000qz!", "{source}");
    let field = MergeField::Subscriber { name: name.into(), default: default.map(str::to_owned) };
    assert_eq!(blanks.table.fields(), [field]);
}

#[track_caller]
fn check_refused(source: &str, code: &str, place: &str, help: &str) {
    let mut blanks = Blanks::new("7f3a91c0");
    blanks.text(&text(source), Markup::Plain);
    let [problem] = blanks.problems.as_slice() else { panic!("{source}: {:?}", blanks.problems) };
    assert_eq!(problem.code, code, "{source}");
    assert_eq!(problem.place.as_ref().unwrap().to_string(), place, "{source}");
    assert!(problem.help.as_ref().unwrap().contains(help), "{source}: {problem:?}");
}

#[test]
fn spacing_and_kind_of_quotes_do_not_matter() {
    check_field(r#"Dear {{ subscriber.name | default(value="reader") }}!"#, "name", Some("reader"));
    check_field("Dear {{subscriber.name|default(value='reader')}}!", "name", Some("reader"));
    check_field(
        "Dear {{ subscriber . name\n  | default ( value = 'it\"s }} ok' ) }}!",
        "name",
        Some("it\"s }} ok"),
    );
    check_field(
        r#"Dear {{ subscriber.job_title | default(value="a \"b\"") }}!"#,
        "job_title",
        Some("a \"b\""),
    );
    check_field("Dear {{ subscriber.email }}!", "email", None);
}

#[test]
fn anything_else_is_refused_with_its_place() {
    let here = "newsletter.yaml:7:14";
    check_refused("Hi {{ name }}", "render/merge-field-unknown", here, "`{{ subscriber.name }}`");
    check_refused("Hi {{ subsciber.name }}", "render/merge-field-unknown", here, "`{{ subscriber.name }}`");
    check_refused("Hi {{ weather }}", "render/merge-field-unknown", here, "\\{{");
    check_refused("Hi {{ subscriber.Name }}", "render/merge-field-unknown", here, "subscriber.name");
    check_refused("Hi {{ subscriber.name | upper }}", "render/merge-field-misused", here, "stands alone");
    check_refused("Hi {{ subscriber }}", "render/merge-field-misused", here, "stands alone");
    check_refused(
        "Hi {{ subscriber.name | default(value=“x”) }}",
        "render/merge-field-misused",
        here,
        "straight quotes",
    );
    check_refused("Hi {{ subscriber.name", "render/merge-field-unclosed", here, "close");
    check_refused(
        "Hi {% if subscriber.name %}you{% endif %}",
        "render/merge-field-misused",
        here,
        "no condition",
    );
    check_refused("Hi\nthere {{ x }}", "render/merge-field-unknown", "newsletter.yaml:8", "subscriber");
}

#[test]
fn escaped_braces_are_words() {
    let mut blanks = Blanks::new("7f3a91c0");
    assert_eq!(blanks.text(&text(r"write \{{ x }}"), Markup::Plain), "write {{ x }}");
    assert_eq!(blanks.text(&text(r"write \{{ x }}"), Markup::Markdown), r"write \{{ x }}");
    assert!(blanks.problems.is_empty());
}

#[test]
fn the_unsubscribe_link_may_stand_in_a_text() {
    let mut blanks = Blanks::new("7f3a91c0");
    let out = blanks.text(&text("[leave]({{ unsubscribe_url }})"), Markup::Markdown);
    assert_eq!(out, "[leave](zq7f3a91c00000qz)");
    assert_eq!(blanks.table.fields(), [MergeField::UnsubscribeUrl]);
}

#[test]
fn a_text_of_broken_fields_alone_is_judged_soon() {
    let mut blanks = Blanks::new("7f3a91c0");
    blanks.text(&text(&"{{ ".repeat(60_000)), Markup::Plain);
    assert_eq!(blanks.problems.len(), super::PROBLEMS_MAX);
}
