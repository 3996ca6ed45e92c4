//! Who gets the newsletter.

use crate::domain::{address::EmailAddress, language::Language};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A subscriber: an address with what is known about its reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// Where the mail goes.
    pub address: EmailAddress,
    /// Name, one line.
    pub name: Option<String>,
    /// Language wished for.
    pub language: Option<Language>,
    /// Topics wished for, in lower case; empty means all.
    pub topics: Vec<String>,
    /// Everything else a list says of its readers, by lower-case column name.
    pub fields: BTreeMap<String, String>,
    /// Whether this reader wants mail at all.
    pub status: SubscriberStatus,
}

/// Whether a subscriber wants mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriberStatus {
    /// Yes.
    #[default]
    Active,
    /// No longer.
    Unsubscribed,
}

impl Subscriber {
    /// Returns the value of a merge field, `None` when it is missing or blank.
    pub fn field(&self, name: &str) -> Option<String> {
        let value = match name {
            "email" => Some(self.address.expose()),
            "name" => self.name.clone(),
            "language" => self.language.as_ref().map(ToString::to_string),
            "topics" => (!self.topics.is_empty()).then(|| self.topics.join(", ")),
            other => self.fields.get(other).cloned(),
        };
        value.filter(|text| !text.trim().is_empty())
    }
}
