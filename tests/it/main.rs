//! Everything that is tested from outside, in one binary.

mod ledger;
mod refused_csv;
