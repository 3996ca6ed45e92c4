//! One open session: the dialogue on a socket.

mod chunked;
mod data;

use crate::{
    delivery::{
        ports::{Envelope, Following, Session},
        providers::ProviderId,
    },
    domain::{
        message::Message,
        outcome::{Outcome, Phase},
    },
    smtp::{
        capabilities::Capabilities,
        classify::as_said_by,
        dialogue::{Dialogue, Event, LineEnd},
        session::chunked::Launch,
        timeouts::Timeouts,
        wire::{Moved, Wire},
    },
};
use rustls::pki_types::ServerName;
use std::io::{self, IoSlice};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Octets read from the socket at once.
const INPUT_OCTETS: usize = 4096;

/// What a STARTTLS needs.
pub(crate) struct Upgrader {
    pub(crate) connector: TlsConnector,
    pub(crate) server_name: ServerName<'static>,
    pub(crate) host: String,
}

/// An open SMTP session.
///
/// Made by [`crate::smtp::transport::SmtpTransport`]. A future of it that is dropped before its end
/// leaves a session that can't be used again.
pub struct SmtpSession {
    wire: Wire,
    dialogue: Dialogue,
    timeouts: Timeouts,
    input: Box<[u8]>,
    /// A call began and did not end: it is running, or was cancelled.
    is_midway: bool,
    /// The envelope of the next message left together with the final dot of the last one.
    is_ahead: bool,
    /// The message in a chunk that is being written.
    launch: Launch,
    /// The last octet of the chunk before it may leave and has not.
    is_released: bool,
    /// Whose server it is, when its name tells: replies are read as theirs.
    speaker: Option<ProviderId>,
}

impl SmtpSession {
    /// Returns it with the provider that its host belongs to.
    pub(crate) fn of_host(self, host: &str) -> Self {
        Self { speaker: ProviderId::of_exchanger(host), ..self }
    }

    /// Brings a fresh connection to the point where the first message may begin.
    pub(crate) async fn open(
        wire: Wire,
        dialogue: Dialogue,
        timeouts: Timeouts,
        upgrader: Option<&Upgrader>,
    ) -> Result<Self, Outcome> {
        let input = vec![0; INPUT_OCTETS].into_boxed_slice();
        let launch = Launch::default();
        let mut session = Self {
            wire,
            dialogue,
            timeouts,
            input,
            is_midway: false,
            is_ahead: false,
            launch,
            is_released: false,
            speaker: None,
        };
        loop {
            match session.drive(Vec::new()).await {
                Event::Ready => return Ok(session),
                Event::UpgradeToTls => session = session.upgrade(upgrader).await?,
                Event::Ended(outcome) => return Err(outcome),
                Event::SendBody => return Err(out_of_step(Phase::Hello)),
            }
        }
    }

    /// Returns what the server said it can do.
    pub fn capabilities(&self) -> &Capabilities {
        self.dialogue.capabilities()
    }

    /// Returns when the server's certificate ends, in seconds since 1970; `None` on a line without TLS.
    pub fn certificate_ends_at(&self) -> Option<i64> {
        self.wire.certificate_ends_at()
    }

    async fn upgrade(mut self, upgrader: Option<&Upgrader>) -> Result<Self, Outcome> {
        let (Some(upgrader), Wire::Plain(stream)) = (upgrader, self.wire) else {
            return Err(out_of_step(Phase::Tls));
        };
        self.wire = upgrader.handshake(stream, &self.timeouts).await?;
        self.dialogue.tls_established();
        Ok(self)
    }

    /// Writes what the dialogue wants written and reads until it has something to say.
    async fn drive(&mut self, mut output: Vec<u8>) -> Event {
        let mut written = 0;
        loop {
            if let Some(event) = self.dialogue.next_event() {
                return event;
            }
            // Patience is for a reply, not for an octet: a server that drips can't hold us for ever.
            let phase = self.dialogue.phase();
            let mut patience = self.timeouts.of(phase);
            if self.dialogue.is_ahead() {
                patience = patience.min(self.timeouts.chained);
            }
            let step = self.until_change(phase, &mut output, &mut written);
            let end = match timeout(patience, step).await {
                Ok(Ok(())) => continue,
                Ok(Err(end)) => end,
                Err(_) => LineEnd::Silent(patience.as_secs()),
            };
            return Event::Ended(self.dialogue.line_broke(&end));
        }
    }

    /// Moves octets until the dialogue has an event or waits for something else.
    async fn until_change(
        &mut self,
        phase: Phase,
        output: &mut Vec<u8>,
        written: &mut usize,
    ) -> Result<(), LineEnd> {
        loop {
            if *written == output.len() {
                *output = self.dialogue.take_output();
                *written = 0;
            }
            let slices = [IoSlice::new(&output[*written..])];
            match self.wire.move_octets(&slices, &mut self.input).await.map_err(|error| failed(&error))? {
                Moved::Read(count) => {
                    self.dialogue.receive(&self.input[..count]);
                    // Any whole reply ends the wait, also one that leaves the phase as it was.
                    if self.dialogue.has_event() || self.dialogue.phase() != phase {
                        return Ok(());
                    }
                }
                Moved::Wrote(count) => *written += count,
                Moved::Closed => return Err(LineEnd::Closed),
            }
        }
    }

