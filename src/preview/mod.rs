//! The live preview: the very messages of an issue in a browser on this machine, a moment after every save.
//!
//! Shows what the same stages make that a send uses, as any reader gets it and as mail clients show it, and keeps
//! the last good message in sight while a file is broken, with the error over it. It can't send: nothing in here may
//! name a relay or a ledger. What needs one (the list, what was sent, a test) comes through an [`Office`] that
//! the command line brings.
//!
//! Readers are personal data: they are shown to this machine's own page, kept no longer than a look takes, and never
//! logged. Nothing slow happens on the threads that serve, and nothing slow is waited for before the picture shows:
//! what the rules say, the approvals and the extremes of a list are asked for apart.

mod accounts;
mod approval;
mod asked;
mod assets;
mod difference;
mod extremes;
mod gets;
mod headers;
mod judged;
mod letter;
mod live;
mod look;
mod office;
mod page;
mod posts;
mod seen;
mod shown;
mod state;

pub use live::{Watch, watch};
pub use office::{FoundReaders, NoOffice, Office, TestOrder};
pub use page::pages;
pub use state::Preview;
