//! A ledger, a relay and a clock that outlive the runs of a test.

use crate::support::{
    clock::FakeClock,
    relay::{Mailboxes, Moods, PlainLetters, Relay},
    sealed,
};
use masthead::{
    delivery::ports::Ledger,
    domain::{
        broadcast::{BroadcastId, Tally},
        delivery::DeliveryState,
    },
    ledger::memory::MemoryLedger,
    runner::{
        options::RunOptions,
        progress::{Progress, RunEvent},
        report::RunReport,
        run::Runner,
        stop::{StopSwitch, stop_switch},
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Keeps every event that is not a mere sum.
#[derive(Default)]
pub(crate) struct Notes(Mutex<Vec<RunEvent>>);

impl Progress for Notes {
    fn note(&self, event: RunEvent) {
        if !matches!(event, RunEvent::Progress(_)) {
            self.0.lock().unwrap().push(event);
        }
    }
}

impl Notes {
    pub(crate) fn count(&self, is_meant: impl Fn(&RunEvent) -> bool) -> usize {
        self.0.lock().unwrap().iter().filter(|event| is_meant(event)).count()
    }
}

pub(crate) struct World {
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) store: MemoryLedger,
    pub(crate) relay: Relay,
    pub(crate) broadcast: BroadcastId,
    pub(crate) readers: usize,
    pub(crate) notes: Arc<Notes>,
}

impl World {
    /// Seals a broadcast to so many readers, before a relay in these moods.
    pub(crate) fn new(readers: usize, moods: Moods) -> Self {
        let clock = FakeClock::new();
        let mut store = MemoryLedger::default();
        let broadcast = sealed::seal(&mut store, readers, &*clock);
        Self { clock, store, relay: Relay::new(moods), broadcast, readers, notes: Arc::default() }
    }

    pub(crate) fn options(&self) -> RunOptions {
        RunOptions { inherits_name: true, ..RunOptions::new(self.broadcast, "desk/1") }
    }

    pub(crate) fn mailboxes(&self) -> &Mailboxes {
        &self.relay.mailboxes
    }

    /// Returns a runner on this world's relay and clock.
    pub(crate) fn runner(&self) -> Runner<Relay, PlainLetters> {
        Runner {
            transport: self.relay.clone(),
            letters: PlainLetters,
            clock: self.clock.clone(),
            progress: self.notes.clone(),
        }
    }

    /// Runs with nobody at the switch.
    pub(crate) async fn run(&self, options: RunOptions) -> RunReport {
        let (_switch, stop) = stop_switch();
        self.runner().run(Box::new(self.store.connect()), options, stop).await
    }

    /// Runs while `hand` has the switch.
    pub(crate) async fn run_with<F: Future<Output = StopSwitch>>(
        &self,
        options: RunOptions,
        hand: impl FnOnce(StopSwitch) -> F,
    ) -> RunReport {
        let (switch, stop) = stop_switch();
        let run = self.runner().run(Box::new(self.store.connect()), options, stop);
        let (report, _switch) = tokio::join!(run, hand(switch));
        report
    }

    pub(crate) fn tally(&self) -> Tally {
        self.store.connect().tally(self.broadcast).unwrap()
    }

    pub(crate) fn states(&self) -> BTreeMap<String, DeliveryState> {
        sealed::states(&mut self.store.connect(), self.broadcast)
    }

    /// Checks that nobody is forgotten and nobody was mailed twice.
    #[track_caller]
    pub(crate) fn check_everybody(&self, what: &dyn std::fmt::Debug) {
        let states = self.states();
        assert_eq!(states.len(), self.readers, "{what:?}: everybody has a state");
        for (address, state) in states {
            let mails = self.mailboxes().of(&address);
            match state {
                DeliveryState::Sent => assert_eq!(mails, 1, "{what:?}: {address} is sent"),
                DeliveryState::InDoubt => assert!(mails <= 1, "{what:?}: {address} got {mails}"),
                state if state.is_settled() => assert_eq!(mails, 0, "{what:?}: {address} is {state}"),
                state => panic!("{what:?}: {address} was left {state}"),
            }
        }
    }
}
