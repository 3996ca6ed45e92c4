//! The sending: connections, group commit, pace, stop signal, progress.
//!
//! Drives any [`Transport`](crate::delivery::ports::Transport) and any
//! [`Ledger`](crate::delivery::ports::Ledger) without knowing which. One feeder claims deliveries,
//! connections send them one at a time each, one committer owns the ledger and makes one transaction of
//! what all of them ask in the same moment.
//!
//! Promises: a final dot leaves only after a durable commit that is at most five seconds old; a connection
//! never has more deliveries between a durable commit and a durable verdict than one, or the `pipeline_depth` it was
//! told; whatever is claimed
//! and not tried goes back to the queue; a rate holds over connections, processes and restarts.
//!
//! When the process dies at any line: claims before their commit go back to the queue when their lease
//! ends (or at once, see [`options::RunOptions::inherits_name`]), later ones are in doubt, at most
//! so many for each connection. Nobody is forgotten, nobody is mailed twice.
//!
//! Never prints, asks no clock but the one it is given, and sleeps only where the stop signal is heard.

mod buffer;
mod committer;
mod company;
mod connection;
pub mod departed;
mod desk;
mod feeder;
mod gate;
mod gone;
mod heed;
mod lanes;
mod many;
pub mod options;
mod pacer;
pub mod progress;
mod providers;
mod quota;
pub mod report;
mod round;
pub mod run;
pub mod stop;
mod transaction;
