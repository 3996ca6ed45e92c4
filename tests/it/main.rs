//! The one integration binary: real counterparts, real files, everything in parallel.

mod inbox;
//! One binary for all integration tests.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod delivery;
mod outbox;
mod runner;
mod support;
//! Integration tests in one binary: each folder is one area.

mod pipeline;
//! Everything that is tested from outside, in one binary.

mod ledger;
mod refused_csv;
mod smtp;
mod support;
mod refused;
mod support;
mod workspace;
