//! When an issue may be sent: what was typed, what its file says, what was sealed, and what late means.

use crate::{
    cli::{
        Desk, Failure,
        args::SendArgs,
        commands::store,
        sending::waiting::{self, Waited},
        settings,
    },
    content::moment::{Here, Moment, shown},
    domain::{
        broadcast::{Broadcast, Schedule},
        delivery::{DeliveryEvent, DeliveryState},
        problem::Problem,
        settings::SendingSettings,
    },
    runner::report::RunReport,
    workspace::Workspace,
};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::io::IsTerminal;

/// What was typed about time.
pub(crate) struct Times {
    at: Option<Moment>,
    not_after: Option<Moment>,
    /// When the run is to stop, whatever is left.
    pub(crate) until: Option<DateTime<Utc>>,
    is_now: bool,
    even_late: bool,
}

impl Times {
    /// Reads the options.
    ///
    /// # Errors
    /// When one is no moment, or has passed.
    pub(crate) fn read(desk: &Desk, args: &SendArgs) -> Result<Self, Failure> {
        let here = Here { now: Some(crate::cli::now(desk)), zone: Some(settings::zone()) };
        let read =
            |flag: &str, typed: Option<&str>| typed.map(|typed| moment(flag, typed, &here)).transpose();
        let times = Self {
            at: read("--at", args.at.as_deref())?,
            not_after: read("--not-after", args.not_after.as_deref())?,
            until: read("--until", args.until.as_deref())?.map(|moment| moment.at),
            is_now: args.now,
            even_late: args.even_late,
        };
        if let (Some(at), Some(end)) = (&times.at, &times.not_after)
            && end.at <= at.at
        {
            let message = format!("--not-after ({}) is not after --at ({})", end.in_words(), at.in_words());
            return Err(bad_moment(message, "let the end be later than the start".to_owned()));
        }
        Ok(times)
    }

    /// Returns what is sealed: a start, an end, and the zone that people think of them in.
    pub(crate) fn schedule(
        &self,
        settings: SendingSettings,
        of_issue: Option<DateTime<Utc>>,
    ) -> Option<Schedule> {
        let not_before = self.at.as_ref().map(|moment| moment.at);
        let usual = not_before.map(|start| start + settings.not_after);
        let not_after = self.not_after.as_ref().map(|moment| moment.at).or(of_issue).or(usual);
        let zone = self.at.as_ref().or(self.not_after.as_ref()).map(|moment| moment.zone.clone());
        (not_before.is_some() || not_after.is_some()).then(|| Schedule {
            not_before,
            not_after: not_after.filter(|_| !self.even_late),
            zone: zone.unwrap_or_else(|| "UTC".to_owned()),
        })
    }

    /// Returns what holds for this run of what was sealed: options that are typed again count more.
    pub(crate) fn of_run(&self, sealed: Option<&Schedule>, settings: SendingSettings) -> Option<Schedule> {
        let typed = self.schedule(settings, None);
        let mut run = match (sealed, typed) {
            (None, typed) => typed?,
            (Some(sealed), None) => sealed.clone(),
            (Some(sealed), Some(typed)) => Schedule {
                not_before: typed.not_before.or(sealed.not_before),
                not_after: typed.not_after.or(sealed.not_after),
                zone: typed.zone,
            },
        };
        if self.is_now {
            run.not_before = None;
        }
        if self.even_late {
            run.not_after = None;
        }
        Some(run)
    }
}

fn moment(flag: &str, typed: &str, here: &Here) -> Result<Moment, Failure> {
    let moment =
        Moment::parse(typed, here).map_err(|fault| bad_moment(format!("{flag}: {fault}"), fault.help()))?;
    if here.now.is_some_and(|now| moment.at <= now) {
        let message = format!("{flag}: `{}` has passed", moment.in_words());
        return Err(bad_moment(message, "write a moment to come, or leave it out".to_owned()));
    }
    Ok(moment)
}

fn bad_moment(message: String, help: String) -> Failure {
    Failure::usage(Problem::error("cli/bad-moment", message).help(help))
}

/// Says in one line when the issue is sent, for the plan.
pub(crate) fn in_words(schedule: &Schedule) -> String {
    let show = |at| shown(at, &schedule.zone);
    match (schedule.not_before, schedule.not_after) {
        (Some(start), Some(end)) => format!("begins {}, not after {}", show(start), show(end)),
        (Some(start), None) => format!("begins {}", show(start)),
        (None, Some(end)) => format!("not after {}", show(end)),
        (None, None) => "begins now".to_owned(),
    }
}

