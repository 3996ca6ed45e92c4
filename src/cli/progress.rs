//! Shows a run while it goes on: one line that is drawn anew on a terminal, and plain notes in a file.

use crate::{
    cli::{
        clock::SystemClock,
        output::{Dress, Output},
    },
    domain::{
        address::masked_in,
        broadcast::Tally,
        delivery::{DeliveryEvent, DeliveryState},
        time::Clock,
    },
    runner::{
        progress::{Progress, RunEvent},
        report::Counts,
    },
};
use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Without a terminal, a line about the state of things every so often.
const NOTE_EVERY: Duration = Duration::from_secs(30);
/// Refusals shown one by one; a list full of bad addresses must not scroll everything else away.
const REFUSALS_SHOWN: u64 = 20;

/// Draws what a run tells.
pub(crate) struct Display {
    output: Output,
    clock: Arc<SystemClock>,
    bar: ProgressBar,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    settled_before: u64,
    total: u64,
    refusals: u64,
    last_note: Duration,
    started: Duration,
}

impl Display {
    /// Returns a display that is quiet in JSON mode.
    pub(crate) fn new(output: Output, clock: Arc<SystemClock>) -> Self {
        let drawn = output.is_watched() && !output.json;
        let target = if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let style = ProgressStyle::with_template("{bar:28.cyan/dim} {pos}/{len}  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─"));
        Self { output, clock, bar, state: Mutex::default() }
    }

    /// Takes the line off the terminal.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Says something without tearing the line that is drawn.
    pub(crate) fn say(&self, text: &str) {
        if !self.output.json {
            self.bar.suspend(|| self.output.talk(text));
        }
    }

    fn started(&self, tally: &Tally) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.total = tally.total();
        state.settled_before = tally.total() - tally.open();
        state.started = self.clock.monotonic();
        state.last_note = state.started;
        self.bar.set_length(state.total);
        self.bar.set_position(state.settled_before);
    }

    fn progress(&self, counts: &Counts) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let settled = counts.sent + counts.failed + counts.bounced + counts.in_doubt;
        let elapsed = self.clock.monotonic().saturating_sub(state.started);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = counts.attempts as f64 / elapsed.as_secs_f64().max(0.001);
        let left = state.total.saturating_sub(state.settled_before + settled);
        #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
        let eta = if rate > 0.0 {
            in_words(Duration::from_secs_f64((left as f64 / rate).min(1e8)))
        } else {
            "?".into()
        };
        let words = format!("{rate:.0}/s, {eta} left · {}", outcomes(counts));
        self.bar.set_position(state.settled_before + settled);
        self.bar.set_message(words.clone());
        let now = self.clock.monotonic();
        let is_due =
            self.bar.is_hidden() && counts.attempts > 0 && now.saturating_sub(state.last_note) >= NOTE_EVERY;
        if is_due {
            state.last_note = now;
            let line = format!("{}/{} {words}", state.settled_before + settled, state.total);
            drop(state);
            self.say(&line);
        }
    }

    fn refusal(&self, text: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.refusals += 1;
        let shown = state.refusals;
        drop(state);
        match shown {
            1..=REFUSALS_SHOWN => self.say(&self.output.dress(Dress::Careful, text)),
            n if n == REFUSALS_SHOWN + 1 => {
                self.say("(further refusals are counted; `masthead status` lists them)");
            }
            _ => {}
        }
    }

    fn waits(&self, open: u64, next_due: Option<DateTime<Utc>>) {
        let due =
            next_due.map(|at| format!(", next try at {} UTC", at.format("%H:%M:%S"))).unwrap_or_default();
        self.bar.set_message(format!("{open} wait{due}"));
        if self.bar.is_hidden() {
            match open {
                1 => self.say(&format!("1 delivery waits{due}")),
                open => self.say(&format!("{open} deliveries wait{due}")),
            }
        }
    }
}

