//! A newsletter: a publication with a name, a sender and a look.

use crate::domain::{address::Mailbox, edition::Text, language::Language, problem::Place};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// The newsletter as its files say, in every language they speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newsletter {
    /// Folder name under `newsletters/`, e.g. `starsom`.
    pub slug: String,
    /// Path of `newsletter.yaml`, relative to the workspace.
    pub path: String,
    /// Who it is from.
    pub from: Mailbox,
    /// Where answers go, when not to the sender.
    pub reply_to: Option<Mailbox>,
    /// Where the sender was written.
    pub from_place: Option<Place>,
    /// Where the address for answers was written.
    pub reply_to_place: Option<Place>,
    /// The `List-Id` domain part; falls back to `<slug>.<domain of from>`. Stable for ever (RFC 2919).
    pub list_id: Option<String>,
    /// Languages on offer; the first is the one to fall back on. Never empty.
    pub languages: Vec<Language>,
    /// Name of the template folder.
    pub template: String,
    /// Texts by language; the first language always has an entry.
    pub texts: BTreeMap<Language, NewsletterTexts>,
    /// How `compose` chooses items.
    pub digest: DigestRule,
    /// How many characters a teaser may have before it is cut at a word.
    pub teaser_length: usize,
    /// Theme tokens that replace those of the template: `accent` → `#1f5a8a`, `logo` → `images/logo.png`.
    pub theme: BTreeMap<String, String>,
    /// Approvals by different people that `send` asks for.
    pub require_approval: u32,
}

/// What the newsletter says in one language. Whatever is missing falls back to the first language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewsletterTexts {
    /// Name shown in the masthead and as the sender's name.
    pub name: Option<Text>,
    /// One line under the name.
    pub tagline: Option<Text>,
    /// Home page.
    pub website: Option<String>,
    /// Where the home page was written.
    pub website_place: Option<Place>,
    /// Links of the masthead.
    pub navigation: Vec<Link>,
    /// Opening paragraph(s), Markdown.
    pub opening: Option<Text>,
    /// About the project, Markdown, with its *read more*.
    pub about: Option<About>,
    /// The legal part.
    pub footer: FooterTexts,
}

/// A labelled link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it says.
    pub label: Text,
    /// Where it leads.
    pub url: String,
    /// Where that was written.
    pub url_place: Option<Place>,
}

/// The "about" paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Markdown.
    pub text: Text,
    /// Where *read more* leads.
    pub url: Option<String>,
    /// Where that was written.
    pub url_place: Option<Place>,
}

/// What the footer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FooterTexts {
    /// Who publishes.
    pub organisation: Option<Text>,
    /// Postal address, may have several lines.
    pub postal_address: Option<Text>,
    /// Why the reader gets this.
    pub reason: Option<Text>,
    /// `mailto:` or https address for questions.
    pub contact: Option<String>,
    /// Where that was written.
    pub contact_place: Option<Place>,
    /// Privacy notice.
    pub privacy_url: Option<String>,
    /// Where that was written.
    pub privacy_place: Option<Place>,
}

/// How `compose` chooses the items of a new issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestRule {
    /// The newest N items.
    pub latest: Option<usize>,
    /// All items since the last issue.
    pub since_last_issue: bool,
    /// All items from this day on.
    pub since: Option<NaiveDate>,
    /// Only items with one of these topics; empty means all.
    pub topics: Vec<String>,
    /// Never more than this.
    pub at_most: Option<usize>,
}
