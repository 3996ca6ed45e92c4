//! Mailboxes that are gone: suppressed while the run goes on, so that a kill loses only what is still in the balance.
//!
//! A provider that suddenly knows nobody has an accident, and what it said in the minutes before is not believed.
//! So a mark has to stand for that long before it is written; the last ones are written at the end of the run.

use crate::{
    delivery::{
        letters::Letters,
        ports::{Standing, Transport},
    },
    runner::{committer::LedgerGone, desk::Desk},
};
use std::time::Duration;

/// How often marks that have stood long enough are written.
const WRITTEN_EVERY: Duration = Duration::from_mins(1);

impl<T: Transport, L: Letters> Desk<T, L> {
    /// Writes marks as they settle, until it is dropped.
    pub(crate) async fn suppress_settled(&self) {
        loop {
            tokio::time::sleep(WRITTEN_EVERY).await;
            if self.suppress_gone(self.providers.settled_by()).await.is_err() {
                return;
            }
        }
    }

    /// Suppresses the mailboxes that servers clearly said don't exist, as far as they were noted up to `by`.
    pub(crate) async fn suppress_gone(&self, by: Duration) -> Result<(), LedgerGone> {
        let (gone, now) = (self.providers.gone_by(by), self.clock.now());
        if !gone.is_empty() {
            // Cut off in here, they are written once more later: that changes nothing.
            let new = self.ledger.call(move |ledger| Standing::suppress_gone(ledger, &gone, now)).await?;
            self.providers.suppressed(by, new);
        }
        Ok(())
    }
}
