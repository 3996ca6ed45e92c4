//! Reads refusals: whom a reply is about, and what follows.
//!
//! The knowledge is a table, `table::ROWS`, read from the top; the first row that fits decides. Rules
//! behind it: the first digit of the basic code decides whether trying again makes sense, the enhanced
//! code only explains; before RCPT nothing is ever the recipient's fault; what would hit every recipient
//! alike stops the run and keeps the queue; a mailbox is called dead only when the server clearly says so.

mod table;

use crate::{
    delivery::providers::ProviderId,
    domain::outcome::{Action, Measure, Outcome, Phase, Reply, Scope, Subject, Verdict},
};
use table::{ROWS, Row};

/// Reads a reply that was not a yes, from a server of which nothing is known.
pub fn classify(phase: Phase, reply: &Reply) -> Verdict {
    classify_by(None, phase, reply)
}

/// Reads a reply that was not a yes. `speaker` is the provider whose server said it: rows about another provider
/// don't fit then. Of a server of which nothing is known every row may fit, for relays pass replies on.
pub fn classify_by(speaker: Option<&ProviderId>, phase: Phase, reply: &Reply) -> Verdict {
    let text = reply.text.to_ascii_lowercase();
    ROWS.iter()
        .find(|row| row.fits(speaker, phase, reply, &text))
        .map_or_else(|| unknown(phase, reply), |row| row.verdict)
}

/// Reads a refusal once more, now that it is known whose server said it. What we refused ourselves stays as it is.
pub(crate) fn as_said_by(speaker: Option<&ProviderId>, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Refused { phase, reply, .. } if speaker.is_some() && reply.code != 0 => {
            let verdict = classify_by(speaker, phase, &reply);
            Outcome::Refused { phase, reply, verdict }
        }
        other => other,
    }
}

impl Row {
    fn fits(&self, speaker: Option<&ProviderId>, phase: Phase, reply: &Reply, text: &str) -> bool {
        let has_code = self.codes.iter().any(|code| *code == reply.code || *code == reply.code / 100);
        let has_enhanced = || {
            reply.enhanced.is_some_and(|(_, subject, detail)| {
                self.enhanced.iter().any(|(s, d)| *s == subject && d.is_none_or(|d| d == detail))
            })
        };
        let is_theirs = speaker.is_none_or(|speaker| self.by.contains(&speaker.as_str()));
        self.phases.contains(&phase)
            && has_code
            && (self.by.is_empty() || is_theirs)
            && (self.enhanced.is_empty() || has_enhanced())
            && (self.texts.is_empty() || self.texts.iter().any(|words| text.contains(words)))
    }
}

/// What no row knows: the phase says who is concerned, the first digit whether to try again.
fn unknown(phase: Phase, reply: &Reply) -> Verdict {
    let is_transient = reply.code / 100 == 4;
    match (phase, is_transient) {
        // RFC 5321, 3.8: the server closes the channel, whatever the command was.
        _ if reply.code == 421 => Verdict::new(Scope::Host, Action::Retry),
        (Phase::Mail, true) => Verdict::new(Scope::Host, Action::Retry).with(Measure::Slow),
        (Phase::Rcpt | Phase::Verdict, true) => Verdict::new(Scope::Recipient, Action::Retry),
        (Phase::Rcpt | Phase::Verdict | Phase::Data | Phase::Body, false) => {
            Verdict::new(Scope::Recipient, Action::Fail).soft(1)
        }
        (_, true) => Verdict::new(Scope::Host, Action::Retry),
        (Phase::Auth, false) => Verdict::new(Scope::Sender, Action::Abort).about(Subject::Login),
        (_, false) => Verdict::new(Scope::Sender, Action::Abort),
    }
}

#[cfg(test)]
mod tests;
