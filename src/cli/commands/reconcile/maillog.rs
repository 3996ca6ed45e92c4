//! Settles what the relay's log proves.

use crate::{
    cli::{
        Done, Failure,
        commands::{
            reconcile::{
                Matter,
                logs::{self, ReadTally},
            },
            store,
        },
        output::visible,
    },
    delivery::ports::Doubt,
    domain::{
        broadcast::{Broadcast, BroadcastId},
        delivery::{DeliveryEvent, DeliveryId, DeliveryState},
    },
    evidence::{
        coverage::Coverage,
        judge::{Case, Finding, Log, Witness},
        trail::{LastFate, Trail},
    },
};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Deliveries in doubt that are looked for at once.
const DOUBTS_MAX: usize = 100_000;
/// Messages that the relay confirmed, asked for before and after each doubt.
const WITNESSES_EACH: usize = 25;

/// One delivery in doubt, with the edition it belongs to.
struct Open {
    edition: BroadcastId,
    doubt: Doubt,
}

/// What was settled.
#[derive(Default)]
struct Settled {
    accepted: u64,
    queued: u64,
    given_up: u64,
    bounced: u64,
}

pub(super) fn run(matter: &mut Matter<'_>) -> Done {
    let open = doubts(matter)?;
    let witnesses = witnesses(matter, &open)?;
    let watched = open.iter().filter_map(|open| open.doubt.report.message_id.clone());
    let watched: BTreeSet<String> =
        watched.chain(witnesses.iter().map(|witness| witness.message_id.clone())).collect();
    let families: BTreeSet<(String, String)> =
        watched.iter().filter_map(|id| family(id)).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    let is_ours =
        |id: &str| family(id).is_some_and(|(a, b)| families.contains(&(a.to_owned(), b.to_owned())));
    let (mut trail, mut coverage) = (Trail::new(&is_ours, watched), Coverage::default());
    let read = logs::read_all(matter.desk, &matter.args.maillog, &matter.zone, &mut |line| {
        coverage.cover(line);
        trail.follow(line);
    })?;
    let known_host = matter.args.relay_host.as_deref();
    let log = Log { trail: &trail, coverage: &coverage, witnesses: &witnesses, known_host };
    say_what_was_read(matter, &coverage, read);
    let mut settled = Settled::default();
    for open in &open {
        let finding = judged(&log, &open.doubt);
        show(matter, open, &finding);
        settle(matter, open, &finding, &mut settled)?;
    }
    let fates: BTreeMap<String, LastFate> =
        trail.bounced().map(|(id, fate)| (id.to_owned(), fate.clone())).collect();
    let given_back = given_back(matter, &fates, &mut settled)?;
    sum_up(matter, &settled, &trail, given_back, read)
}

/// Returns what all Message-IDs of one edition share: what stands before the mark of the delivery, and the domain.
fn family(message_id: &str) -> Option<(&str, &str)> {
    let (local, domain) = message_id.rsplit_once('@')?;
    let mut parts = local.rsplitn(3, '.');
    let (_version, _mark, rest) = (parts.next()?, parts.next()?, parts.next()?);
    Some((rest, domain))
}

fn doubts(matter: &mut Matter<'_>) -> Result<Vec<Open>, Failure> {
    let mut open = Vec::new();
    for edition in matter.editions.iter().map(|edition| edition.id).collect::<Vec<_>>() {
        let meant = matter.meant(edition)?;
        let doubts = store::asked(matter.ledger.doubts(edition, DOUBTS_MAX))?;
        let is_meant = |doubt: &Doubt| meant.as_ref().is_none_or(|meant| meant.contains(&doubt.report.id));
        open.extend(doubts.into_iter().filter(is_meant).map(|doubt| Open { edition, doubt }));
    }
    Ok(open)
}

/// Returns what the relay confirmed about the time of each doubt, and lately.
fn witnesses(matter: &mut Matter<'_>, open: &[Open]) -> Result<Vec<Witness>, Failure> {
    let mut moments: BTreeSet<(BroadcastId, DateTime<Utc>)> = BTreeSet::new();
    let now = crate::cli::now(matter.desk);
    moments.extend(matter.editions.iter().map(|edition| (edition.id, now)));
    for Open { edition, doubt } in open {
        for at in [doubt.committed_first, doubt.committed_last] {
            moments.insert((*edition, at.duration_round(TimeDelta::minutes(1)).unwrap_or(at)));
        }
    }
    let mut witnesses = BTreeMap::new();
    for (edition, at) in moments {
        for confirmed in store::asked(matter.ledger.confirmed_around(edition, at, WITNESSES_EACH))? {
            witnesses.insert(confirmed.message_id, confirmed.at);
        }
    }
    Ok(witnesses.into_iter().map(|(message_id, sent_at)| Witness { message_id, sent_at }).collect())
}

