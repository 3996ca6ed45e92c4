//! From files to what the frame shows: the stages of a send, up to the filled form letter.

use crate::{
    check::{Finding, Reach},
    domain::{
        address::EmailAddress,
        delivery::DeliveryId,
        digest::Digest,
        issue::IssueId,
        language::Language,
        merge::MergeField,
        problem::{Problem, Problems},
        settings::ImagePolicy,
        subscriber::{Subscriber, SubscriberStatus},
    },
    loopback::with_links_outside,
    preview::state::IssueRow,
    proof::{Proof, Reading, Renderers},
    render::{
        form::{Fill, FormLetter, MissingField},
        token::Signer,
    },
    workspace::Workspace,
};
use chrono::{DateTime, Utc};
use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

/// One issue in one language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    pub(super) issue: IssueId,
    pub(super) language: Language,
}

impl Wanted {
    fn reading(&self) -> Reading {
        Reading { issue: self.issue.clone(), language: self.language.clone(), topics: Vec::new() }
    }
}

/// A digest as a reader without a name gets it.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) subject: String,
    pub(super) preheader: String,
    pub(super) from: String,
    /// Pictures that travel with the message stand in it as `data:`.
    pub(super) html: String,
    pub(super) text: String,
    /// Octets of the HTML part as it is sent.
    pub(super) html_bytes: usize,
    pub(super) findings: Vec<Problem>,
    /// Changes whenever what is shown changes.
    pub(super) stamp: String,
}

/// Returns the issues of all newsletters, the newest first.
pub(super) fn issues(workspace: &Workspace) -> Vec<IssueRow> {
    let rows = workspace.issues().into_iter().rev().map(|issue| {
        let subject = issue.texts.values().find_map(|texts| texts.subject.as_ref());
        IssueRow {
            id: issue.id.to_string(),
            date: issue.date.to_string(),
            subject: subject.map(|text| text.source.clone()).unwrap_or_default(),
        }
    });
    rows.collect()
}

/// Reads `starsom/2022-04`.
pub(super) fn issue_id(text: &str) -> Option<IssueId> {
    let (newsletter, issue) = text.split_once('/')?;
    Some(IssueId { newsletter: newsletter.to_owned(), issue: issue.to_owned() })
}

/// Settles what to show: what the page asks for, else what the command named, else the newest issue.
pub(super) fn wanted(
    workspace: &Workspace,
    first: Option<&IssueId>,
    issue: Option<&str>,
    language: Option<&str>,
) -> Option<Wanted> {
    let asked = issue.and_then(issue_id).filter(|id| workspace.find(id).is_some());
    let named = || first.filter(|id| workspace.find(id).is_some()).cloned();
    let issue = asked.or_else(named).or_else(|| workspace.newest_issue())?;
    let language = workspace.language_for(&issue, language.and_then(Language::parse).as_ref())?;
    Some(Wanted { issue, language })
}

/// Returns the languages on offer for an issue.
pub(super) fn languages(workspace: &Workspace, issue: &IssueId) -> Vec<Language> {
    workspace.find(issue).map(|(loaded, _)| loaded.newsletter.languages.clone()).unwrap_or_default()
}

/// Renders what is wanted.
///
/// # Errors
/// With every problem of the files involved.
pub(super) fn build(
    workspace: &Workspace,
    renderers: &Renderers,
    wanted: &Wanted,
) -> Result<Built, Problems> {
    let proof = Proof::compile(workspace, renderers, &wanted.reading())?;
    let reader = made_up_reader(&proof.digest)?;
    let html = filled(&proof, &reader, FormLetter::html_for)?;
    let mut built = Built {
        subject: filled(&proof, &reader, FormLetter::subject_for)?,
        preheader: proof.digest.merge.replace(&proof.digest.preheader, |field| value(field, &reader)),
        from: sender(&proof.digest),
        html_bytes: html.len(),
        text: filled(&proof, &reader, FormLetter::text_for)?,
        findings: findings(workspace, &proof),
        html: match embedded(workspace) {
            // Linked pictures are not on the web yet, and the page fetches nothing from there.
            Some(local) => {
                let proof = Proof::compile(&local, renderers, &wanted.reading())?;
                with_pictures(filled(&proof, &reader, FormLetter::html_for)?, &proof.digest)
            }
            None => with_pictures(html, &proof.digest),
        },
        stamp: String::new(),
    };
    built.html = with_links_outside(built.html);
    let mut hasher = DefaultHasher::new();
    (&built.html, &built.text, &built.subject, &built.preheader).hash(&mut hasher);
    built.stamp = format!("{:016x}", hasher.finish());
    Ok(built)
}

/// Fills one piece of the letter for a reader.
fn filled(
    proof: &Proof,
    reader: &Subscriber,
    piece: impl FnOnce(&FormLetter, &Fill<'_>) -> Result<String, MissingField>,
) -> Result<String, Problems> {
    // Tokens of no ledger: nothing shown here can unsubscribe anybody.
    let tokens = proof.letter.tokens(&Signer::new([0; 16], &[0; 32]), DeliveryId(0));
    let fill = Fill { subscriber: reader, date: DateTime::<Utc>::UNIX_EPOCH, tokens: &tokens };
    piece(&proof.letter, &fill).map_err(|missing| missing.problem("the preview's reader").into())
}

fn sender(digest: &Digest) -> String {
    digest.from.name.clone().unwrap_or_else(|| digest.from.address.expose())
}

/// Returns the workspace with its pictures inside the message, when they would be linked.
fn embedded(workspace: &Workspace) -> Option<Workspace> {
    (workspace.settings.images == ImagePolicy::Link).then(|| {
        let mut local = workspace.clone();
        local.settings.images = ImagePolicy::Embed;
        local
    })
}

/// Returns what `check` says of the message, and what should be looked at in the files.
fn findings(workspace: &Workspace, proof: &Proof) -> Vec<Problem> {
    let found = proof.judge(&workspace.settings, &[], Reach::Public);
    let warnings = proof.warnings.0.iter().chain(&workspace.warnings.0).cloned();
    found.iter().map(Finding::to_problem).chain(warnings).collect()
}

/// A reader of whom only what has no default is known, so that the defaults are seen at work.
fn made_up_reader(digest: &Digest) -> Result<Subscriber, Problems> {
    let address = EmailAddress::parse("reader@example.org")
        .map_err(|error| Problem::error("preview/no-reader", error.to_string()))?;
    let mut reader = Subscriber {
        address,
        name: None,
        language: Some(digest.language.clone()),
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    };
    for field in digest.merge.fields() {
        let MergeField::Subscriber { name, default: None } = field else { continue };
        match name.as_str() {
            "name" => reader.name = Some("‹name›".to_owned()),
            other => {
                reader.fields.insert(other.to_owned(), format!("‹{other}›"));
            }
        }
    }
    Ok(reader)
}

fn value(field: &MergeField, reader: &Subscriber) -> String {
    match field {
        MergeField::Subscriber { name, default } => {
            reader.field(name).or_else(|| default.clone()).unwrap_or_default()
        }
        MergeField::UnsubscribeUrl => String::new(),
    }
}

/// Puts the pictures that travel with the message in place of their `cid:` links.
fn with_pictures(mut html: String, digest: &Digest) -> String {
    for image in &digest.images {
        let data = format!("data:{};base64,{}", image.media_type, image.base64);
        html = html.replace(&format!("cid:{}", image.content_id), &data);
    }
    html
}
