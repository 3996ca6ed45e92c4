//! One piece of news.

use crate::domain::{edition::Text, language::Language, problem::Place};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// A news item with its translations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsItem {
    /// File name without language and ending, e.g. `2022-04-07-male`.
    pub slug: String,
    /// The day of the news.
    pub date: NaiveDate,
    /// Topics, in lower case.
    pub topics: Vec<String>,
    /// Not in an issue dated before this day (embargo).
    pub publish_after: Option<NaiveDate>,
    /// Not in an issue dated after this day.
    pub expires: Option<NaiveDate>,
    /// What it says, by language. Never empty; a translation inherits what it leaves out.
    pub versions: BTreeMap<Language, ItemVersion>,
    /// Where the first language's file begins.
    pub place: Place,
}

/// A news item in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemVersion {
    /// Where it happened.
    pub place_name: Option<Text>,
    /// Headline, plain text.
    pub headline: Text,
    /// Teaser, Markdown.
    pub teaser: Text,
    /// Where *read more* leads.
    pub link: Option<String>,
    /// Where the link was written.
    pub link_place: Option<Place>,
    /// Image beside the teaser.
    pub image: Option<ItemImage>,
    /// Place of the file.
    pub source: Place,
}

/// The image of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemImage {
    /// Path relative to the newsletter's folder, or an https address.
    pub source: String,
    /// What it shows, for those who don't see it; empty for decoration.
    pub alt: String,
    /// Where the image was written.
    pub place: Place,
    /// Where `alt` was written.
    pub alt_place: Option<Place>,
}

impl NewsItem {
    /// Returns whether an issue of `date` may carry the item: embargo over, not expired.
    pub fn is_free_on(&self, date: NaiveDate) -> bool {
        self.publish_after.is_none_or(|from| from <= date) && self.expires.is_none_or(|until| date <= until)
    }
}
