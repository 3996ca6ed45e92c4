//! `masthead send`: seals, shows the plan, asks, sends, resumes.

use crate::{
    check::Reach,
    cli::{
        Desk, Done, Exit, Failure,
        args::SendArgs,
        commands::{store, test_message},
        output::Dress,
        sending::{
            approved, dkim, doubts, findings,
            list::List,
            prepare::{Order, prepare},
            relay::{self, RelayOptions},
            run::{self, Pace},
            schedule::{self, Times},
            shown::{self, Way},
            waiting::Waited,
        },
        settings,
    },
    delivery::ports::Transport,
    domain::{
        broadcast::{Broadcast, Schedule},
        delivery::{DeliveryEvent, DeliveryState},
        issue::IssueId,
        problem::Problem,
        settings::{Protection, Rate, RelayProfile, RelaySettings},
    },
    ledger::open::OpenLedger,
    outbox::Outbox,
    proof::waivers::{self, Online},
    runner::options::WaitForDeferred,
    workspace::Workspace,
};
use std::io::IsTerminal;

/// Messages that one outbox "connection" writes; files need no change of session.
const OUTBOX_SESSION: u32 = 100_000;

/// Where the messages go.
enum WayOut {
    Relay(Box<RelaySettings>),
    Outbox(Outbox, Option<Rate>, usize),
}

impl WayOut {
    fn relay(&self) -> Option<&RelaySettings> {
        match self {
            Self::Relay(relay) => Some(relay),
            Self::Outbox(..) => None,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Relay(relay) => {
                let scheme = if relay.protection == Protection::Tls { "smtps" } else { "smtp" };
                format!("{scheme}://{}:{}", relay.host, relay.port)
            }
            Self::Outbox(outbox, ..) => outbox.name(),
        }
    }

    /// Looks whether messages could leave this way at all, before anything is sealed for it.
    fn is_usable(&self, desk: &Desk, workspace: &Workspace) -> Result<(), Failure> {
        match self {
            Self::Relay(relay) => relay::transport(desk.output, workspace, relay).map(drop),
            // Its folder was tried already.
            Self::Outbox(..) => Ok(()),
        }
    }

    fn pace(&self, wait: WaitForDeferred) -> Pace {
        match self {
            Self::Relay(relay) => Pace {
                connections: relay.connections,
                depth: relay.pipeline_depth,
                messages_per_connection: relay.messages_per_connection,
                rate: relay.rate,
                quota: relay.quota(),
                continues_anyway: false,
                wait,
                until: None,
                not_after: None,
            },
            Self::Outbox(_, rate, connections) => Pace {
                connections: *connections,
                depth: 1,
                messages_per_connection: OUTBOX_SESSION,
                rate: *rate,
                quota: None,
                continues_anyway: false,
                wait,
                until: None,
                not_after: None,
            },
        }
    }
}

pub(crate) fn run(desk: &Desk, args: &SendArgs) -> Done {
    let (mut workspace, issue) = which(desk, args)?;
    if let Some(address) = &args.test {
        return test_message::send(desk, &workspace, &issue, address, args);
    }
    let times = Times::read(desk, args)?;
    let way_out = way_out(&workspace, args)?;
    // What follows, such as the signature, is about the relay that is meant, whatever the file says.
    workspace.settings.relay = way_out.relay().cloned();
    let mut ledger = if args.dry_run { store::open(&workspace)? } else { store::open_to_send(&workspace)? };
    let known = store::asked(ledger.broadcast(&issue))?;
    if let Some(known) = known.as_ref().filter(|_| !args.new_edition && !args.dry_run) {
        doubts::apply_policy(desk, &mut ledger, workspace.settings.sending.doubt, known)?;
    }
    let broadcast = match known {
        Some(known) if !args.new_edition => match resume(desk, &workspace, &mut ledger, known, args)? {
            Next::Ended(exit) => return Ok(exit),
            Next::Send(broadcast) => broadcast,
        },
        known => match seal(desk, &workspace, issue, known, (args, &times), &way_out, &mut ledger)? {
            Next::Ended(exit) => return Ok(exit),
            Next::Send(broadcast) => broadcast,
        },
    };
    let threads =
        if workspace.settings.signing.is_none() { super::Threads::One } else { super::Threads::AsCores };
    let runtime = super::runtime_of_run(threads)?;
    let sealed = broadcast.content.schedule.as_ref();
    let mut schedule = times.of_run(sealed, workspace.settings.sending).unwrap_or_default();
    let waiting = schedule::until_start(desk, &broadcast, &schedule);
    if runtime.block_on(waiting) == Waited::Stopped {
        return Ok(Exit::Interrupted);
    }
    if !schedule::may_begin(desk, &mut schedule, args.yes)? {
        desk.output.talk("Nothing was sent; it stays sealed.");
        return Ok(Exit::Done);
    }
    let wait = if args.no_wait { WaitForDeferred::No } else { WaitForDeferred::UntilSettled };
    let until = [times.until, schedule.not_after].into_iter().flatten().min();
    let not_after = schedule.not_after;
    let pace = Pace { until, not_after, continues_anyway: args.continue_anyway, ..way_out.pace(wait) };
    let profile = way_out.relay().map_or(RelayProfile::Generic, |relay| relay.profile);
    let mut report = match way_out {
        WayOut::Relay(relay) => {
            let transport = relay::transport(desk.output, &workspace, &relay)?;
            runtime.block_on(run::send(desk, &workspace, ledger, &broadcast, transport, pace))?
        }
        WayOut::Outbox(outbox, ..) => {
            runtime.block_on(run::send(desk, &workspace, ledger, &broadcast, outbox, pace))?
        }
    };
    relay::explain(&mut report.ended, profile);
    schedule::expire(desk, &workspace, &broadcast, &schedule, &mut report)?;
    let exit = shown::summary(desk.output, &broadcast, &report);
    doubts::name_them(desk, &workspace, &broadcast);
    Ok(exit)
}

