//! One binary for all integration tests.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod delivery;
mod ledger;
mod outbox;
mod pipeline;
mod runner;
mod support;
