//! The decorator itself: what it keeps, and when it writes where.

use crate::{
    delivery::ports::{Applied, Base, Commit, Fact, LedgerError, Owner, Record as Handed, RunId, WriteWatch},
    domain::delivery::DeliveryId,
    ledger::{
        error::{StoreError, StoreErrorKind},
        identity,
        journal::{
            ahead::Ahead,
            answered::{only_whether, written},
            folder::Folder,
            held::{Answers, HeldClaims},
            helper::{Helper, Shared},
            mend,
            pending::Pending,
            reader,
            record::{Header, Record, Said},
            writer::Journal,
        },
        rules,
    },
};
use chrono::{DateTime, Utc};
use std::{
    collections::HashSet,
    sync::{Arc, MutexGuard},
};

/// Facts that may wait for the store; more are handed over before anything else is answered.
const PENDING_MAX: usize = 4_096;

/// Facts that wait while others are being answered, so that verdicts join their commits.
pub(crate) const PENDING_BUSY: usize = 256;

/// Facts that are handed over at once while others wait for answers: enough that a transaction pays, some milliseconds at most.
pub(crate) const PIECE: usize = 1_024;

/// A ledger with a send journal.
///
/// Commits are granted from memory: a claim that was read through this handle, whose lease has
/// its margin, while nobody else has written to the store. Whenever somebody has, everything remembered is forgotten
/// and the store's own guarded statement decides.
pub struct Journaled<L: Base> {
    store: Shared<L>,
    watch: Arc<WriteWatch>,
    pub(crate) helper: Option<Helper>,
    /// Claims that were read ahead, or are to be.
    pub(crate) ahead: Ahead,
    folder: Folder,
    ledger_id: [u8; 16],
    journal: Option<Journal>,
    pub(crate) held: HeldClaims,
    /// What the store does not know yet.
    pub(crate) pending: Pending,
    /// Commits without a verdict, with their fences.
    open: HashSet<(DeliveryId, i64)>,
    /// The store has more of the journal than it knows.
    is_ahead_of_note: bool,
    /// Everything before this place of the journal is in the store, though a power cut might take it from there.
    pub(crate) handed_over: u64,
    /// Up to where the journal says that it is there for good.
    noted: u64,
    /// The store as it was when its claims were read.
    pub(crate) stamp: u64,
}

impl<L: Base> Journaled<L> {
    /// Puts a journal before a ledger, after what dead runs left was taken over.
    ///
    /// # Errors
    /// When the store was put back to an earlier state, or lies elsewhere than where it was sent from; see
    /// [`mend`](crate::ledger::journal::mend()).
    pub fn begin(mut inner: L, folder: Folder) -> Result<Self, LedgerError> {
        mend::take_over_dead(&mut inner, &folder)?;
        mend::check(&mut inner, &folder)?;
        let ledger_id = inner.keys()?.ledger_id;
        let stamp = inner.stamp()?;
        let watch = Arc::new(WriteWatch::default());
        inner.watched_by(Arc::clone(&watch));
        let mut journaled = Self {
            store: Shared::new(inner),
            watch,
            helper: None,
            ahead: Ahead::default(),
            folder,
            ledger_id,
            journal: None,
            held: HeldClaims::default(),
            pending: Pending::default(),
            open: HashSet::new(),
            is_ahead_of_note: false,
            handed_over: 0,
            noted: 0,
            stamp,
        };
        journaled.hear_others()?;
        Ok(journaled)
    }

    /// Has a thread of its own do what the store has to do in time, so that no commit waits for it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn with_helper(mut self) -> Result<Self, LedgerError>
    where
        L: 'static,
    {
        let helper =
            Helper::begin(&self.store).map_err(|error| self.failed(StoreErrorKind::of_journal(error)))?;
        self.helper = Some(helper);
        Ok(self)
    }

