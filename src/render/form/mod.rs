//! The form letter: a digest compiled once per variant, filled for each reader by splicing.
//!
//! Headers and MIME parts are encoded once and cut at the merge fields. A *blank* starts on a fresh
//! quoted-printable line (or is a whole line, in flowed text and headers), so the octets around it
//! never change; filling is cleaning, escaping and encoding a few short values.
//!
//! It promises: the message is 7-bit but for an international address in `To`, ends its lines with
//! CRLF only, has no line over 998 octets, none that starts with a dot, and the same input gives the
//! same octets on every machine. Whatever stands in a value, it stays a value: it opens no tag, leaves no
//! attribute, starts no header. It never asks a clock or draws at random, and never logs a value.

mod compile;
mod filled;
mod places;
mod sheet;
mod template;
mod value;

pub use filled::{Filled, Sizes};
pub use template::{Part, parts};

use crate::{
    domain::{
        broadcast::SealedContent,
        delivery::DeliveryId,
        digest::Digest,
        merge::MergeField,
        problem::{Problem, Problems},
        subscriber::Subscriber,
    },
    render::{
        headers::{self, mailbox, words},
        mime::{
            flowed,
            quoted::{After, QuotedPrintable},
        },
        token::{Signer, TokenPurpose},
    },
};
use chrono::{DateTime, Utc};
use places::field_name;
use sheet::{Blank, Sheet};
use std::{borrow::Cow, fmt, sync::Arc};
use template::Template;
use value::HtmlPlace;

/// What a letter needs to know beside its digest; frozen when the broadcast is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// 0 for the first sending; makes new Message-IDs for corrected content.
    pub edition: u32,
    /// The public address, when there is one: unsubscribe links are https below it.
    pub public_url: Option<String>,
    /// Where unsubscribe mails go.
    pub unsubscribe_domain: String,
}

impl From<&SealedContent> for Frame {
    fn from(content: &SealedContent) -> Self {
        Self {
            edition: content.edition,
            public_url: content.public_url.clone(),
            unsubscribe_domain: content.unsubscribe_domain.clone(),
        }
    }
}

/// What makes one reader's message recognisable; computed, never drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryTokens {
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// The https link of one-click unsubscribe, when there is a public address.
    pub unsubscribe_url: Option<String>,
    /// The address whose mail unsubscribes this reader.
    pub unsubscribe_address: String,
    /// What stands in the body: the link, else `mailto:` and the address.
    pub unsubscribe_link: String,
}

/// Whom a letter is filled for.
#[derive(Clone, Copy, Debug)]
pub struct Fill<'a> {
    /// The reader.
    pub subscriber: &'a Subscriber,
    /// The moment of the attempt, or of the earlier attempt that is repeated.
    pub date: DateTime<Utc>,
    /// What the message is recognised by; see [`FormLetter::tokens`].
    pub tokens: &'a DeliveryTokens,
}

/// A reader lacks a field that has no default.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no value for merge field `{field}`, and it has no default")]
pub struct MissingField {
    /// The field's name.
    pub field: String,
}

impl MissingField {
    /// Returns the problem as people see it; `whom` says which reader.
    pub fn problem(&self, whom: impl fmt::Display) -> Problem {
        Problem::error("form/missing-field", format!("{self}: {whom}")).help(format!(
            "give the field a default, such as `{{{{ subscriber.{} | default(value=\"…\") }}}}`, or complete the list",
            self.field
        ))
    }
}

/// A stretch of the HTML part.
#[derive(Clone, Debug)]
enum HtmlPart {
    Text(String),
    Field(usize, HtmlPlace),
}

/// One variant, compiled.
#[derive(Clone, Debug)]
pub struct FormLetter {
    sheet: Arc<Sheet>,
    fields: Vec<MergeField>,
    /// Fields that really stand somewhere in the letter.
    used: Vec<usize>,
    subject: Template,
    html: Vec<HtmlPart>,
    text: Template,
    /// The lines of the text part that have fields.
    lines: Vec<Template>,
    is_flowed: bool,
    issue: String,
    list_id: String,
    from_domain: String,
    frame: Frame,
}

impl FormLetter {
    /// Compiles a digest.
    ///
    /// # Errors
    /// When a merge field stands where no value may, or the digest holds what no message can carry.
    /// All problems are returned at once.
    pub fn new(digest: &Digest, frame: &Frame) -> Result<Self, Problems> {
        compile::compile(digest, frame)
    }