    /// Takes in what the server said or did without being asked; `Err` when that ends the attempt.
    async fn look(&mut self) -> Result<(), Outcome> {
        loop {
            match self.wire.look(&mut self.input).await {
                Ok(None) => break,
                Ok(Some(Moved::Read(count))) => self.dialogue.receive(&self.input[..count]),
                Ok(Some(_)) => return Err(self.end_by(&LineEnd::Closed)),
                Err(error) => return Err(self.end_by(&failed(&error))),
            }
        }
        match self.dialogue.next_event() {
            Some(Event::Ended(outcome)) => Err(outcome),
            Some(_) => Err(out_of_step(self.dialogue.phase())),
            None => Ok(()),
        }
    }

    /// An end of the line; what the server said before it counts more.
    fn end_by(&mut self, end: &LineEnd) -> Outcome {
        match self.dialogue.next_event() {
            Some(Event::Ended(outcome)) => outcome,
            _ => self.dialogue.line_broke(end),
        }
    }

    async fn take_leave(&mut self) -> io::Result<()> {
        self.dialogue.quit();
        let (mut output, mut written) = (Vec::new(), 0);
        let _ = self.until_change(Phase::Quit, &mut output, &mut written).await;
        self.wire.close().await
    }
}

impl Session for SmtpSession {
    async fn begin(&mut self, envelope: &Envelope, message: &Message<'_>) -> Result<(), Outcome> {
        if !self.is_usable() {
            let cause = "the session is closed".to_owned();
            return Err(Outcome::Broken { phase: Phase::Mail, cause });
        }
        self.is_midway = true;
        let result = self.send_all_but_the_dot(envelope, message).await;
        self.is_midway = false;
        result.map_err(|outcome| as_said_by(self.speaker.as_ref(), outcome))
    }

    async fn finish(&mut self, following: Option<Following<'_>>) -> Outcome {
        if self.is_midway {
            let cause = "the message was cut off before its final dot".to_owned();
            return Outcome::Broken { phase: Phase::Body, cause };
        }
        self.is_midway = true;
        let outcome = if self.dialogue.in_flight() > 0 {
            self.finish_flight(following).await
        } else {
            self.send_the_dot(following).await.unwrap_or_else(|outcome| outcome)
        };
        self.is_midway = false;
        as_said_by(self.speaker.as_ref(), outcome)
    }

    async fn deliver(
        &mut self,
        envelope: &Envelope,
        message: &Message<'_>,
        following: Option<Following<'_>>,
    ) -> Outcome {
        let has_chunks = self.dialogue.in_flight() > 0 || self.dialogue.takes_flights();
        if has_chunks || !self.is_usable() {
            // A chunk holds its last octet back by itself, and takes the next message along.
            return match self.begin(envelope, message).await {
                Ok(()) => self.finish(following).await,
                Err(outcome) => outcome,
            };
        }
        self.is_midway = true;
        let outcome = self.send_whole(envelope, message, following).await.unwrap_or_else(|outcome| outcome);
        self.is_midway = false;
        as_said_by(self.speaker.as_ref(), outcome)
    }

    fn takes_many(&self) -> bool {
        self.dialogue.takes_flights()
    }

    fn release(&mut self) {
        self.is_released = self.dialogue.in_flight() > 0;
    }

    async fn verdict(&mut self) -> Outcome {
        if self.is_midway {
            let cause = "the message was cut off before its last octet".to_owned();
            return Outcome::InDoubt { cause };
        }
        if self.dialogue.in_flight() == 0 && !self.dialogue.has_event() {
            return self.finish(None).await;
        }
        self.is_midway = true;
        let outcome = self.next_verdict().await;
        self.is_midway = false;
        as_said_by(self.speaker.as_ref(), outcome)
    }

    fn has_verdict(&self) -> bool {
        self.dialogue.has_event()
    }

    fn is_usable(&self) -> bool {
        let in_flight = self.dialogue.in_flight();
        let may_follow = in_flight > 0 && self.dialogue.withheld() <= usize::from(self.is_released);
        !self.is_midway && (self.is_ahead || may_follow || self.dialogue.is_idle())
    }

    async fn abandon(self) {
        // Dropping the socket closes it; the server has to throw away what has no final dot.
        drop(self);
    }

    async fn quit(mut self) {
        // In the middle of an envelope there is no leave to take: the server forgets it with the line.
        if self.is_usable() && self.dialogue.is_idle() && !self.is_ahead {
            let patience = self.timeouts.quit;
            let _ = timeout(patience, self.take_leave()).await;
        }
    }
}

impl Upgrader {
    /// Does the TLS handshake.
    pub(crate) async fn handshake(
        &self,
        stream: tokio::net::TcpStream,
        timeouts: &Timeouts,
    ) -> Result<Wire, Outcome> {
        let patience = timeouts.of(Phase::Tls);
        match timeout(patience, self.connector.connect(self.server_name.clone(), stream)).await {
            Ok(Ok(stream)) => Ok(Wire::Tls(Box::new(stream))),
            Ok(Err(error)) => Err(crate::smtp::tls::handshake_outcome(&self.host, &error)),
            Err(_) => {
                let cause = format!("the TLS handshake took more than {} s", patience.as_secs());
                Err(Outcome::Broken { phase: Phase::Tls, cause })
            }
        }
    }
}

fn failed(error: &io::Error) -> LineEnd {
    LineEnd::Failed(error.to_string())
}

/// The dialogue and its driver disagree: a bug, but one that sends nothing.
fn out_of_step(phase: Phase) -> Outcome {
    Outcome::Broken { phase, cause: "the dialogue lost its step".to_owned() }
}
