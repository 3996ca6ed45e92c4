//! Editions: languages, topics, images.

use crate::support::Project;
use masthead::domain::issue::IssueId;
use masthead::domain::language::Language;
use masthead::workspace::{EditionFiles, Workspace};

fn id(issue: &str) -> IssueId {
    IssueId { newsletter: "letter".into(), issue: issue.into() }
}

fn language(tag: &str) -> Language {
    Language::parse(tag).expect("a language")
}

#[track_caller]
fn edition(workspace: &Workspace, tag: &str, topics: &[&str]) -> EditionFiles {
    let topics: Vec<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
    workspace.edition(&id("2022-04"), &language(tag), &topics).expect("an edition")
}

#[test]
fn texts_fall_back_one_by_one_and_say_in_which_language_they_are() {
    let project = Project::copy_of("minimal");
    let workspace = project.load();
    let edition = edition(&workspace, "fr", &[]).edition;
    let shown = |text: &masthead::domain::edition::Text| format!("{} {}", text.language, text.source);
    assert_eq!(shown(&edition.name), "fr Lettre");
    assert_eq!(shown(&edition.subject), "fr La lettre d’avril");
    assert_eq!(edition.preheader.as_ref().map(shown).as_deref(), Some("en A bridge, and open doors"));
    assert_eq!(
        edition.footer.reason.as_ref().map(shown).as_deref(),
        Some("fr Vous avez demandé cette lettre.")
    );
    assert_eq!(edition.footer.organisation.as_ref().map(shown).as_deref(), Some("en Example office"));
    assert_eq!(edition.footer.contact.as_deref(), Some("mailto:office@example.org"));
    assert_eq!(shown(&edition.navigation[0].0), "fr Agenda");
    let items: Vec<_> = edition.items.iter().map(|item| shown(&item.headline)).collect();
    assert_eq!(items, ["en NO", "fr Le bureau ouvre ses portes"]);
    let image = edition.items[0].image.as_ref().expect("an image");
    assert_eq!(image.alt, "Un pont sur une rivière");
    assert_eq!(edition.from.name.as_deref(), Some("Letter"));
    assert_eq!((edition.list_id.as_str(), edition.teaser_length), ("letter.example.org", 120));
    assert_eq!(
        edition.opening.as_ref().map(|text| text.place.to_string()).as_deref(),
        Some("newsletters/letter/issues/2022-04.fr.yaml:3:3")
    );
    assert_eq!(
        edition.items[0].teaser.place.to_string(),
        "newsletters/letter/news/2022-04-02-bridge.md:11:1"
    );
}

#[test]
fn a_language_without_translations_or_offer_falls_back() {
    let project = Project::copy_of("minimal");
    let workspace = project.load();
    let arabic = edition(&workspace, "ar", &[]).edition;
    assert_eq!((arabic.language.as_str(), arabic.name.language.as_str()), ("ar", "en"));
    assert_eq!(edition(&workspace, "ru", &[]).edition.language.as_str(), "en");
    assert_eq!(edition(&workspace, "fr-CA", &[]).edition.language.as_str(), "fr");
    assert_eq!(workspace.language_for(&id("2022-04"), None), Some(language("en")));
}

