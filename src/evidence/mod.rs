//! What a relay's log proves about messages whose fate the ledger does not know.
//!
//! Pure over lines: [`line`](mod@line) and [`journald`] read a log entry, [`postfix`] says what it means, [`trail`] follows
//! queue ids, [`coverage`] keeps what the log covers, and [`judge`] draws the conclusion. Nothing is guessed: a message is accepted when
//! the queue manager had it in its hands, and not accepted only when the log is shown to be complete for the time in
//! question and of the right relay. Whatever lies between is [`judge::Finding::NoEvidence`], with the reason.
//!
//! Memory has a bound that does not grow with the log: queue ids are forgotten when the relay removes them.

pub mod coverage;
pub mod journald;
pub mod judge;
pub mod line;
pub mod packed;
pub mod postfix;
pub mod reading;
pub mod trail;

#[cfg(test)]
mod tests;
