//! What an issue has that the one before it hadn't, and the other way round.

use crate::{
    domain::{
        issue::{Issue, IssueId},
        item::NewsItem,
        language::Language,
        problem::Place,
    },
    preview::{asked::Asked, look::previous, shown::Shown, state::Preview},
    workspace::{LoadedNewsletter, Workspace},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// Items that are left over and named.
const LEFT_OVER_MAX: usize = 50;

/// An item, with the place to mend it.
#[derive(Serialize)]
struct ItemAnswer {
    slug: String,
    headline: String,
    place: Place,
    /// The first issue that had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_in: Option<String>,
}

#[derive(Default, Serialize)]
struct ItemsAnswer {
    /// In no earlier issue.
    new: Vec<ItemAnswer>,
    /// In an earlier issue too.
    repeated: Vec<ItemAnswer>,
    /// Newer than the issue before, and in none so far; the newest first.
    left_over: Vec<ItemAnswer>,
    /// In the previous issue, not in this one.
    dropped: Vec<ItemAnswer>,
}

/// How an issue differs from the one before it.
#[derive(Default, Serialize)]
pub(super) struct DifferenceAnswer {
    previous: Option<String>,
    /// The previous subject and this one's.
    subject: [Option<String>; 2],
    items: ItemsAnswer,
}

impl Preview {
    /// Compares an issue with the last one that went out.
    pub(super) fn difference(&self, asked: &Asked) -> DifferenceAnswer {
        let Shown { workspace: Some((_, workspace)), reading: Some(reading), .. } = self.shown(asked) else {
            return DifferenceAnswer::default();
        };
        let heard = self.accounts.heard(&*self.office, &workspace);
        let previous = previous(&workspace, &heard, &reading.issue);
        difference(&workspace, &reading.issue, previous.as_ref(), &reading.language).unwrap_or_default()
    }
}

fn difference(
    workspace: &Workspace,
    id: &IssueId,
    previous: Option<&IssueId>,
    language: &Language,
) -> Option<DifferenceAnswer> {
    let (loaded, this) = workspace.find(id)?;
    let before = previous.and_then(|previous| workspace.find(previous)).map(|(_, issue)| issue);
    let desk = Desk { loaded, this, language };
    let (repeated, new): (Vec<_>, Vec<_>) =
        this.items.iter().partition(|(slug, _)| desk.first_in(slug).is_some());
    let dropped = before.into_iter().flat_map(|issue| &issue.items).filter(|(slug, _)| !has(this, slug));
    Some(DifferenceAnswer {
        previous: previous.map(ToString::to_string),
        subject: [before.and_then(|issue| desk.subject(issue)), desk.subject(this)],
        items: ItemsAnswer {
            new: desk.answers(new.into_iter().map(|(slug, _)| slug)),
            repeated: desk.answers(repeated.into_iter().map(|(slug, _)| slug)),
            left_over: desk.answers(desk.left_over().iter().map(|item| &item.slug)),
            dropped: desk.answers(dropped.map(|(slug, _)| slug)),
        },
    })
}

fn has(issue: &Issue, slug: &str) -> bool {
    issue.items.iter().any(|(other, _)| other == slug)
}

/// What is at hand when issues are compared.
struct Desk<'a> {
    loaded: &'a LoadedNewsletter,
    this: &'a Issue,
    language: &'a Language,
}

impl<'a> Desk<'a> {
    fn subject(&self, issue: &Issue) -> Option<String> {
        let texts = issue.texts.get(self.language).filter(|texts| texts.subject.is_some());
        let texts = texts.or_else(|| issue.texts.get(self.loaded.first_language()));
        texts.and_then(|texts| texts.subject.as_ref()).map(|subject| subject.source.clone())
    }

    /// Returns the first issue before this one that has the item.
    fn first_in(&self, slug: &str) -> Option<&'a IssueId> {
        let is_before = |other: &&Issue| (other.date, &other.id) < (self.this.date, &self.this.id);
        let mut issues = self.loaded.issues_by_date().into_iter().filter(is_before);
        issues.find(|issue| has(issue, slug)).map(|issue| &issue.id)
    }

    /// Returns the items since the issue before that may be told now and stand in no issue yet.
    fn left_over(&self) -> Vec<&'a NewsItem> {
        let is_before = |other: &&Issue| (other.date, &other.id) < (self.this.date, &self.this.id);
        let earlier: Vec<_> = self.loaded.issues_by_date().into_iter().filter(is_before).collect();
        // A newsletter's first issue leaves nothing over.
        let Some(last) = earlier.last() else { return Vec::new() };
        let issues = earlier.iter().copied().chain([self.this]);
        let used: BTreeSet<&str> =
            issues.flat_map(|issue| &issue.items).map(|(slug, _)| slug.as_str()).collect();
        let day = self.this.date;
        let items = self.loaded.items.values().filter(|item| item.date > last.date);
        let mut items: Vec<_> = items
            .filter(|item| !used.contains(item.slug.as_str()) && item.date <= day && item.is_free_on(day))
            .collect();
        items.sort_by(|a, b| (b.date, &b.slug).cmp(&(a.date, &a.slug)));
        items.truncate(LEFT_OVER_MAX);
        items
    }

    fn answers<'s>(&self, slugs: impl Iterator<Item = &'s String>) -> Vec<ItemAnswer> {
        let answers = slugs.filter_map(|slug| {
            let item = self.loaded.items.get(slug)?;
            let version = item
                .versions
                .get(self.language)
                .or_else(|| item.versions.get(self.loaded.first_language()))?;
            Some(ItemAnswer {
                slug: slug.clone(),
                headline: version.headline.source.clone(),
                place: version.headline.place.clone(),
                first_in: self.first_in(slug).map(ToString::to_string),
            })
        });
        answers.collect()
    }
}
