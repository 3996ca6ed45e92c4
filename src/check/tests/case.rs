//! A message for the fixtures: a letter that no rule objects to, and in what it differs from it.

use crate::{
    check::{
        CheckInput, Finding, Reach, judge_message, judge_variant, message::Message, report::Report,
        sample_readers,
    },
    domain::{
        address::{EmailAddress, Mailbox},
        digest::{self, Digest},
        edition::{Edition, EditionItem, EditionPlaces, Footer, ItemPlaces, Text},
        issue::{IssueId, PastIssue, PastItem},
        language::Language,
        merge::{MergeField, MergeTable},
        problem::Place,
        settings::CheckSettings,
    },
    render::form::{FormLetter, Frame},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeMap;

const PAGE: &str = include_str!("base.html");
const WORDS: &str = include_str!("base.txt");

/// In what a message differs from the base.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Case {
    /// What is special about it.
    pub(super) says: String,
    /// The whole HTML.
    html: Option<String>,
    /// What is added at the end of the head.
    head: String,
    /// What stands in the body between greeting and footer.
    body: String,
    /// Replacements in the finished HTML, `[from, to]`, before merge fields are cut out.
    edit_html: Vec<(String, String)>,
    /// How often that stands there.
    repeat_body: usize,
    /// The text part between greeting and footer.
    text: String,
    /// The text part is empty.
    no_text: bool,
    /// Pictures that travel with the message.
    images: Vec<PictureCase>,
    /// Replacements in the text part.
    edit_text: Vec<(String, String)>,
    subject: String,
    preheader: String,
    from: String,
    reply_to: Option<String>,
    list_name: String,
    language: String,
    date: String,
    postal_address: Option<String>,
    organisation: Option<String>,
    reason: Option<String>,
    privacy_url: Option<String>,
    archive_url: Option<String>,
    public_url: Option<String>,
    /// Default of the merge field that `NAME` stands for.
    default: Option<String>,
    /// Fields of the only reader; without them, the usual samples.
    reader: Option<BTreeMap<String, String>>,
    /// Replacements in the octets of the finished message (LF stands for CRLF in both).
    edit_message: Vec<(String, String)>,
    past: Vec<PastCase>,
    opening: Option<String>,
    items: Vec<ItemCase>,
    clients: BTreeMap<String, f64>,
    local: bool,
}

/// An item of the edition, for rules that look at what was written.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemCase {
    slug: String,
    headline: String,
    #[serde(default)]
    teaser: String,
    link: Option<String>,
}

#[derive(Clone, Deserialize)]
struct PastCase {
    issue: String,
    date: String,
    subject: String,
    #[serde(default)]
    items: Vec<PastItemCase>,
}

#[derive(Clone, Deserialize)]
struct PastItemCase {
    slug: String,
    headline: String,
    link: Option<String>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            says: String::new(),
            html: None,
            head: String::new(),
            body:
                "<p style=\"margin:0 0 16px\">Ministers met in Vienna and agreed on a plan for the year.</p>"
                    .into(),
            edit_html: Vec::new(),
            repeat_body: 1,
            images: Vec::new(),
            no_text: false,
            text: "Ministers met in Vienna and agreed on a plan for the year.".into(),
            edit_text: Vec::new(),
            subject: "Ministers agree on a plan for the year".into(),
            preheader: "The plan in short, who signed it, and what comes next in May".into(),
            from: "STARSOM <starsom@example.org>".into(),
            reply_to: Some("contact@example.org".into()),
            list_name: "STARSOM".into(),
            language: "en".into(),
            date: "2022-04-08".into(),
            postal_address: Some("Office, 1 Main Street, Vienna".into()),
            organisation: Some("Office of Examples".into()),
            reason: Some("You receive this because you asked for STARSOM.".into()),
            privacy_url: Some("https://www.example.org/privacy".into()),
            archive_url: Some("https://news.example.org/starsom/2022-04".into()),
            public_url: Some("https://news.example.org".into()),
            default: Some("reader".into()),
            reader: None,
            edit_message: Vec::new(),
            past: Vec::new(),
            opening: None,
            items: Vec::new(),
            clients: BTreeMap::new(),
            local: false,
        }
    }
}

