//! Puts an issue together for one language and choice of topics.

use crate::content::fields::nearest;
use crate::domain::edition::{Edition, EditionImage, EditionItem, EditionPlaces, Footer, ItemPlaces, Text};
use crate::domain::issue::{Issue, IssueId, IssueTexts};
use crate::domain::item::NewsItem;
use crate::domain::language::Language;
use crate::domain::newsletter::{FooterTexts, Link, Newsletter, NewsletterTexts};
use crate::domain::problem::{Place, Problem, Problems};
use crate::domain::template::TemplateFiles;
use crate::workspace::images::ImageGallery;
use crate::workspace::{EditionFiles, LoadedNewsletter, Workspace};
use std::collections::BTreeMap;

impl Workspace {
    /// Puts an issue together: every text in `language`, else in the newsletter's first one;
    /// the items of `topics` (no topics mean all; items without topics are for everybody); images
    /// found and measured; the template's files.
    ///
    /// A language that the newsletter doesn't offer becomes the nearest that it does.
    ///
    /// # Errors
    /// All problems at once: an item that doesn't exist, an image that is missing or unusable.
    pub fn edition(
        &self,
        id: &IssueId,
        language: &Language,
        topics: &[String],
    ) -> Result<EditionFiles, Problems> {
        let (loaded, issue) = self.known(id)?;
        let language = language.best_of(&loaded.newsletter.languages).unwrap_or(language).clone();
        let mut problems = item_problems(loaded, issue);
        let indices = self.item_indices_for(id, topics);
        let words = Words::new(loaded, issue, &language);
        let list_id = list_id(&loaded.newsletter);
        let pictures = (self.settings.images, self.settings.public_url.as_deref());
        let mut gallery = ImageGallery::new(&self.root, &id.newsletter, pictures, &list_id);
        let entries = indices.into_iter().filter_map(|at| issue.items.get(at));
        let items = entries.filter_map(|(slug, place)| Some((loaded.items.get(slug)?, place)));
        let items =
            items.map(|item| edition_item(item, &language, loaded, &mut gallery, &mut problems)).collect();
        let template = self.templates.get(&loaded.newsletter.template).cloned().unwrap_or_default();
        let theme = theme(loaded, &template, &mut gallery, &mut problems);
        let edition = self.assemble(loaded, issue, &words, (items, theme, list_id.clone()));
        let images = gallery.into_inline();
        let problems = Problems(problems);
        if problems.has_errors() {
            return Err(problems);
        }
        Ok(EditionFiles { edition, images, template, warnings: problems })
    }

    /// Returns what is wrong with the list of items of an issue: names that don't exist, items
    /// under embargo or expired on its day.
    pub fn check_issue(&self, id: &IssueId) -> Problems {
        self.find(id).map(|(loaded, issue)| Problems(item_problems(loaded, issue))).unwrap_or_default()
    }

    fn known(&self, id: &IssueId) -> Result<(&LoadedNewsletter, &Issue), Problems> {
        if let Some(found) = self.find(id) {
            return Ok(found);
        }
        // It isn't there: the resolver says what is.
        let resolved = self.resolve_issue(&id.to_string())?;
        self.find(&resolved).ok_or_else(Problems::default)
    }

    fn assemble(
        &self,
        loaded: &LoadedNewsletter,
        issue: &Issue,
        words: &Words<'_>,
        (items, theme, list_id): (Vec<EditionItem>, BTreeMap<String, String>, String),
    ) -> Edition {
        let newsletter = &loaded.newsletter;
        let name =
            words.newsletter(|texts| texts.name.clone()).unwrap_or_else(|| words.made_up(&newsletter.slug));
        let subject = words.issue(|texts| texts.subject.clone()).unwrap_or_else(|| words.made_up(""));
        let mut from = newsletter.from.clone();
        from.name = from.name.or_else(|| Some(name.source.clone()));
        Edition {
            issue: issue.id.clone(),
            language: words.language.clone(),
            date: issue.date,
            subject,
            preheader: words.issue(|texts| texts.preheader.clone()),
            name,
            tagline: words.newsletter(|texts| texts.tagline.clone()),
            from,
            reply_to: newsletter.reply_to.clone(),
            list_id,
            website: words.newsletter(|texts| texts.website.clone()),
            navigation: words.navigation(),
            opening: words
                .issue(|texts| texts.opening.clone())
                .or_else(|| words.newsletter(|texts| texts.opening.clone())),
            about: words.about(),
            items,
            footer: words.footer(),
            teaser_length: newsletter.teaser_length,
            theme,
            template: newsletter.template.clone(),
            places: words.places(loaded),
            archive_url: self
                .settings
                .public_url
                .as_ref()
                .map(|url| format!("{url}/{}/{}", issue.id, archive_folder(loaded, words.language))),
        }
    }
}

