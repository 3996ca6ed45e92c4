//! Circuit breakers: when so much is refused in one way that going on would only make it worse, a person decides.
//!
//! The mass-bounce brake is milder: a provider that knew everybody until a moment ago and suddenly knows nobody has
//! an accident. Its "no such mailbox" is not believed for a while, and nobody is suppressed because of it.

use crate::{delivery::providers::ProviderId, domain::outcome::Subject};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// Attempts at one provider before its bounces say something.
const HARD_ATTEMPTS_MIN: u64 = 200;
/// More hard bounces than these in a hundred attempts stop the run.
const HARD_PERCENT: u64 = 5;
/// Attempts at one provider before its refusals as spam say something.
const SPAM_ATTEMPTS_MIN: u64 = 100;
/// More refusals as spam than these in a hundred attempts stop the run.
const SPAM_PERCENT: u64 = 2;
/// Attempts in an hour before its deferrals say something.
const DEFERRED_ATTEMPTS_MIN: u64 = 100;
/// More deferrals than these in a hundred attempts, for an hour, stop the run.
const DEFERRED_PERCENT: u64 = 30;
/// The hour is counted in parts of this length.
const DEFERRED_PART: Duration = Duration::from_mins(10);
/// So many of them.
const DEFERRED_PARTS: usize = 6;
/// So many unknown mailboxes …
const BRAKE_BOUNCES: usize = 40;
/// … in this time are an accident of the provider …
pub const BRAKE_TIME: Duration = Duration::from_mins(5);
/// … when so many attempts before …
const BRAKE_HISTORY_MIN: u64 = 100;
/// … had at most one unknown mailbox in so many.
const BRAKE_HISTORY_SHARE: u64 = 100;
/// Examples that are shown.
const EXAMPLES_MAX: usize = 3;

/// What a delivery came to, as far as breakers care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// Taken.
    Sent,
    /// Tried again later.
    Deferred(Subject),
    /// Refused for good.
    Refused(Subject),
}

/// What tripped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaker {
    /// Too many mailboxes of a provider don't exist.
    HardBounces,
    /// A provider calls too many of the messages spam.
    Spam,
    /// Too much is put off, for an hour.
    Deferred,
    /// A provider suddenly knows nobody any more: it rests, and its bounces are not believed.
    MassBounce,
}

/// A breaker that tripped, with what people need to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tripped {
    /// Which.
    pub breaker: Breaker,
    /// At which provider; `None` when it is about all of them.
    pub provider: Option<ProviderId>,
    /// How often.
    pub count: u64,
    /// Of how many attempts.
    pub of: u64,
    /// The server's words, a few of them.
    pub examples: Vec<String>,
}

#[derive(Debug, Default)]
struct Sums {
    attempts: u64,
    hard: u64,
    spam: u64,
    unknown: VecDeque<Duration>,
    is_braked: bool,
    hard_words: Vec<String>,
    spam_words: Vec<String>,
}

/// All breakers of a run.
#[derive(Debug, Default)]
pub struct Breakers {
    providers: BTreeMap<ProviderId, Sums>,
    /// Attempts and deferrals of the last hour, in parts: when each began.
    hour: VecDeque<(Duration, u64, u64)>,
    deferred_words: Vec<String>,
    began: Option<Duration>,
}

impl Breakers {
    /// Returns whether "no such mailbox" of a provider is not believed for now.
    pub fn is_braked(&self, provider: &ProviderId) -> bool {
        self.providers.get(provider).is_some_and(|sums| sums.is_braked)
    }

    /// Learns what an attempt came to; returns what tripped because of it.
    pub fn note(
        &mut self,
        provider: &ProviderId,
        noted: Noted,
        words: &str,
        now: Duration,
    ) -> Option<Tripped> {
        if !self.providers.contains_key(provider) {
            self.providers.insert(provider.clone(), Sums::default());
        }
        let sums = self.providers.get_mut(provider)?;
        sums.attempts += 1;
        let tripped = match noted {
            Noted::Refused(Subject::NoMailbox) => sums.no_mailbox(words, now),
            Noted::Refused(Subject::Spam) => sums.refused_as_spam(words),
            _ => None,
        };
        if let Some((breaker, count, of, examples)) = tripped {
            return Some(Tripped { breaker, provider: Some(provider.clone()), count, of, examples });
        }
        self.note_in_hour(noted, words, now)
    }

    fn note_in_hour(&mut self, noted: Noted, words: &str, now: Duration) -> Option<Tripped> {
        let began = *self.began.get_or_insert(now);
        if self.hour.back().is_none_or(|(from, ..)| now.saturating_sub(*from) >= DEFERRED_PART) {
            self.hour.push_back((now, 0, 0));
            if self.hour.len() > DEFERRED_PARTS {
                self.hour.pop_front();
            }
        }
        // Greylisting is how some say hello.
        let is_deferred = matches!(noted, Noted::Deferred(subject) if subject != Subject::Greylisting);
        let (_, attempts, deferred) = self.hour.back_mut()?;
        *attempts += 1;
        if !is_deferred {
            return None;
        }
        *deferred += 1;
        keep(&mut self.deferred_words, words);
        let (of, count) = self.hour.iter().fold((0, 0), |sum, part| (sum.0 + part.1, sum.1 + part.2));
        let lasted = now.saturating_sub(began) >= DEFERRED_PART * u32::try_from(DEFERRED_PARTS).ok()?;
        let is_much = of >= DEFERRED_ATTEMPTS_MIN && count * 100 > of * DEFERRED_PERCENT;
        (lasted && is_much).then(|| Tripped {
            breaker: Breaker::Deferred,
            provider: None,
            count,
            of,
            examples: self.deferred_words.clone(),
        })
    }
}

