//! `masthead reconcile --adopt` and `--quarantine-since`: a ledger that was put back, moved or copied may be sent from again.

use crate::{
    cli::{Desk, Done, Exit, Failure, args::ReconcileArgs, commands::store, settings},
    delivery::ports::Base,
    domain::problem::Problem,
    ledger::{
        journal::{self, Mended},
        postgres::Adopted,
    },
    workspace::Workspace,
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// Mends what the arguments ask for.
///
/// # Errors
/// When there is no ledger, the moment can't be read, a send is running, or a journal can't be read.
pub(crate) fn run(desk: &Desk, args: &ReconcileArgs) -> Done {
    let workspace = settings::bare_workspace(desk)?;
    let since = args.quarantine_since.as_deref().map(moment).transpose()?;
    if !store::exists(&workspace) {
        let problem = Problem::error("cli/not-sealed", "nothing was ever sealed in this workspace");
        return Err(problem.help("`masthead send` seals and sends").into());
    }
    if store::shared::is_meant(&workspace) {
        return shared(desk, args, &workspace, since);
    }
    let mut ledger = store::open_file(&workspace)?;
    let mut quarantined = 0;
    if let Some(since) = since {
        quarantined = store::asked(ledger.quarantine(since, crate::cli::now(desk)))?;
    }
    let mut mended = Mended::default();
    if args.adopt {
        mended = store::asked(journal::mend(&mut ledger, &store::journals(&workspace)))?;
    }
    tell(desk, args, &mended, quarantined);
    Ok(if mended.applied.in_doubt + quarantined > 0 { Exit::InDoubt } else { Exit::Done })
}

/// The same for a database. What exactly left is known by no machine alone, so whatever may have left is in doubt.
fn shared(desk: &Desk, args: &ReconcileArgs, workspace: &Workspace, since: Option<DateTime<Utc>>) -> Done {
    let mut ledger = store::open_shared(workspace)?;
    let now = crate::cli::now(desk);
    let quarantined = since.map(|since| store::asked(ledger.quarantine(since, now))).transpose()?;
    let mut adopted = Adopted::default();
    if args.adopt {
        adopted = store::asked(ledger.adopt(&store::diary(workspace), now))?;
    }
    let in_doubt = adopted.in_doubt + quarantined.unwrap_or_default();
    if desk.output.json {
        desk.output.object(&serde_json::json!({
            "adopted": args.adopt, "runs": adopted.runs, "in_doubt": adopted.in_doubt, "kept": adopted.unknown,
            "quarantined": quarantined.unwrap_or_default(),
        }));
        return Ok(if in_doubt > 0 { Exit::InDoubt } else { Exit::Done });
    }
    if let Some(quarantined) = quarantined {
        desk.output.talk(&format!("{quarantined} deliveries were open and are in doubt now."));
    }
    if args.adopt {
        desk.output.talk(&format!(
            "The database lacked something of {} runs of this machine: {} deliveries were open and are in doubt now.",
            adopted.runs, adopted.in_doubt
        ));
        if adopted.unknown > 0 {
            desk.output.talk(&format!(
                "{} issues were sent that it does not know; when they are sealed again, all of their deliveries are in doubt.",
                adopted.unknown
            ));
        }
        desk.output.talk("Do the same on every other machine that sent, before anybody sends again.");
    }
    Ok(if in_doubt > 0 { Exit::InDoubt } else { Exit::Done })
}

fn tell(desk: &Desk, args: &ReconcileArgs, mended: &Mended, quarantined: u64) {
    let applied = mended.applied;
    if desk.output.json {
        desk.output.object(&serde_json::json!({
            "adopted": args.adopt, "journals": mended.journals, "sent": applied.sent, "in_doubt": applied.in_doubt,
            "other": applied.other, "kept": applied.unknown, "quarantined": quarantined,
        }));
        return;
    }
    if args.quarantine_since.is_some() {
        desk.output.talk(&format!("{quarantined} deliveries were open and are in doubt now."));
    }
    if args.adopt {
        desk.output.talk(&format!(
            "{} send journals taken over: {} deliveries had left, {} are in doubt, {} were settled otherwise.",
            mended.journals, applied.sent, applied.in_doubt, applied.other
        ));
        if applied.unknown > 0 {
            desk.output.talk(&format!(
                "{} deliveries belong to issues that this ledger does not know; they count when those are sealed again.",
                applied.unknown
            ));
        }
        desk.output.talk("This is the ledger to send from now. Never send from another copy of it.");
    }
}

/// Reads a moment as it is typed: RFC 3339, or a day or a minute in UTC.
fn moment(typed: &str) -> Result<DateTime<Utc>, Failure> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(typed) {
        return Ok(moment.with_timezone(&Utc));
    }
    let minute = NaiveDateTime::parse_from_str(typed, "%Y-%m-%d %H:%M");
    let day = || NaiveDate::parse_from_str(typed, "%Y-%m-%d").map(|day| day.and_time(chrono::NaiveTime::MIN));
    minute.or_else(|_| day()).map(|moment| moment.and_utc()).map_err(|_| {
        let problem = Problem::error("cli/bad-moment", format!("`{typed}` is no moment"));
        Failure::usage(
            problem.help("write it as 2022-05-02, `2022-05-02 09:00` (UTC) or 2022-05-02T09:00:00+02:00"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_write_them() {
        let nine = moment("2022-05-02 09:00").map(|moment| moment.timestamp()).ok();
        assert_eq!(nine, moment("2022-05-02T11:00:00+02:00").map(|moment| moment.timestamp()).ok());
        assert!(moment("2022-05-02").is_ok());
        assert!(moment("yesterday").is_err());
    }
}
