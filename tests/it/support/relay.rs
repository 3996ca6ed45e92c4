//! A relay in memory that counts what arrives, with moods that a test chooses.

use crate::support::power::Power;
use masthead::{
    delivery::{
        letters::{Letter, LetterDesk, Letters},
        ports::{Envelope, Following, Session, Transport},
    },
    domain::{
        address::EmailAddress,
        delivery::Claim,
        outcome::{Action, Outcome, Phase, Reply, Scope, Verdict},
        problem::Problems,
    },
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// What the relay does with a final dot.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Whether the message is in the mailbox afterwards.
    pub(crate) delivers: bool,
    /// What the sender hears.
    pub(crate) outcome: Outcome,
    /// Time it takes.
    pub(crate) after: Duration,
    /// Whether the session is gone afterwards.
    pub(crate) closes: bool,
}

impl Answer {
    /// 250.
    pub(crate) fn accepted() -> Self {
        let reply = Reply { code: 250, enhanced: None, text: "queued as 4F2".to_owned() };
        let outcome = Outcome::Accepted { reply, remote_id: Some("4F2".to_owned()) };
        Self { delivers: true, outcome, after: Duration::ZERO, closes: false }
    }

    /// Anything else; nothing is delivered.
    pub(crate) fn other(outcome: Outcome) -> Self {
        Self { delivers: false, outcome, after: Duration::ZERO, closes: false }
    }
}

/// What a begun message comes to, by the number of the call and the recipient.
type OnBegin = Box<dyn Fn(usize, &str) -> Option<Outcome> + Send + Sync>;

/// What a final dot comes to, likewise.
type OnFinish = Box<dyn Fn(usize, &str) -> Answer + Send + Sync>;

/// How a relay behaves; the default takes everything. Each is asked with the number of the call.
pub(crate) struct Moods {
    /// Also told how many sessions are open.
    pub(crate) connect: Box<dyn Fn(usize, usize) -> Option<Outcome> + Send + Sync>,
    pub(crate) begin: OnBegin,
    pub(crate) finish: OnFinish,
}

impl Default for Moods {
    fn default() -> Self {
        Self {
            connect: Box::new(|_, _| None),
            begin: Box::new(|_, _| None),
            finish: Box::new(|_, _| Answer::accepted()),
        }
    }
}

/// Returns a refusal.
pub(crate) fn refused(phase: Phase, code: u16, scope: Scope, action: Action) -> Outcome {
    let reply = Reply { code, enhanced: None, text: "so says the relay".to_owned() };
    Outcome::Refused { phase, reply, verdict: Verdict::new(scope, action) }
}

/// Returns a broken line.
pub(crate) fn broken(phase: Phase) -> Outcome {
    Outcome::Broken { phase, cause: "the line broke".to_owned() }
}

/// One message in a mailbox.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) octets: Vec<u8>,
}

/// What the world has seen; outlives every process.
#[derive(Default)]
pub(crate) struct Mailboxes {
    arrived: Mutex<BTreeMap<String, Vec<Arrival>>>,
    connects: AtomicUsize,
    begins: AtomicUsize,
    finishes: AtomicUsize,
    open: AtomicUsize,
    open_max: AtomicUsize,
}

impl Mailboxes {
    pub(crate) fn of(&self, address: &str) -> usize {
        self.arrived.lock().unwrap().get(address).map_or(0, Vec::len)
    }
    pub(crate) fn total(&self) -> usize {
        self.arrived.lock().unwrap().values().map(Vec::len).sum()
    }
    /// Returns when messages arrived, in order.
    pub(crate) fn times(&self) -> Vec<Instant> {
        let arrived = self.arrived.lock().unwrap();
        let mut times: Vec<Instant> = arrived.values().flatten().map(|arrival| arrival.at).collect();
        times.sort();
        times
    }
    /// Returns the messages of one mailbox.
    pub(crate) fn messages(&self, address: &str) -> Vec<Vec<u8>> {
        let arrived = self.arrived.lock().unwrap();
        arrived.get(address).into_iter().flatten().map(|arrival| arrival.octets.clone()).collect()
    }
    pub(crate) fn connects(&self) -> usize {
        self.connects.load(Ordering::SeqCst)
    }
    pub(crate) fn begins(&self) -> usize {
        self.begins.load(Ordering::SeqCst)
    }
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
    pub(crate) fn open_max(&self) -> usize {
        self.open_max.load(Ordering::SeqCst)
    }
}

