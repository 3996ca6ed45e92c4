//! The listening side: connections, lines, messages, TLS on request.

use crate::{
    domain::time::Clock,
    inbox::{
        protocol::{MESSAGE_SIZE_MAX, Protocol, Step},
        store::Store,
    },
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::{future::Future, io, net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::TlsAcceptor;

/// Octets a command line may have (RFC 5321, 4.5.3.1.4, with room for long parameters).
const LINE_MAX: usize = 4_096;
/// Connections served at once; more wait in the listener's queue.
const CONNECTIONS_MAX: usize = 1_024;

/// What the capture server is asked to do.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// Offer STARTTLS with a certificate made on the spot.
    pub starttls: bool,
    /// Also write every message into this folder as `<number>.eml`.
    pub save: Option<PathBuf>,
}

/// The SMTP side of the inbox, listening on 127.0.0.1.
#[derive(Debug)]
pub struct CaptureServer {
    listener: TcpListener,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    store: Store,
    clock: Arc<dyn Clock>,
    tls: Option<TlsAcceptor>,
    save: Option<PathBuf>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Shared")
            .field("starttls", &self.tls.is_some())
            .field("save", &self.save)
            .finish_non_exhaustive()
    }
}

impl CaptureServer {
    /// Puts a server behind a listener.
    ///
    /// # Errors
    /// When the folder to save into can't be made, or no certificate can.
    pub fn new(
        listener: TcpListener,
        store: Store,
        clock: Arc<dyn Clock>,
        options: ServerOptions,
    ) -> io::Result<Self> {
        if let Some(directory) = &options.save {
            std::fs::create_dir_all(directory)?;
        }
        let tls = if options.starttls { Some(acceptor()?) } else { None };
        Ok(Self { listener, shared: Shared { store, clock, tls, save: options.save } })
    }

    /// Returns where the server listens.
    ///
    /// # Errors
    /// When the system doesn't say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` resolves. Connections still open are dropped then; a message without its
    /// final dot was never taken.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = tokio::task::JoinSet::new();
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => return,
                Some(_finished) = connections.join_next() => continue,
                accepted = accept(&self.listener, &slots) => accepted,
            };
            // A failed accept (the client is gone, or no file handle is free) concerns that client only.
            let Ok((stream, slot)) = accepted else { continue };
            let shared = self.shared.clone();
            connections.spawn(async move {
                let _client_may_vanish = converse(stream, shared).await;
                drop(slot);
            });
        }
    }
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, slot))
}

/// Makes a certificate that no one trusts: enough to exercise STARTTLS on this machine.
fn acceptor() -> io::Result<TlsAcceptor> {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn converse(stream: TcpStream, shared: Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut protocol = Protocol::new(shared.tls.is_some());
    stream.write_all(Protocol::greeting().as_bytes()).await?;
    if !talk(&mut stream, &mut protocol, &shared).await? {
        return Ok(());
    }
    // STARTTLS: what the client sent ahead in the clear is dropped with the buffer (RFC 3207, 4.2).
    let Some(tls) = &shared.tls else { return Ok(()) };
    let mut stream = BufReader::new(tls.accept(stream.into_inner()).await?);
    protocol.encrypted();
    talk(&mut stream, &mut protocol, &shared).await?;
    Ok(())
}

/// Holds the dialogue until the client leaves (`false`) or asks for TLS (`true`).
async fn talk<S>(stream: &mut BufReader<S>, protocol: &mut Protocol, shared: &Shared) -> io::Result<bool>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut line = Vec::with_capacity(256);
    // Answers to a pipelined group leave in one write (RFC 2920, 3.2).
    let mut answers = String::new();
    loop {
        if stream.buffer().is_empty() && !answers.is_empty() {
            stream.write_all(answers.as_bytes()).await?;
            answers.clear();
        }
        let step = match read_line(stream, &mut line, LINE_MAX).await? {
            Line::End => return Ok(false),
            Line::TooLong => Step::Reply("500 5.5.2 Line too long\r\n".into()),
            Line::BareLineFeed => Step::Close("500 5.5.2 Lines end in CRLF\r\n".into()),
            Line::Whole => match std::str::from_utf8(&line) {
                Ok(text) => protocol.line(text),
                Err(_) => Step::Reply("500 5.5.2 Not UTF-8\r\n".into()),
            },
        };
        match step {
            Step::Reply(text) => answers.push_str(&text),
            Step::Data(text) => {
                answers.push_str(&text);
                stream.write_all(answers.as_bytes()).await?;
                answers.clear();
                answers.push_str(&take_message(stream, protocol, shared).await?);
            }
            Step::StartTls(text) => {
                stream.write_all((answers + &text).as_bytes()).await?;
                return Ok(true);
            }
            Step::Close(text) => {
                stream.write_all((answers + &text).as_bytes()).await?;
                return Ok(false);
            }
        }
    }
}

