//! Rounds: verdicts and intents on their way into the database, over as many connections as it takes.

use crate::{
    delivery::ports::{Commit, LedgerError, Record},
    ledger::{
        postgres::{
            PostgresLedger, failed,
            failure::Failure,
            reach::{Lost, Tries},
            session::Session,
            settling::{Answers, Batch, Step, places_of},
            witness::Run,
        },
        rules,
    },
};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use tokio::runtime::Handle;

/// Verdicts and intents, until they are durable.
struct Round<'a> {
    records: &'a [Record],
    commits: &'a [Commit],
    /// What the statements are told of the time.
    now: Option<i64>,
    /// The caller's moment, from which pauses are counted.
    callers_now: i64,
    /// The run whose step it is.
    run: Option<&'a Run>,
    /// The broadcast of each delivery that is held.
    held: &'a HashMap<i64, i64>,
    /// Deliveries that are not.
    strangers: Vec<i64>,
    /// It was asked before, and the answer was lost.
    has_tried: bool,
}

impl Round<'_> {
    /// Tries to make it durable.
    async fn write(&mut self, session: &mut Session) -> Result<Answers, Failure> {
        if let Some(run) = self.run {
            run.look(session).await?;
        }
        let looked_up;
        let places = if self.strangers.is_empty() {
            self.held
        } else {
            looked_up = places_of(session, &self.strangers, self.held).await?;
            &looked_up
        };
        let step = self.run.filter(|_| !self.commits.is_empty());
        let batch = Batch {
            records: self.records,
            commits: self.commits,
            now: self.now,
            callers_now: self.callers_now,
            places,
            step: step.map(|run| Step { steps: run.steps + 1, run: &run.id }),
        };
        let may_be_done = std::mem::replace(&mut self.has_tried, true);
        batch.write(session, may_be_done).await
    }
}

impl PostgresLedger {
    /// Has the runtime that this is called in drive the connection from now on, so that a run goes on while the
    /// database works and nothing is handed from thread to thread. See [`Ledger::goes_along`](crate::delivery::ports::Ledger::goes_along)
    /// for what that asks of callers.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn go_along(&mut self) {
        self.reach.go_along(Handle::current());
    }

    /// Makes verdicts and intents durable, trying again on a new connection when need be.
    pub(super) async fn write_batch(
        &mut self,
        doing: &'static str,
        records: &[Record],
        commits: &[Commit],
        now: DateTime<Utc>,
    ) -> Result<Answers, LedgerError> {
        let named = records.iter().map(|r| r.delivery).chain(commits.iter().map(|c| c.delivery));
        let strangers = named.map(|id| id.0).filter(|id| !self.held.contains_key(id)).collect();
        let (now, callers_now) = (self.clock.now(now), rules::micros(now));
        let run = self.run.as_ref();
        let mut round =
            Round { records, commits, now, callers_now, run, held: &self.held, strangers, has_tried: false };
        let mut tries = Tries::default();
        let answers = loop {
            let done = match self.reach.connected().await {
                Ok(session) => round.write(session).await,
                Err(failure) => Err(failure),
            };
            match done {
                Ok(answers) => break answers,
                Err(failure) => {
                    let again = self.reach.try_again(failure, Lost::Repeat, &mut tries).await;
                    again.map_err(|kind| failed(doing, &self.shown, kind))?;
                }
            }
        };
        if let Some(run) = self.run.as_mut().filter(|_| !commits.is_empty()) {
            run.has_stepped();
        }
        for (record, was_done) in records.iter().zip(&answers.0) {
            if *was_done {
                self.held.remove(&record.delivery.0);
            }
        }
        Ok(answers)
    }
}