fn judged(log: &Log<'_>, doubt: &Doubt) -> Finding {
    let Some(message_id) = doubt.report.message_id.clone() else {
        return Finding::NoEvidence { why: "the ledger does not know its Message-ID".to_owned() };
    };
    let (committed_first, committed_last) = (doubt.committed_first, doubt.committed_last);
    log.judge(&Case { message_id, committed_first, committed_last })
}

fn say_what_was_read(matter: &Matter<'_>, coverage: &Coverage, read: ReadTally) {
    if matter.desk.output.json {
        return;
    }
    matter.desk.output.talk(&format!("Read {} log entries.", read.entries));
    for (name, host) in coverage.hosts().take(10) {
        let [first, last] = [host.first, host.last].map(|at| at.format("%Y-%m-%d %H:%M:%S"));
        matter.desk.output.talk(&format!("  {}  from {first} to {last} UTC", visible(name)));
    }
}

fn show(matter: &Matter<'_>, open: &Open, finding: &Finding) {
    let report = &open.doubt.report;
    let (word, why) = match finding {
        Finding::Taken { .. } => ("taken", evidence(finding)),
        Finding::NotTaken { .. } => ("not taken", evidence(finding)),
        Finding::NoEvidence { .. } => ("no evidence", evidence(finding)),
    };
    if matter.desk.output.json {
        let mut object = json!({
            "delivery": report.id, "address": report.address.to_string(), "message_id": report.message_id,
            "finding": word.replace(' ', "_"), "evidence": why,
        });
        if let Finding::Taken { queue_id, host, at, fate, .. } = finding {
            object["queue_id"] = json!(queue_id);
            object["host"] = json!(host);
            object["taken_at"] = json!(at);
            object["fate"] = fate.as_ref().map_or(Value::Null, fate_in_json);
        }
        matter.desk.output.object(&object);
        return;
    }
    let line = format!("  {}  {}  {word}: {}", report.id.0, report.address, visible(&why));
    matter.desk.output.data(&line);
}

fn fate_in_json(fate: &LastFate) -> Value {
    // What other hosts say quotes addresses in full, so it stays in the relay's log.
    json!({ "at": fate.at, "status": fate.status, "dsn": fate.dsn })
}

/// Returns what the log proves, as a sentence without a full stop.
fn evidence(finding: &Finding) -> String {
    match finding {
        Finding::Taken { host, queue_id, at, fate } => {
            let at = at.format("%Y-%m-%d %H:%M:%S UTC");
            let fate = fate.as_ref().map(|fate| format!("; later {}", fate_in_words(fate)));
            format!("{host} took it as {queue_id} at {at}{}", fate.unwrap_or_default())
        }
        Finding::NotTaken { why } | Finding::NoEvidence { why } => why.clone(),
    }
}

fn fate_in_words(fate: &LastFate) -> String {
    let dsn = if fate.dsn.is_empty() { String::new() } else { format!(" {}", fate.dsn) };
    format!("{}{dsn}", fate.status)
}

/// Records what a finding means. What was not taken is queued once more, or given up when nothing is sent any more.
fn settle(
    matter: &mut Matter<'_>,
    open: &Open,
    finding: &Finding,
    settled: &mut Settled,
) -> Result<(), Failure> {
    let note = matter.args.note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default();
    let note = format!("by the relay's log: {}{note}", evidence(finding));
    let id = open.doubt.report.id;
    let (from, edition) = (DeliveryState::InDoubt, open.edition);
    match finding {
        Finding::Taken { .. } => {
            settled.accepted += change(matter, edition, id, (from, DeliveryEvent::Accept), &note)?;
        }
        Finding::NotTaken { .. } => {
            let can_be_sent = matter.is_newest(edition);
            let queued = if can_be_sent {
                change(matter, edition, id, (from, DeliveryEvent::Resend), &note)?
            } else {
                0
            };
            settled.queued += queued;
            if queued == 0 {
                settled.given_up += change(matter, edition, id, (from, DeliveryEvent::Fail), &note)?;
            }
        }
        Finding::NoEvidence { .. } => {}
    }
    Ok(())
}

