//! Judges finished messages: what readers, providers or the law would not forgive stops a send.
//!
//! Rules look at the output of the form letter for several readers, never at the sources, so what
//! is judged is what is sent. They need no network, change nothing, and say of every finding which rule it
//! is, what is wrong and what to do. [`rules::RULES`] is the list; `docs/checks.md` shows it to people.

mod body;
mod freemail;
mod headers;
mod links;
mod page;
pub mod rules;
mod values;

use crate::{
    check::{page::Page, rules::Rule},
    domain::{
        address::EmailAddress,
        delivery::DeliveryId,
        digest::Digest,
        merge::MergeField,
        problem::{Place, Problem, Severity},
        subscriber::{Subscriber, SubscriberStatus},
    },
    render::{
        form::{Fill, Filled, FormLetter, MissingField, Sizes},
        token::Signer,
    },
};
use chrono::{DateTime, NaiveTime, Utc};
use serde::Serialize;
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
    /// The digest as rendered.
    pub digest: &'a Digest,
    /// The letter compiled from it.
    pub letter: &'a FormLetter,
    /// Readers to render for: the longest, the shortest, those who lack fields. Without any,
    /// [`sample_readers`] are taken.
    pub readers: &'a [Subscriber],
    /// The postal address as the edition's footer says it.
    pub postal_address: Option<&'a str>,
    /// How far the messages go.
    pub reach: Reach,
}

/// One thing a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which rule.
    #[serde(flatten)]
    pub rule: &'static Rule,
    /// How much it matters here.
    pub severity: Severity,
    /// What is wrong, as in [`Problem::message`].
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Where it was written, when that can be told.
    pub place: Option<Place>,
    /// In which variant.
    pub variant: String,
}

impl Finding {
    /// Returns the finding in the shape that terminal and preview show.
    pub fn to_problem(&self) -> Problem {
        Problem {
            code: self.rule.code,
            severity: self.severity,
            place: self.place.clone(),
            message: format!("{} ({}, variant `{}`)", self.message, self.rule.id, self.variant),
            help: Some(self.help.clone()),
        }
    }
}

/// One reader's message, as the rules see it.
struct Proof<'a> {
    reader: &'a Subscriber,
    subject: String,
    html: String,
    text: String,
    page: Page,
    /// The reader's own unsubscribe link.
    unsubscribe: String,
    sizes: Sizes,
}

/// Collects findings; each is said once however many readers show it.
struct Report {
    variant: String,
    findings: Vec<Finding>,
}

impl Report {
    /// Notes a finding with the severity and help of its rule.
    fn note(&mut self, id: &str, message: impl Into<String>) {
        let rule = rules::rule(id);
        self.note_as(rule.severity, id, message);
    }

    fn note_as(&mut self, severity: Severity, id: &str, message: impl Into<String>) {
        let (rule, message) = (rules::rule(id), message.into());
        if self.findings.iter().any(|known| known.rule == rule && known.message == message) {
            return;
        }
        let variant = self.variant.clone();
        let help = rule.fix.to_owned();
        self.findings.push(Finding { rule, severity, message, help, place: None, variant });
    }
}

/// Runs every rule on one variant. No finding is an empty list; errors stop a send.
pub fn judge(input: &CheckInput<'_>) -> Vec<Finding> {
    let mut report = Report { variant: input.variant.to_owned(), findings: Vec::new() };
    let samples;
    let readers = if input.readers.is_empty() {
        samples = sample_readers(input.letter);
        samples.as_slice()
    } else {
        input.readers
    };
    headers::sender(input, &mut report);
    let mut largest = Sizes::default();
    for reader in readers {
        match proof(input, reader) {
            Err(missing) => report.note("T002", format!("{missing}: {}", reader.address)),
            Ok(proof) => {
                largest = largest.max(proof.sizes);
                judge_proof(input, &proof, &mut report);
            }
        }
    }
    body::size(largest, &mut report);
    report.findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.rule.id));
    report.findings
}

fn judge_proof(input: &CheckInput<'_>, proof: &Proof<'_>, report: &mut Report) {
    headers::subject(proof, report);
    body::text_part(proof, report);
    body::language(input, proof, report);
    body::images(proof, report);
    body::postal_address(input, proof, report);
    links::unsubscribe(proof, report);
    links::targets(input, proof, report);
    values::tags(input, proof, report);
    values::hollow(input, proof, report);
}

fn proof<'a>(input: &CheckInput<'_>, reader: &'a Subscriber) -> Result<Proof<'a>, MissingField> {
    // Tokens of no ledger: nothing judged here can unsubscribe anybody.
    let tokens = input.letter.tokens(&Signer::new([0; 16], &[0; 32]), DeliveryId(0));
    let date: DateTime<Utc> = input.digest.date.and_time(NaiveTime::MIN).and_utc();
    let fill = Fill { subscriber: reader, date, tokens: &tokens };
    let mut filled = Filled::new();
    input.letter.fill(&fill, &mut filled)?;
    let html = input.letter.html_for(&fill)?;
    Ok(Proof {
        reader,
        subject: input.letter.subject_for(&fill)?,
        text: input.letter.text_for(&fill)?,
        page: Page::read(&html),
        html,
        unsubscribe: tokens.unsubscribe_link.clone(),
        sizes: filled.sizes(),
    })
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
