//! K: dark modes.

use crate::check::{CheckInput, message::Message, report::Report, rules::Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[];

/// Looks for all of them in one reader's message.
pub(super) fn judge(_input: &CheckInput<'_>, _message: &Message<'_>, _report: &mut Report<'_>) {}
