//! Addresses that must not be mailed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A keyed hash of a canonical address (hex): recognises a mailbox without naming it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressKey(pub String);

/// Why an address is suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// The reader left.
    Unsubscribed,
    /// The reader called it spam.
    Complaint,
    /// The mailbox does not exist.
    Hard,
    /// The mailbox did not take mail for too long.
    Soft,
    /// The reader asked to be forgotten; the address itself is gone.
    Erased,
    /// Put there by hand.
    Manual,
}

impl SuppressionReason {
    /// All reasons, in the order of this page.
    pub const ALL: [Self; 6] =
        [Self::Unsubscribed, Self::Complaint, Self::Hard, Self::Soft, Self::Erased, Self::Manual];

    /// Returns the word used in files, tables and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::Complaint => "complaint",
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Erased => "erased",
            Self::Manual => "manual",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// One entry of the suppression list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Whose.
    pub key: AddressKey,
    /// A newsletter's slug, or `*` for all of them.
    pub scope: String,
    /// Why.
    pub reason: SuppressionReason,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The address itself, where it may be kept.
    pub address: Option<String>,
    /// Where we know it from, e.g. `subscribers.csv:17` or `command line`.
    pub evidence: Option<String>,
}
