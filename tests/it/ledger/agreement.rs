//! Whatever is asked in whatever order, every other ledger answers as the reference does.

use crate::ledger::world::{
    LEASE, Place, Store, address, at, candidate, content, intent, subscriber, verdict,
};
use masthead::domain::{
    broadcast::BroadcastId,
    delivery::{Claim, DeliveryEvent as Event, DeliveryState as State},
    subscriber::SubscriberStatus,
    suppression::SuppressionReason as Reason,
};
use proptest::{prelude::*, sample::select};

#[derive(Clone, Debug)]
enum Call {
    StageAndSeal { edition: u32, readers: Vec<u8> },
    Claim { worker: u8, limit: usize },
    Commit { claim: usize },
    Record { claim: usize, event: Event, pause: Option<i64> },
    Heartbeat { worker: u8, until: i64 },
    Recover { worker: Option<u8> },
    Resolve { from: State, named: Option<usize>, event: Event },
    Suppress { reader: u8, scope: &'static str, reason: Reason },
    Lift { reader: u8, scope: &'static str },
    Import { readers: Vec<(u8, bool)>, keep: bool },
    Remove { reader: u8 },
    Reserve { count: u32 },
    Wait { seconds: i64 },
}

const EVENTS: [Event; 12] = [
    Event::Claim,
    Event::Release,
    Event::Commit,
    Event::Accept,
    Event::Defer,
    Event::Fail,
    Event::Bounce,
    Event::Lose,
    Event::Resend,
    Event::Suppress,
    Event::Expire,
    Event::Cancel,
];
const SCOPES: [&str; 3] = ["*", "starsom", "other"];

fn a_call() -> impl Strategy<Value = Call> {
    let readers = || proptest::collection::vec(0..8_u8, 0..8);
    let marked = proptest::collection::vec((0..8_u8, any::<bool>()), 0..6);
    let event = || select(EVENTS.to_vec());
    let scope = || select(SCOPES.to_vec());
    prop_oneof![
        1 => (0..2_u32, readers()).prop_map(|(edition, readers)| Call::StageAndSeal { edition, readers }),
        4 => (0..2_u8, 0..5_usize).prop_map(|(worker, limit)| Call::Claim { worker, limit }),
        4 => (0..12_usize).prop_map(|claim| Call::Commit { claim }),
        5 => (0..12_usize, event(), proptest::option::of(-50..200_i64))
            .prop_map(|(claim, event, pause)| Call::Record { claim, event, pause }),
        1 => (0..2_u8, 0..400_i64).prop_map(|(worker, until)| Call::Heartbeat { worker, until }),
        2 => proptest::option::of(0..2_u8).prop_map(|worker| Call::Recover { worker }),
        2 => (select(State::ALL.to_vec()), proptest::option::of(0..12_usize), event())
            .prop_map(|(from, named, event)| Call::Resolve { from, named, event }),
        2 => (0..8_u8, scope(), select(Reason::ALL.to_vec()))
            .prop_map(|(reader, scope, reason)| Call::Suppress { reader, scope, reason }),
        1 => (0..8_u8, scope()).prop_map(|(reader, scope)| Call::Lift { reader, scope }),
        2 => (marked, any::<bool>()).prop_map(|(readers, keep)| Call::Import { readers, keep }),
        1 => (0..8_u8).prop_map(|reader| Call::Remove { reader }),
        1 => (0..20_u32).prop_map(|count| Call::Reserve { count }),
        2 => (0..150_i64).prop_map(|seconds| Call::Wait { seconds }),
    ]
}

/// Readers 6 and 7 are other spellings of 0 and 1.
fn spelled(reader: u8) -> String {
    if reader < 6 {
        format!("reader{reader}@example.org")
    } else {
        format!("Reader{}@EXAMPLE.org", reader - 6)
    }
}

/// One ledger on its way through the calls.
struct Walker {
    ledger: Box<dyn Store>,
    claims: Vec<Claim>,
    now: i64,
}

impl Walker {
    fn new(place: &Place) -> Self {
        Self { ledger: place.open(), claims: Vec::new(), now: 0 }
    }

    fn newest(&mut self) -> BroadcastId {
        self.ledger.broadcasts().expect("listed").first().map_or(BroadcastId(0), |broadcast| broadcast.id)
    }

    fn claimed(&self, index: usize) -> Option<Claim> {
        (!self.claims.is_empty()).then(|| self.claims[index % self.claims.len()].clone())
    }

    /// Does the call and tells what was answered.
    fn answer(&mut self, call: &Call) -> String {
        let (broadcast, now) = (self.newest(), at(self.now));
        match call {
            Call::StageAndSeal { edition, readers } => {
                let content = content("starsom", *edition);
                let candidates = readers.iter().map(|reader| candidate(&spelled(*reader))).collect();
                self.ledger.begin_staging("starsom").expect("begun");
                let staged = self.ledger.stage(candidates).expect("staged");
                let sealed = self.ledger.seal(&content, &format!("{readers:?}"), now);
                format!("{staged:?} {:?}", sealed.map_err(|error| error.to_string()))
            }
            Call::Claim { worker, limit } => {
                let mut claims = self
                    .ledger
                    .claim(broadcast, &format!("worker {worker}"), *limit, now, LEASE)
                    .expect("claimed");
                claims.sort_by_key(|claim| claim.subscriber.address.clone());
                let told = claims.iter().map(told).collect::<Vec<_>>().join("; ");
                self.claims.extend(claims);
                told
            }
            Call::Commit { claim } => self.claimed(*claim).map_or_else(String::new, |claim| {
                format!("{:?}", self.ledger.commit(&[intent(&claim)], now).expect("answered"))
            }),
            Call::Record { claim, event, pause } => self.claimed(*claim).map_or_else(String::new, |claim| {
                let mut record = verdict(&claim, *event);
                record.next_attempt_at = pause.map(|pause| at(self.now + pause));
                format!("{:?}", self.ledger.record(&[record], now).expect("answered"))
            }),
            Call::Heartbeat { worker, until } => {
                let until = at(self.now + until);
                self.ledger
                    .heartbeat(broadcast, &format!("worker {worker}"), until)
                    .expect("done")
                    .to_string()
            }
            Call::Recover { worker } => {
                let worker = worker.map(|worker| format!("worker {worker}"));
                format!("{:?}", self.ledger.recover(broadcast, worker.as_deref(), now).expect("recovered"))
            }
            Call::Resolve { from, named, event } => {
                let only = named.and_then(|index| self.claimed(index)).map(|claim| [claim.delivery]);
                let only = only.as_ref().map(<[_; 1]>::as_slice);
                self.ledger.resolve(broadcast, *from, only, *event, "note", now).expect("done").to_string()
            }
            _ => self.answer_about_readers(call),
        }
    }

    fn answer_about_readers(&mut self, call: &Call) -> String {
        let now = at(self.now);
        match call {
            Call::Suppress { reader, scope, reason } => {
                let address = address(&spelled(*reader));
                self.ledger.suppress(&address, scope, *reason, "test", now).expect("done").to_string()
            }
            Call::Lift { reader, scope } => {
                self.ledger.lift_suppression(&address(&spelled(*reader)), scope).expect("done").to_string()
            }
            Call::Import { readers, keep } => {
                let rows: Vec<_> = readers.iter().map(|(reader, left)| row(*reader, *left)).collect();
                self.ledger.begin_import().expect("begun");
                self.ledger.import(&rows, "list.csv", now).expect("imported");
                format!("{:?}", self.ledger.finish_import(*keep).expect("finished"))
            }
            Call::Remove { reader } => {
                self.ledger.remove_subscriber(&address(&spelled(*reader))).expect("done").to_string()
            }
            Call::Reserve { count } => {
                self.ledger.reserve("relay", *count, LEASE / 100, now).expect("reserved").to_string()
            }
            Call::Wait { seconds } => {
                self.now += seconds;
                String::new()
            }
            _ => unreachable!("told above"),
        }
    }

    /// Tells everything that can be seen of a ledger.
    fn sight(&mut self) -> String {
        let broadcast = self.newest();
        let mut lines = vec![
            format!("{:?}", self.ledger.tally(broadcast).expect("counted")),
            format!("{:?}", self.ledger.next_due(broadcast).expect("read")),
            format!(
                "{:?}",
                self.ledger.broadcasts().expect("listed").iter().map(|b| b.state).collect::<Vec<_>>()
            ),
        ];
        for state in State::ALL {
            let reports = self.ledger.deliveries(broadcast, state, 99).expect("listed");
            let mut told: Vec<_> = reports
                .iter()
                .map(|one| format!("{state} {} {} {:?}", one.address.expose(), one.attempts, one.detail))
                .collect();
            told.sort();
            lines.append(&mut told);
        }
        let entries = self.ledger.suppressions().expect("listed");
        let mut told: Vec<_> = entries
            .iter()
            .map(|one| {
                format!("{:?} {} {:?} {} {:?}", one.address, one.scope, one.reason, one.since, one.evidence)
            })
            .collect();
        told.sort();
        lines.append(&mut told);
        self.ledger
            .for_each_subscriber(&mut |one| {
                lines.push(format!(
                    "{} {:?} {:?} {:?}",
                    one.address.expose(),
                    one.name,
                    one.topics,
                    one.status
                ));
                true
            })
            .expect("read");
        lines.join("\n")
    }
}

fn row(reader: u8, left: bool) -> masthead::domain::subscriber::Subscriber {
    let status = if left { SubscriberStatus::Unsubscribed } else { SubscriberStatus::Active };
    let mut row = subscriber(&spelled(reader));
    row.status = status;
    row.name = (!reader.is_multiple_of(3)).then(|| format!("Name {left}"));
    row
}

fn told(claim: &Claim) -> String {
    let address = claim.subscriber.address.expose();
    format!("{address} {} {} {} {:?}", claim.fence, claim.attempt, claim.variant, claim.repeat)
}

/// Has a ledger and the reference do the same and compares all they say.
fn check(place: &Place, calls: &[Call]) -> Result<(), TestCaseError> {
    // Limits cut lists in the order of names, which differ by secret: both ledgers must have the same one.
    let keys = place.open().keys().expect("secrets");
    let memory = Place::Memory(masthead::ledger::memory::MemoryLedger::new(keys));
    let (mut reference, mut other) = (Walker::new(&memory), Walker::new(place));
    for call in calls {
        let (expected, answered) = (reference.answer(call), other.answer(call));
        prop_assert_eq!(expected, answered, "{:?}", call);
    }
    prop_assert_eq!(reference.sight(), other.sight());
    Ok(())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn random_calls_are_answered_alike(calls in proptest::collection::vec(a_call(), 1..60)) {
        check(&Place::file(), &calls)?;
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn random_calls_are_answered_alike_by_a_database(calls in proptest::collection::vec(a_call(), 1..60)) {
        check(&Place::shared(), &calls)?;
    }

    #[test]
    fn random_calls_are_answered_alike_through_a_journal(calls in proptest::collection::vec(a_call(), 1..60)) {
        let file = Place::journal();
        let keys = file.open().keys().expect("secrets");
        let memory = Place::Memory(masthead::ledger::memory::MemoryLedger::new(keys));
        let (mut reference, mut journaled) = (Walker::new(&memory), Walker::new(&file));
        for call in &calls {
            let (expected, answered) = (reference.answer(call), journaled.answer(call));
            prop_assert_eq!(expected, answered, "{:?}", call);
        }
        prop_assert_eq!(reference.sight(), journaled.sight());
    }
}
