//! What a message carries to be recognised again: Message-IDs and signed tokens.
//!
//! Every value is computed from the delivery and the secrets of the ledger, never drawn: the same
//! delivery has the same Message-ID and the same unsubscribe link on any machine and at any
//! attempt. Nobody without the secrets can make one up, and none of them holds an address.
//! Comparisons take the same time whatever is wrong.

use crate::domain::delivery::DeliveryId;
use aws_lc_rs::{constant_time, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::fmt;

/// What a token is for. A token of one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenPurpose {
    /// Envelope sender: tells which delivery a report is about.
    Bounce,
    /// Local part of the address that takes unsubscribe mails.
    Unsubscribe,
}

impl TokenPurpose {
    fn from_number(number: u8) -> Option<Self> {
        [Self::Bounce, Self::Unsubscribe].into_iter().find(|purpose| purpose.number() == number)
    }

    fn number(self) -> u8 {
        match self {
            Self::Bounce => 1,
            Self::Unsubscribe => 2,
        }
    }
}

/// Version of the token form, in the upper half of the first octet.
const VERSION: u8 = 1;
/// Which key signed; there is one so far, rotation adds more.
const KEY_ID: u8 = 0;
/// Version, purpose, key and delivery.
const PAYLOAD_LEN: usize = 10;
/// Octets of the signature in a local part, where room is short.
const MAIL_MAC_LEN: usize = 10;
/// Octets of the signature in a URL.
const WEB_MAC_LEN: usize = 16;
/// Octets of the HMAC that a Message-ID shows: 128 bits.
const MESSAGE_ID_LEN: usize = 16;
/// Characters of the issue's name in a Message-ID.
const SLUG_CHARS_MAX: usize = 40;

/// Signs and recognises tokens with the secrets of one ledger, one key per purpose.
#[derive(Clone)]
pub struct Signer {
    ledger_id: [u8; 16],
    message_id: hmac::Key,
    mail: hmac::Key,
    web: hmac::Key,
}

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Signer(…)")
    }
}

impl Signer {
    /// Returns a signer whose tokens belong to no ledger: the same on every machine, they can unsubscribe nobody.
    /// For messages that are judged, shown or compared, and never sent.
    pub fn of_no_ledger() -> Self {
        Self::new([0; 16], &[0; 32])
    }

    /// Derives the keys from the name and the secret of a ledger.
    pub fn new(ledger_id: [u8; 16], secret: &[u8; 32]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived =
            |purpose: &str| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, purpose.as_bytes()).as_ref());
        Self {
            ledger_id,
            message_id: derived("masthead/message-id/1"),
            mail: derived("masthead/verp/1"),
            web: derived("masthead/unsubscribe/1"),
        }
    }

    /// Returns the Message-ID of a delivery without angle brackets.
    ///
    /// The left part has only `[a-z0-9.]`: dotless random blobs count as a mark of spam.
    pub fn message_id(&self, issue: &str, edition: u32, delivery: DeliveryId, domain: &str) -> String {
        let mut context = hmac::Context::with_key(&self.message_id);
        context.update(b"mid/1");
        context.update(&self.ledger_id);
        context.update(&delivery.0.to_be_bytes());
        context.update(&edition.to_be_bytes());
        let tag = context.sign();
        let mut id = slug(issue);
        id.push_str(".r");
        id.push_str(&edition.to_string());
        id.push('.');
        push_base32(&tag.as_ref()[..MESSAGE_ID_LEN], &mut id);
        id.push_str(".m1@");
        id.push_str(domain);
        id
    }

    /// Returns the 32-character token of a delivery for the local part of an address.
    ///
    /// It survives hosts that fold the letter case of local parts.
    pub fn mail_token(&self, purpose: TokenPurpose, delivery: DeliveryId) -> String {
        let payload = payload(purpose, delivery);
        let mut token = payload.to_vec();
        token.extend_from_slice(&self.mail_mac(&payload));
        let mut text = String::with_capacity(32);
        push_base32(&token, &mut text);
        text
    }

    /// Returns what a mail token stands for, `None` when it was not signed here.
    pub fn read_mail_token(&self, text: &str) -> Option<(TokenPurpose, DeliveryId)> {
        let token = from_base32(text)?;
        let payload: [u8; PAYLOAD_LEN] = token.get(..PAYLOAD_LEN)?.try_into().ok()?;
        let is_ours =
            constant_time::verify_slices_are_equal(&token[PAYLOAD_LEN..], &self.mail_mac(&payload)).is_ok();
        if is_ours { read_payload(payload) } else { None }
    }

    /// Returns the token of a delivery for the path of an unsubscribe URL. It never expires: it can only remove.
    pub fn web_token(&self, list_id: &str, delivery: DeliveryId) -> String {
        let payload = payload(TokenPurpose::Unsubscribe, delivery);
        let mut token = payload.to_vec();
        token.extend_from_slice(&self.web_mac(list_id, &payload));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Returns the delivery of a web token, `None` when it was not signed here for this list.
    pub fn read_web_token(&self, list_id: &str, text: &str) -> Option<DeliveryId> {
        let token = URL_SAFE_NO_PAD.decode(text).ok()?;
        let payload: [u8; PAYLOAD_LEN] = token.get(..PAYLOAD_LEN)?.try_into().ok()?;
        let expected = self.web_mac(list_id, &payload);
        constant_time::verify_slices_are_equal(&token[PAYLOAD_LEN..], &expected).ok()?;
        match read_payload(payload)? {
            (TokenPurpose::Unsubscribe, delivery) => Some(delivery),
            (TokenPurpose::Bounce, _) => None,
        }
    }

    fn mail_mac(&self, payload: &[u8]) -> [u8; MAIL_MAC_LEN] {
        let mut context = hmac::Context::with_key(&self.mail);
        context.update(b"verp/1");
        context.update(&self.ledger_id);
        context.update(payload);
        truncated(&context.sign())
    }

    fn web_mac(&self, list_id: &str, payload: &[u8]) -> [u8; WEB_MAC_LEN] {
        let mut context = hmac::Context::with_key(&self.web);
        context.update(b"unsubscribe/1");
        context.update(&self.ledger_id);
        context.update(list_id.as_bytes());
        // No list id has a NUL, so the two fields can't be shifted against each other.
        context.update(&[0]);
        context.update(payload);
        truncated(&context.sign())
    }
}

