//! What is known of the relays that many people use: limits, what they rewrite, what their refusals mean.
//!
//! `docs/relays.md` says of each figure whether the provider documents it.

use crate::domain::settings::relay::Rate;
use std::time::Duration;

/// Which kind of relay it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayProfile {
    /// Microsoft 365 (Exchange Online), client submission.
    Microsoft365,
    /// Gmail and Google Workspace.
    Gmail,
    /// Amazon SES over SMTP.
    Ses,
    /// Any other: nothing is taken for granted.
    Generic,
}

/// What a relay takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayLimits {
    /// Connections at once.
    pub connections: usize,
    /// Ceiling over all connections.
    pub rate: Option<Rate>,
    /// Recipients in a day.
    pub recipients_per_day: Option<u32>,
    /// Octets of a message.
    pub message_octets_max: Option<u64>,
    /// Messages after which a connection is closed and opened anew.
    pub messages_per_connection: u32,
}

/// What a refusal means and what to do, by words that stand in it (lower case; all of a row must).
type Hints = &'static [(&'static [&'static str], &'static str)];

const MEGABYTE: u64 = 1_000_000;

const MICROSOFT_HINTS: Hints = &[
    (
        &["basic authentication"],
        "Microsoft 365 takes no passwords here any more: log in with OAuth, step by step in docs/relays.md (`relay: { oauth: … }`)",
    ),
    (
        &["5.7.30"],
        "Microsoft 365 takes no passwords here any more: log in with OAuth, step by step in docs/relays.md (`relay: { oauth: … }`)",
    ),
    (
        &["smtpclientauthentication is disabled"],
        "an administrator has to allow SMTP for this mailbox: Microsoft 365 admin centre, the user, Mail, Manage email \
         apps, Authenticated SMTP",
    ),
    (
        &["5.7.57"],
        "the connection was not logged in: name `user` in the relay's url and a password or `oauth`",
    ),
    (
        &["5.7.3"],
        "the login was not taken: check `user`, and that the token is for https://outlook.office.com",
    ),
    (
        &["sendasdenied"],
        "the mailbox may not send as this newsletter's `from`: give it the right *Send as* in Exchange, or use its own \
         address",
    ),
    (
        &["5.7.60"],
        "the mailbox may not send as this newsletter's `from`: give it the right *Send as* in Exchange, or use its own \
         address",
    ),
    (
        &["concurrent connections"],
        "Microsoft 365 takes three connections of a mailbox at once: set `connections: 2`",
    ),
    (
        &["submissionquotaexceeded"],
        "the mailbox had its 10,000 recipients of the day: the queue is kept, the same command goes on tomorrow",
    ),
];

const GMAIL_HINTS: Hints = &[
    (
        &["application-specific password"],
        "Google takes an app password or OAuth here, not the password of the account: docs/relays.md shows both",
    ),
    (
        &["username and password not accepted"],
        "Google takes an app password or OAuth here, not the password of the account: docs/relays.md shows both",
    ),
    (&["less secure"], "Google takes an app password or OAuth here: docs/relays.md shows both"),
    (
        &["daily user sending"],
        "the account had its messages of the day: the queue is kept, the same command goes on in 24 hours",
    ),
    (
        &["mail relay denied"],
        "smtp-relay.gmail.com knows this machine by its IP address: an administrator adds it in the admin console under \
         Gmail, Routing, SMTP relay service",
    ),
];

const SES_HINTS: Hints = &[
    (
        &["not verified"],
        "SES sends only for addresses and domains that were verified in this region; in the sandbox that holds for \
         recipients too",
    ),
    (
        &["maximum sending rate"],
        "SES takes fewer messages a second from this account: set `rate` to what the SES console names",
    ),
    (
        &["daily message quota"],
        "the account had its messages of the day: the queue is kept, the same command goes on in 24 hours",
    ),
    (
        &["authentication credentials invalid"],
        "SES wants SMTP credentials of this very region, made in the SES console; the keys of an AWS user don't work",
    ),
];

const NO_HINTS: Hints = &[];

impl RelayProfile {
    /// Names as masthead.yaml writes them.
    pub const NAMES: [&str; 4] = ["microsoft365", "gmail", "ses", "generic"];

