//! An SMTP server that counts: it keeps the recipient and the Message-ID of every message that it took, and
//! misbehaves at the moments that a test chooses.

use crate::support::smtp_server::Line;
use rustls::ServerConfig;
use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// Where in the dialogue the server stands when it may misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Greeting,
    Hello,
    Mail,
    Rcpt,
    Data,
    /// After the final dot, or the last octet of the last chunk.
    Dot,
    /// After each chunk but the last.
    Chunk,
}

/// The moment: what the server may go by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) at: At,
    /// The recipient; empty before RCPT.
    pub(crate) to: &'a str,
    /// How often the server has stood here, with this recipient; the first time is 0.
    pub(crate) time: usize,
    /// Messages taken on this connection so far.
    pub(crate) taken: usize,
    /// Whether the message came in chunks.
    pub(crate) is_chunked: bool,
}

/// What the server does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// What a server does on a good day.
    Usual,
    /// That, and closes without a word.
    UsualThenClose,
    /// These words instead.
    Say(&'static str),
    SayThenClose(&'static str),
    Stall,
    /// Takes the message, and says something else, or nothing.
    TakeThenSay(&'static str),
    TakeThenClose,
    TakeThenStall,
}

/// How a server is.
#[derive(Clone)]
pub(crate) struct Manner {
    /// What it says it can do.
    pub(crate) offers: Vec<&'static str>,
    /// What it does, moment by moment.
    pub(crate) acts: fn(Moment<'_>) -> Act,
    /// Octet by octet, with this pause between.
    pub(crate) slow: Option<Duration>,
    /// Its certificate.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Speaks TLS from the first octet on, not after STARTTLS.
    pub(crate) is_implicit: bool,
    /// Does not know BDAT, whatever it offers, and takes the octets behind it for commands.
    pub(crate) is_ignorant_of_chunks: bool,
    /// What it says to STARTTLS, in one packet.
    pub(crate) starttls: &'static str,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            offers: vec!["PIPELINING", "SIZE 10240000", "ENHANCEDSTATUSCODES", "8BITMIME"],
            acts: |_| Act::Usual,
            slow: None,
            tls: None,
            is_implicit: false,
            is_ignorant_of_chunks: false,
            starttls: "220 2.0.0 go ahead",
        }
    }
}

/// What it took.
#[derive(Debug, Default)]
struct Taken {
    /// Message-IDs by recipient.
    messages: Mutex<BTreeMap<String, Vec<String>>>,
    times: Mutex<BTreeMap<(u8, String), usize>>,
    count: AtomicUsize,
    connections: AtomicUsize,
}

/// A server that counts until it is dropped.
pub(crate) struct CountingServer {
    pub(crate) port: u16,
    taken: Arc<Taken>,
    task: JoinHandle<()>,
}

impl Drop for CountingServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl CountingServer {
    /// Opens a server of this manner.
    pub(crate) async fn open(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Taken::default());
        let task = tokio::spawn(serve(listener, manner, Arc::clone(&taken)));
        Self { port, taken, task }
    }

    /// Returns how many messages it took.
    pub(crate) fn count(&self) -> usize {
        self.taken.count.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> usize {
        self.taken.connections.load(Ordering::SeqCst)
    }

    /// Returns the Message-IDs of what it took, by recipient.
    pub(crate) fn messages(&self) -> BTreeMap<String, Vec<String>> {
        self.taken.messages.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, manner: Manner, taken: Arc<Taken>) {
    let mut talks = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        taken.connections.fetch_add(1, Ordering::SeqCst);
        let talk = Talk::new(stream, manner.clone(), Arc::clone(&taken));
        // A client that hangs up, or is killed, ends its talk.
        talks.spawn(async { talk.hold().await.unwrap_or_default() });
    }
}

/// One connection.
struct Talk {
    line: Line,
    manner: Manner,
    taken: Arc<Taken>,
    received: Vec<u8>,
    to_send: Vec<u8>,
    to: String,
    message: Vec<u8>,
    is_refused: bool,
    taken_here: usize,
}

/// Whether the talk goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goes {
    On,
    Away,
}

impl Talk {
    fn new(stream: TcpStream, manner: Manner, taken: Arc<Taken>) -> Self {
        Self {
            line: Line::Plain(stream),
            manner,
            taken,
            received: Vec::new(),
            to_send: Vec::new(),
            to: String::new(),
            message: Vec::new(),
            is_refused: false,
            taken_here: 0,
        }
    }

    async fn hold(mut self) -> io::Result<()> {
        if self.manner.is_implicit {
            self.protect().await?;
        }
        if self.act(At::Greeting, "220 relay.example.org ESMTP").await? == Goes::Away {
            return Ok(());
        }
        while let Some(command) = self.command().await? {
            if self.answer(&command).await? == Goes::Away {
                break;
            }
        }
        self.flush().await
    }

