//! Reads `sending`: what holds for every sending, whatever the relay.

use crate::content::fields::{Fields, Keys, clip};
use crate::content::workspace_file::doubt;
use crate::domain::settings::SendingSettings;
use std::time::Duration;

/// The longest time an issue may stay fresh; the `Date` of a message must not be older than some days.
const DAYS_MAX: u64 = 3;

/// Reads the key `sending`.
pub(super) fn parse(root: &Fields<'_>) -> SendingSettings {
    let mut settings = SendingSettings::default();
    let Some(fields) = root.map("sending", Keys::of(&["not_after", "in_doubt", "in_doubt_after"])) else {
        return settings;
    };
    settings.doubt = doubt::parse(&fields);
    if let Some(word) = fields.word("not_after") {
        match span(word.text).filter(|span| *span <= Duration::from_hours(24 * DAYS_MAX)) {
            Some(span) => settings.not_after = span,
            None => fields.report.error(
                "content/bad-value",
                word.offset,
                format!("`{}` is no time an issue may be late", clip(word.text)),
                "write how long after its planned start an issue may still be sent, at most 3 days: `6h`, `90min`",
            ),
        }
    }
    settings
}

/// Reads `90min`, `6h` or `2d`.
fn span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..at].parse().ok().filter(|number| *number > 0)?;
    let minutes = match text[at..].trim() {
        "min" | "m" => 1,
        "h" => 60,
        "d" => 24 * 60,
        _ => return None,
    };
    number.checked_mul(minutes * 60).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_carry_their_unit() {
        assert_eq!(span("6h"), Some(Duration::from_hours(6)));
        assert_eq!(span("90 min"), Some(Duration::from_mins(90)));
        for text in ["6", "h", "0h", "6 weeks", "", "99999999999999999999h"] {
            assert_eq!(span(text), None, "{text}");
        }
    }
}
