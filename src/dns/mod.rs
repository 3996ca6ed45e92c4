//! What the name servers of the world know of a sender's domain: asked, and judged.
//!
//! Small on purpose: questions of five kinds to a resolver that does the walking itself, over UDP, and over TCP when the
//! answer is long. It tells "there is no such record" from "nobody could say", and never takes one for the other.
//! What the answers mean is decided by functions over anything that answers questions.

pub mod dkim;
pub mod dmarc;
mod packet;
pub mod reach;
mod resolver;
mod sight;
pub mod spf;
mod tags;
#[cfg(test)]
mod tests;

pub use resolver::Resolver;
pub use sight::{Grade, Sight};

/// What may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// Where mail goes.
    Mx,
    /// Who is in charge of the zone.
    Soa,
    /// Text.
    Txt,
}

impl Kind {
    /// Returns its number (RFC 1035, 3.2.2; RFC 3596).
    fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Soa => 6,
            Self::Mx => 15,
            Self::Txt => 16,
            Self::Aaaa => 28,
        }
    }
}

/// One record of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// There is an address; which one does not matter here.
    Address,
    /// A host that takes mail; empty when the domain says that it takes none (RFC 7505).
    Exchange(String),
    /// There is somebody in charge.
    Authority,
    /// A text, its strings joined.
    Text(String),
}

/// What a question came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The records; none when the name exists without any of this kind.
    Records(Vec<Record>),
    /// There is no such name.
    NoSuchName,
}

impl Answer {
    /// Returns the records; none when there is no such name.
    pub fn records(&self) -> &[Record] {
        match self {
            Self::Records(records) => records,
            Self::NoSuchName => &[],
        }
    }

    /// Returns the texts among them.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.records().iter().filter_map(|record| match record {
            Record::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

/// Why nobody could say. It never means that something is missing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnsFault {
    /// The system names no name server.
    #[error("this system names no name server")]
    NoServer,
    /// Nothing came back in time.
    #[error("no answer from {0}")]
    NoAnswer(String),
    /// The server could not, or did not want to (SERVFAIL, REFUSED, …).
    #[error("{0} could not say (code {1})")]
    Failed(String, u8),
    /// What came back is no answer.
    #[error("{0} answered something that can't be read")]
    Garbled(String),
    /// The name can't stand in a question.
    #[error("`{0}` is no name that DNS takes")]
    BadName(String),
}

/// Whoever answers questions about names.
pub trait Names {
    /// Asks for the records of a kind.
    ///
    /// # Errors
    /// When nobody could say.
    fn ask(&self, name: &str, kind: Kind) -> Result<Answer, DnsFault>;
}
