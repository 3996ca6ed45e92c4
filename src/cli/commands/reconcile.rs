//! `masthead reconcile`: settles deliveries in doubt by a person's decision.

use crate::{
    cli::{Desk, Done, Exit, Failure, args::ReconcileArgs, commands::store, settings},
    delivery::ports::Ledger,
    domain::{
        delivery::{DeliveryEvent, DeliveryId, DeliveryState},
        problem::Problem,
    },
};

pub(crate) fn run(desk: &Desk, args: &ReconcileArgs) -> Done {
    let workspace = settings::bare_workspace(desk)?;
    if !store::exists(&workspace) {
        return Err(not_sealed(&args.issue));
    }
    let mut ledger = store::open(&workspace)?;
    let (issue, found) = store::issue(desk, &mut ledger, &args.issue)?;
    let newest = found.ok_or_else(|| not_sealed(&issue))?;
    let (event, note, outcome) = if args.accept {
        (DeliveryEvent::Accept, "accepted by hand", "counted as sent")
    } else if args.resend {
        (DeliveryEvent::Resend, "resend by hand", "queued once more: run `masthead send` again")
    } else {
        (DeliveryEvent::Fail, "given up by hand", "counted as failed")
    };
    let only: Vec<_> = args.only.iter().copied().map(DeliveryId).collect();
    let only = (!only.is_empty()).then_some(only.as_slice());
    let now = crate::cli::now(desk);
    let (mut changed, mut left) = (0, 0);
    for edition in store::asked(ledger.broadcasts())? {
        if edition.content.issue != issue {
            continue;
        }
        // An earlier edition is not sent any more, so nothing of it can be sent once more.
        if edition.id == newest.id || !args.resend {
            let (id, from) = (edition.id, DeliveryState::InDoubt);
            changed += store::asked(ledger.resolve(id, from, only, event, note, now))?;
        }
        left += store::asked(ledger.tally(edition.id))?.of(DeliveryState::InDoubt);
    }
    if desk.output.json {
        desk.output
            .object(&serde_json::json!({ "issue": issue.to_string(), "settled": changed, "in_doubt": left }));
    } else {
        desk.output.talk(&format!("{changed} {outcome}; {left} in doubt"));
    }
    if changed == 0 && only.is_some() {
        return Ok(Exit::Problems);
    }
    Ok(if left > 0 { Exit::InDoubt } else { Exit::Done })
}

fn not_sealed(issue: &dyn std::fmt::Display) -> Failure {
    let what = format!("{issue} was never sealed, so nothing of it is in doubt");
    Problem::error("cli/not-sealed", what).help("`masthead status` lists what was").into()
}
