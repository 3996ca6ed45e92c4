//! What a run knows of the providers it sends to: their pace, who waits for a turn, what was refused.

use crate::{
    delivery::{
        breakers::{BRAKE_TIME, Breakers, Noted, Tripped},
        pace::Pace,
        ports::Gone,
        providers::ProviderId,
        throttle::Grant,
    },
    domain::{
        delivery::{Claim, DeliveryId},
        outcome::Measure,
        time::Clock,
    },
    runner::report::{ProviderCounts, ProviderReport},
};
use chrono::{DateTime, Utc};
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// Claims of one provider that wait here for their turn; what comes beyond goes back to the ledger.
const HELD_MAX: usize = 64;

/// What goes back to the ledger comes again after this at the earliest.
const PUT_OFF_MIN: Duration = Duration::from_secs(10);

/// So many different providers that complain within a minute are no accident: it is the relay.
const COMPLAINTS_OF_A_RELAY: usize = 3;

/// How long a complaint counts for that.
const COMPLAINT_LASTS: Duration = Duration::from_mins(1);

/// Mailboxes that are gone and wait to be suppressed; a list that bad stops by other means.
const GONE_MAX: usize = 50_000;

/// What becomes of a claim that a connection has taken.
pub(crate) enum Admission {
    /// It may go.
    Go(Claim),
    /// It waits here for its turn.
    Held,
    /// Its provider rests, or too many wait: not before this moment. The provider is named when the ledger should
    /// put off the others of it as well.
    PutOff(Claim, DateTime<Utc>, Option<ProviderId>),
}

#[derive(Default)]
struct State {
    pace: Pace,
    rests_until: Option<DateTime<Utc>>,
    in_flight: HashSet<DeliveryId>,
    held: VecDeque<Claim>,
    /// Claims whose turn has come and that are on their way back to a connection.
    passed: HashSet<DeliveryId>,
    grant: Option<Grant>,
    turn: Option<DateTime<Utc>>,
}

impl State {
    fn has_room(&self) -> bool {
        self.pace.limit().is_none_or(|limit| self.in_flight.len() < limit)
    }
}

#[derive(Default)]
struct Inside {
    states: BTreeMap<ProviderId, State>,
    breakers: Breakers,
    counts: BTreeMap<ProviderId, ProviderCounts>,
    complaints: Vec<(ProviderId, Duration)>,
    /// In the order of the moments at which they were noted.
    gone: Vec<(Duration, ProviderId, Gone)>,
    suppressed: u64,
}

/// One for all connections of a run.
pub(crate) struct Providers {
    clock: Arc<dyn Clock>,
    inside: Mutex<Inside>,
    /// Whether anybody is held back at all: while not, nothing is looked up.
    is_anyone_held_back: AtomicBool,
    /// Rung when a claim begins to wait for its turn.
    waiting: Notify,
}

