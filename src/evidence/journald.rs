//! Entries of the journal as `journalctl -o json` and `-o export` write them.

use crate::evidence::line::LogLine;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::borrow::Cow;

/// The fields of an entry that matter here.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entry {
    at: Option<DateTime<Utc>>,
    host: String,
    program: String,
    text: String,
}

impl Entry {
    /// Takes in a field; others than the few that matter are let go.
    pub fn set(&mut self, key: &str, value: &[u8]) {
        let text = || String::from_utf8_lossy(value).into_owned();
        match key {
            "__REALTIME_TIMESTAMP" => self.at = moment(&text()),
            "_HOSTNAME" => self.host = text(),
            "SYSLOG_IDENTIFIER" => self.program = text(),
            "MESSAGE" => self.text = text(),
            _ => {}
        }
    }

    /// Returns whether nothing was taken in yet.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the entry as a line, `None` when it lacks its moment or its host.
    pub fn line(&self) -> Option<LogLine<'_>> {
        let at = self.at.filter(|_| !self.host.is_empty())?;
        Some(LogLine { at, host: &self.host, program: &self.program, text: &self.text })
    }
}

/// Microseconds since 1970.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(text.trim().parse().ok()?)
}

/// An entry in JSON. A message that is no UTF-8 is an array of octets there; a field that stands twice is an array
/// of values.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(rename = "__REALTIME_TIMESTAMP", borrow, default)]
    at: Option<Cow<'a, str>>,
    #[serde(rename = "_HOSTNAME", borrow, default)]
    host: Option<Words<'a>>,
    #[serde(rename = "SYSLOG_IDENTIFIER", borrow, default)]
    program: Option<Words<'a>>,
    #[serde(rename = "MESSAGE", borrow, default)]
    text: Option<Words<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Octets(Vec<u8>),
    Other(serde::de::IgnoredAny),
}

impl Words<'_> {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text.into_owned(),
            Self::Octets(octets) => String::from_utf8_lossy(&octets).into_owned(),
            Self::Other(_) => String::new(),
        }
    }
}

/// Reads an entry of `journalctl -o json`: one object a line. `None` when it is none.
pub fn from_json(line: &str) -> Option<Entry> {
    let written: Written<'_> = serde_json::from_str(line).ok()?;
    let text = |words: Option<Words<'_>>| words.map(Words::into_text).unwrap_or_default();
    Some(Entry {
        at: written.at.as_deref().and_then(moment),
        host: text(written.host),
        program: text(written.program),
        text: text(written.text),
    })
}