/// Which breaker, how often, of how many, examples.
type Found = (Breaker, u64, u64, Vec<String>);

impl Sums {
    fn no_mailbox(&mut self, words: &str, now: Duration) -> Option<Found> {
        self.hard += 1;
        keep(&mut self.hard_words, words);
        self.unknown.push_back(now);
        while self.unknown.front().is_some_and(|at| now.saturating_sub(*at) > BRAKE_TIME) {
            self.unknown.pop_front();
        }
        let recent = self.unknown.len() as u64;
        if self.is_braked {
            return None;
        }
        let (attempts_before, hard_before) = (self.attempts - recent, self.hard - recent);
        let was_clean =
            attempts_before >= BRAKE_HISTORY_MIN && hard_before * BRAKE_HISTORY_SHARE <= attempts_before;
        if was_clean && self.unknown.len() >= BRAKE_BOUNCES {
            self.is_braked = true;
            return Some((Breaker::MassBounce, recent, self.attempts, self.hard_words.clone()));
        }
        // A clean provider is given the chance to show that it is an accident.
        let is_much = self.attempts >= HARD_ATTEMPTS_MIN && self.hard * 100 > self.attempts * HARD_PERCENT;
        is_much.then(|| (Breaker::HardBounces, self.hard, self.attempts, self.hard_words.clone()))
    }

    fn refused_as_spam(&mut self, words: &str) -> Option<Found> {
        self.spam += 1;
        keep(&mut self.spam_words, words);
        let is_much = self.attempts >= SPAM_ATTEMPTS_MIN && self.spam * 100 > self.attempts * SPAM_PERCENT;
        is_much.then(|| (Breaker::Spam, self.spam, self.attempts, self.spam_words.clone()))
    }
}

fn keep(examples: &mut Vec<String>, words: &str) {
    if examples.len() < EXAMPLES_MAX && !examples.iter().any(|known| known == words) {
        examples.push(words.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn google() -> ProviderId {
        ProviderId::of_domain("gmail.com")
    }

    /// Notes the same again and again, one second apart, until something trips.
    fn note(
        breakers: &mut Breakers,
        now: &mut Duration,
        noted: Noted,
        times: usize,
    ) -> Option<(Breaker, u64, u64)> {
        (0..times).find_map(|_| {
            *now += SECOND;
            let tripped = breakers.note(&google(), noted, "550 words", *now)?;
            assert_eq!(tripped.examples, ["550 words"]);
            Some((tripped.breaker, tripped.count, tripped.of))
        })
    }

    const GONE: Noted = Noted::Refused(Subject::NoMailbox);

    #[test]
    fn more_than_five_bounces_in_a_hundred_stop_after_two_hundred_attempts() {
        let (mut breakers, mut now) = (Breakers::default(), Duration::ZERO);
        assert_eq!(note(&mut breakers, &mut now, GONE, 11), None, "too few attempts to say");
        assert_eq!(note(&mut breakers, &mut now, Noted::Sent, 188), None);
        assert_eq!(note(&mut breakers, &mut now, GONE, 1), Some((Breaker::HardBounces, 12, 200)));
    }

    #[test]
    fn a_few_bounces_stop_nothing() {
        let (mut breakers, mut now) = (Breakers::default(), Duration::ZERO);
        for _ in 0..20 {
            assert_eq!(note(&mut breakers, &mut now, Noted::Sent, 96), None);
            assert_eq!(note(&mut breakers, &mut now, GONE, 4), None);
        }
    }

    #[test]
    fn a_clean_provider_that_knows_nobody_any_more_is_not_believed() {
        let (mut breakers, mut now) = (Breakers::default(), Duration::ZERO);
        assert_eq!(note(&mut breakers, &mut now, Noted::Sent, 2_000), None);
        assert_eq!(note(&mut breakers, &mut now, GONE, 100), Some((Breaker::MassBounce, 40, 2_040)));
        assert!(breakers.is_braked(&google()));
        assert_eq!(note(&mut breakers, &mut now, GONE, 500), None, "it rests, and nobody is asked twice");
    }

    #[test]
    fn spam_in_more_than_two_of_a_hundred_stops() {
        let (mut breakers, mut now) = (Breakers::default(), Duration::ZERO);
        note(&mut breakers, &mut now, Noted::Sent, 97);
        let spam = Noted::Refused(Subject::Spam);
        assert_eq!(note(&mut breakers, &mut now, spam, 3), Some((Breaker::Spam, 3, 100)));
    }

    #[test]
    fn an_hour_of_deferrals_stops_and_greylisting_does_not_count() {
        let (mut breakers, mut now) = (Breakers::default(), Duration::ZERO);
        assert_eq!(note(&mut breakers, &mut now, Noted::Deferred(Subject::Greylisting), 8_000), None);
        let (mut breakers, mut now) = (Breakers::default(), Duration::ZERO);
        let tripped = note(&mut breakers, &mut now, Noted::Deferred(Subject::Pace), 8_000);
        assert_eq!(tripped.map(|tripped| tripped.0), Some(Breaker::Deferred));
        assert!(now >= Duration::from_hours(1) && now < Duration::from_mins(62), "{now:?}");
    }
}
