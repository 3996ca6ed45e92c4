//! Judges a whole issue for `check` and `approve`: every language, and the choices of items that the list asks for.

use crate::{
    check::{Finding, Reach},
    cli::{Failure, commands::store, sending::variants::IssueEditions},
    delivery::{letters::signer, plan::Variants, variants::CompiledVariants},
    domain::{
        issue::IssueId,
        problem::Problem,
        subscriber::{Subscriber, SubscriberStatus},
    },
    proof::{
        Proof, Reading, Renderers, memory,
        waivers::{self, Online},
    },
    render::form::Frame,
    workspace::Workspace,
};
use std::collections::BTreeMap;

/// Readers without a field they need who are named for a variant.
const LACKING_MAX: usize = 3;

/// What the rules say of an issue.
pub(crate) struct Judged {
    pub(crate) findings: Vec<Finding>,
    /// What should be looked at in the files beside that.
    pub(crate) problems: Vec<Problem>,
    /// The proofs that were judged.
    pub(crate) proofs: Vec<Proof>,
}

impl Judged {
    /// Returns the labels of the variants.
    pub(crate) fn variants(&self) -> Vec<&str> {
        self.proofs.iter().map(|proof| proof.label.as_str()).collect()
    }

    /// Returns what is wrong with the issue's waivers, given everything that was found.
    pub(crate) fn waivers(&self, workspace: &Workspace, issue: &IssueId, online: Online) -> Vec<Problem> {
        let waivers = workspace.find(issue).map(|(_, issue)| issue.waivers.as_slice()).unwrap_or_default();
        waivers::problems(waivers, &self.findings, online)
    }
}

/// Judges an issue. When there is a list in the ledger, its readers count: the shortest and the longest message of
/// each variant, those who see defaults, those who lack a field. Otherwise readers are made up.
///
/// # Errors
/// When files or list are refused.
pub(crate) fn judge(workspace: &Workspace, issue: &IssueId) -> Result<Judged, Failure> {
    let renderers = Renderers::default();
    let mut audience = audience(workspace, issue)?;
    let languages = workspace.newsletter(&issue.newsletter)?.newsletter.languages.clone();
    let everything =
        languages.into_iter().map(|language| Reading { issue: issue.clone(), language, topics: Vec::new() });
    let mut readings: Vec<_> = everything.collect();
    let known: Vec<_> = audience.keys().filter(|reading| !readings.contains(reading)).cloned().collect();
    readings.extend(known);
    let (mut findings, mut proofs) = (Vec::new(), Vec::new());
    for reading in readings {
        let proof = Proof::compile(workspace, &renderers, &reading)?;
        let readers = audience.remove(&reading).unwrap_or_default();
        findings.extend(proof.judge(&workspace.settings, &readers, Reach::Public));
        proofs.push(proof);
    }
    findings.extend(memory::left_over(workspace, issue));
    Ok(Judged { findings, problems: workspace.check_issue(issue).0, proofs })
}

/// Returns the readers of the list who show most, by what they read.
fn audience(workspace: &Workspace, issue: &IssueId) -> Result<BTreeMap<Reading, Vec<Subscriber>>, Failure> {
    let mut audience: BTreeMap<Reading, Vec<Subscriber>> = BTreeMap::new();
    if !store::exists(workspace) {
        return Ok(audience);
    }
    let mut ledger = store::open(workspace)?;
    let settings = &workspace.settings;
    let sender = &workspace.newsletter(&issue.newsletter)?.newsletter.from.address;
    let bounces = settings.bounce_address.as_ref().unwrap_or(sender);
    let frame = Frame {
        edition: 0,
        public_url: settings.public_url.clone(),
        unsubscribe_domain: bounces.domain().to_owned(),
    };
    let keys = store::asked(ledger.keys())?;
    let editions = IssueEditions { workspace, issue: issue.clone() };
    let mut variants = CompiledVariants::new(editions, frame, signer(&keys));
    let (mut lacking, mut refused) = (BTreeMap::<usize, Vec<Subscriber>>::new(), None);
    store::asked(ledger.for_each_subscriber(&mut |subscriber| {
        if subscriber.status != SubscriberStatus::Active {
            return true;
        }
        match rehearse(&mut variants, &subscriber) {
            Ok(None) => {}
            Ok(Some(variant)) => {
                let lacking = lacking.entry(variant).or_default();
                if lacking.len() < LACKING_MAX {
                    lacking.push(subscriber);
                }
            }
            Err(problems) => refused = Some(problems),
        }
        refused.is_none()
    }))?;
    if let Some(problems) = refused {
        return Err(problems.into());
    }
    for (variant, compiled) in variants.compiled().enumerate() {
        // A variant of all items is named by its language alone, whatever topics led to it.
        let has_topics = compiled.sealed.label.contains('+');
        let reading = Reading {
            issue: issue.clone(),
            language: compiled.sealed.language.clone(),
            topics: if has_topics { compiled.topics.to_vec() } else { Vec::new() },
        };
        let mut readers = compiled.readers;
        readers.extend(lacking.remove(&variant).unwrap_or_default());
        audience.insert(reading, readers);
    }
    Ok(audience)
}

/// Renders a reader's message; returns the variant when the reader lacks a field for it.
fn rehearse(
    variants: &mut CompiledVariants<IssueEditions<'_>>,
    subscriber: &Subscriber,
) -> Result<Option<usize>, crate::domain::problem::Problems> {
    let Some(variant) = variants.variant_for(subscriber)? else { return Ok(None) };
    let missing = variants.rehearse(variant, subscriber)?;
    Ok((!missing.is_empty()).then_some(variant))
}
