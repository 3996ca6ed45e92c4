//! Judges finished messages: what readers, providers or the law would not forgive stops a send.
//!
//! Rules look at the very octets that several readers would get, never at the sources, so what
//! is judged is what is sent. They need no network, change nothing, and say of every finding which rule it
//! is, what is wrong, where, and what to do. [`rules::all`] is the list; `docs/checks.md` shows it to people.

mod access;
mod dark;
mod finding;
mod freemail;
mod headers;
mod images;
mod issue;
mod languages;
mod law;
mod links;
mod merge;
mod message;
mod mime;
pub mod online;
mod page;
mod report;
pub mod rules;
mod script;
mod style;
mod wire;
mod words;

pub use finding::{Finding, Lack, LackingClient, locate};

use crate::{
    check::{message::Message, report::Report},
    domain::{
        address::EmailAddress,
        digest::Digest,
        edition::Edition,
        issue::{PastIssue, Waiver},
        merge::MergeField,
        settings::CheckSettings,
        subscriber::{Subscriber, SubscriberStatus},
    },
    render::form::{FormLetter, Sizes},
};
use std::collections::BTreeMap;

/// The postal address that a new newsletter begins with, until somebody writes their own.
pub const SCAFFOLD_ADDRESS: &str = "1 Example Street, 1000 Example City";

/// How the text of a new item begins, until somebody writes it.
pub const SCAFFOLD_TEASER: &str = "Write the news here, in Markdown.";

/// How far the messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To real readers.
    Public,
    /// Not beyond this machine (demo, inbox): links to it are fine.
    Local,
}

/// What is judged: one variant.
#[derive(Clone, Copy, Debug)]
pub struct CheckInput<'a> {
    /// Short name of the variant, e.g. `fr`.
    pub variant: &'a str,
    /// The issue put together, as the digest was made from it.
    pub edition: &'a Edition,
    /// The digest as rendered.
    pub digest: &'a Digest,
    /// The letter compiled from it.
    pub letter: &'a FormLetter,
    /// Readers to render for: the longest, the shortest, those who lack fields. Without any,
    /// [`sample_readers`] are taken.
    pub readers: &'a [Subscriber],
    /// Earlier issues of the newsletter, the newest first.
    pub past: &'a [PastIssue],
    /// What somebody decided to let pass.
    pub waivers: &'a [Waiver],
    /// What the rules reckon with.
    pub settings: &'a CheckSettings,
    /// How far the messages go.
    pub reach: Reach,
    /// Octets that the relay takes for one message, where that is known; what it gets beside the letter is taken off.
    pub message_octets_max: Option<u64>,
}

/// Runs every rule on one variant. No finding is an empty list; see [`Finding::stops`] for what stops a send.
pub fn judge(input: &CheckInput<'_>) -> Vec<Finding> {
    let mut report = Report::new(input);
    let samples;
    let readers = if input.readers.is_empty() {
        samples = sample_readers(input.letter);
        samples.as_slice()
    } else {
        input.readers
    };
    judge_variant(input, &mut report);
    let mut largest = Sizes::default();
    for reader in readers {
        match Message::of(input, reader) {
            Err(missing) => merge::missing(input, &missing, reader, &mut report),
            Ok(message) => {
                largest = largest.max(message.sizes);
                judge_message(input, &message, &mut report);
            }
        }
    }
    mime::size(largest, input.message_octets_max, &mut report);
    report.into_findings()
}

/// What needs no reader.
fn judge_variant(input: &CheckInput<'_>, report: &mut Report<'_>) {
    headers::judge_variant(input, report);
    words::judge_variant(input, report);
    merge::judge_variant(input, report);
}

/// What is looked at in each reader's message.
fn judge_message(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    access::judge(input, message, report);
    style::judge(input, message, report);
    law::judge(input, message, report);
    headers::judge(input, message, report);
    images::judge(input, message, report);
    dark::judge(input, message, report);
    links::judge(input, message, report);
    mime::judge(input, message, report);
    languages::judge(input, message, report);
    words::judge(input, message, report);
    merge::judge(input, message, report);
}

/// Returns readers to judge a letter with when there is no list: one with every field, and, when
/// all fields have defaults, one with none.
pub fn sample_readers(letter: &FormLetter) -> Vec<Subscriber> {
    let Ok(address) = EmailAddress::parse("reader@example.org") else { return Vec::new() };
    let bare = Subscriber {
        address,
        name: None,
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    };
    let mut full = bare.clone();
    full.name = Some("Reader".to_owned());
    for field in letter.fields() {
        if let MergeField::Subscriber { name, .. } = field {
            full.fields.insert(name.clone(), "value".to_owned());
        }
    }
    let mut readers = vec![full];
    if letter.missing(&bare).is_empty() {
        readers.push(bare);
    }
    readers
}

#[cfg(test)]
mod tests;
