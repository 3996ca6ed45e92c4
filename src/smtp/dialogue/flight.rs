//! Messages that travel in one chunk each (RFC 3030), several at once if need be.
//!
//! `MAIL RCPT BDAT n LAST` and all octets but the last leave in one flight; the last octet leaves when the message may
//! count. Without it the server can't answer BDAT, so it is to a chunk what the final dot is to DATA. The
//! argument for each case stands in `docs/decisions/0015-the-last-octet.md`.

use crate::{
    delivery::ports::Envelope,
    domain::outcome::{Outcome, Phase, Reply},
    smtp::{
        body::Body,
        dialogue::{
            CLOSED_WHILE_IDLE, Dialogue, Event, Expect, LineEnd, State, Transaction,
            ending::is_about_idling,
            refused,
            transaction::{is_about_parameters, is_about_pipelining},
        },
        queue_id::queue_id,
    },
};
use std::fmt::Write as _;

/// One message that was begun and has no verdict yet.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, none of them a state")]
pub(super) struct Flight {
    /// Its last octet may have left.
    has_left: bool,
    /// Parameters that we could do without were sent.
    has_optional: bool,
    /// The server said something about it.
    was_heard: bool,
    /// Its one recipient was refused: nobody can get it, whatever becomes of its octets.
    is_for_nobody: bool,
    refusal: Option<(Phase, Reply)>,
}

impl Dialogue {
    /// Returns whether messages may travel in chunks: offered, and not found wanting.
    pub fn takes_flights(&self) -> bool {
        let capabilities = &self.capabilities;
        let are_offered = capabilities.chunking && capabilities.pipelining;
        are_offered && !self.memory.is_lock_step() && self.memory.takes_chunks()
    }

    /// Returns how many messages were launched and have no verdict yet.
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Returns how many of them still have their last octet.
    pub fn withheld(&self) -> usize {
        self.flights.iter().filter(|flight| !flight.has_left).count()
    }

    /// Returns whether the only message in flight can't reach anybody: its last octet may leave without a commit.
    pub fn is_for_nobody(&self) -> bool {
        self.flights.len() == 1 && self.flights[0].is_for_nobody
    }

    /// Begins a message in a chunk: its commands are put into the output, and all its octets but the last follow them.
    ///
    /// # Errors
    /// When the message can't travel this way; nothing was said to the server then, and the next
    /// message may begin.
    pub fn launch(&mut self, envelope: &Envelope, body: &Body<'_>) -> Result<(), Outcome> {
        if !matches!(self.state, State::Idle | State::Flying) {
            let cause = "the session is closed".to_owned();
            return Err(Outcome::Broken { phase: Phase::Mail, cause });
        }
        self.check_passable(envelope, body)?;
        self.transactions += 1;
        // RFC 3030, 2: only RSET leads on from a refused BDAT, and behind one without answer it may be refused yet.
        if std::mem::take(&mut self.needs_reset) || !self.flights.is_empty() {
            self.send("RSET\r\n", &[Expect::FlightReset]);
        }
        let is_bare = self.memory.wants_bare_commands();
        let transaction = Transaction::new(envelope, body);
        let (mut commands, has_mail_optional) = self.mail_command(&transaction, is_bare);
        let (rcpt, has_rcpt_optional) = self.rcpt_command(&transaction, is_bare);
        commands.push_str(&rcpt);
        // Writing to a String can't fail.
        let _ = write!(commands, "BDAT {} LAST\r\n", body.size_octets());
        self.send(&commands, &[Expect::FlightMail, Expect::FlightRcpt, Expect::Chunk]);
        self.flights
            .push_back(Flight { has_optional: has_mail_optional || has_rcpt_optional, ..Flight::default() });
        self.state = State::Flying;
        Ok(())
    }

    /// Notes that the last octet of the oldest message that still had it may have left.
    pub fn octet_leaves(&mut self) {
        if let Some(flight) = self.flights.iter_mut().find(|flight| !flight.has_left) {
            flight.has_left = true;
        }
    }

    /// Returns whether the reply awaited now may decide over a message that is whole.
    pub fn awaits_verdict(&self) -> bool {
        self.flights.front().is_some_and(|flight| flight.has_left)
    }

    /// Takes the newest event back: what the message that was launched last came to.
    pub fn last_event(&mut self) -> Option<Event> {
        self.events.pop_back()
    }

    /// Ends all flights because the line did: one event for each, in their order.
    pub fn flights_broke(&mut self, end: &LineEnd) {
        let phase = self.phase();
        let is_silence = matches!(end, LineEnd::Silent(_));
        let first = self.flights.front();
        let is_unheard = first.is_some_and(|flight| !flight.was_heard && !flight.has_left);
        if is_unheard && !is_silence && self.transactions > 1 {
            return self.ground(Phase::Mail, CLOSED_WHILE_IDLE);
        }
        let cause = match end {
            LineEnd::Closed => format!("the server closed the connection ({})", phase.as_str()),
            LineEnd::Failed(why) => format!("the connection failed ({}): {why}", phase.as_str()),
            LineEnd::Silent(seconds) => {
                format!("the server was silent for {seconds} s ({})", phase.as_str())
            }
        };
        self.ground(phase, &cause);
    }

    /// Closes the dialogue and says of each message in flight what that means: those that were whole are in doubt, the
    /// others were never more than a beginning.
    pub(super) fn ground(&mut self, mut phase: Phase, cause: &str) {
        self.state = State::Closed;
        self.expected.clear();
        for flight in std::mem::take(&mut self.flights) {
            let cause = cause.to_owned();
            let outcome = match flight.refusal {
                // The refusal was heard; what broke after it changes nothing.
                Some((phase, reply)) if flight.is_for_nobody || !flight.has_left => refused(phase, reply),
                _ if flight.has_left => Outcome::InDoubt { cause },
                _ => Outcome::Broken { phase, cause },
            };
            self.events.push_back(Event::Ended(outcome));
            phase = Phase::Mail;
        }
    }

