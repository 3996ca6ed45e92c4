//! The seam to the relay: what a way out must be able to do.

use crate::domain::{address::EmailAddress, message::Message, outcome::Outcome};
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
    pub message: &'a Message<'a>,
}

/// One open session.
///
/// A message's **last octets** are those without which it is worth nothing: the final dot, or the last octet of the
/// last chunk (RFC 3030). They leave only after the ledger's commit said yes.
///
/// One message at a time: [`begin`](Session::begin), commit, [`finish`](Session::finish); or commit first and then
/// [`deliver`](Session::deliver). Several at a time, where
/// [`takes_many`](Session::takes_many) says so: `begin`, commit, [`release`](Session::release), the next `begin` and so
/// on; and a [`verdict`](Session::verdict) for each released message, in their order.
pub trait Session: Send {
    /// Sends everything of a message but its last octets.
    ///
    /// After [`Session::finish`] was told of a following message, this must be that message.
    ///
    /// After an error the session says itself whether it can go on ([`Session::is_usable`]).
    fn begin(
        &mut self,
        envelope: &Envelope,
        message: &Message<'_>,
    ) -> impl Future<Output = Result<(), Outcome>> + Send;

    /// Sends the last octets and waits for the verdict. Call it only after the ledger's commit said yes.
    ///
    /// The message that follows may ride behind them, all but its own last octets, which saves a round trip: its
    /// envelope behind a final dot (RFC 2920, 3.1), envelope and body behind a last chunk. It can't be
    /// accepted before its own [`Session::finish`]; when the session isn't usable afterwards, it has not been tried.
    fn finish(&mut self, following: Option<Following<'_>>) -> impl Future<Output = Outcome> + Send;

    /// Sends a whole message and waits for the verdict: [`begin`](Session::begin) and [`finish`](Session::finish) with
    /// nothing between them. Call it only after the ledger's commit said yes.
    fn deliver(
        &mut self,
        envelope: &Envelope,
        message: &Message<'_>,
        following: Option<Following<'_>>,
    ) -> impl Future<Output = Outcome> + Send {
        async move {
            match self.begin(envelope, message).await {
                Ok(()) => self.finish(following).await,
                Err(outcome) => outcome,
            }
        }
    }

    /// Returns whether the next message may begin before the verdict of the former ones is there.
    fn takes_many(&self) -> bool {
        false
    }

    /// Lets the last octets of the message that was begun last leave, with the next `begin` or `verdict` at the latest.
    /// Call it only after the ledger's commit said yes.
    fn release(&mut self) {}

    /// Waits for the verdict of the oldest released message that has none yet.
    fn verdict(&mut self) -> impl Future<Output = Outcome> + Send {
        self.finish(None)
    }

    /// Returns whether [`Session::verdict`] has one at hand.
    fn has_verdict(&self) -> bool {
        false
    }

    /// Returns whether another message may follow on the same line.
    fn is_usable(&self) -> bool;

    /// Drops the connection at once; a message without its last octets is worth nothing.
    fn abandon(self) -> impl Future<Output = ()> + Send;

    /// Takes leave politely, within five seconds; the result does not matter.
    fn quit(self) -> impl Future<Output = ()> + Send;
}
