//! The conversation with one server as a state machine without a socket.
//!
//! Whoever drives it writes what [`Dialogue::take_output`] gives, hands what arrives to
//! [`Dialogue::receive`], and acts on [`Dialogue::next_event`]. The order of life:
//!
//! ```text
//! greeting ─► EHLO ─► [STARTTLS ─► UpgradeToTls ─► tls_established ─► EHLO] ─► [AUTH] ─► Ready
//!                                                                                        │
//!      ┌───────────────────────────── Ended(Accepted | Refused) ◄──────────────┐         │
//!      ▼                                                                       │         ▼
//!    begin ─► MAIL RCPT DATA ─► SendBody ─► (the driver writes the body) ─► finish ─► final dot
//! ```
//!
//! Told of the message that follows, `finish` puts its envelope behind the dot (RFC 2920, 3.1: end-of-data may
//! open a group). After the verdict the dialogue is then in the next envelope already.
//!
//! The final dot is in the output only after [`Dialogue::finish`]. An end of the line is told with
//! [`Dialogue::line_broke`], which knows from the phase whether that is `Broken` or `InDoubt`.

mod ending;
mod opening;
mod profile;
mod sasl;
mod transaction;

pub use ending::LineEnd;
pub use profile::{HostMemory, Login, LoginSecret, Profile, Upgrade};

use crate::{
    delivery::ports::Envelope,
    domain::outcome::{Action, Outcome, Phase, Reply, Scope, Verdict},
    smtp::{
        capabilities::Capabilities,
        classify::classify,
        reply::{FullReply, ReplyReader},
    },
};
use sasl::{Exchange, Mechanism};
use std::{collections::VecDeque, fmt, mem, sync::Arc};

/// How the cause begins when a server closed a session between two messages. That is normal (servers
/// cap messages and time per session): connect again at once, without a penalty for anybody.
pub const CLOSED_WHILE_IDLE: &str = "closed while idle";

/// What the driver is to do, or to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Do the TLS handshake, then call [`Dialogue::tls_established`].
    UpgradeToTls,
    /// The first message may begin.
    Ready,
    /// Write the body; then call [`Dialogue::finish`] as soon as it may count.
    SendBody,
    /// The attempt is over: to open the session, or to send the message.
    Ended(Outcome),
}

/// The reply that is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Greeting,
    Hello,
    FallbackHello,
    StartTls,
    Auth,
    Reset,
    Mail,
    Rcpt,
    Data,
    LoneDot,
    Verdict,
    Quit,
}