/// Lets something happen to one delivery; in a dry run it only counts.
fn change(
    matter: &mut Matter<'_>,
    edition: BroadcastId,
    id: DeliveryId,
    (from, event): (DeliveryState, DeliveryEvent),
    note: &str,
) -> Result<u64, Failure> {
    if matter.args.dry_run {
        return Ok(1);
    }
    let now = crate::cli::now(matter.desk);
    store::asked(matter.ledger.resolve(edition, from, Some(&[id]), event, note, now))
}

/// Shows what the relay took and gave back later, and records it when that was asked for (T14); returns how many.
fn given_back(
    matter: &mut Matter<'_>,
    fates: &BTreeMap<String, LastFate>,
    settled: &mut Settled,
) -> Result<u64, Failure> {
    let ids: Vec<String> = fates.keys().cloned().collect();
    let mut count = 0;
    for edition in matter.editions.iter().map(|edition| edition.id).collect::<Vec<_>>() {
        let found = matter.ledger.with_message_ids(edition, DeliveryState::Sent, &ids);
        for report in store::asked(found)? {
            let Some(fate) = report.message_id.as_ref().and_then(|id| fates.get(id)) else { continue };
            count += 1;
            let words = fate_in_words(fate);
            if matter.desk.output.json {
                let (id, address) = (report.id, report.address.to_string());
                matter.desk.output.object(&json!({
                    "delivery": id, "address": address, "message_id": report.message_id,
                    "finding": "given_back", "fate": fate_in_json(fate),
                }));
            } else {
                let line = format!("  {}  {}  taken, later {}", report.id.0, report.address, visible(&words));
                matter.desk.output.data(&line);
            }
            if matter.args.bounces {
                let note =
                    format!("by the relay's log: {words} at {}", fate.at.format("%Y-%m-%d %H:%M:%S UTC"));
                let ways = (DeliveryState::Sent, DeliveryEvent::Bounce);
                settled.bounced += change(matter, edition, report.id, ways, &note)?;
            }
        }
    }
    Ok(count)
}

fn sum_up(
    matter: &mut Matter<'_>,
    settled: &Settled,
    trail: &Trail<'_>,
    given_back: u64,
    read: ReadTally,
) -> Done {
    let editions: Vec<&Broadcast> = matter.editions.iter().collect();
    let (mut sent, mut bounced) = (0, 0);
    for edition in editions {
        let tally = store::asked(matter.ledger.tally(edition.id))?;
        sent += tally.of(DeliveryState::Sent);
        bounced += tally.of(DeliveryState::Bounced);
    }
    let output = matter.desk.output;
    if !output.json {
        let taken = trail.taken();
        output.talk(&format!(
            "The relay took {taken} messages of this issue by this log; the ledger counts {sent} as sent."
        ));
        if read.unreadable > 0 {
            output.talk(&format!("{} lines are no log entries.", read.unreadable));
        }
        if given_back > 0 && !matter.args.bounces {
            output.talk(&format!("{given_back} came back later: `--bounces` records them as bounced."));
        }
        if settled.queued > 0 {
            output.talk(&format!("`masthead send {}` sends what is queued once more.", matter.issue));
        }
    }
    let mut more = Map::new();
    more.insert("accepted".to_owned(), settled.accepted.into());
    more.insert("queued".to_owned(), settled.queued.into());
    more.insert("given_up".to_owned(), settled.given_up.into());
    more.insert("given_back".to_owned(), given_back.into());
    more.insert("recorded_as_bounced".to_owned(), settled.bounced.into());
    more.insert(
        "log".to_owned(),
        json!({
            "entries": read.entries, "unreadable": read.unreadable, "taken": trail.taken(),
        }),
    );
    more.insert("ledger".to_owned(), json!({ "sent": sent, "bounced": bounced }));
    let would = if matter.args.dry_run { "would be " } else { "" };
    let words = format!(
        "{} {would}counted as sent, {} {would}queued once more, {} {would}given up, {} {would}recorded as bounced",
        settled.accepted, settled.queued, settled.given_up, settled.bounced
    );
    matter.sum_up(settled.accepted + settled.queued + settled.given_up + settled.bounced, &words, more)
}
