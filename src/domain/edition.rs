//! An issue put together for one language and choice of items: all that rendering needs, resolved.

use crate::domain::{address::Mailbox, issue::IssueId, language::Language, problem::Place};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// A text with the language it is really in and the place where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The words; Markdown where the key says so. Merge fields are still written out.
    pub source: String,
    /// The language of the words, which may be the one that was fallen back on.
    pub language: Language,
    /// Where it stands: its first line.
    pub place: Place,
    /// From which octet of the source on its words stand at which line of the file, where these aren't the
    /// same lines (folded or quoted YAML). Empty when line follows line.
    pub lines: Vec<(usize, u32)>,
}

/// One language's edition of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Which issue.
    pub issue: IssueId,
    /// The language it is made for.
    pub language: Language,
    /// The day of the issue.
    pub date: NaiveDate,
    /// Subject line (merge fields allowed, no Markdown).
    pub subject: Text,
    /// Inbox line after the subject (merge fields allowed, no Markdown).
    pub preheader: Option<Text>,
    /// Name of the newsletter.
    pub name: Text,
    /// One line under the name.
    pub tagline: Option<Text>,
    /// Sender; its name is the newsletter's in this language when `from` has none.
    pub from: Mailbox,
    /// Where answers go, when not to the sender.
    pub reply_to: Option<Mailbox>,
    /// Complete `List-Id` domain, e.g. `starsom.example.org`.
    pub list_id: String,
    /// Home page.
    pub website: Option<String>,
    /// Links of the masthead.
    pub navigation: Vec<(Text, String)>,
    /// Opening, Markdown.
    pub opening: Option<Text>,
    /// About paragraph, Markdown, and where its *read more* leads.
    pub about: Option<(Text, Option<String>)>,
    /// Items in the order of the issue.
    pub items: Vec<EditionItem>,
    /// The legal part.
    pub footer: Footer,
    /// Characters a teaser may have before it is cut at a word.
    pub teaser_length: usize,
    /// Theme tokens of the newsletter (they replace those of the template).
    pub theme: BTreeMap<String, String>,
    /// Name of the template.
    pub template: String,
    /// The public page of this issue, when there is one.
    pub archive_url: Option<String>,
    /// Where the values that are no texts were written.
    pub places: EditionPlaces,
}

impl Edition {
    /// Returns the texts of the edition, from the subject to the footer.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        let about = self.about.as_ref().map(|(text, _)| text);
        let outer = [Some(&self.subject), self.preheader.as_ref(), self.opening.as_ref(), about];
        let items = self.items.iter().flat_map(|item| [&item.headline, &item.teaser]);
        let footer = [&self.footer.organisation, &self.footer.postal_address, &self.footer.reason];
        outer.into_iter().flatten().chain(items).chain(footer.into_iter().filter_map(Option::as_ref))
    }
}

/// Where the values of an edition that are no texts were written, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditionPlaces {
    /// The sender.
    pub from: Option<Place>,
    /// Where answers go.
    pub reply_to: Option<Place>,
    /// The home page.
    pub website: Option<Place>,
    /// The addresses of the masthead's links, in their order.
    pub navigation: Vec<Place>,
    /// Where the *read more* of the about paragraph leads.
    pub about_url: Option<Place>,
    /// The address for questions.
    pub contact: Option<Place>,
    /// The privacy notice.
    pub privacy_url: Option<Place>,
    /// The logo among the theme tokens.
    pub logo: Option<Place>,
    /// The theme tokens that the newsletter itself sets, by name.
    pub theme: BTreeMap<String, Place>,
}

/// An item in the edition's language, or in the one that was fallen back on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionItem {
    /// File name without language and ending.
    pub slug: String,
    /// The day of the news.
    pub date: NaiveDate,
    /// Where it happened.
    pub place_name: Option<Text>,
    /// Headline, plain text.
    pub headline: Text,
    /// Teaser, Markdown.
    pub teaser: Text,
    /// Where *read more* leads.
    pub link: Option<String>,
    /// Image: `src` as the reader's client will see it, its alt text, and its size in CSS pixels.
    pub image: Option<EditionImage>,
    /// Topics.
    pub topics: Vec<String>,
    /// Where its values that are no texts were written.
    pub places: ItemPlaces,
}

/// Where the values of an item that are no texts were written, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemPlaces {
    /// Its line in the issue's list of items.
    pub entry: Option<Place>,
    /// Its link.
    pub link: Option<Place>,
    /// Its image.
    pub image: Option<Place>,
    /// What its image shows.
    pub alt: Option<Place>,
}

/// An image ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionImage {
    /// `https://…` or `cid:…`.
    pub src: String,
    /// What it shows.
    pub alt: String,
    /// Intrinsic width and height in pixels, when known.
    pub size: Option<(u32, u32)>,
}

/// The footer in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footer {
    /// Who publishes.
    pub organisation: Option<Text>,
    /// Postal address.
    pub postal_address: Option<Text>,
    /// Why the reader gets this.
    pub reason: Option<Text>,
    /// `mailto:` or https address for questions.
    pub contact: Option<String>,
    /// Privacy notice.
    pub privacy_url: Option<String>,
}
