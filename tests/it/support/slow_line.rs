//! A line between a sender and its relay that takes its time, so that a kill meets octets on their way.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until},
};

/// What Postfix says of a message that it took.
const TAKEN: &[u8] = b"queued as";

/// Octets that are passed on at once.
const OCTETS: usize = 64 * 1_024;

/// A line to a port of this machine; it is cut when it is dropped, and what is on its way is lost.
pub(crate) struct SlowLine {
    pub(crate) port: u16,
    answers: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl SlowLine {
    /// Lays a line to a Postfix that takes so long in each direction.
    pub(crate) async fn to(port: u16, takes: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let answers = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&answers);
        let task = tokio::spawn(async move {
            // With the set all connections go.
            let mut ways = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                ways.spawn(pass(near_in, far_out, takes, Arc::default()));
                ways.spawn(pass(far_in, near_out, takes, Arc::clone(&counted)));
            }
        });
        Self { port: own, answers, task }
    }

    /// Returns how many messages Postfix has said it took.
    pub(crate) fn answers(&self) -> usize {
        self.answers.load(Ordering::SeqCst)
    }
}

impl Drop for SlowLine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes octets on, each of them so much later.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, takes: Duration, answers: Arc<AtomicUsize>) {
    let (enter, mut leave) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async move {
        let mut octets = vec![0; OCTETS];
        while let Ok(count @ 1..) = from.read(&mut octets).await {
            answers.fetch_add(memchr::memmem::find_iter(&octets[..count], TAKEN).count(), Ordering::SeqCst);
            if enter.send((Instant::now() + takes, octets[..count].to_vec())).is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, octets)) = leave.recv().await {
            sleep_until(due).await;
            if to.write_all(&octets).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(reading, writing);
}
