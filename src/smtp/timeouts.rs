//! How long a server may take, phase by phase.

use crate::domain::outcome::Phase;
use std::time::Duration;

/// How long we wait for a server, phase by phase (RFC 5321, 4.5.3.2).
///
/// They look generous and are meant so: shortening the last one turns slow servers into deliveries
/// in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until one of the host's addresses answers; for each address.
    pub connect: Duration,
    /// Until the greeting, and for EHLO, STARTTLS with its handshake, and login.
    pub greeting: Duration,
    /// For the reply to MAIL, also when more commands follow in the same group.
    pub mail: Duration,
    /// For the replies to an envelope that came behind a final dot: a server that lost it never answers, and the
    /// message costs no more than another connection.
    pub chained: Duration,
    /// For the reply to RCPT.
    pub rcpt: Duration,
    /// For the 354.
    pub data: Duration,
    /// For each part of the message to be taken by the network.
    pub body: Duration,
    /// For the verdict after the final dot.
    pub verdict: Duration,
    /// For the whole of a polite leave.
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        Self {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            mail: minutes(5),
            chained: minutes(1),
            rcpt: minutes(5),
            data: minutes(2),
            body: minutes(3),
            verdict: minutes(10),
            quit: Duration::from_secs(5),
        }
    }
}

impl Timeouts {
    /// Returns the patience of a phase.
    pub fn of(&self, phase: Phase) -> Duration {
        match phase {
            Phase::Connect | Phase::Hello | Phase::Tls | Phase::Auth => self.greeting,
            Phase::Mail => self.mail,
            Phase::Rcpt => self.rcpt,
            Phase::Data => self.data,
            Phase::Body => self.body,
            Phase::Verdict => self.verdict,
            Phase::Quit => self.quit,
        }
    }
}
