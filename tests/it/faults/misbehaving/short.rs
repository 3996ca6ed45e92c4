//! The real runner with short timeouts, for servers that say nothing: the binary would wait for minutes.

use crate::support::{Project, binary::start, clock::FakeClock, world::Notes};
use chrono::TimeDelta;
use masthead::{
    delivery::{letters::FormLetters, ports::Ledger},
    domain::{
        settings::{Protection, RelaySettings},
        time::Clock,
    },
    ledger::sqlite::SqliteLedger,
    runner::{
        options::{RunOptions, WaitForDeferred},
        run::Runner,
        stop::stop_switch,
    },
    smtp::{
        timeouts::Timeouts,
        transport::{SmtpTransport, TransportOptions},
    },
};
use std::{sync::Arc, time::Duration};

/// Seals with the real binary, which finds no relay, and sends with the real runner.
pub(super) async fn run(project: &Project, port: u16) {
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--relay", "smtp://127.0.0.1:1"];
    let mut sealing = start(project.root(), &command);
    assert!(sealing.until(|running| running.talk().contains("can't be reached")).await);
    sealing.signal("TERM");
    sealing.ended().await.exits(130);

    let mut ledger = SqliteLedger::open(&project.root().join("masthead.db")).unwrap();
    let broadcast = ledger.broadcasts().unwrap().remove(0);
    let letters = FormLetters::new(&broadcast.content, &ledger.keys().unwrap()).unwrap();
    let brief = Duration::from_millis(300);
    let timeouts = Timeouts { mail: brief, verdict: brief, ..Timeouts::default() };
    let options = TransportOptions { timeouts, ..TransportOptions::default() };
    let relay = RelaySettings { connections: 1, ..RelaySettings::new("127.0.0.1", port, Protection::Plain) };
    let transport = SmtpTransport::with_options(relay, None, options).unwrap();
    let clock = FakeClock::new();
    clock.set_wall(broadcast.sealed_at - clock.now() + TimeDelta::minutes(1));
    let runner = Runner { transport, letters, clock, progress: Arc::new(Notes::default()) };
    let options = RunOptions {
        wait_for_deferred: WaitForDeferred::No,
        ..RunOptions::new(broadcast.id, "a runner with short timeouts")
    };
    let (_switch, stop) = stop_switch();
    runner.run(Box::new(ledger), options, stop).await;
}
