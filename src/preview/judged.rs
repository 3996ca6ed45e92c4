//! What the rules say, found once per generation and never in the way of the picture.

use crate::{
    check::{Finding, Reach, sample_readers},
    domain::{issue::IssueId, problem::Problem, subscriber::Subscriber},
    preview::{approval, letter::Compiled, state::Preview},
    proof::{
        Reading, memory,
        waivers::{self, Online},
    },
    workspace::Workspace,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

/// Verdicts remembered at once.
const VERDICTS_MAX: usize = 64;
/// Issues that are judged for the list, the newest first: older ones are seldom looked at again.
const LISTED_MAX: usize = 8;

/// What is judged: a proof of one generation, as certain readers get it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    generation: u64,
    reading: Reading,
    /// Whose message is shown, by its stamp.
    stamp: String,
    /// How many extreme readers were known.
    extremes: usize,
}

/// What is said of a message.
#[derive(Debug)]
pub(super) struct Verdict {
    /// What the rules found.
    pub(super) findings: Vec<Finding>,
    /// What is wrong with the waivers of the issue.
    pub(super) notes: Vec<Problem>,
}

/// Found once by whoever asks first; the others wait for it.
type Found = Arc<OnceLock<Arc<Verdict>>>;

/// What was judged so far.
#[derive(Default)]
pub(super) struct Judged {
    found: Mutex<BTreeMap<Key, Found>>,
    /// Whether every language of an issue passed when it was last judged, and in which generation that was.
    issues: Mutex<BTreeMap<IssueId, (u64, bool)>>,
    /// Held by the one thread that judges for the list.
    listing: Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One message to be judged.
pub(super) struct Subject<'a> {
    pub(super) generation: u64,
    pub(super) workspace: &'a Workspace,
    pub(super) reading: &'a Reading,
    pub(super) compiled: &'a Compiled,
    pub(super) reader: &'a Subscriber,
    pub(super) stamp: &'a str,
    /// Readers whose messages are the longest and the shortest, as far as they are known.
    pub(super) extremes: Vec<Subscriber>,
}

impl Subject<'_> {
    fn key(&self) -> Key {
        Key {
            generation: self.generation,
            reading: self.reading.clone(),
            stamp: self.stamp.to_owned(),
            extremes: self.extremes.len(),
        }
    }

    /// Judges the message, what the issue leaves out, and its waivers.
    fn judge(&self, preview: &Preview) -> Verdict {
        let mut readers = sample_readers(&self.compiled.proof.letter);
        for reader in std::iter::once(self.reader).chain(&self.extremes) {
            if !readers.contains(reader) {
                readers.push(reader.clone());
            }
        }
        let mut findings = self.compiled.proof.judge(&self.workspace.settings, &readers, Reach::Public);
        findings.extend(memory::left_over(self.workspace, &self.reading.issue));
        let notes = self.waivers(preview, &findings);
        Verdict { findings, notes }
    }

    /// Returns what is wrong with the waivers. What this message doesn't need may be needed by another variant:
    /// those are judged only when there is such a waiver.
    fn waivers(&self, preview: &Preview, findings: &[Finding]) -> Vec<Problem> {
        let issue = &self.reading.issue;
        let waivers = self.workspace.find(issue).map(|(_, issue)| issue.waivers.as_slice());
        let waivers = waivers.unwrap_or_default();
        let notes = waivers::problems(waivers, findings, Online::No);
        if notes.is_empty() {
            return notes;
        }
        // As long as another language is broken, nobody can say that a waiver is for nothing.
        let Ok(mut variants) = preview.proofs(self.generation, self.workspace, issue) else {
            return waivers::unknown(waivers);
        };
        let mut ends = preview.extremes.ends_of_issue(self.generation, issue);
        for reading in ends.keys() {
            if !variants.iter().any(|(known, _)| known == reading) {
                let known = preview.known(self.generation, self.workspace, reading);
                variants.extend(known.good.map(|compiled| (reading.clone(), compiled)));
            }
        }
        let mut findings = findings.to_vec();
        for (reading, compiled) in variants.iter().filter(|(reading, _)| reading != self.reading) {
            let mut readers = sample_readers(&compiled.proof.letter);
            readers.extend(ends.remove(reading).unwrap_or_default());
            findings.extend(compiled.proof.judge(&self.workspace.settings, &readers, Reach::Public));
        }
        waivers::problems(waivers, &findings, Online::No)
    }
}

impl Judged {
    /// Returns the verdict when it is known already.
    pub(super) fn known(&self, subject: &Subject<'_>) -> Option<Arc<Verdict>> {
        lock(&self.found).get(&subject.key()).and_then(|found| found.get().cloned())
    }

    /// Returns the verdict; takes as long as the rules take.
    pub(super) fn verdict(&self, preview: &Preview, subject: &Subject<'_>) -> Arc<Verdict> {
        let key = subject.key();
        let found = {
            let mut known = lock(&self.found);
            if known.len() >= VERDICTS_MAX && !known.contains_key(&key) {
                // Keys begin with the generation: the first are the oldest.
                known.pop_first();
            }
            known.entry(key).or_default().clone()
        };
        found.get_or_init(|| Arc::new(subject.judge(preview))).clone()
    }

    /// Returns whether an issue passed when it was last judged.
    pub(super) fn passed(&self, issue: &IssueId) -> bool {
        lock(&self.issues).get(issue).is_some_and(|(_, passed)| *passed)
    }

    /// Judges the newest issues that did not go out yet, for the list, and compares their approvals; returns whether
    /// one of them has news.
    /// One at a time: who comes while another is at it has nothing to do.
    pub(super) fn list(&self, preview: &Preview, generation: u64, workspace: &Workspace) -> bool {
        let Ok(_turn) = self.listing.try_lock() else { return false };
        let heard = preview.accounts.heard(&*preview.office, workspace);
        let mut issues = workspace.issues();
        issues.sort_by(|a, b| (b.date, &b.id).cmp(&(a.date, &a.id)));
        let mut is_news = false;
        for issue in issues.into_iter().filter(|issue| heard.of(&issue.id).is_none()).take(LISTED_MAX) {
            if lock(&self.issues).get(&issue.id).is_some_and(|(known, _)| *known >= generation) {
                continue;
            }
            if preview.generation() != generation {
                break;
            }
            approval::compare(preview, generation, workspace, &issue.id);
            let passed = passes(preview, generation, workspace, &issue.id);
            let before = lock(&self.issues).insert(issue.id.clone(), (generation, passed));
            is_news |= before.is_some_and(|(_, before)| before) != passed;
        }
        is_news
    }
}

/// Returns whether nothing stops any language of an issue.
fn passes(preview: &Preview, generation: u64, workspace: &Workspace, issue: &IssueId) -> bool {
    preview.proofs(generation, workspace, issue).is_ok_and(|proofs| {
        let judge = |compiled: &Compiled| compiled.proof.judge(&workspace.settings, &[], Reach::Public);
        !proofs.iter().any(|(_, compiled)| judge(compiled).iter().any(Finding::stops))
    })
}
