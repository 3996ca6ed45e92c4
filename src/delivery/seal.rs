//! One hash over content and recipients: what was approved is what is sent.

use crate::{
    delivery::ports::Candidate,
    domain::{
        address::EmailAddress,
        broadcast::{Schedule, SealedContent, SealedVariant},
        issue::{IssueId, Waiver},
        language::Language,
        subscriber::{Subscriber, SubscriberStatus},
    },
};
use aws_lc_rs::digest::{Context, SHA256};
use std::fmt::Write;

/// What a broadcast freezes, before its hash.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Which issue.
    pub issue: IssueId,
    /// 0 for the first sending.
    pub edition: u32,
    /// The variants, in the order of their indices.
    pub variants: Vec<SealedVariant>,
    /// The public address.
    pub public_url: Option<String>,
    /// Where unsubscribe mails go.
    pub unsubscribe_domain: String,
    /// Envelope sender.
    pub envelope_from: EmailAddress,
    /// Rules that objected and were let pass.
    pub waivers: Vec<Waiver>,
    /// Who had approved exactly this.
    pub approved_by: Vec<String>,
}

impl Contents {
    /// Returns the content with its hash; it may be sent at any time.
    pub fn sealed(self) -> SealedContent {
        self.sealed_for(None)
    }

    /// Returns the content with its hash, to be sent when `schedule` says.
    pub fn sealed_for(self, schedule: Option<Schedule>) -> SealedContent {
        let mut content = SealedContent {
            issue: self.issue,
            edition: self.edition,
            variants: self.variants,
            public_url: self.public_url,
            unsubscribe_domain: self.unsubscribe_domain,
            envelope_from: self.envelope_from,
            waivers: self.waivers,
            approved_by: self.approved_by,
            schedule,
            sha256: String::new(),
        };
        content.sha256 = content_hash(&content);
        content
    }
}

/// Returns the SHA-256 of everything in `content` but its hash, hex.
pub fn content_hash(content: &SealedContent) -> String {
    let bare = SealedContent { sha256: String::new(), ..content.clone() };
    sha256_hex(&json(&bare))
}

/// Grows with every recipient, in the order they were staged.
pub struct SealHash {
    recipients: Context,
    count: u64,
    /// Room for one recipient.
    octets: Vec<u8>,
}

impl SealHash {
    /// Begins with nobody.
    pub(crate) fn new() -> Self {
        Self { recipients: Context::new(&SHA256), count: 0, octets: Vec::new() }
    }

    /// Adds a recipient with all that is known of them. Every text and every list has its length before it, so that
    /// no two lists read alike.
    pub(crate) fn recipient(&mut self, candidate: &Candidate) {
        let Candidate { subscriber, variant } = candidate;
        let Subscriber { address, name, language, topics, fields, status } = subscriber;
        let out = &mut self.octets;
        out.clear();
        push_number(out, *variant);
        push_text(out, address.local());
        push_text(out, address.domain());
        for text in [name.as_deref(), language.as_ref().map(Language::as_str)] {
            push_number(out, usize::from(text.is_some()));
            push_text(out, text.unwrap_or_default());
        }
        push_number(out, topics.len());
        for topic in topics {
            push_text(out, topic);
        }
        push_number(out, fields.len());
        for (field, value) in fields {
            push_text(out, field);
            push_text(out, value);
        }
        push_number(out, usize::from(*status == SubscriberStatus::Active));
        self.recipients.update(out);
        self.count += 1;
    }

    /// Returns the seal, hex.
    pub(crate) fn finish(self, content: &SealedContent) -> String {
        let mut seal = Context::new(&SHA256);
        seal.update(content.sha256.as_bytes());
        seal.update(&self.count.to_be_bytes());
        seal.update(self.recipients.finish().as_ref());
        hex(seal.finish().as_ref())
    }
}

/// Returns the SHA-256 of some octets, hex.
fn sha256_hex(octets: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&SHA256, octets).as_ref())
}

/// Returns octets as lower-case hex digits.
fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        // Writing to a String can't fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn push_number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&(number as u64).to_be_bytes());
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    push_number(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain structs with text keys always become JSON")
}
