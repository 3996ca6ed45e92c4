//! The ledgers: one list of tests for all of them, and what only a file can show.

mod agreement;
mod conformance;
mod sqlite_file;
mod world;