/// Reads a message up to its final dot and keeps it; returns the verdict to write.
async fn take_message<S>(
    stream: &mut BufReader<S>,
    protocol: &mut Protocol,
    shared: &Shared,
) -> io::Result<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut raw = Vec::with_capacity(64 << 10);
    let mut line = Vec::with_capacity(1_024);
    let mut complaint = None;
    loop {
        match read_line(stream, &mut line, MESSAGE_SIZE_MAX).await? {
            Line::End => return Err(io::ErrorKind::UnexpectedEof.into()),
            Line::TooLong => complaint = Some("552 5.3.4 Message too big\r\n"),
            Line::BareLineFeed => complaint = Some("550 5.6.0 A bare line feed in the message\r\n"),
            Line::Whole if line == b"." => break,
            Line::Whole => {
                let unstuffed = line.strip_prefix(b".").unwrap_or(&line);
                if raw.len() + unstuffed.len() > MESSAGE_SIZE_MAX {
                    complaint = Some("552 5.3.4 Message too big\r\n");
                } else {
                    raw.extend_from_slice(unstuffed);
                    raw.extend_from_slice(b"\r\n");
                }
            }
        }
    }
    let (from, to) = protocol.take_envelope();
    if let Some(complaint) = complaint {
        return Ok(complaint.into());
    }
    let message = shared.store.add(shared.clock.now(), from, to, raw);
    if let Some(directory) = &shared.save {
        let file = directory.join(format!("{:06}.eml", message.number));
        if tokio::fs::write(&file, &message.raw).await.is_err() {
            return Ok("451 4.3.0 The message could not be saved\r\n".into());
        }
    }
    Ok(format!("250 2.0.0 Captured as {}\r\n", message.number))
}

/// What reading a line came to; the line is without its CRLF.
enum Line {
    Whole,
    TooLong,
    BareLineFeed,
    End,
}

/// Reads one line, keeping at most `limit` octets of it; a longer one is read to its end and dropped.
async fn read_line<S: AsyncBufRead + Unpin>(
    stream: &mut S,
    line: &mut Vec<u8>,
    limit: usize,
) -> io::Result<Line> {
    line.clear();
    let mut too_long = false;
    loop {
        let chunk = stream.fill_buf().await?;
        if chunk.is_empty() {
            return Ok(Line::End);
        }
        let end = memchr::memchr(b'\n', chunk);
        let taken = end.map_or(chunk.len(), |at| at + 1);
        if line.len() + taken > limit {
            too_long = true;
            line.clear();
        }
        if !too_long {
            line.extend_from_slice(&chunk[..taken]);
        }
        stream.consume(taken);
        if end.is_some() {
            break;
        }
    }
    if too_long {
        return Ok(Line::TooLong);
    }
    line.pop();
    if line.pop() == Some(b'\r') { Ok(Line::Whole) } else { Ok(Line::BareLineFeed) }
}
