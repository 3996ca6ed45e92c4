//! An SMTP server that plays a script over real TCP.
//!
//! A script is a file of `tests/fixtures/dialogues`, one step a line; `#` begins a comment:
//!
//! | step | the server |
//! |---|---|
//! | `S: text` | sends a line; several in a row leave in one packet |
//! | `RAW: text` | sends text as it stands, with `\r`, `\n` and `\xNN` read as escapes |
//! | `FILL: n` | sends n octets of nothing |
//! | `C: pattern` | expects a line; `*` stands for anything |
//! | `BODY` | reads a message and its final dot, and keeps it |
//! | `CHUNK: n` | reads n octets, and keeps them as a message |
//! | `SOME: n` | reads n octets |
//! | `UNTIL: text` | reads until the octets end in the text |
//! | `QUIET` | expects that nothing comes, for a moment |
//! | `TLS` | does the TLS handshake |
//! | `TLS-FAILS` | tries it, and expects that the client refuses |
//! | `SLOW` | sends octet by octet from here on |
//! | `STALL` | says nothing until the client leaves |
//! | `WAIT` | does nothing at all for a while, not even read |
//! | `CLOSE` | closes |
//! | `RST` | drops the connection with a reset |
//! | `NEXT` | waits for the client to leave and takes its next connection |

#![expect(clippy::unwrap_used, reason = "a test that can't go on stops, and says where")]

use rustls::ServerConfig;
use socket2::SockRef;
use std::{io, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Longer than any lawful wait in a test.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long `QUIET` listens.
const A_MOMENT: Duration = Duration::from_millis(120);

/// A server that is playing.
pub(crate) struct SmtpServer {
    /// Where it listens, on 127.0.0.1.
    pub(crate) port: u16,
    task: JoinHandle<Vec<String>>,
}

impl SmtpServer {
    /// Starts to play a script.
    pub(crate) async fn play(name: &str, tls: Option<Arc<ServerConfig>>) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dialogues").join(name);
        let script = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move { Player::new(listener, tls).await.play(&script).await });
        Self { port, task }
    }

    /// Waits for the end of the script and returns the messages that were ended by a dot.
    ///
    /// Fails the test when the client did something else than the script says.
    pub(crate) async fn messages(self) -> Vec<String> {
        timeout(PATIENCE, self.task)
            .await
            .expect("the script came to its end")
            .expect("the client kept to the script")
    }
}

/// One connection, protected or not, as a server has it.
pub(crate) enum Line {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Gone,
}

impl Line {
    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer).await,
            Self::Tls(stream) => stream.read(buffer).await,
            Self::Gone => Ok(0),
        }
    }

    pub(crate) async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(octets).await,
            Self::Tls(stream) => {
                stream.write_all(octets).await?;
                stream.flush().await
            }
            Self::Gone => Ok(()),
        }
    }
}

struct Player {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    line: Line,
    received: Vec<u8>,
    to_send: Vec<u8>,
    is_slow: bool,
    messages: Vec<String>,
}

impl Player {
    async fn new(listener: TcpListener, tls: Option<Arc<ServerConfig>>) -> Self {
        let stream = accept(&listener).await;
        let line = Line::Plain(stream);
        Self {
            listener,
            tls,
            line,
            received: Vec::new(),
            to_send: Vec::new(),
            is_slow: false,
            messages: Vec::new(),
        }
    }

