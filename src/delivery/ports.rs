//! The seams: what a ledger and a way out must be able to do.

mod standing;
mod way_out;
mod witness;

pub use standing::{Gone, Pause, Spending, Standing};
mod doubt;

pub use doubt::{Confirmed, Doubt, DoubtStore, HistoryEntry, Named};
pub use way_out::{Envelope, Following, Session, Transport};
pub use witness::{Applied, Base, Fact, Intent, Owner, RunId, Verdict, WriteWatch};

use crate::domain::{
    broadcast::{Broadcast, BroadcastId, SealedContent, SkipReason, Tally},
    delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState},
    issue::IssueId,
    subscriber::Subscriber,
    suppression::{Suppression, SuppressionReason},
};
use chrono::{DateTime, Utc};
use std::{pin::Pin, time::Duration};

/// The ledger could not do its work; nothing of the call took effect unless the call says otherwise.
#[derive(Debug, thiserror::Error)]
#[error("the ledger could not {doing}")]
pub struct LedgerError {
    /// What it was asked, as a verb phrase: `claim deliveries`.
    pub doing: &'static str,
    /// Why it could not.
    #[source]
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}

/// A commit needs a lease that lasts at least this much longer: time enough to write the final dot
/// before anybody may take the delivery for lost.
pub const COMMIT_MARGIN: Duration = Duration::from_secs(15);

/// A recipient on the way into a broadcast: decided by the plan, not yet known to the ledger.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Who.
    pub subscriber: Subscriber,
    /// Index of the variant this reader gets.
    pub variant: usize,
}

/// What became of one candidate when it was staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staged {
    /// It will be a delivery.
    Added,
    /// It won't, and why (suppressed or duplicate).
    Skipped(SkipReason),
}

/// The secrets of a ledger, made when it was made. They sign tokens and make Message-IDs and address keys.
#[derive(Clone)]
pub struct LedgerKeys {
    /// Names the ledger in tokens; 16 random octets.
    pub ledger_id: [u8; 16],
    /// Key of every HMAC, separated by purpose.
    pub secret: [u8; 32],
}

/// One request to make the intent durable, just before the final dot (T4).
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose.
    pub delivery: DeliveryId,
    /// The fence of the claim.
    pub fence: i64,
    /// `Date` header of the message, seconds since 1970.
    pub date: i64,
    /// The message's fingerprint, hex: a SHA-256 over its parts (`Filled::fingerprint`).
    pub sha256: String,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
}

/// One verdict to be made durable (T3, T5–T8, T11).
#[derive(Clone, Debug)]
pub struct Record {
    /// Whose.
    pub delivery: DeliveryId,
    /// The fence of the claim.
    pub fence: i64,
    /// What happens to it; looked up in the table of transitions.
    pub event: DeliveryEvent,
    /// The server's words or the cause, at most 1 kB.
    pub detail: Option<String>,
    /// Queue id at the relay.
    pub remote_id: Option<String>,
    /// Not before this moment again (for `Defer` and `Release`).
    pub next_attempt_at: Option<DateTime<Utc>>,
}

/// What `recover` found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Claims that had run out before their commit and went back to the queue.
    pub released: u64,
    /// Deliveries whose owner vanished after the commit: now in doubt.
    pub in_doubt: u64,
}

impl std::ops::AddAssign for Recovered {
    fn add_assign(&mut self, other: Self) {
        self.released += other.released;
        self.in_doubt += other.in_doubt;
    }
}

/// What verdicts and intents came to, some time: for each whether it had its effect.
pub type Along<'a> = Pin<Box<dyn Future<Output = Result<(Vec<bool>, Vec<bool>), LedgerError>> + Send + 'a>>;

/// The durable record of every delivery.
///
/// Every call is one durable transaction: when it returns, its effect survives a power cut; when
/// it fails, it had none. Calls with an outdated fence change nothing and say so.
pub trait Ledger: Standing + Send {
    /// Returns the secrets of this ledger.
    ///
    /// # Errors
    /// When the store can't be read.
    fn keys(&mut self) -> Result<LedgerKeys, LedgerError>;

    /// Begins a staging area for the recipients of an issue, empty whatever was left in it before.
    ///
    /// # Errors
    /// When the store can't be written.
    fn begin_staging(&mut self, newsletter: &str) -> Result<(), LedgerError>;

