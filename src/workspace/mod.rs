//! The project's files: the only reader and writer of what editors keep under git.
//!
//! [`Workspace::load`] reads `masthead.yaml`, all newsletters with their items and issues, and the
//! templates they use, and reports every problem of every file at once. [`Workspace::edition`]
//! puts an issue together for one language: texts with what they fall back on, images found and
//! measured, the template's files. [`compose`] and [`scaffold`] write new files.
//!
//! What it promises: a file is read only after its size was looked at; no image comes from outside
//! its newsletter's folder, be it by `..` or by symbolic link; a file is written whole or not at
//! all, and none is replaced unless that was asked for.
//!
//! What it never does: print, ask the time, or send.

mod approvals;
pub mod compose;
mod edition;
pub mod example;
mod images;
mod load;
pub mod output;
mod read;
mod resolve;
pub mod scaffold;
mod template;
mod write;

pub use edition::archive_folder;

use crate::domain::digest::InlineImage;
use crate::domain::edition::Edition;
use crate::domain::issue::{Issue, IssueId};
use crate::domain::item::NewsItem;
use crate::domain::language::Language;
use crate::domain::newsletter::Newsletter;
use crate::domain::problem::{Place, Problems};
use crate::domain::settings::WorkspaceSettings;
use crate::domain::template::TemplateFiles;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything an editor wrote, read and checked.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder that holds `newsletters/`.
    pub root: PathBuf,
    /// What `masthead.yaml` settles.
    pub settings: WorkspaceSettings,
    /// Newsletters by folder name.
    pub newsletters: BTreeMap<String, LoadedNewsletter>,
    /// What should be looked at although nothing is stopped by it.
    pub warnings: Problems,
    /// The templates that the newsletters name.
    templates: BTreeMap<String, TemplateFiles>,
}

/// A newsletter with its items and issues.
#[derive(Clone, Debug)]
pub struct LoadedNewsletter {
    /// The newsletter.
    pub newsletter: Newsletter,
    /// Its items by name.
    pub items: BTreeMap<String, NewsItem>,
    /// Its issues by name.
    pub issues: BTreeMap<String, Issue>,
    /// Where each theme token of the newsletter stands.
    theme_places: BTreeMap<String, Place>,
}

/// An issue put together for one language and choice of topics, with the files it needs.
#[derive(Clone, Debug)]
pub struct EditionFiles {
    /// The words.
    pub edition: Edition,
    /// Images that travel with the message.
    pub images: Vec<InlineImage>,
    /// The template.
    pub template: TemplateFiles,
    /// What should be looked at: an item under embargo, for instance.
    pub warnings: Problems,
}

impl Workspace {
    /// Returns all issues of all newsletters; within a newsletter the newest comes last.
    pub fn issues(&self) -> Vec<&Issue> {
        self.newsletters.values().flat_map(LoadedNewsletter::issues_by_date).collect()
    }

    /// Returns the newest issue of all newsletters.
    pub fn newest_issue(&self) -> Option<IssueId> {
        let newest = self.issues().into_iter().max_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        newest.map(|issue| issue.id.clone())
    }

    /// Returns the loaded newsletter and the issue of an id.
    pub fn find(&self, id: &IssueId) -> Option<(&LoadedNewsletter, &Issue)> {
        let loaded = self.newsletters.get(&id.newsletter)?;
        Some((loaded, loaded.issues.get(&id.issue)?))
    }

    /// Returns the language in which a reader of `wished` gets an issue: the wished one when the
    /// newsletter offers it, else its nearest kin, else the first.
    pub fn language_for(&self, id: &IssueId, wished: Option<&Language>) -> Option<Language> {
        let offered = &self.newsletters.get(&id.newsletter)?.newsletter.languages;
        wished.map_or_else(|| offered.first(), |language| language.best_of(offered)).cloned()
    }

    /// Returns the positions in the issue of the items that a reader of `topics` gets.
    ///
    /// No topics mean all items; items without topics go to everybody. Readers with equal
    /// positions share a variant.
    pub fn item_indices_for(&self, id: &IssueId, topics: &[String]) -> Vec<usize> {
        let Some((loaded, issue)) = self.find(id) else { return Vec::new() };
        let is_for_reader = |slug: &String| {
            let item_topics = loaded.items.get(slug).map(|item| item.topics.as_slice()).unwrap_or_default();
            topics.is_empty()
                || item_topics.is_empty()
                || item_topics.iter().any(|topic| topics.iter().any(|wished| wished.to_lowercase() == *topic))
        };
        issue
            .items
            .iter()
            .enumerate()
            .filter(|(_, (slug, _))| is_for_reader(slug))
            .map(|(at, _)| at)
            .collect()
    }
}

impl LoadedNewsletter {
    /// Returns the issues, the newest last; issues of one day in the order of their names.
    pub fn issues_by_date(&self) -> Vec<&Issue> {
        let mut issues: Vec<&Issue> = self.issues.values().collect();
        issues.sort_by(|a, b| (a.date, &a.id.issue).cmp(&(b.date, &b.id.issue)));
        issues
    }

    /// Returns the language to fall back on.
    pub fn first_language(&self) -> &Language {
        self.newsletter.languages.first().expect("a newsletter has at least one language")
    }
}
