//! Finds the issue that was meant on the command line.

use crate::content::fields::{clip, listed, nearest};
use crate::domain::issue::IssueId;
use crate::domain::problem::{Problem, Problems};
use crate::workspace::{LoadedNewsletter, Workspace};

/// Names that an answer lists.
const NAMES_SHOWN: usize = 8;

impl Workspace {
    /// Returns the issue named by `starsom/2022-04`, or the newest one of `starsom`; the path of
    /// an issue file names it as well.
    ///
    /// # Errors
    /// When there is no such newsletter or issue: the problem names the nearest, or what there is.
    pub fn resolve_issue(&self, text: &str) -> Result<IssueId, Problems> {
        let name = text.trim().trim_start_matches("./").trim_end_matches('/');
        let name = name.strip_prefix("newsletters/").unwrap_or(name);
        let (newsletter, issue) =
            name.split_once('/').map_or((name, None), |(first, rest)| (first, Some(rest)));
        let loaded = self.newsletter(newsletter)?;
        let Some(issue) = issue else {
            return match loaded.issues_by_date().last() {
                Some(newest) => Ok(newest.id.clone()),
                None => Err(no_issue_yet(newsletter).into()),
            };
        };
        let issue = issue.strip_prefix("issues/").unwrap_or(issue);
        let issue = issue.strip_suffix(".yaml").unwrap_or(issue);
        match loaded.issues.get(issue) {
            Some(found) => Ok(found.id.clone()),
            None => Err(unknown_issue(loaded, issue).into()),
        }
    }

    /// Returns the newsletter of this folder name.
    ///
    /// # Errors
    /// When there is none: the problem names the nearest, or what there is.
    pub fn newsletter(&self, slug: &str) -> Result<&LoadedNewsletter, Problems> {
        let known = || self.newsletters.keys().map(String::as_str);
        self.newsletters.get(slug).ok_or_else(|| unknown_newsletter(slug, known()).into())
    }
}

/// Returns the problem of a newsletter that isn't there.
pub(super) fn unknown_newsletter<'k>(slug: &str, known: impl Iterator<Item = &'k str> + Clone) -> Problem {
    let problem =
        Problem::error("workspace/unknown-newsletter", format!("there is no newsletter `{}`", clip(slug)));
    match nearest(slug, known.clone()) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if known.clone().next().is_none() => problem.help(
            "there is none at all in this folder: go to another one, or begin with `masthead new newsletter`",
        ),
        None => problem.help(format!("the newsletters are {}", listed(known.take(NAMES_SHOWN)))),
    }
}

fn no_issue_yet(newsletter: &str) -> Problem {
    Problem::error("workspace/unknown-issue", format!("the newsletter `{newsletter}` has no issue yet"))
        .help(format!("write one with `masthead compose {newsletter}`"))
}

fn unknown_issue(loaded: &LoadedNewsletter, issue: &str) -> Problem {
    let newsletter = &loaded.newsletter.slug;
    let newest = || loaded.issues_by_date().into_iter().rev().map(|issue| issue.id.issue.as_str());
    if newest().next().is_none() {
        return no_issue_yet(newsletter);
    }
    let message = format!("the newsletter `{newsletter}` has no issue `{}`", clip(issue));
    let problem = Problem::error("workspace/unknown-issue", message);
    match nearest(issue, newest()) {
        Some(near) => problem.help(format!("did you mean `{newsletter}/{near}`?")),
        None => problem.help(format!("its issues are {}", listed(newest().take(NAMES_SHOWN)))),
    }
}
