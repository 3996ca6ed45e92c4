//! A session's way with DATA: the body, and the dot that makes it count.

use crate::{
    delivery::ports::{Envelope, Following},
    domain::{
        message::Message,
        outcome::{Action, Outcome, Phase, Scope},
    },
    smtp::{
        body::Body,
        dialogue::{Event, LineEnd, refused_here},
        session::{SmtpSession, failed, out_of_step},
        wire::Moved,
    },
};
use std::{io::IoSlice, time::Duration};
use tokio::time::timeout;

/// A body that is written behind its commit may take this long: the dot has to leave while the commit is young.
const BODY_BEHIND_COMMIT_MAX: Duration = Duration::from_secs(3);

impl SmtpSession {
    pub(super) async fn send_all_but_the_dot(
        &mut self,
        envelope: &Envelope,
        message: &Message<'_>,
    ) -> Result<(), Outcome> {
        let body = prepared(message)?;
        if self.dialogue.in_flight() > 0 || self.dialogue.takes_flights() {
            return self.fly(envelope, &body).await;
        }
        self.reach_body(envelope, &body).await?;
        let mut slices = io_slices(&body);
        self.write_body(&mut slices).await
    }

    /// Brings the server to wait for the body.
    async fn reach_body(&mut self, envelope: &Envelope, body: &Body<'_>) -> Result<(), Outcome> {
        if !std::mem::take(&mut self.is_ahead) {
            self.look().await?;
            self.dialogue.begin(envelope, body)?;
        }
        match self.drive(Vec::new()).await {
            Event::SendBody => Ok(()),
            Event::Ended(outcome) => Err(outcome),
            Event::Ready | Event::UpgradeToTls => Err(out_of_step(Phase::Mail)),
        }
    }

    async fn write_body(&mut self, mut rest: &mut [IoSlice<'_>]) -> Result<(), Outcome> {
        let patience = self.timeouts.of(Phase::Body);
        let silent = LineEnd::Silent(patience.as_secs());
        while !rest.is_empty() {
            // What came behind the 354 in the same packet counts too.
            if let Some(Event::Ended(outcome)) = self.dialogue.next_event() {
                return Err(outcome);
            }
            let moved = match timeout(patience, self.wire.move_octets(rest, &mut self.input)).await {
                Ok(Ok(moved)) => moved,
                Ok(Err(error)) => return Err(self.end_by(&failed(&error))),
                Err(_) => return Err(self.dialogue.line_broke(&silent)),
            };
            match moved {
                Moved::Wrote(count) => IoSlice::advance_slices(&mut rest, count),
                Moved::Closed => return Err(self.end_by(&LineEnd::Closed)),
                Moved::Read(count) => self.dialogue.receive(&self.input[..count]),
            }
        }
        match timeout(patience, self.wire.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.end_by(&failed(&error))),
            Err(_) => Err(self.dialogue.line_broke(&silent)),
        }
    }

    /// Sends the dot and waits for the verdict.
    pub(super) async fn send_the_dot(
        &mut self,
        following: Option<Following<'_>>,
    ) -> Result<Outcome, Outcome> {
        if !self.dialogue.awaits_final_dot() {
            return Err(Outcome::Broken {
                phase: Phase::Body,
                cause: "no message waits for its final dot".into(),
            });
        }
        let (mut output, is_chained) = self.end_message(following).await?;
        let count = self.first_octets(&[IoSlice::new(&output)]).await?;
        drop(output.drain(..count));
        Ok(self.hear_verdict(output, is_chained).await)
    }

