//! `masthead status`: where every delivery stands, and who is in doubt.

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::StatusArgs,
        commands::store,
        output::{Dress, Output},
        sending::{findings, shown},
        settings,
    },
    delivery::ports::Ledger,
    domain::{
        broadcast::{Broadcast, Tally},
        delivery::{DeliveryReport, DeliveryState},
        problem::Problem,
    },
};
use serde_json::json;

/// Deliveries that a listing names; more are counted.
const NAMED_MAX: usize = 1_000;

pub(crate) fn run(desk: &Desk, args: &StatusArgs) -> Done {
    let workspace = settings::bare_workspace(desk)?;
    let show = args.show.as_deref().map(state).transpose()?;
    if !store::exists(&workspace) {
        desk.output.talk("Nothing was sealed in this workspace yet.");
        return Ok(Exit::Done);
    }
    let mut ledger = store::open(&workspace)?;
    let broadcasts = match &args.issue {
        None => store::asked(ledger.broadcasts())?,
        Some(issue) => {
            let (issue, found) = store::issue(desk, &mut ledger, issue)?;
            if found.is_none() {
                desk.output.talk(&format!("{issue} was not sealed yet: `masthead send {issue}` does it."));
            }
            let all = store::asked(ledger.broadcasts())?;
            all.into_iter().filter(|broadcast| broadcast.content.issue == issue).collect()
        }
    };
    let mut exit = Exit::Done;
    for broadcast in &broadcasts {
        let tally = store::asked(ledger.tally(broadcast.id))?;
        if tally.of(DeliveryState::InDoubt) > 0 {
            exit = Exit::InDoubt;
        }
        print(desk.output, broadcast, &tally);
        // One issue is asked for: name whom a person has to think about.
        let listed = show.or((args.issue.is_some()).then_some(DeliveryState::InDoubt));
        if let Some(state) = listed {
            let reports = store::asked(ledger.deliveries(broadcast.id, state, NAMED_MAX))?;
            for report in &reports {
                print_delivery(desk.output, report, args.full_addresses);
            }
            let unnamed = tally.of(state).saturating_sub(reports.len() as u64);
            if unnamed > 0 {
                desk.output.talk(&format!("  … and {unnamed} more"));
            }
        }
    }
    if exit == Exit::InDoubt && !desk.output.json {
        desk.output.talk("In doubt: the line broke after the final dot. Look for the Message-ID in the relay's log, then settle with `masthead reconcile`.");
    }
    Ok(exit)
}

fn state(word: &str) -> Result<DeliveryState, Failure> {
    DeliveryState::parse(&word.replace('-', "_")).ok_or_else(|| {
        let known = DeliveryState::ALL.map(DeliveryState::as_str).join(", ");
        Failure::usage(
            Problem::error("cli/unknown-state", format!("`{word}` is no state of a delivery"))
                .help(format!("one of: {known}")),
        )
    })
}

fn print(output: Output, broadcast: &Broadcast, tally: &Tally) {
    if output.json {
        output.object(&json!({
            "issue": broadcast.content.issue.to_string(),
            "edition": broadcast.content.edition,
            "state": broadcast.state,
            "sealed_at": broadcast.sealed_at,
            "seal": broadcast.seal,
            "deliveries": tally.total(),
            "by_state": tally.by_state,
            "waivers": broadcast.content.waivers,
            "approved_by": broadcast.content.approved_by,
        }));
        return;
    }
    let edition = if broadcast.content.edition == 0 {
        String::new()
    } else {
        format!(" edition {}", broadcast.content.edition)
    };
    let title = output.dress(Dress::Strong, &format!("{}{edition}", broadcast.content.issue));
    output.data(&format!(
        "{title}  sealed {}  {} deliveries",
        broadcast.sealed_at.format("%Y-%m-%d %H:%M UTC"),
        tally.total()
    ));
    output.data(&format!("  {}", in_words(tally)));
    let approved = shown::approved_in_words(&broadcast.content.approved_by);
    for line in [approved, findings::waivers_in_words(&broadcast.content.waivers)].into_iter().flatten() {
        output.data(&format!("  {line}"));
    }
}

/// Returns the states that occur, with their numbers; they add up to the deliveries.
pub(crate) fn in_words(tally: &Tally) -> String {
    let parts = tally.by_state.iter().filter(|(_, count)| **count > 0);
    let parts: Vec<_> =
        parts.map(|(state, count)| format!("{count} {}", state.as_str().replace('_', " "))).collect();
    if parts.is_empty() { "nothing".into() } else { parts.join(" · ") }
}

fn print_delivery(output: Output, report: &DeliveryReport, in_full: bool) {
    let address = if in_full { report.address.expose() } else { report.address.to_string() };
    if output.json {
        output.object(&json!({
            "delivery": report.id, "address": address, "state": report.state, "attempts": report.attempts,
            "detail": report.detail, "message_id": report.message_id,
        }));
        return;
    }
    let detail = report.detail.as_deref().unwrap_or("");
    output.data(&format!(
        "  {}  {:<10} {address}  {detail}",
        report.id.0,
        report.state.as_str().replace('_', " ")
    ));
    if let Some(message_id) = &report.message_id {
        output.data(&format!("      Message-ID <{message_id}>"));
    }
}
