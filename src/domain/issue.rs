//! One edition of a newsletter.

use crate::domain::{edition::Text, language::Language, problem::Place};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// Names an issue: `starsom/2022-04`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IssueId {
    /// The newsletter's folder name.
    pub newsletter: String,
    /// The issue file's name without ending.
    pub issue: String,
}

impl fmt::Display for IssueId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.newsletter, self.issue)
    }
}

/// An issue as its files say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its name.
    pub id: IssueId,
    /// Path of the issue file, relative to the workspace.
    pub path: String,
    /// The day of the issue.
    pub date: NaiveDate,
    /// Items in order, by slug, each with the place of its line.
    pub items: Vec<(String, Place)>,
    /// Texts by language; the newsletter's first language always has an entry.
    pub texts: BTreeMap<Language, IssueTexts>,
    /// Rules that somebody decided to let pass.
    pub waivers: Vec<Waiver>,
    /// From here on it is stale: a deadline, an event that it announces.
    pub not_after: Option<DateTime<Utc>>,
}

/// A decision to send although a rule of `check` objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The rule's id, such as `I006`.
    pub rule: String,
    /// Why it may pass.
    pub reason: String,
    /// Who decided so.
    pub by: String,
    /// Where it stands.
    #[serde(skip)]
    pub place: Place,
}

/// An earlier issue, as far as a later one must not repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastIssue {
    /// Which issue.
    pub id: IssueId,
    /// Its day.
    pub date: NaiveDate,
    /// Its subject in the language that is judged, merge fields still written out.
    pub subject: String,
    /// Its items: name, headline and link in the language that is judged.
    pub items: Vec<PastItem>,
}

/// An item of an earlier issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastItem {
    /// Its name.
    pub slug: String,
    /// Its headline.
    pub headline: String,
    /// Where its *read more* leads.
    pub link: Option<String>,
}

/// What the issue says in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueTexts {
    /// Subject line.
    pub subject: Option<Text>,
    /// The line that inboxes show after the subject.
    pub preheader: Option<Text>,
    /// Replaces the newsletter's opening.
    pub opening: Option<Text>,
}