/// Settles which issue is meant. One that was sealed goes on even when its files are broken or gone by now.
fn which(desk: &Desk, args: &SendArgs) -> Result<(Workspace, IssueId), Failure> {
    let found = settings::workspace(desk).and_then(|workspace| {
        let issue = workspace.resolve_issue(&args.issue)?;
        Ok((workspace, issue))
    });
    let Err(failure) = found else { return found };
    let needs_files = args.test.is_some() || args.new_edition;
    let Some(workspace) =
        settings::bare_workspace(desk).ok().filter(|bare| !needs_files && store::exists(bare))
    else {
        return Err(failure);
    };
    let sealed = store::sealed_as(&mut store::open(&workspace)?, &args.issue)?.ok_or(failure)?;
    let issue = sealed.content.issue;
    desk.output.talk(&format!("The files of {issue} are broken or gone by now (`masthead check` says how)."));
    Ok((workspace, issue))
}

fn way_out(workspace: &Workspace, args: &SendArgs) -> Result<WayOut, Failure> {
    if let Some(folder) = &args.outbox {
        let rate = args.rate.as_deref().map(relay::parse_rate).transpose()?;
        let outbox = Outbox::new(folder.clone());
        if !args.dry_run {
            tried(&outbox)?;
        }
        return Ok(WayOut::Outbox(outbox, rate, args.connections.map_or(1, usize::from)));
    }
    let options = RelayOptions {
        url: args.relay.as_deref(),
        rate: args.rate.as_deref(),
        connections: args.connections,
    };
    Ok(WayOut::Relay(Box::new(relay::settle(workspace, options)?)))
}

/// Refuses an outbox that takes no files before anything is sealed for it.
pub(crate) fn tried(outbox: &Outbox) -> Result<(), Failure> {
    super::runtime()?.block_on(outbox.try_folder()).map_err(|error| {
        let problem =
            Problem::error("cli/not-writable", format!("`{}` can't be written: {error}", outbox.name()));
        Failure::could_not_look(problem.help("choose a folder you may write to, on a disk with room"))
    })
}

enum Next {
    Send(Box<Broadcast>),
    Ended(Exit),
}

/// Looks at what an earlier run left of a sealed issue.
fn resume(
    desk: &Desk,
    workspace: &Workspace,
    ledger: &mut OpenLedger,
    known: Broadcast,
    args: &SendArgs,
) -> Result<Next, Failure> {
    let tally = store::asked(ledger.tally(known.id))?;
    let (issue, numbers) = (&known.content.issue, super::status::in_words(&tally));
    let sealed_at = known.sealed_at.format("%Y-%m-%d %H:%M UTC");
    if tally.open() == 0 {
        if desk.output.json {
            desk.output.object(&serde_json::json!({
                "issue": issue.to_string(), "edition": known.content.edition, "seal": known.seal, "ended": "finished",
                "deliveries": tally.total(), "by_state": tally.by_state,
            }));
        }
        desk.output.talk(&format!("{issue} was sealed {sealed_at} and is done: {numbers}."));
        desk.output.talk(&desk.output.dress(Dress::Faint, "Corrected content goes out with --new-edition; deliveries in doubt are settled with `masthead reconcile`."));
        let in_doubt = tally.of(DeliveryState::InDoubt) > 0;
        doubts::name_them(desk, workspace, &known);
        return Ok(Next::Ended(if in_doubt { Exit::InDoubt } else { Exit::Done }));
    }
    desk.output.talk(&format!("{issue} was sealed {sealed_at}; going on: {numbers}."));
    if args.to.is_some() {
        desk.output.talk("List and content are those of the seal; --to is not read again.");
    }
    Ok(if args.dry_run { Next::Ended(Exit::Done) } else { Next::Send(Box::new(known)) })
}

