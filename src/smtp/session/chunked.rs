//! A session's way with chunks (RFC 3030): envelope and body in one flight, the last octet when the message may count.
//!
//! The last octet of a message is always a line feed. A released one waits for company: it leaves in one write with the
//! commands and the body of the message behind it, or alone before a verdict is waited for.

use crate::{
    delivery::ports::{Envelope, Following},
    domain::outcome::{Outcome, Phase},
    smtp::{
        body::Body,
        dialogue::{Event, LineEnd},
        session::{SmtpSession, failed, out_of_step},
        wire::Moved,
    },
};
use std::io::{self, IoSlice};
use tokio::time::{error::Elapsed, timeout};

/// What makes a chunk whole: every message ends a line.
const LAST_OCTET: &[u8] = b"\n";

/// A message on its way out, up to its last octet.
#[derive(Default)]
pub(super) struct Launch {
    /// The last octet of the message before, when it leaves with this one, and the commands.
    head: Vec<u8>,
    /// Octets of head and body that the system took.
    written: usize,
}

impl SmtpSession {
    /// Sends a message but its last octet, and hears what is there to hear.
    pub(super) async fn fly(&mut self, envelope: &Envelope, body: &Body<'_>) -> Result<(), Outcome> {
        if !std::mem::take(&mut self.is_ahead) {
            if self.dialogue.in_flight() == 0 {
                self.look().await?;
            }
            self.launch(envelope, body)?;
        }
        self.write_chunk(body, false).await;
        self.glance().await;
        if self.dialogue.is_for_nobody() && !self.dialogue.has_event() {
            // The server waits for the octet, and nobody can get the message any more.
            self.is_released = true;
            return Err(self.next_verdict().await);
        }
        // The flights end in their order: when none is left, this one has ended.
        match self.dialogue.in_flight() {
            0 => Err(ended(self.dialogue.last_event())),
            _ => Ok(()),
        }
    }

    /// Lets the last octet leave, the next message behind it, and waits for the verdict.
    pub(super) async fn finish_flight(&mut self, following: Option<Following<'_>>) -> Outcome {
        // What the server said before the octet must not be taken for its reply.
        self.glance().await;
        if self.dialogue.in_flight() == 0 {
            return ended(self.dialogue.next_event());
        }
        self.is_released = true;
        let mut is_ahead = false;
        if let Some(Following { envelope, message }) = following
            && let Ok(body) = Body::prepare(message)
            && self.dialogue.takes_flights()
            && self.launch(envelope, &body).is_ok()
        {
            is_ahead = true;
            self.write_chunk(&body, true).await;
        }
        let outcome = self.next_verdict().await;
        let has_verdict = matches!(outcome, Outcome::Accepted { .. } | Outcome::Refused { .. });
        let is_there = self.dialogue.in_flight() > 0 || self.dialogue.has_event();
        self.is_ahead = is_ahead && has_verdict && is_there;
        outcome
    }

    /// Waits for the verdict of the oldest message in flight.
    pub(super) async fn next_verdict(&mut self) -> Outcome {
        loop {
            if let Some(event) = self.dialogue.next_event() {
                return ended(Some(event));
            }
            if self.is_released {
                self.write_last_octet().await;
                continue;
            }
            if !self.dialogue.awaits_verdict() {
                return out_of_step(Phase::Body);
            }
            // The octet is out, whatever reply comes first: patience is that of a verdict.
            let patience = self.timeouts.verdict;
            match timeout(patience, self.hear()).await {
                Ok(Ok(())) => {}
                Ok(Err(end)) => self.dialogue.flights_broke(&end),
                Err(_) => self.dialogue.flights_broke(&LineEnd::Silent(patience.as_secs())),
            }
        }
    }

    /// Reads until a verdict is there, or the server answered something else.
    async fn hear(&mut self) -> Result<(), LineEnd> {
        let phase = self.dialogue.phase();
        loop {
            match self.wire.move_octets(&[], &mut self.input).await.map_err(|error| failed(&error))? {
                Moved::Read(count) => self.dialogue.receive(&self.input[..count]),
                Moved::Closed => return Err(LineEnd::Closed),
                Moved::Wrote(_) => {}
            }
            if self.dialogue.has_event() || self.dialogue.phase() != phase {
                return Ok(());
            }
        }
    }

