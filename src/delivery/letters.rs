//! The messages of a broadcast: what stands between a sealed content and the octets of one delivery.

use crate::{
    delivery::ports::{Envelope, LedgerKeys},
    dkim::{DkimSheet, DkimSigner},
    domain::{
        address::EmailAddress,
        broadcast::SealedContent,
        delivery::Claim,
        problem::{Problem, Problems},
    },
    render::{
        form::{Fill, Filled, FormLetter, Frame},
        token::{Signer, TokenPurpose},
    },
};
use chrono::DateTime;
use std::sync::Arc;

/// What is known of the message of one delivery; its octets are on the desk it was filled on.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its fingerprint, hex: messages with the same one are the same octet by octet.
    pub sha256: String,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
    /// Sender, recipient, and the name of the delivery.
    pub envelope: Envelope,
}

/// Room for the octets of one message, used again from message to message.
pub trait LetterDesk: Default + Send + Sync {
    /// Returns the octets of the message that was filled last, in order: CRLF line ends, no line starting with a dot.
    fn pieces(&self) -> Vec<&[u8]>;
}

/// Makes the message of a claim. The same claim and date give the same octets, always.
pub trait Letters: Send + Sync + 'static {
    /// Where messages are filled.
    type Desk: LetterDesk;

    /// Fills the form letter of the claim's variant; `date` is its `Date` header, seconds since 1970.
    ///
    /// # Errors
    /// When this message can't be made; others may.
    fn fill(&self, claim: &Claim, date: i64, desk: &mut Self::Desk) -> Result<Letter, Problems>;
}

/// The form letters of a sealed broadcast, with the secrets that make each message recognisable.
#[derive(Clone, Debug)]
pub struct FormLetters {
    letters: Vec<FormLetter>,
    dkim: Option<Signing>,
    signer: Signer,
    envelope_from: EmailAddress,
}

/// Who signs the messages, with what the messages of each variant share.
#[derive(Clone, Debug)]
struct Signing {
    signer: Arc<DkimSigner>,
    sheets: Vec<DkimSheet>,
}

/// Room for one message.
#[derive(Debug, Default)]
pub struct Paper {
    filled: Filled,
    /// The `DKIM-Signature` field that goes before everything else; empty when nobody signs.
    signature: Vec<u8>,
}

/// Returns the signer of a ledger's tokens and Message-IDs.
pub fn signer(keys: &LedgerKeys) -> Signer {
    Signer::new(keys.ledger_id, &keys.secret)
}

impl FormLetters {
    /// Compiles every variant of a sealed content once.
    ///
    /// # Errors
    /// When a digest can't be made a letter; a content that was planned and sealed can.
    pub fn new(content: &SealedContent, keys: &LedgerKeys) -> Result<Self, Problems> {
        let frame = Frame::from(content);
        let letters = content.variants.iter().map(|variant| FormLetter::new(&variant.digest, &frame));
        Ok(Self {
            letters: letters.collect::<Result<_, _>>()?,
            dkim: None,
            signer: signer(keys),
            envelope_from: content.envelope_from.clone(),
        })
    }

    /// Returns the letters with a DKIM signature before each.
    #[must_use]
    pub fn signed_by(mut self, signer: Arc<DkimSigner>) -> Self {
        let sheets = self.letters.iter().map(DkimSheet::new).collect();
        self.dkim = Some(Signing { signer, sheets });
        self
    }
}

impl LetterDesk for Paper {
    fn pieces(&self) -> Vec<&[u8]> {
        let mut pieces = self.filled.pieces();
        if !self.signature.is_empty() {
            pieces.insert(0, &self.signature);
        }
        pieces
    }
}

impl Letters for FormLetters {
    type Desk = Paper;

    fn fill(&self, claim: &Claim, date: i64, desk: &mut Paper) -> Result<Letter, Problems> {
        let seconds = date;
        let (Some(letter), Some(date)) = (self.letters.get(claim.variant), DateTime::from_timestamp(date, 0))
        else {
            return Err(Problem::error(
                "send/unknown-variant",
                "the ledger names a variant that was not sealed",
            )
            .help("the ledger is damaged or was edited by hand; `masthead status` shows the others")
            .into());
        };
        let tokens = letter.tokens(&self.signer, claim.delivery);
        let subscriber = &claim.subscriber;
        letter
            .fill(&Fill { subscriber, date, tokens: &tokens }, &mut desk.filled)
            .map_err(|missing| missing.problem(&subscriber.address))?;
        desk.signature.clear();
        if let Some(Signing { signer, sheets }) = &self.dkim {
            signer.sign(&desk.filled, &sheets[claim.variant], seconds, &mut desk.signature);
        }
        let Paper { filled, signature } = &*desk;
        let envelope = Envelope {
            from: self.envelope_from.clone(),
            to: subscriber.address.clone(),
            envelope_id: self.signer.mail_token(TokenPurpose::Bounce, claim.delivery),
        };
        Ok(Letter { sha256: filled.fingerprint_after(signature), message_id: tokens.message_id, envelope })
    }
}
