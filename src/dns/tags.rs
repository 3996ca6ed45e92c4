//! Records that are lists of `tag=value` (RFC 6376, 3.2; RFC 9989).

/// The tags of a record, in order.
pub(super) struct Tags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    /// Reads a record; what is no pair is passed over, as receivers do.
    pub(super) fn read(text: &'a str) -> Self {
        let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(tag, value)| (tag.trim(), value.trim())).collect())
    }

    /// Returns the first value of a tag.
    pub(super) fn get(&self, tag: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == tag).map(|(_, value)| *value)
    }
}
