//! One row of an import as octets, the way it is sorted.

use crate::ledger::error::StoreErrorKind;

/// What a row says beside its mailbox. Lists are JSON already, as the list keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ImportRow<'a> {
    pub(super) has_left: bool,
    /// The number of the place it comes from.
    pub(super) place: u64,
    /// When it came, microseconds.
    pub(super) at: i64,
    /// Where it is not the mailbox's canonical form itself.
    pub(super) address: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) language: Option<&'a str>,
    pub(super) topics: Option<&'a str>,
    pub(super) fields: Option<&'a str>,
}

/// The length that stands for a missing text.
const MISSING: u32 = u32::MAX;

impl<'a> ImportRow<'a> {
    /// Appends its octets.
    pub(super) fn write(&self, octets: &mut Vec<u8>) {
        octets.push(u8::from(self.has_left));
        octets.extend_from_slice(&self.place.to_le_bytes());
        octets.extend_from_slice(&self.at.to_le_bytes());
        for text in [self.address, self.name, self.language, self.topics, self.fields] {
            let length = text.map_or(MISSING, |text| u32::try_from(text.len()).unwrap_or(MISSING));
            octets.extend_from_slice(&length.to_le_bytes());
            octets.extend_from_slice(text.unwrap_or_default().as_bytes());
        }
    }

    /// Returns place and moment of a row that says the reader has left, without reading the rest of it.
    pub(super) fn left(octets: &[u8]) -> Result<Option<(u64, i64)>, StoreErrorKind> {
        let mut rest = octets;
        let has_left = take::<1>(&mut rest)?[0] == 1;
        let place = u64::from_le_bytes(take(&mut rest)?);
        let at = i64::from_le_bytes(take(&mut rest)?);
        Ok(has_left.then_some((place, at)))
    }

    /// Reads what [`ImportRow::write`] wrote.
    ///
    /// # Errors
    /// When the file in which it was sorted did not give back what was put in.
    pub(super) fn read(octets: &'a [u8]) -> Result<Self, StoreErrorKind> {
        let mut rest = octets;
        let has_left = take::<1>(&mut rest)?[0] == 1;
        let place = u64::from_le_bytes(take(&mut rest)?);
        let at = i64::from_le_bytes(take(&mut rest)?);
        let mut text = || {
            let length = u32::from_le_bytes(take(&mut rest)?);
            if length == MISSING {
                return Ok(None);
            }
            let (text, after) = rest.split_at_checked(length as usize).ok_or_else(cut_short)?;
            rest = after;
            std::str::from_utf8(text).map(Some).map_err(|_| cut_short())
        };
        let (address, name, language) = (text()?, text()?, text()?);
        let (topics, fields) = (text()?, text()?);
        Ok(Self { has_left, place, at, address, name, language, topics, fields })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], StoreErrorKind> {
    let (first, after) = rest.split_first_chunk::<N>().ok_or_else(cut_short)?;
    *rest = after;
    Ok(*first)
}

/// The disk gave back something else than it was given.
pub(super) fn cut_short() -> StoreErrorKind {
    StoreErrorKind::Unusable("a row of the import came back from the disk changed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_was() {
        let row = ImportRow {
            has_left: true,
            place: 3,
            at: -7,
            address: Some("Reader@example.org"),
            name: Some("Zoë"),
            language: None,
            topics: Some(""),
            fields: Some("{\"city\":\"東京\"}"),
        };
        let mut octets = Vec::new();
        row.write(&mut octets);
        assert_eq!(ImportRow::read(&octets).expect("whole"), row);
        for cut in 0..octets.len() {
            assert!(ImportRow::read(&octets[..cut]).is_err(), "{cut}");
        }
    }
}
