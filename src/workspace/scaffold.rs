//! Writes new files that are valid as they stand, with comments that explain their keys.

use crate::content::slug::{is_slug, slugify};
use crate::domain::address::Mailbox;
use crate::domain::issue::IssueId;
use crate::domain::language::Language;
use crate::domain::newsletter::DigestRule;
use crate::domain::problem::{Problem, Problems};
use crate::workspace::compose::{Composed, Composition, IfExists, quoted};
use crate::workspace::resolve::unknown_newsletter;
use crate::workspace::{Workspace, read, write};
use chrono::NaiveDate;
use std::path::Path;

/// Items with which a new issue begins.
const ITEMS_PROPOSED: usize = 6;

/// Names that are tried for an item before giving up.
const NAMES_TRIED: usize = 50;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    /// The folder name or file name that commands take: `starsom`, `2022-04-07-male`.
    pub name: String,
    /// The file, relative to the workspace.
    pub path: String,
}

/// What a new newsletter begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNewsletter {
    /// Its name, from which the folder's name is made.
    pub name: String,
    /// The folder's name, when another one is wanted.
    pub slug: Option<String>,
    /// The sender.
    pub from: Option<Mailbox>,
    /// Its languages; English when empty.
    pub languages: Vec<Language>,
}

/// Writes `newsletters/<slug>/newsletter.yaml` in the workspace at `root`.
///
/// # Errors
/// When the name can't be used, or the newsletter is already there.
pub fn new_newsletter(root: &Path, wanted: &NewNewsletter) -> Result<Scaffold, Problems> {
    let slug = match &wanted.slug {
        Some(slug) => Some(slug.clone()).filter(|slug| is_slug(slug)),
        None => slugify(&wanted.name),
    };
    let name = wanted.name.split_whitespace().collect::<Vec<_>>().join(" ");
    let (Some(slug), false) = (slug, name.is_empty()) else {
        return Err(
            bad_name(&wanted.name, "give the folder a name of its own: `--slug my-newsletter`").into()
        );
    };
    let languages = match wanted.languages.as_slice() {
        [] => "en".to_owned(),
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let address =
        wanted.from.as_ref().map_or_else(|| "news@example.org".to_owned(), |from| from.address.expose());
    let sender = wanted.from.as_ref().and_then(|from| from.name.clone()).unwrap_or_else(|| name.clone());
    let text = include_str!("scaffold/newsletter.yaml")
        .replace("@NAME@", &quoted(&name))
        .replace("@FROM@", &quoted(&format!("{} <{address}>", sender.replace(['<', '>', '@', '"'], ""))))
        .replace("@LANGUAGES@", &languages)
        .replace("@SLUG@", &slug);
    let path = format!("newsletters/{slug}/newsletter.yaml");
    write::text(root, &path, &text, IfExists::Refuse)?;
    Ok(Scaffold { name: slug, path })
}

/// Writes `news/<date>-<headline>.md` in a newsletter's folder.
///
/// # Errors
/// When there is no such newsletter, or the headline is empty.
pub fn new_item(
    root: &Path,
    newsletter: &str,
    headline: &str,
    date: NaiveDate,
) -> Result<Scaffold, Problems> {
    let folder = format!("newsletters/{newsletter}");
    if !is_slug(newsletter) || !root.join(&folder).is_dir() {
        let folders = read::folder(root, "newsletters").unwrap_or_default();
        let known: Vec<_> =
            folders.into_iter().filter(|entry| entry.is_folder).map(|entry| entry.name).collect();
        return Err(unknown_newsletter(newsletter, known.iter().map(String::as_str)).into());
    }
    let headline = headline.split_whitespace().collect::<Vec<_>>().join(" ");
    if headline.is_empty() {
        return Err(bad_name(&headline, "give the item a headline").into());
    }
    let text = include_str!("scaffold/item.md")
        .replace("@DATE@", &date.to_string())
        .replace("@HEADLINE@", &quoted(&headline));
    // Headlines in other scripts leave nothing to make a name of.
    let base = format!("{date}-{}", slugify(&headline).unwrap_or_else(|| "item".to_owned()));
    for number in 1..=NAMES_TRIED {
        let name = if number == 1 { base.clone() } else { format!("{base}-{number}") };
        let path = format!("{folder}/news/{name}.md");
        match write::text(root, &path, &text, IfExists::Refuse) {
            Err(problem) if problem.code == "workspace/file-exists" && number < NAMES_TRIED => {}
            Err(problem) => return Err(problem.into()),
            Ok(()) => return Ok(Scaffold { name, path }),
        }
    }
    unreachable!("the last name either works or is reported")
}

impl Workspace {
    /// Writes an issue with the newest items of a newsletter, for an editor to change.
    ///
    /// Unlike composing, it doesn't ask what earlier issues carried.
    ///
    /// # Errors
    /// When there is no such newsletter, no item, or already such an issue.
    pub fn new_issue(
        &self,
        newsletter: &str,
        issue: Option<String>,
        date: NaiveDate,
    ) -> Result<Scaffold, Problems> {
        let rule = DigestRule { latest: Some(ITEMS_PROPOSED), ..DigestRule::default() };
        let Composed { id: IssueId { issue: name, .. }, path, .. } = self.compose(&Composition {
            newsletter: newsletter.to_owned(),
            issue,
            date,
            rule: Some(rule),
            until: None,
            month: None,
            if_exists: IfExists::Refuse,
        })?;
        Ok(Scaffold { name, path })
    }
}

fn bad_name(name: &str, help: &str) -> Problem {
    let name = crate::content::fields::clip(name);
    Problem::error("workspace/bad-name", format!("no file name can be made of `{name}`")).help(help)
}
