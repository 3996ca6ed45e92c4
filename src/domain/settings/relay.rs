//! The relay as configured: where it is, who we are to it, what it takes.

use crate::domain::settings::profile::RelayProfile;
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
    /// What a command prints, such as `pass show relay`.
    Command(String),
}

/// How an OAuth access token is had (RFC 6749).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OauthSettings {
    /// Something else makes access tokens; it is asked for one.
    Token(SecretSource),
    /// We ask the provider for one ourselves: with a refresh token in somebody's name, or in the application's own right.
    Exchange {
        /// Names the registered application.
        client_id: String,
        /// The application's secret, when it has one.
        client_secret: Option<SecretSource>,
        /// What we may change for access tokens; without it the application asks in its own right (RFC 6749, 4.4).
        refresh_token: Option<SecretSource>,
        /// Where.
        token_url: String,
        /// What the token is to be good for, when the provider wants it said.
        scope: Option<String>,
    },
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
    /// How to log in with an access token instead of a password.
    pub oauth: Option<OauthSettings>,
    /// What kind of relay this is: where defaults, hints and rewritten fields come from.
    pub profile: RelayProfile,
    /// Connections at once.
    pub connections: usize,
    /// Ceiling over all connections, when there is one.
    pub rate: Option<Rate>,
    /// Recipients that the relay takes in a day, when it is known.
    pub recipients_per_day: Option<u32>,
    /// Octets that a message may have, when it is known.
    pub message_octets_max: Option<u64>,
    /// The name we give in EHLO; this machine's when absent.
    pub hello_name: Option<String>,
    /// Messages after which a connection is closed and opened anew.
    pub messages_per_connection: u32,
    /// Header fields that the relay replaces, in lower case: a signature must not name them.
    pub rewrites: Vec<String>,
}

impl RelaySettings {
    /// Returns a relay without login, with the defaults of the profile that its host name suggests.
    pub fn new(host: impl Into<String>, port: u16, protection: Protection) -> Self {
        let host = host.into();
        let profile = RelayProfile::guess(&host);
        Self::of_profile(host, port, protection, profile)
    }

    /// Returns a relay without login, with the defaults of a profile.
    pub fn of_profile(host: String, port: u16, protection: Protection, profile: RelayProfile) -> Self {
        let limits = profile.limits();
        Self {
            host,
            port,
            protection,
            allow_plaintext: false,
            accept_invalid_certificates: false,
            user: None,
            password: None,
            oauth: None,
            profile,
            connections: limits.connections,
            rate: limits.rate,
            recipients_per_day: limits.recipients_per_day,
            message_octets_max: limits.message_octets_max,
            hello_name: None,
            messages_per_connection: limits.messages_per_connection,
            rewrites: profile.rewrites().iter().map(|field| (*field).to_owned()).collect(),
        }
    }
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
