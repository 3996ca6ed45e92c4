//! What `masthead.yaml` settles, checked and complete.

use std::time::Duration;

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Nothing. Only to this machine, unless `allow_plaintext` says otherwise.
    Plain,
    /// STARTTLS before anything else (`smtp://`, the default port is 587).
    StartTls,
    /// TLS from the first octet (`smtps://`, the default port is 465; RFC 8314).
    Tls,
}

/// Where a secret comes from; the secret itself never stands in a file under git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file of mode 0600.
    File(String),
}

/// The relay as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelaySettings {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
    /// Plain TCP to other machines is meant, not a slip.
    pub allow_plaintext: bool,
    /// Accept any certificate (only for this machine's own inbox and for tests).
    pub accept_invalid_certificates: bool,
    /// Login name, when the relay wants one.
    pub user: Option<String>,
    /// Where the password comes from.
    pub password: Option<SecretSource>,
    /// Connections at once.
    pub connections: usize,
    /// Ceiling over all connections, when there is one.
    pub rate: Option<Rate>,
    /// The name we give in EHLO; this machine's when absent.
    pub hello_name: Option<String>,
    /// Messages after which a connection is closed and opened anew.
    pub messages_per_connection: u32,
    /// Messages in flight per connection, where the server takes chunks (RFC 3030).
    pub pipeline_depth: usize,
}

/// So many messages in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Messages.
    pub messages: u32,
    /// In this time.
    pub per: Duration,
}

impl Rate {
    /// Reads `10/s`, `600/min`, `1000/h` or `10000/day`; `None` when the text is no rate.
    pub fn parse(text: &str) -> Option<Self> {
        let (messages, unit) = text.trim().split_once('/')?;
        let messages: u32 = messages.trim().parse().ok().filter(|count| *count > 0)?;
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3_600,
            "d" | "day" => 86_400,
            _ => return None,
        };
        Some(Self { messages, per: Duration::from_secs(seconds) })
    }

    /// Returns the mean time between two messages.
    pub fn interval(&self) -> Duration {
        self.per / self.messages
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = match self.per.as_secs() {
            1 => "s",
            60 => "min",
            3_600 => "h",
            _ => "day",
        };
        write!(out, "{}/{unit}", self.messages)
    }
}

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
    /// Path of the SQLite ledger, relative to the workspace.
    pub ledger: String,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_shown() {
        assert_eq!(Rate::parse("10/s").map(|rate| rate.to_string()).as_deref(), Some("10/s"));
        assert_eq!(Rate::parse("600/minute").map(|rate| rate.interval()), Some(Duration::from_millis(100)));
        assert_eq!(Rate::parse("0/s"), None);
        assert_eq!(Rate::parse("fast"), None);
    }
}
