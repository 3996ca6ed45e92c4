//! Reads `newsletter.yaml` and its translations.

use crate::content::fields::{Fields, FileReport, Keys, clip, word};
use crate::content::front_matter::empty_file;
use crate::content::source::SourceText;
use crate::content::values::{LinkKind, parse_date};
use crate::content::yaml::{self, Node, Value};
use crate::domain::edition::Text;
use crate::domain::language::Language;
use crate::domain::newsletter::{About, DigestRule, FooterTexts, Link, Newsletter, NewsletterTexts};
use crate::domain::problem::{Place, Problems};
use std::collections::BTreeMap;

const TEXT_KEYS: &[&str] = &["name", "tagline", "website", "navigation", "opening", "about", "footer"];

const OTHER_KEYS: &[&str] = &[
    "from",
    "reply_to",
    "list_id",
    "languages",
    "template",
    "digest",
    "teaser",
    "theme",
    "require_approval",
];

const ALL_KEYS: &[&str] = &[
    "name",
    "tagline",
    "from",
    "reply_to",
    "list_id",
    "languages",
    "template",
    "website",
    "navigation",
    "opening",
    "about",
    "digest",
    "teaser",
    "footer",
    "theme",
    "require_approval",
];

/// Characters a teaser may have when `teaser` doesn't say.
const TEASER_LENGTH: usize = 280;

/// What was found in `newsletter.yaml`.
#[derive(Clone, Debug, Default)]
pub struct NewsletterFile {
    /// The newsletter, when nothing is wrong with the file.
    pub newsletter: Option<Newsletter>,
    /// Its languages as far as they could be read, so that other files can be judged by them.
    pub languages: Vec<Language>,
    /// Where each theme token stands.
    pub theme_places: BTreeMap<String, Place>,
    /// Where the name of the template stands.
    pub template_place: Option<Place>,
    /// Everything that is wrong.
    pub problems: Problems,
}

/// Reads the `newsletter.yaml` of the folder `slug`.
pub fn parse(source: &SourceText, slug: &str) -> NewsletterFile {
    let (root, problems) = yaml::parse(source, 0..source.text().len());
    let report = FileReport::new(source);
    report.note_all(problems);
    let mut file = NewsletterFile::default();
    match &root {
        Some(root) => read(&report, root, slug, &mut file),
        None if !report.has_errors() => report.note(empty_file(source)),
        None => {}
    }
    if report.has_errors() {
        file.newsletter = None;
    }
    file.problems = report.into_problems();
    file
}

/// Reads `newsletter.<language>.yaml`: the texts in one more language.
pub fn parse_translation(source: &SourceText, language: &Language) -> (NewsletterTexts, Problems) {
    let (root, problems) = yaml::parse(source, 0..source.text().len());
    let report = FileReport::new(source);
    report.note_all(problems);
    let keys = Keys { known: TEXT_KEYS, later: &[], not_here: OTHER_KEYS };
    let texts = root
        .as_ref()
        .and_then(|root| Fields::open(&report, root, "the translation", keys))
        .map(|fields| texts(&fields, language))
        .unwrap_or_default();
    (texts, report.into_problems())
}

fn read(report: &FileReport<'_>, root: &Node, slug: &str, file: &mut NewsletterFile) {
    let keys = Keys { known: ALL_KEYS, later: &["signing", "schedule", "feeds"], not_here: &[] };
    let Some(fields) = Fields::open(report, root, "the newsletter", keys) else { return };
    fields.require("name", "name: My newsletter");
    fields.require("from", "from: My newsletter <news@example.org>");
    fields.require("languages", "languages: [en]");
    file.languages = fields.languages("languages");
    let first =
        file.languages.first().cloned().or_else(|| Language::parse("en")).expect("`en` is a language");
    let theme = theme(&fields, &mut file.theme_places);
    file.template_place = fields.word("template").map(|word| report.at(word.offset));
    let texts = texts(&fields, &first);
    let Some(from) = fields.mailbox("from") else {
        others(&fields);
        return;
    };
    let others = others(&fields);
    file.newsletter = Some(Newsletter {
        slug: slug.to_owned(),
        path: report.source().path().to_owned(),
        from,
        from_place: fields.place("from"),
        reply_to: others.reply_to,
        reply_to_place: fields.place("reply_to"),
        list_id: others.list_id,
        languages: if file.languages.is_empty() { vec![first.clone()] } else { file.languages.clone() },
        template: others.template,
        texts: BTreeMap::from([(first, texts)]),
        digest: others.digest,
        teaser_length: others.teaser_length,
        theme,
        require_approval: others.require_approval,
    });
}

/// Keys that stand beside the texts.
struct Others {
    reply_to: Option<crate::domain::address::Mailbox>,
    list_id: Option<String>,
    template: String,
    digest: DigestRule,
    teaser_length: usize,
    require_approval: u32,
}

fn others(fields: &Fields<'_>) -> Others {
    let teaser = fields.map("teaser", Keys::of(&["length"]));
    let length = teaser.and_then(|teaser| teaser.count("length", 40..=5_000));
    Others {
        reply_to: fields.mailbox("reply_to"),
        list_id: list_id(fields),
        template: template(fields),
        digest: digest(fields),
        teaser_length: length.map_or(TEASER_LENGTH, |length| length as usize),
        require_approval: fields.count("require_approval", 0..=10).unwrap_or(0),
    }
}

fn texts(fields: &Fields<'_>, language: &Language) -> NewsletterTexts {
    NewsletterTexts {
        name: fields.line("name", language),
        tagline: fields.line("tagline", language),
        website: fields.link("website", LinkKind::Web),
        website_place: fields.place("website"),
        navigation: navigation(fields, language),
        opening: fields.text("opening", language).filter(|text| !text.source.is_empty()),
        about: about(fields, language),
        footer: footer(fields, language),
    }
}

