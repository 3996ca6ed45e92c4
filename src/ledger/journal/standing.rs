//! Pauses, quotas and mailboxes that are gone: the store keeps them, the journal only keeps up.

use crate::{
    delivery::ports::{Base, Gone, LedgerError, Pause, Spending, Standing},
    domain::settings::Rate,
    ledger::journal::Journaled,
};
use chrono::{DateTime, Utc};

impl<L: Base> Standing for Journaled<L> {
    fn pause(
        &mut self,
        key: &str,
        until: DateTime<Utc>,
        cause: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        self.store().pause(key, until, cause, now)
    }

    fn lift_pause(&mut self, key: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.flush()?;
        self.store().lift_pause(key, now)
    }

    fn pauses(&mut self, now: DateTime<Utc>) -> Result<Vec<Pause>, LedgerError> {
        self.store().pauses(now)
    }

    fn spend(
        &mut self,
        key: &str,
        wanted: u32,
        quota: Rate,
        now: DateTime<Utc>,
    ) -> Result<Spending, LedgerError> {
        self.store().spend(key, wanted, quota, now)
    }

    fn suppress_gone(&mut self, gone: &[Gone], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.flush()?;
        self.forget_claims();
        self.store().suppress_gone(gone, now)
    }
}
