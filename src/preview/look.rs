//! What the page draws around the message: one answer with everything that is known at once.

use crate::{
    check::Finding,
    domain::{
        issue::{Issue, IssueId},
        language::Language,
        problem::Problem,
        subscriber::Subscriber,
    },
    loopback::remote_images,
    preview::{
        accounts::{Heard, state_of},
        approval::{self, ApprovalAnswer},
        asked::{Asked, Who},
        judged::Subject,
        shown::Shown,
        state::Preview,
    },
    render::form::FormLetter,
    workspace::{LoadedNewsletter, Workspace},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Octets of HTML, as Gmail counts them, after which it cuts a message.
const CLIPPED_AFTER: usize = 102_400;

#[derive(Serialize)]
struct NewsletterRow {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct IssueRow {
    id: String,
    newsletter: String,
    date: String,
    subject: String,
    state: &'static str,
    note: Option<String>,
}

/// A reader as the page shows one.
#[derive(Serialize)]
pub(super) struct ReaderAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    address: String,
    name: Option<String>,
    language: Option<Language>,
    topics: Vec<String>,
    fields: BTreeMap<String, String>,
}

impl From<Subscriber> for ReaderAnswer {
    fn from(reader: Subscriber) -> Self {
        Self {
            kind: None,
            // The whole address: this machine's own page asks for the reader by it.
            address: reader.address.expose(),
            name: reader.name,
            language: reader.language,
            topics: reader.topics,
            fields: reader.fields,
        }
    }
}

#[derive(Serialize)]
struct MessageAnswer {
    subject: String,
    preheader: String,
    from: String,
    from_address: String,
    to: String,
    html_bytes: usize,
    html_encoded_bytes: usize,
    text_bytes: usize,
    message_bytes: usize,
    /// Pictures that the message takes from the web, which the page doesn't fetch.
    remote_images: usize,
    clipped: bool,
}

#[derive(Serialize)]
struct TestAnswer {
    possible: bool,
    why_not: Option<String>,
    /// Over which relay.
    relay: Option<String>,
}

/// How long the list is.
#[derive(Serialize)]
struct ListAnswer {
    readers: Option<u64>,
    why_not: Option<String>,
}

impl ListAnswer {
    fn of(heard: &Heard) -> Self {
        match heard.readers.clone() {
            Some(Ok(readers)) => Self { readers: Some(readers), why_not: None },
            Some(Err(problem)) => Self { readers: None, why_not: Some(problem.message) },
            None => Self { readers: None, why_not: None },
        }
    }
}

/// What the page draws around the message.
#[derive(Serialize)]
pub(super) struct LookAnswer {
    folder: String,
    newsletters: Vec<NewsletterRow>,
    issues: Vec<IssueRow>,
    issue: Option<String>,
    language: Option<Language>,
    languages: Vec<Language>,
    topics: Vec<String>,
    reader: ReaderAnswer,
    /// Merge fields of the letter: what a made-up reader can have.
    fields: Vec<FieldAnswer>,
    message: Option<MessageAnswer>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    /// None while they are being judged: `GET /findings` waits for them.
    findings: Option<Vec<Finding>>,
    /// What is wrong with the waivers; none as long as there are no findings.
    notes: Option<Vec<Problem>>,
    approval: Option<ApprovalAnswer>,
    test: TestAnswer,
    list: ListAnswer,
    editor: String,
    path_root: String,
    previous: Option<String>,
    stamp: Option<String>,
    took_ms: f64,
}

/// A merge field that stands in the message.
#[derive(Serialize)]
struct FieldAnswer {
    name: String,
    default: Option<String>,
}

impl Preview {
    /// Looks at everything for the page; the rules are not waited for.
    pub(super) fn look(&self, asked: &Asked) -> LookAnswer {
        let started = self.clock.monotonic();
        let shown = self.shown(asked);
        let took = self.clock.monotonic().saturating_sub(started);
        let folder = self.folder();
        let workspace = shown.workspace.as_ref().map(|(_, workspace)| workspace.as_ref());
        let generation = shown.workspace.as_ref().map_or(0, |(generation, _)| *generation);
        let issue = shown.reading.as_ref().map(|reading| &reading.issue);
        let language = shown.reading.as_ref().map(|reading| &reading.language);
        let heard =
            workspace.map(|workspace| self.accounts.heard(&*self.office, workspace)).unwrap_or_default();
        let mut warnings = shown.warnings.clone();
        warnings.extend(heard.trouble.clone());
        let verdict = shown.subject(self).and_then(|subject| self.judged.known(&subject));
        LookAnswer {
            newsletters: workspace.map(newsletters).unwrap_or_default(),
            issues: workspace
                .map(|workspace| self.issue_rows(generation, workspace, &heard))
                .unwrap_or_default(),
            issue: issue.map(ToString::to_string),
            language: language.cloned(),
            languages: workspace
                .zip(issue)
                .map(|(workspace, issue)| languages(workspace, issue))
                .unwrap_or_default(),
            topics: workspace
                .zip(issue)
                .map(|(workspace, issue)| topics(workspace, issue))
                .unwrap_or_default(),
            reader: reader(asked, &shown, language),
            fields: fields(&shown),
            message: message(&shown),
            findings: verdict.as_ref().map(|verdict| verdict.findings.clone()),
            notes: verdict.map(|verdict| verdict.notes.clone()),
            approval: shown.approval(self),
            test: self.test_answer(workspace),
            list: ListAnswer::of(&heard),
            previous: workspace
                .zip(issue)
                .and_then(|(workspace, issue)| previous(workspace, &heard, issue))
                .map(|id| id.to_string()),
            stamp: shown.letter.as_ref().map(|letter| letter.stamp.clone()),
            editor: self.editor.clone(),
            path_root: folder.clone(),
            folder,
            problems: shown.problems.0,
            warnings,
            took_ms: took.as_secs_f64() * 1_000.0,
        }
    }

    fn test_answer(&self, workspace: Option<&Workspace>) -> TestAnswer {
        match workspace.map(|workspace| self.office.relay(workspace)) {
            Some(Ok(relay)) => TestAnswer { possible: true, why_not: None, relay: Some(relay) },
            Some(Err(problem)) => TestAnswer { possible: false, why_not: Some(problem.message), relay: None },
            None => {
                TestAnswer { possible: false, why_not: Some("no file can be read".to_owned()), relay: None }
            }
        }
    }

    /// Returns the issues of all newsletters with their states, the newest first.
    fn issue_rows(&self, generation: u64, workspace: &Workspace, heard: &Heard) -> Vec<IssueRow> {
        let mut issues = workspace.issues();
        issues.sort_by(|a, b| (b.date, &b.id).cmp(&(a.date, &a.id)));
        issues.into_iter().map(|issue| self.issue_row(generation, workspace, heard, issue)).collect()
    }

    fn issue_row(&self, generation: u64, workspace: &Workspace, heard: &Heard, issue: &Issue) -> IssueRow {
        let first = workspace.newsletters.get(&issue.id.newsletter).map(LoadedNewsletter::first_language);
        let subject = first.and_then(|first| issue.texts.get(first)).and_then(|texts| texts.subject.as_ref());
        let sending = heard.of(&issue.id).map(state_of);
        let (state, note) = match sending {
            Some((Some(state), note)) => (state, Some(note)),
            other => {
                let (state, words) = approval::state(self, generation, workspace, &issue.id);
                let fallback = if self.judged.passed(&issue.id) { "checked" } else { "draft" };
                (state.unwrap_or(fallback), words.or(other.map(|(_, note)| note)))
            }
        };
        IssueRow {
            id: issue.id.to_string(),
            newsletter: issue.id.newsletter.clone(),
            date: issue.date.to_string(),
            subject: subject.map(|text| text.source.clone()).unwrap_or_default(),
            state,
            note,
        }
    }
}

impl Shown {
    /// Returns what the rules judge; none when there is no message.
    pub(super) fn subject(&self, preview: &Preview) -> Option<Subject<'_>> {
        let (generation, workspace) = self.workspace.as_ref()?;
        let (reading, reader, compiled, letter) = self.whole().ok()?;
        Some(Subject {
            generation: *generation,
            workspace,
            reading,
            compiled,
            reader,
            stamp: &letter.stamp,
            extremes: preview.extremes.ends_of(*generation, reading),
        })
    }

    /// Returns how the approvals of the issue stand, as far as that is known.
    pub(super) fn approval(&self, preview: &Preview) -> Option<ApprovalAnswer> {
        let (generation, workspace) = self.workspace.as_ref()?;
        let issue = &self.reading.as_ref()?.issue;
        Some(approval::answer(preview, *generation, workspace, issue))
    }
}

