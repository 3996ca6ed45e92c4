//! The messages of a broadcast: what stands between a sealed content and the octets of one delivery.

use crate::{
    delivery::ports::Envelope,
    domain::{delivery::Claim, problem::Problems},
};

/// The message of one delivery, ready to leave.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// The octets in order: CRLF line ends, no line starting with a dot.
    pub pieces: Vec<&'a [u8]>,
    /// SHA-256 over all pieces, hex.
    pub sha256: String,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
    /// Sender, recipient, and the name of the delivery.
    pub envelope: Envelope,
}

/// Makes the message of a claim. The same claim and date give the same octets, always.
pub trait Letters: Send + Sync + 'static {
    /// Room that is used again from message to message.
    type Desk: Default + Send;

    /// Fills the form letter of the claim's variant; `date` is its `Date` header, seconds since 1970.
    ///
    /// # Errors
    /// When this message can't be made; others may.
    fn fill<'a>(&'a self, claim: &Claim, date: i64, desk: &'a mut Self::Desk)
    -> Result<Letter<'a>, Problems>;
}