    /// Notes that the server spoke of the oldest message in flight.
    pub(super) fn hear_of_flight(&mut self) {
        if let Some(flight) = self.flights.front_mut() {
            flight.was_heard = true;
        }
    }

    pub(super) fn take_flight_reply(&mut self, expect: Expect, reply: Reply) {
        if expect == Expect::Chunk {
            return self.land(reply);
        }
        let Some(flight) = self.flights.front_mut() else { return };
        match (expect, reply.code) {
            // A sender was refused and a recipient taken. With such a server the message could yet count
            // when it is whole; while it isn't, leaving is lawful.
            (Expect::FlightRcpt, 200..=299) if flight.refusal.is_some() && !flight.has_left => {
                self.ground(Phase::Mail, "a recipient was taken after a refused MAIL");
            }
            (_, 200..=299) => {}
            (Expect::FlightReset, _) | (_, ..400) => self.fail(format!("`{reply}` makes no sense here")),
            _ => {
                flight.is_for_nobody |= expect == Expect::FlightRcpt;
                flight.refusal.get_or_insert((expect.phase(), reply));
            }
        }
    }

    /// The answer to BDAT, the one reply that makes a message sent.
    fn land(&mut self, reply: Reply) {
        let Some(flight) = self.flights.pop_front() else { return };
        if !flight.has_left {
            return self.land_early(flight, reply);
        }
        let is_accepted = (200..=299).contains(&reply.code);
        let outcome = match flight.refusal {
            Some((phase, first)) if flight.is_for_nobody || !is_accepted => {
                let Some(outcome) = self.refusal_of_flight(phase, first, flight.has_optional) else { return };
                outcome
            }
            _ if is_accepted => {
                let remote_id = queue_id(&reply.text);
                Outcome::Accepted { reply, remote_id }
            }
            _ if is_about_chunking(&reply) => return self.give_chunks_up(&reply),
            _ if reply.code >= 400 => refused(Phase::Verdict, reply),
            _ => {
                self.flights.push_front(flight);
                return self.fail(format!("`{reply}` is no answer to a whole message"));
            }
        };
        // Those behind it have brought their own RSET.
        self.needs_reset |= !is_accepted && self.flights.is_empty();
        self.state = if self.flights.is_empty() { State::Idle } else { State::Flying };
        self.events.push_back(Event::Ended(outcome));
    }

    /// BDAT was answered while its last octet was still here: the message can't have been taken. Nobody knows whether the
    /// server will swallow the octets or take them for commands, so the session ends.
    fn land_early(&mut self, flight: Flight, reply: Reply) {
        let outcome = match flight.refusal {
            Some((phase, first)) => refused(phase, first),
            None if is_about_chunking(&reply) => return self.give_chunks_up(&reply),
            None if reply.code >= 400 => refused(Phase::Body, reply),
            None => {
                let cause = format!("the server spoke out of turn: {reply}");
                Outcome::Broken { phase: Phase::Body, cause }
            }
        };
        self.events.push_back(Event::Ended(outcome));
        self.ground(Phase::Mail, CLOSED_WHILE_IDLE);
    }

    /// The host does not know BDAT although it offers it, and takes the octets behind it for commands.
    fn give_chunks_up(&mut self, reply: &Reply) {
        self.memory.remember_unchunked();
        let cause = format!("the server stumbled over BDAT, from now on without: {reply}");
        self.stumble(&cause);
    }

    /// Ends the flight that was taken off the front, and the session with it. A host that is remembered now takes those
    /// behind it in the other way too, as far as they were never whole.
    fn stumble(&mut self, cause: &str) {
        self.events.push_back(Event::Ended(Outcome::Stumbled { cause: cause.to_owned() }));
        self.ground(Phase::Mail, cause);
    }

    /// Returns what a refused envelope comes to; `None` when the session ended over it.
    fn refusal_of_flight(&mut self, phase: Phase, reply: Reply, has_optional: bool) -> Option<Outcome> {
        if has_optional && is_about_parameters(phase, &reply) {
            self.memory.remember_bare_commands();
            let cause = format!("the server stumbled over parameters, from now on without: {reply}");
            return Some(Outcome::Stumbled { cause });
        }
        if is_about_pipelining(&reply) {
            self.memory.remember_lock_step();
            let cause = format!("the server stumbled over pipelining, from now on without: {reply}");
            self.stumble(&cause);
            return None;
        }
        Some(refused(phase, reply))
    }

    /// 421 to a message in flight: the server leaves, and that message was not taken. It read no further, but nobody
    /// who is not the server knows: what was whole behind it is in doubt.
    pub(super) fn take_goodbye_in_flight(&mut self, phase: Phase, reply: Reply) {
        let Some(flight) = self.flights.pop_front() else { return };
        let cause = format!("the server left: {reply}");
        let outcome = match flight.refusal {
            Some((phase, first)) => refused(phase, first),
            None if !flight.was_heard && self.transactions > 1 && is_about_idling(&reply) => {
                Outcome::Broken { phase: Phase::Mail, cause: format!("{CLOSED_WHILE_IDLE}: {reply}") }
            }
            None => refused(phase, reply),
        };
        self.events.push_back(Event::Ended(outcome));
        self.ground(Phase::Mail, &cause);
    }
}

/// Whether a server says that it does not know BDAT, or not there (RFC 5321, 4.2.4).
fn is_about_chunking(reply: &Reply) -> bool {
    matches!(reply.code, 500 | 502 | 503 | 504)
}
