//! What the ledger does in one go.

use crate::{
    delivery::ports::{Commit, Ledger, LedgerError, Record},
    domain::delivery::DeliveryEvent,
    runner::committer::Request,
};
use chrono::{DateTime, Utc};
use std::{collections::VecDeque, future::poll_fn, time::Duration};
use tokio::sync::{Notify, oneshot};

/// Anything else the ledger can do; may be called again when it failed.
pub(crate) type Call = Box<dyn FnMut(&mut dyn Ledger) -> Result<(), LedgerError> + Send>;

/// The final dot may leave: the intent is durable, and this is how old it is at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permit {
    /// Monotonic time just before the transaction began.
    pub(crate) monotonic: Duration,
    /// Wall-clock time just before the transaction began.
    pub(crate) wall: DateTime<Utc>,
}

/// Requests that are carried out together: records and commits in one transaction, then the rest in order.
#[derive(Default)]
pub(crate) struct Round {
    records: Vec<Record>,
    commits: Vec<Commit>,
    answers: Vec<oneshot::Sender<Option<Permit>>>,
    /// What the ledger said to the commits, until it is told.
    may_leave: Vec<bool>,
    calls: VecDeque<Call>,
    recorded: Vec<(DeliveryEvent, bool)>,
}

impl Round {
    /// Takes a request in.
    pub(crate) fn add(&mut self, request: Request) {
        match request {
            Request::Record(record) => self.records.push(record),
            Request::Commit(commit, answer) => {
                self.commits.push(commit);
                self.answers.push(answer);
            }
            Request::Call(call) => self.calls.push_back(call),
        }
    }

    /// Returns how many requests are in it.
    pub(crate) fn len(&self) -> usize {
        self.records.len() + self.commits.len() + self.calls.len()
    }

    /// Returns whether somebody waits for an answer.
    pub(crate) fn is_awaited(&self) -> bool {
        !self.commits.is_empty() || !self.calls.is_empty()
    }

    /// Refuses every commit in it; returns whether there was one.
    pub(crate) fn refuse_commits(&mut self) -> bool {
        self.commits.clear();
        let were_there = !self.answers.is_empty();
        for answer in self.answers.drain(..) {
            // A connection that is gone writes no final dot anyway.
            let _ = answer.send(None);
        }
        were_there
    }

    /// Has the ledger make verdicts and intents durable that are not yet; no commit has its effect while an earlier
    /// record has not, for they become durable together. [`Round::answer`] has to follow. `begun` hears when the ledger
    /// was asked.
    ///
    /// # Errors
    /// When the ledger failed; all of them are still in the round.
    pub(crate) async fn write(
        &mut self,
        ledger: &mut dyn Ledger,
        asked: Permit,
        begun: &Notify,
    ) -> Result<(), LedgerError> {
        if self.records.is_empty() && self.commits.is_empty() {
            return Ok(());
        }
        let mut work = ledger.record_and_commit_along(&self.records, &self.commits, asked.wall);
        let done = poll_fn(|context| {
            let done = work.as_mut().poll(context);
            begun.notify_waiters();
            done
        });
        let (current, may_leave) = done.await?;
        drop(work);
        assert_eq!(current.len(), self.records.len(), "the ledger answers for every record");
        assert_eq!(may_leave.len(), self.commits.len(), "the ledger answers for every commit");
        self.recorded.extend(self.records.drain(..).map(|record| record.event).zip(current));
        self.commits.clear();
        self.may_leave = may_leave;
        Ok(())
    }

    /// Tells whoever asked for a commit what it came to; returns how many final dots may leave.
    pub(crate) fn answer(&mut self, asked: Permit) -> usize {
        let may_leave = std::mem::take(&mut self.may_leave);
        let granted = may_leave.iter().filter(|may_leave| **may_leave).count();
        if !may_leave.is_empty() {
            for (answer, may_leave) in self.answers.drain(..).zip(may_leave) {
                // A connection that is gone writes no final dot: the commit is sorted out by its lease.
                let _ = answer.send(may_leave.then_some(asked));
            }
        }
        granted
    }

    /// Returns whether something else than verdicts and intents is left to do.
    pub(crate) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Has the ledger do the rest, in order. What succeeded is not done again after an error.
    ///
    /// # Errors
    /// When the ledger failed; what is left is still in the round.
    pub(crate) fn call(&mut self, ledger: &mut dyn Ledger) -> Result<(), LedgerError> {
        while let Some(call) = self.calls.front_mut() {
            call(ledger)?;
            self.calls.pop_front();
        }
        Ok(())
    }

    /// Returns the verdicts that became durable since the last time, and whether each was current.
    pub(crate) fn take_recorded(&mut self) -> Vec<(DeliveryEvent, bool)> {
        std::mem::take(&mut self.recorded)
    }
}
