//! Scaffolds: new files that are valid as they stand.

use crate::support::Project;
use masthead::check::{SCAFFOLD_ADDRESS, SCAFFOLD_TEASER};
use masthead::domain::address::Mailbox;
use masthead::domain::language::Language;
use masthead::workspace::scaffold::{NewNewsletter, new_item, new_newsletter};

#[test]
fn an_empty_folder_becomes_a_newsletter_with_an_issue() {
    let project = Project::empty();
    assert!(project.load().newsletters.is_empty());
    let wanted = NewNewsletter {
        name: "Brücken & \"Straßen\"".into(),
        slug: None,
        from: Mailbox::parse("The office <office@example.org>").ok(),
        languages: ["de", "zh-Hans"].iter().filter_map(|tag| Language::parse(tag)).collect(),
    };
    let newsletter = new_newsletter(project.root(), &wanted).expect("written");
    assert_eq!(newsletter.path, "newsletters/brucken-strassen/newsletter.yaml");
    let loaded = project.load();
    assert!(loaded.warnings.0.is_empty(), "{}", loaded.warnings);
    let date = "2022-04-07".parse().expect("a day");
    let item = new_item(project.root(), &newsletter.name, "Malé: “Ça va”?", date).expect("written");
    assert_eq!(item.name, "2022-04-07-male-ca-va");
    let again = new_item(project.root(), &newsletter.name, "Malé: “Ça va”?", date).expect("written");
    assert_eq!(again.name, "2022-04-07-male-ca-va-2");
    let arabic = new_item(project.root(), &newsletter.name, "مرحبا", date).expect("written");
    assert_eq!(arabic.name, "2022-04-07-item");
    let issue = project.load().new_issue(&newsletter.name, None, date).expect("written");
    assert_eq!(issue.name, "2022-04");
    let workspace = project.load();
    assert!(workspace.warnings.0.is_empty(), "{}", workspace.warnings);
    let id = workspace.resolve_issue(&newsletter.name).expect("an issue");
    let language = workspace.language_for(&id, None).expect("a language");
    let files = workspace.edition(&id, &language, &[]).expect("an edition");
    assert_eq!(files.edition.items.len(), 3);
    assert_eq!(files.edition.name.source, "Brücken & \"Straßen\"");
    assert_eq!(files.edition.from.address.expose(), "office@example.org");
}

#[test]
fn the_examples_of_new_files_are_those_that_the_checks_know() {
    let project = Project::empty();
    let wanted = NewNewsletter { name: "N".into(), slug: None, from: None, languages: Vec::new() };
    let newsletter = new_newsletter(project.root(), &wanted).expect("written");
    let date = "2022-04-07".parse().expect("a day");
    let item = new_item(project.root(), &newsletter.name, "One", date).expect("written");
    for (file, example) in [(newsletter.path, SCAFFOLD_ADDRESS), (item.path, SCAFFOLD_TEASER)] {
        let text = std::fs::read_to_string(project.root().join(&file)).expect("text");
        assert!(text.contains(example), "{file}");
    }
}

#[test]
fn what_can_be_no_name_is_refused() {
    let project = Project::empty();
    let wanted = |name: &str, slug: Option<&str>| NewNewsletter {
        name: name.into(),
        slug: slug.map(str::to_owned),
        from: None,
        languages: Vec::new(),
    };
    for (name, slug) in [("نشرة", None), ("", None), ("A", Some("../a"))] {
        let problems = new_newsletter(project.root(), &wanted(name, slug)).expect_err("refused");
        assert_eq!(problems.0[0].code, "workspace/bad-name", "{name}");
    }
    assert!(new_newsletter(project.root(), &wanted("نشرة", Some("nashra"))).is_ok());
    let date = "2022-04-07".parse().expect("a day");
    let problems = new_item(project.root(), "nashr", "News", date).expect_err("refused");
    assert_eq!(problems.0[0].help.as_deref(), Some("did you mean `nashra`?"));
    assert!(new_item(project.root(), "../nashra", "News", date).is_err());
}
