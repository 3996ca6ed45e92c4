//! One list of tests that every ledger must pass. A new ledger needs a line in `for_every_ledger` and nothing else.

/// Runs each named function of this module against every ledger.
macro_rules! for_every_ledger {
    ($($test:ident)*) => {
        mod memory {
            $(#[test] fn $test() { super::$test(&crate::ledger::world::Place::memory()); })*
        }
        mod sqlite {
            $(#[test] fn $test() { super::$test(&crate::ledger::world::Place::file()); })*
        }
        mod journaled {
            $(#[test] fn $test() { super::$test(&crate::ledger::world::Place::journal()); })*
        }
        mod postgres {
            $(#[test] fn $test() { super::$test(&crate::ledger::world::Place::shared()); })*
        }
    };
}

mod claims;
mod commits;
mod decisions;
mod imports;
mod rates;
mod sealing;
mod standing;
mod suppressions;
mod transitions;