impl Expect {
    fn phase(self) -> Phase {
        match self {
            Self::Greeting => Phase::Connect,
            Self::Hello | Self::FallbackHello => Phase::Hello,
            Self::StartTls => Phase::Tls,
            Self::Auth => Phase::Auth,
            Self::Reset | Self::Mail => Phase::Mail,
            Self::Rcpt => Phase::Rcpt,
            Self::Data | Self::LoneDot => Phase::Data,
            Self::Verdict => Phase::Verdict,
            Self::Quit => Phase::Quit,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Up to the login.
    Opening,
    /// STARTTLS was granted; octets that arrive now belong to nobody.
    Handshake,
    /// Between messages.
    Idle,
    /// MAIL, RCPT, DATA.
    Envelope,
    /// 354 was heard, the final dot has not left.
    Body,
    /// The final dot may have left.
    Verdict,
    /// No more.
    Closed,
}

/// The message on its way.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, none of them a state")]
struct Transaction {
    envelope: Envelope,
    size_octets: u64,
    is_ascii: bool,
    /// Parameters that we could do without were sent.
    has_optional: bool,
    /// They were refused once already.
    is_repeated: bool,
    is_pipelined: bool,
    /// Its envelope left together with the final dot of the message before.
    is_chained: bool,
    /// The server said something since the transaction began.
    was_heard: bool,
    refusal: Option<(Phase, Reply)>,
}

/// The conversation with one server. See the module for how to drive it.
pub struct Dialogue {
    profile: Profile,
    memory: Arc<HostMemory>,
    capabilities: Capabilities,
    is_encrypted: bool,
    reader: ReplyReader,
    output: Vec<u8>,
    expected: VecDeque<Expect>,
    events: VecDeque<Event>,
    state: State,
    /// The login under way, and what could be tried if this one is not to be had.
    login: Option<Exchange>,
    other_logins: VecDeque<Mechanism>,
    transaction: Option<Transaction>,
    /// The one whose envelope is behind the final dot that has no answer yet.
    following: Option<Transaction>,
    transactions: u64,
    needs_reset: bool,
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never derived: the output may hold credentials.
        out.debug_struct("Dialogue").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Dialogue {
    /// Returns a dialogue that waits for the greeting. `is_encrypted` says that TLS is up already.
    pub fn new(profile: Profile, memory: Arc<HostMemory>, is_encrypted: bool) -> Self {
        Self {
            profile,
            memory,
            capabilities: Capabilities::default(),
            is_encrypted,
            reader: ReplyReader::default(),
            output: Vec::new(),
            expected: VecDeque::from([Expect::Greeting]),
            events: VecDeque::new(),
            state: State::Opening,
            login: None,
            other_logins: VecDeque::new(),
            transaction: None,
            following: None,
            transactions: 0,
            needs_reset: false,
        }
    }

    /// Takes in what the server sent, in whatever portions it came.
    pub fn receive(&mut self, octets: &[u8]) {
        let mut rest = octets;
        // RFC 3207, 4.2 and 5: what was sent in the clear behind the 220 to STARTTLS is thrown away.
        while !rest.is_empty() && !matches!(self.state, State::Handshake | State::Closed) {
            match self.reader.read(rest) {
                Ok((used, full)) => {
                    rest = &rest[used..];
                    if let Some(full) = full {
                        self.take_reply(full);
                    }
                }
                Err(fault) => self.fail(fault.to_string()),
            }
        }
    }

    /// Takes what is to be written now.
    pub fn take_output(&mut self) -> Vec<u8> {
        mem::take(&mut self.output)
    }

    /// Takes the oldest event.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Returns whether an event waits to be taken.
    pub fn has_event(&self) -> bool {
        !self.events.is_empty()
    }

    /// Returns what is being waited for, or done.
    pub fn phase(&self) -> Phase {
        match (self.expected.front(), self.state) {
            (Some(expect), _) => expect.phase(),
            (None, State::Body) => Phase::Body,
            (None, State::Handshake) => Phase::Tls,
            (None, _) => Phase::Mail,
        }
    }

    /// Returns whether a message may begin.
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Returns whether an envelope stands behind the final dot that has no answer yet.
    pub fn is_chained(&self) -> bool {
        self.following.is_some()
    }

    /// Returns whether the envelope of the following message is on its way, and nothing speaks against it yet.
    pub fn is_ahead(&self) -> bool {
        let is_chained = self.transaction.as_ref().is_some_and(|transaction| transaction.is_chained);
        is_chained && matches!(self.state, State::Envelope | State::Body)
    }

    /// Returns whether the server waits for the final dot.
    pub fn awaits_final_dot(&self) -> bool {
        self.state == State::Body
    }

    /// Returns what the server said it can do; empty before EHLO and between STARTTLS and the next EHLO.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Asks for the end of the session; the server's answer does not matter.
    pub fn quit(&mut self) {
        if self.state == State::Idle {
            self.send("QUIT\r\n", &[Expect::Quit]);
        }
    }

    /// Puts commands into the output and notes which replies will come.
    fn send(&mut self, commands: &str, expects: &[Expect]) {
        self.output.extend_from_slice(commands.as_bytes());
        self.expected.extend(expects);
    }

    fn take_reply(&mut self, full: FullReply) {
        let Some(expect) = self.expected.pop_front() else {
            return self.take_stray(&full.reply);
        };
        if let Some(transaction) = &mut self.transaction
            && full.reply.code != 421
        {
            transaction.was_heard = true;
        }
        match expect {
            Expect::Quit => self.state = State::Closed,
            _ if full.reply.code == 421 => self.take_goodbye(expect.phase(), full.reply),
            Expect::Reset
            | Expect::Mail
            | Expect::Rcpt
            | Expect::Data
            | Expect::LoneDot
            | Expect::Verdict => {
                self.take_envelope_reply(expect, full.reply);
            }
            _ => self.take_opening_reply(expect, &full),
        }
    }

    /// A reply that nobody asked for. Whatever it is, from here on no reply can be trusted to belong
    /// to the command before it, so the session ends.
    fn take_stray(&mut self, reply: &Reply) {
        let outcome = match self.state {
            // It can't be about a message that the server has not seen.
            State::Idle if reply.code == 421 => {
                Outcome::Broken { phase: Phase::Mail, cause: format!("{CLOSED_WHILE_IDLE}: {reply}") }
            }
            State::Body if reply.code >= 400 => refused(Phase::Body, reply.clone()),
            _ => {
                let cause = format!("the server spoke out of turn: {reply}");
                Outcome::Broken { phase: self.phase(), cause }
            }
        };
        self.close_with(outcome);
    }
}

/// A refusal by the server, read by the table.
fn refused(phase: Phase, reply: Reply) -> Outcome {
    let verdict = classify(phase, &reply);
    Outcome::Refused { phase, reply, verdict }
}

/// A refusal by ourselves, before the server could say it. It carries no code, for no server gave one.
pub(crate) fn refused_here(
    phase: Phase,
    enhanced: Option<(u8, u16, u16)>,
    text: impl Into<String>,
    (scope, action): (Scope, Action),
) -> Outcome {
    Outcome::Refused {
        phase,
        reply: Reply { code: 0, enhanced, text: text.into() },
        verdict: Verdict::new(scope, action),
    }
}

#[cfg(test)]
mod tests;
