//! What a look at the records came to.

use crate::dns::DnsFault;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// As it should be.
    Good,
    /// It works, but not for everybody, or not as well as it could.
    Warning,
    /// Mail will be refused or hidden because of it.
    Bad,
    /// Nobody could say.
    Unknown,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// How it stands.
    pub grade: Grade,
    /// The fact that was found.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Sight {
    pub(super) fn good(message: impl Into<String>) -> Self {
        Self { grade: Grade::Good, message: message.into(), help: None }
    }

    pub(super) fn warning(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { grade: Grade::Warning, message: message.into(), help: Some(help.into()) }
    }

    pub(super) fn bad(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { grade: Grade::Bad, message: message.into(), help: Some(help.into()) }
    }

    /// Says that nobody could say: never that something is missing.
    pub(super) fn unknown(name: &str, fault: &DnsFault) -> Self {
        Self {
            grade: Grade::Unknown,
            message: format!("`{name}` could not be looked up: {fault}"),
            help: Some("look again later; that says nothing about the record".to_owned()),
        }
    }
}
