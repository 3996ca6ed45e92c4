//! Faults of the real world: servers that misbehave over real TCP, processes that are killed and frozen, and a real
//! Postfix that takes a whole issue.

#![expect(clippy::print_stdout, reason = "tallies of what chance chose are shown, and kept with a failure")]

mod accounts;
mod misbehaving;
mod postfix;
mod processes;
