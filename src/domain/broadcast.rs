//! One sealed sending of one issue to one frozen list.

use crate::domain::{
    delivery::DeliveryState,
    digest::Digest,
    issue::{IssueId, Waiver},
    language::Language,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names a broadcast within its ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BroadcastId(pub i64);

/// One variant as sealed: what is needed to make the very bytes again, whatever the files say by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedVariant {
    /// Short name, e.g. `fr` or `fr+cooperation`.
    pub label: String,
    /// The language of the variant.
    pub language: Language,
    /// The rendered digest.
    pub digest: Digest,
}

/// All that a broadcast freezes beside its recipients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedContent {
    /// Which issue.
    pub issue: IssueId,
    /// 0 for the first sending; a deliberate re-send of corrected content is the next edition.
    pub edition: u32,
    /// The variants, in a fixed order; a delivery names its own by index.
    pub variants: Vec<SealedVariant>,
    /// The public address at the time of sealing (unsubscribe, archive).
    pub public_url: Option<String>,
    /// Where unsubscribe mails go: `unsubscribe@host`, the token is put before the `@`.
    pub unsubscribe_domain: String,
    /// Envelope sender: bounces come here.
    pub envelope_from: crate::domain::address::EmailAddress,
    /// Rules that objected and were let pass. Left out of the octets when there are none, so that older seals keep
    /// their hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// Who had approved exactly this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
    /// When it may be sent, where anybody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// SHA-256 over everything above, hex.
    pub sha256: String,
}

/// When a broadcast may be sent; at any time when it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its planned start.
    pub not_before: Option<DateTime<Utc>>,
    /// From here on it is stale, and nothing of it leaves any more.
    pub not_after: Option<DateTime<Utc>>,
    /// The zone that people think of it in.
    pub zone: String,
}

impl Schedule {
    /// Returns whether there is a start or an end.
    pub fn says_anything(&self) -> bool {
        self.not_before.is_some() || self.not_after.is_some()
    }
}

/// Where a broadcast stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BroadcastState {
    /// Sealed; deliveries may be claimed.
    Sending,
    /// Every delivery is settled or in doubt.
    Done,
    /// Given up by a person.
    Cancelled,
}

/// A broadcast as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast {
    /// Its name in the ledger.
    pub id: BroadcastId,
    /// What was frozen.
    pub content: SealedContent,
    /// Hash over content and recipients, hex: what was sealed.
    pub seal: String,
    /// Where it stands.
    pub state: BroadcastState,
    /// When it was sealed.
    pub sealed_at: DateTime<Utc>,
}

/// A broadcast in short: what a list of issues says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroadcastSummary {
    /// Which issue.
    pub issue: IssueId,
    /// Its edition; the highest of an issue is the one that counts.
    pub edition: u32,
    /// Where it stands.
    pub state: BroadcastState,
    /// When it was sealed.
    pub sealed_at: DateTime<Utc>,
    /// How many deliveries stand where.
    pub tally: Tally,
}

/// Why a subscriber gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// On the suppression list, or marked unsubscribed in the list itself.
    Suppressed,
    /// The same mailbox stands further up.
    Duplicate,
    /// The row can't be used (bad address, …).
    Malformed,
    /// None of the issue's items has one of the reader's topics.
    NoItems,
}

impl SkipReason {
    /// Returns the words shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::Duplicate => "duplicate",
            Self::Malformed => "malformed",
            Self::NoItems => "no items of their topics",
        }
    }
}

/// How many deliveries stand where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Deliveries by state.
    pub by_state: BTreeMap<DeliveryState, u64>,
}

impl Tally {
    /// Returns the number of deliveries in a state.
    pub fn of(&self, state: DeliveryState) -> u64 {
        self.by_state.get(&state).copied().unwrap_or_default()
    }

    /// Returns the number of all deliveries: the states add up to it, always.
    pub fn total(&self) -> u64 {
        self.by_state.values().sum()
    }

    /// Returns the number of deliveries that a run could still do something about.
    pub fn open(&self) -> u64 {
        [DeliveryState::Queued, DeliveryState::Leased, DeliveryState::Committing, DeliveryState::Deferred]
            .into_iter()
            .map(|state| self.of(state))
            .sum()
    }
}
