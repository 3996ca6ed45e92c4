//! Newsletters that are harder to trace: merge fields, other languages, raw HTML, templates that look at
//! their words too closely, many items.

use super::Traced;
use crate::support::Project;
use masthead::check;
use std::{fmt::Write as _, path::Path};

const BRIDGE: &str = "newsletters/letter/news/2022-04-02-bridge.md";
const ITEM: &str = "templates/digest/partials/item.mjml";

/// Returns a small project with the template that we ship.
fn project() -> Project {
    let project = Project::copy_of("minimal");
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/digest");
    let folder = project.root().join("templates/digest");
    for inner in ["", "partials", "strings"] {
        std::fs::create_dir_all(folder.join(inner)).expect("folders");
        for entry in std::fs::read_dir(template.join(inner)).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.path().is_file() {
                std::fs::copy(entry.path(), folder.join(inner).join(entry.file_name())).expect("a copy");
            }
        }
    }
    project
}

fn traced(project: &Project, language: &str) -> Traced {
    Traced::of(project.load(), project.root().to_owned(), "letter/2022-04", language)
}

/// Replaces the text below the front matter of the bridge.
fn with_teaser(project: &Project, teaser: &str) {
    let file = project.read(BRIDGE);
    let front = file.rfind("---\n").expect("a front matter") + 4;
    project.write(BRIDGE, format!("{}\n{teaser}\n", &file[..front]));
    project.edit("newsletters/letter/newsletter.yaml", "length: 120", "length: 5000");
}

#[test]
fn each_element_of_a_teaser_leads_to_its_own_line() {
    let project = project();
    with_teaser(
        &project,
        "# Built at last\n\nDear {{ subscriber.name | default(value=\"reader\") }} of\n{{ subscriber.town | default(value=\"Malé\") }}, \
         see *the bridge* and [its\nplans](https://www.example.org/plans), [photos][p].\n\n- stone\n- steel <b>and\n  glass</b>\n\n\
         <div>\n<a title=\"a > b\"\n href=\"https://www.example.org/raw\">raw</a></div>\n\n\
         ![a picture](https://www.example.org/bridge.png)\n\n[p]: https://www.example.org/photos",
    );
    for language in ["en", "fr", "ar"] {
        let traced = traced(&project, language);
        traced.check_all();
        let check = |name: &str, says: &str, words: &str| {
            traced.check(traced.with_text(name, says), "2022-04-02-bridge.md", words);
        };
        check("strong", "Built at last", "# Built at last");
        check("p", "see the bridge", "Dear {{ subscriber.name");
        check("em", "the bridge", "see *the bridge*");
        check("a", "its plans", "see *the bridge* and [its");
        check("a", "photos", "[photos][p]");
        check("li", "stone", "- stone");
        check("li", "steel", "- steel");
        check("b", "and glass", "- steel <b>and");
        check("div", "raw", "<div>");
        check("a", "raw", "<a title=");
        let href = |says: &str, words: &str| {
            traced.check_attribute(traced.with_text("a", says), "href", "2022-04-02-bridge.md", words);
        };
        href("its plans", "plans](https://www.example.org/plans)");
        href("photos", "[p]: https://www.example.org/photos");
        let picture = traced.with("img", "src", "https://www.example.org/bridge.png");
        traced.check(picture, "2022-04-02-bridge.md", "![a picture]");
        traced.check_attribute(picture, "src", "2022-04-02-bridge.md", "bridge.png");
        let link = traced.trace().element(traced.with_text("a", "its plans")).unwrap();
        assert_eq!(link.column, 69, "the column of the bracket, merge fields written out");
    }
}

