//! T: what only shows when an issue is held against its approvals and against the other files of its newsletter.
//!
//! The rules are told here; what looks for them stands in `proof`, which knows the files.

use crate::check::rules::{Rule, error, info};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "T006",
        "check/not-as-approved",
        "what would be sent is not what was approved",
        "An approval is worth something only when exactly that is sent which was looked at.",
        "let the people who approved look again: `masthead approve` records it",
    ),
    info(
        "T010",
        "check/left-over-item",
        "a news item was left over",
        "News that missed its issue is soon no news; often it was only forgotten.",
        "take it into this issue, or let it be: the next `masthead compose` will offer it again",
    ),
];
