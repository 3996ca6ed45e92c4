//! Proves the same as `every_cut` for messages in chunks, one and several in flight: for a line that ends after the n-th
//! octet the server read, for every n.

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

/// What the server saw before it left.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    octets: usize,
    /// Messages that were whole.
    whole: usize,
    /// Messages that were answered.
    answered: usize,
}

async fn serve(listener: &TcpListener, tls: Option<&Identity>, cut: usize, resets: bool) -> Seen {
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.set_nodelay(true).unwrap();
    if resets {
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
    let mut seen = Seen::default();
    say(stream, b"220 mx\r\n").await;
    let (mut line, mut chunk) = (Vec::new(), 0_usize);
    while seen.octets < cut {
        let Ok(octet) = stream.read_u8().await else { break };
        seen.octets += 1;
        if chunk > 0 {
            chunk -= 1;
            if chunk == 0 {
                seen.whole += 1;
                if seen.octets < cut {
                    say(stream, b"250 Ok: queued as 4F2\r\n").await;
                    seen.answered += 1;
                }
            }
            continue;
        }
        line.push(octet);
        if octet != b'\n' {
            continue;
        }
        let command = String::from_utf8(std::mem::take(&mut line)).unwrap();
        match command.split([' ', '\r']).next() {
            Some("BDAT") => chunk = command.split(' ').nth(1).unwrap().parse().unwrap(),
            Some("EHLO") => say(stream, b"250-mx\r\n250-CHUNKING\r\n250 PIPELINING\r\n").await,
            Some("QUIT") => say(stream, b"221 bye\r\n").await,
            _ => say(stream, b"250 Ok\r\n").await,
        }
    }
    seen
}

/// Answers; a client that has left is noticed at the next read.
async fn say<S: AsyncWrite + Unpin>(stream: &mut S, words: &[u8]) {
    let _ = stream.write_all(words).await;
    let _ = stream.flush().await;
}

/// Sends so many messages at once to a server that leaves after `cut` octets; returns what those came to that were
/// begun.
async fn attempt(tls: Option<&Identity>, count: usize, cut: usize, resets: bool) -> (Seen, Vec<Outcome>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let transport = tls.map_or_else(|| plain(port), |identity| trusting(port, Protection::Tls, identity));
    let client = async {
        let Ok(mut session) = transport.connect().await else { return Vec::new() };
        let (mut begun, mut failed) = (0, None);
        for number in 0..count {
            match session.begin(&envelope("reader0@example.net", number), &message()).await {
                Ok(()) => session.release(),
                Err(outcome) => {
                    failed = Some(outcome);
                    break;
                }
            }
            begun += 1;
        }
        let mut outcomes = Vec::new();
        for _ in 0..begun {
            outcomes.push(session.verdict().await);
        }
        outcomes.extend(failed);
        session.quit().await;
        outcomes
    };
    tokio::join!(serve(&listener, tls, cut, resets), client)
}

/// Tries the cuts behind the first `skipped` octets.
async fn check_cuts(tls: Option<&Identity>, count: usize, skipped: usize, resets: bool) {
    let (whole, outcomes) = attempt(tls, count, usize::MAX, false).await;
    assert_eq!(whole.answered, count, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Accepted { .. })), "{outcomes:?}");
    let mut doubts = 0;
    for cut in skipped + 1..=whole.octets {
        let (seen, outcomes) = attempt(tls, count, cut, resets).await;
        for (number, outcome) in outcomes.iter().enumerate() {
            let place = format!("{count} resets={resets} cut {cut} message {number}: {seen:?} {outcomes:?}");
            match outcome {
                Outcome::Accepted { .. } => assert!(number < seen.answered, "{place}"),
                Outcome::InDoubt { .. } => doubts += 1,
                Outcome::Broken { .. } => assert!(number >= seen.whole, "{place}"),
                Outcome::Refused { .. } | Outcome::Stumbled { .. } => panic!("nobody refused: {place}"),
            }
        }
        // Whoever isn't among the outcomes was never begun.
        assert!(outcomes.len() >= seen.whole, "cut {cut}: {seen:?} {outcomes:?}");
    }
    assert!(doubts > 0);
}

#[tokio::test]
async fn no_close_makes_a_whole_chunk_undelivered() {
    check_cuts(None, 1, 0, false).await;
    check_cuts(None, 3, 0, false).await;
}

#[tokio::test]
async fn no_reset_makes_a_whole_chunk_undelivered() {
    check_cuts(None, 1, 0, true).await;
    check_cuts(None, 3, 0, true).await;
}

/// Handshakes cost time, so only what follows the first envelope is cut.
#[tokio::test]
async fn over_tls_chunks_are_the_same() {
    let identity = identity(Quality::Good);
    check_cuts(Some(&identity), 2, 100, false).await;
}
