//! The seam behind a send journal: facts that are durable elsewhere and that a ledger's store takes over later.

use crate::{
    delivery::ports::{Ledger, LedgerError},
    domain::delivery::{DeliveryEvent, DeliveryId},
};
use chrono::{DateTime, Utc};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Names one run of one sending process, and with it its journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub [u8; 16]);

/// A commit (T4) that was granted: its final dot may have left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Where it stands in its journal.
    pub offset: u64,
    /// When it was granted.
    pub at: DateTime<Utc>,
    /// `Date` header of the message, seconds since 1970.
    pub date: i64,
    /// Fingerprint of the message, as [`crate::delivery::ports::Commit`] carries it.
    pub sha256: String,
    /// Its Message-ID; empty when a journal kept in short no longer has it.
    pub message_id: String,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Where it stands in its journal.
    pub offset: u64,
    /// When it was handed in.
    pub at: DateTime<Utc>,
    /// What happened.
    pub event: DeliveryEvent,
    /// The server's words or the cause.
    pub detail: Option<String>,
    /// Queue id at the relay.
    pub remote_id: Option<String>,
    /// Not before this moment again.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

/// What a journal knows about one claim of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Whose.
    pub delivery: DeliveryId,
    /// The fence of the claim.
    pub fence: i64,
    /// The attempt of the claim, counted from 1.
    pub attempt: u32,
    /// Its commit, when this fact tells of it.
    pub intent: Option<Intent>,
    /// Its verdict, when there is one yet.
    pub verdict: Option<Verdict>,
}

/// Whether the one who wrote a journal may still write to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It may: a commit without a verdict stays a commit.
    Lives,
    /// It is gone: a commit without a verdict is in doubt.
    IsGone,
}

/// What taking facts over came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Deliveries that are known to be sent because of it.
    pub sent: u64,
    /// Deliveries that are in doubt because of it.
    pub in_doubt: u64,
    /// Deliveries that changed in another way.
    pub other: u64,
    /// Facts about deliveries that the store does not know: kept until their issue is sealed again.
    pub unknown: u64,
}

impl std::ops::AddAssign for Applied {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.in_doubt += other.in_doubt;
        self.other += other.other;
        self.unknown += other.unknown;
    }
}

/// Says whether a store holds its write lock at this moment: while it does, nobody else can change it.
#[derive(Debug, Default)]
pub struct WriteWatch(AtomicU64);

impl WriteWatch {
    /// The lock was taken, and the store stood at this stamp.
    pub fn locked(&self, stamp: u64) {
        self.0.store(stamp.saturating_add(1), Ordering::SeqCst);
    }

    /// The lock is about to be given back.
    pub fn unlocked(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// Returns the stamp of the store when it is locked.
    pub fn stamp(&self) -> Option<u64> {
        self.0.load(Ordering::SeqCst).checked_sub(1)
    }
}

/// A ledger whose store can take over facts that were made durable in a journal first.
///
/// The store remembers for every run how far its journal was taken over. It does so in the same transaction, so
/// every part of a fact has its effect once, however often it is told and by whom.
pub trait Base: Ledger {
    /// Returns a number that changes whenever anybody but this handle has changed the store.
    ///
    /// # Errors
    /// When the store can't be read.
    fn stamp(&mut self) -> Result<u64, LedgerError>;

    /// Has the store say on `watch` when it holds its write lock. One that never does so is asked each time.
    fn watched_by(&mut self, _watch: Arc<WriteWatch>) {}

    /// Enters a run that is about to keep a journal. Durable before the journal is made: a journal of
    /// which the store knows nothing proves that the store was put back to an earlier state.
    ///
    /// # Errors
    /// When the store can't be written.
    fn enter_run(&mut self, run: RunId, now: DateTime<Utc>) -> Result<(), LedgerError>;

    /// Returns how far the journal of each run was taken over.
    ///
    /// # Errors
    /// When the store can't be read.
    fn taken_over(&mut self) -> Result<BTreeMap<RunId, u64>, LedgerError>;

    /// Takes facts of a run over, in order and in one transaction, and notes that all before `upto` are taken over.
    /// Parts of facts that were taken over before have no effect.
    ///
    /// While the owner lives, its journal keeps the facts safe: this call need not survive a power cut by itself, only
    /// together with a later call of the same handle. When the owner is gone, it does.
    ///
    /// A fact wins over what the store guessed meanwhile: mail that left is sent, whoever suppressed, released or
    /// cancelled its delivery since.
    ///
    /// # Errors
    /// When the store can't be written.
    fn take_over(
        &mut self,
        run: RunId,
        facts: &[Fact],
        upto: u64,
        owner: Owner,
    ) -> Result<Applied, LedgerError>;

    /// Returns the mark of the place that may send from this store, `None` when none has sent yet.
    ///
    /// # Errors
    /// When the store can't be read.
    fn writer(&mut self) -> Result<Option<String>, LedgerError>;

    /// Sets the mark of the place that may send from this store.
    ///
    /// # Errors
    /// When the store can't be written.
    fn set_writer(&mut self, mark: &str) -> Result<(), LedgerError>;

    /// Puts every open delivery of what was sealed or changed since a moment in doubt: its mail may have left
    /// without this store knowing. Returns how many.
    ///
    /// # Errors
    /// When the store can't be written.
    fn quarantine(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, LedgerError>;
}
