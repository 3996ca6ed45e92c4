//! The captured messages, in bounded memory.

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};
use tokio::sync::watch;

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

/// The messages, shared by server and page. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Mutex<Inner>>,
    /// Counts changes: a page that hears of the last one has missed nothing.
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct Inner {
    messages: VecDeque<Arc<Entry>>,
    bytes: usize,
    next_number: u64,
    limits: Limits,
}

/// A message with its row of the list, which is read out of it when somebody first looks.
#[derive(Debug)]
struct Entry {
    captured: Captured,
    summary: OnceLock<Summary>,
}

impl Entry {
    fn summary(&self) -> &Summary {
        self.summary.get_or_init(|| super::view::summary(&self.captured))
    }
}

/// What one look at the list came to.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Messages that came in since the start, kept or not.
    pub arrived: u64,
    /// Messages kept.
    pub kept: usize,
    /// Kept messages that hold all words asked for.
    pub matching: usize,
    /// The newest of those, as many as were asked for.
    pub messages: Vec<Summary>,
}

impl Store {
    /// Returns an empty store.
    pub fn new(limits: Limits) -> Self {
        let (changes, _) = watch::channel(0);
        let inner = Inner { messages: VecDeque::new(), bytes: 0, next_number: 1, limits };
        Self { inner: Arc::new(Mutex::new(inner)), changes }
    }

    /// A panic elsewhere leaves plain data behind, never half an update: reading on is safe.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Keeps a message and says which number it got.
    pub fn add(&self, received_at: DateTime<Utc>, from: String, to: Vec<String>, raw: Vec<u8>) -> Captured {
        let mut inner = self.lock();
        let message = Captured { number: inner.next_number, received_at, from, to, raw: raw.into() };
        inner.next_number += 1;
        inner.bytes += message.raw.len();
        inner.messages.push_back(Arc::new(Entry { captured: message.clone(), summary: OnceLock::new() }));
        let limits = inner.limits;
        while inner.messages.len() > limits.messages_max || inner.bytes > limits.bytes_max {
            let Some(oldest) = inner.messages.pop_front() else { break };
            inner.bytes -= oldest.captured.raw.len();
        }
        drop(inner);
        self.changed();
        message
    }

    /// Returns a message by its number, if it is still kept.
    pub fn get(&self, number: u64) -> Option<Captured> {
        let inner = self.lock();
        let index = inner.index_of(number)?;
        inner.messages.get(index).map(|entry| entry.captured.clone())
    }

    /// Looks for messages whose row holds all `words` (lower case), with numbers below `before`
    /// (any when `None`): the newest first, at most `limit`.
    pub fn find(&self, words: &[String], before: Option<u64>, limit: usize) -> Found {
        // Rows are read without the lock: mail keeps coming in while somebody searches.
        let (entries, arrived) = {
            let inner = self.lock();
            (inner.messages.iter().rev().cloned().collect::<Vec<_>>(), inner.next_number - 1)
        };
        let holds = |entry: &&Arc<Entry>| words.is_empty() || entry.summary().holds(words);
        let matching: Vec<&Arc<Entry>> = entries.iter().filter(holds).collect();
        let older = matching.iter().filter(|entry| before.is_none_or(|bound| entry.captured.number < bound));
        let messages = older.take(limit).map(|entry| entry.summary().clone()).collect();
        Found { arrived, kept: entries.len(), matching: matching.len(), messages }
    }

    /// Returns all kept messages, oldest first.
    pub fn all(&self) -> Vec<Captured> {
        self.lock().messages.iter().map(|entry| entry.captured.clone()).collect()
    }

    /// Returns how many messages came in since the start, kept or not.
    pub fn arrived(&self) -> u64 {
        self.lock().next_number - 1
    }

    /// Returns how many messages are kept.
    pub fn kept(&self) -> usize {
        self.lock().messages.len()
    }

    /// Throws one message away; says whether it was there.
    pub fn remove(&self, number: u64) -> bool {
        let mut inner = self.lock();
        let removed = inner.index_of(number).and_then(|index| inner.messages.remove(index));
        let Some(removed) = removed else { return false };
        inner.bytes -= removed.captured.raw.len();
        drop(inner);
        self.changed();
        true
    }

    /// Throws all messages away; numbers go on.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.messages.clear();
        inner.bytes = 0;
        drop(inner);
        self.changed();
    }

    /// Returns a count of changes to wait on.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

impl Inner {
    /// Numbers only grow, but some may be missing.
    fn index_of(&self, number: u64) -> Option<usize> {
        self.messages.binary_search_by_key(&number, |entry| entry.captured.number).ok()
    }
}

impl Summary {
    fn holds(&self, words: &[String]) -> bool {
        let row = format!("{} {} {} {}", self.from, self.to, self.subject, self.preheader).to_lowercase();
        words.iter().all(|word| row.contains(word))
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

    fn numbers(found: &Found) -> Vec<u64> {
        found.messages.iter().map(|message| message.number).collect()
    }

    #[test]
    fn pages_go_from_the_newest_backwards() {
        let store = Store::new(Limits::default());
        for _ in 0..5 {
            add(&store, 1);
        }
        assert_eq!(numbers(&store.find(&[], None, 2)), [5, 4]);
        assert_eq!(numbers(&store.find(&[], Some(4), 9)), [3, 2, 1]);
    }

    #[test]
    fn a_search_needs_all_words_in_any_order() {
        let store = Store::new(Limits::default());
        for subject in ["Sea walls of Male", "The SEA", "Walls"] {
            let raw = format!("Subject: {subject}\r\nTo: <reader@example.org>\r\n\r\n").into_bytes();
            store.add(DateTime::UNIX_EPOCH, String::new(), Vec::new(), raw);
        }
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(numbers(&store.find(&words("sea"), None, 9)), [2, 1]);
        assert_eq!(numbers(&store.find(&words("walls sea reader@"), None, 9)), [1]);
        let found = store.find(&words("sea"), None, 1);
        assert_eq!((found.kept, found.matching), (3, 2));
    }

    #[test]
    fn a_message_thrown_away_leaves_the_others_in_reach() {
        let store = Store::new(Limits { messages_max: 9, bytes_max: 100 });
        for _ in 0..4 {
            add(&store, 20);
        }
        assert!(store.remove(2) && !store.remove(2) && !store.remove(9));
        assert!(store.get(2).is_none());
        assert_eq!(store.get(3).map(|message| message.number), Some(3));
        assert_eq!(numbers(&store.find(&[], None, 9)), [4, 3, 1]);
        // Its octets are free again.
        add(&store, 40);
        assert_eq!(store.kept(), 4);
    }
}
