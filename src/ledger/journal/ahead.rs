//! What the helper does in time: it takes facts over and reads the next claims before anybody asks for them.

use crate::{
    delivery::ports::{Base, LedgerError},
    domain::{broadcast::BroadcastId, delivery::Claim},
    ledger::{
        error::StoreErrorKind,
        journal::{
            Journaled,
            helper::{Done, Gone, Wish, Work},
            journaled::{PENDING_BUSY, PIECE},
        },
        rules,
    },
};
use chrono::{DateTime, Utc};
use std::collections::VecDeque;

/// Claims are read ahead when so many are wanted at once: fewer last long enough to be fetched in time.
const WORTH_AHEAD: usize = 512;

/// Claims that the helper has read before anybody asked.
#[derive(Default)]
pub(crate) struct Ahead {
    wish: Option<Wish>,
    /// Whose they are.
    of: Option<(BroadcastId, String)>,
    claims: VecDeque<Claim>,
    lease_until: i64,
    /// The store as it was when they were read.
    stamp: u64,
    /// Up to where the store had the journal for good by then.
    flushed: u64,
    /// Something was done since that may concern them.
    pub(crate) is_doubted: bool,
}

impl<L: Base> Journaled<L> {
    /// Takes what the helper has done, and gives it the next piece.
    pub(crate) fn help_along(&mut self) -> Result<(), LedgerError> {
        self.take_done(false)?;
        let Some(helper) = self.helper.as_mut().filter(|helper| !helper.is_busy()) else { return Ok(()) };
        if let Some(wish) = self.ahead.wish.take() {
            helper.start(Work::Claim(wish));
        } else if self.pending.len() >= PENDING_BUSY + PIECE
            && let Some((run, facts, upto)) = self.oldest(PIECE)
            && let Some(helper) = &mut self.helper
        {
            helper.start(Work::TakeOver { run, facts, upto });
        }
        Ok(())
    }

    /// Waits until the helper has nothing in hand.
    pub(crate) fn lay_down(&mut self) -> Result<(), LedgerError> {
        self.take_done(true)
    }

    fn take_done(&mut self, waits: bool) -> Result<(), LedgerError> {
        let done = self.helper.as_mut().map_or(Ok(None), |helper| helper.result(waits));
        let gone = "the thread that writes the ledger has stopped; the journal is whole";
        match done.map_err(|Gone| self.failed(StoreErrorKind::Unusable(gone.to_owned())))? {
            None => Ok(()),
            Some(Done::TakenOver { facts, upto, result }) => self.taken_over(facts, upto, result),
            Some(Done::Claimed(wish, result)) => {
                let (claims, stamp) = result?;
                self.ahead = Ahead {
                    lease_until: rules::later(rules::micros(wish.now), wish.lease),
                    claims: claims.into(),
                    of: Some((wish.broadcast, wish.worker)),
                    stamp,
                    flushed: self.handed_over,
                    is_doubted: false,
                    wish: None,
                };
                Ok(())
            }
        }
    }

    /// Has the helper read the next claims, when there seem to be more and they are wanted quickly. Fewer than were wanted
    /// may have been read ahead for a smaller wish, so they need not be the last.
    pub(crate) fn claim_ahead(&mut self, wish: Wish, claimed: usize) {
        let is_worth_it = self.ahead.claims.is_empty() && claimed >= WORTH_AHEAD;
        self.ahead.wish = (is_worth_it && self.helper.is_some()).then_some(wish);
    }

    /// Returns claims that were read ahead for this wish.
    pub(crate) fn claimed_ahead(&mut self, wish: &Wish) -> Result<Option<Vec<Claim>>, LedgerError> {
        let is_theirs = self
            .ahead
            .of
            .as_ref()
            .is_some_and(|(broadcast, worker)| *broadcast == wish.broadcast && *worker == wish.worker);
        if !is_theirs || self.ahead.claims.is_empty() {
            return Ok(None);
        }
        self.note_flushed(self.ahead.flushed)?;
        // Somebody may have left since they were read: then the store is asked again at the commit.
        self.look_at_others()?;
        let count = wish.limit.min(self.ahead.claims.len());
        let claims: Vec<Claim> = self.ahead.claims.drain(..count).collect();
        if self.ahead.stamp == self.stamp && !self.ahead.is_doubted {
            self.held.remember(wish.broadcast, &wish.worker, &claims, self.ahead.lease_until);
        }
        self.claim_ahead(wish.clone(), count);
        Ok(Some(claims))
    }

    /// Prolongs the leases of claims that were read ahead, as the store did.
    pub(crate) fn prolong_ahead(&mut self, until: DateTime<Utc>) {
        self.ahead.lease_until = self.ahead.lease_until.max(rules::micros(until));
    }

    /// Forgets claims of a worker that were read ahead: the store gives them back.
    pub(crate) fn drop_ahead(&mut self, worker: Option<&str>) {
        if self.ahead.of.as_ref().is_some_and(|(_, of)| Some(of.as_str()) == worker) {
            self.ahead = Ahead::default();
        }
    }
}
