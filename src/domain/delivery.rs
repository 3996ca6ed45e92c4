//! The states of a delivery and the lawful ways between them.
//!
//! Nobody assigns a state by hand: every change goes through [`DeliveryState::after`], which
//! looks it up in [`TRANSITIONS`]. `docs/architecture.md` draws the same table and a test
//! compares the two.

use crate::domain::{address::EmailAddress, subscriber::Subscriber};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its turn.
    Queued,
    /// Claimed by one worker until its lease runs out.
    Leased,
    /// The intent is durable; the final dot may or may not have left.
    Committing,
    /// The server took it.
    Sent,
    /// Refused for now; will be tried again.
    Deferred,
    /// The line broke after the final dot: outcome unknown.
    InDoubt,
    /// Refused for good, the address not to blame.
    Failed,
    /// Refused for good because of the address.
    Bounced,
    /// The address was suppressed before the mail left.
    Suppressed,
    /// Time ran out.
    Expired,
    /// Given up by a person.
    Cancelled,
}

/// What happens to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryEvent {
    /// A worker takes it (T1).
    Claim,
    /// The worker gives it back before the body, or the lease ran out (T3).
    Release,
    /// The intent is made durable (T4).
    Commit,
    /// 2yz after the final dot (T5), or evidence of it later (T9).
    Accept,
    /// A definite no for now (T6, T11), or no octet of the final dot was written (T7).
    Defer,
    /// A definite no for good, not the address's fault (T6, T11).
    Fail,
    /// A definite no for good because of the address (T6, T11, T14).
    Bounce,
    /// The line broke after the final dot, or the owner vanished while committing (T8).
    Lose,
    /// A person or policy decides to send it once more (T10).
    Resend,
    /// Unsubscribe, complaint, erasure (T12).
    Suppress,
    /// Time ran out (T13).
    Expire,
    /// A person gives it up.
    Cancel,
}

use DeliveryEvent as E;
use DeliveryState as S;

/// Every lawful transition: from, event, to. What is not here can't happen.
pub const TRANSITIONS: &[(DeliveryState, DeliveryEvent, DeliveryState)] = &[
    (S::Queued, E::Claim, S::Leased),
    (S::Deferred, E::Claim, S::Leased),
    (S::Leased, E::Release, S::Queued),
    (S::Leased, E::Commit, S::Committing),
    (S::Leased, E::Defer, S::Deferred),
    (S::Leased, E::Fail, S::Failed),
    (S::Leased, E::Bounce, S::Bounced),
    (S::Committing, E::Accept, S::Sent),
    (S::Committing, E::Defer, S::Deferred),
    (S::Committing, E::Fail, S::Failed),
    (S::Committing, E::Bounce, S::Bounced),
    (S::Committing, E::Lose, S::InDoubt),
    (S::InDoubt, E::Accept, S::Sent),
    (S::InDoubt, E::Resend, S::Queued),
    (S::InDoubt, E::Fail, S::Failed),
    (S::Queued, E::Suppress, S::Suppressed),
    (S::Leased, E::Suppress, S::Suppressed),
    (S::Deferred, E::Suppress, S::Suppressed),
    (S::Queued, E::Expire, S::Expired),
    (S::Deferred, E::Expire, S::Expired),
    (S::Queued, E::Cancel, S::Cancelled),
    (S::Deferred, E::Cancel, S::Cancelled),
    (S::Sent, E::Bounce, S::Bounced),
];

impl DeliveryState {
    /// All states, in the order of this page.
    pub const ALL: [Self; 11] = [
        Self::Queued,
        Self::Leased,
        Self::Committing,
        Self::Sent,
        Self::Deferred,
        Self::InDoubt,
        Self::Failed,
        Self::Bounced,
        Self::Suppressed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// Returns the state after `event`, or `None` when that can't happen here.
    pub fn after(self, event: DeliveryEvent) -> Option<Self> {
        TRANSITIONS.iter().find(|(from, on, _)| *from == self && *on == event).map(|(_, _, to)| *to)
    }

    /// Returns whether nothing more will be tried by itself.
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Sent | Self::Failed | Self::Bounced | Self::Suppressed | Self::Expired | Self::Cancelled
        )
    }

    /// Returns the word used in files, tables and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Committing => "committing",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::InDoubt => "in_doubt",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
            Self::Suppressed => "suppressed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Names a delivery within its ledger; random-looking, so that it tells nobody how long the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(pub i64);

/// The right of one worker to one delivery. A call with an outdated fence changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// Rises with every claim; makes a late worker harmless.
    pub fence: i64,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    /// Which variant of the issue this reader gets: index into the sealed variants.
    pub variant: usize,
    /// Who it goes to, as sealed.
    pub subscriber: Subscriber,
    /// The `Date` and hash of an earlier message that must be repeated octet by octet (a resend after doubt).
    pub repeat: Option<Repeat>,
}

/// What a byte-identical resend must reproduce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// `Date` header, seconds since 1970.
    pub date: i64,
    /// SHA-256 of the message, hex.
    pub sha256: String,
}

/// A delivery as `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// Which delivery.
    pub id: DeliveryId,
    /// Who it goes to.
    pub address: EmailAddress,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// The server's last words, or why it is in doubt.
    pub detail: Option<String>,
    /// Its Message-ID, to look for in the relay's log.
    pub message_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_deliveries_never_go_back_to_the_queue() {
        for state in DeliveryState::ALL.into_iter().filter(|state| state.is_settled()) {
            for (from, _, to) in TRANSITIONS {
                assert!(*from != state || to.is_settled(), "{from} → {to}");
            }
        }
    }

    #[test]
    fn the_final_dot_only_follows_a_commit() {
        let into_sent: Vec<_> =
            TRANSITIONS.iter().filter(|(_, _, to)| *to == S::Sent).map(|(from, ..)| *from).collect();
        assert_eq!(into_sent, [S::Committing, S::InDoubt]);
    }

    #[test]
    fn every_state_has_a_word_that_reads_back() {
        for state in DeliveryState::ALL {
            assert_eq!(DeliveryState::parse(state.as_str()), Some(state));
        }
    }
}
