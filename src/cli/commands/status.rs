//! `masthead status`: where every delivery stands, and who is in doubt.

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::StatusArgs,
        commands::store,
        output::{Dress, Output, visible},
        sending::{doubts, findings, schedule, shown},
        settings,
    },
    delivery::ports::{Doubt, HistoryEntry},
    domain::{
        address::masked_in,
        broadcast::{Broadcast, Tally},
        delivery::{DeliveryReport, DeliveryState},
        doubt::DoubtSettings,
        problem::Problem,
    },
    ledger::open::OpenLedger,
};
use serde_json::json;
use std::borrow::Cow;

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
    if let Some(typed) = &args.delivery {
        return history(desk, &mut ledger, &broadcasts, typed, args.full_addresses);
    }
    let mut exit = Exit::Done;
    for broadcast in &broadcasts {
        let tally = store::asked(ledger.tally(broadcast.id))?;
        if tally.of(DeliveryState::InDoubt) > 0 {
            exit = Exit::InDoubt;
        }
        print(desk.output, broadcast, &tally);
        // One issue is asked for: name whom a person has to think about.
        let listed = show.or((args.issue.is_some()).then_some(DeliveryState::InDoubt));
        match listed {
            Some(DeliveryState::InDoubt) => {
                let policy = workspace.settings.sending.doubt;
                list_doubts(desk, &mut ledger, broadcast, &tally, (args, policy))?;
            }
            Some(state) => list(desk, &mut ledger, broadcast, &tally, (args, state))?,
            None => {}
        }
    }
    if exit == Exit::InDoubt && args.issue.is_none() && !desk.output.json {
        desk.output.talk("In doubt: the line broke after the final dot. `masthead status ISSUE` names them, `masthead reconcile ISSUE` settles them.");
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
            "not_before": broadcast.content.schedule.as_ref().and_then(|schedule| schedule.not_before),
            "not_after": broadcast.content.schedule.as_ref().and_then(|schedule| schedule.not_after),
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
    if let Some(schedule) = broadcast.content.schedule.as_ref().filter(|_| tally.open() > 0) {
        output.data(&format!("  {}", schedule::in_words(schedule)));
    }
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
    let detail = report.detail.as_deref().map(|words| words_of_others(words, in_full));
    if output.json {
        output.object(&json!({
            "delivery": report.id, "address": address, "state": report.state, "attempts": report.attempts,
            "detail": detail, "message_id": report.message_id,
        }));
        return;
    }
    let detail = detail.as_deref().unwrap_or("");
    output.data(&format!(
        "  {}  {:<10} {address}  {}",
        report.id.0,
        report.state.as_str().replace('_', " "),
        visible(detail)
    ));
    if let Some(message_id) = &report.message_id {
        output.data(&format!("      Message-ID <{message_id}>"));
    }
}

/// Returns what a server said; it quotes addresses in full, and they are shown in full only when that was asked for.
fn words_of_others(words: &str, in_full: bool) -> Cow<'_, str> {
    if in_full { Cow::Borrowed(words) } else { masked_in(words) }
}

/// Lists the deliveries of a state, page by page.
fn list(
    desk: &Desk,
    ledger: &mut OpenLedger,
    broadcast: &Broadcast,
    tally: &Tally,
    (args, state): (&StatusArgs, DeliveryState),
) -> Result<(), Failure> {
    let until = args.skip.saturating_add(args.limit);
    let reports = store::asked(ledger.deliveries(broadcast.id, state, until))?;
    for report in reports.iter().skip(args.skip) {
        print_delivery(desk.output, report, args.full_addresses);
    }
    more(desk.output, tally.of(state), reports.len());
    Ok(())
}

/// Lists who is in doubt, since when and why, and says what settles it.
fn list_doubts(
    desk: &Desk,
    ledger: &mut OpenLedger,
    broadcast: &Broadcast,
    tally: &Tally,
    (args, policy): (&StatusArgs, DoubtSettings),
) -> Result<(), Failure> {
    let until = args.skip.saturating_add(args.limit);
    let doubts = store::asked(ledger.doubts(broadcast.id, until))?;
    for doubt in doubts.iter().skip(args.skip) {
        print_doubt(desk.output, doubt, args.full_addresses);
    }
    more(desk.output, tally.of(DeliveryState::InDoubt), doubts.len());
    if !doubts.is_empty() && !desk.output.json {
        desk.output.talk("In doubt: the line broke after the final dot, so nobody here knows whether the relay took the message. Look for the Message-ID in the relay's log.");
        for line in doubts::next_steps(broadcast, policy, &doubts, crate::cli::now(desk)) {
            desk.output.talk(&line);
        }
    }
    Ok(())
}

fn more(output: Output, all: u64, named: usize) {
    let unnamed = all.saturating_sub(named as u64);
    if unnamed > 0 {
        output.talk(&format!("  … and {unnamed} more: --skip {named} shows the next"));
    }
}

fn print_doubt(output: Output, doubt: &Doubt, in_full: bool) {
    let Doubt { report, since, committed_last, is_resent, .. } = doubt;
    let address = if in_full { report.address.expose() } else { report.address.to_string() };
    let cause = report.detail.as_deref().map(|words| words_of_others(words, in_full));
    if output.json {
        output.object(&json!({
            "delivery": report.id, "address": address, "state": report.state, "attempts": report.attempts,
            "detail": cause, "message_id": report.message_id, "since": since,
            "committed_at": committed_last, "resent": is_resent,
        }));
        return;
    }
    let cause = cause.as_deref().unwrap_or("");
    let since = since.format("%Y-%m-%d %H:%M:%S UTC");
    let again = if *is_resent { "  (sent once more already)" } else { "" };
    output.data(&format!("  {}  {address}  since {since}  {}{again}", report.id.0, visible(cause)));
    if let Some(message_id) = &report.message_id {
        output.data(&format!("      Message-ID <{message_id}>"));
    }
}

/// Shows all that happened to one delivery.
fn history(
    desk: &Desk,
    ledger: &mut OpenLedger,
    broadcasts: &[Broadcast],
    typed: &str,
    in_full: bool,
) -> Done {
    let named = doubts::named(typed)?;
    let mut is_found = false;
    for broadcast in broadcasts {
        let Some(report) = store::asked(ledger.find(broadcast.id, &named))? else { continue };
        is_found = true;
        print_delivery(desk.output, &report, in_full);
        for entry in store::asked(ledger.history(report.id))? {
            print_entry(desk.output, &entry, in_full);
        }
    }
    if is_found {
        return Ok(Exit::Done);
    }
    let what = format!("this issue was not sealed for `{typed}`");
    let help = "`masthead status ISSUE --show sent` lists deliveries with their numbers";
    Err(Problem::error("cli/unknown-delivery", what).help(help).into())
}

fn print_entry(output: Output, entry: &HistoryEntry, in_full: bool) {
    let HistoryEntry { at, attempt, event, state, detail } = entry;
    // What is noted of a commit is a Message-ID: it looks like an address and is none.
    let is_known = in_full || event == "commit";
    let detail = detail.as_deref().map(|words| words_of_others(words, is_known));
    if output.json {
        output.object(&json!({
            "at": at, "attempt": attempt, "event": event, "state": state, "detail": detail,
        }));
        return;
    }
    let (at, state) = (at.format("%Y-%m-%d %H:%M:%S UTC"), state.as_str().replace('_', " "));
    let detail = visible(detail.as_deref().unwrap_or(""));
    output.data(&format!("    {at}  attempt {attempt}  {event:<8} {state:<10} {detail}"));
}
