//! Ctrl-C and SIGTERM while a run is on.

use crate::{
    cli::{Exit, progress::Display},
    runner::stop::StopSwitch,
};
use std::{process, sync::Arc, thread, time::Duration};
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    time::sleep,
};

/// A run that was told to leave at once and can't, because a disk does not answer, is left after this long.
const LEAVES_WITHIN: Duration = Duration::from_secs(3);

/// Presses the switch at every signal until it is dropped: the first finishes what is open, the second leaves.
///
/// On a thread of its own: a run that waits for its disk hears nothing.
pub(crate) struct Signals {
    /// Dropped with this, which ends the thread.
    #[expect(dead_code, reason = "its end is the message")]
    end: oneshot::Sender<()>,
}

impl Signals {
    /// Begins to listen. Where the system gives no thread or no signals the run still ends by itself, and a kill is
    /// survived.
    pub(crate) fn heard_by(switch: StopSwitch, display: Arc<Display>) -> Self {
        let (end, ended) = oneshot::channel::<()>();
        let _detached = thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    _ = ended => {}
                    () = press(switch, &display) => {}
                }
            });
        });
        Self { end }
    }
}

#[expect(clippy::disallowed_methods, reason = "main does not return while the run waits for a dead disk")]
async fn press(switch: StopSwitch, display: &Display) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    let mut next = async || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    next().await;
    display.say("Finishing what is open; press Ctrl-C again to leave at once.");
    switch.press();
    next().await;
    switch.press();
    // Then this is dropped in time, or the run hangs: what was committed is in doubt either way.
    sleep(LEAVES_WITHIN).await;
    display.say("The disk or the database does not answer; leaving all the same.");
    process::exit(i32::from(Exit::Interrupted.code()));
}