fn truncated<const N: usize>(tag: &hmac::Tag) -> [u8; N] {
    let mut short = [0; N];
    short.copy_from_slice(&tag.as_ref()[..N]);
    short
}

fn payload(purpose: TokenPurpose, delivery: DeliveryId) -> [u8; PAYLOAD_LEN] {
    let mut payload = [0; PAYLOAD_LEN];
    payload[0] = VERSION << 4 | purpose.number();
    payload[1] = KEY_ID;
    payload[2..].copy_from_slice(&delivery.0.to_be_bytes());
    payload
}

fn read_payload(payload: [u8; PAYLOAD_LEN]) -> Option<(TokenPurpose, DeliveryId)> {
    let delivery = payload[2..].try_into().ok().map(i64::from_be_bytes)?;
    if payload[0] >> 4 != VERSION || payload[1] != KEY_ID {
        return None;
    }
    Some((TokenPurpose::from_number(payload[0] & 0x0f)?, DeliveryId(delivery)))
}

/// Returns a name reduced to lower-case letters, digits and single dots.
fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('.') {
            slug.push('.');
        }
        if slug.len() == SLUG_CHARS_MAX {
            break;
        }
    }
    let slug = slug.trim_end_matches('.');
    if slug.is_empty() { "issue".to_owned() } else { slug.to_owned() }
}

/// RFC 4648, 6, in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

fn push_base32(octets: &[u8], out: &mut String) {
    let (mut buffer, mut bits) = (0_u32, 0);
    for octet in octets {
        buffer = buffer << 8 | u32::from(*octet);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(ALPHABET[(buffer >> bits & 31) as usize]));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(char::from(ALPHABET[(buffer << (5 - bits) & 31) as usize]));
    }
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut buffer, mut bits) = (0_u32, 0);
    let mut octets = Vec::with_capacity(text.len() * 5 / 8);
    for c in text.bytes().map(|b| b.to_ascii_lowercase()) {
        let value = ALPHABET.iter().position(|known| *known == c)?;
        buffer = buffer << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            octets.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
        buffer &= (1 << bits) - 1;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new([7; 16], &[9; 32])
    }

    #[test]
    fn a_message_id_is_the_same_every_time_and_differs_by_delivery_edition_and_ledger() {
        let id = |signer: &Signer, edition, delivery| {
            signer.message_id("starsom/2022-04", edition, DeliveryId(delivery), "example.org")
        };
        let first = id(&signer(), 0, 1);
        assert_eq!(first, id(&signer(), 0, 1));
        assert!(first.starts_with("starsom.2022.04.r0.") && first.ends_with(".m1@example.org"), "{first}");
        assert_eq!(first.len(), "starsom.2022.04.r0.".len() + 26 + ".m1@example.org".len());
        let others = [id(&signer(), 1, 1), id(&signer(), 0, 2), id(&Signer::new([8; 16], &[9; 32]), 0, 1)];
        assert!(others.iter().all(|other| *other != first));
    }

    #[test]
    fn names_that_no_message_id_may_hold_are_reduced() {
        assert_eq!(slug("Été 2026/№ 7!"), "t.2026.7");
        assert_eq!(slug("新闻"), "issue");
        assert_eq!(slug(&"a/".repeat(60)).len(), SLUG_CHARS_MAX - 1);
    }

    #[test]
    fn a_mail_token_reads_back_in_any_letter_case() {
        let token = signer().mail_token(TokenPurpose::Bounce, DeliveryId(-5));
        assert_eq!(token.len(), 32);
        let expected = Some((TokenPurpose::Bounce, DeliveryId(-5)));
        assert_eq!(signer().read_mail_token(&token), expected);
        assert_eq!(signer().read_mail_token(&token.to_uppercase()), expected);
    }

    #[test]
    fn no_changed_token_is_accepted() {
        let mail = signer().mail_token(TokenPurpose::Unsubscribe, DeliveryId(77));
        let web = signer().web_token("weekly.example.org", DeliveryId(77));
        for at in 0..mail.len() {
            let mut forged = mail.clone().into_bytes();
            forged[at] = if forged[at] == b'a' { b'b' } else { b'a' };
            assert_eq!(signer().read_mail_token(&String::from_utf8(forged).unwrap()), None, "{at}");
        }
        assert_eq!(signer().read_web_token("weekly.example.org", &web), Some(DeliveryId(77)));
        assert_eq!(signer().read_web_token("monthly.example.org", &web), None);
        assert_eq!(signer().read_web_token("weekly.example.org", &mail), None);
        assert_eq!(Signer::new([7; 16], &[1; 32]).read_web_token("weekly.example.org", &web), None);
        for text in ["", "a", "!!", "ä", &web[1..]] {
            assert_eq!(signer().read_web_token("weekly.example.org", text), None);
            assert_eq!(signer().read_mail_token(text), None);
        }
    }
}