/// Waits for the planned start; what was sealed stays sealed whatever happens meanwhile.
pub(crate) async fn until_start(desk: &Desk, broadcast: &Broadcast, schedule: &Schedule) -> Waited {
    let Some(start) = schedule.not_before.filter(|start| *start > crate::cli::now(desk)) else {
        return Waited::ItIsTime;
    };
    let issue = &broadcast.content.issue;
    let words = shown(start, &schedule.zone);
    if desk.output.json {
        desk.output
            .object(&json!({ "issue": issue.to_string(), "seal": broadcast.seal, "waits_until": start }));
    }
    desk.output
        .talk(&format!("{issue} is sealed and begins {words}. Leave this running; Ctrl-C leaves it sealed."));
    let waited = waiting::until(desk, start, &words).await;
    desk.output.talk(&match waited {
        Waited::ItIsTime => format!("It is {}: sending.", shown(crate::cli::now(desk), &schedule.zone)),
        Waited::Stopped => format!(
            "Stopped before it began: nothing was sent, {issue} stays sealed. `masthead send {issue}` waits on; with --now \
             it begins at once."
        ),
    });
    waited
}

/// Settles what did not leave in time: it is stale, and no later run may send it.
///
/// # Errors
/// When the ledger can't be written.
pub(crate) fn expire(
    desk: &Desk,
    workspace: &Workspace,
    broadcast: &Broadcast,
    schedule: &Schedule,
    report: &mut RunReport,
) -> Result<(), Failure> {
    let now = crate::cli::now(desk);
    let Some(end) = schedule.not_after.filter(|end| *end <= now) else { return Ok(()) };
    let mut ledger = store::open(workspace)?;
    let note = format!("not sent by {}", shown(end, &schedule.zone));
    let mut count = 0;
    for state in [DeliveryState::Queued, DeliveryState::Deferred] {
        count += store::asked(ledger.resolve(broadcast.id, state, None, DeliveryEvent::Expire, &note, now))?;
    }
    if count > 0 {
        report.tally_after = Some(store::asked(ledger.tally(broadcast.id))?);
        desk.output.talk(&format!("{count} not sent by {}: expired.", shown(end, &schedule.zone)));
    }
    Ok(())
}

/// Asks before sending something that is stale; without a person to ask, only `--even-late` will do.
///
/// Returns whether to go on.
///
/// # Errors
/// When nobody can be asked.
pub(crate) fn may_begin(desk: &Desk, schedule: &mut Schedule, is_yes: bool) -> Result<bool, Failure> {
    let now = crate::cli::now(desk);
    let Some(end) = schedule.not_after.filter(|end| *end <= now) else { return Ok(true) };
    let late = format!(
        "this issue was to be sent not after {}; it is {}",
        shown(end, &schedule.zone),
        shown(now, &schedule.zone)
    );
    if is_yes || !std::io::stdin().is_terminal() {
        return Err(Problem::error("send/too-late", late)
            .help("nothing more leaves: look whether its news are still news, then add --even-late (--yes does not cover this)")
            .into());
    }
    desk.output.talk(&format!("Late: {late}."));
    desk.output.ask("Send it all the same? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    let is_wanted = read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    if is_wanted {
        schedule.not_after = None;
    }
    Ok(is_wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn times(at: Option<i64>, not_after: Option<i64>) -> Times {
        let moment = |hours| Moment { at: hour(hours), zone: "UTC".to_owned() };
        Times {
            at: at.map(moment),
            not_after: not_after.map(moment),
            until: None,
            is_now: false,
            even_late: false,
        }
    }

    fn hour(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    #[track_caller]
    fn check(schedule: Option<Schedule>, expected: &str) {
        let words = schedule.map_or_else(|| "any time".to_owned(), |schedule| in_words(&schedule));
        assert_eq!(words, expected);
    }

    #[test]
    fn an_end_comes_from_the_option_the_issue_or_six_hours() {
        let settings = SendingSettings::default();
        let [nine, fifteen] = ["1970-01-01 09:00 UTC", "1970-01-01 15:00 UTC"];
        check(times(None, None).schedule(settings, None), "any time");
        check(times(Some(9), None).schedule(settings, None), &format!("begins {nine}, not after {fifteen}"));
        let of_issue = times(Some(9), None).schedule(settings, Some(hour(12)));
        check(of_issue, &format!("begins {nine}, not after 1970-01-01 12:00 UTC"));
        let typed = times(None, Some(15)).schedule(settings, Some(hour(12)));
        check(typed, &format!("not after {fifteen}"));
    }

    #[test]
    fn what_was_sealed_holds_until_something_else_is_typed() {
        let settings = SendingSettings::default();
        let sealed = times(Some(9), None).schedule(settings, None);
        let of_run = |times: &Times| times.of_run(sealed.as_ref(), settings);
        check(of_run(&times(None, None)), "begins 1970-01-01 09:00 UTC, not after 1970-01-01 15:00 UTC");
        check(of_run(&times(Some(10), None)), "begins 1970-01-01 10:00 UTC, not after 1970-01-01 16:00 UTC");
        check(of_run(&Times { is_now: true, ..times(None, None) }), "not after 1970-01-01 15:00 UTC");
        check(of_run(&Times { even_late: true, ..times(None, None) }), "begins 1970-01-01 09:00 UTC");
        check(times(None, None).of_run(None, settings), "any time");
    }
}
