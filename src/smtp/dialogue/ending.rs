//! How a dialogue comes to its end, and what that means for the message under way.

use crate::{
    domain::outcome::{Outcome, Phase, Reply},
    smtp::dialogue::{CLOSED_WHILE_IDLE, Dialogue, Event, State, Upgrade, refused},
};
use std::mem;

/// How a line came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// The server closed it.
    Closed,
    /// It failed, and why.
    Failed(String),
    /// The server was silent for too long, in seconds.
    Silent(u64),
}

impl Dialogue {
    /// Ends the dialogue because the line did, and returns what that means for the attempt under way.
    pub fn line_broke(&mut self, end: &LineEnd) -> Outcome {
        let phase = self.phase();
        // A server that throws away what came behind a final dot answers the dot and then nothing.
        let was_lost = matches!(end, LineEnd::Silent(_)) && self.is_ahead() && self.is_unheard_of();
        if was_lost {
            self.memory.remember_unchained();
        }
        let was_idle =
            was_lost || (matches!(end, LineEnd::Closed | LineEnd::Failed(_)) && self.is_unheard_of());
        let cause = match end {
            _ if was_idle => CLOSED_WHILE_IDLE.to_owned(),
            LineEnd::Closed => format!("the server closed the connection ({})", phase.as_str()),
            LineEnd::Failed(why) => format!("the connection failed ({}): {why}", phase.as_str()),
            LineEnd::Silent(seconds) => {
                format!("the server was silent for {seconds} s ({}){}", phase.as_str(), self.hint(phase))
            }
        };
        self.outcome_of_break(phase, cause)
    }

    /// A port for TLS from the first octet waits for us to speak, as we wait for its greeting.
    fn hint(&self, phase: Phase) -> &'static str {
        match (phase, self.profile.upgrade) {
            (Phase::Connect, Upgrade::Required) => "; if this port is for TLS (465), use `smtps://`",
            _ => "",
        }
    }

    /// Whether a later message of the session got no answer at all yet: the server had left before.
    ///
    /// A server that always leaves at the first message is not idle but broken, and must not be
    /// connected to again at once, for ever.
    pub(super) fn is_unheard_of(&self) -> bool {
        let unheard = self.transaction.as_ref().is_none_or(|transaction| !transaction.was_heard);
        match self.state {
            State::Idle => true,
            State::Envelope => unheard && self.transactions > 1,
            _ => false,
        }
    }

    /// Closes the dialogue over a break and says what it means.
    pub(super) fn outcome_of_break(&mut self, phase: Phase, cause: String) -> Outcome {
        let state = mem::replace(&mut self.state, State::Closed);
        self.expected.clear();
        // Nothing but its envelope was on the way: it has not been tried.
        self.following = None;
        let refusal = self.transaction.take().and_then(|transaction| transaction.refusal);
        match (state, refusal) {
            (State::Verdict, _) => Outcome::InDoubt { cause },
            // The refusal was heard; what broke after it changes nothing.
            (_, Some((phase, reply))) => refused(phase, reply),
            _ => Outcome::Broken { phase, cause },
        }
    }

    /// Ends the attempt and the session: the server did something that has no meaning.
    pub(super) fn fail(&mut self, cause: String) {
        let phase = self.phase();
        if self.state == State::Flying {
            return self.ground(phase, &cause);
        }
        let outcome = self.outcome_of_break(phase, cause);
        self.events.push_back(Event::Ended(outcome));
    }

    /// Ends the attempt to open a session, or a message together with its session.
    pub(super) fn close_with(&mut self, outcome: Outcome) {
        self.state = State::Closed;
        self.expected.clear();
        self.transaction = None;
        self.following = None;
        self.events.push_back(Event::Ended(outcome));
    }

    /// 421 may answer any command (RFC 5321, 3.8): the server leaves.
    pub(super) fn take_goodbye(&mut self, phase: Phase, reply: Reply) {
        if self.is_unheard_of() && is_about_idling(&reply) {
            let cause = format!("{CLOSED_WHILE_IDLE}: {reply}");
            return self.close_with(Outcome::Broken { phase: Phase::Mail, cause });
        }
        let earlier = self.transaction.take().and_then(|transaction| transaction.refusal);
        let (phase, reply) = earlier.unwrap_or((phase, reply));
        self.close_with(refused(phase, reply));
    }
}

/// Whether a 421 only says that the session was quiet for too long, or has had its share.
pub(super) fn is_about_idling(reply: &Reply) -> bool {
    let text = reply.text.to_ascii_lowercase();
    reply.enhanced == Some((4, 4, 2))
        || ["idle", "timeout", "timed out", "inactiv"].iter().any(|word| text.contains(word))
}
