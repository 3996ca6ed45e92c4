//! The line to the server: a thread that speaks, and callers that wait for it.
//!
//! The ports are synchronous and are called from threads that may or may not belong to a runtime of their
//! own. So the connection lives on a runtime of one thread here, and a caller only waits for its answers: it parks, and is woken.

use crate::ledger::{error::StoreErrorKind, postgres::failure::Failure};
use std::{
    pin::pin,
    sync::{Arc, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The thread that speaks to the server.
pub(super) struct Line {
    /// There until the end.
    runtime: Option<Runtime>,
}

impl Line {
    pub(super) fn new() -> Result<Self, StoreErrorKind> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreErrorKind::Unusable(error.to_string()))?;
        Ok(Self { runtime: Some(runtime) })
    }

    /// Runs something on that thread and waits for it.
    fn there<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T, Failure> {
        let over = || Failure::Gone("the thread of the connection is over".to_owned());
        let runtime = self.runtime.as_ref().ok_or_else(over)?;
        let (answer, answered) = mpsc::channel();
        runtime.spawn(async move {
            // Nobody waits for it any more when this fails.
            let _ = answer.send(work.await);
        });
        answered.recv().map_err(|_| over())
    }

    /// Opens a connection that this line drives.
    pub(super) fn dial(&self, config: Config, tls: MakeRustlsConnect) -> Result<Client, Failure> {
        let (client, driven) = self.there(async move { config.connect(tls).await })??;
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                // How it ended is heard by whoever asks next.
                let _ = driven.await;
            });
        }
        Ok(client)
    }

    /// Waits.
    pub(super) fn pause(&self, wait: Duration) {
        // A line that is over needs no pause.
        let _ = self.there(async move { tokio::time::sleep(wait).await });
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // A handle may be dropped inside another runtime, where waiting for this one is forbidden.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Wakes a thread that parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for an answer of the line. The work may only wait for the line: it has no clock and no sockets.
pub(super) fn wait_for<T>(work: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut work = pin!(work);
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => thread::park(),
        }
    }
}
