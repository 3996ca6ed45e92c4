//! The send journal: a small file of its own in which every commit and every verdict stands before the store has it.
//!
//! [`Journaled`] puts it before a ledger. It makes a commit cost one flush of one small file, shared by all that
//! commit at the same moment; the store follows in batches. And it is the second witness: when the store is put back to an
//! earlier state, the journals beside it still know what left ([`check`], [`mend`](mend())).
//!
//! Promises: a commit that was granted is durable in the journal before its answer is heard; a verdict is durable
//! before any later commit of the same caller, or with it; everything is answered as the store alone would answer. When the
//! process dies at any line, whoever opens the ledger next takes over what the journal knows: a commit without a verdict is in doubt.
//!
//! Never: holds an address or a secret, asks the clock, or grants anything that somebody else may have changed.
//! Why all this holds is written down in `docs/decisions/0014-send-journal.md`.

mod ahead;
mod answered;
mod folder;
mod held;
mod helper;
mod journaled;
mod mend;
mod pending;
mod ports;
mod reader;
mod record;
mod standing;
mod tape;
mod writer;

pub use folder::Folder;
pub use journaled::Journaled;
pub use mend::{Mended, check, mend, take_over_dead};
pub use tape::{Reel, Tape};
