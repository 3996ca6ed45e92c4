//! Chooses the items of a new issue.

use crate::domain::issue::Issue;
use crate::domain::item::NewsItem;
use crate::domain::newsletter::DigestRule;
use crate::domain::problem::Problem;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::fmt;

/// Names that an explanation lists before it says "and so many more".
const NAMES_SHOWN: usize = 3;

/// What is to be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The new issue's name, so that an older version of itself doesn't count as an earlier issue.
    pub issue: String,
    /// The day of the new issue: embargo and expiry are judged by it.
    pub date: NaiveDate,
    /// The newsletter's rule, with whatever was asked for instead.
    pub rule: DigestRule,
    /// No item after this day; the day of the issue when absent.
    pub until: Option<NaiveDate>,
}

impl Request {
    /// Asks by the newsletter's own rule.
    pub fn new(issue: impl Into<String>, date: NaiveDate, rule: DigestRule) -> Self {
        Self { issue: issue.into(), date, rule, until: None }
    }

    /// Asks for all items of a month instead of what the rule says of days and numbers.
    ///
    /// Topics and the ceiling of the rule stay. A month that doesn't exist gives `None`.
    #[must_use]
    pub fn month(mut self, year: i32, month: u32) -> Option<Self> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let next = if month == 12 { (year.checked_add(1)?, 1) } else { (year, month + 1) };
        let last = NaiveDate::from_ymd_opt(next.0, next.1, 1)?.pred_opt()?;
        self.rule = DigestRule { since: Some(first), latest: None, since_last_issue: false, ..self.rule };
        self.until = Some(last);
        Some(self)
    }
}

/// Why an item isn't chosen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// It stands in this earlier issue.
    AlreadyIn(String),
    /// Its embargo isn't over on the day of the issue.
    Embargo,
    /// It has expired on the day of the issue.
    Expired,
    /// It has none of the topics.
    OtherTopics,
    /// It is older than this day.
    Before(NaiveDate),
    /// It is newer than this day.
    After(NaiveDate),
    /// There is no room for it.
    OverLimit(usize),
}

impl fmt::Display for LeftOut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyIn(issue) => write!(out, "already in issue {issue}"),
            Self::Embargo => out.write_str("under embargo on that day"),
            Self::Expired => out.write_str("expired by that day"),
            Self::OtherTopics => out.write_str("about other topics"),
            Self::Before(day) => write!(out, "from before {day}"),
            Self::After(day) => write!(out, "from after {day}"),
            Self::OverLimit(limit) => write!(out, "beyond the limit of {limit}"),
        }
    }
}

/// What was chosen and what wasn't.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Names of the chosen items, newest first.
    pub chosen: Vec<String>,
    /// Names of the others, by reason.
    pub left_out: BTreeMap<LeftOut, Vec<String>>,
}

impl Selection {
    /// Explains in one line what became of the items that weren't chosen.
    pub fn explain(&self) -> String {
        let groups = self.left_out.iter().map(|(reason, slugs)| {
            let shown = slugs.iter().take(NAMES_SHOWN).cloned().collect::<Vec<_>>().join(", ");
            let more = slugs.len().saturating_sub(NAMES_SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} {reason} ({shown}{more})", slugs.len())
        });
        groups.collect::<Vec<_>>().join("; ")
    }
}

/// Chooses items for a new issue, newest first; items of one day stand in the order of their names.
///
/// An item is new since the last issue when no earlier issue carries it, and when it is dated on
/// or after the day of the last issue, or its embargo ended after that day: news that was held
/// back is not forgotten. Items dated after the issue are never chosen unless `until` says so.
///
/// # Errors
/// When nothing is left: the problem says how many items there were and why each group fell out.
pub fn select<'a>(
    items: impl IntoIterator<Item = &'a NewsItem>,
    issues: &[Issue],
    request: &Request,
) -> Result<Selection, Problem> {
    let mut items: Vec<&NewsItem> = items.into_iter().collect();
    items.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.slug.cmp(&b.slug)));
    let earlier = earlier_issues(issues, request);
    let limit = request.rule.latest.into_iter().chain(request.rule.at_most).min();
    let mut selection = Selection::default();
    for item in &items {
        let reason = match reason_against(item, &earlier, request) {
            None => match limit.filter(|limit| selection.chosen.len() >= *limit) {
                None => {
                    selection.chosen.push(item.slug.clone());
                    continue;
                }
                Some(limit) => LeftOut::OverLimit(limit),
            },
            Some(reason) => reason,
        };
        selection.left_out.entry(reason).or_default().push(item.slug.clone());
    }
    if selection.chosen.is_empty() {
        Err(nothing_left(items.len(), &selection, request))
    } else {
        Ok(selection)
    }
}

/// Returns the issues before this one, newest last.
fn earlier_issues<'i>(issues: &'i [Issue], request: &Request) -> Vec<&'i Issue> {
    let mut earlier: Vec<&Issue> = issues
        .iter()
        .filter(|issue| {
            (issue.date, issue.id.issue.as_str()) < (request.date, request.issue.as_str())
                && issue.id.issue != request.issue
        })
        .collect();
    earlier.sort_by(|a, b| (a.date, &a.id.issue).cmp(&(b.date, &b.id.issue)));
    earlier
}

fn reason_against(item: &NewsItem, earlier: &[&Issue], request: &Request) -> Option<LeftOut> {
    let rule = &request.rule;
    if item.publish_after.is_some_and(|day| day > request.date) {
        return Some(LeftOut::Embargo);
    }
    if item.expires.is_some_and(|day| day < request.date) {
        return Some(LeftOut::Expired);
    }
    if !rule.topics.is_empty() && !item.topics.iter().any(|topic| rule.topics.contains(topic)) {
        return Some(LeftOut::OtherTopics);
    }
    let until = request.until.unwrap_or(request.date);
    if item.date > until {
        return Some(LeftOut::After(until));
    }
    if let Some(since) = rule.since.filter(|since| item.date < *since) {
        return Some(LeftOut::Before(since));
    }
    if rule.since_last_issue {
        let carries = |issue: &&&Issue| issue.items.iter().any(|(slug, _)| *slug == item.slug);
        if let Some(issue) = earlier.iter().rev().find(carries) {
            return Some(LeftOut::AlreadyIn(issue.id.issue.clone()));
        }
        let last = earlier.last()?.date;
        let is_new = item.date >= last || item.publish_after.is_some_and(|day| day > last);
        return (!is_new).then_some(LeftOut::Before(last));
    }
    None
}

fn nothing_left(count: usize, selection: &Selection, request: &Request) -> Problem {
    let problem =
        Problem::error("content/empty-issue", format!("no news item fits an issue of {}", request.date));
    match count {
        0 => problem.help("there is no news item yet: write one with `masthead new item`"),
        1 => problem.help(format!("there is 1 item: {}", selection.explain())),
        _ => problem.help(format!("there are {count} items: {}", selection.explain())),
    }
}

#[cfg(test)]
mod tests;
