//! The live preview: the digest in a browser on this machine, a moment after every save.
//!
//! Shows what the same stages make that a send uses, and keeps the last good digest in sight while a
//! file is broken, with the error over it. It can't send: nothing in here may name a relay or a ledger.

mod build;
mod live;
mod page;
mod state;

pub use live::{Watch, watch};
pub use page::pages;
pub use state::Preview;