    /// Sends a message, its dot and what follows in one write, if the system takes so much at once.
    pub(super) async fn send_whole(
        &mut self,
        envelope: &Envelope,
        message: &Message<'_>,
        following: Option<Following<'_>>,
    ) -> Result<Outcome, Outcome> {
        let body = prepared(message)?;
        self.reach_body(envelope, &body).await?;
        let (mut output, is_chained) = self.end_message(following).await?;
        let mut slices = io_slices(&body);
        let octets: usize = slices.iter().map(|slice| slice.len()).sum();
        slices.push(IoSlice::new(&output));
        let count = self.first_octets(&slices).await?;
        if count > octets {
            drop(output.drain(..count - octets));
            return Ok(self.hear_verdict(output, is_chained).await);
        }
        // The server is slow: the rest goes the way on which it is listened to, and the dot not later than it may.
        self.dialogue.take_back_the_dot();
        slices.pop();
        let mut rest = slices.as_mut_slice();
        IoSlice::advance_slices(&mut rest, count);
        let Ok(written) = timeout(BODY_BEHIND_COMMIT_MAX, self.write_body(rest)).await else {
            let cause = format!("the server took no message in {} s", BODY_BEHIND_COMMIT_MAX.as_secs());
            return Err(self.dialogue.dot_never_left(cause));
        };
        written?;
        self.send_the_dot(following).await
    }

    /// Returns the dot with what follows it, and whether that is the next envelope. What the server said before the dot
    /// must not be taken for its reply: it is heard here, and nothing is between this and [`SmtpSession::first_octets`].
    async fn end_message(&mut self, following: Option<Following<'_>>) -> Result<(Vec<u8>, bool), Outcome> {
        self.look().await?;
        // A body that can't travel is told of when it is begun.
        let body = following.and_then(|following| Body::prepare(following.message).ok());
        let following = following.map(|following| following.envelope).zip(body.as_ref());
        self.dialogue.finish(following)?;
        Ok((self.dialogue.take_output(), self.dialogue.is_chained()))
    }

    /// Has the system take the first octets of what ends in a dot; returns how many it took.
    ///
    /// Three things can be said for certain, and are: a server that was gone or refused before we wrote
    /// got no dot; one whose socket took none of its octets got none (TCP only, see
    /// [`crate::smtp::wire::Wire::write_errors_are_certain`]); one that never made room for them got none. After the first
    /// octet was taken there is a reply, or doubt.
    async fn first_octets(&mut self, output: &[IoSlice<'_>]) -> Result<usize, Outcome> {
        let patience = self.timeouts.of(Phase::Body);
        match timeout(patience, self.wire.write_some(output)).await {
            Ok(Ok(count)) => Ok(count),
            Ok(Err(error)) if self.wire.write_errors_are_certain() => {
                Err(self.dialogue.dot_never_left(format!("the connection failed (body): {error}")))
            }
            Ok(Err(error)) => Err(self.dialogue.line_broke(&failed(&error))),
            Err(_) => {
                let cause = format!("the server took nothing for {} s (body)", patience.as_secs());
                Err(self.dialogue.dot_never_left(cause))
            }
        }
    }

    /// Writes the rest and waits for the verdict.
    async fn hear_verdict(&mut self, output: Vec<u8>, is_chained: bool) -> Outcome {
        match self.drive(output).await {
            Event::Ended(outcome) => {
                self.is_ahead = is_chained && (self.dialogue.has_event() || self.dialogue.is_ahead());
                outcome
            }
            _ => Outcome::InDoubt { cause: "the dialogue lost its step after the final dot".into() },
        }
    }
}

/// Makes a message ready to travel, or says no where the server would have to.
fn prepared<'a>(message: &'a Message<'a>) -> Result<Body<'a>, Outcome> {
    Body::prepare(message).map_err(|fault| {
        let verdict = (Scope::Message, Action::Abort);
        refused_here(Phase::Mail, Some((5, 6, 0)), fault.to_string(), verdict)
    })
}

fn io_slices<'a>(body: &Body<'a>) -> Vec<IoSlice<'a>> {
    let stuffed = body.stuffed();
    let mut slices = Vec::with_capacity(stuffed.len() + 1);
    slices.extend(stuffed.into_iter().map(IoSlice::new));
    slices
}
