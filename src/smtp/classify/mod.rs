//! Reads refusals: whom a reply is about, and what follows.
//!
//! The knowledge is a table, `table::ROWS`, read from the top; the first row that fits decides. Rules
//! behind it: the first digit of the basic code decides whether trying again makes sense, the enhanced
//! code only explains; before RCPT nothing is ever the recipient's fault; what would hit every recipient
//! alike stops the run and keeps the queue; a mailbox is called dead only when the server clearly says so.

mod table;

use crate::domain::outcome::{Action, Phase, Reply, Scope, Verdict};
use table::{ROWS, Row};

/// Reads a reply that was not a yes.
pub fn classify(phase: Phase, reply: &Reply) -> Verdict {
    let text = reply.text.to_ascii_lowercase();
    ROWS.iter()
        .find(|row| fits(row, phase, reply, &text))
        .map_or_else(|| unknown(phase, reply), |row| row.verdict)
}

fn fits(row: &Row, phase: Phase, reply: &Reply, text: &str) -> bool {
    let has_code = row.codes.iter().any(|code| *code == reply.code || *code == reply.code / 100);
    let has_enhanced = || {
        reply.enhanced.is_some_and(|(_, subject, detail)| {
            row.enhanced.iter().any(|(s, d)| *s == subject && d.is_none_or(|d| d == detail))
        })
    };
    row.phases.contains(&phase)
        && has_code
        && (row.enhanced.is_empty() || has_enhanced())
        && (row.texts.is_empty() || row.texts.iter().any(|words| text.contains(words)))
}

/// What no row knows: the phase says who is concerned, the first digit whether to try again.
fn unknown(phase: Phase, reply: &Reply) -> Verdict {
    let is_transient = reply.code / 100 == 4;
    let (scope, action) = match (phase, is_transient) {
        // RFC 5321, 3.8: the server closes the channel, whatever the command was.
        _ if reply.code == 421 => (Scope::Host, Action::Retry),
        (Phase::Rcpt | Phase::Verdict, true) => (Scope::Recipient, Action::Retry),
        (Phase::Rcpt | Phase::Verdict | Phase::Data | Phase::Body, false) => (Scope::Recipient, Action::Fail),
        (_, true) => (Scope::Host, Action::Retry),
        (_, false) => (Scope::Sender, Action::Abort),
    };
    Verdict { scope, action, wait_seconds: None }
}

#[cfg(test)]
mod tests;
