//! What an approval means: a fingerprint of all that readers would get, and whether it still fits.
//!
//! The fingerprint covers the finished letters of every language and choice of topics, the template, and the
//! settings that reach a reader. It holds no path, no time and no address of a reader, so the same files give
//! the same on any machine. Its parts never decide; they say afterwards what has changed.

mod changes;
mod parts;

use crate::{
    domain::{
        approval::{Approval, ApprovalStanding, Fingerprint, StaleApproval},
        broadcast::SealedVariant,
        digest::Digest,
        issue::IssueId,
        language::Language,
        problem::Problems,
    },
    proof::{Proof, Reading, Renderers},
    workspace::Workspace,
};
use parts::{Parts, sha256_hex};
use std::collections::{BTreeMap, BTreeSet};

/// An issue as it would go out, with its fingerprint.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What it comes to.
    pub fingerprint: Fingerprint,
    /// Hashes of the digests of all variants that were compiled, by label.
    digests: BTreeMap<String, String>,
    /// The pictures inside them, by content.
    images: BTreeSet<String>,
    languages: BTreeSet<Language>,
}

impl Bundle {
    /// Compiles an issue in every variant, and takes its fingerprint.
    ///
    /// # Errors
    /// With every problem of the files involved.
    pub fn of(workspace: &Workspace, renderers: &Renderers, issue: &IssueId) -> Result<Self, Problems> {
        let mut parts = Parts::default();
        let (mut digests, mut images) = (BTreeMap::new(), BTreeSet::new());
        let readings = readings(workspace, issue)?;
        for reading in &readings {
            let proof = Proof::compile(workspace, renderers, reading)?;
            digests.insert(proof.label.clone(), digest_hash(&proof.digest));
            images.extend(proof.digest.images.iter().map(|image| image.content_id.clone()));
            if reading.topics.is_empty() {
                parts.of_language(&proof);
            } else {
                parts.of_choice(&proof);
            }
        }
        parts.of_issue(workspace, issue)?;
        let languages = readings.into_iter().map(|reading| reading.language).collect();
        Ok(Self { fingerprint: parts.into_fingerprint(), digests, images, languages })
    }

    /// Returns whether a variant that is about to be sealed is what the fingerprint was taken of.
    ///
    /// Readers with several topics may get a choice of items that was not compiled for itself. It is made of the
    /// same files in memory then; only pictures are read anew each time, so they are compared.
    pub fn covers(&self, variant: &SealedVariant) -> bool {
        let digest = &variant.digest;
        match self.digests.get(&variant.label) {
            Some(known) => *known == digest_hash(digest),
            None => {
                self.languages.contains(&digest.language)
                    && digest.images.iter().all(|image| self.images.contains(&image.content_id))
            }
        }
    }
}

/// Returns the fingerprint of an issue: what its readers would get.
///
/// # Errors
/// With every problem of the files involved.
pub fn fingerprint(
    workspace: &Workspace,
    renderers: &Renderers,
    issue: &IssueId,
) -> Result<Fingerprint, Problems> {
    Ok(Bundle::of(workspace, renderers, issue)?.fingerprint)
}

/// Returns the readings that together show all an issue says: every language with all items, and with the
/// items of each topic where they are others.
///
/// # Errors
/// When there is no such newsletter.
pub fn readings(workspace: &Workspace, issue: &IssueId) -> Result<Vec<Reading>, Problems> {
    let loaded = workspace.newsletter(&issue.newsletter)?;
    let slugs = workspace.find(issue).map(|(_, issue)| issue.items.as_slice()).unwrap_or_default();
    let items = slugs.iter().filter_map(|(slug, _)| loaded.items.get(slug));
    let topics: BTreeSet<_> = items.flat_map(|item| item.topics.iter().cloned()).collect();
    let mut choices = vec![(workspace.item_indices_for(issue, &[]), Vec::new())];
    for topic in topics {
        let topics = vec![topic];
        let items = workspace.item_indices_for(issue, &topics);
        if !choices.iter().any(|(known, _)| *known == items) {
            choices.push((items, topics));
        }
    }
    let mut readings = Vec::new();
    for language in &loaded.newsletter.languages {
        for (_, topics) in &choices {
            let (issue, language, topics) = (issue.clone(), language.clone(), topics.clone());
            readings.push(Reading { issue, language, topics });
        }
    }
    Ok(readings)
}

/// Returns how recorded approvals stand to what the files say now; `wanted` different people must approve.
pub fn standing(approvals: &[Approval], fingerprint: &Fingerprint, wanted: u32) -> ApprovalStanding {
    let mut standing = ApprovalStanding { wanted, ..ApprovalStanding::default() };
    for approval in approvals.iter().filter(|approval| approval.fingerprint.hash == fingerprint.hash) {
        // A merge of two branches may have left one person twice.
        if !standing.valid.iter().any(|known| known.by.is_same_as(&approval.by)) {
            standing.valid.push(approval.clone());
        }
    }
    let stale = approvals.iter().filter(|approval| approval.fingerprint.hash != fingerprint.hash);
    let is_outdated =
        |approval: &&Approval| !standing.valid.iter().any(|known| known.by.is_same_as(&approval.by));
    standing.stale = stale
        .filter(is_outdated)
        .map(|approval| StaleApproval {
            approval: approval.clone(),
            changes: changes::in_words(&approval.fingerprint, fingerprint),
        })
        .collect();
    let valid = u32::try_from(standing.valid.len()).unwrap_or(u32::MAX);
    standing.missing = wanted.saturating_sub(valid);
    standing
}

fn digest_hash(digest: &Digest) -> String {
    sha256_hex(&serde_json::to_vec(digest).expect("plain structs with text keys always become JSON"))
}

#[cfg(test)]
mod tests;