/// Renders, checks, shows the plan, asks and seals.
fn seal(
    desk: &Desk,
    workspace: &Workspace,
    issue: IssueId,
    earlier: Option<Broadcast>,
    (args, times): (&SendArgs, &Times),
    way_out: &WayOut,
    ledger: &mut OpenLedger,
) -> Result<Next, Failure> {
    let approvals = approved::look(workspace, &issue)?;
    if let Some(approvals) = &approvals {
        approvals.enough(workspace, &issue)?;
    }
    let list = args.to.clone().map_or(List::Store, List::Csv);
    let list_name = list.name();
    let edition = earlier.as_ref().map_or(0, |earlier| earlier.content.edition + 1);
    let reach = Reach::Public;
    let of_issue = workspace.find(&issue).and_then(|(_, issue)| issue.not_after);
    let mut schedule = times.schedule(workspace.settings.sending, of_issue).unwrap_or_default();
    if !args.dry_run && !schedule::may_begin(desk, &mut schedule, args.yes)? {
        desk.output.talk("Nothing was sealed, nothing was sent.");
        return Ok(Next::Ended(Exit::Done));
    }
    let schedule = Some(schedule).filter(Schedule::says_anything);
    let approvals = approvals.as_ref();
    let order = Order { workspace, issue, edition, list, reach, approvals, schedule };
    let prepared = prepare(&order, ledger)?;
    let waivers = workspace.find(&order.issue).map(|(_, issue)| issue.waivers.as_slice()).unwrap_or_default();
    let mut problems = workspace.check_issue(&order.issue);
    problems.0.extend(waivers::problems(waivers, &prepared.findings, Online::No));
    desk.output.problems(&problems);
    let stops = findings::show(desk.output, &prepared.findings);
    let pace = way_out.pace(WaitForDeferred::No);
    let notes = relay::notes(workspace, way_out.relay(), prepared.plan.recipients, &prepared.content);
    let way = Way {
        relay: &way_out.name(),
        connections: pace.connections,
        depth: pace.depth,
        rate: pace.rate,
        notes,
    };
    shown::plan(desk.output, &prepared, &list_name, &way);
    if stops {
        return Err(shown::held_back().into());
    }
    if args.dry_run {
        desk.output.talk("A dry run: nothing was sealed, nothing was sent.");
        return Ok(Next::Ended(Exit::Done));
    }
    way_out.is_usable(desk, workspace)?;
    // A key that is missing must show before anything is sealed.
    dkim::signer(workspace)?;
    if !args.yes && !confirmed(desk, prepared.plan.recipients)? {
        desk.output.talk("Nothing was sealed, nothing was sent.");
        return Ok(Next::Ended(Exit::Done));
    }
    if let Some(earlier) = earlier {
        call_off(desk, ledger, &earlier)?;
    }
    let now = crate::cli::now(desk);
    let broadcast = store::asked(ledger.seal(&prepared.content, &prepared.plan.seal, now))?;
    Ok(Next::Send(Box::new(broadcast)))
}

/// Cancels what an earlier edition has not sent yet: beside the corrected one it would be a second copy.
fn call_off(desk: &Desk, ledger: &mut OpenLedger, earlier: &Broadcast) -> Result<(), Failure> {
    let (now, note) = (crate::cli::now(desk), "a corrected edition was sealed");
    let mut count = 0;
    for state in [DeliveryState::Queued, DeliveryState::Deferred] {
        let cancelled = ledger.resolve(earlier.id, state, None, DeliveryEvent::Cancel, note, now);
        count += store::asked(cancelled)?;
    }
    if count > 0 {
        desk.output
            .talk(&format!("{count} deliveries of the earlier edition had not left and are cancelled."));
    }
    Ok(())
}

/// Asks before anything irrevocable; without a person to ask, only `--yes` will do.
fn confirmed(desk: &Desk, recipients: u64) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        let problem =
            Problem::error("cli/not-confirmed", "nobody is here to be asked (stdin is no terminal)");
        return Err(Failure::usage(problem.help("look at the plan above, then add --yes")));
    }
    let people = if recipients == 1 { "1 person".to_owned() } else { format!("{recipients} people") };
    desk.output.ask(&format!("Seal this and send it to {people}? [y/N] "));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
