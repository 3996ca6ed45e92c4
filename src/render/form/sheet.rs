//! The compiled letter: octets that never change, and the blanks between them.

use crate::render::form::value::HtmlPlace;
use aws_lc_rs::digest::{Context, SHA256};
use std::{ops::Range, sync::OnceLock};

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
    /// Where the body begins: after the empty line.
    pub(super) body: usize,
    /// The octets of the encoded HTML part.
    pub(super) html: Range<usize>,
    /// Octets of the decoded HTML outside its blanks.
    pub(super) html_decoded: usize,
    /// SHA-256 over all stretches between the blanks, made when it is first asked for.
    pub(super) digest: OnceLock<[u8; 32]>,
}

impl Sheet {
    pub(super) fn blank(&mut self, blank: Blank) {
        self.blanks.push((self.octets.len(), blank));
    }

    pub(super) fn push(&mut self, text: &str) {
        self.octets.extend_from_slice(text.as_bytes());
    }

    /// Returns the stretches before, between and after the blanks, in order; some may be empty.
    pub(super) fn stretches(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.blanks.iter().map(|(at, _)| *at).chain(std::iter::once(self.octets.len()));
        ends.scan(0, |from, end| Some(&self.octets[std::mem::replace(from, end)..end]))
    }

    /// Returns the SHA-256 over the number of stretches, and each with its length before it: two sheets with the
    /// same digest have the same octets and the same blanks between them.
    pub(super) fn digest(&self) -> &[u8; 32] {
        self.digest.get_or_init(|| {
            let mut context = Context::new(&SHA256);
            context.update(b"masthead/sheet/1\0");
            context.update(&(self.blanks.len() as u64).to_be_bytes());
            for stretch in self.stretches() {
                context.update(&(stretch.len() as u64).to_be_bytes());
                context.update(stretch);
            }
            let mut digest = [0; 32];
            digest.copy_from_slice(context.finish().as_ref());
            digest
        })
    }

    /// Returns the index of the first blank of the body.
    pub(super) fn first_body_blank(&self) -> usize {
        self.blanks.partition_point(|(at, _)| *at < self.body)
    }

    /// Returns what stands between the blanks of the body, in order.
    pub(super) fn shared_body(&self) -> impl Iterator<Item = &[u8]> {
        let blanks = self.blanks[self.first_body_blank()..].iter().map(|(at, _)| *at);
        let ends = blanks.chain(std::iter::once(self.octets.len()));
        ends.scan(self.body, |from, end| Some(&self.octets[std::mem::replace(from, end)..end]))
    }
}