#[test]
fn pictures_and_what_fell_back_lead_to_the_file_that_says_it() {
    let project = project();
    for (language, alt_path, alt) in [
        ("en", "bridge.md", "alt: A bridge over a river"),
        ("fr", "bridge.fr.md", "alt: Un pont sur une rivière"),
        ("ar", "bridge.md", "alt: A bridge over a river"),
    ] {
        let traced = traced(&project, language);
        traced.check_all();
        let picture = traced.with("img", "alt", alt.strip_prefix("alt: ").unwrap());
        traced.check_attribute(picture, "alt", alt_path, alt);
        traced.check_attribute(picture, "src", "bridge.md", "image: images/bridge.png");
        traced.check(picture, "bridge.md", "image: images/bridge.png");
        traced.check_place(traced.trace().template(picture).unwrap(), ITEM, "<mj-image");
        // The headline exists in English only; elsewhere a `span` says so.
        let name = if language == "en" { "a" } else { "span" };
        let headline =
            traced.document.named(name).find(|(number, _)| traced.document.text_of(*number) == "NO");
        traced.check(headline.unwrap().0, "bridge.md", "headline: NO");
        let link = traced.document.named("a").find(|(number, _)| traced.document.text_of(*number) == "NO");
        traced.check(link.unwrap().0, "bridge.md", "headline: NO");
        traced.check_attribute(
            link.unwrap().0,
            "href",
            "bridge.md",
            "link: https://www.example.org/letter/bridge",
        );
        traced.check(traced.with_text("p", "A bridge was built."), "bridge.md", "A bridge was built.");
        traced.check(traced.with_text("p", "It took two years."), "bridge.md", "It took two years.");
        let navigation = if language == "fr" { "newsletter.fr.yaml" } else { "newsletter.yaml" };
        let events = traced.document.named("a").find(|(_, a)| a.get("href").unwrap().ends_with("/events"));
        traced.check_attribute(events.unwrap().0, "href", navigation, "/events");
    }
}

/// Returns where the link with the bridge's headline, whatever has become of it, leads.
#[track_caller]
fn headline_of(project: &Project, change: (&str, &str)) -> (Traced, usize) {
    project.edit(BRIDGE, "headline: NO", "headline: Bridge of stone");
    project.edit(ITEM, change.0, change.1);
    let traced = traced(project, "en");
    traced.check_all();
    let headline = traced.document.named("a").find(|(_, a)| a.get("class") == Some("hl")).unwrap().0;
    (traced, headline)
}

const HEADLINE: &str = "<a class=\"hl\" href=\"{{ item.link }}\">{{ item.headline.html }}</a>";

#[test]
fn capitals_do_not_hide_the_origin() {
    let change = HEADLINE.replace("headline.html", "headline.text | upper");
    let project = project();
    let (traced, headline) = headline_of(&project, (HEADLINE, &change));
    assert_eq!(traced.document.text_of(headline), "BRIDGE OF STONE");
    traced.check(headline, "bridge.md", "headline: Bridge of stone");
}

#[test]
fn a_template_that_measures_its_words_is_traced_less_finely_but_never_wrongly() {
    // Each of these comes out otherwise when the words carry a mark.
    for (filter, words) in [
        ("{{ item.headline.text | truncate(length=10) }}", "Bridge of …"),
        ("{{ item.headline.text | length }}", "15"),
        ("{{ item.headline.html | length }}", "15"),
        ("{{ item.teaser.html | length }}", ""),
        ("{{ item.link | length }}", ""),
    ] {
        let change = HEADLINE.replace("{{ item.headline.html }}", filter);
        let project = project();
        let (traced, headline) = headline_of(&project, (HEADLINE, &change));
        assert!(traced.document.text_of(headline).starts_with(words), "{filter}");
        traced.check(headline, ITEM, "<a class=\"hl\"");
        let title = traced.document.first("h1").unwrap();
        let place = traced.trace().element(title).unwrap();
        assert!(
            ["<h1", "subject: "].iter().any(|known| traced.line(place).contains(known)),
            "{filter}: {place}"
        );
        let teaser = traced.with_text("p", "It took two years.");
        let place = traced.trace().element(teaser).unwrap();
        let line = traced.line(place);
        let is_near =
            ["It took two years.", "<mj-text css-class=\"tx\">"].iter().any(|near| line.contains(near));
        assert!(is_near, "{filter}: {place}");
    }
}

