//! Follows queue ids through a log: which message each stands for, and what became of it.

use crate::evidence::{
    line::LogLine,
    postfix::{self, Happening},
};
use chrono::{DateTime, Utc};
use std::{
    collections::{HashMap, HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

/// Queue ids that are followed at once.
const QUEUE_MAX: usize = 200_000;
/// Messages of the issue that are told apart when they are counted, at eight octets each.
const COUNTED_MAX: usize = 8_000_000;
/// Messages that bounced and are named.
const BOUNCED_MAX: usize = 100_000;
/// Octets of a host's words that are kept.
const TEXT_OCTETS_MAX: usize = 512;

/// What the log says of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// The host of the relay that had it.
    pub host: String,
    /// The queue id under which it was seen first, or under which it was taken.
    pub queue_id: String,
    /// When its header came in.
    pub begun_at: Option<DateTime<Utc>>,
    /// When the queue manager had it: from here on the relay answers for it.
    pub taken_at: Option<DateTime<Utc>>,
    /// Whether the relay refused it after its end.
    pub is_refused: bool,
    /// Whether a rule of the relay set it aside.
    pub is_set_aside: bool,
    /// What the last try to pass it on came to.
    pub fate: Option<LastFate>,
}

/// The last try to pass a message on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastFate {
    /// When.
    pub at: DateTime<Utc>,
    /// `sent`, `deferred`, `bounced`, …
    pub status: String,
    /// `5.1.1`; empty when the line names none.
    pub dsn: String,
    /// What was said about it.
    pub text: String,
}

impl LastFate {
    /// Returns whether the message came back for good.
    pub fn is_final_failure(&self) -> bool {
        matches!(self.status.as_str(), "bounced" | "expired")
    }
}

/// A queue id in use.
struct Open {
    message_id: String,
    has_counted: bool,
}

/// Reads line by line and remembers what was asked for.
pub struct Trail<'a> {
    /// Whether a Message-ID is one of the issue in question.
    is_ours: &'a dyn Fn(&str) -> bool,
    /// What is remembered in full.
    watched: HashMap<String, Sighting>,
    open: HashMap<(String, String), Open>,
    counted: HashSet<u64>,
    bounced: HashMap<String, LastFate>,
    is_overrun: bool,
}

impl<'a> Trail<'a> {
    /// Follows the messages of which `is_ours` is true, and remembers all about those in `watched`.
    pub fn new(is_ours: &'a dyn Fn(&str) -> bool, watched: impl IntoIterator<Item = String>) -> Self {
        Self {
            is_ours,
            watched: watched.into_iter().map(|id| (id, Sighting::default())).collect(),
            open: HashMap::new(),
            counted: HashSet::new(),
            bounced: HashMap::new(),
            is_overrun: false,
        }
    }

    /// Takes in one line.
    pub fn follow(&mut self, line: &LogLine<'_>) {
        let Some((queue_id, happening)) = postfix::read(line) else { return };
        let key = (line.host.to_owned(), queue_id.to_owned());
        if let Happening::Begun { message_id } = happening {
            self.begin(key, message_id, line.at);
            return;
        }
        let Some(open) = self.open.get_mut(&key) else { return };
        let is_removed = happening == Happening::Removed;
        if !matches!(happening, Happening::Refused | Happening::SetAside) && !open.has_counted {
            open.has_counted = true;
            if self.counted.len() < COUNTED_MAX {
                let mut hasher = DefaultHasher::new();
                open.message_id.hash(&mut hasher);
                self.counted.insert(hasher.finish());
            }
        }
        let message_id = if is_removed {
            self.open.remove(&key).map(|open| open.message_id).unwrap_or_default()
        } else {
            open.message_id.clone()
        };
        if let Happening::Tried(fate) = &happening {
            self.tried(&message_id, fate, line.at);
        }
        if let Some(sighting) = self.watched.get_mut(&message_id) {
            sighting.note(key, &happening, line.at);
        }
    }

    fn begin(&mut self, key: (String, String), message_id: &str, at: DateTime<Utc>) {
        // Short queue ids are used again for other messages.
        self.open.remove(&key);
        if !(self.is_ours)(message_id) && !self.watched.contains_key(message_id) {
            return;
        }
        if let Some(sighting) = self.watched.get_mut(message_id)
            && sighting.begun_at.is_none()
        {
            (sighting.host, sighting.queue_id) = key.clone();
            sighting.begun_at = Some(at);
        }
        if self.open.len() >= QUEUE_MAX {
            self.is_overrun = true;
            return;
        }
        self.open.insert(key, Open { message_id: message_id.to_owned(), has_counted: false });
    }

    /// Remembers who bounced, also among those that nobody watches.
    fn tried(&mut self, message_id: &str, fate: &postfix::Fate<'_>, at: DateTime<Utc>) {
        let fate = LastFate::of(fate, at);
        if !fate.is_final_failure() {
            return;
        }
        if self.bounced.len() < BOUNCED_MAX || self.bounced.contains_key(message_id) {
            self.bounced.insert(message_id.to_owned(), fate);
        }
    }

    /// Returns what is known of a message that is watched, `None` when it never came in.
    pub fn of(&self, message_id: &str) -> Option<&Sighting> {
        self.watched.get(message_id).filter(|sighting| sighting.begun_at.is_some())
    }

    /// Returns how many messages of the issue the relay took.
    pub fn taken(&self) -> usize {
        self.counted.len()
    }

    /// Returns the messages of the issue that came back for good, by Message-ID.
    pub fn bounced(&self) -> impl Iterator<Item = (&str, &LastFate)> {
        self.bounced.iter().map(|(id, fate)| (id.as_str(), fate))
    }

    /// Returns whether more messages were on their way at once than could be followed.
    pub fn is_overrun(&self) -> bool {
        self.is_overrun
    }
}

impl LastFate {
    fn of(fate: &postfix::Fate<'_>, at: DateTime<Utc>) -> Self {
        let mut end = fate.text.len().min(TEXT_OCTETS_MAX);
        while !fate.text.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            at,
            status: fate.status.to_owned(),
            dsn: fate.dsn.to_owned(),
            text: fate.text[..end].to_owned(),
        }
    }
}

impl Sighting {
    fn note(&mut self, key: (String, String), happening: &Happening<'_>, at: DateTime<Utc>) {
        match happening {
            Happening::Begun { .. } => {}
            Happening::Refused => self.is_refused = true,
            Happening::SetAside => self.is_set_aside = true,
            Happening::Taken | Happening::Removed | Happening::Tried(_) => {
                if self.taken_at.is_none() {
                    (self.host, self.queue_id) = key;
                    self.taken_at = Some(at);
                }
            }
        }
        if let Happening::Tried(fate) = happening
            && self.fate.as_ref().is_none_or(|last| last.at <= at)
        {
            self.fate = Some(LastFate::of(fate, at));
        }
    }
}
