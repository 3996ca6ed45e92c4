//! What `masthead.yaml` settles, checked and complete.

mod profile;
mod relay;

pub use profile::{RelayLimits, RelayProfile};
pub use relay::{OauthSettings, Protection, Rate, RelaySettings, SecretSource};

use crate::domain::doubt::DoubtSettings;
use std::time::Duration;

/// Who signs the messages (DKIM, RFC 6376).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningSettings {
    /// The domain that answers for them, in its ASCII form.
    pub domain: String,
    /// Names the key below the domain.
    pub selector: String,
    /// Where the private key is, in PEM form.
    pub key: SecretSource,
}

/// How pictures reach the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImagePolicy {
    /// As https links below `public_url`.
    Link,
    /// Inside the message.
    Embed,
}

/// The workspace as `masthead.yaml` settles it.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkspaceSettings {
    /// The relay, when one is configured.
    pub relay: Option<RelaySettings>,
    /// The ledger: the path of an SQLite file, relative to the workspace, or `postgres://user@host/database`.
    pub ledger: String,
    /// Where the password of the ledger comes from, when it has one of its own.
    pub ledger_password: Option<SecretSource>,
    /// Public address without a slash at the end: unsubscribe, archive, images.
    pub public_url: Option<String>,
    /// Where bounces go (envelope sender) and below which domain unsubscribe mail is received.
    pub bounce_address: Option<crate::domain::address::EmailAddress>,
    /// How pictures reach the reader.
    pub images: ImagePolicy,
    /// Columns of a subscriber list that mean a known field: `Vorname` → `name`.
    pub columns: std::collections::BTreeMap<String, String>,
    /// Who signs the messages, when anybody does.
    pub signing: Option<SigningSettings>,
    /// What the rules of `check` reckon with.
    pub checks: CheckSettings,
    /// What holds for every sending.
    pub sending: SendingSettings,
}

/// What holds for every sending, whatever the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendingSettings {
    /// How long after its planned start an issue may still begin and go on. Later it is stale.
    pub not_after: Duration,
    /// What becomes of deliveries in doubt when nobody says anything.
    pub doubt: DoubtSettings,
}

impl Default for SendingSettings {
    fn default() -> Self {
        Self { not_after: Duration::from_hours(6), doubt: DoubtSettings::default() }
    }
}

/// Short names of the mail clients whose share can be set; `clients::support` says which programs each means, and
/// how many readers usually have it.
pub const MAIL_CLIENTS: [&str; 8] =
    ["apple", "gmail", "gmail-other", "outlook", "outlook-windows", "yahoo", "samsung", "others"];

/// What the rules of `check` reckon with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckSettings {
    /// Readers in a hundred that use a mail client, by its short name. Clients that are not named divide the rest
    /// as usual.
    pub clients: std::collections::BTreeMap<String, f64>,
}
