//! What can go wrong with a store, and how people are told.

use crate::{
    delivery::ports::LedgerError,
    domain::problem::{Place, Problem},
};

/// Why a store did not do what it was asked; travels as the cause of a [`LedgerError`].
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct StoreError {
    /// The database file, or the address of the database without its password, when there is one.
    pub path: Option<String>,
    /// What is wrong.
    pub kind: StoreErrorKind,
}

/// The ways a store fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The issue is sealed already, with something else in it.
    #[error("`{issue}` is already sealed with other content or other recipients")]
    SealedOtherwise {
        /// `newsletter/issue`.
        issue: String,
    },
    /// A call that needs a beginning came without it.
    #[error("nothing was begun that could be continued")]
    NotBegun,
    /// Recipients were staged for one newsletter and sealed for another.
    #[error("recipients were staged for `{staged}`, the issue is one of `{sealed}`")]
    OtherNewsletter {
        /// Whose recipients.
        staged: String,
        /// Whose issue.
        sealed: String,
    },
    /// The file is something else.
    #[error("the file is not a masthead ledger")]
    NotALedger,
    /// A later masthead wrote it.
    #[error("the ledger has version {found}, this masthead knows versions up to {known}")]
    Newer {
        /// Version of the file.
        found: i64,
        /// The newest version we know.
        known: i64,
    },
    /// Somebody else holds it for too long.
    #[error("another program keeps the ledger locked")]
    Locked,
    /// It may not be written.
    #[error("the ledger can't be written")]
    ReadOnly(#[source] rusqlite::Error),
    /// No room is left.
    #[error("the disk is full")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server can't be reached, or went away and did not come back.
    #[error("the database can't be reached: {0}")]
    Away(String),
    /// The server did it or did it not; the line broke before it could say.
    #[error("the line to the database broke before it could say whether it was done: {0}")]
    AnswerLost(String),
    /// Login, database or rights are wrong.
    #[error("the database does not let us in: {0}")]
    NoAccess(String),
    /// The server may forget what it has committed.
    #[error("the database would forget what it has committed when the power fails: {0}")]
    NotDurable(String),
    /// What is in it can't be right.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
    /// The system gives no random octets.
    #[error("the system has no random numbers to give")]
    NoRandomness,
    /// The journals beside it know of mail that it does not know of.
    #[error("the ledger is older than what was sent from it: a backup was put back, or this is a copy")]
    RolledBack,
    /// This machine remembers commits that the database does not know of.
    #[error(
        "the database lacks commits that this machine made: a backup was put back, a standby took over, or this is a copy"
    )]
    LostCommits,
    /// It was sent from another machine or another path.
    #[error("the ledger was moved or copied since it was last sent from")]
    Moved,
    /// It was never sent from, and the journals beside it are another's.
    #[error("the ledger is new, and the send journals beside it tell of another one that was here")]
    Replaced,
    /// Somebody is sending from it.
    #[error("a send is running on this ledger")]
    InUse,
    /// A journal can't be read or written.
    #[error("the send journal can't be used: {0}")]
    Journal(String),
    /// It can't be opened, read or written for another reason.
    #[error("the ledger can't be used: {0}")]
    Unusable(String),
}

impl From<std::io::Error> for StoreErrorKind {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full(error.into()),
            _ => Self::Unusable(error.to_string()),
        }
    }
}

impl StoreErrorKind {
    /// Returns what is wrong with a journal.
    pub(crate) fn of_journal(error: std::io::Error) -> Self {
        match Self::from(error) {
            Self::Unusable(words) => Self::Journal(words),
            kind => kind,
        }
    }

    /// Returns the stable code, a heading of `docs/errors.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SealedOtherwise { .. } => "ledger/sealed-otherwise",
            Self::NotBegun | Self::OtherNewsletter { .. } => "ledger/misused",
            Self::NotALedger => "ledger/not-a-ledger",
            Self::Newer { .. } => "ledger/newer",
            Self::Locked => "ledger/locked",
            Self::ReadOnly(_) => "ledger/read-only",
            Self::Full(_) => "ledger/disk-full",
            Self::RolledBack | Self::LostCommits => "ledger/rolled-back",
            Self::Moved => "ledger/moved",
            Self::Replaced => "ledger/replaced",
            Self::InUse => "ledger/in-use",
            Self::Journal(_) => "ledger/journal-unusable",
            Self::Away(_) => "ledger/away",
            Self::AnswerLost(_) => "ledger/answer-lost",
            Self::NoAccess(_) => "ledger/no-access",
            Self::NotDurable(_) => "ledger/not-durable",
            Self::Damaged(_) => "ledger/damaged",
            Self::NoRandomness | Self::Unusable(_) => "ledger/unusable",
        }
    }

    /// Returns what a person can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::SealedOtherwise { .. } => {
                "undo the change to finish the sealed sending, or send the corrected issue as a new edition"
            }
            Self::NotBegun | Self::OtherNewsletter { .. } => {
                "this is a mistake in masthead; please report it"
            }
            Self::NotALedger => "name another file as `ledger` in masthead.yaml, or move this one away",
            Self::Newer { .. } => "use the newer masthead that wrote it, or a ledger of your own",
            Self::Locked => {
                "wait until the other program is done, or end it, and try again; nothing was lost"
            }
            Self::ReadOnly(_) => "make the file and its folder writable for you",
            Self::RolledBack => {
                "`masthead reconcile --adopt` brings it up to date from the send journal; then send again"
            }
            Self::LostCommits => {
                "look what was sent since (docs/scale.md), then `masthead reconcile --adopt` puts what is open in doubt, on every machine that sent"
            }
            Self::Moved => {
                "if nobody sends from the old place any more, `masthead reconcile --adopt` makes this the place to send from"
            }
            Self::Replaced => {
                "put the old ledger back, with the file that ends in `-wal` if there is one: a new ledger does not know who got \
                 mail already; if it is meant to begin anew, `masthead reconcile --adopt` lets it"
            }
            Self::InUse => "wait until it has ended, or end it, and try again",
            Self::Journal(_) => {
                "check folder, rights and disk of the journal beside the ledger; nothing was lost"
            }
            Self::Full(_) => "make room on the disk and try again; nothing was half done",
            Self::Away(_) => {
                "check address and network, and that PostgreSQL runs; then run the same command again"
            }
            Self::AnswerLost(_) => "look whether it was done, and run the same command again if it was not",
            Self::NoAccess(_) => "check user, password, database and rights in the address of the ledger",
            Self::NotDurable(_) => {
                "have the server's administrator turn it on: without it a message may be sent twice"
            }
            Self::Damaged(_) => {
                "restore it from a backup; do not send before you know what the lost ledger had sent"
            }
            Self::NoRandomness | Self::Unusable(_) => {
                "check that the folder or the database exists and is well"
            }
        }
    }
}

/// Returns what to tell people about a failed call, whichever ledger it came from.
pub fn problem_of(error: &LedgerError) -> Problem {
    let Some(cause) = error.cause.downcast_ref::<StoreError>() else {
        return Problem::error("ledger/unusable", format!("{error}: {}", error.cause));
    };
    let problem =
        Problem::error(cause.kind.code(), format!("{error}: {}", cause.kind)).help(cause.kind.help());
    match &cause.path {
        Some(path) => problem.at(Place::file(path.clone())),
        None => problem,
    }
}