    /// Stages candidates in order and says of each what became of it. Suppressed addresses
    /// (of this newsletter or of all) and mailboxes already staged are skipped.
    /// Nothing is sent because of it; a crash forgets the staging area.
    ///
    /// # Errors
    /// When the store can't be written.
    fn stage(&mut self, candidates: Vec<Candidate>) -> Result<Vec<Staged>, LedgerError>;

    /// Freezes content and staged recipients under one hash, in one transaction (T0).
    ///
    /// Idempotent: when this issue and edition is already sealed with the same seal, returns the broadcast
    /// that is there. `seal` is the hash over content and staged recipients.
    ///
    /// # Errors
    /// When the store can't be written, or the issue and edition is sealed with another hash.
    fn seal(
        &mut self,
        content: &SealedContent,
        seal: &str,
        now: DateTime<Utc>,
    ) -> Result<Broadcast, LedgerError>;

    /// Returns the newest broadcast of an issue, `None` when it was never sealed.
    ///
    /// # Errors
    /// When the store can't be read.
    fn broadcast(&mut self, issue: &IssueId) -> Result<Option<Broadcast>, LedgerError>;

    /// Returns all broadcasts, newest first.
    ///
    /// # Errors
    /// When the store can't be read.
    fn broadcasts(&mut self) -> Result<Vec<Broadcast>, LedgerError>;