/// The texts of newsletter and issue in one language, and those to fall back on.
struct Words<'a> {
    language: &'a Language,
    newsletter: [Option<&'a NewsletterTexts>; 2],
    issue: [Option<&'a IssueTexts>; 2],
    path: &'a str,
}

impl<'a> Words<'a> {
    fn new(loaded: &'a LoadedNewsletter, issue: &'a Issue, language: &'a Language) -> Self {
        let first = loaded.first_language();
        let texts = &loaded.newsletter.texts;
        Self {
            language,
            newsletter: [texts.get(language), texts.get(first)],
            issue: [issue.texts.get(language), issue.texts.get(first)],
            path: &issue.path,
        }
    }

    fn newsletter<T>(&self, pick: impl Fn(&NewsletterTexts) -> Option<T>) -> Option<T> {
        self.newsletter.iter().flatten().find_map(|texts| pick(texts))
    }

    fn footer_part<T>(&self, pick: impl Fn(&FooterTexts) -> Option<T>) -> Option<T> {
        self.newsletter(|texts| pick(&texts.footer))
    }

    /// The issue's own words, in either language, go before those of the newsletter.
    fn issue<T>(&self, pick: impl Fn(&IssueTexts) -> Option<T>) -> Option<T> {
        self.issue.iter().flatten().find_map(|texts| pick(texts))
    }

    fn about(&self) -> Option<(Text, Option<String>)> {
        let text = self.newsletter(|texts| texts.about.as_ref().map(|about| about.text.clone()))?;
        Some((text, self.about_link().map(|about| about.0)))
    }

    /// The link of the about paragraph, which may fall back alone, and its place.
    fn about_link(&self) -> Option<(String, Option<Place>)> {
        self.newsletter(|texts| {
            let about = texts.about.as_ref()?;
            Some((about.url.clone()?, about.url_place.clone()))
        })
    }

    fn links(&self) -> Vec<Link> {
        let links =
            self.newsletter(|texts| Some(&texts.navigation).filter(|links| !links.is_empty()).cloned());
        links.unwrap_or_default()
    }

    fn navigation(&self) -> Vec<(Text, String)> {
        self.links().into_iter().map(|link| (link.label, link.url)).collect()
    }

    fn places(&self, loaded: &LoadedNewsletter) -> EditionPlaces {
        let newsletter = &loaded.newsletter;
        // A link whose address has no place is at least where its label is.
        let navigation =
            self.links().into_iter().map(|link| link.url_place.unwrap_or(link.label.place)).collect();
        EditionPlaces {
            from: newsletter.from_place.clone(),
            reply_to: newsletter.reply_to_place.clone(),
            website: self.newsletter(|texts| texts.website.as_ref().and(texts.website_place.clone())),
            navigation,
            about_url: self.about_link().and_then(|about| about.1),
            contact: self.footer_part(|footer| footer.contact.as_ref().and(footer.contact_place.clone())),
            privacy_url: self
                .footer_part(|footer| footer.privacy_url.as_ref().and(footer.privacy_place.clone())),
            logo: loaded.theme_places.get("logo").cloned(),
            theme: loaded.theme_places.clone(),
        }
    }

    fn footer(&self) -> Footer {
        Footer {
            organisation: self.footer_part(|footer| footer.organisation.clone()),
            postal_address: self.footer_part(|footer| footer.postal_address.clone()),
            reason: self.footer_part(|footer| footer.reason.clone()),
            contact: self.footer_part(|footer| footer.contact.clone()),
            privacy_url: self.footer_part(|footer| footer.privacy_url.clone()),
        }
    }

    /// Returns a text that no file holds.
    fn made_up(&self, source: &str) -> Text {
        let place = Place::file(self.path);
        Text { source: source.to_owned(), language: self.language.clone(), place, lines: Vec::new() }
    }
}

/// Returns where the archive page of a language lies below that of its issue: the first language has no folder.
pub fn archive_folder(loaded: &LoadedNewsletter, language: &Language) -> String {
    if language == loaded.first_language() { String::new() } else { format!("{language}/") }
}

/// Returns the `List-Id` domain: the one that is set, else name and sender's domain.
fn list_id(newsletter: &Newsletter) -> String {
    let default = || format!("{}.{}", newsletter.slug.to_ascii_lowercase(), newsletter.from.address.domain());
    newsletter.list_id.clone().unwrap_or_else(default)
}

fn item_problems(loaded: &LoadedNewsletter, issue: &Issue) -> Vec<Problem> {
    let known = || loaded.items.keys().map(String::as_str);
    let mut problems = Vec::new();
    for (slug, place) in &issue.items {
        let Some(item) = loaded.items.get(slug) else {
            let message = format!("there is no news item `{slug}` in `{}`", loaded.newsletter.slug);
            let help = match nearest(slug, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write the name of a file in `news/` without its ending".to_owned(),
            };
            problems.push(Problem::error("workspace/unknown-item", message).at(place.clone()).help(help));
            continue;
        };
        if item.is_free_on(issue.date) {
            continue;
        }
        let (message, help) = match item.publish_after.filter(|day| *day > issue.date) {
            Some(day) => (
                format!("`{slug}` is under embargo until {day}, after the issue of {}", issue.date),
                "take it out, or move the issue",
            ),
            None => (
                format!("`{slug}` has expired before the issue of {}", issue.date),
                "take it out, or correct `expires`",
            ),
        };
        problems.push(Problem::warning("workspace/item-not-free", message).at(place.clone()).help(help));
    }
    problems
}

fn edition_item(
    (item, entry): (&NewsItem, &Place),
    language: &Language,
    loaded: &LoadedNewsletter,
    gallery: &mut ImageGallery<'_>,
    problems: &mut Vec<Problem>,
) -> EditionItem {
    let first = loaded.first_language();
    let version = item.versions.get(language).or_else(|| item.versions.get(first));
    let version = version.expect("an item has a version in the newsletter's first language");
    let places = ItemPlaces {
        entry: Some(entry.clone()),
        link: version.link_place.clone(),
        image: version.image.as_ref().map(|image| image.place.clone()),
        alt: version.image.as_ref().and_then(|image| image.alt_place.clone()),
    };
    let image = version.image.as_ref().and_then(|image| match gallery.find(&image.source, &image.place) {
        Ok(found) => Some(EditionImage { src: found.src, alt: image.alt.clone(), size: found.size }),
        Err(problem) => {
            problems.push(problem);
            None
        }
    });
    EditionItem {
        slug: item.slug.clone(),
        date: item.date,
        place_name: version.place_name.clone(),
        headline: version.headline.clone(),
        teaser: version.teaser.clone(),
        link: version.link.clone(),
        image,
        topics: item.topics.clone(),
        places,
    }
}

/// Returns the newsletter's tokens with its logo found; the logo's height follows from its width.
fn theme(
    loaded: &LoadedNewsletter,
    template: &TemplateFiles,
    gallery: &mut ImageGallery<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let mut theme = loaded.newsletter.theme.clone();
    let Some(logo) = theme.get("logo").filter(|logo| !logo.is_empty()) else { return theme };
    let place =
        loaded.theme_places.get("logo").cloned().unwrap_or_else(|| Place::file(&loaded.newsletter.path));
    match gallery.find(logo, &place) {
        Ok(found) => {
            theme.insert("logo".to_owned(), found.src);
            if let Some((width, height)) = found.size.filter(|(width, _)| *width > 0) {
                let shown = theme.get("logo_width").or_else(|| template.theme.get("logo_width")).cloned();
                let shown =
                    shown.and_then(|width| width.trim_end_matches("px").parse::<u32>().ok()).unwrap_or(width);
                // Rounded to the nearest pixel.
                let tall = (u64::from(shown) * u64::from(height) + u64::from(width) / 2) / u64::from(width);
                theme.entry("logo_width".to_owned()).or_insert_with(|| shown.to_string());
                theme.entry("logo_height".to_owned()).or_insert_with(|| tall.to_string());
            }
        }
        Err(problem) => problems.push(problem),
    }
    theme
}