impl Progress for Display {
    fn note(&self, event: RunEvent) {
        match event {
            RunEvent::Started { tally, recovered } => {
                self.started(&tally);
                if recovered.released + recovered.in_doubt > 0 {
                    self.say(&format!(
                        "An earlier run was cut off: {} back in the queue, {} in doubt.",
                        recovered.released, recovered.in_doubt
                    ));
                }
            }
            RunEvent::Progress(counts) => self.progress(&counts),
            RunEvent::Attempt { address, event, detail, wait, .. } => {
                let wait = wait.map(|wait| format!("; again in {}", in_words(wait))).unwrap_or_default();
                // Servers quote addresses in full.
                let detail = detail.unwrap_or_default();
                self.refusal(&format!("{address}: {}: {}{wait}", led_to(event), masked_in(&detail)));
            }
            RunEvent::RelayDown { cause, tries, tries_max, wait } => {
                self.say(&format!(
                    "The relay can't be reached ({cause}); try {tries} of {tries_max}, next in {}.",
                    in_words(wait)
                ));
            }
            RunEvent::Paused { cause, wait } => {
                self.say(&format!("The relay asks for a pause of {}: {}", in_words(wait), masked_in(&cause)));
            }
            RunEvent::ProviderRests { provider, cause, wait } => {
                let text =
                    format!("{provider} rests for {}, the others are sent to: {cause}", in_words(wait));
                self.say(&self.output.dress(Dress::Careful, &text));
            }
            RunEvent::ProviderSlowed { provider, connections, interval, cause } => {
                let pace = slower(connections, interval);
                self.say(&format!("{provider} wants less: {pace}. It said: {cause}"));
            }
            RunEvent::QuotaUsedUp { quota, until } => {
                let until = until.format("%Y-%m-%d %H:%M UTC");
                self.say(&format!("What the relay allows, {quota}, is used up; it goes on at {until}."));
            }
            RunEvent::BreakerTripped(problem) => {
                self.say(&self.output.dress(Dress::Careful, &masked_in(&problem.message)));
            }
            RunEvent::LedgerStumbled { cause, wait } => {
                let cause = cause.strip_prefix("the ").unwrap_or(&cause);
                self.say(&format!("The {cause}; again in {}.", in_words(wait)));
            }
            RunEvent::Waiting { tally, next_due } => self.waits(tally.open(), next_due),
            RunEvent::Recovered(recovered) => {
                self.say(&format!(
                    "Sorted out after another run: {} back in the queue, {} in doubt.",
                    recovered.released, recovered.in_doubt
                ));
            }
            RunEvent::Stopping | RunEvent::Sessions { .. } | RunEvent::ConnectionRests { .. } => {}
        }
    }
}

/// Says what became of an attempt: an event has no word for people, the state it leads to has.
fn led_to(event: DeliveryEvent) -> String {
    let from = [DeliveryState::Leased, DeliveryState::Committing];
    let state = from.iter().find_map(|state| state.after(event)).unwrap_or(DeliveryState::Queued);
    state.as_str().replace('_', " ")
}

/// Says how a provider is treated from now on.
fn slower(connections: Option<usize>, interval: Option<Duration>) -> String {
    let connections = connections.map(|connections| match connections {
        1 => "one message at a time".to_owned(),
        more => format!("{more} messages at a time"),
    });
    let interval = interval.map(|interval| format!("one every {}", in_words(interval)));
    let parts: Vec<String> = connections.into_iter().chain(interval).collect();
    if parts.is_empty() { "as before".to_owned() } else { parts.join(", ") }
}

/// Returns the outcomes that occurred, with their numbers.
pub(crate) fn outcomes(counts: &Counts) -> String {
    let named = [
        (counts.sent, "sent"),
        (counts.deferred, "deferred"),
        (counts.bounced, "bounced"),
        (counts.failed, "failed"),
        (counts.in_doubt, "in doubt"),
    ];
    let named: Vec<_> =
        named.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if named.is_empty() { "nothing yet".into() } else { named.join(", ") }
}

/// Returns a time as people say it: `850 ms`, `12 s`, `4 min 10 s`, `2 h 5 min`.
pub(crate) fn in_words(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds @ 1..60 => format!("{seconds} s"),
        seconds @ 60..3600 => match seconds % 60 {
            0 => format!("{} min", seconds / 60),
            rest => format!("{} min {rest} s", seconds / 60),
        },
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slower_pace_is_said_in_words() {
        let second = Duration::from_secs(1);
        assert_eq!(slower(Some(1), Some(second * 2)), "one message at a time, one every 2 s");
        assert_eq!(
            (slower(Some(4), None), slower(None, None)),
            ("4 messages at a time".into(), "as before".into())
        );
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let words = [850, 12_000, 250_000, 120_000, 7_500_000].map(|ms| in_words(Duration::from_millis(ms)));
        assert_eq!(words, ["850 ms", "12 s", "4 min 10 s", "2 min", "2 h 5 min"]);
    }
}
