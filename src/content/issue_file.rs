//! Reads `issues/<id>.yaml` and its translations.

use crate::content::fields::{Fields, FileReport, Keys, clip};
use crate::content::front_matter::empty_file;
use crate::content::slug::is_slug;
use crate::content::source::SourceText;
use crate::content::yaml;
use crate::domain::issue::{Issue, IssueId, IssueTexts};
use crate::domain::language::Language;
use crate::domain::problem::{Place, Problem, Problems};
use std::collections::{BTreeMap, HashMap};

const ALL_KEYS: &[&str] = &["date", "subject", "preheader", "opening", "items"];

const TEXT_KEYS: &[&str] = &["subject", "preheader", "opening"];

const OTHER_KEYS: &[&str] = &["date", "items"];

const LATER_KEYS: &[&str] = &["approval", "approvals", "overrides", "waivers", "send_at"];

/// Items that an issue may carry.
pub const ITEMS_MAX: usize = 200;

/// Reads the issue's file in the newsletter's first language.
pub fn parse(source: &SourceText, id: &IssueId, language: &Language) -> (Option<Issue>, Problems) {
    read(source, Keys { known: ALL_KEYS, later: LATER_KEYS, not_here: &[] }, |fields| {
        fields.require("date", "date: 2022-04-08");
        fields.require("subject", "subject: News of April");
        fields.require("items", "items: [2022-04-07-male]");
        let items = items(fields);
        let date = fields.date("date")?;
        Some(Issue {
            id: id.clone(),
            path: source.path().to_owned(),
            date,
            items,
            texts: BTreeMap::from([(language.clone(), texts(fields, language))]),
            waivers: Vec::new(),
        })
    })
}

/// Reads a translation: the issue's texts in one more language.
pub fn parse_translation(source: &SourceText, language: &Language) -> (Option<IssueTexts>, Problems) {
    read(source, Keys { known: TEXT_KEYS, later: LATER_KEYS, not_here: OTHER_KEYS }, |fields| {
        Some(texts(fields, language))
    })
}

fn read<T>(
    source: &SourceText,
    keys: Keys,
    read: impl FnOnce(&Fields<'_>) -> Option<T>,
) -> (Option<T>, Problems) {
    let (root, problems) = yaml::parse(source, 0..source.text().len());
    let report = FileReport::new(source);
    report.note_all(problems);
    if root.is_none() && !report.has_errors() {
        report.note(empty_file(source));
    }
    let fields = root.as_ref().and_then(|root| Fields::open(&report, root, "the issue", keys));
    let value = fields.and_then(|fields| read(&fields)).filter(|_| !report.has_errors());
    (value, report.into_problems())
}

fn texts(fields: &Fields<'_>, language: &Language) -> IssueTexts {
    IssueTexts {
        subject: fields.line("subject", language),
        preheader: fields.line("preheader", language),
        opening: fields.text("opening", language).filter(|text| !text.source.is_empty()),
    }
}

fn items(fields: &Fields<'_>) -> Vec<(String, Place)> {
    let words = fields.words("items");
    if let Some(extra) = words.get(ITEMS_MAX) {
        let message = format!("the issue lists more than {ITEMS_MAX} items");
        fields.report.error("content/bad-value", extra.offset, message, "divide them among several issues");
    }
    if let (Some(entry), true) = (fields.entry("items"), words.is_empty()) {
        let help = "list the names of files in `news/`, one per line: `- 2022-04-07-male`";
        fields.report.error("content/missing-key", entry.offset, "the issue lists no items", help);
    }
    let mut items = Vec::new();
    let mut seen: HashMap<String, u32> = HashMap::new();
    for word in words.into_iter().take(ITEMS_MAX) {
        let text = word.text.trim();
        let slug = text.strip_prefix("news/").unwrap_or(text);
        let slug = slug.strip_suffix(".md").unwrap_or(slug);
        let place = fields.report.at(word.offset);
        if !is_slug(slug) {
            let message = format!("`{}` is not the name of a news item", clip(text));
            let help = "write the name of a file in `news/` without its ending: `2022-04-07-male`";
            fields.report.error("content/bad-value", word.offset, message, help);
        } else if let Some(line) = seen.get(slug) {
            fields.report.note(
                Problem::error(
                    "content/duplicate-item",
                    format!("the item `{slug}` stands twice in the issue"),
                )
                .at(place)
                .help(format!("it already stands in line {line}: keep one of them")),
            );
        } else {
            seen.insert(slug.to_owned(), place.line);
            items.push((slug.to_owned(), place));
        }
    }
    items
}
