//! Proves several messages in flight on one connection: who is in doubt when the line breaks, and that nobody else is.

use crate::support::{
    counting::{Act, At, CountingServer, Manner, Moment},
    relay::{Moods, PlainLetters},
    world::World,
};
use masthead::{
    domain::{
        delivery::DeliveryState,
        settings::{Protection, RelaySettings},
    },
    runner::{
        options::{RunOptions, WaitForDeferred},
        progress::Silent,
        report::RunReport,
        run::Runner,
        stop::stop_switch,
    },
    smtp::transport::SmtpTransport,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// What arrived: each recipient, and whether it was told so.
type Arrived = Arc<Mutex<BTreeMap<String, (usize, bool)>>>;

/// How long a silent server waits for more messages before it leaves.
const PATIENCE: Duration = Duration::from_millis(500);

/// Serves one connection; says nothing of the message that arrives as the `silent`-th on the whole server and leaves as
/// soon as `more` others have arrived behind it, or no more come.
async fn serve(stream: TcpStream, arrived: Arrived, silent: usize, more: usize) {
    let mut stream = BufReader::new(stream);
    let (mut to, mut line) = (String::new(), String::new());
    let mut behind = None;
    stream.write_all(b"220 mx\r\n").await.unwrap();
    loop {
        line.clear();
        let read = stream.read_line(&mut line);
        let count = match behind {
            None => read.await.unwrap_or(0),
            Some(_) => timeout(PATIENCE, read).await.map_or(0, |count| count.unwrap_or(0)),
        };
        if count == 0 {
            return;
        }
        let answer: &[u8] = match line.split([' ', '\r']).next() {
            Some("EHLO") => b"250-mx\r\n250-CHUNKING\r\n250 PIPELINING\r\n",
            Some("QUIT") => b"221 bye\r\n",
            Some("BDAT") => {
                let count: usize = line.split(' ').nth(1).unwrap().parse().unwrap();
                let mut octets = vec![0; count];
                stream.read_exact(&mut octets).await.unwrap();
                let is_silent = {
                    let mut arrived = arrived.lock().unwrap();
                    let is_silent = behind.is_some() || arrived.len() == silent;
                    let entry = arrived.entry(to.clone()).or_default();
                    entry.0 += 1;
                    entry.1 = !is_silent;
                    is_silent
                };
                if is_silent {
                    let count = behind.map_or(0, |count| count + 1);
                    behind = Some(count);
                    if count == more {
                        return;
                    }
                    continue;
                }
                b"250 queued as 4F2\r\n"
            }
            verb => {
                if verb == Some("RCPT") {
                    to = line.split(['<', '>']).nth(1).unwrap().to_owned();
                }
                b"250 ok\r\n"
            }
        };
        if behind.is_none() {
            let _ = stream.write_all(answer).await;
        }
    }
}

/// Sends to a server that falls silent over a message, with so many more behind it, and then leaves.
async fn run(world: &World, depth: usize, silent: usize, more: usize) -> (RunReport, Arrived) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let arrived = Arrived::default();
    let server = tokio::spawn({
        let arrived = Arc::clone(&arrived);
        async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&arrived), silent, more));
            }
        }
    });
    let report = run_at(world, port, RunOptions { pipeline_depth: depth, ..world.options() }).await;
    server.abort();
    (report, arrived)
}

/// Sends what can be sent now to a port of this machine.
async fn run_at(world: &World, port: u16, options: RunOptions) -> RunReport {
    let settings = RelaySettings::new("127.0.0.1", port, Protection::Plain);
    let options =
        RunOptions { messages_per_connection: 1_000, wait_for_deferred: WaitForDeferred::No, ..options };
    let runner = Runner {
        transport: SmtpTransport::new(settings, None).unwrap(),
        letters: PlainLetters,
        clock: world.clock.clone(),
        progress: Arc::new(Silent),
    };
    let (_switch, stop) = stop_switch();
    runner.run(world.store.connect(), options, stop).await
}

/// Compares what the ledger says with what arrived; returns how many are in doubt: all that were whole and not answered.
fn check(world: &World, arrived: &Arrived) -> usize {
    let arrived = arrived.lock().unwrap();
    let untold = arrived.values().filter(|(_, was_told)| !was_told).count();
    let states = world.states();
    for (address, state) in &states {
        let (count, was_told) = arrived.get(address).copied().unwrap_or_default();
        match state {
            DeliveryState::Sent => assert_eq!((count, was_told), (1, true), "{address}"),
            DeliveryState::InDoubt => assert!(count <= 1 && !was_told, "{address}"),
            state => assert_eq!(count, 0, "{address} is {state}"),
        }
    }
    let found = states.values().filter(|state| **state == DeliveryState::InDoubt).count();
    assert_eq!(found, untold, "{states:?}");
    found
}

#[tokio::test]
async fn everybody_gets_one_with_many_in_flight() {
    for depth in [2, 8, 32, 64] {
        let world = World::new(150, Moods::default());
        let (report, arrived) = run(&world, depth, usize::MAX, 0).await;
        assert_eq!(report.counts.sent, 150, "{:?}", report.ended);
        assert_eq!(check(&world, &arrived), 0);
    }
}

#[tokio::test]
async fn a_line_that_breaks_leaves_those_in_doubt_that_were_in_flight_and_nobody_else() {
    for (depth, silent) in [(1, 0), (1, 5), (4, 0), (4, 9), (8, 20)] {
        let world = World::new(40, Moods::default());
        let (report, arrived) = run(&world, depth, silent, depth - 1).await;
        let in_doubt = check(&world, &arrived);
        assert!((1..=depth).contains(&in_doubt), "depth {depth}, message {silent}: {in_doubt}");
        assert_eq!(report.counts.in_doubt, in_doubt as u64);
        assert_eq!(report.counts.sent, 40 - in_doubt as u64);
    }
}

/// Makes servers that offer chunks and refuse each of them with these words.
macro_rules! refusing {
    ($words:literal) => {{
        fn acts(moment: Moment<'_>) -> Act {
            if moment.at == At::Dot && moment.is_chunked { Act::Say($words) } else { Act::Usual }
        }
        acts
    }};
}

#[tokio::test]
async fn a_server_that_refuses_chunks_costs_nobody_a_deferral() {
    const READERS: usize = 60;
    let refusals: [fn(Moment<'_>) -> Act; 3] = [
        refusing!("500 5.5.2 what is BDAT"),
        refusing!("502 5.5.1 not here"),
        refusing!("503 5.5.1 not now"),
    ];
    for acts in refusals {
        for (depth, connections) in [(1, 1), (1, 6), (8, 1), (8, 6), (32, 2)] {
            let offers = vec!["PIPELINING", "CHUNKING", "8BITMIME"];
            let server = CountingServer::open(Manner { offers, acts, ..Manner::default() }).await;
            let world = World::new(READERS, Moods::default());
            let options = RunOptions { pipeline_depth: depth, connections, ..world.options() };
            let report = run_at(&world, server.port, options).await;
            let counts = report.counts;
            assert_eq!(
                (counts.sent, counts.attempts),
                (READERS as u64, READERS as u64),
                "{depth}: {report:?}"
            );
            let messages = server.messages();
            assert_eq!(messages.len(), READERS);
            assert!(messages.values().all(|ids| ids.len() == 1), "{messages:?}");
        }
    }
}