    /// Returns what the message of a delivery is recognised by.
    pub fn tokens(&self, signer: &Signer, delivery: DeliveryId) -> DeliveryTokens {
        let unsubscribe_url = self.frame.public_url.as_ref().map(|base| {
            format!("{}/u/{}", base.trim_end_matches('/'), signer.web_token(&self.list_id, delivery))
        });
        let token = signer.mail_token(TokenPurpose::Unsubscribe, delivery);
        let unsubscribe_address = format!("u-{token}@{}", self.frame.unsubscribe_domain);
        DeliveryTokens {
            message_id: signer.message_id(&self.issue, self.frame.edition, delivery, &self.from_domain),
            unsubscribe_link: unsubscribe_url
                .clone()
                .unwrap_or_else(|| format!("mailto:{unsubscribe_address}")),
            unsubscribe_url,
            unsubscribe_address,
        }
    }

    /// Returns the names of the fields that this reader lacks and that have no default.
    pub fn missing(&self, subscriber: &Subscriber) -> Vec<&str> {
        let lacks = |index: &&usize| {
            matches!(&self.fields[**index], MergeField::Subscriber { name, default: None }
                if lookup(subscriber, name).is_none())
        };
        let mut names: Vec<_> =
            self.used.iter().filter(lacks).map(|index| field_name(&self.fields[*index])).collect();
        names.dedup();
        names
    }

    /// Returns which of the letter's fields show their default to this reader, one bit each (the first 64).
    pub fn defaults_for(&self, subscriber: &Subscriber) -> u64 {
        let shows_default = |index: &usize| {
            matches!(&self.fields[*index], MergeField::Subscriber { name, default: Some(_) }
                if lookup(subscriber, name).is_none())
        };
        let bits = self.used.iter().take(64).enumerate().filter(|(_, index)| shows_default(index));
        bits.fold(0, |bits, (at, _)| bits | 1 << at)
    }

    /// Returns the merge fields that stand somewhere in the letter.
    pub fn fields(&self) -> impl Iterator<Item = &MergeField> {
        self.used.iter().map(|index| &self.fields[*index])
    }

    /// Returns the stretches of the body that all readers share, in order: one before, between and after each of
    /// the values that [`Filled::body_values`] returns.
    pub fn shared_body(&self) -> impl Iterator<Item = &[u8]> {
        self.sheet.shared_body()
    }

    /// Fills the letter for one reader. What `out` held before is gone, its buffers are used again.
    ///
    /// # Errors
    /// When the reader lacks a field without default; `out` is then not to be used.
    pub fn fill(&self, fill: &Fill<'_>, out: &mut Filled) -> Result<(), MissingField> {
        out.begin(&self.sheet);
        for (_, blank) in &self.sheet.blanks {
            self.write(*blank, fill, out)?;
            out.end_value();
        }
        Ok(())
    }

    fn write(&self, blank: Blank, fill: &Fill<'_>, out: &mut Filled) -> Result<(), MissingField> {
        match blank {
            Blank::Date => headers::write_date(&mut out.values, fill.date),
            Blank::MessageId => out.values.extend_from_slice(fill.tokens.message_id.as_bytes()),
            Blank::Unsubscribe => write_unsubscribe(&mut out.values, fill.tokens),
            Blank::To => {
                out.scratch.clear();
                if let Some(name) = lookup(fill.subscriber, "name") {
                    value::push_clean(&name, &mut out.scratch);
                }
                mailbox::write_mailbox(&mut out.values, "To", Some(&out.scratch), &fill.subscriber.address);
            }
            Blank::Subject => {
                out.scratch.clear();
                self.subject.render(&mut out.scratch, |index, text| self.push_field(index, fill, text))?;
                words::write_unstructured(&mut out.values, "Subject: ".len(), out.scratch.trim());
            }
            Blank::Html(index, place) => {
                out.scratch.clear();
                out.line.clear();
                self.push_field(index, fill, &mut out.scratch)?;
                self.push_html(index, place, &out.scratch, &mut out.line);
                out.html_values += out.line.len();
                let mut writer = QuotedPrintable::new();
                writer.write(&mut out.values, &out.line, After::More);
                writer.fresh_line(&mut out.values);
            }
            Blank::Line(index) => {
                out.scratch.clear();
                self.lines[index]
                    .render(&mut out.scratch, |index, text| self.push_field(index, fill, text))?;
                self.write_line(out);
            }
        }
        Ok(())
    }

