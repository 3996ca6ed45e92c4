//! The seam to the relay: what a way out must be able to do.

use crate::domain::{address::EmailAddress, outcome::Outcome};
use std::future::Future;

/// Sender and recipient of one transaction, and what the server should know of it.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Where bounces go.
    pub from: EmailAddress,
    /// The one recipient.
    pub to: EmailAddress,
    /// Names the delivery in delivery reports (DSN `ENVID`), printable ASCII.
    pub envelope_id: String,
}

/// The way out: opens sessions that take one message at a time.
pub trait Transport: Send + Sync + 'static {
    /// What [`Transport::connect`] opens.
    type Session: Session;

    /// Opens a session ready for its first message: connected, protected, logged in.
    ///
    /// On failure returns the outcome that all that waited for it came to.
    fn connect(&self) -> impl Future<Output = Result<Self::Session, Outcome>> + Send;

    /// Returns what the plan shows and rates are kept under, e.g. `smtps://mail.example.org:465`.
    fn name(&self) -> String;
}

/// A message that follows another one on the same line.
#[derive(Clone, Copy, Debug)]
pub struct Following<'a> {
    /// Its envelope.
    pub envelope: &'a Envelope,
    /// Its octets, as [`Session::begin`] will get them.
    pub pieces: &'a [&'a [u8]],
}

/// One open session.
pub trait Session: Send {
    /// Sends everything of a message but the final dot. `pieces` are the octets of the message in order,
    /// CRLF line ends, no line starting with a dot.
    ///
    /// After [`Session::finish`] was told of a following message, this must be that message.
    ///
    /// After an error the session says itself whether it can go on ([`Session::is_usable`]).
    fn begin(
        &mut self,
        envelope: &Envelope,
        pieces: &[&[u8]],
    ) -> impl Future<Output = Result<(), Outcome>> + Send;

    /// Sends the final dot and waits for the verdict. Call it only after the ledger's commit said yes.
    ///
    /// The envelope of the message that follows may ride behind the dot (RFC 2920, 3.1), which saves it a round trip.
    /// Nothing of that message itself leaves before its own [`Session::begin`]; when the session isn't usable
    /// afterwards, the following message has not been tried.
    fn finish(&mut self, following: Option<Following<'_>>) -> impl Future<Output = Outcome> + Send;

    /// Returns whether another message may follow on the same line.
    fn is_usable(&self) -> bool;

    /// Drops the connection at once; a message without its final dot is worth nothing.
    fn abandon(self) -> impl Future<Output = ()> + Send;

    /// Takes leave politely, within five seconds; the result does not matter.
    fn quit(self) -> impl Future<Output = ()> + Send;
}
