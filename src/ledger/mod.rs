//! The ledgers: where subscribers, suppressions and the account of every delivery are kept.
//!
//! [`memory::MemoryLedger`] is the reference: short enough to be read as the meaning of the ports.
//! [`sqlite::SqliteLedger`] is the one that people's lists live in; [`postgres::PostgresLedger`] is the one that several
//! machines share. All implement
//! [`crate::delivery::ports::Ledger`] and [`crate::delivery::ports::SubscriberStore`] over one store, and
//! all must pass the same list of tests.
//!
//! Promises: a delivery changes its state only along the table of [`crate::domain::delivery`]; a call with an outdated
//! fence changes nothing; whoever is suppressed is not committed; a call that fails had no effect.
//! When the process dies on any line, the store is as it was before the call or as it is after it, and
//! nothing is half done: what was claimed goes back to the queue by [`Ledger::recover`], what was committed is in doubt.
//!
//! Never: waits for anything but the store's own lock, asks the clock, sends, or prints.
//!
//! [`Ledger::recover`]: crate::delivery::ports::Ledger::recover

pub mod error;
pub mod identity;
pub mod journal;
pub mod memory;
pub mod open;
pub mod postgres;
mod rules;
pub mod sqlite;
