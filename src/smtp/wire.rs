//! The octets' way: a TCP stream, with or without TLS, driven in both directions at once.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// Slices handed to the system in one write at most; Linux takes 1024, more than 64 gains nothing.
const SLICES_MAX: usize = 64;

/// A connected stream.
pub(crate) enum Wire {
    /// TCP.
    Plain(TcpStream),
    /// TLS over TCP.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What happened first.
#[derive(Debug)]
pub(crate) enum Moved {
    /// So many octets came in.
    Read(usize),
    /// So many octets were taken.
    Wrote(usize),
    /// The server closed its side.
    Closed,
}

impl Wire {
    /// Returns when the server's certificate ends, in seconds since 1970; `None` without TLS.
    pub(crate) fn certificate_ends_at(&self) -> Option<i64> {
        let Self::Tls(stream) = self else { return None };
        crate::smtp::der::ends_at(stream.get_ref().1.peer_certificates()?.first()?)
    }

    /// Writes from `output`, or reads into `input` while the system takes nothing; with nothing to write, reads.
    ///
    /// Reading while writing matters: a server that refuses a message half-way says so and stops
    /// reading, and whoever only writes then waits until the timeout.
    pub(crate) async fn move_octets(
        &mut self,
        output: &[IoSlice<'_>],
        input: &mut [u8],
    ) -> io::Result<Moved> {
        poll_fn(|context| {
            if output.iter().all(|slice| slice.is_empty()) {
                if let Poll::Ready(moved) = self.poll_input(context, input) {
                    return Poll::Ready(moved);
                }
                // TLS may hold a finished record back until it is told to flush.
                return match self.poll_flush(context) {
                    Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                    _ => Poll::Pending,
                };
            }
            match self.poll_output(context, output) {
                Poll::Ready(Ok(count)) => Poll::Ready(Ok(Moved::Wrote(count))),
                Poll::Pending => self.poll_input(context, input),
                // What the server said before it hung up counts more than the hanging up.
                Poll::Ready(Err(error)) => match self.poll_input(context, input) {
                    Poll::Ready(Ok(Moved::Read(count))) => Poll::Ready(Ok(Moved::Read(count))),
                    _ => Poll::Ready(Err(error)),
                },
            }
        })
        .await
    }

    /// Writes the first octets of `output` without reading anything before. An error means that
    /// nothing of them was taken.
    pub(crate) async fn write_some(&mut self, output: &[IoSlice<'_>]) -> io::Result<usize> {
        poll_fn(|context| self.poll_output(context, output)).await
    }

    /// Waits until everything that was written has left for the network.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|context| self.poll_flush(context)).await
    }

    /// Reads what is there already; `None` when there is nothing.
    pub(crate) async fn look(&mut self, input: &mut [u8]) -> io::Result<Option<Moved>> {
        poll_fn(|context| match self.poll_input(context, input) {
            Poll::Ready(moved) => Poll::Ready(moved.map(Some)),
            Poll::Pending => Poll::Ready(Ok(None)),
        })
        .await
    }

    /// Closes our side politely.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.shutdown().await,
            Self::Tls(stream) => stream.shutdown().await,
        }
    }

    /// Returns whether an error of a write proves that none of its octets left.
    ///
    /// With TCP the system says how much it took, and an error says that it took nothing. With TLS the
    /// octets are inside a record already when its way out fails, and nobody knows how far that came.
    pub(crate) fn write_errors_are_certain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    fn poll_input(&mut self, context: &mut Context<'_>, input: &mut [u8]) -> Poll<io::Result<Moved>> {
        let mut buffer = ReadBuf::new(input);
        let result = match self {
            Self::Plain(stream) => ready!(Pin::new(stream).poll_read(context, &mut buffer)),
            Self::Tls(stream) => ready!(Pin::new(stream).poll_read(context, &mut buffer)),
        };
        Poll::Ready(match result {
            Ok(()) if buffer.filled().is_empty() => Ok(Moved::Closed),
            Ok(()) => Ok(Moved::Read(buffer.filled().len())),
            // Many servers close TCP without closing TLS first. Nothing that counts can be cut off
            // by it: a reply ends in a line end.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Moved::Closed),
            Err(error) => Err(error),
        })
    }

    fn poll_output(&mut self, context: &mut Context<'_>, output: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let output = &output[..output.len().min(SLICES_MAX)];
        let written = match self {
            Self::Plain(stream) => ready!(Pin::new(stream).poll_write_vectored(context, output)),
            Self::Tls(stream) => ready!(Pin::new(stream).poll_write_vectored(context, output)),
        }?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }
}
