//! The secrets of a ledger, and the names made with them.

use crate::{
    delivery::ports::LedgerKeys,
    domain::{address::EmailAddress, delivery::DeliveryId, issue::IssueId, suppression::AddressKey},
    ledger::error::StoreErrorKind,
};
use aws_lc_rs::hmac;
use std::fmt::Write as _;

/// A keyed hash of a canonical address, as octets.
pub(crate) type Mark = [u8; 32];

/// The secrets of a ledger, ready for use.
pub(crate) struct Identity {
    pub(crate) keys: LedgerKeys,
    hmac: hmac::Key,
}

/// Makes the secrets of a new ledger.
///
/// # Errors
/// When the system has no random octets to give.
pub(crate) fn fresh_keys() -> Result<LedgerKeys, StoreErrorKind> {
    let mut keys = LedgerKeys { ledger_id: [0; 16], secret: [0; 32] };
    draw(&mut keys.ledger_id)?;
    draw(&mut keys.secret)?;
    Ok(keys)
}

/// Makes a name that nothing else has.
///
/// # Errors
/// When the system has no random octets to give.
pub(crate) fn fresh_name() -> Result<[u8; 16], StoreErrorKind> {
    let mut name = [0; 16];
    draw(&mut name)?;
    Ok(name)
}

/// Draws from the system itself: the library of the ciphers first measures its own source of noise, which takes 40 ms.
fn draw(octets: &mut [u8]) -> Result<(), StoreErrorKind> {
    getrandom::fill(octets).map_err(|_| StoreErrorKind::NoRandomness)
}

impl Identity {
    pub(crate) fn new(keys: LedgerKeys) -> Self {
        let hmac = hmac::Key::new(hmac::HMAC_SHA256, &keys.secret);
        Self { keys, hmac }
    }

    /// Returns the keyed hash under which two spellings of a mailbox are one.
    pub(crate) fn mark(&self, address: &EmailAddress) -> Mark {
        self.mark_of(&address.canonical())
    }

    /// Returns the keyed hash of an address that is already in its canonical form.
    pub(crate) fn mark_of(&self, canonical: &str) -> Mark {
        self.digest(&[b"addr/1", canonical.as_bytes()])
    }

    /// Returns the name of the delivery of an issue to a mailbox.
    ///
    /// It depends on the issue and not on a row number: when a ledger is set up anew from the same secrets,
    /// the same mail gets the same name, and with it the same Message-ID.
    pub(crate) fn delivery_id(&self, issue: &IssueId, edition: u32, mark: &Mark) -> DeliveryId {
        let digest = self.digest(&[
            b"delivery/1\0",
            issue.newsletter.as_bytes(),
            b"\0",
            issue.issue.as_bytes(),
            b"\0",
            &edition.to_be_bytes(),
            mark,
        ]);
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        // 63 bits: a number with a minus sign looks like an option on a command line.
        DeliveryId(i64::from_be_bytes(first) & i64::MAX)
    }

    fn digest(&self, parts: &[&[u8]]) -> Mark {
        let mut context = hmac::Context::with_key(&self.hmac);
        for part in parts {
            context.update(part);
        }
        let mut mark = [0; 32];
        mark.copy_from_slice(context.sign().as_ref());
        mark
    }
}

/// Writes a mark the way the suppression list shows it.
pub(crate) fn shown(mark: &[u8]) -> AddressKey {
    let mut hex = String::with_capacity(mark.len() * 2);
    for octet in mark {
        // Writing to a String can't fail.
        let _ = write!(hex, "{octet:02x}");
    }
    AddressKey(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(octet: u8) -> Identity {
        Identity::new(LedgerKeys { ledger_id: [octet; 16], secret: [octet; 32] })
    }

    #[test]
    fn spellings_of_a_mailbox_share_a_mark_and_ledgers_do_not() {
        let anna = EmailAddress::parse("Anna@Example.org").expect("valid");
        let same = EmailAddress::parse("anna@example.ORG").expect("valid");
        assert_eq!(identity(1).mark(&anna), identity(1).mark(&same));
        assert_ne!(identity(1).mark(&anna), identity(2).mark(&anna));
        assert_eq!(shown(&identity(1).mark(&anna)).0.len(), 64);
    }

    #[test]
    fn a_delivery_is_named_by_issue_edition_and_mailbox() {
        let issue = IssueId { newsletter: "starsom".into(), issue: "2022-04".into() };
        let id = |edition, octet| identity(1).delivery_id(&issue, edition, &[octet; 32]);
        assert_eq!(id(0, 1), id(0, 1));
        assert_ne!(id(0, 1), id(1, 1));
        assert_ne!(id(0, 1), id(0, 2));
        assert!((0..50).all(|octet| id(0, octet).0 >= 0));
    }

    #[test]
    fn fresh_secrets_differ() {
        let (one, other) = (fresh_keys().expect("random"), fresh_keys().expect("random"));
        assert_ne!(one.secret, other.secret);
        assert_ne!(one.ledger_id, other.ledger_id);
    }
}