    async fn play(mut self, script: &str) -> Vec<String> {
        for step in script.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (verb, text) = step.split_once(':').unwrap_or((step, ""));
            let text = text.strip_prefix(' ').unwrap_or(text);
            match verb {
                "S" => self.to_send.extend(format!("{text}\r\n").bytes()),
                "RAW" => self.to_send.extend(unescaped(text)),
                "FILL" => self.to_send.extend(vec![b'2'; text.parse().unwrap()]),
                _ => {
                    self.send().await;
                    self.act(verb, text).await;
                }
            }
        }
        self.send().await;
        self.messages
    }

    async fn act(&mut self, verb: &str, text: &str) {
        match verb {
            "C" => self.expect_line(text).await,
            "BODY" => self.take_message().await,
            "CHUNK" | "SOME" => {
                let count = text.parse().unwrap();
                self.read_until(|received| received.len() >= count).await;
                let octets: Vec<u8> = self.received.drain(..count).collect();
                if verb == "CHUNK" {
                    self.messages.push(String::from_utf8(octets).unwrap());
                }
            }
            "UNTIL" => {
                let end: Vec<u8> = unescaped(text);
                self.read_until(|received| received.ends_with(&end)).await;
                self.received.clear();
            }
            "QUIET" => {
                let read = timeout(A_MOMENT, self.line.read(&mut [0; 64])).await;
                assert!(
                    self.received.is_empty() && read.is_err(),
                    "something came: {:?} {read:?}",
                    self.received
                );
            }
            "TLS" => {
                let shaken = self.shake_hands().await;
                self.line = Line::Tls(Box::new(shaken.expect("a TLS handshake")));
            }
            "TLS-FAILS" => assert!(self.shake_hands().await.is_err(), "the client accepted the certificate"),
            "SLOW" => self.is_slow = true,
            "WAIT" => {
                let _ = timeout(Duration::from_secs(1), std::future::pending::<()>()).await;
            }
            "STALL" => while !matches!(self.read().await, Ok(0) | Err(_)) {},
            "CLOSE" => self.line = Line::Gone,
            "RST" => {
                let Line::Plain(stream) = &self.line else { panic!("RST is for plain lines") };
                SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
                self.line = Line::Gone;
            }
            "NEXT" => {
                while !matches!(self.read().await, Ok(0) | Err(_)) {}
                self.received.clear();
                self.line = Line::Plain(accept(&self.listener).await);
            }
            other => panic!("no such step: {other}"),
        }
    }

    /// Takes in more octets.
    async fn read(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 4096];
        let count = timeout(PATIENCE, self.line.read(&mut buffer)).await.expect("the client moves")?;
        self.received.extend(&buffer[..count]);
        Ok(count)
    }

    async fn read_until(&mut self, is_enough: impl Fn(&[u8]) -> bool) {
        while !is_enough(&self.received) {
            let count = self.read().await.unwrap();
            assert!(count > 0, "the client left after {:?}", String::from_utf8_lossy(&self.received));
        }
    }

    async fn expect_line(&mut self, pattern: &str) {
        self.read_until(|received| received.contains(&b'\n')).await;
        let end = self.received.iter().position(|octet| *octet == b'\n').unwrap();
        let line: Vec<u8> = self.received.drain(..=end).collect();
        let line = String::from_utf8(line).unwrap();
        let line = line.strip_suffix("\r\n").expect("commands end in CRLF");
        assert!(fits(pattern, line), "expected `{pattern}`, heard `{line}`");
    }

    async fn take_message(&mut self) {
        const END: &[u8] = b"\r\n.\r\n";
        let find = |received: &[u8]| received.windows(END.len()).position(|window| window == END);
        self.read_until(|received| find(received).is_some()).await;
        let end = find(&self.received).unwrap();
        let message: Vec<u8> = self.received.drain(..end + END.len()).collect();
        self.messages.push(String::from_utf8(message[..end + 2].to_vec()).unwrap());
    }

    async fn send(&mut self) {
        let octets = std::mem::take(&mut self.to_send);
        let size = if self.is_slow { 1 } else { octets.len().max(1) };
        for chunk in octets.chunks(size) {
            // A client that hung up is seen by the next step that expects something of it.
            let _ = self.line.write(chunk).await;
            tokio::task::yield_now().await;
        }
    }

    async fn shake_hands(&mut self) -> io::Result<TlsStream<TcpStream>> {
        let config = self.tls.clone().expect("the test gives a certificate");
        let Line::Plain(stream) = std::mem::replace(&mut self.line, Line::Gone) else { panic!("TLS twice") };
        assert!(self.received.is_empty(), "the client spoke across STARTTLS");
        TlsAcceptor::from(config).accept(stream).await
    }
}

async fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = timeout(PATIENCE, listener.accept()).await.expect("the client comes").unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Whether a line fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, line: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == line };
    let Some(rest) = line.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| fits(tail, &rest[at..]))
}

/// Reads `\r`, `\n` and `\xNN`.
fn unescaped(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        match (octet, octet == b'\\') {
            (_, false) => octets.push(octet),
            _ => match rest.next() {
                Some(b'r') => octets.push(b'\r'),
                Some(b'n') => octets.push(b'\n'),
                Some(b'x') => {
                    let digits: String = rest.by_ref().take(2).map(char::from).collect();
                    octets.push(u8::from_str_radix(&digits, 16).unwrap());
                }
                other => panic!("no such escape: {other:?}"),
            },
        }
    }
    octets
}
