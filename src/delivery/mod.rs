//! Decides what is sent to whom, when and how often; owns the seams that ledgers and relays implement.
//!
//! Knows no database and no socket and never waits: the runner does. The promise of the whole
//! house is kept here: a final dot only after a durable commit, and a state only through the table
//! of [`crate::domain::delivery`].
//!
//! When the process dies while [`plan`] is at work, nothing was sealed and the staging area is forgotten.
//! The other parts are functions from value to value: they hold nothing that could be lost.

pub mod breakers;
pub mod letters;
pub mod pace;
pub mod plan;
pub mod ports;
pub mod providers;
pub mod ramp;
pub mod retry;
pub mod seal;
pub mod throttle;
pub mod variants;
pub mod verdict;
