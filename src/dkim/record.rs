//! The DNS record that publishes a key.

use crate::dkim::key::{DkimKey, KeyKind};

/// Octets that one string of a TXT record holds (RFC 1035, 3.3.14).
const STRING_MAX: usize = 255;

/// Returns the text of the TXT record for `selector._domainkey.domain` (RFC 6376, 3.6.1).
pub fn public_record(key: &DkimKey) -> Option<String> {
    let kind = match key.kind() {
        KeyKind::Rsa => "rsa",
        KeyKind::Ed25519 => "ed25519",
    };
    key.public().map(|public| format!("v=DKIM1; k={kind}; p={public}"))
}

/// Cuts the text of a TXT record into the strings that zone files want, each in quotes.
pub fn split_strings(record: &str) -> String {
    let strings =
        record.as_bytes().chunks(STRING_MAX).map(|part| format!("\"{}\"", String::from_utf8_lossy(part)));
    strings.collect::<Vec<_>>().join(" ")
}
