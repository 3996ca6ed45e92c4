//! Exit codes: an interface that scripts rely on, documented in `docs/errors.md`.

use std::process::ExitCode;

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Problems were found: content refused, checks failed, some deliveries failed, nothing could be sent.
    Problems,
    /// The command line itself was wrong.
    Usage,
    /// Could not look: a file, the ledger or the network was out of reach.
    CouldNotLook,
    /// Done, with deliveries in doubt that await a decision.
    InDoubt,
    /// Interrupted by Ctrl-C or SIGTERM; the same command goes on.
    Interrupted,
}

impl Exit {
    /// Returns the number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Problems => 1,
            Self::Usage => 2,
            Self::CouldNotLook => 3,
            Self::InDoubt => 4,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
