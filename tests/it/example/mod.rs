//! Proves that the newsletter we ship is what we promise of a digest: whole in every language, light,
//! readable without style sheets or pictures, and the same words in HTML and text.

use masthead::{
    domain::{digest::Digest, edition::Edition, issue::IssueId, language::Language},
    render::digest,
    workspace::Workspace,
};
use std::path::Path;

/// Languages that the template has phrases for.
const LANGUAGES: [&str; 6] = ["ar", "en", "es", "fr", "ru", "zh"];

/// Renders an issue of the example, as the demo does.
fn rendered(issue: &str, language: &str) -> (Edition, Digest) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = Workspace::load(root).unwrap_or_else(|problems| panic!("{problems}"));
    let id = IssueId { newsletter: "starsom".to_owned(), issue: issue.to_owned() };
    let language = Language::parse(language).expect("a language");
    let files = workspace.edition(&id, &language, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    let digest = digest::render(&files.edition, &files.template, files.images, "example0")
        .unwrap_or_else(|problems| panic!("{problems}"));
    (files.edition, digest)
}

#[test]
fn the_example_is_whole_in_each_of_its_languages() {
    for (issue, language) in
        ["2021-12", "2022-04"].into_iter().flat_map(|issue| ["en", "fr", "ar"].map(|l| (issue, l)))
    {
        let (edition, digest) = rendered(issue, language);
        let about = format!("{issue} in {language}");
        assert!(edition.items.iter().all(|item| item.headline.language == edition.language), "{about}");
        assert_eq!(digest.html.matches("<h1").count(), 1, "{about}: one title");
        assert_eq!(digest.html.matches("<h2").count(), edition.items.len() + 1, "{about}: headings");
        for item in &edition.items {
            let link = item.link.as_deref().expect("every item of the example has a link");
            assert!(
                digest.html.contains(link) && digest.text.contains(&format!("\n{link}\n")),
                "{about}: {link}"
            );
        }
        // One for the whole, one for the project, one for each item: every *read more* says of what.
        let names = digest.html.matches(" aria-label=\"").count();
        assert_eq!(names, edition.items.len() + 2, "{about}: accessible names");
        let preheader = digest.preheader.chars().count();
        assert!((30..=140).contains(&preheader), "{about}: preheader of {preheader} characters");
    }
}

#[test]
fn the_digest_is_light_and_fetches_nothing() {
    for language in ["en", "fr", "ar"] {
        let (_, digest) = rendered("2022-04", language);
        assert!(digest.html.len() < 60_000, "{language}: {} bytes", digest.html.len());
        let remote = ["src=\"http", "@import", "@font-face", "<link", "url("];
        assert!(remote.iter().all(|word| !digest.html.contains(word)), "{language} fetches something");
    }
}

#[test]
fn the_text_part_ends_with_who_why_and_how_to_leave() {
    let (_, digest) = rendered("2022-04", "en");
    let (_, footer) = digest.text.split_once("\n-- \n").expect("a signature line");
    let leave = format!("Unsubscribe:\n{}", digest.merge.prefix());
    for words in ["1220 Vienna, Austria", "because you asked for news", leave.as_str()] {
        assert!(footer.contains(words), "{words:?} is missing in {footer}");
    }
}

#[test]
fn a_long_teaser_is_cut_and_a_short_one_is_not() {
    let (_, digest) = rendered("2022-04", "en");
    assert!(digest.text.contains("Those who reach the Americas are led on through…"));
    assert_eq!(digest.text.matches('…').count(), 1);
}

#[test]
fn the_arabic_digest_is_mirrored_and_leaves_its_letters_joined() {
    let (_, digest) = rendered("2022-04", "ar");
    assert!(digest.html.contains("<html lang=\"ar\" dir=\"rtl\""));
    assert!(digest.html.contains("padding:0 0 0 16px") || digest.html.contains("padding: 0 0 0 16px"));
    assert!(!digest.html.contains("letter-spacing"));
}

#[test]
fn every_language_of_the_template_has_every_phrase() {
    let keys = |language: &str| -> Vec<String> {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("templates/digest/strings/{language}.yaml"));
        let text = std::fs::read_to_string(path).expect("phrases");
        let mut keys: Vec<_> =
            text.lines().filter_map(|line| line.split_once(": ")).map(|(key, _)| key.to_owned()).collect();
        keys.sort();
        keys
    };
    for language in LANGUAGES {
        assert_eq!(keys(language), keys("en"), "{language}");
    }
}
