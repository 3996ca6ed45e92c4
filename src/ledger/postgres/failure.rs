//! What a failed statement means: try again, connect again, or say why not.

use crate::ledger::error::StoreErrorKind;
use std::error::Error as _;
use tokio_postgres::error::{DbError, SqlState};

/// Why a call did not come to its end.
#[derive(Debug)]
pub(super) enum Failure {
    /// The line is dead, or the server is not there for us now. What was on its way may have had its effect.
    Gone(String),
    /// Another transaction was in the way: nothing took effect, and the same again may succeed.
    Conflict(String),
    /// It would fail again.
    Refused(StoreErrorKind),
}

impl From<StoreErrorKind> for Failure {
    fn from(kind: StoreErrorKind) -> Self {
        Self::Refused(kind)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(said) = error.as_db_error() {
            return of_server(said);
        }
        let words = words(&error);
        let is_of_line = error
            .source()
            .is_some_and(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(is_passing));
        if error.is_closed() || is_of_line {
            return Self::Gone(words);
        }
        Self::Refused(StoreErrorKind::Unusable(words))
    }
}

/// Returns whether an error of the line may be over when we try again. A failed handshake is not.
fn is_passing(error: &std::io::Error) -> bool {
    error.kind() != std::io::ErrorKind::InvalidData
}

fn of_server(said: &DbError) -> Failure {
    let words = said.message().to_owned();
    let code = said.code();
    match code.code() {
        // Serialisation failure, deadlock, a lock that was not given.
        "40001" | "40P01" | "55P03" => Failure::Conflict(words),
        // Whether the transaction ended well is not known; shut down, crashed, starting up, full house; a
        // server that became a standby.
        "40003" | "57P01" | "57P02" | "57P03" | "57P05" | "53300" | "25006" => Failure::Gone(words),
        connection if connection.starts_with("08") => Failure::Gone(words),
        "53100" => Failure::Refused(StoreErrorKind::Full(words.into())),
        "42501" => Failure::Refused(StoreErrorKind::NoAccess(words)),
        login if login.starts_with("28") => Failure::Refused(StoreErrorKind::NoAccess(words)),
        _ if *code == SqlState::INVALID_CATALOG_NAME => Failure::Refused(StoreErrorKind::NoAccess(words)),
        "XX001" | "XX002" => Failure::Refused(StoreErrorKind::Damaged(words)),
        code => Failure::Refused(StoreErrorKind::Unusable(format!("{words} ({code})"))),
    }
}

/// Returns an error with its causes. A statement's values are never among them.
fn words(error: &tokio_postgres::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = next.source();
    }
    words
}

/// Returns the refusal for something that can't be used as it is.
pub(super) fn unusable(why: &str) -> StoreErrorKind {
    StoreErrorKind::Unusable(why.to_owned())
}