    /// Returns the store, once the helper does not use it.
    pub(crate) fn store(&self) -> MutexGuard<'_, L> {
        self.store.lock()
    }

    /// Forgets all claims when somebody else has written to the store since they were read.
    pub(crate) fn look_at_others(&mut self) -> Result<(), LedgerError> {
        // While the helper writes nobody else can.
        let stamp = match self.watch.stamp() {
            Some(stamp) => stamp,
            None => self.store().stamp()?,
        };
        if stamp != self.stamp {
            self.held.forget();
            self.stamp = stamp;
        }
        Ok(())
    }

    /// Forgets all claims: something was done to the store that may concern them.
    pub(crate) fn forget_claims(&mut self) {
        self.held.forget();
        self.ahead.is_doubted = true;
    }

    /// Answers records and commits.
    pub(crate) fn settle(
        &mut self,
        records: &[Handed],
        commits: &[Commit],
        now: DateTime<Utc>,
    ) -> Result<(Vec<bool>, Vec<bool>), LedgerError> {
        if records.is_empty() && commits.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        self.look_at_others()?;
        if self.pending.len() >= PENDING_MAX {
            self.flush()?;
        }
        match self.held.answer(records, commits, rules::micros(now)) {
            Some(answers) => self.settle_ahead(records, commits, &answers, now),
            None => self.settle_beside(records, commits, now),
        }
    }

    /// The quick way: what memory answered becomes durable in the journal.
    fn settle_ahead(
        &mut self,
        records: &[Handed],
        commits: &[Commit],
        answers: &Answers,
        now: DateTime<Utc>,
    ) -> Result<(Vec<bool>, Vec<bool>), LedgerError> {
        let mut said = written(records, commits, answers, now);
        let has_commits = answers.commits.iter().any(|(may_leave, _)| *may_leave);
        let kept = self.keep(&mut said, has_commits, now);
        if let Err(error) = kept {
            self.held.undo();
            return Err(error);
        }
        self.remember_open(&said);
        for record in said {
            self.pending.add(record);
        }
        Ok((only_whether(&answers.records), only_whether(&answers.commits)))
    }

    /// The careful way: the store decides, the journal bears witness.
    fn settle_beside(
        &mut self,
        records: &[Handed],
        commits: &[Commit],
        now: DateTime<Utc>,
    ) -> Result<(Vec<bool>, Vec<bool>), LedgerError> {
        self.flush()?;
        // No room in the journal must show before the store has decided.
        self.journal(now)?;
        self.with_journal(|journal| journal.make_room(records.len() + commits.len() + 1))?;
        let (current, may_leave) = self.store().record_and_commit(records, commits, now)?;
        let attempts = |of: Vec<bool>, ids: Vec<_>, held: &HeldClaims| -> Vec<(bool, u32)> {
            of.into_iter().zip(ids).map(|(is_so, id)| (is_so, held.attempt(id))).collect()
        };
        let answers = Answers {
            records: attempts(current.clone(), records.iter().map(|one| one.delivery).collect(), &self.held),
            commits: attempts(
                may_leave.clone(),
                commits.iter().map(|one| one.delivery).collect(),
                &self.held,
            ),
        };
        let mut said = written(records, commits, &answers, now);
        self.held.learn(records, &current, commits, &may_leave);
        self.keep(&mut said, may_leave.contains(&true), now)?;
        self.remember_open(&said);
        // The store has them already: all it has to learn is how far the journal goes, and that can wait.
        self.is_ahead_of_note = true;
        Ok((current, may_leave))
    }

    /// Remembers which commits have no verdict yet.
    fn remember_open(&mut self, said: &[Record]) {
        for Record { delivery, fence, said, .. } in said {
            match said {
                Said::Commit(_) => drop(self.open.insert((*delivery, *fence))),
                Said::Verdict(_) => drop(self.open.remove(&(*delivery, *fence))),
                Said::Checkpoint(_) => {}
            }
        }
    }

    /// Writes records into the journal; durable when that is asked.
    fn keep(
        &mut self,
        records: &mut [Record],
        must_last: bool,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        if records.is_empty() {
            return Ok(());
        }
        self.journal(now)?;
        self.with_journal(|journal| {
            journal.append(records)?;
            if must_last { journal.sync() } else { Ok(()) }
        })
    }

    /// Begins the journal when there is none yet.
    fn journal(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        if self.journal.is_some() {
            return Ok(());
        }
        let run = RunId(identity::fresh_name().map_err(|kind| self.failed(kind))?);
        // First the store: a journal that it does not know proves that it was put back.
        self.store().enter_run(run, now)?;
        let header = Header { ledger_id: self.ledger_id, run, epoch: rules::micros(now) };
        let made = self.folder.create(&header).and_then(|journal| {
            self.folder.prune(now)?;
            Ok(journal)
        });
        self.journal = Some(made.map_err(|error| self.failed(StoreErrorKind::of_journal(error)))?);
        Ok(())
    }

    fn with_journal(
        &mut self,
        work: impl FnOnce(&mut Journal) -> std::io::Result<()>,
    ) -> Result<(), LedgerError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        work(journal).map_err(|error| self.failed(StoreErrorKind::of_journal(error)))
    }

    /// Hands over everything that the store does not know yet.
    pub(crate) fn flush(&mut self) -> Result<(), LedgerError> {
        self.lay_down()?;
        while !self.pending.is_empty() {
            self.hand_over(PENDING_MAX)?;
        }
        Ok(())
    }

    /// Hands over the oldest facts. The journal keeps them safe until the store's next flush does.
    fn hand_over(&mut self, count: usize) -> Result<(), LedgerError> {
        let Some((run, facts, upto)) = self.oldest(count) else { return Ok(()) };
        let result = self.store().take_over(run, &facts, upto, Owner::Lives);
        self.taken_over(facts, upto, result)
    }

    pub(crate) fn oldest(&mut self, count: usize) -> Option<(RunId, Vec<Fact>, u64)> {
        let journal = self.journal.as_ref()?;
        let (facts, upto) = self.pending.take_oldest(count, journal.end());
        Some((journal.run(), facts, upto))
    }

    pub(crate) fn taken_over(
        &mut self,
        facts: Vec<Fact>,
        upto: u64,
        result: Result<Applied, LedgerError>,
    ) -> Result<(), LedgerError> {
        if let Err(error) = result {
            self.pending.put_back(facts);
            return Err(error);
        }
        self.handed_over = upto;
        self.is_ahead_of_note &= !self.pending.is_empty();
        Ok(())
    }

    /// Notes in the journal what the store has for good: it has flushed everything up to there.
    pub(crate) fn note_flushed(&mut self, upto: u64) -> Result<(), LedgerError> {
        if upto > self.noted {
            self.noted = upto;
            let mut note = [Record::checkpoint(upto)];
            self.with_journal(|journal| journal.append(&mut note))?;
        }
        Ok(())
    }

    /// Hands over what is pending for good.
    fn finish(&mut self) -> Result<(), LedgerError> {
        self.flush()?;
        let Some((run, end)) = self.journal.as_ref().map(|journal| (journal.run(), journal.end())) else {
            return Ok(());
        };
        self.store().take_over(run, &[], end, Owner::IsGone)?;
        self.handed_over = end;
        self.note_flushed(end)
    }

    /// Takes over what stands in the journals of others, so that nobody's commit is taken for a mere claim.
    pub(crate) fn hear_others(&mut self) -> Result<(), LedgerError> {
        let own = self.journal.as_ref().map(Journal::run);
        let others = self
            .folder
            .others(&self.ledger_id, own)
            .map_err(|error| self.failed(StoreErrorKind::of_journal(error)))?;
        for (run, file) in others {
            let known = self.store().taken_over()?.get(&run).copied().unwrap_or_default();
            let (facts, end) = reader::tell_from(&file, run, known)
                .map_err(|error| self.failed(StoreErrorKind::of_journal(error)))?;
            if !facts.is_empty() {
                self.store().take_over(run, &facts, end, Owner::Lives)?;
                self.forget_claims();
            }
        }
        Ok(())
    }

    /// Does a piece of what was put off. In quiet times first the journal's flush, then the store's share; while
    /// others wait only so much that not too much piles up, and by the helper's hand if there is one.
    pub(crate) fn do_a_piece(&mut self, is_quiet: bool) -> Result<bool, LedgerError> {
        if !is_quiet {
            if self.helper.is_some() {
                self.help_along()?;
            } else if self.pending.len() >= PENDING_BUSY + PIECE {
                self.hand_over(PIECE)?;
            }
            return Ok(!self.pending.is_empty());
        }
        if self.journal.as_ref().is_some_and(Journal::is_dirty) && !self.pending.is_empty() {
            self.with_journal(Journal::sync)?;
            return Ok(true);
        }
        self.flush()?;
        if self.is_ahead_of_note {
            self.hand_over(0)?;
        }
        Ok(false)
    }

    pub(crate) fn failed(&self, kind: StoreErrorKind) -> LedgerError {
        let path = Some(self.folder.path().display().to_string());
        LedgerError { doing: "keep the send journal", cause: Box::new(StoreError { path, kind }) }
    }
}

impl<L: Base> Drop for Journaled<L> {
    fn drop(&mut self) {
        // Whatever fails here stands in the journal, and whoever opens the ledger next takes it over. So it does with a
        // commit that will never have a verdict, for we leave in the middle: it is in doubt then.
        if self.finish().is_ok()
            && self.open.is_empty()
            && let Some(journal) = self.journal.take()
        {
            let _ = self.folder.put_away_own(journal.run());
        }
    }
}
