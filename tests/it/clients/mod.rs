//! Proves that the newsletter we ship is good in every client that we imitate: readable in four palettes, whole in
//! nine views, and without anything that most readers' clients lack.

use masthead::{
    clients::{
        Document,
        colour::Palette,
        reading::{self, Role},
        row,
        style::{Environment, Style},
        support::{self, Shares, Spot},
        view::{CLIPPED_AT, View, show},
    },
    domain::{issue::IssueId, language::Language},
    render::digest,
    workspace::Workspace,
};
use std::path::Path;

/// Renders the newer issue of the example.
fn rendered(language: &str) -> String {
    let workspace = Workspace::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let id = IssueId { newsletter: "starsom".to_owned(), issue: "2022-04".to_owned() };
    let files = workspace.edition(&id, &Language::parse(language).unwrap(), &[]).unwrap();
    digest::render(&files.edition, &files.template, files.images, "example0").unwrap().html
}

fn styled(html: &str) -> (Document, Style) {
    let document = Document::read(html);
    let style = Style::of(&document, Environment::default());
    (document, style)
}

#[test]
fn every_word_of_the_example_can_be_read_in_four_palettes() {
    for language in ["en", "ar"] {
        let (document, style) = styled(&rendered(language));
        for (_, run) in document.visible_runs().filter(|(_, run)| !run.text.trim().is_empty()) {
            let Some(parent) = run.parent.filter(|parent| style.computed(*parent).is_visible) else {
                continue;
            };
            for palette in Palette::ALL {
                let (text, background) = style.colours(parent, palette);
                let contrast = text.contrast(background);
                assert!(
                    contrast >= 4.5,
                    "{language}, {palette:?}: {:?} has {contrast:.2} with {} on {}",
                    run.text.trim(),
                    text.to_hex(),
                    background.to_hex()
                );
            }
        }
    }
}

#[test]
fn every_view_of_the_example_keeps_its_words() {
    for language in ["en", "fr", "ar"] {
        let html = rendered(language);
        let words = |html: &str| {
            let document = Document::read(html);
            let body: Vec<String> = document
                .roots
                .iter()
                .filter_map(|node| match node {
                    masthead::clients::Node::Element(number) => Some(document.text_of(*number)),
                    masthead::clients::Node::Run(_) => None,
                })
                .collect();
            body.join(" ")
        };
        let whole = words(&html);
        assert!(whole.len() > 500);
        for view in View::ALL {
            let shown = words(&show(&html, view));
            // Words for pictures come in where pictures were.
            let missing = whole.split(' ').find(|word| !shown.contains(word));
            assert_eq!(missing, None, "{language}: {view:?}");
        }
        assert!(html.len() < CLIPPED_AT);
    }
}

#[test]
fn views_leave_the_numbers_of_elements_alone() {
    let html = rendered("en");
    let mut number = 0;
    let marked: String = html
        .split_inclusive('<')
        .map(|piece| {
            let name = piece.find(|c: char| !c.is_ascii_alphanumeric()).filter(|len| *len > 0);
            let is_tag = number > 0 && name.is_some() && !piece.starts_with('!');
            number += 1;
            match name.filter(|_| is_tag) {
                Some(len) => format!("{} data-at=\"{number}\"{}", &piece[..len], &piece[len..]),
                None => piece.to_owned(),
            }
        })
        .collect();
    for view in View::ALL {
        let shown = Document::read(&show(&marked, view));
        let body =
            shown.elements.iter().filter(|element| matches!(element.name.as_str(), "a" | "h1" | "h2" | "p"));
        let mut count = 0;
        for element in body {
            assert!(element.get("data-at").is_some(), "{view:?}: {element:?}");
            count += 1;
        }
        assert!(count > 10, "{view:?}");
    }
}

#[test]
fn the_example_needs_nothing_that_most_clients_lack() {
    let (document, _) = styled(&rendered("en"));
    let shares = Shares::default();
    for usage in support::features_of(&document) {
        let (share, lacking) = support::weight(usage.feature, &shares);
        // Style sheets only improve; long words break by `word-break` where `overflow-wrap` is unknown; and the meta
        // element is there for the one client that reads it.
        let is_extra = matches!(usage.spot, Spot::Sheet { .. })
            || matches!(usage.feature, "css-overflow-wrap" | "html-meta-color-scheme");
        assert!(is_extra || share < 0.6, "{usage:?}: {share:.2} {lacking:?}");
    }
}

#[test]
fn the_example_is_read_aloud_in_order() {
    for language in ["en", "ar"] {
        let (document, style) = styled(&rendered(language));
        let entries = reading::entries(&document, &style);
        assert!(matches!(entries[0].roles[..], [Role::Region(_)]), "{:?}", entries[0]);
        let levels: Vec<u8> = entries
            .iter()
            .filter_map(|entry| match entry.roles.first() {
                Some(Role::Heading(level)) => Some(*level),
                _ => None,
            })
            .collect();
        assert_eq!(levels[0], 1, "{language}");
        assert!(!levels[1..].contains(&1), "{language}");
        let tables =
            entries.iter().flat_map(|entry| &entry.roles).filter(|role| matches!(role, Role::Table { .. }));
        assert_eq!(tables.count(), 0, "{language}: layout is announced");
        assert!(entries.iter().all(|entry| entry.lang.is_some()), "{language}");
    }
}

#[test]
fn the_row_of_the_example_begins_with_its_preheader() {
    let document = Document::read(&rendered("en"));
    let rows = row::rows("STARSOM", "Countries act together, from South Asia to the Darién Gap", &document);
    for row in rows {
        assert!(row.preview.shown.starts_with("Maldives and Sri Lanka cooperate"), "{row:?}");
        assert!(!row.sender.is_cut(), "{row:?}");
    }
}