impl Providers {
    /// Returns providers of which nothing is known.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let is_anyone_held_back = AtomicBool::new(false);
        Self { clock, inside: Mutex::default(), is_anyone_held_back, waiting: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides whether a claim may go now.
    pub(crate) fn admit(&self, claim: Claim) -> Admission {
        if !self.is_anyone_held_back.load(Ordering::Relaxed) {
            return Admission::Go(claim);
        }
        let provider = ProviderId::of(&claim.subscriber.address);
        let now = self.clock.now();
        let mut inside = self.lock();
        let Some(state) = inside.states.get_mut(&provider) else { return Admission::Go(claim) };
        if let Some(until) = state.rests_until.filter(|until| *until > now) {
            state.passed.remove(&claim.delivery);
            state.in_flight.remove(&claim.delivery);
            return Admission::PutOff(claim, until, None);
        }
        state.rests_until = None;
        if state.passed.remove(&claim.delivery) {
            return Admission::Go(claim);
        }
        if state.pace.is_free() {
            return Admission::Go(claim);
        }
        if state.held.is_empty() && state.pace.interval().is_none() && state.has_room() {
            state.in_flight.insert(claim.delivery);
            return Admission::Go(claim);
        }
        if state.held.len() < HELD_MAX {
            state.held.push_back(claim);
            self.waiting.notify_one();
            return Admission::Held;
        }
        let drained = state.pace.interval().unwrap_or_default() * u32::try_from(HELD_MAX / 2).unwrap_or(1);
        Admission::PutOff(claim, now + drained.max(PUT_OFF_MIN), Some(provider))
    }

    /// Says that a claim is no longer on its way.
    pub(crate) fn landed(&self, claim: &Claim) {
        if !self.is_anyone_held_back.load(Ordering::Relaxed) {
            return;
        }
        let provider = ProviderId::of(&claim.subscriber.address);
        if let Some(state) = self.lock().states.get_mut(&provider) {
            state.in_flight.remove(&claim.delivery);
        }
    }

    /// Returns when some claim waits for its turn. For the one who ushers them in.
    pub(crate) async fn anyone_waits(&self) {
        while self.lock().states.values().all(|state| state.held.is_empty()) {
            self.waiting.notified().await;
        }
    }

    /// Returns the providers for which a turn has to be asked for, and the time between two turns.
    pub(crate) fn waiting_for_turns(&self) -> Vec<(ProviderId, Duration)> {
        let inside = self.lock();
        let waiting =
            inside.states.iter().filter(|(_, state)| !state.held.is_empty() && state.turn.is_none());
        let waiting =
            waiting.filter_map(|(provider, state)| Some((provider.clone(), state.pace.interval()?)));
        waiting.collect()
    }

    /// Takes turns that the ledger granted.
    pub(crate) fn grant(&self, provider: &ProviderId, mut grant: Grant) {
        if let Some(state) = self.lock().states.get_mut(provider) {
            state.turn = grant.take();
            state.grant = Some(grant);
        }
    }

    /// Returns the claims that may go now.
    pub(crate) fn due(&self) -> Vec<Claim> {
        let now = self.clock.now();
        let mut due = Vec::new();
        for state in self.lock().states.values_mut() {
            while state.has_room() && !state.held.is_empty() {
                if state.pace.interval().is_some() {
                    if state.turn.is_none_or(|turn| turn > now) {
                        break;
                    }
                    state.turn = state.grant.as_mut().and_then(Grant::take);
                }
                if let Some(claim) = state.held.pop_front() {
                    state.in_flight.insert(claim.delivery);
                    state.passed.insert(claim.delivery);
                    due.push(claim);
                }
            }
        }
        due
    }

    /// Returns everything that waits here, because its provider rests or the run ends.
    pub(crate) fn drain(&self, only: Option<&ProviderId>) -> Vec<Claim> {
        let mut inside = self.lock();
        let meant =
            inside.states.iter_mut().filter(|(provider, _)| only.is_none_or(|only| only == *provider));
        meant.flat_map(|(_, state)| state.held.drain(..)).collect()
    }

    /// Notes what an attempt came to; returns what tripped because of it, and whether "no such mailbox" of this
    /// provider is not believed.
    pub(crate) fn note(&self, provider: &ProviderId, noted: Noted, words: &str) -> (Option<Tripped>, bool) {
        let now = self.clock.monotonic();
        let group = provider.group();
        let mut inside = self.lock();
        if !inside.counts.contains_key(&group) {
            inside.counts.insert(group.clone(), ProviderCounts::default());
        }
        if let Some(counts) = inside.counts.get_mut(&group) {
            counts.add(noted);
        }
        if noted == Noted::Sent
            && let Some(state) = inside.states.get_mut(provider)
        {
            state.pace.accepted(now);
        } else if noted == Noted::Sent && provider.is_known() {
            inside.states.entry(provider.clone()).or_default().pace.accepted(now);
        }
        let tripped = inside.breakers.note(&group, noted, words, now);
        let is_braked = inside.breakers.is_braked(&group);
        (tripped, is_braked)
    }

    /// Notes a mailbox that is gone, to be suppressed when it has settled.
    pub(crate) fn gone(&self, provider: &ProviderId, gone: Gone) {
        let now = self.clock.monotonic();
        let mut inside = self.lock();
        if inside.gone.len() < GONE_MAX {
            inside.gone.push((now, provider.group(), gone));
        }
    }

    /// Returns the moment before which marks have settled: an accident that shows now began later.
    pub(crate) fn settled_by(&self) -> Duration {
        // At the very beginning there is no such moment; nothing was noted then either.
        self.clock.monotonic().saturating_sub(BRAKE_TIME)
    }

    /// Returns the mailboxes noted before `by`, without those of providers that may have had an accident.
    pub(crate) fn gone_by(&self, by: Duration) -> Vec<Gone> {
        let inside = self.lock();
        let noted = inside.gone.iter().take_while(|(at, ..)| *at < by);
        let believed = noted.filter(|(_, provider, _)| !inside.breakers.is_braked(provider));
        believed.map(|(.., gone)| gone.clone()).collect()
    }

    /// Forgets the marks noted before `by`: they are in the ledger, `new` of them for the first time.
    pub(crate) fn suppressed(&self, by: Duration, new: u64) {
        let mut inside = self.lock();
        inside.suppressed += new;
        inside.gone.retain(|(at, ..)| *at >= by);
    }

    /// Returns how many mailboxes this run has suppressed.
    pub(crate) fn suppressed_gone(&self) -> u64 {
        self.lock().suppressed
    }

    /// Counts a complaint; returns whether so many providers complain that it must be the relay.
    pub(crate) fn complained(&self, provider: &ProviderId) -> bool {
        let now = self.clock.monotonic();
        let mut inside = self.lock();
        inside
            .complaints
            .retain(|(other, at)| other != provider && now.saturating_sub(*at) < COMPLAINT_LASTS);
        inside.complaints.push((provider.clone(), now));
        inside.complaints.len() >= COMPLAINTS_OF_A_RELAY
    }

    /// Carries a measure out; returns how long the provider rests, and the pace from then on.
    pub(crate) fn heed(
        &self,
        provider: &ProviderId,
        measure: Measure,
        time: Option<Duration>,
        on_the_way: usize,
    ) -> (Option<Duration>, Pace) {
        self.is_anyone_held_back.store(true, Ordering::Relaxed);
        let mut inside = self.lock();
        let state = inside.states.entry(provider.clone()).or_default();
        let rests = state.pace.heed(measure, time, on_the_way);
        (state.grant, state.turn) = (None, None);
        (rests, state.pace.clone())
    }

    /// Lets a provider rest.
    pub(crate) fn rest(&self, provider: &ProviderId, until: DateTime<Utc>) {
        self.is_anyone_held_back.store(true, Ordering::Relaxed);
        let mut inside = self.lock();
        let state = inside.states.entry(provider.clone()).or_default();
        state.rests_until = state.rests_until.max(Some(until));
    }

    /// Returns what became of each provider's deliveries, and who rests.
    pub(crate) fn report(&self) -> Vec<ProviderReport> {
        let now = self.clock.now();
        let inside = self.lock();
        let mut names: Vec<&ProviderId> = inside.counts.keys().collect();
        names.extend(
            inside.states.iter().filter(|(_, state)| state.rests_until.is_some()).map(|(name, _)| name),
        );
        names.sort_unstable();
        names.dedup();
        let reports = names.into_iter().map(|provider| {
            let rests = inside.states.get(provider).and_then(|state| state.rests_until);
            ProviderReport {
                provider: provider.to_string(),
                counts: inside.counts.get(provider).copied().unwrap_or_default(),
                rests_until: rests.filter(|until| *until > now),
            }
        });
        reports.collect()
    }
}
