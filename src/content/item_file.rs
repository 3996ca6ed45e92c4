//! Reads `news/<slug>.md` and its translations.

use crate::content::fields::{Fields, FileReport, Keys};
use crate::content::front_matter;
use crate::content::source::SourceText;
use crate::content::values::LinkKind;
use crate::content::yaml;
use crate::domain::edition::Text;
use crate::domain::item::{ItemImage, ItemVersion, NewsItem};
use crate::domain::language::Language;
use crate::domain::problem::{Place, Problem, Problems};
use chrono::NaiveDate;
use std::collections::BTreeMap;

const ALL_KEYS: &[&str] =
    &["date", "place", "headline", "link", "image", "alt", "topics", "publish_after", "expires"];

const TEXT_KEYS: &[&str] = &["place", "headline", "link", "image", "alt"];

const OTHER_KEYS: &[&str] = &["date", "topics", "publish_after", "expires"];

/// What a translation says; whatever is `None` is taken from the first language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemTranslation {
    place_name: Option<Text>,
    headline: Option<Text>,
    teaser: Option<Text>,
    link: Option<(String, Option<Place>)>,
    image: Option<(String, Place)>,
    alt: Option<(String, Option<Place>)>,
    source: Place,
}

/// Reads the item's file in the newsletter's first language.
pub fn parse(source: &SourceText, slug: &str, language: &Language) -> (Option<NewsItem>, Problems) {
    open(source, Keys::of(ALL_KEYS), &|fields, teaser| {
        let keys_of_texts = texts(fields, teaser, language);
        fields.require("date", "date: 2022-04-07");
        fields.require("headline", "headline: What happened");
        let publish_after = fields.date("publish_after");
        let expires = fields.date("expires");
        check_window(fields, publish_after, expires);
        if let (Some((_, place)), None) = (&keys_of_texts.image, &keys_of_texts.alt) {
            fields.report.note(missing_alt(place.clone()));
        }
        let date: Option<NaiveDate> = fields.date("date");
        let topics = fields.topics("topics");
        let empty = Text {
            source: String::new(),
            language: language.clone(),
            place: keys_of_texts.source.clone(),
            lines: Vec::new(),
        };
        let (link, link_place) = keys_of_texts.link.unzip();
        let version = ItemVersion {
            place_name: keys_of_texts.place_name,
            headline: keys_of_texts.headline?,
            teaser: keys_of_texts.teaser.unwrap_or(empty),
            link,
            link_place: link_place.flatten(),
            image: keys_of_texts.image.map(|(source, place)| shown(source, place, keys_of_texts.alt)),
            source: keys_of_texts.source.clone(),
        };
        Some(NewsItem {
            slug: slug.to_owned(),
            date: date?,
            topics,
            publish_after,
            expires,
            versions: BTreeMap::from([(language.clone(), version)]),
            place: keys_of_texts.source,
        })
    })
}

/// Reads a translation of an item.
pub fn parse_translation(source: &SourceText, language: &Language) -> (Option<ItemTranslation>, Problems) {
    let keys = Keys { known: TEXT_KEYS, later: &[], not_here: OTHER_KEYS };
    open(source, keys, &|fields, teaser| {
        let translation = texts(fields, teaser, language);
        if let (Some((_, place)), None) = (&translation.image, &translation.alt) {
            fields.report.note(missing_alt(place.clone()));
        }
        Some(translation)
    })
}

impl ItemTranslation {
    /// Adds the translation to its item; what it leaves out is taken from the first language.
    pub fn add_to(self, item: &mut NewsItem, first: &Language, language: &Language) {
        let Some(base) = item.versions.get(first) else { return };
        let image = match (self.image, &base.image) {
            (Some((source, place)), _) => Some(shown(source, place, self.alt)),
            (None, Some(image)) => {
                let (alt, alt_place) =
                    self.alt.unwrap_or_else(|| (image.alt.clone(), image.alt_place.clone()));
                Some(ItemImage { alt, alt_place, ..image.clone() })
            }
            (None, None) => None,
        };
        let own_link = self.link.map(|(link, place)| (Some(link), place));
        let (link, link_place) = own_link.unwrap_or_else(|| (base.link.clone(), base.link_place.clone()));
        let version = ItemVersion {
            place_name: self.place_name.or_else(|| base.place_name.clone()),
            headline: self.headline.unwrap_or_else(|| base.headline.clone()),
            teaser: self.teaser.unwrap_or_else(|| base.teaser.clone()),
            link,
            link_place,
            image,
            source: self.source,
        };
        item.versions.insert(language.clone(), version);
    }
}