fn newsletters(workspace: &Workspace) -> Vec<NewsletterRow> {
    let rows = workspace.newsletters.iter().map(|(slug, loaded)| {
        let texts = loaded.newsletter.texts.get(loaded.first_language());
        let name = texts.and_then(|texts| texts.name.as_ref()).map(|name| name.source.clone());
        NewsletterRow { id: slug.clone(), name: name.unwrap_or_else(|| slug.clone()) }
    });
    rows.collect()
}

fn languages(workspace: &Workspace, issue: &IssueId) -> Vec<Language> {
    workspace.find(issue).map(|(loaded, _)| loaded.newsletter.languages.clone()).unwrap_or_default()
}

/// Returns the topics of an issue's items.
fn topics(workspace: &Workspace, id: &IssueId) -> Vec<String> {
    let Some((loaded, issue)) = workspace.find(id) else { return Vec::new() };
    let items = issue.items.iter().filter_map(|(slug, _)| loaded.items.get(slug));
    let mut topics: Vec<String> = items.flat_map(|item| item.topics.iter().cloned()).collect();
    topics.sort_unstable();
    topics.dedup();
    topics
}

fn reader(asked: &Asked, shown: &Shown, language: Option<&Language>) -> ReaderAnswer {
    let kind = match (&asked.who, &shown.reader) {
        (Who::MadeUp(_), _) => "made-up",
        (Who::Subscriber(address), Some(reader))
            if reader.address.canonical() == address.trim().to_lowercase()
                || reader.address.expose() != crate::preview::asked::sample_address().expose() =>
        {
            "subscriber"
        }
        _ => "sample",
    };
    ReaderAnswer { kind: Some(kind), ..shown.reader_or_nobody(language).into() }
}

