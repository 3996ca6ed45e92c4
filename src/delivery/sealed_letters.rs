//! The letters of a sealed broadcast, made again from what was frozen: whatever the files say by now.

use crate::{
    delivery::{
        letters::{Letter, Letters},
        ports::{Envelope, LedgerKeys},
    },
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

/// The form letters of a broadcast with the secrets that sign its tokens.
pub struct SealedLetters {
    letters: Vec<FormLetter>,
    signer: Signer,
    envelope_from: EmailAddress,
}

impl SealedLetters {
    /// Compiles every variant of a sealed content.
    ///
    /// # Errors
    /// When a variant can't be compiled; what was sealed by this version always can.
    pub fn new(content: &SealedContent, keys: &LedgerKeys) -> Result<Self, Problems> {
        let frame = Frame::from(content);
        let letters = content.variants.iter().map(|variant| FormLetter::new(&variant.digest, &frame));
        Ok(Self {
            letters: letters.collect::<Result<_, _>>()?,
            signer: Signer::new(keys.ledger_id, &keys.secret),
            envelope_from: content.envelope_from.clone(),
        })
    }
}

impl Letters for SealedLetters {
    type Desk = Filled;

    fn fill<'a>(&'a self, claim: &Claim, date: i64, desk: &'a mut Filled) -> Result<Letter<'a>, Problems> {
        let letter = self.letters.get(claim.variant).ok_or_else(|| {
            Problem::error(
                "send/unknown-variant",
                format!("a delivery names variant {}, which was not sealed", claim.variant),
            )
            .help("the ledger was changed by hand; seal the issue anew with --new-edition")
        })?;
        let date = DateTime::from_timestamp(date, 0).ok_or_else(|| {
            Problem::error("send/bad-date", "the date of the message is beyond the calendar")
                .help("set this machine's clock")
        })?;
        let tokens = letter.tokens(&self.signer, claim.delivery);
        let fill = Fill { subscriber: &claim.subscriber, date, tokens: &tokens };
        letter.fill(&fill, desk).map_err(|missing| missing.problem(&claim.subscriber.address))?;
        Ok(Letter {
            sha256: desk.sha256(),
            pieces: desk.pieces(),
            message_id: tokens.message_id,
            envelope: Envelope {
                from: self.envelope_from.clone(),
                to: claim.subscriber.address.clone(),
                envelope_id: self.signer.mail_token(TokenPurpose::Bounce, claim.delivery),
            },
        })
    }
}
