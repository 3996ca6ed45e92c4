//! Drives a run from the command line: lock, signals, display.

use crate::{
    cli::{
        Desk, Failure,
        commands::store::{self, shared},
        progress::Display,
        sending::{dkim, waiting},
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
        stop::{StopSwitch, stop_switch},
    },
    workspace::Workspace,
};
use chrono::{DateTime, Utc};
use std::{
    fs::{File, OpenOptions},
    sync::Arc,
};
use tokio::signal::unix::{SignalKind, signal};

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
            Box::new(store::asked(Journaled::begin(*file, store::journals(workspace)))?)
        }
        OpenLedger::Shared(mut shared) => {
            store::asked(shared.begin_run(&store::diary(workspace), broadcast, crate::cli::now(desk)))?;
            shared
        }
    };
    let keys = store::asked(ledger.keys())?;
    let mut letters = FormLetters::new(&broadcast.content, &keys)?;
    if let Some(signer) = dkim::signer(workspace)? {
        letters = letters.signed_by(Arc::new(signer));
    }
    // While the lock is held, whoever held it before is dead: its claims need not wait for their leases.
    let lock = if shared::is_meant(workspace) { None } else { Lock::take(workspace) };
    let worker = if lock.is_some() {
        format!("{}:{}", host_name(), workspace.settings.ledger)
    } else {
        // Names come back: after a reboot, or in containers where everybody is process 1.
        let began = crate::cli::now(desk).timestamp_micros();
        format!("{}:{}:{began}", host_name(), std::process::id())
    };
    let display = Arc::new(Display::new(desk.output, desk.clock.clone()));
    let runner = Runner { transport, letters, clock: desk.clock.clone(), progress: display.clone() };
    let options = RunOptions {
        inherits_name: lock.is_some(),
        connections: pace.connections,
        pipeline_depth: pace.depth,
        messages_per_connection: pace.messages_per_connection,
        rate: pace.rate,
        quota: pace.quota,
        continues_anyway: pace.continues_anyway,
        wait_for_deferred: pace.wait,
        until: pace.until,
        ..RunOptions::new(broadcast.id, worker)
    };
    let (switch, stop) = stop_switch();
    let signals = tokio::spawn(press_on_signals(switch, display.clone()));
    let watch = tokio::spawn(waiting::watch_the_clock(desk.clock.clone(), display.clone()));
    let report = runner.run(ledger, options, stop).await;
    signals.abort();
    watch.abort();
    display.finish();
    Ok(report)
}

/// Presses the switch at every Ctrl-C and SIGTERM: the first finishes what is open, the second leaves.
async fn press_on_signals(switch: StopSwitch, display: Arc<Display>) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without signals the run still ends by itself, and a kill is survived.
        return std::future::pending().await;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        display.say("Finishing what is open; press Ctrl-C again to leave at once.");
        switch.press();
    }
}

/// One sender at a time may inherit what a dead one left; others share the work without it.
struct Lock(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

impl Lock {
    fn take(workspace: &Workspace) -> Option<Self> {
        let mut path = store::path(workspace).into_os_string();
        path.push(".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).ok()?;
        file.try_lock().ok()?;
        Some(Self(file))
    }
}
