//! Deliveries in doubt, as the commands see them: naming them, and what the policy does about them.

use crate::{
    cli::{Desk, Failure, commands::store},
    delivery::ports::{Doubt, Named},
    domain::{
        address::EmailAddress,
        broadcast::Broadcast,
        delivery::{DeliveryEvent, DeliveryId, DeliveryState},
        doubt::{DoubtPolicy, DoubtSettings},
        problem::Problem,
        time::Clock,
    },
    ledger::open::OpenLedger,
    workspace::Workspace,
};
use chrono::{DateTime, TimeDelta, Utc};

/// Deliveries in doubt that a run names at its end; `status` has the rest.
const NAMED_MAX: usize = 20;

/// Reads how a delivery was named: by number or by address.
///
/// # Errors
/// When it is neither.
pub(crate) fn named(typed: &str) -> Result<Named, Failure> {
    if let Ok(id) = typed.trim().parse() {
        return Ok(Named::Id(DeliveryId(id)));
    }
    EmailAddress::parse(typed).map(Named::Address).map_err(|_| {
        let problem = Problem::error("cli/unknown-delivery", format!("`{typed}` names no delivery"));
        Failure::usage(problem.help("give the number that `masthead status ISSUE` shows, or a whole address"))
    })
}

/// Does what `in_doubt` says about deliveries that are in doubt for long enough; returns how many it settled.
///
/// # Errors
/// When the ledger can't be written.
pub(crate) fn apply_policy(
    desk: &Desk,
    ledger: &mut OpenLedger,
    settings: DoubtSettings,
    broadcast: &Broadcast,
) -> Result<u64, Failure> {
    let (event, outcome) = match settings.policy {
        DoubtPolicy::Hold => return Ok(0),
        DoubtPolicy::Resend => (DeliveryEvent::Resend, "queued once more"),
        DoubtPolicy::AssumeSent => (DeliveryEvent::Accept, "counted as sent"),
    };
    let (now, word) = (desk.clock.now(), settings.policy.as_str());
    let note = format!("{outcome} by policy `in_doubt: {word}`");
    let before = now - patience(settings);
    let settled = store::asked(ledger.settle_old_doubts(broadcast.id, event, before, &note, now))?;
    if settled > 0 && !desk.output.json {
        desk.output.talk(&format!("{settled} in doubt {outcome}, as `in_doubt: {word}` says."));
    }
    Ok(settled)
}

fn patience(settings: DoubtSettings) -> TimeDelta {
    TimeDelta::from_std(settings.patience()).unwrap_or(TimeDelta::MAX)
}

/// Names who is in doubt after a run, and what to do next. Addresses are masked: this goes into logs.
///
/// A ledger that can't be read was complained about before.
pub(crate) fn name_them(desk: &Desk, workspace: &Workspace, broadcast: &Broadcast) {
    if desk.output.json {
        return;
    }
    let Ok(mut ledger) = store::open(workspace) else { return };
    let (Ok(doubts), Ok(tally)) = (ledger.doubts(broadcast.id, NAMED_MAX), ledger.tally(broadcast.id)) else {
        return;
    };
    if doubts.is_empty() {
        return;
    }
    desk.output.talk("In doubt (the line broke after the final dot):");
    for doubt in &doubts {
        desk.output.talk(&format!("  {}  {}", doubt.report.id.0, doubt.report.address));
    }
    let more = tally.of(DeliveryState::InDoubt).saturating_sub(doubts.len() as u64);
    if more > 0 {
        desk.output.talk(&format!("  … and {more} more: `masthead status {}`", broadcast.content.issue));
    }
    for line in next_steps(broadcast, workspace.settings.sending.doubt, &doubts, desk.clock.now()) {
        desk.output.talk(&line);
    }
}

/// Returns the exact commands that settle these doubts, and what happens without them.
pub(crate) fn next_steps(
    broadcast: &Broadcast,
    settings: DoubtSettings,
    doubts: &[Doubt],
    now: DateTime<Utc>,
) -> Vec<String> {
    let issue = &broadcast.content.issue;
    let mut lines = vec![format!(
        "Next: `masthead reconcile {issue} --maillog FILE` with the relay's log; without it decide: `masthead reconcile \
         {issue} --accept` (or --resend, --give-up; one of them with --only NUMBER)."
    )];
    lines.extend(by_itself(broadcast, settings, doubts, now));
    lines
}

/// Returns what the policy will do, and when.
fn by_itself(
    broadcast: &Broadcast,
    settings: DoubtSettings,
    doubts: &[Doubt],
    now: DateTime<Utc>,
) -> Option<String> {
    let is_meant = |doubt: &&Doubt| settings.policy != DoubtPolicy::Resend || !doubt.is_resent;
    let first = doubts.iter().filter(is_meant).map(|doubt| doubt.since).min()?;
    let due = first.checked_add_signed(patience(settings))?;
    let does = match settings.policy {
        DoubtPolicy::Hold => return None,
        DoubtPolicy::Resend => "sends them once more, octet by octet the same",
        DoubtPolicy::AssumeSent => "counts them as sent",
    };
    let when =
        if due <= now { "now".to_owned() } else { format!("from {} on", due.format("%Y-%m-%d %H:%M UTC")) };
    let (issue, word) = (&broadcast.content.issue, settings.policy.as_str());
    Some(format!("Or leave it to `in_doubt: {word}`: {when}, `masthead send {issue}` {does}."))
}
