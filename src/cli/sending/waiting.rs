//! Waits for the planned start, by the wall clock: a machine that slept wakes up to the right time.

use crate::{
    cli::{
        Desk,
        clock::SystemClock,
        output::Output,
        progress::{Display, in_words},
    },
    domain::time::Clock,
};
use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{sync::Arc, time::Duration};
use tokio::signal::unix::{SignalKind, signal};

/// The wall clock is looked at this often at least: a timer stands still while a laptop sleeps.
const STEP_MAX: Duration = Duration::from_secs(30);

/// And this often while a person watches it.
const STEP_WATCHED: Duration = Duration::from_secs(1);

/// A wall clock that moved this much more or less than time went by has jumped (deliverability, disasters).
const JUMP_MIN: Duration = Duration::from_mins(2);

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    /// The moment has come.
    ItIsTime,
    /// A person stopped it.
    Stopped,
}

/// Waits until `moment`, which people read as `words`.
pub(crate) async fn until(desk: &Desk, moment: DateTime<Utc>, words: &str) -> Waited {
    let bar = countdown(desk.output);
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without signals nobody could stop the wait but by a kill, which it survives.
        return Waited::Stopped;
    };
    let mut watch = ClockWatch::new(desk.clock.as_ref());
    loop {
        let now = desk.clock.now();
        if let Some(jump) = watch.look(now, desk.clock.monotonic()) {
            bar.suspend(|| desk.output.talk(&jump.in_words(now)));
        }
        let Some(step) = step(now, moment, bar.is_hidden()) else {
            bar.finish_and_clear();
            return Waited::ItIsTime;
        };
        bar.set_message(format!(
            "begins {words}, in {}; Ctrl-C leaves it sealed",
            countdown_words(moment - now)
        ));
        tokio::select! {
            () = tokio::time::sleep(step) => {}
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
        }
    }
    bar.finish_and_clear();
    Waited::Stopped
}

fn countdown(output: Output) -> ProgressBar {
    let is_drawn = output.is_watched() && !output.json;
    let target = if is_drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}

/// Returns how long to rest before the clock is looked at again, `None` when the moment has come.
fn step(now: DateTime<Utc>, moment: DateTime<Utc>, is_hidden: bool) -> Option<Duration> {
    let left = (moment - now).to_std().ok().filter(|left| !left.is_zero())?;
    Some(left.min(if is_hidden { STEP_MAX } else { STEP_WATCHED }))
}

fn countdown_words(left: chrono::TimeDelta) -> String {
    let seconds = left.num_seconds().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{:02}", seconds % 60),
        (0, _) => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
        _ => format!("{days} d {hours} h"),
    }
}

/// Notices when the wall clock and the time that went by disagree.
#[derive(Clone, Copy, Debug)]
struct ClockWatch {
    wall: DateTime<Utc>,
    monotonic: Duration,
}

/// By how much a clock jumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Jump {
    Ahead(Duration),
    Back(Duration),
}

impl ClockWatch {
    fn new(clock: &SystemClock) -> Self {
        Self { wall: clock.now(), monotonic: clock.monotonic() }
    }

    /// Compares both clocks with the last look.
    fn look(&mut self, wall: DateTime<Utc>, monotonic: Duration) -> Option<Jump> {
        let went_by =
            chrono::TimeDelta::from_std(monotonic.saturating_sub(self.monotonic)).unwrap_or_default();
        let ahead = wall - self.wall - went_by;
        (self.wall, self.monotonic) = (wall, monotonic);
        let size = ahead.abs().to_std().unwrap_or_default();
        match size >= JUMP_MIN {
            false => None,
            true if ahead > chrono::TimeDelta::zero() => Some(Jump::Ahead(size)),
            true => Some(Jump::Back(size)),
        }
    }
}

impl Jump {
    fn in_words(self, now: DateTime<Utc>) -> String {
        let now = now.format("%Y-%m-%d %H:%M UTC");
        match self {
            Self::Ahead(size) => {
                format!(
                    "The clock jumped ahead by {}: this machine slept, or its clock was set. It is {now}.",
                    in_words(size)
                )
            }
            Self::Back(size) => {
                format!(
                    "The clock was set back by {}. It is {now}; look whether that is right.",
                    in_words(size)
                )
            }
        }
    }
}

/// Says it when the clock jumps during a run: leases, retries and dates go by it.
pub(crate) async fn watch_the_clock(clock: Arc<SystemClock>, display: Arc<Display>) {
    let mut watch = ClockWatch::new(&clock);
    loop {
        tokio::time::sleep(STEP_MAX).await;
        let now = clock.now();
        if let Some(jump) = watch.look(now, clock.monotonic()) {
            display.say(&jump.in_words(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    const EPOCH: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn the_wall_clock_is_looked_at_often_enough_to_survive_sleep() {
        let moment = EPOCH + TimeDelta::hours(3);
        assert_eq!(step(EPOCH, moment, true), Some(STEP_MAX));
        assert_eq!(step(EPOCH, moment, false), Some(STEP_WATCHED));
        assert_eq!(step(moment - TimeDelta::seconds(4), moment, true), Some(Duration::from_secs(4)));
        assert_eq!(step(moment, moment, true), None);
        assert_eq!(step(moment + TimeDelta::hours(9), moment, true), None, "it slept past it");
    }

    #[test]
    fn clocks_that_jump_are_noticed_and_slow_ones_are_not() {
        let mut watch = ClockWatch { wall: EPOCH, monotonic: Duration::ZERO };
        let mut look = |wall: i64, monotonic: u64| {
            watch.look(EPOCH + TimeDelta::seconds(wall), Duration::from_secs(monotonic))
        };
        assert_eq!(look(30, 30), None);
        assert_eq!(look(61, 60), None);
        assert_eq!(look(61 + 3_600, 90), Some(Jump::Ahead(Duration::from_secs(3_570))));
        assert_eq!(look(3_691, 120), None, "said once");
        assert_eq!(look(91, 150), Some(Jump::Back(Duration::from_secs(3_630))));
    }

    #[test]
    fn the_countdown_is_as_exact_as_anybody_wants() {
        let words = |seconds| countdown_words(TimeDelta::seconds(seconds));
        assert_eq!(
            [words(61), words(3_661), words(90_000), words(-5)],
            ["1:01", "1:01:01", "1 d 1 h", "0:00"]
        );
    }
}
