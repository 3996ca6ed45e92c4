//! `masthead reconcile`: settles deliveries in doubt by the relay's log, by a person's decision, or by policy.

mod logs;
mod maillog;

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::ReconcileArgs,
        commands::{reconcile::logs::Zone, store},
        sending::doubts,
        settings,
    },
    delivery::ports::Named,
    domain::{
        broadcast::{Broadcast, BroadcastId},
        delivery::{DeliveryEvent, DeliveryId, DeliveryState},
        doubt::DoubtPolicy,
        issue::IssueId,
        problem::Problem,
    },
    ledger::open::OpenLedger,
    workspace::Workspace,
};
use std::io::IsTerminal;

/// What is settled: the editions of one issue, newest first.
struct Matter<'a> {
    desk: &'a Desk,
    args: &'a ReconcileArgs,
    workspace: &'a Workspace,
    ledger: OpenLedger,
    issue: IssueId,
    editions: Vec<Broadcast>,
    /// How deliveries were named; empty for all.
    only: Vec<Named>,
    /// The clock of logs that name no zone.
    zone: Zone,
}

/// What a person decided.
struct Decision {
    event: DeliveryEvent,
    /// What stands in the history: `accepted by …`.
    note: String,
    outcome: &'static str,
}

pub(crate) fn run(desk: &Desk, args: &ReconcileArgs) -> Done {
    let workspace = settings::bare_workspace(desk)?;
    let only = args.only.iter().map(|typed| doubts::named(typed)).collect::<Result<Vec<_>, _>>()?;
    let zone = Zone::parse(args.log_zone.as_deref())?;
    if !store::exists(&workspace) {
        return Err(not_sealed(&args.issue));
    }
    let mut ledger = store::open(&workspace)?;
    let (issue, found) = store::issue(desk, &mut ledger, &args.issue)?;
    if found.is_none() {
        return Err(not_sealed(&issue));
    }
    let mut editions = store::asked(ledger.broadcasts())?;
    editions.retain(|edition| edition.content.issue == issue);
    let mut matter = Matter { desk, args, workspace: &workspace, ledger, issue, editions, only, zone };
    if !args.maillog.is_empty() {
        return maillog::run(&mut matter);
    }
    match decision(&matter) {
        Some(decision) => matter.decide(&decision),
        None => matter.leave_to_policy(),
    }
}

/// Returns what was decided, with who says so.
fn decision(matter: &Matter<'_>) -> Option<Decision> {
    let args = matter.args;
    let (event, word, outcome) = if args.accept {
        (DeliveryEvent::Accept, "accepted", "counted as sent")
    } else if args.resend {
        (DeliveryEvent::Resend, "resend", "queued once more: run `masthead send` again")
    } else if args.give_up {
        (DeliveryEvent::Fail, "given up", "counted as failed")
    } else {
        return None;
    };
    // Who decides belongs into the history; that git knows nobody must not stop anything.
    let person = settings::person(&matter.workspace.root, args.person.as_deref()).ok();
    let by = person.map_or_else(|| "by hand".to_owned(), |person| format!("by {}", person.name));
    let note = args.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
    Some(Decision { event, note: format!("{word} {by}{note}"), outcome })
}

