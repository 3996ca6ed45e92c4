//! Reads `issues/<id>.yaml` and its translations.

use crate::content::fields::{Fields, FileReport, Keys, clip};
use crate::content::front_matter::empty_file;
use crate::content::moment::{Here, Moment};
use crate::content::slug::is_slug;
use crate::content::source::SourceText;
use crate::content::yaml;
use crate::domain::issue::{Issue, IssueId, IssueTexts, Waiver};
use crate::domain::language::Language;
use crate::domain::problem::{Place, Problem, Problems};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};

const ALL_KEYS: &[&str] = &["date", "subject", "preheader", "opening", "items", "waive", "not_after"];

const TEXT_KEYS: &[&str] = &["subject", "preheader", "opening"];

const OTHER_KEYS: &[&str] = &["date", "items", "waive", "not_after"];

const LATER_KEYS: &[&str] = &["overrides", "send_at"];

const WAIVER_KEYS: Keys = Keys::of(&["rule", "reason", "by"]);

/// Items that an issue may carry.
pub const ITEMS_MAX: usize = 200;

/// Waivers that an issue may carry; whoever needs more wants other rules, not exceptions.
const WAIVERS_MAX: usize = 50;

/// Reads the issue's file in the newsletter's first language.
pub fn parse(source: &SourceText, id: &IssueId, language: &Language) -> (Option<Issue>, Problems) {
    read(source, Keys { known: ALL_KEYS, later: LATER_KEYS, not_here: &[] }, |fields| {
        fields.require("date", "date: 2022-04-08");
        fields.require("subject", "subject: News of April");
        fields.require("items", "items: [2022-04-07-male]");
        let items = items(fields);
        let waivers = waivers(fields);
        let not_after = not_after(fields);
        let date = fields.date("date")?;
        Some(Issue {
            id: id.clone(),
            path: source.path().to_owned(),
            date,
            items,
            texts: BTreeMap::from([(language.clone(), texts(fields, language))]),
            waivers,
            not_after,
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

/// Reads until when the issue may be sent. It must name its zone: the file is read on several machines.
fn not_after(fields: &Fields<'_>) -> Option<DateTime<Utc>> {
    let word = fields.word("not_after")?;
    match Moment::parse(word.text, &Here::default()) {
        Ok(moment) => Some(moment.at),
        Err(fault) => {
            let message = clip(&fault.to_string());
            fields.report.error("content/bad-value", word.offset, message, fault.help());
            None
        }
    }
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

/// Reads who lets which rule pass, and why. Whether there is such a rule is for those to say who know the rules.
fn waivers(fields: &Fields<'_>) -> Vec<Waiver> {
    let nodes = fields.list("waive");
    if let Some(extra) = nodes.get(WAIVERS_MAX) {
        let message = format!("the issue waives more than {WAIVERS_MAX} rules");
        fields.report.error("content/bad-value", extra.span.start, message, "mend what the rules object to");
    }
    let mut waivers: Vec<Waiver> = Vec::new();
    for node in nodes.iter().take(WAIVERS_MAX) {
        let Some(one) = Fields::open(fields.report, node, "the waiver", WAIVER_KEYS) else { continue };
        one.require("rule", "rule: I006");
        one.require("reason", "reason: the logo has to be that small");
        one.require("by", "by: the head of communications");
        let (rule, reason, by) = (one.word("rule"), words(&one, "reason"), words(&one, "by"));
        let Some(word) = rule else { continue };
        let (rule, place) = (word.text.trim().to_ascii_uppercase(), fields.report.at(word.offset));
        if !is_rule_id(&rule) {
            let message = format!("`{}` is not the id of a rule", clip(word.text));
            let help = "write the id that `masthead check` shows: a letter and three digits, as in `I006`";
            fields.report.error("content/bad-value", word.offset, message, help);
        } else if let Some(other) = waivers.iter().find(|other| other.rule == rule) {
            let help = format!("it is waived in line {} already: keep one of them", other.place.line);
            let message = format!("`{rule}` is waived twice");
            fields.report.error("content/bad-value", word.offset, message, help);
        } else if let (Some(reason), Some(by)) = (reason, by) {
            waivers.push(Waiver { rule, reason, by, place });
        }
    }
    waivers
}

/// Returns the words of a key in one line, when there are any.
fn words(fields: &Fields<'_>, key: &str) -> Option<String> {
    let word = fields.word(key)?;
    let text = word.text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        fields.report.error(
            "content/missing-key",
            word.offset,
            format!("`{key}` has no value"),
            "write it out",
        );
        return None;
    }
    Some(text)
}

/// Returns whether a text has the form of a rule's id.
fn is_rule_id(text: &str) -> bool {
    matches!(text.as_bytes(), [b'A'..=b'Z', digits @ ..] if digits.len() == 3 && digits.iter().all(u8::is_ascii_digit))
}
