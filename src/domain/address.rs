//! E-mail addresses that can't be printed by accident, and mailboxes.

use lettre::Address;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, cmp::Ordering, fmt, str::FromStr};
use unicode_normalization::UnicodeNormalization;

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is nothing.
    #[error("the address is empty")]
    Empty,
    /// RFC 5321, 4.5.3.1: 64 octets before the `@`, 254 in all.
    #[error("the address is longer than mail allows")]
    TooLong,
    /// Anything else that can't be an address.
    #[error("not an e-mail address")]
    Malformed,
}

/// A valid address; the domain is kept as lower-case A-labels, the local part as it was written.
///
/// `Display` and `Debug` mask it (`a•••@e•••.org`), so that logs and errors can't leak a list;
/// the whole address comes only from [`EmailAddress::expose`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    /// One text rather than two: lists are long.
    whole: String,
    /// Where the `@` between the parts stands.
    at: usize,
}

impl PartialOrd for EmailAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EmailAddress {
    /// By local part, then by domain.
    fn cmp(&self, other: &Self) -> Ordering {
        self.local().cmp(other.local()).then_with(|| self.domain().cmp(other.domain()))
    }
}

impl EmailAddress {
    /// Reads an address. International domains are turned into A-labels (UTS #46), local parts
    /// are only brought into NFC: their letter case belongs to the receiving host.
    ///
    /// # Errors
    /// When the text isn't one address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if let Some(plain) = plain(text.trim()) {
            return Ok(plain);
        }
        Self::parse_any(text)
    }

    fn parse_any(text: &str) -> Result<Self, AddressError> {
        let text = composed(text.trim());
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Malformed)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| AddressError::Malformed)?;
        if local.len() > 64 || local.len() + domain.len() + 1 > 254 {
            return Err(AddressError::TooLong);
        }
        // A list never means `root@localhost`, an IP literal or a quoted local part with spaces in it.
        if !domain.contains('.')
            || domain.starts_with('[')
            || local.chars().any(|c| c.is_control() || c.is_whitespace())
        {
            return Err(AddressError::Malformed);
        }
        let last_label = domain.rsplit('.').next().unwrap_or_default();
        if last_label.chars().all(|c| c.is_ascii_digit()) {
            return Err(AddressError::Malformed);
        }
        let (whole, at) = (format!("{local}@{domain}"), local.len());
        Address::from_str(&whole).map_err(|_| AddressError::Malformed)?;
        Ok(Self { whole, at })
    }

    /// Returns the whole address as SMTP wants it. Call it only where the address itself is the point.
    pub fn expose(&self) -> String {
        self.whole.clone()
    }

    /// Returns what [`EmailAddress::expose`] returns without a copy of it; the same care is due.
    pub fn expose_ref(&self) -> &str {
        &self.whole
    }

    /// Returns the part before the `@`.
    pub fn local(&self) -> &str {
        &self.whole[..self.at]
    }

    /// Returns the domain in lower-case A-labels.
    pub fn domain(&self) -> &str {
        &self.whole[self.at + 1..]
    }

    /// Returns whether every hop must speak SMTPUTF8 (RFC 6531) for this address.
    pub fn needs_smtputf8(&self) -> bool {
        !self.local().is_ascii()
    }

    /// Returns the form under which two spellings count as one mailbox: NFC, local part in lower case.
    pub fn canonical(&self) -> String {
        self.canonical_ref().into_owned()
    }

    /// Returns the canonical form without a copy where the address is written in it, as most are.
    pub fn canonical_ref(&self) -> Cow<'_, str> {
        if !self.local().is_ascii() {
            return Cow::Owned(format!("{}@{}", composed(&self.local().to_lowercase()), self.domain()));
        }
        if !self.local().bytes().any(|octet| octet.is_ascii_uppercase()) {
            return Cow::Borrowed(&self.whole);
        }
        let mut canonical = self.expose();
        canonical[..self.at].make_ascii_lowercase();
        Cow::Owned(canonical)
    }
}

/// Reads an address of the plainest kind, letters and digits and few signs, which is what lists are made of; `None` leaves
/// it to the long way. A test holds both ways against each other.
fn plain(text: &str) -> Option<EmailAddress> {
    let at = memchr::memchr(b'@', text.as_bytes())?;
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let is_word = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'+');
    let atoms = local.as_bytes().split(|octet| *octet == b'.');
    let is_plain_local =
        local.len() <= 64 && atoms.into_iter().all(|atom| !atom.is_empty() && atom.iter().all(is_word));
    // Hyphens at third and fourth place are the mark of A-labels, and of what must not look like one.
    let is_plain_label = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label.iter().all(|octet| octet.is_ascii_alphanumeric() || *octet == b'-')
            && label[0] != b'-'
            && label[label.len() - 1] != b'-'
            && label.get(2..4) != Some(b"--")
    };
    let mut labels = domain.as_bytes().split(|octet| *octet == b'.');
    let ends_in_letters = domain.bytes().last().is_some_and(|octet| octet.is_ascii_alphabetic());
    let is_plain_domain =
        domain.contains('.') && ends_in_letters && domain.len() <= 189 && labels.all(is_plain_label);
    (is_plain_local && is_plain_domain).then(|| {
        let mut whole = text.to_owned();
        whole[at + 1..].make_ascii_lowercase();
        EmailAddress { whole, at }
    })
}

/// Brings a text into NFC; ASCII is there already, and lists are long.
fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Shows the first character and hides the rest.
fn masked(part: &str) -> String {
    part.chars().next().map_or_else(String::new, |first| format!("{first}•••"))
}

