//! The ledger in a PostgreSQL database: what several machines share.
//!
//! Every call is one transaction at READ COMMITTED or above, and one round trip where it can be: batches are single
//! statements over arrays, lists travel by COPY. A connection that breaks is opened anew; a call whose answer was
//! lost is asked again where the fence of a claim says what its first try came to, and refused where nothing does.
//! Only SQL that PostgreSQL shares with the distributed engines that speak its protocol: `docs/scale.md` lists it.
//!
//! The clock of the database is the only one that counts for leases, waits and rates: see `clock.rs`.

mod address;
mod claiming;
mod clock;
mod deciding;
mod deliveries;
mod diary;
mod doubt;
mod failure;
mod import;
mod line;
mod migrate;
mod peek;
mod plain;
mod reach;
mod reading;
mod rounds;
mod sealing;
mod session;
mod settling;
mod spool;
mod standing;
mod states;
mod steps;
mod subscribers;
mod tls;
mod witness;

pub use address::PostgresAddress;
pub use clock::Times;
pub use diary::Diary;
pub use peek::PostgresPeek;
pub use witness::Adopted;

use crate::{
    delivery::ports::LedgerError,
    ledger::{
        error::{StoreError, StoreErrorKind},
        identity::Identity,
        postgres::{
            clock::Clock,
            failure::Failure,
            reach::{Lost, Reach},
            session::Session,
            spool::Spool,
            witness::Run,
        },
    },
};
use std::collections::HashMap;

/// One connection to a ledger that others may use at the same time. Open the address again for another one.
pub struct PostgresLedger {
    reach: Reach,
    shown: String,
    identity: Identity,
    clock: Clock,
    /// Recipients on their way into a broadcast, and of which newsletter.
    staging: Option<(String, Spool)>,
    /// Rows on their way into the list.
    import: Option<Spool>,
    /// The broadcast of each delivery that was claimed here and is not settled.
    held: HashMap<i64, i64>,
    /// A claim was answered, and we did not hear it.
    has_lost_claims: bool,
    /// The run that is witnessed, when one has begun.
    run: Option<Run>,
}

impl PostgresLedger {
    /// Opens a ledger, and makes it when there is none.
    ///
    /// # Errors
    /// When the database can't be reached or entered, would forget what it has committed, or holds something else.
    pub fn open(address: &PostgresAddress) -> Result<Self, LedgerError> {
        Self::open_with(address, Times::Servers)
    }

    /// Opens a ledger that goes by the given clock.
    ///
    /// # Errors
    /// As [`PostgresLedger::open`].
    pub fn open_with(address: &PostgresAddress, times: Times) -> Result<Self, LedgerError> {
        let shown = address.shown();
        let opened = || {
            let mut reach = Reach::new(address.clone())?;
            let keys =
                reach.call(Lost::Repeat, async |session| match migrate::look(session, address).await? {
                    Some(keys) => Ok(keys),
                    None => migrate::migrate(session, address).await,
                })?;
            reach.has_been_there();
            Ok((reach, keys))
        };
        let (reach, keys) = opened().map_err(|kind| failed("open the ledger", &shown, kind))?;
        Ok(Self {
            reach,
            shown,
            identity: Identity::new(keys),
            clock: Clock::new(times),
            staging: None,
            import: None,
            held: HashMap::new(),
            has_lost_claims: false,
            run: None,
        })
    }

    /// Returns the address it was opened by, without a password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Asks something that changes nothing.
    fn read<T>(
        &mut self,
        doing: &'static str,
        work: impl AsyncFnMut(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        self.reach.call(Lost::Repeat, work).map_err(|kind| failed(doing, &self.shown, kind))
    }

    fn refused(&self, doing: &'static str, kind: StoreErrorKind) -> LedgerError {
        failed(doing, &self.shown, kind)
    }
}

fn failed(doing: &'static str, shown: &str, kind: StoreErrorKind) -> LedgerError {
    LedgerError { doing, cause: Box::new(StoreError { path: Some(shown.to_owned()), kind }) }
}