/// A picture `cid:NAME` of so many pixels and octets; of the file only what tells its kind and size is real.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PictureCase {
    name: String,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    /// Octets of the file, filled up with zeros.
    #[serde(default)]
    octets: usize,
    /// The whole file in base64 instead.
    base64: Option<String>,
}

impl PictureCase {
    fn image(&self) -> digest::InlineImage {
        let (width, height) = (self.width.to_be_bytes(), self.height.to_be_bytes());
        let mut octets = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        octets.extend(width.into_iter().chain(height).chain([8, 6, 0, 0, 0]));
        octets.resize(octets.len().max(self.octets), 0);
        digest::InlineImage {
            content_id: self.name.clone(),
            file_name: self.name.clone(),
            media_type: "image/png".into(),
            base64: self.base64.clone().unwrap_or_else(|| STANDARD.encode(&octets)),
        }
    }
}

/// Returns a text as if it stood in a file.
pub(super) fn text(source: &str) -> Text {
    let place =
        Place { path: "newsletters/starsom/issues/2022-04.yaml".into(), line: 2, column: 10, excerpt: None };
    Text { source: source.to_owned(), language: Language::parse("en").unwrap(), place, lines: Vec::new() }
}

/// Returns an edition that fits a digest.
pub(super) fn edition(digest: &Digest) -> Edition {
    Edition {
        issue: digest.issue.clone(),
        language: digest.language.clone(),
        date: digest.date,
        subject: text(&digest.subject),
        preheader: (!digest.preheader.is_empty()).then(|| text(&digest.preheader)),
        name: text(&digest.list_name),
        tagline: None,
        from: digest.from.clone(),
        reply_to: digest.reply_to.clone(),
        list_id: digest.list_id.clone(),
        website: None,
        navigation: Vec::new(),
        opening: None,
        about: None,
        items: Vec::new(),
        footer: Footer {
            organisation: None,
            postal_address: None,
            reason: None,
            contact: digest.contact.clone(),
            privacy_url: None,
        },
        teaser_length: 280,
        theme: BTreeMap::new(),
        template: "digest".into(),
        archive_url: digest.archive_url.clone(),
        places: EditionPlaces::default(),
    }
}

fn edited(mut text: String, edits: &[(String, String)]) -> String {
    for (from, to) in edits {
        assert!(text.contains(from.as_str()), "`{from}` does not stand in the base");
        text = text.replace(from.as_str(), to);
    }
    text
}

fn issue(name: &str) -> IssueId {
    IssueId { newsletter: "starsom".into(), issue: name.into() }
}

impl Case {
    fn digest(&self) -> Digest {
        let mut merge = MergeTable::new("7f3a91c0");
        let name = MergeField::Subscriber { name: "name".into(), default: self.default.clone() };
        let (name, link) = (merge.token(name), merge.token(MergeField::UnsubscribeUrl));
        let language = Language::parse(&self.language).unwrap();
        let (tag, dir) = (language.as_str().to_owned(), language.direction().as_str());
        let set = |letter: &str| {
            let letter = letter.replace("SUBJECT", &self.subject).replace("PREHEADER", &self.preheader);
            let letter = letter.replace("{lang}", &tag).replace("{dir}", dir);
            letter
                .replace("{head}", &self.head)
                .replace("{body}", &self.body.repeat(self.repeat_body))
                .replace("{text}", &self.text)
        };
        let marked = |text: &str| text.replace("NAME", &name).replace("LINK", &link);
        let html = edited(set(self.html.as_deref().unwrap_or(PAGE)), &self.edit_html);
        Digest {
            issue: issue("2022-04"),
            language,
            date: day(&self.date),
            subject: marked(&self.subject),
            preheader: marked(&self.preheader),
            from: Mailbox::parse(&self.from).unwrap_or_else(|error| panic!("{}: {error}", self.from)),
            reply_to: self.reply_to.as_deref().map(|text| Mailbox::parse(text).unwrap()),
            list_name: self.list_name.clone(),
            list_id: "starsom.example.org".into(),
            archive_url: self.archive_url.clone(),
            contact: Some("mailto:contact@example.org".into()),
            html: marked(&html),
            text: if self.no_text { String::new() } else { marked(&edited(set(WORDS), &self.edit_text)) },
            images: self.images.iter().map(PictureCase::image).collect(),
            merge,
        }
    }

