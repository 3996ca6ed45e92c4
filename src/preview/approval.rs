//! Who approved what is shown, and the hand that signs it.
//!
//! The fingerprint of an issue takes every variant to be compiled, so it is found aside, once per generation of the
//! files; until then the page says what was true before.

use crate::{
    check::{Finding, Reach},
    domain::{
        approval::{Approval, ApprovalStanding, Fingerprint, Person},
        issue::IssueId,
        problem::{Problem, Problems},
    },
    preview::state::Preview,
    proof,
    workspace::Workspace,
};
use chrono::{DateTime, SubsecRound, Utc};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Fingerprints found so far, each with the generation of its files.
#[derive(Debug, Default)]
pub(super) struct Fingerprints(Mutex<BTreeMap<IssueId, (u64, Arc<Fingerprint>)>>);

impl Fingerprints {
    /// Returns the last fingerprint of an issue, and whether it is that of these files.
    fn last(&self, generation: u64, issue: &IssueId) -> Option<(Arc<Fingerprint>, bool)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(issue).map(|(found_in, fingerprint)| (fingerprint.clone(), *found_in >= generation))
    }

    /// Returns the fingerprint of an issue as these files say it; takes as long as compiling every variant does.
    fn find(
        &self,
        preview: &Preview,
        generation: u64,
        workspace: &Workspace,
        issue: &IssueId,
    ) -> Result<Arc<Fingerprint>, Problems> {
        if let Some((fingerprint, true)) = self.last(generation, issue) {
            return Ok(fingerprint);
        }
        let fingerprint = Arc::new(proof::approval::fingerprint(workspace, &preview.renderers, issue)?);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(issue.clone(), (generation, fingerprint.clone()));
        Ok(fingerprint)
    }
}

#[derive(Serialize)]
struct ValidAnswer {
    name: String,
    email: Option<String>,
    at: DateTime<Utc>,
}

#[derive(Serialize)]
struct StaleAnswer {
    #[serde(flatten)]
    approval: ValidAnswer,
    /// What has changed since.
    reasons: Vec<String>,
}

/// How the approvals of an issue stand.
#[derive(Serialize)]
pub(super) struct ApprovalAnswer {
    /// Approvals by different people that a send wants.
    required: u32,
    missing: u32,
    valid: Vec<ValidAnswer>,
    stale: Vec<StaleAnswer>,
    hash: Option<String>,
    /// The variants that the hash covers.
    variants: Vec<String>,
    /// Still being compared with the files: `GET /findings` waits for it.
    pending: bool,
    can_approve: bool,
    /// Why not.
    why_not: Option<String>,
    me: Option<String>,
}

impl From<&Approval> for ValidAnswer {
    fn from(approval: &Approval) -> Self {
        Self { name: approval.by.name.clone(), email: approval.by.email.clone(), at: approval.at }
    }
}

/// The approvals as recorded, and as they stand to the last fingerprint that is known.
struct Known {
    standing: ApprovalStanding,
    hash: Option<String>,
    is_current: bool,
    is_readable: bool,
}

fn known(preview: &Preview, generation: u64, workspace: &Workspace, issue: &IssueId) -> Known {
    let wanted =
        workspace.find(issue).map(|(loaded, _)| loaded.newsletter.require_approval).unwrap_or_default();
    let recorded = workspace.approvals(issue);
    let is_readable = recorded.is_ok();
    let recorded = recorded.unwrap_or_default();
    let last = preview.fingerprints.last(generation, issue);
    let is_current = last.as_ref().is_some_and(|(_, is_current)| *is_current) || recorded.is_empty();
    let fingerprint = last.map(|(fingerprint, _)| fingerprint);
    let standing = match &fingerprint {
        Some(fingerprint) => proof::approval::standing(&recorded, fingerprint, wanted),
        None => ApprovalStanding { wanted, missing: wanted, ..ApprovalStanding::default() },
    };
    Known { standing, hash: fingerprint.map(|found| found.hash.clone()), is_current, is_readable }
}

/// Returns how the approvals of the shown issue stand, as far as that is known already.
pub(super) fn answer(
    preview: &Preview,
    generation: u64,
    workspace: &Workspace,
    issue: &IssueId,
) -> ApprovalAnswer {
    let Known { standing, hash, is_current, is_readable } = known(preview, generation, workspace, issue);
    let me = preview.office.me(workspace);
    let stale = standing
        .stale
        .iter()
        .map(|stale| StaleAnswer { approval: (&stale.approval).into(), reasons: stale.changes.clone() });
    let why_not = (!is_readable).then(|| "the file with the approvals can't be read".to_owned());
    ApprovalAnswer {
        required: standing.wanted,
        missing: standing.missing,
        valid: standing.valid.iter().map(ValidAnswer::from).collect(),
        stale: stale.collect(),
        hash: hash.filter(|_| is_current),
        variants: variants(workspace, issue),
        pending: !is_current,
        can_approve: is_readable,
        why_not,
        me: me.map(|me| me.to_string()),
    }
}

/// Returns the names of the variants that a fingerprint is taken of.
fn variants(workspace: &Workspace, issue: &IssueId) -> Vec<String> {
    let readings = proof::approval::readings(workspace, issue).unwrap_or_default();
    let names = readings.into_iter().map(|reading| {
        let names = std::iter::once(reading.language.to_string()).chain(reading.topics);
        names.collect::<Vec<_>>().join("+")
    });
    names.collect()
}

