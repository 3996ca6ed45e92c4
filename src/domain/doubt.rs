//! What becomes of deliveries in doubt when nobody says anything.

use std::time::Duration;

/// Before this, nothing in doubt is sent once more, whatever is set: a process that froze over its final dot must be
/// over it by then.
pub const RESEND_AFTER_MIN: Duration = Duration::from_mins(30);

/// What happens to a delivery in doubt after a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DoubtPolicy {
    /// Nothing: a person decides.
    #[default]
    Hold,
    /// It is sent once more, octet by octet the same, and never a third time.
    Resend,
    /// It counts as sent.
    AssumeSent,
}

impl DoubtPolicy {
    /// The words of `masthead.yaml`.
    pub const WORDS: [&str; 3] = ["hold", "resend", "assume_sent"];

    /// Reads a word of `masthead.yaml`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "hold" => Some(Self::Hold),
            "resend" => Some(Self::Resend),
            "assume_sent" => Some(Self::AssumeSent),
            _ => None,
        }
    }

    /// Returns its word in `masthead.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Resend => "resend",
            Self::AssumeSent => "assume_sent",
        }
    }
}

/// The policy with its patience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubtSettings {
    /// What happens.
    pub policy: DoubtPolicy,
    /// After how long in doubt.
    pub after: Duration,
}

impl Default for DoubtSettings {
    fn default() -> Self {
        Self { policy: DoubtPolicy::Hold, after: Duration::from_hours(24) }
    }
}

impl DoubtSettings {
    /// Returns how long a delivery must be in doubt before the policy settles it.
    pub fn patience(&self) -> Duration {
        match self.policy {
            DoubtPolicy::Resend => self.after.max(RESEND_AFTER_MIN),
            DoubtPolicy::Hold | DoubtPolicy::AssumeSent => self.after,
        }
    }
}

/// Reads `90s`, `30min`, `24h` or `2d`; `None` when the text is no span of time.
pub fn parse_span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(digits);
    let seconds = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    count.parse::<u32>().ok().map(|count| Duration::from_secs(u64::from(count) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resend_waits_half_an_hour_whatever_is_set() {
        let settings = |policy, after| DoubtSettings { policy, after: Duration::from_secs(after) };
        assert_eq!(settings(DoubtPolicy::Resend, 0).patience(), RESEND_AFTER_MIN);
        assert_eq!(settings(DoubtPolicy::Resend, 7_200).patience(), Duration::from_hours(2));
        assert_eq!(settings(DoubtPolicy::AssumeSent, 0).patience(), Duration::ZERO);
    }

    #[test]
    fn spans_are_read() {
        assert_eq!(parse_span("24h"), Some(Duration::from_hours(24)));
        assert_eq!(parse_span(" 90 min "), Some(Duration::from_mins(90)));
        assert_eq!([parse_span("soon"), parse_span("24"), parse_span("h"), parse_span("-1h")], [None; 4]);
    }

    #[test]
    fn every_word_reads_back() {
        for word in DoubtPolicy::WORDS {
            assert_eq!(DoubtPolicy::parse(word).map(DoubtPolicy::as_str), Some(word));
        }
    }
}
