//! The compiled letter: octets that never change, and the blanks between them.

use crate::render::form::value::HtmlPlace;
use std::ops::Range;

/// What is written into a blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blank {
    /// The `Date` value.
    Date,
    /// The `To` field, its name apart.
    To,
    /// The Message-ID.
    MessageId,
    /// The whole subject, when it has merge fields.
    Subject,
    /// `List-Unsubscribe` and what belongs to it.
    Unsubscribe,
    /// A value in the HTML part: index of the field.
    Html(usize, HtmlPlace),
    /// A line of the text part with merge fields: index of its template.
    Line(usize),
}

/// The octets of one variant with the offsets of their blanks.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) octets: Vec<u8>,
    /// Offset in `octets` before which a blank is filled in, rising.
    pub(super) blanks: Vec<(usize, Blank)>,
    /// The octets of the encoded HTML part.
    pub(super) html: Range<usize>,
    /// Octets of the decoded HTML outside its blanks.
    pub(super) html_decoded: usize,
}

impl Sheet {
    pub(super) fn blank(&mut self, blank: Blank) {
        self.blanks.push((self.octets.len(), blank));
    }

    pub(super) fn push(&mut self, text: &str) {
        self.octets.extend_from_slice(text.as_bytes());
    }
}