    /// Writes the line in `scratch` as one paragraph of the text part.
    fn write_line(&self, out: &mut Filled) {
        out.line.clear();
        if self.is_flowed {
            flowed::flow(&out.scratch, &mut out.line);
        } else {
            flowed::leave_whole(&out.scratch, &mut out.line);
        }
        QuotedPrintable::new().write(&mut out.values, &out.line, After::More);
    }

    /// Appends a value, cleaned but not escaped.
    fn push_field(&self, index: usize, fill: &Fill<'_>, out: &mut String) -> Result<(), MissingField> {
        match &self.fields[index] {
            MergeField::UnsubscribeUrl => out.push_str(&fill.tokens.unsubscribe_link),
            MergeField::Subscriber { name, default } => match (lookup(fill.subscriber, name), default) {
                (Some(value), _) => value::push_clean(&value, out),
                (None, Some(default)) => value::push_clean(default, out),
                (None, None) => return Err(MissingField { field: name.clone() }),
            },
        }
        Ok(())
    }

    /// Appends a cleaned value as it stands in HTML.
    fn push_html(&self, index: usize, place: HtmlPlace, value: &str, out: &mut String) {
        match (&self.fields[index], place) {
            // Our own link, whole: a URL already.
            (MergeField::UnsubscribeUrl, HtmlPlace::Text | HtmlPlace::WholeUrl) => {
                value::push_html(value, out);
            }
            _ => value::push_escaped(value, place, out),
        }
    }

    /// Returns the subject as this reader sees it.
    ///
    /// # Errors
    /// When the reader lacks a field without default.
    pub fn subject_for(&self, fill: &Fill<'_>) -> Result<String, MissingField> {
        let mut out = String::new();
        self.subject.render(&mut out, |index, text| self.push_field(index, fill, text))?;
        Ok(out.trim().to_owned())
    }

    /// Returns the HTML part as this reader's client decodes it, but with LF line ends.
    ///
    /// # Errors
    /// When the reader lacks a field without default.
    pub fn html_for(&self, fill: &Fill<'_>) -> Result<String, MissingField> {
        let (mut out, mut value) = (String::new(), String::new());
        for part in &self.html {
            match part {
                HtmlPart::Text(text) => out.push_str(text),
                HtmlPart::Field(index, place) => {
                    value.clear();
                    self.push_field(*index, fill, &mut value)?;
                    self.push_html(*index, *place, &value, &mut out);
                }
            }
        }
        Ok(out)
    }

    /// Returns the text part as this reader's client shows it: paragraphs whole, LF line ends.
    ///
    /// # Errors
    /// When the reader lacks a field without default.
    pub fn text_for(&self, fill: &Fill<'_>) -> Result<String, MissingField> {
        let mut out = String::new();
        self.text.render(&mut out, |index, text| self.push_field(index, fill, text))?;
        Ok(out)
    }
}

/// Returns a field of the reader, `None` when there is nothing to see in it.
fn lookup<'a>(subscriber: &'a Subscriber, name: &str) -> Option<Cow<'a, str>> {
    let value = match name {
        "name" => subscriber.name.as_deref().map(Cow::Borrowed),
        "email" | "language" | "topics" => subscriber.field(name).map(Cow::Owned),
        other => subscriber.fields.get(other).map(|value| Cow::Borrowed(value.as_str())),
    };
    value.filter(|value| !value::is_blank(value))
}

/// RFC 8058 and RFC 2369: https first, for readers take the first they understand.
fn write_unsubscribe(out: &mut Vec<u8>, tokens: &DeliveryTokens) {
    out.extend_from_slice(b"List-Unsubscribe: ");
    // One-click wants https; another scheme (a demo on this machine) may stand in the body only.
    let https = tokens.unsubscribe_url.as_ref().filter(|url| url.starts_with("https://"));
    if let Some(url) = https {
        out.push(b'<');
        out.extend_from_slice(headers::header_url(url).as_bytes());
        out.extend_from_slice(b">,\r\n ");
    }
    out.extend_from_slice(b"<mailto:");
    out.extend_from_slice(tokens.unsubscribe_address.as_bytes());
    out.extend_from_slice(b">\r\n");
    if https.is_some() {
        out.extend_from_slice(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    }
}

#[cfg(test)]
mod tests;
