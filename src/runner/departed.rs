//! Workers that have died for certain.

use crate::delivery::ports::{Ledger, LedgerError, Recovered};
use crate::domain::broadcast::BroadcastId;
use chrono::{DateTime, Utc};
use std::{any::Any, fmt, sync::Arc};

/// A worker that died, and stays dead as long as this value lives: nobody takes its name meanwhile.
pub struct Deceased {
    /// The name its claims are held under.
    pub worker: String,
    /// What keeps the name from being taken, such as a lock.
    pub hold: Box<dyn Any + Send>,
}

/// Knows which other workers have died for certain, so that their claims need not wait for the end of their leases.
#[derive(Clone)]
pub struct Departed(pub(crate) Arc<dyn Fn() -> Vec<Deceased> + Send + Sync>);

impl Departed {
    /// Asks `look` whenever others may have died.
    pub fn new(look: impl Fn() -> Vec<Deceased> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// Sorts out what they left in the ledger.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub(crate) fn sort_out(
        &self,
        ledger: &mut dyn Ledger,
        broadcast: BroadcastId,
        now: DateTime<Utc>,
    ) -> Result<Recovered, LedgerError> {
        let mut all = Recovered::default();
        for Deceased { worker, hold } in (self.0)() {
            all += ledger.recover(broadcast, Some(&worker), now)?;
            // Only now may somebody else claim under that name.
            drop(hold);
        }
        Ok(all)
    }
}

impl Default for Departed {
    fn default() -> Self {
        Self::new(Vec::new)
    }
}

impl fmt::Debug for Departed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Departed")
    }
}