fn navigation(fields: &Fields<'_>, language: &Language) -> Vec<Link> {
    let mut links = Vec::new();
    for node in fields.list("navigation") {
        let keys = Keys::of(&["label", "url"]);
        let Some(link) = Fields::open(fields.report, node, "a link of `navigation`", keys) else { continue };
        link.require("label", "label: Events");
        link.require("url", "url: https://www.example.org/events");
        if let (Some(label), Some(url)) =
            (link.line("label", language), link.link("url", LinkKind::WebOrMail))
        {
            links.push(Link { label, url, url_place: link.place("url") });
        }
    }
    links
}

fn about(fields: &Fields<'_>, language: &Language) -> Option<About> {
    let entry = fields.entry("about")?;
    if matches!(entry.node.value, Value::Scalar { .. }) {
        return fields.text("about", language).map(|text| About { text, url: None, url_place: None });
    }
    let about = fields.map("about", Keys::of(&["text", "url"]))?;
    about.require("text", "text: What this newsletter is about.");
    let url = about.link("url", LinkKind::Web);
    about.text("text", language).map(|text| About { text, url, url_place: about.place("url") })
}

fn footer(fields: &Fields<'_>, language: &Language) -> FooterTexts {
    let keys = Keys::of(&["organisation", "postal_address", "reason", "contact", "privacy_url"]);
    let Some(footer) = fields.map("footer", keys) else { return FooterTexts::default() };
    let full = |text: Option<Text>| text.filter(|text| !text.source.trim().is_empty());
    FooterTexts {
        organisation: full(footer.text("organisation", language)),
        postal_address: full(footer.text("postal_address", language)),
        reason: full(footer.text("reason", language)),
        contact: footer.link("contact", LinkKind::WebOrMail),
        contact_place: footer.place("contact"),
        privacy_url: footer.link("privacy_url", LinkKind::Web),
        privacy_place: footer.place("privacy_url"),
    }
}

fn digest(fields: &Fields<'_>) -> DigestRule {
    let Some(digest) = fields.map("digest", Keys::of(&["latest", "since", "topics", "at_most"])) else {
        return DigestRule { since_last_issue: true, ..DigestRule::default() };
    };
    let mut rule = DigestRule {
        latest: digest.count("latest", 1..=200).map(|count| count as usize),
        topics: digest.topics("topics"),
        at_most: digest.count("at_most", 1..=200).map(|count| count as usize),
        ..DigestRule::default()
    };
    if let Some(since) = digest.word("since") {
        if since.text.trim() == "last-issue" {
            rule.since_last_issue = true;
        } else if let Some(date) = parse_date(since.text.trim()) {
            rule.since = Some(date);
        } else {
            let message = format!("`{}` is neither `last-issue` nor a day", clip(since.text));
            let help = "write `since: last-issue` or `since: 2022-04-07`";
            digest.report.error("content/bad-value", since.offset, message, help);
        }
    }
    if rule.latest.is_none() && rule.since.is_none() && digest.entry("since").is_none() {
        rule.since_last_issue = true;
    }
    rule
}

fn list_id(fields: &Fields<'_>) -> Option<String> {
    let word = fields.word("list_id")?;
    let text = word.text.trim().to_ascii_lowercase();
    // RFC 2919, 2: a List-Id has the form of a domain with at least two labels.
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    if text.len() <= 253 && text.contains('.') && text.split('.').all(is_label) {
        return Some(text);
    }
    let message = format!("`{}` is not a list id", clip(word.text));
    let help = "write it like a domain, and never change it later: `starsom.example.org`";
    fields.report.error("content/bad-value", word.offset, message, help);
    None
}

fn template(fields: &Fields<'_>) -> String {
    let Some(word) = fields.word("template") else { return "digest".to_owned() };
    let name = word.text.trim();
    if !crate::content::slug::is_slug(name) {
        let message = format!("`{}` is not the name of a template folder", clip(name));
        let help = "write the name of a folder in `templates/`, such as `digest`";
        fields.report.error("content/bad-value", word.offset, message, help);
    }
    name.to_owned()
}

fn theme(fields: &Fields<'_>, places: &mut BTreeMap<String, Place>) -> BTreeMap<String, String> {
    let entry = fields.entry("theme");
    let Some(theme) = entry.and_then(|entry| Fields::open_free(fields.report, &entry.node, "`theme`")) else {
        return BTreeMap::new();
    };
    tokens(&theme, places)
}

/// Reads theme tokens: free keys, values that are safe to stand in a style.
pub(crate) fn tokens(theme: &Fields<'_>, places: &mut BTreeMap<String, Place>) -> BTreeMap<String, String> {
    let mut tokens = BTreeMap::new();
    for entry in theme.entries() {
        if matches!(entry.node.value, Value::Empty) {
            let help = "give it a value, `\"\"` for none, or remove the line";
            theme.report.error(
                "content/missing-key",
                entry.offset,
                format!("`{}` has no value", clip(&entry.key)),
                help,
            );
            continue;
        }
        let Some(word) = word(theme.report, &entry.node, &clip(&entry.key)) else { continue };
        let value = word.text.trim();
        if value.contains(['<', '>', '\n']) {
            let message = format!("the value of `{}` can't stand in a style", clip(&entry.key));
            let help = "write a single value such as `\"#1f5a8a\"`, `12px` or `Georgia, serif`";
            theme.report.error("content/bad-value", word.offset, message, help);
            continue;
        }
        places.insert(entry.key.clone(), theme.report.at(entry.offset));
        tokens.insert(entry.key.clone(), value.to_owned());
    }
    tokens
}
