//! Draws the conclusion: taken, not taken, or no evidence.
//!
//! A message is **taken** when the queue manager had it; a header that came in proves nothing, because a sender that dies
//! before the final dot leaves the same line. It is **not taken** only if the log is complete for the time in question:
//! it is the relay's (it has messages that the relay certainly took from us about that time, or a person names the host), it begins before the first
//! commit, goes on well after the last, is not silent or damaged in between, and lacks none of the messages around it.

use crate::evidence::{
    coverage::{Coverage, HostCoverage},
    trail::{LastFate, Sighting, Trail},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// The log must begin this long before the commit: our clock and the relay's may differ.
pub const BEFORE: TimeDelta = TimeDelta::minutes(5);
/// The log must go on this long after the commit: a relay may take ten minutes over a final dot (RFC 5321, 4.5.3.2.6).
pub const AFTER: TimeDelta = TimeDelta::minutes(15);

/// At least one message that the relay certainly took must lie this near: before and after that, mail may have gone
/// over another relay.
pub const NEAR: TimeDelta = TimeDelta::hours(1);

/// A message whose fate is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Without angle brackets.
    pub message_id: String,
    /// When it was committed first: the earliest moment at which the final dot may have left.
    pub committed_first: DateTime<Utc>,
    /// When it was committed last.
    pub committed_last: DateTime<Utc>,
}

/// A message that the relay certainly took: its reply is in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Without angle brackets.
    pub message_id: String,
    /// When the relay took it, by our clock.
    pub sent_at: DateTime<Utc>,
}

/// What the log proves of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The relay took it.
    Taken {
        /// Where.
        host: String,
        /// As what.
        queue_id: String,
        /// When.
        at: DateTime<Utc>,
        /// What the relay's last try to pass it on came to.
        fate: Option<LastFate>,
    },
    /// The relay did not take it, and the log is complete.
    NotTaken {
        /// How that is known, as a sentence without a full stop.
        why: String,
    },
    /// The log proves neither.
    NoEvidence {
        /// Why not, as a sentence without a full stop.
        why: String,
    },
}

/// The relay's log, read to its end.
pub struct Log<'a> {
    /// What it says of messages.
    pub trail: &'a Trail<'a>,
    /// What it covers.
    pub coverage: &'a Coverage,
    /// Messages of which it must know.
    pub witnesses: &'a [Witness],
    /// The name of the relay's host in the log, when a person says it.
    pub known_host: Option<&'a str>,
}

impl Log<'_> {
    /// Returns what the log proves of a message.
    pub fn judge(&self, case: &Case) -> Finding {
        let sighting = self.trail.of(&case.message_id);
        if let Some(Sighting { host, queue_id, taken_at: Some(at), fate, .. }) = sighting {
            let (host, queue_id, fate) = (host.clone(), queue_id.clone(), fate.clone());
            return Finding::Taken { host, queue_id, at: *at, fate };
        }
        if let Some(Sighting { queue_id, is_set_aside: true, .. }) = sighting {
            let why = format!(
                "a rule of the relay set {queue_id} aside: look with `postqueue -p` whether it is on hold there"
            );
            return Finding::NoEvidence { why };
        }
        match self.completeness(case) {
            Err(why) => Finding::NoEvidence { why },
            Ok(hosts) => Finding::NotTaken { why: not_taken(sighting, &hosts) },
        }
    }

    /// Returns the hosts of which the log is complete around a case, or why it is not.
    fn completeness(&self, case: &Case) -> Result<Vec<String>, String> {
        let (from, to) = (case.committed_first - BEFORE, case.committed_last + AFTER);
        if self.trail.is_overrun() {
            return Err("more messages were in the relay's queue at once than can be followed".to_owned());
        }
        let hosts = self.relay_hosts(case)?;
        for name in &hosts {
            let host = self.coverage.of(name).ok_or_else(|| format!("the log has no line of {name}"))?;
            covers(name, host, from, to)?;
        }
        let is_covered = |witness: &&Witness| {
            let (from, to) = (witness.sent_at - BEFORE, witness.sent_at + AFTER);
            hosts
                .iter()
                .filter_map(|name| self.coverage.of(name))
                .all(|host| host.first <= from && host.last >= to)
        };
        let missing =
            self.witnesses.iter().filter(is_covered).find(|witness| self.host_of(witness).is_none());
        match missing {
            Some(witness) => Err(format!(
                "the log lacks <{}>, which the relay took at {}: lines are missing, or another relay took it",
                witness.message_id,
                utc(witness.sent_at)
            )),
            None => Ok(hosts),
        }
    }

    fn host_of(&self, witness: &Witness) -> Option<&str> {
        let sighting = self.trail.of(&witness.message_id)?;
        sighting.taken_at.map(|_| sighting.host.as_str())
    }

    /// Returns the hosts that are certainly the relay's.
    fn relay_hosts(&self, case: &Case) -> Result<Vec<String>, String> {
        let is_near = |witness: &&Witness| {
            witness.sent_at >= case.committed_first - NEAR && witness.sent_at <= case.committed_last + NEAR
        };
        let seen = |witness| self.host_of(witness);
        let known = self.known_host.filter(|host| self.coverage.of(host).is_some());
        if known.is_none() && !self.witnesses.iter().filter(is_near).any(|witness| seen(witness).is_some()) {
            return Err(
                "nothing that the relay certainly took from us within an hour of it is in this log, so it may be another \
                 relay's (`--relay-host NAME` says that it is the right one)"
                    .to_owned(),
            );
        }
        let hosts: BTreeSet<&str> = self.witnesses.iter().filter_map(seen).chain(known).collect();
        Ok(hosts.into_iter().map(str::to_owned).collect())
    }
}

fn not_taken(sighting: Option<&Sighting>, hosts: &[String]) -> String {
    let hosts = hosts.join(", ");
    match sighting {
        Some(Sighting { is_refused: true, queue_id, .. }) => {
            format!("{hosts} refused it after its end, as {queue_id}")
        }
        Some(Sighting { queue_id, .. }) => {
            format!("it came in at {hosts} as {queue_id} without its end, and was thrown away")
        }
        None => format!("the log of {hosts} is complete around it and lacks it"),
    }
}

/// Looks whether the log has everything of a host in a time.
fn covers(name: &str, host: &HostCoverage, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<(), String> {
    if host.first > from {
        return Err(format!(
            "the log of {name} begins at {}; it should begin before {}: add the older, rotated file",
            utc(host.first),
            utc(from)
        ));
    }
    if host.last < to {
        return Err(format!(
            "the log of {name} ends at {}; it should go on until {}: look again later, or add the newer file",
            utc(host.last),
            utc(to)
        ));
    }
    match host.gap_within(from, to) {
        Some(gap) => Err(format!(
            "the log of {name} may have a gap: {} between {} and {}",
            gap.cause.as_str(),
            utc(gap.from),
            utc(gap.to)
        )),
        None => Ok(()),
    }
}

fn utc(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
