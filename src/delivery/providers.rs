//! The large mailbox providers: who stands behind an address or a mail exchanger, and how each wants to be treated.
//!
//! Towards a relay all mail goes one way, so a provider is known by the recipient's domain. Whoever talks to mail
//! exchangers directly knows better: the suffix of the exchanger's name says who reads mail for a domain.

mod table;

pub use table::Manners;

use crate::domain::address::EmailAddress;
use std::{borrow::Cow, fmt};

/// Pauses and budgets of providers are kept under keys that begin so.
const KEY_PREFIX: &str = "provider:";

/// Who reads the mail of a mailbox: a large provider by its short name, anybody else by their domain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId(Cow<'static, str>);

impl ProviderId {
    /// Returns the provider of a mailbox, as far as its domain tells.
    pub fn of(address: &EmailAddress) -> Self {
        Self::of_domain(address.domain())
    }

    /// Returns the provider of a domain, as far as its name tells.
    pub fn of_domain(domain: &str) -> Self {
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        table::of_domain(&domain).map_or(Self(Cow::Owned(domain)), |name| Self(name.into()))
    }

    /// Returns the provider behind a mail exchanger, `None` when the name says nothing.
    pub fn of_exchanger(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        table::of_exchanger(&host).map(|name| Self(name.into()))
    }

    /// Returns the short name: `google`, `example.org`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what pauses and budgets of it are kept under.
    pub fn key(&self) -> String {
        format!("{KEY_PREFIX}{}", self.0)
    }

    /// Returns the provider that a key belongs to, `None` when it belongs to something else.
    pub fn from_key(key: &str) -> Option<Self> {
        key.strip_prefix(KEY_PREFIX).map(|name| Self(Cow::Owned(name.to_owned())))
    }

    /// Returns whether it is one of the large ones.
    pub fn is_known(&self) -> bool {
        table::is_known(&self.0)
    }

    /// Returns itself when it is one of the large ones, else the one name under which all others are counted.
    #[must_use]
    pub fn group(&self) -> Self {
        if self.is_known() { self.clone() } else { Self(Cow::Borrowed(table::OTHER)) }
    }

    /// Returns how it wants to be treated.
    pub fn manners(&self) -> Manners {
        table::manners(&self.0)
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(table::shown(&self.0))
    }
}

#[cfg(test)]
mod tests;