#[test]
fn a_template_that_looks_at_its_own_tags_keeps_its_texts() {
    let project = project();
    project.edit(BRIDGE, "headline: NO", "headline: Bridge of stone");
    let measured = "{% set mark %}<i>x</i>{% endset %}{{ mark | length }}";
    project.edit(ITEM, HEADLINE, &format!("{HEADLINE}{measured}"));
    let traced = traced(&project, "en");
    let headline = traced.document.named("a").find(|(_, a)| a.get("class") == Some("hl")).unwrap().0;
    traced.check_attribute(headline, "href", "bridge.md", "link: ");
    assert_eq!(traced.trace().template(headline), None, "no template line is better than a wrong one");
    traced.check(traced.with_text("p", "It took two years."), "bridge.md", "It took two years.");
}

#[test]
fn folded_texts_lead_to_the_line_the_words_were_written_in() {
    let project = project();
    project.edit(
        "newsletters/letter/newsletter.yaml",
        "  reason: You asked for this letter.",
        "  reason: >-\n    You asked\n    for [this letter](https://www.example.org/a).\n\n    Or did\n    [you](https://www.example.org/b)?",
    );
    project.edit(
        "newsletters/letter/newsletter.yaml",
        "  text: The office writes once a month.",
        "  text: \"The office\n    writes [once](https://www.example.org/c)\n\n    a [month](https://www.example.org/d).\"",
    );
    let traced = traced(&project, "en");
    traced.check_all();
    for (letter, words) in
        [("a", "for [this letter]"), ("b", "[you]("), ("c", "writes [once]"), ("d", "a [month]")]
    {
        let link = traced.with("a", "href", &format!("https://www.example.org/{letter}"));
        traced.check(link, "newsletter.yaml", words);
    }
}

#[test]
fn fifty_items_are_told_apart() {
    let project = project();
    let mut issue = "date: 2022-04-06\nsubject: Fifty\nitems:\n".to_owned();
    for number in 1..=50 {
        let slug = format!("2022-04-01-item-{number}");
        let _ = writeln!(issue, "  - {slug}");
        let link = if number % 2 == 0 { "link: https://www.example.org/same\n" } else { "" };
        let item = format!(
            "---\ndate: 2022-04-01\nheadline: The same headline\n{link}---\nOne.\n\nParagraph {number} of [many](https://www.example.org/{number}).\n"
        );
        project.write(&format!("newsletters/letter/news/{slug}.md"), item);
    }
    project.write("newsletters/letter/issues/2022-04.yaml", issue);
    let traced = traced(&project, "en");
    traced.check_all();
    let is_headline = |heading: &usize| traced.document.text_of(*heading) == "The same headline";
    let headings = traced.document.named("h2").map(|(heading, _)| heading);
    let headings: Vec<usize> = headings.filter(is_headline).collect();
    for number in 1..=50 {
        let path = format!("news/2022-04-01-item-{number}.md");
        let link = traced.with("a", "href", &format!("https://www.example.org/{number}"));
        traced.check(link, &path, &format!("Paragraph {number} of [many]"));
        let heading = headings[number - 1];
        let shown = if number % 2 == 0 { heading + 1 } else { heading };
        traced.check(shown, &path, "headline: The same headline");
    }
    let entry = traced.proof.edition.items[49].places.entry.as_ref().unwrap();
    traced.check_place(entry, "issues/2022-04.yaml", "- 2022-04-01-item-50");
}

#[test]
fn a_broken_link_in_a_teaser_is_reported_at_its_line() {
    let project = project();
    project.edit("newsletters/letter/newsletter.yaml", "website: https://www.example.org/letter\n", "");
    with_teaser(&project, "A bridge was built.\n\nIt took\ntwo [years](/relative).");
    let traced = traced(&project, "en");
    let mut findings = traced.findings();
    let finding = findings.iter_mut().find(|finding| finding.message.contains("`/relative`")).unwrap();
    if finding.elements.is_empty() {
        finding.elements.push(traced.with("a", "href", "/relative"));
        finding.attribute = Some("href");
        check::locate(std::slice::from_mut(finding), traced.trace());
    }
    traced.check_place(finding.place.as_ref().unwrap(), BRIDGE, "two [years](/relative).");
    assert_eq!(finding.place.as_ref().unwrap().to_string(), format!("{BRIDGE}:14:13"));
}
