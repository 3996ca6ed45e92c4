//! What is written down for the answers to a group.

use crate::{
    delivery::ports::{Commit, Intent, Record as Handed, Verdict},
    ledger::journal::{
        held::Answers,
        record::{Record, Said},
    },
};
use chrono::{DateTime, Utc};

/// Returns what is to be written down for answers: only what has an effect.
pub(crate) fn written(
    records: &[Handed],
    commits: &[Commit],
    answers: &Answers,
    now: DateTime<Utc>,
) -> Vec<Record> {
    let verdicts = said_yes(records, &answers.records).map(|(record, attempt)| Record {
        delivery: record.delivery,
        fence: record.fence,
        attempt,
        said: Said::Verdict(Verdict {
            offset: 0,
            at: now,
            event: record.event,
            detail: record.detail.clone(),
            remote_id: record.remote_id.clone(),
            next_attempt_at: record.next_attempt_at,
        }),
    });
    let intents = said_yes(commits, &answers.commits).map(|(commit, attempt)| Record {
        delivery: commit.delivery,
        fence: commit.fence,
        attempt,
        said: Said::Commit(Intent {
            offset: 0,
            at: now,
            date: commit.date,
            sha256: commit.sha256.clone(),
            message_id: commit.message_id.clone(),
        }),
    });
    verdicts.chain(intents).collect()
}

/// Returns what was answered with yes, with its attempt.
fn said_yes<'a, T>(asked: &'a [T], answers: &'a [(bool, u32)]) -> impl Iterator<Item = (&'a T, u32)> {
    asked.iter().zip(answers).filter_map(|(one, (is_so, attempt))| is_so.then_some((one, *attempt)))
}

/// Returns the answers without their attempts.
pub(crate) fn only_whether(answers: &[(bool, u32)]) -> Vec<bool> {
    answers.iter().map(|(is_so, _)| *is_so).collect()
}
