//! How many connections are worth having: found out by trying, given up when the relay or the clock says so.
//!
//! It begins with a few. Each round of accepted messages doubles them while the answers come as fast as before; the
//! first sign of trouble ends that, and from then on it grows by one at a time. A relay that takes no more sessions
//! sets a ceiling, which is tried again now and then.

use std::time::Duration;

/// Connections to begin with.
const START: usize = 4;

/// Accepted messages without trouble before one more connection is tried.
const CLEAN_ACCEPTS: u32 = 200;

/// A ceiling that the relay set is not tried again before this.
const CEILING_LASTS: Duration = Duration::from_secs(30);

/// Answers may take twice as long as the best, and this much more, before growing stops being worth it.
const SLACK: Duration = Duration::from_millis(50);

/// A stretch over which throughput is compared has at least so many messages for each connection.
const STRETCH_MESSAGES: u32 = 4;

/// It also lasts at least this long.
const STRETCH_TIME: Duration = Duration::from_millis(250);

/// The width of the way to a relay.
#[derive(Clone, Debug)]
pub struct Ramp {
    width: usize,
    most: usize,
    /// What the relay last took, and since when we know.
    ceiling: Option<(usize, Duration)>,
    /// Trouble has been seen: one at a time from now on.
    is_careful: bool,
    clean: u32,
    round: Round,
    best: Option<Duration>,
    stretch: Stretch,
    /// Width and messages a second of the stretch before the last growth.
    before: Option<(usize, f64)>,
}

/// As many accepted messages as there are connections.
#[derive(Clone, Copy, Debug, Default)]
struct Round {
    accepted: u32,
    latency: Duration,
}

/// The messages since the width last changed.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    began: Option<Duration>,
    accepted: u32,
    latency: Duration,
}