/// Finds the fingerprint and returns how the approvals stand to it.
///
/// # Errors
/// When the files are refused.
pub(super) fn found(
    preview: &Preview,
    generation: u64,
    workspace: &Workspace,
    issue: &IssueId,
) -> Result<ApprovalAnswer, Problems> {
    preview.fingerprints.find(preview, generation, workspace, issue)?;
    Ok(answer(preview, generation, workspace, issue))
}

/// Returns the state that approvals give an issue, with a line about them.
pub(super) fn state(
    preview: &Preview,
    generation: u64,
    workspace: &Workspace,
    issue: &IssueId,
) -> (Option<&'static str>, Option<String>) {
    let Known { standing, is_readable, .. } = known(preview, generation, workspace, issue);
    if !is_readable {
        return (None, Some("its approvals can't be read".to_owned()));
    }
    let names: Vec<_> = standing.valid.iter().map(|approval| approval.by.name.as_str()).collect();
    let names = listed(&names);
    let stale = || {
        let stale = standing.stale.first()?;
        Some(format!("approval by {} is stale: {} changed", stale.approval.by.name, stale.changes.join(", ")))
    };
    match (standing.valid.is_empty(), standing.is_enough()) {
        (false, true) => (Some("approved"), Some(format!("approved by {names}"))),
        (false, false) => {
            let note = format!("{} of {} approvals: {names}", standing.valid.len(), standing.wanted);
            (None, Some(note))
        }
        (true, _) => (None, stale()),
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Compares the approvals of an issue with the files; nothing is done when nobody approved it.
pub(super) fn compare(preview: &Preview, generation: u64, workspace: &Workspace, issue: &IssueId) {
    if workspace.approvals(issue).is_ok_and(|recorded| !recorded.is_empty()) {
        // What keeps it from being compiled is among the problems of the page already.
        let _broken = preview.fingerprints.find(preview, generation, workspace, issue);
    }
}

/// What is done to approvals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pen {
    Approve,
    Withdraw,
}

impl Preview {
    /// Approves an issue as its files stand now, or takes an approval back.
    ///
    /// # Errors
    /// When nobody is known, the files have problems, or the file can't be written.
    pub(super) fn sign(
        &self,
        pen: Pen,
        issue: Option<&IssueId>,
        name: Option<&str>,
    ) -> Result<ApprovalAnswer, Problems> {
        let files = self.files();
        // What is on the screen behind a broken file is not what a send would take.
        let Some((generation, workspace)) = files.good.filter(|_| files.problems.0.is_empty()) else {
            return Err(files.problems);
        };
        let issue = issue.filter(|issue| workspace.find(issue).is_some()).ok_or_else(unknown_issue)?;
        let by = self.person(&workspace, name)?;
        match pen {
            Pen::Approve => {
                let stops = stopping(self, generation, &workspace, issue)?;
                if !stops.0.is_empty() {
                    return Err(stops);
                }
                let fingerprint = self.fingerprints.find(self, generation, &workspace, issue)?;
                let at = self.clock.now().trunc_subsecs(0);
                workspace.approve(issue, Approval { by, at, fingerprint: (*fingerprint).clone() })?;
            }
            Pen::Withdraw => {
                compare(self, generation, &workspace, issue);
                if !workspace.withdraw(issue, &by)? {
                    return Err(no_approval(&by).into());
                }
            }
        }
        Ok(answer(self, generation, &workspace, issue))
    }

    fn person(&self, workspace: &Workspace, name: Option<&str>) -> Result<Person, Problem> {
        let named = name.and_then(Person::parse);
        named.or_else(|| self.office.me(workspace)).ok_or_else(|| {
            Problem::error("preview/nobody-known", "nobody is known who could approve")
                .help("say who you are: write your name on the page, or `git config user.name \"…\"`")
        })
    }
}

/// Returns what the rules hold against any language of an issue, after a line that says what it means.
///
/// # Errors
/// When the files are refused.
fn stopping(
    preview: &Preview,
    generation: u64,
    workspace: &Workspace,
    issue: &IssueId,
) -> Result<Problems, Problems> {
    let mut stops = Vec::new();
    for proof in preview.proofs(generation, workspace, issue)? {
        let readers = preview.extremes.ends_of(generation, &proof.0);
        let findings = proof.1.proof.judge(&workspace.settings, &readers, Reach::Public);
        stops.extend(findings.iter().filter(|finding| finding.stops()).map(Finding::to_problem));
    }
    if !stops.is_empty() {
        let held_back = Problem::error("preview/not-approved", "the checks stop this issue")
            .help("mend what they name, or waive it in the issue file; nothing was recorded");
        stops.insert(0, held_back);
    }
    Ok(Problems(stops))
}

fn unknown_issue() -> Problems {
    Problem::error("preview/nothing-to-show", "there is no such issue")
        .help("choose one from the list")
        .into()
}

fn no_approval(by: &Person) -> Problem {
    Problem::error("preview/no-approval", format!("{} has not approved this issue", by.name))
        .help("name whose approval is to be taken back")
}
