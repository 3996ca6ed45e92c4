//! What an attempt came to. A network error is an outcome too, and it knows its phase.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where in the SMTP dialogue something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Reaching the host, and its greeting.
    Connect,
    /// EHLO.
    Hello,
    /// STARTTLS and the handshake.
    Tls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA, until 354.
    Data,
    /// The message, without its final dot.
    Body,
    /// After the final dot.
    Verdict,
    /// QUIT.
    Quit,
}

impl Phase {
    /// Returns the word shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Hello => "hello",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Body => "body",
            Self::Verdict => "verdict",
            Self::Quit => "quit",
        }
    }
}

/// A server's answer (RFC 5321, 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The three digits; 0 when no server said it but we did, before asking one.
    pub code: u16,
    /// The enhanced code of the last line (RFC 2034), when there is one.
    pub enhanced: Option<(u8, u16, u16)>,
    /// The text of all lines, joined by spaces, without codes, at most 1 kB.
    pub text: String,
}

impl fmt::Display for Reply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if self.code != 0 {
            write!(out, "{}", self.code)?;
            separator = " ";
        }
        if let Some((class, subject, detail)) = self.enhanced {
            write!(out, "{separator}{class}.{subject}.{detail}")?;
            separator = " ";
        }
        if !self.text.is_empty() {
            write!(out, "{separator}{}", self.text)?;
        }
        Ok(())
    }
}

/// Whom or what a refusal is about (deliverability: scope before severity).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// This recipient only.
    Recipient,
    /// This message: every recipient would hear the same.
    Message,
    /// The host we talk to: pace, connections, a bad moment.
    Host,
    /// Who we are: login, name, rights. The run must stop.
    Sender,
}

/// What to do after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Try again after a while.
    Retry,
    /// The address is dead: a bounce.
    Bounce,
    /// This delivery failed for good, the address is not to blame.
    Fail,
    /// Stop the run; the queue is kept.
    Abort,
}

/// The reading of a reply: whom it is about and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whom or what it is about.
    pub scope: Scope,
    /// What to do.
    pub action: Action,
    /// Seconds to wait at least before this delivery is tried again, when the reply implies some.
    pub wait_seconds: Option<u32>,
}

/// What one attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 2yz to the final dot: the server has taken responsibility.
    Accepted {
        /// The server's words.
        reply: Reply,
        /// The queue id in them, when one could be read.
        remote_id: Option<String>,
    },
    /// A definite no, in any phase.
    Refused {
        /// When it was said.
        phase: Phase,
        /// The server's words.
        reply: Reply,
        /// How we read them.
        verdict: Verdict,
    },
    /// The line broke or went silent, or we gave up, before the final dot left: definitely not delivered.
    Broken {
        /// When it happened.
        phase: Phase,
        /// Why, for people.
        cause: String,
    },
    /// The line broke or went silent after the final dot left: nobody can know (RFC 1047).
    InDoubt {
        /// Why, for people.
        cause: String,
    },
}
