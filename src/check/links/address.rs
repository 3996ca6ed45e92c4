//! Addresses as mail programs read them.

use icu::properties::{CodePointMapData, props::Script};
use std::net::{Ipv4Addr, Ipv6Addr};

/// An address, taken apart; nothing is decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// In lower case.
    pub(super) scheme: String,
    /// What stands before the host, as in `user@`.
    pub(super) user: Option<String>,
    /// In lower case, without a dot at the end; empty when there is none.
    pub(super) host: String,
    /// The port, when one is written.
    pub(super) port: Option<String>,
    /// What follows the scheme's colon.
    pub(super) rest: String,
}

/// Endings of names that only mean something on one's own network.
const LOCAL_ENDINGS: [&str; 6] = ["localhost", "local", "lan", "internal", "test", "invalid"];

impl Address {
    /// Takes an address apart; `None` when it has no scheme.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let (scheme, rest) = url.trim().split_once(':')?;
        if scheme.is_empty() || !scheme.chars().all(is_scheme) {
            return None;
        }
        let authority = rest.strip_prefix("//").unwrap_or_default();
        let authority = authority.split(['/', '?', '#', '\\']).next().unwrap_or(authority);
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, authority),
        };
        let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        Some(Self {
            scheme: scheme.to_ascii_lowercase(),
            user,
            host: host.trim_end_matches('.').to_lowercase(),
            port: port.filter(|port| !port.is_empty()).map(str::to_owned),
            rest: rest.to_owned(),
        })
    }

    /// Returns whether it is a page.
    pub(super) fn is_web(&self) -> bool {
        matches!(self.scheme.as_str(), "http" | "https")
    }

    /// Returns whether only this machine or network knows the host.
    pub(super) fn is_local(&self) -> bool {
        if let Ok(address) = self.host.parse::<Ipv4Addr>() {
            return address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified();
        }
        if let Ok(address) = self.host.parse::<Ipv6Addr>() {
            return address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local();
        }
        let ending = self.host.rsplit('.').next().unwrap_or(&self.host);
        !self.host.contains('.') || LOCAL_ENDINGS.contains(&ending)
    }

    /// Returns whether the host is a number instead of a name: dotted, in brackets, or in one piece.
    pub(super) fn is_number(&self) -> bool {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        self.host.parse::<Ipv4Addr>().is_ok()
            || self.host.parse::<Ipv6Addr>().is_ok()
            || is_digits(&self.host)
            || self.host.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()))
    }
}

/// Returns a host as it is looked up: ASCII, lower case, without `www.`.
pub(super) fn comparable(host: &str) -> String {
    let ascii = idna::domain_to_ascii(host).unwrap_or_else(|_| host.to_lowercase());
    ascii.strip_prefix("www.").map_or(ascii.clone(), str::to_owned)
}

/// Second labels below which a country sells its domains: `co.uk`, `com.au`, `gob.mx`.
const SECOND_LEVELS: [&str; 14] =
    ["ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "int", "mil", "ne", "net", "or", "org"];

/// Returns how many labels of a host somebody bought: `example.org` 2, `example.co.uk` 3. Good enough for advice; it
/// knows no complete list.
fn bought_labels(host: &str) -> usize {
    let mut labels = host.rsplit('.');
    let is_country = labels.next().is_some_and(|label| label.len() == 2);
    let is_second = labels.next().is_some_and(|label| SECOND_LEVELS.contains(&label));
    if is_country && is_second { 3 } else { 2 }
}

/// Returns how many labels stand before the domain that somebody bought.
pub(super) fn sub_labels(host: &str) -> usize {
    host.split('.').count().saturating_sub(bought_labels(host))
}

/// Returns the domain that somebody bought.
pub(super) fn domain(host: &str) -> &str {
    let start = host.rmatch_indices('.').nth(bought_labels(host) - 1).map_or(0, |(at, _)| at + 1);
    &host[start..]
}

/// Returns the label of a host whose letters come from scripts that nobody mixes (UTS #39, 5.2).
pub(super) fn mixed_label(host: &str) -> Option<String> {
    let (host, _) = idna::domain_to_unicode(host);
    host.split('.').find(|label| mixes_scripts(label)).map(str::to_owned)
}

fn mixes_scripts(label: &str) -> bool {
    let of = CodePointMapData::<Script>::new();
    // Japanese and Korean write several scripts in one word, with Latin letters among them.
    let group = |script: Script| match script {
        Script::Common | Script::Inherited => None,
        Script::Hiragana | Script::Katakana | Script::Bopomofo | Script::Hangul => Some(Script::Han),
        script => Some(script),
    };
    let mut seen: Vec<Script> = label.chars().filter_map(|c| group(of.get(c))).collect();
    seen.sort_unstable();
    seen.dedup();
    !matches!(seen.as_slice(), [] | [_] | [Script::Latin, Script::Han] | [Script::Han, Script::Latin])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let address = Address::parse(" HTTPS://me@WWW.Example.org.:8443/a?b#c").unwrap();
        assert_eq!((address.scheme.as_str(), address.host.as_str()), ("https", "www.example.org"));
        assert_eq!((address.user.as_deref(), address.port.as_deref()), (Some("me"), Some("8443")));
        let six = Address::parse("http://[2001:db8::1]:80/").unwrap();
        assert_eq!((six.host.as_str(), six.port.as_deref()), ("2001:db8::1", Some("80")));
        assert!(six.is_number() && !six.is_local());
        assert_eq!(Address::parse("mailto:a@example.org").unwrap().host, "");
        assert_eq!(Address::parse("/a:b"), None);
    }

    #[test]
    fn domains_that_somebody_bought_are_told_from_what_stands_before_them() {
        assert_eq!((domain("a.b.example.org"), sub_labels("a.b.example.org")), ("example.org", 2));
        assert_eq!((domain("www.example.co.uk"), sub_labels("www.example.co.uk")), ("example.co.uk", 1));
        assert_eq!((domain("localhost"), sub_labels("localhost")), ("localhost", 0));
    }

    #[test]
    fn look_alike_letters_within_a_word_are_seen() {
        assert_eq!(mixed_label("www.pаypal.example").as_deref(), Some("pаypal"));
        assert_eq!(mixed_label("xn--80ak6aa92e.com"), None, "all Cyrillic");
        for host in ["пример.example.org", "東京タワー.example.org", "example-1.org", "παράδειγμα.gr"]
        {
            assert_eq!(mixed_label(host), None, "{host}");
        }
    }
}
