//! One edition of a newsletter.

use crate::domain::{edition::Text, language::Language, problem::Place};
use chrono::NaiveDate;
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