impl Ramp {
    /// Returns a way of at most `most` connections, beginning with a few.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            width: most.min(START),
            most,
            ceiling: None,
            is_careful: false,
            clean: 0,
            round: Round::default(),
            best: None,
            stretch: Stretch::default(),
            before: None,
        }
    }

    /// Returns how many connections there may be now.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Learns that a message was accepted after `latency`; returns whether the width changed.
    pub fn accepted(&mut self, latency: Duration, now: Duration) -> bool {
        let width = self.width;
        self.clean = self.clean.saturating_add(1);
        self.round.accepted += 1;
        self.round.latency += latency;
        self.stretch.began.get_or_insert(now);
        self.stretch.accepted += 1;
        self.stretch.latency += latency;
        if !self.fell_back(now) && self.round.accepted as usize >= self.width {
            let mean = self.round.latency / self.round.accepted;
            self.round = Round::default();
            self.best = Some(self.best.map_or(mean, |best| best.min(mean)));
            self.grow(mean, now);
        }
        width != self.width
    }

    fn grow(&mut self, mean: Duration, now: Duration) {
        self.is_careful |= self.best.is_some_and(|best| mean > best * 2 + SLACK);
        let wanted = if self.is_careful {
            if self.clean < CLEAN_ACCEPTS {
                return;
            }
            self.width + 1
        } else {
            self.width * 2
        };
        let ceiling = match self.ceiling {
            Some((ceiling, since))
                if self.clean < CLEAN_ACCEPTS || now.saturating_sub(since) < CEILING_LASTS =>
            {
                ceiling
            }
            Some((ceiling, _)) => ceiling + 1,
            None => self.most,
        };
        self.clean = 0;
        self.set(wanted.min(ceiling).min(self.most), now);
    }

    /// Gives the last growth up when answers got much slower and no more of them came.
    fn fell_back(&mut self, now: Duration) -> bool {
        let Stretch { began, accepted, latency } = self.stretch;
        let lasted = now.saturating_sub(began.unwrap_or(now));
        if lasted < STRETCH_TIME || (accepted as usize) < self.width * STRETCH_MESSAGES as usize {
            return false;
        }
        let (mean, rate) = (latency / accepted, f64::from(accepted) / lasted.as_secs_f64());
        let is_slow = self.best.is_some_and(|best| mean > best * 2 + SLACK);
        self.stretch = Stretch::default();
        match self.before.replace((self.width, rate)) {
            Some((width, earlier)) if width < self.width && is_slow && rate < earlier * 1.05 => {
                self.is_careful = true;
                self.clean = 0;
                self.set(width, now);
                true
            }
            _ => false,
        }
    }

    /// Learns that the relay takes no more than `open` sessions.
    pub fn crowded(&mut self, open: usize, now: Duration) {
        let open = open.max(1);
        self.is_careful = true;
        self.ceiling = Some((open, now));
        self.clean = 0;
        self.set(self.width.min(open), now);
    }

    /// Learns that the relay wants less: half of the connections.
    pub fn slow(&mut self, now: Duration) {
        self.is_careful = true;
        self.clean = 0;
        self.set(self.width / 2, now);
    }

    /// Learns that the relay wants one connection at a time.
    pub fn crawl(&mut self, now: Duration) {
        self.slow(now);
        self.set(1, now);
    }

    fn set(&mut self, width: usize, _now: Duration) {
        let width = width.clamp(1, self.most);
        if width != self.width {
            self.width = width;
            self.round = Round::default();
            self.stretch = Stretch::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Feeds rounds of accepted messages, `latency` long each, and shows the widths.
    fn widths(
        ramp: &mut Ramp,
        now: &mut Duration,
        rounds: usize,
        latency: impl Fn(usize) -> Duration,
    ) -> String {
        let mut widths = vec![ramp.width().to_string()];
        for _ in 0..rounds {
            let (width, took) = (ramp.width(), latency(ramp.width()));
            *now += took;
            for _ in 0..width {
                ramp.accepted(took, *now);
            }
            widths.push(ramp.width().to_string());
        }
        widths.join(" ")
    }

    #[test]
    fn it_doubles_while_answers_come_as_fast_as_before() {
        let (mut ramp, mut now) = (Ramp::new(16), Duration::ZERO);
        assert_eq!(widths(&mut ramp, &mut now, 3, |_| MS), "4 8 16 16");
        assert!(now < 10 * MS, "{now:?}");
        let (mut ramp, mut now) = (Ramp::new(300), Duration::ZERO);
        assert_eq!(widths(&mut ramp, &mut now, 7, |_| 100 * MS), "4 8 16 32 64 128 256 300");
        assert_eq!(Ramp::new(1).width(), 1);
    }

    #[test]
    fn it_stops_growing_when_the_relay_gets_slow_without_doing_more() {
        let (mut ramp, mut now) = (Ramp::new(64), Duration::ZERO);
        // Eight at a time is all that this relay can do; whoever comes with more waits in line.
        let line = |width: usize| 40 * MS * u32::try_from(width.div_ceil(8)).unwrap();
        widths(&mut ramp, &mut now, 60, line);
        assert!(ramp.width() <= 40, "{}", ramp.width());
    }

    #[test]
    fn a_relay_that_takes_no_more_sets_a_ceiling_that_is_tried_again_later() {
        let (mut ramp, mut now) = (Ramp::new(16), Duration::ZERO);
        widths(&mut ramp, &mut now, 3, |_| MS);
        ramp.crowded(5, now);
        assert_eq!(ramp.width(), 5);
        widths(&mut ramp, &mut now, 100, |_| MS);
        assert_eq!(ramp.width(), 5, "not within thirty seconds");
        now += CEILING_LASTS;
        widths(&mut ramp, &mut now, 41, |_| MS);
        assert_eq!(ramp.width(), 6);
    }

    #[test]
    fn slowing_down_halves_and_never_stops() {
        let mut ramp = Ramp::new(4);
        let widths: Vec<usize> = std::iter::repeat_with(|| {
            ramp.slow(MS);
            ramp.width()
        })
        .take(3)
        .collect();
        assert_eq!(widths, [2, 1, 1]);
    }
}
