//! One row of an import as octets, the way it is sorted: where it comes from, how long its texts are, its texts.

use crate::{
    domain::{
        language::Language,
        subscriber::{Subscriber, SubscriberStatus},
    },
    ledger::error::StoreErrorKind,
};
use std::io;

/// Texts of a row beside its mailbox: address, name, language, topics, fields. The last two are JSON, as the list
/// keeps them.
pub(super) const TEXTS: usize = 5;

/// Octets before the texts.
const HEAD_OCTETS: usize = 1 + 4 + 4 * TEXTS;

/// The length that stands for a missing text.
const MISSING: u32 = u32::MAX;

/// What stands before the texts of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowHead {
    pub(super) has_left: bool,
    /// The number of the place and moment it comes from.
    pub(super) origin: u32,
    /// How long each text is, if there is one.
    lengths: [u32; TEXTS],
}

/// Appends the octets of a row.
///
/// # Errors
/// When one of its texts can't be written as JSON.
pub(super) fn write(
    octets: &mut Vec<u8>,
    subscriber: &Subscriber,
    canonical: &str,
    origin: u32,
) -> io::Result<()> {
    octets.push(u8::from(subscriber.status == SubscriberStatus::Unsubscribed));
    octets.extend_from_slice(&origin.to_le_bytes());
    let lengths_begin = octets.len();
    octets.resize(lengths_begin + 4 * TEXTS, 0);
    // Most addresses are written the way they are compared.
    let address = Some(subscriber.address.expose_ref()).filter(|address| *address != canonical);
    let language = subscriber.language.as_ref().map(Language::as_str);
    let mut lengths = [MISSING; TEXTS];
    for (length, text) in lengths.iter_mut().zip([address, subscriber.name.as_deref(), language]) {
        if let Some(text) = text {
            octets.extend_from_slice(text.as_bytes());
            *length = length_of(text.len());
        }
    }
    let begin = octets.len();
    if !subscriber.topics.is_empty() {
        serde_json::to_writer(&mut *octets, &subscriber.topics)?;
        lengths[3] = length_of(octets.len() - begin);
    }
    let begin = octets.len();
    if !subscriber.fields.is_empty() {
        serde_json::to_writer(&mut *octets, &subscriber.fields)?;
        lengths[4] = length_of(octets.len() - begin);
    }
    for (place, length) in octets[lengths_begin..].chunks_exact_mut(4).zip(lengths) {
        place.copy_from_slice(&length.to_le_bytes());
    }
    Ok(())
}

fn length_of(octets: usize) -> u32 {
    u32::try_from(octets).expect("a row of a list is shorter than 4 GiB")
}

impl RowHead {
    /// Reads what [`write()`] wrote: the head, and the texts one behind the other.
    ///
    /// # Errors
    /// When the file in which it was sorted did not give back what was put in.
    pub(super) fn read(octets: &[u8]) -> Result<(Self, &[u8]), StoreErrorKind> {
        let (head, texts) = octets.split_first_chunk::<HEAD_OCTETS>().ok_or_else(cut_short)?;
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let lengths = std::array::from_fn(|text| number(5 + 4 * text));
        let read = Self { has_left: head[0] == 1, origin: number(1), lengths };
        let whole: usize = read.lengths().flatten().sum();
        if whole == texts.len() { Ok((read, texts)) } else { Err(cut_short()) }
    }

    /// Returns how long each text is, if there is one.
    pub(super) fn lengths(&self) -> impl Iterator<Item = Option<usize>> {
        self.lengths.into_iter().map(|length| (length != MISSING).then_some(length as usize))
    }
}

/// The disk gave back something else than it was given.
pub(super) fn cut_short() -> StoreErrorKind {
    StoreErrorKind::Unusable("a row of the import came back from the disk changed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::EmailAddress;
    use std::collections::BTreeMap;

    #[test]
    fn a_row_comes_back_as_it_was() {
        let subscriber = Subscriber {
            address: EmailAddress::parse("Reader@example.org").expect("valid"),
            name: Some("Zoë".to_owned()),
            language: None,
            topics: Vec::new(),
            fields: BTreeMap::from([("city".to_owned(), "東京".to_owned())]),
            status: SubscriberStatus::Unsubscribed,
        };
        let mut octets = b"before".to_vec();
        write(&mut octets, &subscriber, "reader@example.org", 3).expect("written");
        let octets = &octets[b"before".len()..];
        let (head, texts) = RowHead::read(octets).expect("whole");
        assert_eq!((head.has_left, head.origin), (true, 3));
        assert_eq!(head.lengths().collect::<Vec<_>>(), [Some(18), Some(4), None, None, Some(17)]);
        assert_eq!(texts, "Reader@example.orgZoë{\"city\":\"東京\"}".as_bytes());
        for cut in 0..octets.len() {
            assert!(RowHead::read(&octets[..cut]).is_err(), "{cut}");
        }
    }
}
