//! The newsletter that we ship, in its three languages.

use super::Traced;
use masthead::workspace::Workspace;
use std::path::Path;

const LANGUAGES: [&str; 3] = ["en", "fr", "ar"];

fn traced(issue: &str, language: &str) -> Traced {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = Workspace::load(root).unwrap_or_else(|problems| panic!("{problems}"));
    Traced::of(workspace, root.to_owned(), issue, language)
}

/// Returns the name of a file in a language.
fn file(stem: &str, language: &str, ending: &str) -> String {
    if language == "en" { format!("{stem}.{ending}") } else { format!("{stem}.{language}.{ending}") }
}

#[test]
fn every_element_has_a_place_in_every_language() {
    for issue in ["starsom/2021-12", "starsom/2022-04"] {
        for language in LANGUAGES {
            traced(issue, language).check_all();
        }
    }
}

#[test]
fn headlines_teasers_and_links_lead_to_the_item() {
    for language in LANGUAGES {
        let traced = traced("starsom/2022-04", language);
        for item in &traced.proof.edition.items {
            let path = file(&format!("news/{}", item.slug), language, "md");
            let headline = traced.with_text("a", &item.headline.source);
            traced.check(headline, &path, &item.headline.source);
            traced.check_attribute(headline, "href", &path, item.link.as_deref().unwrap());
            let template = traced.trace().template(headline).unwrap();
            traced.check_place(template, "digest/partials/item.mjml", "<a class=\"hl\"");
            let first_line = item.teaser.source.lines().next().unwrap();
            let beginning: String = first_line.chars().take(30).collect();
            traced.check(traced.with_text("p", &beginning), &path, first_line);
            let place = &item.place_name.as_ref().unwrap().source;
            let mut shown = traced.document.named("p").map(|(number, _)| number);
            let shown = shown.find(|number| {
                let origin = traced.trace().element(*number).unwrap();
                origin.path.ends_with(&path) && traced.document.text_of(*number).contains(place.as_str())
            });
            traced.check(shown.unwrap(), &path, place);
            let read_more = traced.document.named("a").filter(|(_, a)| a.get("href") == item.link.as_deref());
            let (read_more, _) = read_more.last().unwrap();
            traced.check(read_more, "digest/partials/item.mjml", "strings.read_more");
            traced.check_attribute(read_more, "href", &path, "link: ");
            traced.check_attribute(read_more, "aria-label", &path, "headline: ");
        }
    }
}

#[test]
fn the_frame_leads_to_newsletter_issue_and_template() {
    for language in LANGUAGES {
        let traced = traced("starsom/2022-04", language);
        let (edition, document) = (&traced.proof.edition, &traced.document);
        let (newsletter, issue) =
            (file("newsletter", language, "yaml"), file("issues/2022-04", language, "yaml"));
        let subject = &edition.subject.source;
        traced.check(document.first("h1").unwrap(), &issue, subject);
        traced.check(document.first("title").unwrap(), &issue, subject);
        let article = traced.with("div", "role", "article");
        traced.check(article, "digest/digest.mjml", "<mj-body");
        traced.check_attribute(article, "aria-label", &issue, "subject: ");
        let preheader = &edition.preheader.as_ref().unwrap().source;
        let hidden = document.runs.iter().find(|run| run.text.contains(preheader)).unwrap().parent.unwrap();
        traced.check(hidden, &issue, "preheader: ");

        let (about, leads_to) = edition.about.as_ref().unwrap();
        let about_line = about.source.lines().next().unwrap();
        traced.check(traced.with_text("p", about_line), &newsletter, about_line);
        let read_more = traced.with("a", "href", leads_to.as_deref().unwrap());
        traced.check(read_more, "partials/opening.mjml", "about.url");
        traced.check_attribute(read_more, "href", &newsletter, "  url: ");
        for (label, url) in &edition.navigation {
            let link = traced.with("a", "href", url);
            traced.check(link, &newsletter, &label.source);
            traced.check_attribute(link, "href", &newsletter, url);
        }
        let opening = edition.opening.as_ref().unwrap().source.lines().nth(2).unwrap();
        traced.check(traced.with_text("p", opening), &newsletter, opening);

        let address = edition.footer.postal_address.as_ref().unwrap().source.lines().next().unwrap();
        traced.check(traced.with_text("p", address), &newsletter, address);
        let organisation = &edition.footer.organisation.as_ref().unwrap().source;
        traced.check(traced.with_text("strong", organisation), &newsletter, organisation);
        traced.check_attribute(
            traced.with("a", "href", "mailto:contact@example.org"),
            "href",
            "newsletter.yaml",
            "contact: ",
        );
        let privacy = edition.footer.privacy_url.as_deref().unwrap();
        traced.check_attribute(traced.with("a", "href", privacy), "href", &newsletter, privacy);
        let leave = document.named("a").find(|(_, a)| a.get("href").unwrap().starts_with("zq")).unwrap().0;
        traced.check(leave, "partials/footer.mjml", "{{ unsubscribe_url }}");
    }
}

#[test]
fn layout_leads_to_the_tag_that_made_it() {
    for language in LANGUAGES {
        let traced = traced("starsom/2022-04", language);
        let document = &traced.document;
        let first = |name: &str, class: &str| traced.with(name, "class", class);
        traced.check(document.first("html").unwrap(), "digest.mjml", "<mjml ");
        traced.check(document.first("head").unwrap(), "digest.mjml", "<mj-head>");
        traced.check(document.first("body").unwrap(), "digest.mjml", "<mj-body");
        traced.check(first("div", "desk"), "digest.mjml", "css-class=\"desk\"");
        traced.check(first("table", "desk-outlook"), "digest.mjml", "css-class=\"desk\"");
        let table = document.named("table").find(|(_, table)| {
            table.parent.is_some_and(|parent| document.elements[parent].get("class") == Some("pad"))
        });
        traced.check(table.unwrap().0, "partials/masthead.mjml", "<mj-section");
        traced.check(first("td", "hr"), "partials/opening.mjml", "<mj-divider");
        traced.check(first("td", "ft"), "partials/footer.mjml", "css-class=\"ft\"");
        traced.check(
            traced.with("meta", "name", "format-detection"),
            "partials/head.mjml",
            "format-detection",
        );
        let logo = traced.with("img", "width", "56");
        traced.check(logo, "newsletter.yaml", "logo: images/logo.png");
        traced.check_place(
            traced.trace().template(logo).unwrap(),
            "masthead.mjml",
            "<img src=\"{{ theme.logo }}\"",
        );
        let sheet = document.runs.iter().find(|run| run.is_raw && run.text.contains("prefers-color-scheme"));
        let before = traced.line(&masthead::domain::problem::Place {
            line: traced.trace().element(sheet.unwrap().parent.unwrap()).unwrap().line + 1,
            ..traced.trace().element(sheet.unwrap().parent.unwrap()).unwrap().clone()
        });
        assert!(before.contains("prefers-color-scheme"), "{before}");
    }
}