    pub(super) fn judged(&self) -> Vec<Finding> {
        let digest = self.digest();
        let frame = Frame {
            edition: 0,
            public_url: self.public_url.clone(),
            unsubscribe_domain: "in.example.org".into(),
        };
        let letter = FormLetter::new(&digest, &frame).unwrap();
        let mut edition = edition(&digest);
        edition.footer.postal_address = self.postal_address.as_deref().map(text);
        edition.footer.organisation = self.organisation.as_deref().map(text);
        edition.footer.reason = self.reason.as_deref().map(text);
        edition.footer.privacy_url = self.privacy_url.clone();
        let written = |source: &String| Text { language: digest.language.clone(), ..text(source) };
        edition.opening = self.opening.as_ref().map(written);
        edition.items = self.items.iter().map(|item| item.item(&digest, &written)).collect();
        let mut readers = sample_readers(&letter);
        if let Some(fields) = &self.reader {
            readers.truncate(1);
            let mut fields = fields.clone();
            let email = fields.remove("email").unwrap_or_else(|| "reader@example.org".into());
            readers[0].address = EmailAddress::parse(&email).unwrap();
            readers[0].name = fields.remove("name").filter(|name| !name.is_empty());
            readers[0].fields = fields;
        }
        let past: Vec<_> = self.past.iter().map(PastCase::issue).collect();
        let settings = CheckSettings { clients: self.clients.clone() };
        let input = CheckInput {
            variant: "en",
            edition: &edition,
            digest: &digest,
            letter: &letter,
            readers: &readers,
            past: &past,
            waivers: &[],
            settings: &settings,
            reach: if self.local { Reach::Local } else { Reach::Public },
            message_octets_max: None,
        };
        self.findings(&input)
    }

    /// As [`crate::check::judge`], with the finished octets edited in between.
    fn findings(&self, input: &CheckInput<'_>) -> Vec<Finding> {
        if self.edit_message.is_empty() {
            return crate::check::judge(input);
        }
        let mut report = Report::new(input);
        judge_variant(input, &mut report);
        for reader in input.readers {
            let mut message = Message::of(input, reader).unwrap();
            let octets = String::from_utf8(message.octets).unwrap().replace("\r\n", "\n");
            let octets = edited(octets, &self.edit_message).replace('\n', "\r\n");
            // A lone CR or LF is written as its symbol.
            message.octets = octets.replace('␍', "\r").replace('␊', "\n").into_bytes();
            judge_message(input, &message, &mut report);
        }
        report.into_findings()
    }
}

impl ItemCase {
    fn item(&self, digest: &Digest, written: &dyn Fn(&String) -> Text) -> EditionItem {
        EditionItem {
            slug: self.slug.clone(),
            date: digest.date,
            place_name: None,
            headline: written(&self.headline),
            teaser: written(&self.teaser),
            link: self.link.clone(),
            image: None,
            topics: Vec::new(),
            places: ItemPlaces::default(),
        }
    }
}

impl PastCase {
    fn issue(&self) -> PastIssue {
        let items = self.items.iter().map(|item| PastItem {
            slug: item.slug.clone(),
            headline: item.headline.clone(),
            link: item.link.clone(),
        });
        PastIssue {
            id: issue(&self.issue),
            date: day(&self.date),
            subject: self.subject.clone(),
            items: items.collect(),
        }
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