/// Returns a text of others, such as a server's words, with every address in it masked as [`EmailAddress`] shows one.
pub fn masked_in(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let is_part = |c: char| c.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~•".contains(c);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let before = &rest[..at];
        let start = before
            .rfind(|c| !is_part(c))
            .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        let after = &rest[at + 1..];
        let end = after.find(|c: char| !(c.is_alphanumeric() || "-._".contains(c))).unwrap_or(after.len());
        // A sentence may end behind it.
        let end = after[..end].trim_end_matches(['.', '-']).len();
        shown.push_str(&before[..start]);
        shown.push_str(&masked(&before[start..]));
        shown.push('@');
        let (name, ending) = after[..end].rsplit_once('.').unwrap_or((&after[..end], ""));
        shown.push_str(&masked(name));
        if !ending.is_empty() {
            shown.push('.');
            shown.push_str(ending);
        }
        rest = &after[end..];
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, ending) = self.domain().rsplit_once('.').unwrap_or((self.domain(), ""));
        write!(out, "{}@{}.{ending}", masked(self.local()), masked(name))
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "EmailAddress({self})")
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose_ref())
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// An address with the name that a mail client shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Name to show, if any.
    pub name: Option<String>,
    /// The address.
    pub address: EmailAddress,
}

impl Mailbox {
    /// Reads `Name <address>` or a bare address.
    ///
    /// # Errors
    /// When the address in it is none, or there is more than one.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let Some(open) = text.rfind('<') else {
            return Ok(Self { name: None, address: EmailAddress::parse(text)? });
        };
        let address = text[open + 1..].strip_suffix('>').ok_or(AddressError::Malformed)?;
        let name = text[..open].trim().trim_matches('"').trim();
        if name.contains(['<', '>', '@', '\r', '\n']) {
            return Err(AddressError::Malformed);
        }
        let name = (!name.is_empty()).then(|| name.to_owned());
        Ok(Self { name, address: EmailAddress::parse(address)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_short_way_reads_what_the_long_way_reads(
            text in "[aB1._+-]{0,9}@([aB1-]{0,6}[.]|xn--[a-z]{1,4}[.]){0,3}[aB1-]{0,5}",
        ) {
            if let Some(plain) = plain(&text) {
                prop_assert_eq!(EmailAddress::parse_any(&text), Ok(plain));
            }
        }
    }

    #[track_caller]
    fn check_address(text: &str, expected: &str) {
        let shown = match EmailAddress::parse(text) {
            Ok(address) => address.expose(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_words_of_a_server_show_no_address() {
        let words = "550 5.1.1 <reader0@example.net>: no such user, ask postmaster@mail.example.org.";
        assert_eq!(masked_in(words), "550 5.1.1 <r•••@e•••.net>: no such user, ask p•••@m•••.org.");
        assert_eq!(masked_in("nothing here"), "nothing here");
        for odd in ["@", "a@", "@b", "@@", "a@b@c", "x•••@y•••.z"] {
            assert!(masked_in(odd).contains('@'), "nothing falls over: {odd}");
        }
    }

    #[test]
    fn domains_become_a_labels_and_local_parts_stay() {
        check_address(" Anna.Test@Example.ORG ", "Anna.Test@example.org");
        check_address("reader@bücher.example", "reader@xn--bcher-kva.example");
        check_address("почта@пример.рф", "почта@xn--e1afmkfd.xn--p1ai");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "a",
            "a@",
            "@b.org",
            "a..b@example.org",
            "a@b",
            "a b@example.org",
            "a@[127.0.0.1]",
            "a@1.2.3.4",
            "a@b.org\r\nBcc: x@y.org",
        ] {
            check_address(text, "not an e-mail address");
        }
        check_address("", "the address is empty");
        check_address(&format!("{}@example.org", "x".repeat(65)), "the address is longer than mail allows");
    }

    #[test]
    fn the_usual_address_is_plain() {
        assert!(plain("anna.b+news@Mail-1.example.org").is_some());
        for text in ["a@b.org1", "a..b@c.org", "a@-b.org", "a@xn--b.org", "a@b", "a@.org", "é@b.org"] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn printing_hides_who_it_is() {
        let address = EmailAddress::parse("anna@example.org").expect("valid");
        assert_eq!(address.to_string(), "a•••@e•••.org");
        assert!(!format!("{address:?}").contains("anna"));
    }

    #[test]
    fn two_spellings_of_one_mailbox_are_one() {
        let canonical = |text| EmailAddress::parse(text).expect("valid").canonical();
        assert_eq!(canonical("Anna@Example.org"), canonical("anna@EXAMPLE.org"));
        assert_eq!(canonical("Анна@Example.org"), "анна@example.org");
    }

    #[test]
    fn addresses_are_ordered_by_what_stands_before_the_at_sign() {
        let address = |text| EmailAddress::parse(text).expect("valid");
        let mut addresses = ["a.b@a.org", "a@z.org", "a@b.org", "b@a.org"].map(address);
        addresses.sort();
        assert_eq!(addresses, ["a@b.org", "a@z.org", "a.b@a.org", "b@a.org"].map(address));
    }

    #[test]
    fn a_mailbox_has_a_name_and_one_address() {
        let mailbox = Mailbox::parse("STARSOM <starsom@example.org>").expect("valid");
        assert_eq!(
            (mailbox.name.as_deref(), mailbox.address.expose().as_str()),
            (Some("STARSOM"), "starsom@example.org")
        );
        assert!(Mailbox::parse("a@example.org, b@example.org").is_err());
    }
}
