//! A ledger, a relay and a clock that outlive the runs of a test.

use crate::support::{
    clock::FakeClock,
    relay::{Mailboxes, Moods, PlainLetters, Relay},
    sealed,
    store::Store,
};
use masthead::{
    domain::{
        broadcast::{BroadcastId, Tally},
        delivery::{DeliveryEvent, DeliveryState},
        suppression::SuppressionReason,
        time::Clock,
    },
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
    pub(crate) store: Store,
    pub(crate) relay: Relay,
    pub(crate) broadcast: BroadcastId,
    pub(crate) readers: usize,
    pub(crate) notes: Arc<Notes>,
    /// Who left, and with how many mails.
    left: Mutex<Vec<(String, usize)>>,
}

impl World {
    /// Seals a broadcast to so many readers, before a relay in these moods.
    pub(crate) fn new(readers: usize, moods: Moods) -> Self {
        Self::on(Store::memory(), readers, moods)
    }

    /// The same on a store of choice.
    pub(crate) fn on(store: Store, readers: usize, moods: Moods) -> Self {
        let mut world = Self::unsealed(store, readers, moods);
        world.broadcast = world.store.look(|ledger| sealed::seal(ledger, readers, &*world.clock));
        world
    }

    /// A world in which nothing is sealed yet: whoever does must set `broadcast`.
    pub(crate) fn unsealed(store: Store, readers: usize, moods: Moods) -> Self {
        Self {
            clock: FakeClock::new(),
            store,
            relay: Relay::new(moods),
            broadcast: BroadcastId(0),
            readers,
            notes: Arc::default(),
            left: Mutex::default(),
        }
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
        self.runner().run(self.store.connect(), options, stop).await
    }

    /// Runs while `hand` has the switch.
    pub(crate) async fn run_with<F: Future<Output = StopSwitch>>(
        &self,
        options: RunOptions,
        hand: impl FnOnce(StopSwitch) -> F,
    ) -> RunReport {
        let (switch, stop) = stop_switch();
        let run = self.runner().run(self.store.connect(), options, stop);
        let (report, _switch) = tokio::join!(run, hand(switch));
        report
    }

    pub(crate) fn tally(&self) -> Tally {
        self.store.look(|ledger| ledger.tally(self.broadcast).unwrap())
    }

    pub(crate) fn states(&self) -> BTreeMap<String, DeliveryState> {
        self.store.look(|ledger| sealed::states(ledger, self.broadcast))
    }

    /// One reader leaves. Whoever was not between commit and verdict at that moment gets no mail any more.
    pub(crate) fn leave(&self, number: usize) {
        let (who, reason) = (sealed::address(number), SuppressionReason::Unsubscribed);
        let now = self.clock.now();
        self.store.look(|ledger| ledger.suppress(&who, "starsom", reason, "test", now)).unwrap();
        let address = who.expose();
        let is_on_its_way =
            matches!(self.states().get(&address), Some(DeliveryState::Committing | DeliveryState::InDoubt));
        if !is_on_its_way {
            let mails = self.mailboxes().of(&address);
            self.left.lock().unwrap().push((address, mails));
        }
    }

    /// Settles what is in doubt as a person does who can look into the relay's mailboxes.
    pub(crate) fn settle_doubts(&self) {
        self.store.look(|ledger| {
            for report in ledger.deliveries(self.broadcast, DeliveryState::InDoubt, usize::MAX).unwrap() {
                let has_arrived = self.mailboxes().of(&report.address.expose()) > 0;
                let event = if has_arrived { DeliveryEvent::Accept } else { DeliveryEvent::Resend };
                let (from, now) = (DeliveryState::InDoubt, self.clock.now());
                let settled = ledger.resolve(self.broadcast, from, Some(&[report.id]), event, "looked", now);
                assert_eq!(settled.unwrap(), 1);
            }
        });
    }

    /// Checks that nobody is forgotten and nobody was mailed twice.
    #[track_caller]
    pub(crate) fn check_everybody(&self, what: &dyn std::fmt::Debug) {
        if let Err(wrong) = self.everybody() {
            panic!("{what:?}: {wrong}");
        }
    }

    /// Returns what is wrong: somebody forgotten, mailed twice, mailed after leaving, or sums that do not add up.
    pub(crate) fn everybody(&self) -> Result<(), String> {
        let (states, tally) = (self.states(), self.tally());
        let mut wrong = Vec::new();
        if states.len() != self.readers {
            wrong.push(format!("{} of {} readers have a state", states.len(), self.readers));
        }
        for state in DeliveryState::ALL {
            let count = states.values().filter(|one| **one == state).count() as u64;
            if tally.of(state) != count {
                wrong.push(format!("the tally says {} {state}, and there are {count}", tally.of(state)));
            }
        }
        for (address, state) in states {
            let mails = self.mailboxes().of(&address);
            let is_right = match state {
                DeliveryState::Sent => mails == 1,
                DeliveryState::InDoubt => mails <= 1,
                state => state.is_settled() && mails == 0,
            };
            if !is_right {
                wrong.push(format!("{address} is {state} and got {mails}"));
            }
        }
        for (address, mails) in &*self.left.lock().unwrap() {
            let now = self.mailboxes().of(address);
            if now != *mails {
                wrong.push(format!("{address} had left with {mails} and got {now}"));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }
}