    /// Returns the profile of a name of [`RelayProfile::NAMES`].
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Microsoft365, Self::Gmail, Self::Ses, Self::Generic]
            .into_iter()
            .find(|profile| profile.as_str() == name)
    }

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Microsoft365 => "microsoft365",
            Self::Gmail => "gmail",
            Self::Ses => "ses",
            Self::Generic => "generic",
        }
    }

    /// Returns its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Microsoft365 => "Microsoft 365",
            Self::Gmail => "Gmail or Google Workspace",
            Self::Ses => "Amazon SES",
            Self::Generic => "any relay",
        }
    }

    /// Returns what a host name suggests.
    pub fn guess(host: &str) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_below = |domain: &str| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if ["smtp.office365.com", "smtp-mail.outlook.com", "smtp.outlook.com", "mail.protection.outlook.com"]
            .into_iter()
            .any(is_below)
        {
            Self::Microsoft365
        } else if ["smtp.gmail.com", "smtp-relay.gmail.com", "smtp.googlemail.com"].into_iter().any(is_below)
        {
            Self::Gmail
        } else if host.starts_with("email-smtp")
            && (is_below("amazonaws.com") || is_below("amazonaws.com.cn"))
        {
            Self::Ses
        } else {
            Self::Generic
        }
    }

    /// Returns what such a relay takes, as far as it is the same for all who use it.
    pub fn limits(self) -> RelayLimits {
        let generic = RelayLimits {
            connections: 4,
            rate: None,
            recipients_per_day: None,
            message_octets_max: None,
            messages_per_connection: 100,
        };
        match self {
            // Three connections are the limit; one is left for people.
            Self::Microsoft365 => RelayLimits {
                connections: 2,
                rate: Some(Rate { messages: 30, per: Duration::from_mins(1) }),
                recipients_per_day: Some(10_000),
                message_octets_max: Some(35 * MEGABYTE),
                ..generic
            },
            Self::Gmail => RelayLimits {
                connections: 2,
                recipients_per_day: Some(2_000),
                message_octets_max: Some(25 * MEGABYTE),
                ..generic
            },
            // Rate and quota differ from account to account.
            Self::Ses => RelayLimits { message_octets_max: Some(40 * MEGABYTE), ..generic },
            Self::Generic => generic,
        }
    }

    /// Returns the header fields that such a relay replaces whatever we write.
    pub fn rewrites(self) -> &'static [&'static str] {
        match self {
            Self::Ses => &["message-id", "date"],
            Self::Microsoft365 | Self::Gmail | Self::Generic => &[],
        }
    }

    /// Returns whether such a relay puts the account's own address into `From` when it does not know the one there.
    pub fn replaces_unknown_senders(self) -> bool {
        self == Self::Gmail
    }

    /// Returns where a refresh token is changed for an access token, when that is known.
    pub fn token_url(self) -> Option<&'static str> {
        match self {
            Self::Microsoft365 => Some("https://login.microsoftonline.com/common/oauth2/v2.0/token"),
            Self::Gmail => Some("https://oauth2.googleapis.com/token"),
            Self::Ses | Self::Generic => None,
        }
    }

    /// Returns what an access token has to be good for, when the provider wants it said: for somebody who gave a
    /// refresh token, or for the application in its own right.
    pub fn token_scope(self, for_somebody: bool) -> Option<&'static str> {
        match self {
            Self::Microsoft365 if for_somebody => Some("https://outlook.office.com/SMTP.Send offline_access"),
            Self::Microsoft365 => Some("https://outlook.office365.com/.default"),
            Self::Gmail | Self::Ses | Self::Generic => None,
        }
    }

    /// Returns what a refusal means at such a relay and what to do, when it is known.
    pub fn hint(self, refusal: &str) -> Option<&'static str> {
        let refusal = refusal.to_lowercase();
        let hints = match self {
            Self::Microsoft365 => MICROSOFT_HINTS,
            Self::Gmail => GMAIL_HINTS,
            Self::Ses => SES_HINTS,
            Self::Generic => NO_HINTS,
        };
        let fits = |words: &[&str]| words.iter().all(|word| refusal.contains(word));
        hints.iter().find(|(words, _)| fits(words)).map(|(_, hint)| *hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_guessed_from_whole_names() {
        for (host, expected) in [
            ("smtp.office365.com", "microsoft365"),
            ("SMTP.Office365.com.", "microsoft365"),
            ("smtp-relay.gmail.com", "gmail"),
            ("email-smtp.eu-west-1.amazonaws.com", "ses"),
            ("email-smtp-fips.us-east-1.amazonaws.com", "ses"),
            ("mail.example.org", "generic"),
            ("notsmtp.gmail.com", "generic"),
            ("smtp.gmail.com.example.org", "generic"),
            ("email-smtp.example.org", "generic"),
            ("127.0.0.1", "generic"),
        ] {
            assert_eq!(RelayProfile::guess(host).as_str(), expected, "{host}");
        }
    }

    #[test]
    fn every_name_is_read_back() {
        for name in RelayProfile::NAMES {
            assert_eq!(RelayProfile::parse(name).map(RelayProfile::as_str), Some(name));
        }
    }

    #[test]
    fn refusals_get_the_hint_of_their_relay() {
        let refusal = "550 5.7.30 Basic authentication is not supported for Client Submission.";
        let hint = RelayProfile::Microsoft365.hint(refusal);
        assert!(hint.is_some_and(|hint| hint.contains("OAuth")));
        assert_eq!(RelayProfile::Gmail.hint("550-5.7.30 DKIM did not pass"), None);
        assert_eq!(RelayProfile::Generic.hint(refusal), None);
    }
}
