//! `masthead check --online`: asks for the links and pictures of an issue.

use crate::{
    check::{
        self, Finding,
        online::{self, Answer, Kind, Target},
    },
    cli::{
        Desk,
        fetch::{Fetcher, Machines},
        sending::judged::Judged,
    },
    domain::{issue::IssueId, time::Clock},
    workspace::Workspace,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

/// Addresses that are asked for at once.
const AT_ONCE: usize = 4;

/// Addresses that are asked for at all.
const ADDRESSES_MAX: usize = 300;

/// How long the asking may take in all.
const PATIENCE: Duration = Duration::from_mins(2);

/// What became of each address.
type Answers = BTreeMap<(String, Kind), Answer>;

/// Adds what the web says of an issue's links and pictures to what was found.
pub(super) fn look(desk: &Desk, workspace: &Workspace, issue: &IssueId, judged: &mut Judged) {
    let targets: Vec<_> = judged.proofs.iter().map(|proof| online::targets(&proof.digest)).collect();
    let mut wanted: Vec<_> =
        targets.iter().flatten().map(|target| (target.url.clone(), target.kind)).collect();
    wanted.sort();
    wanted.dedup();
    let left_out = wanted.len().saturating_sub(ADDRESSES_MAX);
    wanted.truncate(ADDRESSES_MAX);
    desk.output.talk(&format!("asking for {} addresses …", wanted.len()));
    let answers = ask(desk, wanted, &Fetcher::new(Machines::Public));
    let unasked = left_out + answers.values().filter(|answer| **answer == Answer::NotAsked).count();
    if unasked > 0 {
        desk.output.talk(&format!(
            "{unasked} addresses were not asked: private ones, and those for which there was no time"
        ));
    }
    let waivers = workspace.find(issue).map(|(_, issue)| issue.waivers.as_slice()).unwrap_or_default();
    for (proof, targets) in judged.proofs.iter().zip(&targets) {
        let answered: Vec<(&Target, &Answer)> = targets
            .iter()
            .filter_map(|target| Some((target, answers.get(&(target.url.clone(), target.kind))?)))
            .collect();
        let mut found: Vec<Finding> = answered
            .iter()
            .filter_map(|(target, answer)| online::finding(&proof.label, target, answer, waivers))
            .collect();
        let pictures: Vec<_> =
            answered.into_iter().filter(|(target, _)| target.kind == Kind::Picture).collect();
        found.extend(online::weights(&proof.label, &pictures, waivers));
        if found.iter().any(Finding::wants_trace) {
            check::locate(&mut found, proof.trace());
        }
        judged.findings.extend(found);
    }
}

/// Asks for all of them, a few at a time.
fn ask(desk: &Desk, wanted: Vec<(String, Kind)>, fetcher: &Fetcher) -> Answers {
    let started = desk.clock.monotonic();
    let (queue, answers) = (Mutex::new(wanted.into_iter()), Mutex::new(Answers::new()));
    let work = || {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((url, kind)) = next else { return };
            let is_late = desk.clock.monotonic().saturating_sub(started) > PATIENCE;
            let answer = if is_late { Answer::NotAsked } else { fetcher.ask(&url, kind) };
            answers.lock().unwrap_or_else(PoisonError::into_inner).insert((url, kind), answer);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    answers.into_inner().unwrap_or_else(PoisonError::into_inner)
}
