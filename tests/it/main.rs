//! The one integration binary: real counterparts, real files, everything in parallel.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod approval;
mod broken;
mod browser;
mod cli;
mod clients;
mod delivery;
mod example;
mod faults;
mod fuzz;
mod inbox;
mod ledger;
mod mjml;
mod outbox;
mod pipeline;
mod preview;
mod refused;
mod refused_csv;
mod runner;
mod smtp;
mod support;
mod tidy;
mod trace;
mod workspace;
