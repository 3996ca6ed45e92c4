//! The line to the server: somebody who speaks, and callers that wait for the answers.
//!
//! The ports are synchronous and are called from threads that may or may not belong to a runtime of their
//! own. So the connection lives on a runtime of one thread here, and a caller only waits for its answers: it parks, and is woken.
//! A run that goes on while it waits drives the connection itself: then nothing is handed from thread to thread.

use crate::ledger::{error::StoreErrorKind, postgres::failure::Failure};
use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Who speaks to the server.
pub(super) struct Line {
    /// A thread of its own; there until the end, or until a run takes over.
    runtime: Option<Runtime>,
    /// The runtime of a run.
    along: Option<Handle>,
}

impl Line {
    pub(super) fn new() -> Result<Self, StoreErrorKind> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreErrorKind::Unusable(error.to_string()))?;
        Ok(Self { runtime: Some(runtime), along: None })
    }

    /// Has connections driven by the runtime of a run, from the next one on. Whoever waits for an answer must not be in
    /// that runtime's way: it awaits, or waits on a thread for waiting.
    pub(super) fn go_along(&mut self, runtime: Handle) {
        self.along = Some(runtime);
        self.hang_up();
    }

    /// Returns whether a run drives the connections.
    pub(super) fn goes_along(&self) -> bool {
        self.along.is_some()
    }

    /// Runs something there and waits for it.
    async fn there<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Failure> {
        let over = || Failure::Gone("the thread of the connection is over".to_owned());
        let own = self.runtime.as_ref().map(Runtime::handle);
        let runtime = self.along.as_ref().or(own).ok_or_else(over)?;
        let (answer, answered) = oneshot::channel();
        runtime.spawn(async move {
            // Nobody waits for it any more when this fails.
            let _ = answer.send(work.await);
        });
        answered.await.map_err(|_| over())
    }

    /// Opens a connection that this line drives.
    pub(super) async fn dial(&self, config: Config, tls: MakeRustlsConnect) -> Result<Client, Failure> {
        let dialled = self.there(async move {
            let (client, driven) = config.connect(tls).await?;
            tokio::spawn(async move {
                // How it ended is heard by whoever asks next.
                let _ = driven.await;
            });
            Ok::<_, tokio_postgres::Error>(client)
        });
        Ok(dialled.await??)
    }

    /// Waits.
    pub(super) async fn pause(&self, wait: Duration) {
        // A line that is over needs no pause.
        let _ = self.there(async move { tokio::time::sleep(wait).await }).await;
    }

    fn hang_up(&mut self) {
        // A handle may be dropped inside another runtime, where waiting for this one is forbidden.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.hang_up();
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
