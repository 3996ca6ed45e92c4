//! DKIM (RFC 6376): signs each message so that receivers can tell who answers for it.
//!
//! Promises: the same message, key and date give the same signature; what is signed is the octets that leave;
//! the shared parts of a form letter are canonicalised once, not once a reader. Signs `relaxed/relaxed`, never
//! with `l=`, and signs the fields that matter once more than they occur, so that none can be added (8.15).
//! Never reads files, asks no clock, and shows no key.

mod canonical;
mod key;
mod record;
mod sheet;
mod signer;

pub use key::{DkimKey, KeyError, KeyKind};
pub use record::{public_record, split_strings};
pub use sheet::DkimSheet;
pub use signer::{DkimIdentity, DkimSigner};

#[cfg(test)]
mod tests;