    async fn answer(&mut self, command: &str) -> io::Result<Goes> {
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => {
                let offers = &self.manner.offers;
                let is_open = self.manner.tls.is_some() && matches!(self.line, Line::Plain(_));
                let starttls = if is_open { "250-STARTTLS\r\n" } else { "" };
                let (last, others) = offers.split_last().expect("something is offered");
                let others: String = others.iter().flat_map(|offer| ["250-", offer, "\r\n"]).collect();
                self.act(At::Hello, &format!("250-relay.example.org\r\n{starttls}{others}250 {last}")).await
            }
            "STARTTLS" => {
                self.say(self.manner.starttls);
                self.flush().await?;
                self.protect().await?;
                Ok(Goes::On)
            }
            "MAIL" => {
                (self.is_refused, self.to) = (false, String::new());
                self.message.clear();
                self.act(At::Mail, "250 2.1.0 Ok").await
            }
            "RCPT" => {
                let address = command.split(['<', '>']).nth(1).unwrap_or_default();
                address.clone_into(&mut self.to);
                self.act(At::Rcpt, "250 2.1.5 Ok").await
            }
            "DATA" => self.data().await,
            "BDAT" if !self.manner.is_ignorant_of_chunks => self.chunk(command).await,
            "QUIT" => {
                self.say("221 2.0.0 Bye");
                Ok(Goes::Away)
            }
            "RSET" | "NOOP" => {
                self.say("250 2.0.0 Ok");
                Ok(Goes::On)
            }
            _ => {
                self.say("500 5.5.2 what is that");
                Ok(Goes::On)
            }
        }
    }

    async fn data(&mut self) -> io::Result<Goes> {
        if self.is_refused {
            self.say("554 5.5.1 No valid recipients");
            return Ok(Goes::On);
        }
        if self.act(At::Data, "354 go ahead").await? == Goes::Away {
            return Ok(Goes::Away);
        }
        if self.is_refused {
            return Ok(Goes::On);
        }
        let end = b"\r\n.\r\n";
        let mut searched = 0;
        let at = loop {
            let found = memchr::memmem::find(&self.received[searched..], end);
            if let Some(at) = found {
                break searched + at;
            }
            searched = self.received.len().saturating_sub(end.len());
            if self.read_more().await? == 0 {
                return Ok(Goes::Away);
            }
        };
        self.message = self.received.drain(..at + end.len()).collect();
        self.act(At::Dot, "250 2.0.0 Ok: queued as 4F2").await
    }

    async fn chunk(&mut self, command: &str) -> io::Result<Goes> {
        let mut words = command.split(' ').skip(1);
        let size: usize = words.next().and_then(|size| size.parse().ok()).unwrap_or_default();
        let is_last = words.next().is_some_and(|word| word.eq_ignore_ascii_case("LAST"));
        while self.received.len() < size {
            if self.read_more().await? == 0 {
                return Ok(Goes::Away);
            }
        }
        self.message.extend(self.received.drain(..size));
        if self.is_refused {
            self.say("554 5.5.1 No valid recipients");
            return Ok(Goes::On);
        }
        let at = if is_last { At::Dot } else { At::Chunk };
        self.act(at, "250 2.0.0 Ok: queued as 4F2").await
    }

    /// Does what the server does at this moment; `usual` is what it says on a good day.
    async fn act(&mut self, at: At, usual: &str) -> io::Result<Goes> {
        let time = {
            let mut times = self.taken.times.lock().unwrap();
            let time = times.entry((at as u8, self.to.clone())).or_default();
            *time += 1;
            *time - 1
        };
        let is_chunked = at == At::Chunk || (at == At::Dot && !self.message.ends_with(b"\r\n.\r\n"));
        let moment = Moment { at, to: &self.to, time, taken: self.taken_here, is_chunked };
        let act = (self.manner.acts)(moment);
        let is_taken = matches!(
            act,
            Act::Usual | Act::UsualThenClose | Act::TakeThenSay(_) | Act::TakeThenClose | Act::TakeThenStall
        );
        if at == At::Dot && is_taken {
            self.take();
        }
        match act {
            Act::Usual | Act::UsualThenClose => self.say(usual),
            Act::Say(words) | Act::SayThenClose(words) | Act::TakeThenSay(words) => {
                self.is_refused = at != At::Dot;
                self.say(words);
            }
            Act::Stall | Act::TakeThenClose | Act::TakeThenStall => {}
        }
        let closes = matches!(act, Act::UsualThenClose | Act::SayThenClose(_) | Act::TakeThenClose);
        if matches!(act, Act::Stall | Act::TakeThenStall) {
            while self.read_more().await? > 0 {}
        }
        if closes {
            self.flush().await?;
            return Ok(Goes::Away);
        }
        Ok(Goes::On)
    }

    fn take(&mut self) {
        let head = String::from_utf8_lossy(&self.message);
        let message_id = head.lines().find_map(|line| line.strip_prefix("Message-ID:"));
        let message_id = message_id.map(|id| id.trim().to_owned()).unwrap_or_default();
        self.taken.messages.lock().unwrap().entry(self.to.clone()).or_default().push(message_id);
        self.taken.count.fetch_add(1, Ordering::SeqCst);
        self.taken_here += 1;
    }

    fn say(&mut self, words: &str) {
        self.to_send.extend(words.bytes());
        self.to_send.extend(b"\r\n");
    }

    /// Returns the next command; `None` when the client has left.
    async fn command(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.received) {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()));
            }
            if self.read_more().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Takes in more octets; whatever is to be said is said before.
    async fn read_more(&mut self) -> io::Result<usize> {
        self.flush().await?;
        let mut buffer = vec![0; 16_384];
        let count = self.line.read(&mut buffer).await?;
        self.received.extend(&buffer[..count]);
        Ok(count)
    }

    async fn flush(&mut self) -> io::Result<()> {
        let octets = std::mem::take(&mut self.to_send);
        let Some(pause) = self.manner.slow else { return self.line.write(&octets).await };
        for octet in octets {
            self.line.write(&[octet]).await?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    async fn protect(&mut self) -> io::Result<()> {
        let Line::Plain(stream) = std::mem::replace(&mut self.line, Line::Gone) else { return Ok(()) };
        let config = self.manner.tls.clone().expect("a server that speaks TLS has a certificate");
        self.received.clear();
        self.line = Line::Tls(Box::new(TlsAcceptor::from(config).accept(stream).await?));
        Ok(())
    }
}
