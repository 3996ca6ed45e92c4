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
    let verdicts = records.iter().zip(&answers.records).filter(|(_, (is_so, _))| *is_so);
    let verdicts = verdicts.map(|(record, (_, attempt))| Record {
        delivery: record.delivery,
        fence: record.fence,
        attempt: *attempt,
        said: Said::Verdict(Verdict {
            offset: 0,
            at: now,
            event: record.event,
            detail: record.detail.clone(),
            remote_id: record.remote_id.clone(),
            next_attempt_at: record.next_attempt_at,
        }),
    });
    let intents = commits.iter().zip(&answers.commits).filter(|(_, (is_so, _))| *is_so);
    let intents = intents.map(|(commit, (_, attempt))| Record {
        delivery: commit.delivery,
        fence: commit.fence,
        attempt: *attempt,
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

pub(crate) fn only_whether(answers: &[(bool, u32)]) -> Vec<bool> {
    answers.iter().map(|(is_so, _)| *is_so).collect()
}
