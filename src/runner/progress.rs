//! What a run tells while it goes on. It draws nothing: whoever listens does.

use crate::{
    delivery::ports::Recovered,
    domain::{
        address::EmailAddress,
        broadcast::Tally,
        delivery::{DeliveryEvent, DeliveryId},
        problem::Problem,
        settings::Rate,
    },
    runner::report::Counts,
};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEvent {
    /// The run begins; this is where the deliveries stand.
    Started {
        /// Deliveries by state.
        tally: Tally,
        /// What a dead run had left.
        recovered: Recovered,
    },
    /// The ledger has more verdicts: the sums of this run so far.
    Progress(Counts),
    /// An attempt came to something other than "sent".
    Attempt {
        /// Which delivery.
        delivery: DeliveryId,
        /// Who it goes to; prints masked.
        address: EmailAddress,
        /// What happens to it.
        event: DeliveryEvent,
        /// The server's words or the cause.
        detail: Option<String>,
        /// How long it rests before the next attempt.
        wait: Option<Duration>,
    },
    /// So many sessions are open now.
    Sessions {
        /// How many.
        open: usize,
    },
    /// The relay can't be reached.
    RelayDown {
        /// Why.
        cause: String,
        /// How often in a row.
        tries: u32,
        /// After so many the run gives up.
        tries_max: u32,
        /// The wait before the next try.
        wait: Duration,
    },
    /// The relay takes fewer sessions than we have connections: this one rests.
    ConnectionRests {
        /// What the relay said.
        cause: String,
        /// For how long.
        wait: Duration,
    },
    /// The host asked for a pause; all connections keep it.
    Paused {
        /// What it said.
        cause: String,
        /// For how long.
        wait: Duration,
    },
    /// A provider asked for a pause, or knows nobody any more; the others are sent to.
    ProviderRests {
        /// Its name as people know it.
        provider: String,
        /// Why.
        cause: String,
        /// For how long.
        wait: Duration,
    },
    /// A provider wants less; it gets less.
    ProviderSlowed {
        /// Its name as people know it.
        provider: String,
        /// Messages on their way to it at once, when that is limited.
        connections: Option<usize>,
        /// The time between two messages to it, when there is a rate.
        interval: Option<Duration>,
        /// Why.
        cause: String,
    },
    /// What the relay allows is used up; the run waits.
    QuotaUsedUp {
        /// What it allows.
        quota: Rate,
        /// When there is room again.
        until: DateTime<Utc>,
    },
    /// A breaker tripped: what happened, and what to do.
    BreakerTripped(Problem),
    /// Nothing is due: what is open waits for its time, or another run holds it.
    Waiting {
        /// Deliveries by state.
        tally: Tally,
        /// When the next one is due.
        next_due: Option<DateTime<Utc>>,
    },
    /// Deliveries of a dead run were sorted out on the way.
    Recovered(Recovered),
    /// The ledger could not for a moment; the call is tried again.
    LedgerStumbled {
        /// Why.
        cause: String,
        /// The wait before the next try.
        wait: Duration,
    },
    /// Nothing new begins; open transactions are finished and claims given back.
    Stopping,
}

/// Hears what happens. Called from the tasks of the run: it must return at once.
pub trait Progress: Send + Sync {
    /// Takes note of an event.
    fn note(&self, event: RunEvent);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn note(&self, _event: RunEvent) {}
}