/// Returns an image with what it shows.
fn shown(source: String, place: Place, alt: Option<(String, Option<Place>)>) -> ItemImage {
    let (alt, alt_place) = alt.unwrap_or_default();
    ItemImage { source, alt, place, alt_place }
}

/// Reads the keys of a front matter, given the body.
type Reading<'r, T> = &'r dyn Fn(&Fields<'_>, Option<(String, Place)>) -> Option<T>;

fn open<T>(source: &SourceText, keys: Keys, read: Reading<'_, T>) -> (Option<T>, Problems) {
    let parts = match front_matter::split(source) {
        Ok(parts) => parts,
        Err(problem) => return (None, problem.into()),
    };
    let (root, problems) = yaml::parse(source, parts.front_matter.clone());
    let report = FileReport::new(source);
    report.note_all(problems);
    let empty = yaml::Node {
        span: parts.front_matter.start..parts.front_matter.start,
        value: yaml::Value::Map(Vec::new()),
    };
    let root = match root {
        Some(root) if matches!(root.value, yaml::Value::Empty) => Some(empty),
        None if !report.has_errors() => Some(empty),
        other => other,
    };
    let teaser = Some(&source.text()[parts.body.clone()])
        .filter(|body| !body.is_empty())
        .map(|body| (body.to_owned(), source.at(parts.body.start)));
    let value = root
        .as_ref()
        .and_then(|root| Fields::open(&report, root, "the front matter", keys))
        .and_then(|fields| read(&fields, teaser));
    let value = if report.has_errors() { None } else { value };
    (value, report.into_problems())
}

fn texts(fields: &Fields<'_>, teaser: Option<(String, Place)>, language: &Language) -> ItemTranslation {
    ItemTranslation {
        place_name: fields.line("place", language),
        headline: fields.line("headline", language),
        teaser: teaser.map(|(source, place)| Text {
            source,
            language: language.clone(),
            place,
            lines: Vec::new(),
        }),
        link: fields.link("link", LinkKind::Web).map(|link| (link, fields.place("link"))),
        image: image(fields),
        alt: fields.word("alt").map(|word| (word.text.trim().to_owned(), fields.place("alt"))),
        source: fields.report.at(0),
    }
}

fn image(fields: &Fields<'_>) -> Option<(String, Place)> {
    let word = fields.word("image")?;
    let source = word.text.trim();
    let Some(help) = image_fault(source) else {
        return Some((source.to_owned(), fields.report.at(word.offset)));
    };
    let message = format!("`{}` can't be used as an image", crate::content::fields::clip(source));
    fields.report.error("content/bad-image-path", word.offset, message, help);
    None
}

/// Returns what to do about an image path that can't be right, or `None`.
pub(crate) fn image_fault(source: &str) -> Option<&'static str> {
    let lower = source.to_ascii_lowercase();
    if lower.starts_with("https://") {
        return source
            .chars()
            .any(|c| c.is_whitespace() || matches!(c, '\u{22}' | '<' | '>'))
            .then_some("write %20 for a space in a link");
    }
    if lower.starts_with("http://") {
        return Some("use https:// — mail clients don't show images from insecure addresses");
    }
    if lower.contains("://") || lower.starts_with("data:") || lower.starts_with("cid:") {
        return Some("give a file of the newsletter's folder, `images/male.png`, or an https:// address");
    }
    if source.contains('\\') {
        return Some("write paths with `/`");
    }
    let is_outside =
        source.starts_with('/') || source.split('/').any(|part| part == "..") || source.contains(':');
    is_outside.then_some(
        "copy the file into the newsletter's folder and write its path from there: `images/male.png`",
    )
}

fn missing_alt(place: Place) -> Problem {
    Problem::error("content/missing-alt", "the image has no `alt` text")
        .at(place)
        .help("say what it shows, for those who don't see it: `alt: …`; `alt: \"\"` if it is mere decoration")
}

fn check_window(fields: &Fields<'_>, publish_after: Option<NaiveDate>, expires: Option<NaiveDate>) {
    if let (Some(from), Some(until), Some(entry)) = (publish_after, expires, fields.entry("expires"))
        && until < from
    {
        let message = format!("the item expires on {until}, before it may be published on {from}");
        fields.report.error(
            "content/bad-date",
            entry.node.span.start,
            message,
            "correct one of the two days",
        );
    }
}
