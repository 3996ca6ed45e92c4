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
    /// The organisation that reads the recipient's mail: everybody there would hear the same.
    Provider,
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
    /// Try again in five to fifteen minutes: who comes back is no spammer (RFC 6647).
    Grey,
    /// The address is dead: a bounce.
    Bounce,
    /// This delivery failed for good, the address is not to blame.
    Fail,
    /// Stop the run; the queue is kept.
    Abort,
}

/// How to treat whoever spoke from now on, beside what becomes of the delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// As before.
    #[default]
    Keep,
    /// Half the connections, half the rate.
    Slow,
    /// Nothing for the time that the verdict names.
    Pause,
    /// Nothing for the time that the verdict names, twice as long each time it is said again.
    PauseDoubling,
    /// One connection and a quarter of the rate.
    Crawl,
    /// Nothing for ten minutes, then one connection, then one more at a time (Google's own sequence for 4.7.28).
    Restart,
    /// Fewer connections; the rate may stay.
    FewerConnections,
    /// Fewer messages on one connection.
    ShorterSessions,
    /// A new connection, and nothing else.
    Reconnect,
    /// The same command again without optional parameters, remembered for the host.
    DropParameters,
}

/// What kind of refusal it is: for breakers, and for the word of advice that goes with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Nothing in particular.
    #[default]
    Unclear,
    /// A first-time sender is kept waiting.
    Greylisting,
    /// The mailbox is full.
    MailboxFull,
    /// The mailbox does not exist, and the server says so clearly.
    NoMailbox,
    /// The mailbox exists and is not used.
    Inactive,
    /// This path can't carry the address.
    AddressForm,
    /// How fast or with how many connections we come.
    Pace,
    /// A quota of our own account.
    Quota,
    /// What they think of our address on the network or our domain.
    Reputation,
    /// SPF, DKIM, DMARC, reverse names, TLS: proof that we are who we say.
    Authentication,
    /// The content looks like spam to them.
    Spam,
    /// The recipient's organisation does not want this mail.
    Policy,
    /// User, password, method of the login.
    Login,
    /// The login has no right to send this, or to there.
    Rights,
    /// The login method is switched off; another one is needed.
    NeedsOauth,
    /// The name or domain we give.
    OurName,
    /// Too large.
    Size,
    /// A message or a command that breaks the rules: our mistake.
    OurMistake,
}

impl Subject {
    /// Returns what people can do about it.
    pub fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Login => {
                "look at `user` and the password in masthead.yaml; some providers want an app password"
            }
            Self::NeedsOauth => {
                "this account takes no plain password any more: set up `oauth` for the relay (docs/sending.md)"
            }
            Self::Rights => {
                "the login may not send as this sender or to this address: look at `from`, `bounce_address` and at what the relay allows"
            }
            Self::Authentication => {
                "SPF, DKIM, DMARC or the reverse name don't hold: `masthead doctor` says which, and what to publish"
            }
            Self::Reputation => {
                "the sending address or domain is on a block list or has a bad name: ask whoever runs the relay, then go on slowly"
            }
            Self::Quota => {
                "the account has used up what it may send in this time; the same command goes on when it is free again"
            }
            Self::OurName => {
                "look at `hello_name` and at the domain of `bounce_address`: both must exist in DNS"
            }
            Self::Size => "make the issue smaller: fewer or smaller embedded pictures",
            Self::Spam => {
                "the content looks like spam to them: `masthead check` shows words and links that filters mind"
            }
            Self::OurMistake => {
                "this looks like a mistake of masthead: please report it with the server's words"
            }
            _ => return None,
        })
    }
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
    /// How to treat whoever spoke.
    pub measure: Measure,
    /// What kind of refusal it is.
    pub subject: Subject,
    /// Half points of soft-bounce score: how much it speaks against the address over several issues.
    pub soft_halves: u8,
}

impl Verdict {
    /// Returns a verdict without a wait, a measure or anything else of note.
    pub const fn new(scope: Scope, action: Action) -> Self {
        Self {
            scope,
            action,
            wait_seconds: None,
            measure: Measure::Keep,
            subject: Subject::Unclear,
            soft_halves: 0,
        }
    }

    /// Returns it with a wait.
    #[must_use]
    pub const fn after(self, seconds: u32) -> Self {
        Self { wait_seconds: Some(seconds), ..self }
    }

    /// Returns it with a measure.
    #[must_use]
    pub const fn with(self, measure: Measure) -> Self {
        Self { measure, ..self }
    }

    /// Returns it with a subject.
    #[must_use]
    pub const fn about(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    /// Returns it with half points of soft-bounce score.
    #[must_use]
    pub const fn soft(self, halves: u8) -> Self {
        Self { soft_halves: halves, ..self }
    }
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
    /// The host can't do what it offers, and said so; nothing of this message counts. The host is remembered, so the same
    /// message may go again at once, in another way, without a penalty for anybody. Once per way: it ends.
    Stumbled {
        /// Over what, for people.
        cause: String,
    },
    /// The line broke or went silent after the final dot left: nobody can know (RFC 1047).
    InDoubt {
        /// Why, for people.
        cause: String,
    },
}
