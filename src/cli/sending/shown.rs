//! Says the plan before a run and the sums after it.

use crate::{
    cli::{
        Exit,
        commands::status,
        output::{Dress, Output, visible},
        progress::{in_words, outcomes},
        sending::{approved, findings, prepare::Prepared, schedule},
    },
    domain::{
        address::masked_in, approval::ApprovalStanding, broadcast::Broadcast, delivery::DeliveryState,
        problem::Problem, settings::Rate,
    },
    runner::report::{RunEnd, RunReport},
};
use serde_json::json;

/// What the plan says of the way out.
pub(crate) struct Way<'a> {
    pub(crate) relay: &'a str,
    pub(crate) connections: usize,
    /// Messages in flight per connection.
    pub(crate) depth: usize,
    pub(crate) rate: Option<Rate>,
    /// What is to be known of this relay before it gets anything.
    pub(crate) notes: Vec<Problem>,
}

impl Way<'_> {
    /// Returns how many deliveries may be in doubt when the run is cut off: those between commit and verdict.
    fn in_doubt_at_most(&self) -> usize {
        // Under a rate every message waits for its turn: one at a time.
        self.connections.max(1) * if self.rate.is_some() { 1 } else { self.depth.max(1) }
    }
}

/// Shows who gets what, over which way, and how long it takes.
pub(crate) fn plan(output: Output, prepared: &Prepared, list: &str, way: &Way<'_>) {
    let Prepared { content, plan, .. } = prepared;
    let duration = plan.expected_duration(way.rate, way.connections);
    if output.json {
        output.object(&json!({
            "plan": plan, "issue": content.issue.to_string(), "edition": content.edition, "relay": way.relay,
            "subjects": content.variants.iter().map(|variant| json!({ "variant": variant.label, "subject": variant.digest.subject })).collect::<Vec<_>>(),
            "schedule": content.schedule, "notes": way.notes,
            "expected_seconds": duration.as_secs_f64(), "in_doubt_at_most": way.in_doubt_at_most(), "waivers": content.waivers, "approved_by": content.approved_by,
        }));
        return;
    }
    output.talk(&format!("{} to {list}", output.dress(Dress::Strong, &content.issue.to_string())));
    languages(output, prepared);
    output.talk(&format!("  {:>6}  in all, of {} rows", plan.recipients, plan.rows));
    for (reason, skipped) in &plan.skipped {
        let examples: Vec<_> =
            skipped.examples.iter().map(|row| format!("row {}: {}", row.row, row.shown)).collect();
        let more = if skipped.count > examples.len() as u64 { ", …" } else { "" };
        output.talk(&format!(
            "  {:>6}  skipped, {}  {}",
            skipped.count,
            reason.as_str(),
            output.dress(Dress::Faint, &format!("({}{more})", examples.join("; ")))
        ));
    }
    let rate = way.rate.map(|rate| format!(", at most {rate}")).unwrap_or_default();
    let connections = if way.connections == 1 {
        "1 connection".to_owned()
    } else {
        format!("{} connections", way.connections)
    };
    output.talk(&format!("  over {} with {connections}{rate}: about {}", way.relay, in_words(duration)));
    if way.in_doubt_at_most() > way.connections.max(1) {
        let (depth, doubt) = (way.depth, way.in_doubt_at_most());
        output.talk(&format!(
            "  up to {depth} messages in flight on each: cut off, up to {doubt} deliveries may be in doubt"
        ));
    }
    let waived = findings::waivers_in_words(&content.waivers);
    let approved = approved_in_words(&content.approved_by);
    let scheduled = content.schedule.as_ref().map(schedule::in_words);
    for line in [scheduled, approved, waived].into_iter().flatten() {
        output.talk(&format!("  {line}"));
    }
    way.notes.iter().for_each(|note| output.problem(note));
    output.talk(&output.dress(Dress::Faint, &format!("  seal {}", &plan.seal[..16])));
}

