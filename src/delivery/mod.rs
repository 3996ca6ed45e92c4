//! Decides what is sent to whom, when and how often; owns the seams that ledgers and relays implement.
//!
//! Knows no database and no socket and never waits: the runner does. The promise of the whole
//! house is kept here: a final dot only after a durable commit, and a state only through the table
//! of [`crate::domain::delivery`].

pub mod ports;
