//! The captured messages, in bounded memory.

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::broadcast;

/// How much is kept; the oldest messages make room for new ones.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Messages kept at most.
    pub messages_max: usize,
    /// Octets kept at most, over all messages.
    pub bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { messages_max: 10_000, bytes_max: 1 << 30 }
    }
}

/// One message as it came in.
#[derive(Clone, Debug)]
pub struct Captured {
    /// Counts from 1 in the order of arrival.
    pub number: u64,
    /// When its final dot came.
    pub received_at: DateTime<Utc>,
    /// Envelope sender, empty for `<>`.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// The octets between DATA and the final dot, dots unstuffed.
    pub raw: Arc<[u8]>,
}

/// What the list shows of a message.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Number of the message.
    pub number: u64,
    /// When it came, RFC 3339.
    pub received_at: String,
    /// Who sent it, as a mail client shows it.
    pub from: String,
    /// Who it is for: header and envelope.
    pub to: String,
    /// Decoded subject.
    pub subject: String,
    /// First words of the text part, or the hidden preheader.
    pub preheader: String,
    /// Octets.
    pub size: usize,
}

/// What happened in the store.
#[derive(Clone, Debug)]
pub enum StoreEvent {
    /// A message came in.
    Arrived(Summary),
    /// All messages were thrown away.
    Cleared,
}

/// The messages, shared by server and page. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Mutex<Inner>>,
    events: broadcast::Sender<StoreEvent>,
}

#[derive(Debug)]
struct Inner {
    messages: VecDeque<Captured>,
    bytes: usize,
    next_number: u64,
    limits: Limits,
}

/// Events a slow page may lag behind before it has to reload the list.
const EVENTS_QUEUED_MAX: usize = 1_024;

impl Store {
    /// Returns an empty store.
    pub fn new(limits: Limits) -> Self {
        let (events, _) = broadcast::channel(EVENTS_QUEUED_MAX);
        let inner = Inner { messages: VecDeque::new(), bytes: 0, next_number: 1, limits };
        Self { inner: Arc::new(Mutex::new(inner)), events }
    }

    /// A panic elsewhere leaves plain data behind, never half an update: reading on is safe.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a message and says which number it got.
    pub fn add(&self, received_at: DateTime<Utc>, from: String, to: Vec<String>, raw: Vec<u8>) -> Captured {
        let mut inner = self.lock();
        let message = Captured { number: inner.next_number, received_at, from, to, raw: raw.into() };
        inner.next_number += 1;
        inner.bytes += message.raw.len();
        inner.messages.push_back(message.clone());
        let limits = inner.limits;
        while inner.messages.len() > limits.messages_max || inner.bytes > limits.bytes_max {
            let Some(oldest) = inner.messages.pop_front() else { break };
            inner.bytes -= oldest.raw.len();
        }
        drop(inner);
        if self.events.receiver_count() > 0 {
            let _nobody_listens = self.events.send(StoreEvent::Arrived(super::view::summary(&message)));
        }
        message
    }

    /// Returns a message by its number, if it is still kept.
    pub fn get(&self, number: u64) -> Option<Captured> {
        let inner = self.lock();
        let first = inner.messages.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        inner.messages.get(index).cloned()
    }

    /// Returns the messages with numbers below `before` (all when `None`), newest first, at most `limit`.
    pub fn newest(&self, before: Option<u64>, limit: usize) -> Vec<Captured> {
        let inner = self.lock();
        let older =
            inner.messages.iter().rev().filter(|message| before.is_none_or(|bound| message.number < bound));
        older.take(limit).cloned().collect()
    }

    /// Returns all kept messages, oldest first.
    pub fn all(&self) -> Vec<Captured> {
        self.lock().messages.iter().cloned().collect()
    }

    /// Returns how many messages came in since the start, kept or not.
    pub fn arrived(&self) -> u64 {
        self.lock().next_number - 1
    }

    /// Returns how many messages are kept.
    pub fn kept(&self) -> usize {
        self.lock().messages.len()
    }

    /// Throws all messages away; numbers go on.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.messages.clear();
        inner.bytes = 0;
        drop(inner);
        let _nobody_listens = self.events.send(StoreEvent::Cleared);
    }

    /// Returns a stream of what happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<StoreEvent> {
        self.events.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(store: &Store, octets: usize) -> u64 {
        store.add(DateTime::UNIX_EPOCH, String::new(), Vec::new(), vec![b'x'; octets]).number
    }

    #[test]
    fn the_oldest_make_room_for_the_new() {
        let store = Store::new(Limits { messages_max: 3, bytes_max: 100 });
        for _ in 0..5 {
            add(&store, 10);
        }
        assert_eq!((store.kept(), store.arrived()), (3, 5));
        assert!(store.get(2).is_none());
        assert_eq!(store.get(3).map(|message| message.number), Some(3));
        add(&store, 95);
        assert_eq!(store.kept(), 1);
    }

    #[test]
    fn pages_go_from_the_newest_backwards() {
        let store = Store::new(Limits::default());
        for _ in 0..5 {
            add(&store, 1);
        }
        let numbers = |page: Vec<Captured>| page.iter().map(|message| message.number).collect::<Vec<_>>();
        assert_eq!(numbers(store.newest(None, 2)), [5, 4]);
        assert_eq!(numbers(store.newest(Some(4), 9)), [3, 2, 1]);
    }
}
