//! One file per command: what it wires together and what it says.

pub(super) mod approve;
pub(super) mod build;
pub(super) mod check;
pub(super) mod compose;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod inbox;
pub(super) mod manual;
pub(super) mod mjml;
pub(super) mod new;
mod online;
pub(super) mod preview;
pub(super) mod reconcile;
pub(super) mod send;
pub(super) mod status;
pub(super) mod store;
pub(super) mod subscribers;
pub(super) mod suppress;
pub(super) mod test_message;

use crate::{
    cli::Failure,
    domain::{address::EmailAddress, problem::Problem},
};
use tokio::signal::unix::{SignalKind, signal};

/// Returns the runtime that a command's servers and connections live on.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    built(tokio::runtime::Builder::new_multi_thread().enable_all())
}

/// How a run's work is spread over threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Threads {
    /// All connections on one, and their commits too: what they do between two waits is short, handing a message from
    /// thread to thread costs more than making it, and whoever is ready shares one flush of the disk. What the store does
    /// in time has a thread of its own, and a ledger elsewhere works while they go on.
    One,
    /// As many as there are cores: a signature takes longer than everything else about a message.
    AsCores,
}

/// Returns the runtime of a run.
fn runtime_of_run(threads: Threads) -> Result<tokio::runtime::Runtime, Failure> {
    match threads {
        Threads::One => built(tokio::runtime::Builder::new_current_thread().enable_all()),
        Threads::AsCores => runtime(),
    }
}

fn built(builder: &mut tokio::runtime::Builder) -> Result<tokio::runtime::Runtime, Failure> {
    builder.build().map_err(|error| {
        Failure::could_not_look(Problem::error(
            "cli/no-runtime",
            format!("the system gives no threads or handles: {error}"),
        ))
    })
}

/// Resolves at the first Ctrl-C or SIGTERM.
async fn stopped() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _no_signals_here = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Reads an address that was typed.
fn address(typed: &str) -> Result<EmailAddress, Failure> {
    EmailAddress::parse(typed).map_err(|error| {
        let problem = Problem::error("cli/bad-address", format!("`{typed}`: {error}"));
        Failure::usage(problem.help("an address looks like reader@example.org"))
    })
}