/// Returns the line that says who approved exactly what is sealed.
pub(crate) fn approved_in_words(people: &[String]) -> Option<String> {
    (!people.is_empty()).then(|| format!("approved by {}", visible(&people.join(", "))))
}

/// Shows how approvals stand: who approved what is there now, who something else, and how many are missing.
pub(crate) fn standing(output: Output, issue: &str, standing: &ApprovalStanding) {
    for approval in &standing.valid {
        let good = output.dress(Dress::Good, "approved");
        let at = approval.at.format("%Y-%m-%d %H:%M UTC");
        output.data(&format!("{good}  {}  {at}", visible(&approval.by.to_string())));
    }
    for stale in &standing.stale {
        let old = output.dress(Dress::Careful, "outdated");
        output.data(&format!("{old}  {}", visible(&approved::outdated(stale))));
    }
    let (valid, wanted) = (standing.valid.len(), standing.wanted);
    output.talk(&match standing.missing {
        0 if wanted == 0 && valid == 1 => format!("{issue}: 1 approval; the newsletter wants none"),
        0 if wanted == 0 => format!("{issue}: {valid} approvals; the newsletter wants none"),
        0 => format!("{issue}: {valid} of {wanted} approvals; it may be sent"),
        _ => format!("{issue}: {valid} of {wanted} approvals; `masthead send` waits for the others"),
    });
}

/// Shows each language with its subject, and below it who gets which choice of items.
fn languages(output: Output, prepared: &Prepared) {
    let Prepared { content, plan, .. } = prepared;
    for (language, recipients) in &plan.per_language {
        let mut variants = content.variants.iter().filter(|variant| variant.language == *language);
        let Some(digest) = variants.next().map(|variant| &variant.digest) else { continue };
        let subject = digest.merge.replace(&digest.subject, |_| "…".into());
        output.talk(&format!("  {recipients:>6}  {:<8} {subject}", language.as_str()));
        let counts: Vec<_> = plan.per_variant.iter().filter(|count| count.language == *language).collect();
        if counts.len() > 1 {
            let choices = counts.iter().map(|count| match count.label.split_once('+') {
                None => format!("{} all items", count.recipients),
                Some((_, topics)) => format!("{} {topics}", count.recipients),
            });
            let choices = choices.collect::<Vec<_>>().join(" · ");
            output.talk(&output.dress(Dress::Faint, &format!("                   by topic: {choices}")));
        }
    }
}

/// Shows what a run came to; the numbers add up to the sealed list.
pub(crate) fn summary(output: Output, broadcast: &Broadcast, report: &RunReport) -> Exit {
    let tally = report.tally_after.clone().unwrap_or_default();
    let in_doubt = tally.of(DeliveryState::InDoubt);
    if output.json {
        output.object(&json!({
            "issue": broadcast.content.issue.to_string(), "edition": broadcast.content.edition, "seal": broadcast.seal,
            "ended": ended_word(&report.ended), "problem": problem(&report.ended).map(masked), "this_run": report.counts,
            "deliveries": tally.total(), "by_state": tally.by_state, "seconds": report.duration.as_secs_f64(),
            "providers": report.providers, "suppressed": report.suppressed_gone,
        }));
    } else {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = report.counts.sent as f64 / report.duration.as_secs_f64().max(0.001);
        output.talk(&format!(
            "This run: {} in {} ({rate:.0} a second).",
            outcomes(&report.counts),
            in_words(report.duration)
        ));
        if tally.total() > 0 {
            output.talk(&format!(
                "{}: {} of {} deliveries.",
                broadcast.content.issue,
                status::in_words(&tally),
                tally.total()
            ));
        }
        aftermath(output, report);
        ending(output, broadcast, &report.ended);
    }
    exit(
        &report.ended,
        in_doubt,
        tally.of(DeliveryState::Failed) + tally.of(DeliveryState::Bounced),
        report.tally_after.is_some(),
    )
}

