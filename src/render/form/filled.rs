//! One filled letter: the message, as slices of what is shared and what is the reader's own.

use crate::{
    domain::message::{Facts, Message, Piece},
    render::form::sheet::{Blank, Sheet},
};
use aws_lc_rs::digest::{Context, SHA256};
use std::sync::Arc;

/// Octets that limits are measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The HTML part as a client decodes it.
    pub html: usize,
    /// The HTML part as it travels.
    pub html_encoded: usize,
    /// The whole message.
    pub message: usize,
}

impl Sizes {
    /// Returns the larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            html: self.html.max(other.html),
            html_encoded: self.html_encoded.max(other.html_encoded),
            message: self.message.max(other.message),
        }
    }
}

/// A message ready for the wire. Reuse one for many readers: its buffers stay.
///
/// The octets end lines with CRLF only, and no line starts with a dot.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    pub(super) sheet: Arc<Sheet>,
    pub(super) values: Vec<u8>,
    /// Where the value of each blank ends in `values`.
    pub(super) ends: Vec<usize>,
    /// What is known of the octets of each value.
    facts: Vec<Facts>,
    /// Decoded octets of the values in the HTML part.
    pub(super) html_values: usize,
    /// Room for values on their way.
    pub(super) scratch: String,
    pub(super) line: String,
}

impl Filled {
    /// Returns an empty message to be filled.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn begin(&mut self, sheet: &Arc<Sheet>) {
        if !Arc::ptr_eq(&self.sheet, sheet) {
            self.sheet = Arc::clone(sheet);
        }
        self.values.clear();
        self.ends.clear();
        self.facts.clear();
        self.html_values = 0;
    }

    /// Ends the value of a blank: whatever was written since the one before is looked through.
    pub(super) fn end_value(&mut self) {
        let from = self.ends.last().copied().unwrap_or_default();
        self.facts.push(Facts::of(&self.values[from..]));
        self.ends.push(self.values.len());
    }

    /// Looks the values through after they were changed by hand.
    #[cfg(test)]
    pub(super) fn read_values_again(&mut self) {
        let ends = std::mem::take(&mut self.ends);
        self.facts.clear();
        for end in ends {
            let from = self.ends.last().copied().unwrap_or_default();
            self.facts.push(Facts::of(&self.values[from..end]));
            self.ends.push(end);
        }
    }

    /// Returns the message, ready for a line. What all readers share is not looked through again.
    pub fn message(&self) -> Message<'_> {
        Message::new(self.vetted())
    }

    /// Returns the pieces of the message in order; some may be empty.
    pub fn vetted(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut from = 0;
        let mut values = self.ends.iter().zip(&self.facts).map(move |(end, facts)| {
            Piece::known(&self.values[std::mem::replace(&mut from, *end)..*end], *facts)
        });
        self.sheet.stock.pieces().flat_map(move |shared| [Some(shared), values.next()]).flatten()
    }

    /// Returns the message as slices in order, none of them empty.
    pub fn pieces(&self) -> Vec<&[u8]> {
        self.vetted().map(|piece| piece.octets()).filter(|octets| !octets.is_empty()).collect()
    }

    /// Appends the header section, without the empty line after it.
    pub fn write_header(&self, out: &mut Vec<u8>) {
        let (mut octet, mut value) = (0, 0);
        let blanks = &self.sheet.blanks[..self.sheet.first_body_blank()];
        for ((at, _), end) in blanks.iter().zip(&self.ends) {
            out.extend_from_slice(&self.sheet.stock.octets()[octet..*at]);
            out.extend_from_slice(&self.values[value..*end]);
            (octet, value) = (*at, *end);
        }
        out.extend_from_slice(&self.sheet.stock.octets()[octet..self.sheet.body.saturating_sub(2)]);
    }

    /// Returns what was filled into the blanks of the body, in order.
    pub fn body_values(&self) -> impl Iterator<Item = &[u8]> {
        let first = self.sheet.first_body_blank();
        let from = first.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or_default();
        let ends = self.ends.get(first..).unwrap_or_default().iter();
        ends.scan(from, |from, end| Some(&self.values[std::mem::replace(from, *end)..*end]))
    }

    /// Returns the number of octets.
    pub fn len(&self) -> usize {
        self.sheet.stock.octets().len() + self.values.len()
    }

    /// Returns whether nothing was filled in yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the message's fingerprint in hexadecimal: two messages with the same one are the same octet by octet.
    pub fn fingerprint(&self) -> String {
        self.fingerprint_after(b"")
    }

    /// Returns the fingerprint of `front` and the whole message after it, in hexadecimal.
    ///
    /// It is the SHA-256 over the digest of the sheet (every shared stretch with its length, hashed once for all
    /// readers), then `front` and each filled-in value, every one behind its length. From what is hashed the message
    /// can be put together in one way only: lengths say where each part ends, and the sheet's digest stands
    /// for its stretches. So whoever finds two messages with one fingerprint has found a collision of SHA-256. The
    /// other way round nothing is promised: the same octets cut at other places have another fingerprint, and a
    /// repetition after doubt is then refused, which is the safe side.
    pub fn fingerprint_after(&self, front: &[u8]) -> String {
        let mut context = Context::new(&SHA256);
        context.update(b"masthead/message/1\0");
        context.update(&self.sheet.digest);
        context.update(&(front.len() as u64).to_be_bytes());
        context.update(front);
        let mut from = 0;
        for end in &self.ends {
            context.update(&((end - from) as u64).to_be_bytes());
            context.update(&self.values[from..*end]);
            from = *end;
        }
        hex(context.finish().as_ref())
    }

    /// Returns a copy of the message in one piece.
    pub fn to_vec(&self) -> Vec<u8> {
        self.pieces().concat()
    }

    /// Returns how large this reader's message is.
    pub fn sizes(&self) -> Sizes {
        let mut from = 0;
        let mut encoded = self.sheet.html.len();
        for ((_, blank), end) in self.sheet.blanks.iter().zip(&self.ends) {
            if matches!(blank, Blank::Html(..)) {
                encoded += end - from;
            }
            from = *end;
        }
        Sizes { html: self.sheet.html_decoded + self.html_values, html_encoded: encoded, message: self.len() }
    }
}

/// Returns octets as lower-case hexadecimal digits.
pub(super) fn hex(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(octets.len() * 2);
    for octet in octets {
        out.push(char::from(DIGITS[usize::from(octet >> 4)]));
        out.push(char::from(DIGITS[usize::from(octet & 15)]));
    }
    out
}