/// The way to the mailboxes, as one process has it.
#[derive(Clone)]
pub(crate) struct Relay {
    pub(crate) mailboxes: Arc<Mailboxes>,
    pub(crate) moods: Arc<Moods>,
    pub(crate) power: Arc<Power>,
}

impl Relay {
    pub(crate) fn new(moods: Moods) -> Self {
        Self { mailboxes: Arc::default(), moods: Arc::new(moods), power: Power::cut_at(None) }
    }

    async fn on_power<T>(&self, effect: impl FnOnce() -> T) -> T {
        match self.power.run(effect) {
            Some(result) => result,
            // Without power nothing is ever heard again.
            None => std::future::pending().await,
        }
    }
}

impl Transport for Relay {
    type Session = RelaySession;

    async fn connect(&self) -> Result<RelaySession, Outcome> {
        self.on_power(|| {
            let call = self.mailboxes.connects.fetch_add(1, Ordering::SeqCst);
            if let Some(outcome) = (self.moods.connect)(call, self.mailboxes.open()) {
                return Err(outcome);
            }
            let open = self.mailboxes.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.mailboxes.open_max.fetch_max(open, Ordering::SeqCst);
            Ok(RelaySession { relay: self.clone(), message: None, is_usable: true })
        })
        .await
    }

    fn name(&self) -> String {
        "smtps://relay.example.org:465".to_owned()
    }
}

/// One session with the relay.
pub(crate) struct RelaySession {
    relay: Relay,
    message: Option<(String, Vec<u8>)>,
    is_usable: bool,
}

impl Drop for RelaySession {
    fn drop(&mut self) {
        self.relay.mailboxes.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Session for RelaySession {
    async fn begin(&mut self, envelope: &Envelope, pieces: &[&[u8]]) -> Result<(), Outcome> {
        assert!(self.is_usable && !pieces.is_empty());
        let to = envelope.to.expose();
        let relay = self.relay.clone();
        let begun = relay
            .on_power(|| {
                let call = relay.mailboxes.begins.fetch_add(1, Ordering::SeqCst);
                (relay.moods.begin)(call, &to)
            })
            .await;
        self.message = Some((to, pieces.concat()));
        match begun {
            None => Ok(()),
            Some(outcome) => {
                self.is_usable = matches!(outcome, Outcome::Refused { .. });
                Err(outcome)
            }
        }
    }

    async fn finish(&mut self, _following: Option<Following<'_>>) -> Outcome {
        let (to, octets) = self.message.take().expect("a message was begun");
        let relay = self.relay.clone();
        let answer = relay
            .on_power(|| {
                let call = relay.mailboxes.finishes.fetch_add(1, Ordering::SeqCst);
                let answer = (relay.moods.finish)(call, &to);
                if answer.delivers {
                    let mut arrived = relay.mailboxes.arrived.lock().unwrap();
                    let arrival = Arrival { at: Instant::now(), octets };
                    arrived.entry(to.clone()).or_default().push(arrival);
                }
                answer
            })
            .await;
        if !answer.after.is_zero() {
            tokio::time::sleep(answer.after).await;
        }
        self.is_usable =
            !answer.closes && matches!(answer.outcome, Outcome::Accepted { .. } | Outcome::Refused { .. });
        answer.outcome
    }

    fn is_usable(&self) -> bool {
        self.is_usable
    }

    async fn abandon(self) {}

    async fn quit(self) {}
}

/// Letters of one line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PlainLetters;

/// The octets of such a letter.
#[derive(Debug, Default)]
pub(crate) struct OneLine(Vec<u8>);

impl LetterDesk for OneLine {
    fn pieces(&self) -> Vec<&[u8]> {
        vec![&self.0]
    }
}

impl Letters for PlainLetters {
    type Desk = OneLine;

    fn fill(&self, claim: &Claim, date: i64, desk: &mut OneLine) -> Result<Letter, Problems> {
        desk.0 = format!("Date: {date}\r\n\r\nDear {:?}\r\n", claim.subscriber.name).into_bytes();
        Ok(Letter {
            sha256: format!("{:064x}", desk.0.len()),
            message_id: format!("{}@example.org", claim.delivery.0),
            envelope: Envelope {
                from: EmailAddress::parse("bounces@example.org").unwrap(),
                to: claim.subscriber.address.clone(),
                envelope_id: format!("d{}", claim.delivery.0),
            },
        })
    }
}