/// Says who rests, and who was taken off the list.
fn aftermath(output: Output, report: &RunReport) {
    for provider in &report.providers {
        if let Some(until) = provider.rests_until {
            let until = until.format("%Y-%m-%d %H:%M UTC");
            output.talk(&format!("{} rests until {until}; its deliveries wait.", provider.provider));
        }
    }
    match report.suppressed_gone {
        0 => {}
        1 => output
            .talk("1 mailbox does not exist and is suppressed from now on (`masthead suppress` lists it)."),
        more => output.talk(&format!(
            "{more} mailboxes do not exist and are suppressed from now on (`masthead suppress` lists them)."
        )),
    }
}

fn ending(output: Output, broadcast: &Broadcast, ended: &RunEnd) {
    let again = format!("`masthead send {}` goes on", broadcast.content.issue);
    match ended {
        RunEnd::Finished => {}
        RunEnd::Left { open, next_due } => {
            let due = next_due
                .map(|at| format!(" from {} UTC on", at.format("%Y-%m-%d %H:%M")))
                .unwrap_or_default();
            let are = if *open == 1 { "is" } else { "are" };
            output.talk(&format!("{open} {are} left: {again}{due}."));
        }
        RunEnd::Interrupted => output.talk(&format!("Interrupted. {again}; nobody gets it twice.")),
        RunEnd::TimeIsUp => output.talk(&format!("The time is up. {again}.")),
        RunEnd::HeldBack(problem) => {
            output.problem(&masked(problem));
            output.talk("Nothing is lost: the queue is kept.");
        }
        RunEnd::CouldNotSend(problem) | RunEnd::MessageRefused(problem) | RunEnd::LedgerFailed(problem) => {
            output.problem(&masked(problem));
            output.talk(&format!("Nothing is lost: {again} when that is mended."));
        }
    }
}

fn ended_word(ended: &RunEnd) -> &'static str {
    match ended {
        RunEnd::Finished => "finished",
        RunEnd::Left { .. } => "left",
        RunEnd::Interrupted => "interrupted",
        RunEnd::TimeIsUp => "time_is_up",
        RunEnd::CouldNotSend(_) => "could_not_send",
        RunEnd::MessageRefused(_) => "message_refused",
        RunEnd::HeldBack(_) => "held_back",
        RunEnd::LedgerFailed(_) => "ledger_failed",
    }
}

/// Returns a problem without the addresses that servers quote in full: it goes into logs.
fn masked(problem: &Problem) -> Problem {
    Problem { message: masked_in(&problem.message).into_owned(), ..problem.clone() }
}

/// Returns what stopped a run, when something did.
fn problem(ended: &RunEnd) -> Option<&Problem> {
    match ended {
        RunEnd::CouldNotSend(problem)
        | RunEnd::MessageRefused(problem)
        | RunEnd::HeldBack(problem)
        | RunEnd::LedgerFailed(problem) => Some(problem),
        RunEnd::Finished | RunEnd::Left { .. } | RunEnd::Interrupted | RunEnd::TimeIsUp => None,
    }
}

fn exit(ended: &RunEnd, in_doubt: u64, failed: u64, is_known: bool) -> Exit {
    match ended {
        RunEnd::LedgerFailed(_) => Exit::CouldNotLook,
        RunEnd::Interrupted => Exit::Interrupted,
        RunEnd::CouldNotSend(_) | RunEnd::MessageRefused(_) | RunEnd::HeldBack(_) => Exit::Problems,
        _ if !is_known => Exit::CouldNotLook,
        _ if in_doubt > 0 => Exit::InDoubt,
        _ if failed > 0 => Exit::Problems,
        RunEnd::Finished | RunEnd::Left { .. } | RunEnd::TimeIsUp => Exit::Done,
    }
}

/// Returns the problem of an issue that its checks hold back.
pub(crate) fn held_back() -> Problem {
    Problem::error("send/checks-failed", "the checks above stop this issue")
        .help("mend what they name and run the same command again; nothing was sealed, nothing was sent")
}
