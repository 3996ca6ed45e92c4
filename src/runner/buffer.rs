//! Claims that wait for a connection: filled by one feeder, taken by all connections.
//!
//! The feeder is woken while half of the claims are still there, so that no connection waits for the next batch.

use crate::domain::delivery::Claim;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

#[derive(Debug, Default)]
struct Inside {
    claims: VecDeque<Claim>,
    /// Claims that a connection has taken and not settled yet.
    taken: usize,
    /// As many claims as are held ahead at most.
    capacity: usize,
    is_closed: bool,
}

impl Inside {
    /// At this many waiting claims, or fewer, more are wanted.
    fn low(&self) -> usize {
        self.capacity / 2
    }
}

/// A small shared buffer. Its bound is kept by the feeder, which fills it only when it runs low.
#[derive(Debug)]
pub(crate) struct Buffer {
    inside: Mutex<Inside>,
    /// Rung when there is something to take, or nothing more will come.
    more: Notify,
    /// Rung when the buffer runs low and when the last claim is settled: not at every message.
    less: Notify,
}

impl Buffer {
    /// Returns an empty buffer.
    pub(crate) fn new(capacity: usize) -> Self {
        let inside = Mutex::new(Inside { capacity, ..Inside::default() });
        Self { inside, more: Notify::new(), less: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a claim, waiting for one; `None` when nothing more will come.
    pub(crate) async fn take(&self) -> Option<Claim> {
        loop {
            let mut more = std::pin::pin!(self.more.notified());
            more.as_mut().enable();
            if let Some(claim) = self.take_ready() {
                return Some(claim);
            }
            if self.lock().is_closed {
                return None;
            }
            more.await;
        }
    }

    /// Takes a claim if there is one at this moment.
    pub(crate) fn take_ready(&self) -> Option<Claim> {
        let mut inside = self.lock();
        let claim = inside.claims.pop_front()?;
        inside.taken += 1;
        if inside.claims.len() == inside.low() {
            self.less.notify_one();
        }
        Some(claim)
    }

    /// Says that a taken claim is settled: its verdict is on the way to the ledger.
    pub(crate) fn settle(&self) {
        let mut inside = self.lock();
        inside.taken -= 1;
        if inside.taken == 0 && inside.claims.is_empty() {
            self.less.notify_one();
        }
    }

    /// Puts a taken claim back, untried; somebody else may take it. Returns it when the buffer is closed.
    pub(crate) fn give_back(&self, claim: Claim) -> Option<Claim> {
        let mut inside = self.lock();
        if inside.is_closed {
            return Some(claim);
        }
        inside.taken -= 1;
        inside.claims.push_front(claim);
        drop(inside);
        self.more.notify_one();
        None
    }

    /// Waits until the buffer is at most half full and returns how many claims fit in.
    pub(crate) async fn room(&self) -> usize {
        loop {
            {
                let inside = self.lock();
                if inside.claims.len() <= inside.low() {
                    return inside.capacity - inside.claims.len();
                }
            }
            self.less.notified().await;
        }
    }

    /// Returns how many claims are held ahead at most.
    pub(crate) fn capacity(&self) -> usize {
        self.lock().capacity
    }

    /// Holds more or fewer claims ahead from now on. For the feeder, who asks for room afterwards.
    pub(crate) fn hold(&self, capacity: usize) {
        self.lock().capacity = capacity.max(1);
    }

    /// Waits until every claim was taken and settled.
    pub(crate) async fn settled(&self) {
        loop {
            if self.is_empty() {
                return;
            }
            self.less.notified().await;
        }
    }

    /// Returns whether no claim is held, waiting or taken.
    pub(crate) fn is_empty(&self) -> bool {
        let inside = self.lock();
        inside.taken == 0 && inside.claims.is_empty()
    }

    /// Puts fresh claims in.
    pub(crate) fn fill(&self, claims: Vec<Claim>) {
        self.lock().claims.extend(claims);
        self.more.notify_waiters();
    }

    /// Lets nobody take anything any more and returns what is left.
    pub(crate) fn close(&self) -> Vec<Claim> {
        let mut inside = self.lock();
        inside.is_closed = true;
        let left = inside.claims.drain(..).collect();
        drop(inside);
        self.more.notify_waiters();
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        address::EmailAddress,
        delivery::DeliveryId,
        subscriber::{Subscriber, SubscriberStatus},
    };
    use std::{collections::BTreeMap, sync::Arc};

    fn claim(id: i64) -> Claim {
        let subscriber = Subscriber {
            address: EmailAddress::parse("reader@example.org").unwrap(),
            name: None,
            language: None,
            topics: Vec::new(),
            fields: BTreeMap::new(),
            status: SubscriberStatus::Active,
        };
        Claim { delivery: DeliveryId(id), fence: 1, attempt: 1, variant: 0, subscriber, repeat: None }
    }

    #[tokio::test]
    async fn claims_pass_from_the_feeder_to_whoever_waits() {
        let buffer = Arc::new(Buffer::new(4));
        let waiting = tokio::spawn({
            let buffer = Arc::clone(&buffer);
            async move { buffer.take().await.map(|claim| claim.delivery.0) }
        });
        tokio::task::yield_now().await;
        assert_eq!(buffer.room().await, 4);
        buffer.fill(vec![claim(1), claim(2)]);
        assert_eq!(waiting.await.unwrap(), Some(1));
        assert_eq!(buffer.room().await, 3);
        buffer.settle();
        let second = buffer.take().await.unwrap();
        assert!(buffer.give_back(second).is_none());
        assert_eq!(buffer.close().len(), 1);
        assert!(buffer.take().await.is_none());
        buffer.settled().await;
    }

    #[tokio::test]
    async fn the_feeder_is_asked_for_more_while_half_is_left() {
        let buffer = Buffer::new(2);
        buffer.hold(8);
        assert_eq!((buffer.capacity(), buffer.room().await), (8, 8));
        buffer.fill((0..8).map(claim).collect());
        for _ in 0..3 {
            buffer.take_ready().unwrap();
        }
        let mut room = std::pin::pin!(buffer.room());
        assert!(polled(room.as_mut()).await.is_none());
        buffer.take_ready().unwrap();
        assert_eq!(polled(room.as_mut()).await, Some(4));
    }

    /// Polls once.
    async fn polled<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut future).poll(context) {
                std::task::Poll::Ready(value) => Some(value),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