fn fields(shown: &Shown) -> Vec<FieldAnswer> {
    use crate::domain::merge::MergeField;
    let letter = shown.compiled.as_ref().map(|compiled| &compiled.proof.letter);
    let fields = letter.into_iter().flat_map(FormLetter::fields).filter_map(|field| match field {
        MergeField::Subscriber { name, default } => {
            Some(FieldAnswer { name: name.clone(), default: default.clone() })
        }
        MergeField::UnsubscribeUrl => None,
    });
    fields.collect()
}

fn message(shown: &Shown) -> Option<MessageAnswer> {
    let (_, reader, compiled, letter) = shown.whole().ok()?;
    let from = &compiled.proof.digest.from;
    let address = reader.address.expose();
    Some(MessageAnswer {
        subject: letter.subject.clone(),
        preheader: letter.preheader.clone(),
        from: from.name.clone().unwrap_or_else(|| from.address.expose()),
        from_address: from.address.expose(),
        to: reader.name.as_ref().map_or_else(|| address.clone(), |name| format!("{name} <{address}>")),
        html_bytes: letter.sizes.html,
        html_encoded_bytes: letter.sizes.html_encoded,
        text_bytes: letter.text.len(),
        message_bytes: letter.sizes.message,
        remote_images: remote_images(&compiled.with_pictures(letter.html.clone())),
        clipped: letter.sizes.html > CLIPPED_AFTER,
    })
}

/// Returns the last issue of the newsletter that went out before this one, else the one before it.
pub(super) fn previous(workspace: &Workspace, heard: &Heard, id: &IssueId) -> Option<IssueId> {
    let (loaded, this) = workspace.find(id)?;
    let is_before = |other: &&&Issue| (other.date, &other.id) < (this.date, &this.id);
    let issues = loaded.issues_by_date();
    let mut before = issues.iter().rev().filter(is_before);
    let sent = before.clone().find(|other| heard.went_out(&other.id));
    sent.or_else(|| before.next()).map(|other| other.id.clone())
}
