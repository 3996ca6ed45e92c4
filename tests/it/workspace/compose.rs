//! Composing: a new issue from the latest items.

use crate::support::Project;
use masthead::domain::newsletter::DigestRule;
use masthead::workspace::compose::{Composition, IfExists};

fn wanted(date: &str) -> Composition {
    Composition {
        newsletter: "letter".into(),
        issue: None,
        date: date.parse().expect("a day"),
        rule: None,
        until: None,
        month: None,
        if_exists: IfExists::Refuse,
    }
}

#[test]
fn a_composed_issue_lists_one_item_per_line_and_loads() {
    let project = Project::copy_of("minimal");
    let composed = project.load().compose(&wanted("2022-05-03")).expect("composed");
    assert_eq!(
        (composed.id.to_string().as_str(), composed.path.as_str()),
        ("letter/2022-05", "newsletters/letter/issues/2022-05.yaml")
    );
    insta::assert_snapshot!(project.read(&composed.path), @r##"
    # The issue of 2022-05-03. Change subject and preheader; reorder, remove or add lines of items.
    # Translations stand beside this file: the French subject in a file that ends in .fr.yaml.
    date: 2022-05-03
    subject: "Letter – May 2022"
    preheader: "Held back until May"        # what inboxes show after the subject
    # opening: …        # instead of the newsletter's own opening
    items:
      - 2022-04-05-held  # Held back until May
    "##);
    let workspace = project.load();
    let (_, issue) = workspace.find(&composed.id).expect("the issue");
    assert_eq!(issue.items.len(), 1);
    assert!(workspace.warnings.0.is_empty(), "{}", workspace.warnings);
    assert!(
        composed.selection.explain().contains("already in issue 2022-04"),
        "{}",
        composed.selection.explain()
    );
}

#[test]
fn an_issue_is_replaced_only_when_that_is_meant() {
    let project = Project::copy_of("minimal");
    let path = "newsletters/letter/issues/2022-04.yaml";
    let before = project.read(path);
    let workspace = project.load();
    let problems = workspace.compose(&wanted("2022-04-06")).expect_err("refused");
    assert_eq!(problems.0[0].code, "workspace/file-exists");
    assert_eq!(project.read(path), before);
    let forced = Composition { if_exists: IfExists::Replace, ..wanted("2022-04-06") };
    assert_eq!(workspace.compose(&forced).expect("composed").items.len(), 1);
    assert_ne!(project.read(path), before);
    let left: Vec<_> =
        std::fs::read_dir(project.root().join("newsletters/letter/issues")).expect("a folder").collect();
    assert_eq!(left.len(), 3, "no temporary file stays behind");
}

#[test]
fn a_rule_or_a_month_of_ones_own_goes_before_the_newsletters() {
    let project = Project::copy_of("minimal");
    let workspace = project.load();
    let rule = DigestRule { latest: Some(2), ..DigestRule::default() };
    let composed = workspace
        .compose(&Composition { rule: Some(rule), issue: Some("special".into()), ..wanted("2022-06-01") })
        .expect("composed");
    let slugs: Vec<_> = composed.items.iter().map(|(slug, _)| slug.as_str()).collect();
    assert_eq!(slugs, ["2022-04-05-held", "2022-04-02-bridge"]);
    let march = Composition { month: Some((2022, 3)), issue: Some("march".into()), ..wanted("2022-06-01") };
    assert_eq!(workspace.compose(&march).expect("composed").items[0].0, "2022-03-10-opening");
}

#[test]
fn awkward_headlines_stay_harmless() {
    let project = Project::copy_of("minimal");
    project.edit(
        "newsletters/letter/news/2022-04-05-held.md",
        "headline: Held back until May",
        "headline: |\n  \"Quote\" # \\ {{ x }}",
    );
    let composed = project.load().compose(&wanted("2022-05-03")).expect("composed");
    let workspace = project.load();
    let (_, issue) = workspace.find(&composed.id).expect("the issue");
    let texts = issue.texts.values().next().expect("texts");
    assert_eq!(texts.preheader.as_ref().map(|text| text.source.as_str()), Some("\"Quote\" # \\ {{ x }}"));
}

#[test]
fn an_issue_that_would_be_refused_is_not_written() {
    let project = Project::copy_of("minimal");
    for number in 0..201 {
        let path = format!("newsletters/letter/news/2022-06-01-n{number}.md");
        project.write(&path, "---\ndate: 2022-06-01\nheadline: One\n---\nText.\n");
    }
    let rule = DigestRule { at_most: Some(201), ..DigestRule::default() };
    let problems = project
        .load()
        .compose(&Composition { rule: Some(rule), ..wanted("2022-06-02") })
        .expect_err("refused");
    assert_eq!(problems.0[0].message, "201 items would be chosen; an issue has 200 at most");
    assert!(project.load().issues().iter().all(|issue| issue.id.issue != "2022-06"));
}
