//! Who we are towards a host, and what we know of it.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

/// What to do about STARTTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// The line is plain or already protected; STARTTLS is not used.
    Never,
    /// Without STARTTLS nothing is said. The rule for every other machine.
    Required,
    /// STARTTLS if offered. Only towards this very machine, where nobody listens in: our own inbox and
    /// many a local mail server offer none.
    WhenOffered,
}

/// What proves who we are. Neither `Debug` nor any error shows it.
#[derive(Clone, PartialEq, Eq)]
pub enum LoginSecret {
    /// A password.
    Password(String),
    /// An OAuth access token.
    Token(String),
}

impl LoginSecret {
    /// Returns the secret itself.
    pub(super) fn expose(&self) -> &str {
        match self {
            Self::Password(secret) | Self::Token(secret) => secret,
        }
    }
}

impl fmt::Debug for LoginSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LoginSecret(•••)")
    }
}

/// User name and secret. Neither `Debug` nor any error shows them.
#[derive(Clone)]
pub struct Login {
    /// Login name.
    pub user: String,
    /// Password or token.
    pub secret: LoginSecret,
    /// Random characters, fresh for every session, without comma (RFC 5802, 5.1).
    pub nonce: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Login(•••)")
    }
}

/// Who we are and what we insist on.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The host, for messages to people and for OAUTHBEARER.
    pub host: String,
    /// The port, for OAUTHBEARER.
    pub port: u16,
    /// The name we give in EHLO.
    pub hello_name: String,
    /// What to do about STARTTLS.
    pub upgrade: Upgrade,
    /// Whether a login may travel without TLS: only towards this machine.
    pub login_in_clear: bool,
    /// The login, when the relay wants one.
    pub login: Option<Login>,
}

/// What was learned about a host, shared by all sessions with it.
#[derive(Debug, Default)]
pub struct HostMemory {
    lock_step: AtomicBool,
    unchained: AtomicBool,
    bare_commands: AtomicBool,
}

impl HostMemory {
    /// Notes that the host stumbled over pipelined commands.
    pub(super) fn remember_lock_step(&self) {
        self.lock_step.store(true, Ordering::Relaxed);
    }

    /// Notes that the host lost an envelope that came behind a final dot.
    pub(super) fn remember_unchained(&self) {
        self.unchained.store(true, Ordering::Relaxed);
    }

    /// Notes that the host refused parameters that it had offered itself.
    pub(super) fn remember_bare_commands(&self) {
        self.bare_commands.store(true, Ordering::Relaxed);
    }

    /// Returns whether the host stumbled over pipelined commands.
    pub fn is_lock_step(&self) -> bool {
        self.lock_step.load(Ordering::Relaxed)
    }

    /// Returns whether an envelope may come behind a final dot, as far as is known.
    pub fn takes_chains(&self) -> bool {
        !self.is_lock_step() && !self.unchained.load(Ordering::Relaxed)
    }

    /// Returns whether the host refused parameters that it had offered itself.
    pub fn wants_bare_commands(&self) -> bool {
        self.bare_commands.load(Ordering::Relaxed)
    }
}
