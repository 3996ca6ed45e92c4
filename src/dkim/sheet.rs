//! The shared part of a form letter's body, made ready once for all readers.

use crate::{
    dkim::canonical::{BodyHash, Prepared},
    render::form::{Filled, FormLetter},
};

/// What the messages of one form letter share, as signing wants it.
#[derive(Clone)]
pub struct DkimSheet {
    /// The hash as far as the first blank of the body: the same for everybody.
    begun: BodyHash,
    /// The shared stretches after each blank of the body.
    stretches: Vec<Prepared>,
}

impl std::fmt::Debug for DkimSheet {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "DkimSheet({} stretches)", self.stretches.len())
    }
}

impl DkimSheet {
    /// Prepares a letter.
    pub fn new(letter: &FormLetter) -> Self {
        let mut stretches = letter.shared_body().map(Prepared::new);
        let mut begun = BodyHash::new();
        if let Some(first) = stretches.next() {
            begun.write_prepared(&first);
        }
        Self { begun, stretches: stretches.collect() }
    }

    /// Returns the hash of a filled letter's body.
    pub(super) fn body_hash(&self, filled: &Filled) -> BodyHash {
        let mut hash = self.begun.clone();
        for (value, stretch) in filled.body_values().zip(&self.stretches) {
            hash.write(value);
            hash.write_prepared(stretch);
        }
        hash
    }
}
