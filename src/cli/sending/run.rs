//! Drives a run from the command line: lock, signals, display.

use crate::{
    cli::{
        Desk, Failure,
        commands::store::{self, shared},
        progress::Display,
        sending::{dkim, seat::Seats, signals::Signals, waiting},
        settings::host_name,
    },
    delivery::{
        letters::FormLetters,
        ports::{Ledger, Transport},
    },
    domain::{broadcast::Broadcast, settings::Rate},
    ledger::{journal::Journaled, open::OpenLedger},
    runner::{
        options::{RunOptions, WaitForDeferred},
        report::RunReport,
        run::Runner,
        stop::stop_switch,
    },
    workspace::Workspace,
};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// How a run goes about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) connections: usize,
    /// Messages in flight per connection.
    pub(crate) depth: usize,
    pub(crate) messages_per_connection: u32,
    pub(crate) rate: Option<Rate>,
    pub(crate) quota: Option<Rate>,
    pub(crate) continues_anyway: bool,
    pub(crate) wait: WaitForDeferred,
    /// When to stop, whatever is left.
    pub(crate) until: Option<DateTime<Utc>>,
    /// When nothing may leave any more.
    pub(crate) not_after: Option<DateTime<Utc>>,
}

/// Sends what is open of a broadcast.
///
/// # Errors
/// When the sealed content can't be made into letters again, or the ledger isn't the one that was last sent from.
pub(crate) async fn send<T: Transport>(
    desk: &Desk,
    workspace: &Workspace,
    ledger: OpenLedger,
    broadcast: &Broadcast,
    transport: T,
    pace: Pace,
) -> Result<RunReport, Failure> {
    // A file gets a journal before it; a database is where the machines meet, and its own commit counts.
    let mut ledger: Box<dyn Ledger> = match ledger {
        OpenLedger::File(file) => {
            let journaled = Journaled::begin(*file, store::journals(workspace));
            Box::new(store::asked(journaled.and_then(Journaled::with_helper))?)
        }
        OpenLedger::Shared(mut shared) => {
            store::asked(shared.begin_run(&store::diary(workspace), broadcast, crate::cli::now(desk)))?;
            shared.go_along();
            shared
        }
    };
    let keys = store::asked(ledger.keys())?;
    let mut letters = FormLetters::new(&broadcast.content, &keys)?;
    if let Some(signer) = dkim::signer(workspace)? {
        letters = letters.signed_by(Arc::new(signer));
    }
    // Whoever had our seat before is dead, and so is whose seat gets free: their claims need not wait for their leases.
    let seats = if shared::is_meant(workspace) {
        Seats::at_database(&workspace.root)
    } else {
        Seats::at(&store::path(workspace))
    };
    let seat = seats.take();
    let worker = seat.as_ref().map_or_else(
        || {
            // Names come back: after a reboot, or in containers where everybody is process 1.
            let began = crate::cli::now(desk).timestamp_micros();
            format!("{}:{}:{began}", host_name(), std::process::id())
        },
        |seat| seat.worker.clone(),
    );
    let display = Arc::new(Display::new(desk.output, desk.clock.clone()));
    let runner = Runner { transport, letters, clock: desk.clock.clone(), progress: display.clone() };
    let options = RunOptions {
        inherits_name: seat.is_some(),
        departed: seat.as_ref().map(|seat| seats.departed(seat)).unwrap_or_default(),
        connections: pace.connections,
        pipeline_depth: pace.depth,
        messages_per_connection: pace.messages_per_connection,
        rate: pace.rate,
        quota: pace.quota,
        continues_anyway: pace.continues_anyway,
        wait_for_deferred: pace.wait,
        until: pace.until,
        not_after: pace.not_after,
        ..RunOptions::new(broadcast.id, worker)
    };
    let (switch, stop) = stop_switch();
    let signals = Signals::heard_by(switch, display.clone());
    let watch = tokio::spawn(waiting::watch_the_clock(desk.clock.clone(), display.clone()));
    let report = runner.run(ledger, options, stop).await;
    drop(signals);
    watch.abort();
    display.finish();
    Ok(report)
}