    /// Claims up to `limit` deliveries that are due, for `lease` from `now` (T1). Due are queued and deferred
    /// ones whose next attempt has come. Deliveries of addresses suppressed meanwhile become `suppressed` instead, and
    /// those of a provider that rests ([`Standing::pause`]) are put off to the end of its pause. A claim that had to
    /// put off very many may come back empty although more is due.
    ///
    /// # Errors
    /// When the store can't be written.
    fn claim(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        limit: usize,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Vec<Claim>, LedgerError>;

    /// Prolongs the leases of `worker` on this broadcast until `until` (T2); returns how many it still has.
    ///
    /// # Errors
    /// When the store can't be written.
    fn heartbeat(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        until: DateTime<Utc>,
    ) -> Result<u64, LedgerError>;

    /// Makes intents durable, all in one transaction (T4): for each, whether the final dot may leave.
    /// It may not when the claim is outdated, its lease ends within the margin, the address was suppressed
    /// meanwhile, or the broadcast was cancelled: the caller then drops the connection.
    ///
    /// # Errors
    /// When the store can't be written: then no final dot may leave.
    fn commit(&mut self, commits: &[Commit], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError>;

    /// Makes verdicts durable, all in one transaction; for each, whether it was lawful and its fence current.
    ///
    /// # Errors
    /// When the store can't be written.
    fn record(&mut self, records: &[Record], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError>;

    /// Makes verdicts durable, then intents, all in one transaction, as [`Ledger::record`] and [`Ledger::commit`]
    /// do: no intent has its effect without the verdicts that were handed in with it. One flush of the disk pays for
    /// both.
    ///
    /// # Errors
    /// When the store can't be written: then nothing of it has an effect, and no final dot may leave.
    fn record_and_commit(
        &mut self,
        records: &[Record],
        commits: &[Commit],
        now: DateTime<Utc>,
    ) -> Result<(Vec<bool>, Vec<bool>), LedgerError>;

    /// Sorts out what a dead worker left: outdated claims go back to the queue, outdated commits are in doubt
    /// (T3, T8). With `worker`, that worker's claims count as outdated whatever their lease says.
    ///
    /// # Errors
    /// When the store can't be written.
    fn recover(
        &mut self,
        broadcast: BroadcastId,
        worker: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Recovered, LedgerError>;

    /// Returns how many deliveries stand where.
    ///
    /// # Errors
    /// When the store can't be read.
    fn tally(&mut self, broadcast: BroadcastId) -> Result<Tally, LedgerError>;

    /// Returns when the next queued or deferred delivery is due, `None` when there is none.
    ///
    /// # Errors
    /// When the store can't be read.
    fn next_due(&mut self, broadcast: BroadcastId) -> Result<Option<DateTime<Utc>>, LedgerError>;

    /// Returns up to `limit` deliveries in a state, in a fixed order.
    ///
    /// # Errors
    /// When the store can't be read.
    fn deliveries(
        &mut self,
        broadcast: BroadcastId,
        state: DeliveryState,
        limit: usize,
    ) -> Result<Vec<DeliveryReport>, LedgerError>;

    /// Settles deliveries by decision or evidence (T9, T10, cancel); returns how many changed.
    ///
    /// # Errors
    /// When the store can't be written.
    fn resolve(
        &mut self,
        broadcast: BroadcastId,
        from: DeliveryState,
        only: Option<&[DeliveryId]>,
        event: DeliveryEvent,
        note: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError>;

    /// Spends `count` messages of a budget, a relay's or a provider's, and returns when they may leave: rates hold
    /// across connections, processes and restarts. `interval` is the time between two messages.
    ///
    /// # Errors
    /// When the store can't be written.
    fn reserve(
        &mut self,
        key: &str,
        count: u32,
        interval: Duration,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError>;

    /// Does a piece of what was put off, if anything was; returns whether something is still put off. Whoever drives a
    /// ledger calls it after every round of requests, and again and again while it `is_quiet` and nobody asks anything.
    ///
    /// # Errors
    /// When the store can't be written; what was put off is still there.
    fn catch_up(&mut self, is_quiet: bool) -> Result<bool, LedgerError> {
        let _ = is_quiet;
        Ok(false)
    }

    /// Returns whether whoever drives the ledger goes on with other things while it works elsewhere. Then
    /// [`Ledger::record_and_commit_along`] is awaited, and every other call comes from a thread that may wait, for the
    /// runtime of whoever drives it also hears the answers.
    fn goes_along(&self) -> bool {
        false
    }

    /// As [`Ledger::record_and_commit`], for whoever goes on meanwhile.
    fn record_and_commit_along<'a>(
        &'a mut self,
        records: &'a [Record],
        commits: &'a [Commit],
        now: DateTime<Utc>,
    ) -> Along<'a> {
        Box::pin(std::future::ready(self.record_and_commit(records, commits, now)))
    }
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ImportTally {
    /// New subscribers.
    pub added: u64,
    /// Known ones whose data changed.
    pub changed: u64,
    /// Known ones with nothing new.
    pub unchanged: u64,
    /// Rows of a mailbox that stood further up in the same import.
    pub duplicates: u64,
    /// Suppressed ones: kept, and kept silent.
    pub suppressed: u64,
}

/// The list, and who must not be mailed. Kept beside the deliveries, in the same store.
pub trait SubscriberStore: Send {
    /// Begins an import; nothing of it shows before [`SubscriberStore::finish_import`].
    ///
    /// # Errors
    /// When the store can't be written.
    fn begin_import(&mut self) -> Result<(), LedgerError>;

    /// Adds rows to the import. Rows marked unsubscribed also suppress their address; no row ever
    /// lifts a suppression. `place` says where the rows come from, as evidence.
    ///
    /// # Errors
    /// When the store can't be written; the import is then rolled back.
    fn import(&mut self, rows: &[Subscriber], place: &str, now: DateTime<Utc>) -> Result<(), LedgerError>;

    /// Makes the import durable, or rolls it back when `keep` is false; either way says what it did or would do.
    ///
    /// # Errors
    /// When the store can't be written.
    fn finish_import(&mut self, keep: bool) -> Result<ImportTally, LedgerError>;

    /// Calls `each` for every subscriber in the order of their addresses, active or not, until it says stop.
    ///
    /// # Errors
    /// When the store can't be read.
    fn for_each_subscriber(&mut self, each: &mut dyn FnMut(Subscriber) -> bool) -> Result<(), LedgerError>;

    /// Removes a subscriber; returns whether there was one. Suppressions stay.
    ///
    /// # Errors
    /// When the store can't be written.
    fn remove_subscriber(
        &mut self,
        address: &crate::domain::address::EmailAddress,
    ) -> Result<bool, LedgerError>;

    /// Suppresses an address for a newsletter, or for all with `*`; deliveries not yet committed become
    /// `suppressed` in the same transaction (T12). Returns whether it is new.
    ///
    /// # Errors
    /// When the store can't be written.
    fn suppress(
        &mut self,
        address: &crate::domain::address::EmailAddress,
        scope: &str,
        reason: SuppressionReason,
        evidence: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError>;

    /// Lifts a suppression by an explicit act of a person; returns whether there was one.
    ///
    /// # Errors
    /// When the store can't be written.
    fn lift_suppression(
        &mut self,
        address: &crate::domain::address::EmailAddress,
        scope: &str,
    ) -> Result<bool, LedgerError>;

    /// Returns all suppressions, newest first.
    ///
    /// # Errors
    /// When the store can't be read.
    fn suppressions(&mut self) -> Result<Vec<Suppression>, LedgerError>;
}
