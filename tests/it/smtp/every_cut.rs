//! Proves, for a line that ends after the n-th octet the server read, for every n: what a server took is
//! never called undelivered, and what it did not answer is never called accepted.

use crate::{
    smtp::{envelope, message, plain, tls::trusting},
    support::certificates::{Identity, Quality, identity},
};
use masthead::{
    delivery::ports::{Session, Transport},
    domain::{outcome::Outcome, settings::Protection},
};
use socket2::SockRef;
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// How the server leaves.
#[derive(Clone, Copy, Debug)]
enum Leave {
    Close,
    Reset,
}

/// What the server saw before it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    octets: usize,
    has_dot: bool,
    has_answered: bool,
}

/// Takes one connection, with TLS if there is a certificate, and leaves it after `cut` octets.
async fn serve(listener: &TcpListener, tls: Option<&Identity>, cut: usize, leave: Leave) -> Seen {
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.set_nodelay(true).unwrap();
    if matches!(leave, Leave::Reset) {
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
    match tls {
        None => converse(&mut stream, cut).await,
        Some(identity) => {
            let acceptor = TlsAcceptor::from(identity.config.clone());
            converse(&mut acceptor.accept(stream).await.unwrap(), cut).await
        }
    }
}

/// Talks SMTP until it has read `cut` octets.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, cut: usize) -> Seen {
    let mut seen = Seen { octets: 0, has_dot: false, has_answered: false };
    say(stream, b"220 mx\r\n").await;
    let (mut line, mut is_body) = (Vec::new(), false);
    while seen.octets < cut {
        let Ok(octet) = stream.read_u8().await else { break };
        seen.octets += 1;
        line.push(octet);
        if octet != b'\n' {
            continue;
        }
        let command = String::from_utf8(std::mem::take(&mut line)).unwrap();
        let is_dot = is_body && command == ".\r\n";
        seen.has_dot |= is_dot;
        // The cut comes before the answer: that is the moment that nobody can know of.
        if (is_body && !is_dot) || seen.octets == cut {
            continue;
        }
        is_body = command.starts_with("DATA");
        seen.has_answered |= is_dot;
        say(stream, answer(&command)).await;
    }
    seen
}

/// Answers; a client that has left is noticed at the next read.
async fn say<S: AsyncWrite + Unpin>(stream: &mut S, words: &[u8]) {
    let _ = stream.write_all(words).await;
    let _ = stream.flush().await;
}

fn answer(command: &str) -> &'static [u8] {
    match command.split([' ', '\r']).next() {
        Some("EHLO") => b"250-mx\r\n250 PIPELINING\r\n",
        Some("DATA") => b"354 go\r\n",
        Some("QUIT") => b"221 bye\r\n",
        _ => b"250 Ok: queued as 4F2\r\n",
    }
}

/// Sends one message to a server that leaves after `cut` octets.
async fn attempt(tls: Option<&Identity>, cut: usize, leave: Leave) -> (Seen, Outcome) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let transport = tls.map_or_else(|| plain(port), |identity| trusting(port, Protection::Tls, identity));
    let client = async {
        let mut session = transport.connect().await?;
        session.begin(&envelope("reader0@example.net", 0), &message()).await?;
        let outcome = session.finish(None).await;
        session.quit().await;
        Ok(outcome)
    };
    let (seen, outcome) = tokio::join!(serve(&listener, tls, cut, leave), client);
    (seen, outcome.unwrap_or_else(|outcome| outcome))
}

/// Tries the cuts behind the first `skipped` octets.
async fn check_cuts(tls: Option<&Identity>, skipped: usize, leave: Leave) {
    let (whole, outcome) = attempt(tls, usize::MAX, leave).await;
    assert!(whole.has_answered && matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let mut doubts = 0;
    for cut in skipped + 1..=whole.octets {
        let (seen, outcome) = attempt(tls, cut, leave).await;
        let place = format!("{leave:?} after {cut} octets: {seen:?} {outcome:?}");
        match outcome {
            Outcome::Accepted { .. } => assert!(seen.has_answered, "{place}"),
            Outcome::InDoubt { .. } => doubts += 1,
            Outcome::Broken { .. } | Outcome::Stumbled { .. } => assert!(!seen.has_dot, "{place}"),
            Outcome::Refused { .. } => panic!("nobody refused: {place}"),
        }
    }
    assert!(doubts > 0);
}

#[tokio::test]
async fn no_close_makes_a_taken_message_undelivered() {
    check_cuts(None, 0, Leave::Close).await;
}

#[tokio::test]
async fn no_reset_makes_a_taken_message_undelivered() {
    check_cuts(None, 0, Leave::Reset).await;
}

/// Handshakes cost time, so only what follows the envelope is cut.
#[tokio::test]
async fn over_tls_it_is_the_same() {
    let identity = identity(Quality::Good);
    for leave in [Leave::Close, Leave::Reset] {
        check_cuts(Some(&identity), 90, leave).await;
    }
}
