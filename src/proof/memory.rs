//! What an issue leaves out that it could carry.

use crate::{check::Finding, domain::issue::IssueId, workspace::Workspace};
use std::collections::BTreeSet;

/// Returns a finding for each item that is newer than the issue before, could stand in this one, and stands neither
/// in it nor in an earlier one (T010). A newsletter's first issue leaves nothing over.
pub fn left_over(workspace: &Workspace, issue: &IssueId) -> Vec<Finding> {
    let Some((loaded, this)) = workspace.find(issue) else { return Vec::new() };
    let by_date = loaded.issues_by_date();
    let earlier: Vec<_> =
        by_date.into_iter().filter(|other| (other.date, &other.id) < (this.date, &this.id)).collect();
    let Some(last) = earlier.last() else { return Vec::new() };
    let carried: BTreeSet<&str> = earlier
        .iter()
        .copied()
        .chain([this])
        .flat_map(|issue| issue.items.iter().map(|(slug, _)| slug.as_str()))
        .collect();
    let is_left_over = |item: &&crate::domain::item::NewsItem| {
        item.date > last.date
            && item.date <= this.date
            && item.is_free_on(this.date)
            && !carried.contains(item.slug.as_str())
    };
    let variant = loaded.first_language().as_str();
    let found = loaded.items.values().filter(is_left_over).map(|item| {
        let message = format!(
            "the item `{}` of {} is newer than the issue of {} and stands in none",
            item.slug, item.date, last.date
        );
        Finding::of("T010", variant, message, Some(item.place.clone()), &this.waivers)
    });
    found.collect()
}