impl Matter<'_> {
    /// Returns whether an edition is the one that is still sent: nothing of an earlier one can be sent once more.
    fn is_newest(&self, edition: BroadcastId) -> bool {
        self.editions.first().is_some_and(|newest| newest.id == edition)
    }

    /// Returns the deliveries of an edition that were named and are in doubt, `None` when all are meant.
    fn meant(&mut self, edition: BroadcastId) -> Result<Option<Vec<DeliveryId>>, Failure> {
        if self.only.is_empty() {
            return Ok(None);
        }
        let mut meant = Vec::new();
        for named in &self.only {
            let found = store::asked(self.ledger.find(edition, named))?;
            meant.extend(
                found.filter(|report| report.state == DeliveryState::InDoubt).map(|report| report.id),
            );
        }
        Ok(Some(meant))
    }

    fn decide(&mut self, decision: &Decision) -> Done {
        let is_bulk_resend = decision.event == DeliveryEvent::Resend && self.only.is_empty();
        if is_bulk_resend && !self.args.dry_run && !self.is_confirmed()? {
            self.desk.output.talk("Nothing was settled.");
            return Ok(Exit::InDoubt);
        }
        let now = crate::cli::now(self.desk);
        let mut settled = 0;
        for edition in self.editions.iter().map(|edition| edition.id).collect::<Vec<_>>() {
            if decision.event == DeliveryEvent::Resend && !self.is_newest(edition) {
                continue;
            }
            let meant = self.meant(edition)?;
            if self.args.dry_run {
                settled += match &meant {
                    Some(meant) => meant.len() as u64,
                    None => store::asked(self.ledger.tally(edition))?.of(DeliveryState::InDoubt),
                };
                continue;
            }
            let from = DeliveryState::InDoubt;
            let changed =
                self.ledger.resolve(edition, from, meant.as_deref(), decision.event, &decision.note, now);
            settled += store::asked(changed)?;
        }
        let would = if self.args.dry_run { "would be " } else { "" };
        self.sum_up(settled, &format!("{settled} {would}{}", decision.outcome), serde_json::Map::new())
    }

    /// Asks before many get the message once more; a script that says `--resend` means it.
    fn is_confirmed(&mut self) -> Result<bool, Failure> {
        let newest = self.editions.first().map(|newest| newest.id);
        let tally = newest.map(|newest| store::asked(self.ledger.tally(newest))).transpose()?;
        let count = tally.map_or(0, |tally| tally.of(DeliveryState::InDoubt));
        if self.args.yes || count == 0 || !std::io::stdin().is_terminal() {
            return Ok(true);
        }
        let people = if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
        let question = format!("Send it once more to {people} who may have it already? [y/N] ");
        self.desk.output.ask(&question);
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        Ok(read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Nobody says anything: what `in_doubt` says holds.
    fn leave_to_policy(&mut self) -> Done {
        let settings = self.workspace.settings.sending.doubt;
        let mut settled = 0;
        for edition in self.editions.clone() {
            if settings.policy == DoubtPolicy::Resend && !self.is_newest(edition.id) {
                continue;
            }
            if !self.args.dry_run {
                settled += doubts::apply_policy(self.desk, &mut self.ledger, settings, &edition)?;
            }
            let left = store::asked(self.ledger.doubts(edition.id, 1_000))?;
            if !left.is_empty() && !self.desk.output.json {
                for line in doubts::next_steps(&edition, settings, &left, crate::cli::now(self.desk)) {
                    self.desk.output.talk(&line);
                }
            }
        }
        let word = settings.policy.as_str();
        let mut more = serde_json::Map::new();
        more.insert("policy".to_owned(), word.into());
        self.sum_up(settled, &format!("{settled} settled by `in_doubt: {word}`"), more)
    }

    /// Says what came of it, as the last line.
    fn sum_up(
        &mut self,
        settled: u64,
        words: &str,
        more: serde_json::Map<String, serde_json::Value>,
    ) -> Done {
        let mut left = 0;
        for edition in &self.editions {
            left += store::asked(self.ledger.tally(edition.id))?.of(DeliveryState::InDoubt);
        }
        let output = self.desk.output;
        if output.json {
            let mut object = serde_json::Map::new();
            object.insert("issue".to_owned(), self.issue.to_string().into());
            object.insert("settled".to_owned(), settled.into());
            object.insert("in_doubt".to_owned(), left.into());
            if self.args.dry_run {
                object.insert("dry_run".to_owned(), true.into());
            }
            object.extend(more);
            output.object(&object);
        } else {
            output.talk(&format!("{words}; {left} in doubt"));
        }
        if settled == 0 && !self.only.is_empty() {
            return Ok(Exit::Problems);
        }
        Ok(if left > 0 { Exit::InDoubt } else { Exit::Done })
    }
}

fn not_sealed(issue: &dyn std::fmt::Display) -> Failure {
    let what = format!("{issue} was never sealed, so nothing of it is in doubt");
    Problem::error("cli/not-sealed", what).help("`masthead status` lists what was").into()
}
