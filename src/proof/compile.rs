//! From files to a compiled letter, and to what the rules say of it.

use crate::{
    check::{self, CheckInput, Finding, Reach},
    domain::{
        digest::Digest,
        edition::Edition,
        issue::{IssueId, PastIssue, PastItem, Waiver},
        language::Language,
        merge,
        problem::Problems,
        settings::WorkspaceSettings,
        subscriber::Subscriber,
        template::TemplateFiles,
    },
    render::{
        digest::Renderer,
        form::{FormLetter, Frame},
        trace::Trace,
    },
    workspace::{EditionFiles, Workspace},
};
use chrono::NaiveDate;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Parsed templates: what is looked at again and again mostly changes words, seldom the template.
#[derive(Debug, Default)]
pub struct Renderers(Mutex<BTreeMap<String, (TemplateFiles, Arc<Renderer>)>>);

impl Renderers {
    /// Returns the renderer of a template, parsed anew when one of its files has changed.
    ///
    /// # Errors
    /// With the problems of the template's files.
    pub fn of(&self, files: &TemplateFiles) -> Result<Arc<Renderer>, Problems> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((same, renderer)) = known.get(&files.name)
            && same == files
        {
            return Ok(renderer.clone());
        }
        let renderer = Arc::new(Renderer::new(files)?);
        known.insert(files.name.clone(), (files.clone(), renderer.clone()));
        Ok(renderer)
    }
}

/// Which proof is wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// The issue.
    pub issue: IssueId,
    /// The language; one that the newsletter doesn't offer becomes the nearest that it does.
    pub language: Language,
    /// Topics of the reader; none mean all items.
    pub topics: Vec<String>,
}

/// A rendered issue with the letter compiled from it.
#[derive(Debug)]
pub struct Proof {
    /// Short name of the variant: `fr`, `en+training`.
    pub label: String,
    /// The issue put together.
    pub edition: Edition,
    /// The digest.
    pub digest: Digest,
    /// The letter.
    pub letter: FormLetter,
    /// What should be looked at in the files, although nothing is stopped by it.
    pub warnings: Problems,
    past: Vec<PastIssue>,
    waivers: Vec<Waiver>,
    renderer: Arc<Renderer>,
    trace: OnceLock<Trace>,
}

impl Proof {
    /// Compiles what is wanted.
    ///
    /// # Errors
    /// With every problem of the files involved.
    pub fn compile(
        workspace: &Workspace,
        renderers: &Renderers,
        reading: &Reading,
    ) -> Result<Self, Problems> {
        let Reading { issue, language, topics } = reading;
        let EditionFiles { edition, images, template, warnings } =
            workspace.edition(issue, language, topics)?;
        let renderer = renderers.of(&template)?;
        let digest = renderer.render(&edition, images, &merge::nonce(&issue.to_string()))?;
        let letter = FormLetter::new(&digest, &frame(&workspace.settings, &edition, 0))?;
        let names = std::iter::once(edition.language.as_str()).chain(topics.iter().map(String::as_str));
        Ok(Self {
            label: names.collect::<Vec<_>>().join("+"),
            past: past(workspace, issue, &edition.language),
            waivers: workspace.find(issue).map(|(_, found)| found.waivers.clone()).unwrap_or_default(),
            edition,
            digest,
            letter,
            warnings,
            renderer,
            trace: OnceLock::new(),
        })
    }

    /// Returns the way from the HTML back to the files; made when first asked for.
    pub fn trace(&self) -> &Trace {
        self.trace.get_or_init(|| {
            let nonce = merge::nonce(&self.edition.issue.to_string());
            self.renderer.trace(&self.edition, &nonce, &self.digest)
        })
    }

    /// Returns what the rules say of it, each finding with its place. Without `readers`, made-up ones are taken.
    pub fn judge(&self, settings: &WorkspaceSettings, readers: &[Subscriber], reach: Reach) -> Vec<Finding> {
        let mut findings = check::judge(&CheckInput {
            variant: &self.label,
            edition: &self.edition,
            digest: &self.digest,
            letter: &self.letter,
            readers,
            past: &self.past,
            waivers: &self.waivers,
            settings: &settings.checks,
            reach,
            message_octets_max: message_octets_max(settings),
        });
        if findings.iter().any(Finding::wants_trace) {
            check::locate(&mut findings, self.trace());
        }
        findings
    }
}

/// Octets that our own signature adds to a message at most.
const SIGNATURE_OCTETS: u64 = 1_500;

/// Returns what the relay takes of a letter, where that is known.
fn message_octets_max(settings: &WorkspaceSettings) -> Option<u64> {
    let limit = settings.relay.as_ref()?.message_octets_max?;
    Some(if settings.signing.is_some() { limit.saturating_sub(SIGNATURE_OCTETS) } else { limit })
}

/// Returns what a letter of an edition needs to know beside its digest.
pub(crate) fn frame(settings: &WorkspaceSettings, edition: &Edition, number: u32) -> Frame {
    let bounces = settings.bounce_address.as_ref().unwrap_or(&edition.from.address);
    Frame {
        edition: number,
        public_url: settings.public_url.clone(),
        unsubscribe_domain: bounces.domain().to_owned(),
    }
}

/// Returns the issues of the same newsletter that come before `issue`, the newest first.
fn past(workspace: &Workspace, issue: &IssueId, language: &Language) -> Vec<PastIssue> {
    let Some((loaded, this)) = workspace.find(issue) else { return Vec::new() };
    let before = |date: NaiveDate, id: &IssueId| (date, id) < (this.date, &this.id);
    let mut past = Vec::new();
    for other in loaded.issues_by_date().into_iter().rev().filter(|other| before(other.date, &other.id)) {
        let words = |pick: &Language| other.texts.get(pick).and_then(|texts| texts.subject.clone());
        let subject = words(language).or_else(|| words(loaded.first_language()));
        let items = other.items.iter().filter_map(|(slug, _)| {
            let item = loaded.items.get(slug)?;
            let version =
                item.versions.get(language).or_else(|| item.versions.get(loaded.first_language()))?;
            let headline = version.headline.source.clone();
            Some(PastItem { slug: slug.clone(), headline, link: version.link.clone() })
        });
        past.push(PastIssue {
            id: other.id.clone(),
            date: other.date,
            subject: subject.map(|text| text.source).unwrap_or_default(),
            items: items.collect(),
        });
    }
    past
}