#[test]
fn readers_get_their_topics_and_what_is_for_everybody() {
    let project = Project::copy_of("minimal");
    let workspace = project.load();
    let slugs = |topics: &[&str]| {
        let items = edition(&workspace, "en", topics).edition.items;
        items.into_iter().map(|item| item.slug).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(slugs(&[]), "2022-04-02-bridge 2022-03-10-opening");
    assert_eq!(slugs(&["Building"]), "2022-04-02-bridge 2022-03-10-opening");
    assert_eq!(slugs(&["training"]), "2022-03-10-opening");
    assert_eq!(workspace.item_indices_for(&id("2022-04"), &["training".into()]), [1]);
    assert!(workspace.item_indices_for(&id("nothing"), &[]).is_empty());
}

#[test]
fn images_travel_with_the_message_or_are_linked() {
    let project = Project::copy_of("minimal");
    let embedded = edition(&project.load(), "en", &[]);
    assert_eq!(embedded.images.len(), 2);
    let image = embedded.edition.items[0].image.as_ref().expect("an image");
    assert_eq!(
        (image.src.as_str(), image.size),
        (format!("cid:{}", embedded.images[0].content_id).as_str(), Some((60, 30)))
    );
    assert!(embedded.images[0].content_id.ends_with("@letter.example.org"));
    assert_eq!(
        (embedded.images[0].media_type.as_str(), embedded.images[0].file_name.as_str()),
        ("image/png", "bridge.png")
    );
    assert_eq!(embedded.edition.theme["logo"], format!("cid:{}", embedded.images[1].content_id));
    assert_eq!(embedded.edition.archive_url, None);

    project.write("masthead.yaml", "public_url: https://news.example.org/\n");
    project.edit(
        "newsletters/letter/newsletter.yaml",
        "images/logo.png",
        "images/my logo.png, logo_width: 28",
    );
    std::fs::rename(
        project.root().join("newsletters/letter/images/logo.png"),
        project.root().join("newsletters/letter/images/my logo.png"),
    )
    .expect("renamed");
    let linked = edition(&project.load(), "en", &[]);
    assert!(linked.images.is_empty());
    assert_eq!(linked.edition.theme["logo"], "https://news.example.org/letter/images/my%20logo.png");
    assert_eq!(
        (linked.edition.theme["logo_width"].as_str(), linked.edition.theme["logo_height"].as_str()),
        ("28", "14")
    );
    assert_eq!(linked.edition.archive_url.as_deref(), Some("https://news.example.org/letter/2022-04/"));
}

#[test]
fn an_image_from_elsewhere_stays_where_it_is() {
    let project = Project::copy_of("minimal");
    project.edit(
        "newsletters/letter/news/2022-04-02-bridge.md",
        "images/bridge.png",
        "https://www.example.org/b.png",
    );
    let files = edition(&project.load(), "en", &[]);
    let image = files.edition.items[0].image.as_ref().expect("an image");
    assert_eq!((image.src.as_str(), image.size), ("https://www.example.org/b.png", None));
}

#[test]
fn issues_are_found_by_what_people_type() {
    let project = Project::copy_of("minimal");
    let workspace = project.load();
    let found = |text: &str| {
        workspace.resolve_issue(text).map(|id| id.to_string()).map_err(|problems| problems.to_string())
    };
    assert_eq!(found("letter").as_deref(), Ok("letter/2022-04"));
    assert_eq!(found("letter/2022-03").as_deref(), Ok("letter/2022-03"));
    assert_eq!(found("./newsletters/letter/issues/2022-03.yaml").as_deref(), Ok("letter/2022-03"));
    assert!(found("").is_err());
    assert_eq!(workspace.newest_issue(), Some(id("2022-04")));
}

#[test]
fn files_from_other_machines_are_read() {
    let project = Project::copy_of("minimal");
    for path in [
        "newsletters/letter/newsletter.yaml",
        "newsletters/letter/news/2022-04-02-bridge.md",
        "newsletters/letter/issues/2022-04.yaml",
    ] {
        let text = project.read(path).replace('\n', "\r\n");
        project.write(path, format!("\u{FEFF}{text}"));
    }
    let edition = edition(&project.load(), "en", &[]).edition;
    assert_eq!(edition.items[0].teaser.source, "A bridge was built.\n\nIt took two years.");
    assert_eq!(
        edition.items[0].teaser.place.to_string(),
        "newsletters/letter/news/2022-04-02-bridge.md:11:1"
    );
}

#[test]
fn all_problems_of_all_files_are_told_at_once() {
    let project = Project::copy_of("minimal");
    project.edit("newsletters/letter/newsletter.yaml", "tagline:", "tag line:");
    project.edit("newsletters/letter/news/2022-04-05-held.md", "date: 2022-04-05", "date: 5 April 2022");
    project.edit("newsletters/letter/issues/2022-03.yaml", "subject:", "subjet:");
    project.write("masthead.yaml", "relais: x\n");
    let said = project.refusal();
    for place in ["masthead.yaml:1:1", "newsletter.yaml:2:1", "2022-04-05-held.md:2:7", "2022-03.yaml:2:1"] {
        assert!(said.contains(place), "{place} is not in\n{said}");
    }
}
