//! From MAIL to the verdict.

use crate::{
    delivery::ports::Envelope,
    domain::outcome::{Action, Outcome, Phase, Reply, Scope},
    smtp::{
        address_check::{is_safe_in_command, original_recipient, xtext},
        body::Body,
        dialogue::{Dialogue, Event, Expect, State, Transaction, refused, refused_here},
        queue_id::queue_id,
    },
};
use std::fmt::Write as _;

/// Octets of an envelope id that may be sent (RFC 3461, 4.4).
const ENVELOPE_ID_OCTETS_MAX: usize = 100;

/// Octets of an `ORCPT` value that may be sent (RFC 3461, 4.2).
const ORIGINAL_RECIPIENT_OCTETS_MAX: usize = 500;

impl Dialogue {
    /// Begins a message: MAIL and what follows are put into the output.
    ///
    /// # Errors
    /// When the message can't travel this way; nothing was said to the server then, and the next
    /// message may begin.
    pub fn begin(&mut self, envelope: &Envelope, body: &Body<'_>) -> Result<(), Outcome> {
        if self.state != State::Idle {
            let cause = "the session is closed".to_owned();
            return Err(Outcome::Broken { phase: Phase::Mail, cause });
        }
        self.check_passable(envelope, body)?;
        self.transactions += 1;
        self.transaction = Some(Transaction::new(envelope, body));
        self.state = State::Envelope;
        self.open_envelope();
        Ok(())
    }

    /// Puts the envelope of the following message behind a final dot, when the host can take that.
    fn chain(&mut self, envelope: &Envelope, body: &Body<'_>) {
        let may_chain = self.capabilities.pipelining && self.memory.takes_chains() && !self.needs_reset;
        if !may_chain || self.check_passable(envelope, body).is_err() {
            return;
        }
        let is_bare = self.memory.wants_bare_commands();
        let mut transaction = Transaction::new(envelope, body);
        let (mail, has_mail_optional) = self.mail_command(&transaction, is_bare);
        let (rcpt, has_rcpt_optional) = self.rcpt_command(&transaction, is_bare);
        transaction.has_optional = has_mail_optional || has_rcpt_optional;
        (transaction.is_pipelined, transaction.is_chained) = (true, true);
        self.following = Some(transaction);
        self.send(&format!("{mail}{rcpt}DATA\r\n"), &[Expect::Mail, Expect::Rcpt, Expect::Data]);
    }

