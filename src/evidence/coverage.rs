//! What a log covers: which hosts wrote into it, from when to when, and where it is silent.

use crate::evidence::{line::LogLine, postfix};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A silence of a host from here on may hide something.
pub const SILENCE_MAX: TimeDelta = TimeDelta::hours(1);
/// Lines may stand this much out of order: several programs write at once.
const DISORDER_MAX: TimeDelta = TimeDelta::seconds(30);
/// Hosts that are told apart.
const HOSTS_MAX: usize = 1_000;
/// Gaps that are kept by host.
const GAPS_MAX: usize = 10_000;

/// A time about which the log may not say everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last line before it.
    pub from: DateTime<Utc>,
    /// The first line after it.
    pub to: DateTime<Utc>,
    /// Why.
    pub cause: GapCause,
}

/// Why a log may not say everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapCause {
    /// The host wrote nothing for long.
    Silence,
    /// The logger says that it threw lines away.
    LostLines,
    /// The clock, or the order of the files, goes back.
    Disorder,
}

impl GapCause {
    /// Returns the words shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Silence => "it says nothing",
            Self::LostLines => "it says that lines were thrown away",
            Self::Disorder => "its lines are not in order",
        }
    }
}

/// What the log has of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCoverage {
    /// Its first line.
    pub first: DateTime<Utc>,
    /// Its last line.
    pub last: DateTime<Utc>,
    /// Where something may be missing.
    pub gaps: Vec<Gap>,
}

impl HostCoverage {
    /// Returns the first gap that touches a time.
    pub fn gap_within(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.from <= to && gap.to >= from)
    }
}

/// What a log covers, host by host.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    hosts: BTreeMap<String, HostCoverage>,
}

impl Coverage {
    /// Takes in one line.
    pub fn cover(&mut self, line: &LogLine<'_>) {
        let at = line.at;
        let Some(host) = self.hosts.get_mut(line.host) else {
            if self.hosts.len() < HOSTS_MAX {
                let new = HostCoverage { first: at, last: at, gaps: Vec::new() };
                self.hosts.insert(line.host.to_owned(), new);
            }
            return;
        };
        let cause = if at - host.last > SILENCE_MAX {
            Some(GapCause::Silence)
        } else if host.last - at > DISORDER_MAX {
            Some(GapCause::Disorder)
        } else if postfix::tells_of_lost_lines(line) {
            Some(GapCause::LostLines)
        } else {
            None
        };
        if let Some(cause) = cause
            && host.gaps.len() < GAPS_MAX
        {
            host.gaps.push(Gap { from: host.last.min(at), to: host.last.max(at), cause });
        }
        host.first = host.first.min(at);
        host.last = host.last.max(at);
    }

    /// Returns what is known of a host.
    pub fn of(&self, host: &str) -> Option<&HostCoverage> {
        self.hosts.get(host)
    }

    /// Returns the hosts, in the order of their names.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, &HostCoverage)> {
        self.hosts.iter().map(|(name, host)| (name.as_str(), host))
    }
}
