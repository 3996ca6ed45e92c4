//! The ledgers: one list of tests for all of them, and what only a file can show.

mod agreement;
mod batches;
mod conformance;
mod journal_helper;
mod journal_power;
mod journal_witness;
mod shared_along;
mod shared_server;
mod shared_tls;
mod shared_witness;
mod sqlite_file;
mod world;