    /// Hears what the server said already, without waiting.
    async fn glance(&mut self) {
        while self.dialogue.in_flight() > 0 {
            match self.wire.look(&mut self.input).await {
                Ok(None) => return,
                Ok(Some(Moved::Read(count))) => self.dialogue.receive(&self.input[..count]),
                Ok(Some(_)) => self.dialogue.flights_broke(&LineEnd::Closed),
                Err(error) => self.dialogue.flights_broke(&failed(&error)),
            }
        }
    }

    /// Makes ready what goes before the body; nothing leaves yet.
    fn launch(&mut self, envelope: &Envelope, body: &Body<'_>) -> Result<(), Outcome> {
        self.dialogue.launch(envelope, body)?;
        self.launch.written = 0;
        self.launch.head.clear();
        if self.is_released {
            self.launch.head.extend_from_slice(LAST_OCTET);
        }
        self.dialogue.move_output(&mut self.launch.head);
        Ok(())
    }

    /// Writes what is left of the message that was launched last, but its last octet; with `is_brief`, only until the
    /// verdict of an earlier one is there. What goes wrong is among the dialogue's events.
    async fn write_chunk(&mut self, body: &Body<'_>, is_brief: bool) {
        let Self { wire, dialogue, timeouts, input, launch, is_released, .. } = self;
        let mut octets = body.slices();
        if let Some(last) = octets.last_mut() {
            *last = &last[..last.len() - LAST_OCTET.len()];
        }
        let mut slices: Vec<IoSlice<'_>> = Vec::with_capacity(octets.len() + 1);
        slices.push(IoSlice::new(&launch.head));
        slices.extend(octets.iter().filter(|octets| !octets.is_empty()).map(|octets| IoSlice::new(octets)));
        let mut rest = slices.as_mut_slice();
        IoSlice::advance_slices(&mut rest, launch.written);
        let patience = timeouts.of(Phase::Body);
        while !rest.is_empty() && dialogue.in_flight() > 0 && !(is_brief && dialogue.has_event()) {
            if *is_released && !wire.write_errors_are_certain() {
                dialogue.octet_leaves();
                *is_released = false;
            }
            match timeout(patience, wire.move_octets(rest, input)).await {
                Ok(Ok(Moved::Wrote(count))) => {
                    if std::mem::take(is_released) {
                        dialogue.octet_leaves();
                    }
                    launch.written += count;
                    IoSlice::advance_slices(&mut rest, count);
                }
                Ok(Ok(Moved::Read(count))) => dialogue.receive(&input[..count]),
                other => dialogue.flights_broke(&line_end(other, patience.as_secs())),
            }
        }
        if rest.is_empty() && dialogue.in_flight() > 0 {
            match timeout(patience, wire.flush()).await {
                Ok(Ok(())) => {}
                other => dialogue.flights_broke(&line_end(other, patience.as_secs())),
            }
        }
    }

    /// Writes a released last octet. Where the system says what it took, an error means that the octet never left.
    async fn write_last_octet(&mut self) {
        let is_certain = self.wire.write_errors_are_certain();
        if !is_certain {
            self.dialogue.octet_leaves();
        }
        self.is_released = false;
        let patience = self.timeouts.of(Phase::Body);
        match timeout(patience, self.wire.write_some(&[IoSlice::new(LAST_OCTET)])).await {
            Ok(Ok(_)) if is_certain => self.dialogue.octet_leaves(),
            Ok(Ok(_)) => {}
            other => self.dialogue.flights_broke(&line_end(other, patience.as_secs())),
        }
    }
}

/// Returns how a line ended over a try to move octets.
fn line_end<T>(tried: Result<io::Result<T>, Elapsed>, seconds: u64) -> LineEnd {
    match tried {
        Ok(Ok(_)) => LineEnd::Closed,
        Ok(Err(error)) => failed(&error),
        Err(_) => LineEnd::Silent(seconds),
    }
}

/// Returns what a message came to.
fn ended(event: Option<Event>) -> Outcome {
    match event {
        Some(Event::Ended(outcome)) => outcome,
        _ => out_of_step(Phase::Mail),
    }
}
