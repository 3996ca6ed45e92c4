//! Writes a new issue from the latest news items.

use crate::content::fields::clip;
use crate::content::select::{Request, Selection, select};
use crate::content::slug::{is_slug, slugify};
use crate::domain::issue::IssueId;
use crate::domain::language::Language;
use crate::domain::newsletter::DigestRule;
use crate::domain::problem::{Problem, Problems};
use crate::workspace::{LoadedNewsletter, Workspace, write};
use chrono::{Datelike, NaiveDate};
use std::fmt::Write;

pub use crate::workspace::write::IfExists;

/// Characters that a proposed preheader has at most.
const PREHEADER_CHARS_MAX: usize = 110;

/// What to compose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composition {
    /// The newsletter's folder name.
    pub newsletter: String,
    /// The issue's name; year and month of its day when absent.
    pub issue: Option<String>,
    /// The day of the issue.
    pub date: NaiveDate,
    /// How to choose, instead of the newsletter's own rule.
    pub rule: Option<DigestRule>,
    /// No item after this day, instead of the day of the issue.
    pub until: Option<NaiveDate>,
    /// All items of this year and month, whatever the rule says of days and numbers.
    pub month: Option<(i32, u32)>,
    /// What to do when the issue is already there.
    pub if_exists: IfExists,
}

/// What was composed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The issue.
    pub id: IssueId,
    /// The file, relative to the workspace.
    pub path: String,
    /// Name and headline of each item, in order.
    pub items: Vec<(String, String)>,
    /// What was left out and why.
    pub selection: Selection,
}

impl Workspace {
    /// Chooses the items of a new issue and writes its file, one item per line.
    ///
    /// # Errors
    /// When there is no such newsletter, nothing to tell, or already such an issue.
    pub fn compose(&self, wanted: &Composition) -> Result<Composed, Problems> {
        let loaded = self.newsletter(&wanted.newsletter)?;
        let name = wanted.issue.clone().unwrap_or_else(|| wanted.date.format("%Y-%m").to_string());
        if !is_slug(&name) {
            return Err(bad_issue_name(&name).into());
        }
        let rule = wanted.rule.clone().unwrap_or_else(|| loaded.newsletter.digest.clone());
        let mut request = Request { until: wanted.until, ..Request::new(name.clone(), wanted.date, rule) };
        if let Some((year, month)) = wanted.month {
            request = request.month(year, month).ok_or_else(|| no_such_month(year, month))?;
        }
        let issues: Vec<_> = loaded.issues.values().cloned().collect();
        let selection = select(loaded.items.values(), &issues, &request)?;
        let items: Vec<_> =
            selection.chosen.iter().map(|slug| (slug.clone(), headline(loaded, slug))).collect();
        let path = format!("newsletters/{}/issues/{name}.yaml", wanted.newsletter);
        write::text(&self.root, &path, &issue_text(loaded, wanted.date, &items), wanted.if_exists)
            .map_err(how_to_replace)?;
        let id = IssueId { newsletter: wanted.newsletter.clone(), issue: name };
        Ok(Composed { id, path, items, selection })
    }
}

/// An issue, unlike other files, may be written anew.
fn how_to_replace(problem: Problem) -> Problem {
    match problem.code {
        "workspace/file-exists" => {
            problem.help("choose another name (`compose --name`), or replace it with `compose --force`")
        }
        _ => problem,
    }
}

fn bad_issue_name(name: &str) -> Problem {
    let help = match slugify(name) {
        Some(slug) => format!("`{slug}` would do"),
        None => "write for instance `2022-04`".to_owned(),
    };
    Problem::error("workspace/bad-name", format!("`{}` can't be the name of an issue", clip(name))).help(help)
}

fn no_such_month(year: i32, month: u32) -> Problem {
    Problem::error("content/bad-date", format!("there is no month {year}-{month:02}"))
        .help("write it as `2022-04`")
}

fn headline(loaded: &LoadedNewsletter, slug: &str) -> String {
    let version = loaded.items.get(slug).and_then(|item| item.versions.get(loaded.first_language()));
    version.map(|version| version.headline.source.clone()).unwrap_or_default()
}

/// Writes the issue file; an editor changes subject and preheader and reorders the lines.
fn issue_text(loaded: &LoadedNewsletter, date: NaiveDate, items: &[(String, String)]) -> String {
    let first = loaded.first_language();
    let name = loaded.newsletter.texts.get(first).and_then(|texts| texts.name.as_ref());
    let name = name.map_or(loaded.newsletter.slug.as_str(), |name| name.source.as_str());
    let subject = format!("{name} – {}", month_of(date, first));
    let mut text = format!(
        "# The issue of {date}. Change subject and preheader; reorder, remove or add lines of items.\n\
         # Translations stand beside this file: the French subject in a file that ends in .fr.yaml.\n\
         date: {date}\n\
         subject: {}\n\
         preheader: {}        # what inboxes show after the subject\n\
         # opening: …        # instead of the newsletter's own opening\n\
         items:\n",
        quoted(&subject),
        quoted(&preheader(items)),
    );
    let width = items.iter().map(|(slug, _)| slug.len()).max().unwrap_or_default();
    for (slug, headline) in items {
        let headline: String = headline.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(text, "  - {slug:width$}  # {headline}").expect("writing to a string can't fail");
    }
    text
}

/// Puts a text in double quotes; what JSON escapes, YAML reads the same way.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text can always be written as JSON")
}

/// Proposes the headlines of the first items, as many as an inbox shows.
fn preheader(items: &[(String, String)]) -> String {
    let mut proposal = String::new();
    for (_, headline) in items {
        let separator = if proposal.is_empty() { "" } else { " · " };
        if proposal.chars().count() + separator.chars().count() + headline.chars().count()
            > PREHEADER_CHARS_MAX
        {
            break;
        }
        proposal.push_str(separator);
        proposal.push_str(headline);
    }
    if proposal.is_empty() {
        let first = items.first().map(|(_, headline)| headline.as_str()).unwrap_or_default();
        proposal = first.chars().take(PREHEADER_CHARS_MAX).collect();
    }
    proposal
}

/// Names the month for a subject that an editor will look at anyway; numbers where we know no names.
fn month_of(date: NaiveDate, language: &Language) -> String {
    let names = match language.primary() {
        "en" => "January February March April May June July August September October November December",
        "fr" => "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "es" => "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        _ => return date.format("%m/%Y").to_string(),
    };
    let name = names.split(' ').nth(date.month0() as usize).unwrap_or_default();
    let of = if language.primary() == "es" { " de" } else { "" };
    format!("{name}{of} {}", date.year())
}
