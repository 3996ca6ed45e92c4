//! Reads what becomes of deliveries in doubt.

use crate::content::fields::{Fields, clip};
use crate::domain::doubt::{DoubtPolicy, DoubtSettings, parse_span};

/// Reads `in_doubt` and `in_doubt_after` of `sending`.
pub(super) fn parse(fields: &Fields<'_>) -> DoubtSettings {
    let mut settings = DoubtSettings::default();
    if let Some(policy) = fields.choice("in_doubt", &DoubtPolicy::WORDS).and_then(DoubtPolicy::parse) {
        settings.policy = policy;
    }
    let Some(word) = fields.word("in_doubt_after") else { return settings };
    match parse_span(word.text) {
        Some(after) => settings.after = after,
        None => fields.report.error(
            "content/bad-value",
            word.offset,
            format!("`{}` is not a span of time", clip(word.text)),
            "write how long to wait: `in_doubt_after: 24h` (s, min, h or d)",
        ),
    }
    settings
}
