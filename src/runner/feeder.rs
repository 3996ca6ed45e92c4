//! Keeps the buffer filled with claims, waits for what is not due yet, and knows when nothing is left.

use crate::{
    delivery::{
        letters::Letters,
        ports::{Recovered, Transport},
    },
    domain::{broadcast::Tally, delivery::DeliveryState},
    runner::{
        committer::LedgerGone, desk::Desk, options::WaitForDeferred, progress::RunEvent, report::RunEnd,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// How long a claim lasts without a heartbeat.
pub(crate) const LEASE: Duration = Duration::from_mins(2);

/// How often leases are prolonged.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(30);

/// The longest wait before the ledger is asked again: other machines and people change it too.
const LOOK_AGAIN_MAX: Duration = Duration::from_mins(1);

/// The same while another run holds deliveries, which may die and leave them to us. Mostly it is about to settle its
/// last ones, so the first looks follow each other quickly.
const LOOK_AT_OTHERS: Duration = Duration::from_secs(2);

/// The shortest such wait.
const LOOK_AGAIN_MIN: Duration = Duration::from_millis(50);

/// How often to look for deferred deliveries that have become due while others are on their way.
const LOOK_WHILE_BUSY: Duration = Duration::from_secs(1);

/// Half a buffer that lasts less than this long is too small: a claim costs a transaction, whatever it claims.
const TOO_SOON: Duration = Duration::from_millis(200);

/// Half a buffer that lasts longer than this is too large: what one run holds no other one can send.
const TOO_LONG: Duration = Duration::from_secs(2);

/// The most claims that are held ahead.
const HELD_MAX: usize = 4_096;

/// Returns how many claims to hold from now on, when half of `held` lasted `lasted`; `least` is the first size.
fn better_size(held: usize, least: usize, lasted: Duration) -> usize {
    if lasted < TOO_SOON {
        (held * 2).min(HELD_MAX).max(held)
    } else if lasted > TOO_LONG {
        (held / 2).max(least)
    } else {
        held
    }
}

impl<T: Transport, L: Letters> Desk<T, L> {
    /// Feeds the connections until the run ends.
    pub(crate) async fn feed(&self) {
        // Without a ledger there is nothing to feed: the committer has ended the run already.
        let _ = self.feed_while_it_lasts().await;
    }

    async fn feed_while_it_lasts(&self) -> Result<(), LedgerGone> {
        let least = self.buffer.capacity();
        let (mut filled_at, mut looks) = (None, 0);
        while !self.halt.is_stopping() {
            let mut room = tokio::select! {
                biased;
                () = self.halt.stopped() => return Ok(()),
                room = self.buffer.room() => room,
            };
            if let Some(filled_at) = filled_at.filter(|_| !self.pacer.keeps_a_rate()) {
                let lasted = self.clock.monotonic().saturating_sub(filled_at);
                let (held, better) =
                    (self.buffer.capacity(), better_size(self.buffer.capacity(), least, lasted));
                self.buffer.hold(better);
                room = (room + better).saturating_sub(held).max(1);
            }
            let (broadcast, worker) = (self.options.broadcast, self.options.worker.clone());
            let now = self.clock.now();
            let claims =
                self.ledger.call(move |ledger| ledger.claim(broadcast, &worker, room, now, LEASE)).await?;
            if claims.is_empty() {
                filled_at = None;
                self.wait_for_work(looks).await?;
                looks += 1;
            } else {
                (filled_at, looks) = (Some(self.clock.monotonic()), 0);
                self.buffer.fill(claims);
            }
        }
        Ok(())
    }

    /// Nothing is due: waits until something may be, or ends the run. `looks` says how often it has waited already.
    async fn wait_for_work(&self, looks: u32) -> Result<(), LedgerGone> {
        let is_settled = tokio::select! {
            biased;
            () = self.halt.stopped() => return Ok(()),
            () = self.buffer.settled() => true,
            () = tokio::time::sleep(LOOK_WHILE_BUSY) => false,
        };
        if !is_settled {
            return Ok(());
        }
        self.sort_out().await?;
        let broadcast = self.options.broadcast;
        let (tally, next_due) = self
            .ledger
            .call(move |ledger| Ok((ledger.tally(broadcast)?, ledger.next_due(broadcast)?)))
            .await?;
        let now = self.clock.now();
        if let Some(end) = self.end_of_work(&tally, next_due, now) {
            self.halt.end(end);
            return Ok(());
        }
        let held_by_others = tally.of(DeliveryState::Leased) + tally.of(DeliveryState::Committing);
        let longest = if held_by_others > 0 { look_at_others(looks) } else { LOOK_AGAIN_MAX };
        let wait = next_due.map_or(longest, |due| until(due, now)).clamp(LOOK_AGAIN_MIN, longest);
        if next_due.is_none_or(|due| due > now) {
            self.note(RunEvent::Waiting { tally, next_due });
        }
        self.halt.pause(wait).await;
        Ok(())
    }

    /// Sorts out what dead runs left, and claims of our own that nobody here holds any more (an answer
    /// that got lost between ledger and connection).
    async fn sort_out(&self) -> Result<(), LedgerGone> {
        let (broadcast, worker) = (self.options.broadcast, self.options.worker.clone());
        let now = self.clock.now();
        let departed = self.options.departed.clone();
        let call = self.ledger.call(move |ledger| {
            let mut recovered = ledger.recover(broadcast, Some(&worker), now)?;
            recovered += departed.sort_out(ledger, broadcast, now)?;
            Ok(recovered)
        });
        let recovered = call.await?;
        if recovered != Recovered::default() {
            self.note(RunEvent::Recovered(recovered));
        }
        Ok(())
    }

    /// Returns why the run ends when nothing is on its way, `None` when it waits.
    fn end_of_work(
        &self,
        tally: &Tally,
        next_due: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<RunEnd> {
        let open = tally.open();
        if open == 0 {
            return Some(RunEnd::Finished);
        }
        let left = RunEnd::Left { open, next_due };
        let is_due = next_due.is_some_and(|due| due <= now);
        match self.options.wait_for_deferred {
            _ if is_due => None,
            WaitForDeferred::No => Some(left),
            WaitForDeferred::AtMost(most) => {
                let wait = next_due.map_or(LOOK_AGAIN_MAX, |due| until(due, now));
                (wait > most).then_some(left)
            }
            WaitForDeferred::UntilSettled => None,
        }
    }

    /// Prolongs our leases until the run is over.
    pub(crate) async fn keep_leases(&self) {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            if self.buffer.is_empty() {
                continue;
            }
            let (broadcast, worker) = (self.options.broadcast, self.options.worker.clone());
            let end = self.clock.now() + TimeDelta::from_std(LEASE).unwrap_or(TimeDelta::zero());
            let call = self.ledger.call(move |ledger| ledger.heartbeat(broadcast, &worker, end));
            if call.await.is_err() {
                return;
            }
        }
    }
}

/// Returns how long to leave others alone who hold deliveries.
fn look_at_others(looks: u32) -> Duration {
    LOOK_AT_OTHERS.min(LOOK_AGAIN_MIN * 2_u32.pow(looks.min(8)))
}

fn until(due: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (due - now).to_std().unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_looked_at_quickly_first_and_slowly_then() {
        assert_eq!(look_at_others(0), LOOK_AGAIN_MIN);
        assert_eq!(look_at_others(2), LOOK_AGAIN_MIN * 4);
        assert_eq!((look_at_others(9), look_at_others(u32::MAX)), (LOOK_AT_OTHERS, LOOK_AT_OTHERS));
    }

    #[test]
    fn as_many_claims_are_held_as_last_a_moment() {
        assert_eq!(better_size(256, 256, Duration::from_millis(50)), 512);
        assert_eq!(better_size(HELD_MAX, 256, Duration::ZERO), HELD_MAX);
        assert_eq!(better_size(512, 256, Duration::from_secs(1)), 512);
        assert_eq!(better_size(512, 256, Duration::from_secs(3)), 256);
        assert_eq!(better_size(256, 256, Duration::from_secs(3)), 256);
        assert_eq!(better_size(8_000, 8_000, Duration::ZERO), 8_000);
    }
}