    /// Puts the final dot into the output: from now on the message may count. The envelope of the message that
    /// follows goes behind it when the host can take that; see [`Dialogue::is_ahead`] after the verdict.
    ///
    /// # Errors
    /// When the server does not wait for it; the output stays empty then.
    pub fn finish(&mut self, following: Option<(&Envelope, &Body<'_>)>) -> Result<(), Outcome> {
        if self.state != State::Body {
            let cause = "no message waits for its final dot".to_owned();
            return Err(Outcome::Broken { phase: Phase::Body, cause });
        }
        self.state = State::Verdict;
        self.send(".\r\n", &[Expect::Verdict]);
        if let Some((envelope, body)) = following {
            self.chain(envelope, body);
        }
        Ok(())
    }

    /// Takes the final dot back, of which not an octet left, with what was to go behind it. Nothing may have been heard
    /// since [`Dialogue::finish`].
    pub fn take_back_the_dot(&mut self) {
        self.state = State::Body;
        self.expected.clear();
        self.following = None;
    }

    /// Ends the dialogue when it is certain that not an octet of the final dot left.
    pub fn dot_never_left(&mut self, cause: String) -> Outcome {
        self.state = State::Closed;
        self.expected.clear();
        self.transaction = None;
        self.following = None;
        Outcome::Broken { phase: Phase::Body, cause }
    }

    /// Says no where the server would have to.
    pub(super) fn check_passable(&self, envelope: &Envelope, body: &Body<'_>) -> Result<(), Outcome> {
        let refuse =
            |enhanced, text: String, verdict| Err(refused_here(Phase::Mail, Some(enhanced), text, verdict));
        let host = &self.profile.host;
        for (address, scope) in [(&envelope.to, Scope::Recipient), (&envelope.from, Scope::Sender)] {
            let action = if scope == Scope::Sender { Action::Abort } else { Action::Fail };
            if !is_safe_in_command(&address.expose()) {
                return refuse((5, 1, 3), format!("`{address}` can't stand in a command"), (scope, action));
            }
            if address.needs_smtputf8() && !self.capabilities.smtputf8 {
                let text = format!("address not supported by this path: `{host}` does not offer SMTPUTF8");
                return refuse((5, 6, 7), text, (scope, action));
            }
        }
        let size = body.size_octets();
        if let Some(limit) = self.capabilities.size_octets_max.filter(|limit| size > *limit) {
            let text = format!("the message has {size} octets, `{host}` takes no more than {limit}");
            return refuse((5, 3, 4), text, (Scope::Message, Action::Abort));
        }
        if !body.is_ascii() && !self.capabilities.eight_bit_mime && !self.capabilities.smtputf8 {
            let text = format!("the message has octets above 127, and `{host}` does not offer 8BITMIME");
            return refuse((5, 6, 3), text, (Scope::Message, Action::Abort));
        }
        Ok(())
    }

    /// Sends the envelope: in one group if the host can take that (RFC 2920, 3.1), else its first command.
    fn open_envelope(&mut self) {
        let is_pipelined = self.capabilities.pipelining && !self.memory.is_lock_step();
        let is_bare = self.memory.wants_bare_commands();
        let Some(mut transaction) = self.transaction.take() else { return };
        let (mail, has_mail_optional) = self.mail_command(&transaction, is_bare);
        let (rcpt, has_rcpt_optional) = self.rcpt_command(&transaction, is_bare);
        transaction.is_pipelined = is_pipelined;
        transaction.has_optional = has_mail_optional || has_rcpt_optional;
        self.transaction = Some(transaction);
        if std::mem::take(&mut self.needs_reset) {
            self.send("RSET\r\n", &[Expect::Reset]);
            if !is_pipelined {
                return;
            }
        }
        if is_pipelined {
            let group = format!("{mail}{rcpt}DATA\r\n");
            self.send(&group, &[Expect::Mail, Expect::Rcpt, Expect::Data]);
        } else {
            self.send(&mail, &[Expect::Mail]);
        }
    }

    /// Returns the MAIL command, and whether it has parameters that we can do without.
    pub(super) fn mail_command(&self, transaction: &Transaction, is_bare: bool) -> (String, bool) {
        let Transaction { envelope, size_octets, .. } = transaction;
        let capabilities = &self.capabilities;
        let mut command = format!("MAIL FROM:<{}>", envelope.from.expose());
        if envelope.from.needs_smtputf8() || envelope.to.needs_smtputf8() {
            command.push_str(" SMTPUTF8");
        }
        if !transaction.is_ascii && capabilities.eight_bit_mime {
            command.push_str(" BODY=8BITMIME");
        }
        let needed = command.len();
        if capabilities.size && !is_bare {
            // Writing to a String can't fail.
            let _ = write!(command, " SIZE={size_octets}");
        }
        if capabilities.dsn && !is_bare {
            command.push_str(" RET=HDRS");
            let envelope_id = xtext(&envelope.envelope_id);
            if !envelope_id.is_empty() && envelope_id.len() <= ENVELOPE_ID_OCTETS_MAX {
                let _ = write!(command, " ENVID={envelope_id}");
            }
        }
        let has_optional = command.len() > needed;
        command.push_str("\r\n");
        (command, has_optional)
    }

    /// Returns the RCPT command, and whether it has parameters that we can do without.
    pub(super) fn rcpt_command(&self, transaction: &Transaction, is_bare: bool) -> (String, bool) {
        let address = transaction.envelope.to.expose();
        let mut command = format!("RCPT TO:<{address}>");
        let has_optional = self.capabilities.dsn && !is_bare;
        if has_optional {
            command.push_str(" NOTIFY=FAILURE,DELAY");
            let original = original_recipient(&address);
            if original.len() <= ORIGINAL_RECIPIENT_OCTETS_MAX {
                let _ = write!(command, " ORCPT={original}");
            }
        }
        command.push_str("\r\n");
        (command, has_optional)
    }

    pub(super) fn take_envelope_reply(&mut self, expect: Expect, reply: Reply) {
        if expect == Expect::Verdict {
            return self.take_verdict(reply);
        }
        if expect == Expect::LoneDot {
            // Nothing of ours was in it: the reply means nothing (RFC 2920, 3.1).
            return self.conclude();
        }
        let Some(transaction) = &mut self.transaction else { return };
        let is_pipelined = transaction.is_pipelined;
        let refused_in = transaction.refusal.as_ref().map(|(phase, _)| *phase);
        match (expect, reply.code) {
            (Expect::Data, 354) if refused_in == Some(Phase::Rcpt) => self.send(".\r\n", &[Expect::LoneDot]),
            // No sender, perhaps a recipient, and DATA: with such a server even a lone dot could
            // become an empty message. Leaving is always lawful.
            (Expect::Data, 354) if refused_in.is_some() => self.fail("354 after a refused MAIL".to_owned()),
            (Expect::Data, 354) => {
                self.state = State::Body;
                self.events.push_back(Event::SendBody);
            }
            (Expect::Reset | Expect::Mail | Expect::Rcpt, 200..=299) if !is_pipelined => {
                self.send_next_of_lock_step(expect);
            }
            (Expect::Reset | Expect::Mail | Expect::Rcpt, 200..=299) => {}
            (Expect::Reset, _) | (_, ..400) => self.fail(format!("`{reply}` makes no sense here")),
            _ => {
                transaction.refusal.get_or_insert((expect.phase(), reply));
                if !is_pipelined || expect == Expect::Data {
                    self.conclude();
                }
            }
        }
    }

    fn send_next_of_lock_step(&mut self, answered: Expect) {
        let is_bare = self.memory.wants_bare_commands();
        let Some(transaction) = &self.transaction else { return };
        let (command, expect) = match answered {
            Expect::Reset => (self.mail_command(transaction, is_bare).0, Expect::Mail),
            Expect::Mail => (self.rcpt_command(transaction, is_bare).0, Expect::Rcpt),
            _ => ("DATA\r\n".to_owned(), Expect::Data),
        };
        self.send(&command, &[expect]);
    }

    /// Ends a refused envelope, or tries it again without what the server did not like.
    fn conclude(&mut self) {
        let Some(mut transaction) = self.transaction.take() else { return };
        let Some((phase, reply)) = transaction.refusal.take() else { return };
        // The server may still hold MAIL; RSET rides ahead of the next envelope.
        self.needs_reset = true;
        if transaction.has_optional && !transaction.is_repeated && is_about_parameters(phase, &reply) {
            self.memory.remember_bare_commands();
            (transaction.is_repeated, transaction.is_chained) = (true, false);
            self.transaction = Some(transaction);
            return self.open_envelope();
        }
        if transaction.is_pipelined && is_about_pipelining(&reply) {
            self.memory.remember_lock_step();
            let cause = format!("the server stumbled over pipelining, from now on without: {reply}");
            return self.close_with(Outcome::Stumbled { cause });
        }
        self.state = State::Idle;
        self.events.push_back(Event::Ended(refused(phase, reply)));
    }

    /// The one reply that makes a message sent.
    fn take_verdict(&mut self, reply: Reply) {
        self.transaction = None;
        let outcome = match reply.code {
            200..=299 => {
                let remote_id = queue_id(&reply.text);
                Outcome::Accepted { reply, remote_id }
            }
            400.. => refused(Phase::Verdict, reply),
            _ => return self.fail(format!("`{reply}` is no answer to a final dot")),
        };
        self.transaction = self.following.take();
        self.transactions += u64::from(self.transaction.is_some());
        self.state = if self.transaction.is_some() { State::Envelope } else { State::Idle };
        self.events.push_back(Event::Ended(outcome));
    }
}

impl Transaction {
    pub(super) fn new(envelope: &Envelope, body: &Body<'_>) -> Self {
        Self {
            envelope: envelope.clone(),
            size_octets: body.size_octets(),
            is_ascii: body.is_ascii(),
            has_optional: false,
            is_repeated: false,
            is_pipelined: false,
            is_chained: false,
            was_heard: false,
            refusal: None,
        }
    }
}

/// Whether a refusal is about parameters of MAIL or RCPT (RFC 5321, 4.1.1.11; RFC 3463, 3.6).
pub(super) fn is_about_parameters(phase: Phase, reply: &Reply) -> bool {
    matches!(phase, Phase::Mail | Phase::Rcpt)
        && (reply.code == 555 || (matches!(reply.code, 500..=504) && reply.enhanced == Some((5, 5, 4))))
}

/// Whether a server says that it can't take commands in a group, although it had offered that.
pub(super) fn is_about_pipelining(reply: &Reply) -> bool {
    let text = reply.text.to_ascii_lowercase();
    ["pipelining", "synchronization error", "synchronisation error"].iter().any(|word| text.contains(word))
}
