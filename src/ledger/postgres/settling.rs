//! What becomes of deliveries: verdicts in batches, and what a batch came to whose answer was lost.

use crate::{
    delivery::ports::{Commit, Record},
    domain::delivery::{DeliveryEvent, DeliveryId, DeliveryState, TRANSITIONS},
    ledger::{
        postgres::{
            claiming::{COMMIT, CommitColumns, margin},
            clock::{CLOCK, NOW},
            failure::Failure,
            plain::{self, Done},
            reading::get,
            session::{Session, Values},
            states, witness,
        },
        rules,
    },
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::LazyLock,
};
use tokio_postgres::{Row, types::ToSql};

/// Records verdicts, a whole batch at once. What is accepted leaves no line among the events: the row says it all.
static RECORD: LazyLock<String> = LazyLock::new(|| {
    let to = states::settled_by("r.event", "d.state", "b.cancelled");
    let accept = states::event_code(DeliveryEvent::Accept);
    let resend = states::event_code(DeliveryEvent::Resend);
    let waiting = states::sources(DeliveryEvent::Claim);
    format!(
        "WITH {CLOCK}, settled AS (
            UPDATE delivery d
               SET state = {to}, lease_owner = NULL, lease_until = NULL, updated_at = {NOW},
                   detail = coalesce(r.detail, d.detail), remote_id = coalesce(r.remote_id, d.remote_id),
                   resent = d.resent OR r.event = {resend},
                   due_at = CASE WHEN {to} IN ({waiting}) THEN {NOW} + r.pause END
              FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::text[],
                          $9::bigint[])
                     AS r (broadcast, id, fence, event, kind, detail, remote_id, pause)
              JOIN broadcast b ON b.id = r.broadcast
             WHERE d.broadcast = r.broadcast AND d.id = r.id AND d.fence = r.fence AND {to} IS NOT NULL
         RETURNING d.broadcast, d.id, d.fence, d.attempt, d.state, r.event, r.kind, r.detail),
         noted AS (
            INSERT INTO event (broadcast, delivery, at, attempt, kind, state, detail)
            SELECT broadcast, id, {NOW}, attempt, kind, state, detail FROM settled WHERE event <> {accept})
         SELECT id, fence FROM settled"
    )
});

/// Where deliveries stand, for finding out what a batch came to.
static STANDING: LazyLock<String> = LazyLock::new(|| {
    "SELECT d.id, d.fence, d.state, d.message_id
       FROM unnest($1::bigint[], $2::bigint[]) AS a (broadcast, id)
       JOIN delivery d ON d.broadcast = a.broadcast AND d.id = a.id"
        .to_owned()
});

/// Counts a step of a run.
static STEP: LazyLock<String> = LazyLock::new(|| format!("WITH {CLOCK} {}", witness::step("$2", "$3")));

/// The values of [`RECORD`], column by column.
#[derive(Default)]
struct RecordColumns {
    broadcasts: Vec<i64>,
    ids: Vec<i64>,
    fences: Vec<i64>,
    events: Vec<i16>,
    kinds: Vec<&'static str>,
    details: Vec<Option<String>>,
    remote_ids: Vec<Option<String>>,
    pauses: Vec<i64>,
}

/// Verdicts and intents that become durable together.
pub(super) struct Batch<'a> {
    pub(super) records: &'a [Record],
    pub(super) commits: &'a [Commit],
    /// What the statements are told of the time.
    pub(super) now: Option<i64>,
    /// The caller's moment, from which pauses are counted.
    pub(super) callers_now: i64,
    /// The broadcast of each delivery.
    pub(super) places: &'a HashMap<i64, i64>,
    /// The step of the run that this is.
    pub(super) step: Option<Step<'a>>,
}

/// A step of a run.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) steps: i64,
    pub(super) run: &'a [u8],
}

/// For each verdict and each intent whether it had its effect.
pub(super) type Answers = (Vec<bool>, Vec<bool>);

impl Batch<'_> {
    /// Makes it durable. When it `may_be_done`, because the answer to an earlier try was lost, what that try came to
    /// counts.
    pub(super) async fn write(&self, session: &mut Session, may_be_done: bool) -> Result<Answers, Failure> {
        let mut answers = match plain::way(self.records, self.commits, self.places) {
            Some(broadcast) => self.answers(plain::write(session, self, broadcast).await?),
            None => self.write_in_turns(session).await?,
        };
        if may_be_done {
            self.look_up(session, &mut answers).await?;
        }
        Ok(answers)
    }

    /// The way that does for everything: verdicts turn by turn, then intents, in one transaction and one flight.
    async fn write_in_turns(&self, session: &mut Session) -> Result<Answers, Failure> {
        let turns = turns(self.records);
        let columns: Vec<_> = turns.iter().map(|turn| self.columns(turn)).collect();
        let mut groups: BTreeMap<i64, Vec<&Commit>> = BTreeMap::new();
        for commit in self.commits {
            groups.entry(self.place_of(commit.delivery)).or_default().push(commit);
        }
        let groups: Vec<_> = groups
            .iter()
            .map(|(broadcast, group)| (*broadcast, CommitColumns::of(group.iter().copied())))
            .collect();
        let margin = margin();
        let mut values: Vec<(&str, Vec<&(dyn ToSql + Sync)>)> = Vec::new();
        for c in &columns {
            values.push((
                &RECORD,
                vec![
                    &self.now,
                    &c.broadcasts,
                    &c.ids,
                    &c.fences,
                    &c.events,
                    &c.kinds,
                    &c.details,
                    &c.remote_ids,
                    &c.pauses,
                ],
            ));
        }
        for (broadcast, c) in &groups {
            values.push((
                &COMMIT,
                vec![&self.now, broadcast, &c.ids, &c.fences, &c.dates, &c.hashes, &c.message_ids, &margin],
            ));
        }
        if values.is_empty() {
            return Ok(Answers::default());
        }
        if let Some(step) = &self.step {
            values.push((&STEP, vec![&self.now, &step.steps, &step.run]));
        }
        let asked: Vec<(&str, Values<'_>)> =
            values.iter().map(|(sql, values)| (*sql, values.as_slice())).collect();
        let rows = session.transact(&asked).await?;
        let (of_turns, rest) = rows.split_at(turns.len());
        let of_commits = &rest[..groups.len()];
        let mut recorded = vec![false; self.records.len()];
        for (turn, rows) in turns.iter().zip(of_turns) {
            let done = done(rows.iter())?;
            for at in turn {
                let record = &self.records[*at];
                recorded[*at] = done.contains(&(record.delivery.0, record.fence));
            }
        }
        let (_, committed) = self.answers((HashSet::new(), done(of_commits.iter().flatten())?));
        Ok((recorded, committed))
    }

    fn place_of(&self, delivery: DeliveryId) -> i64 {
        self.places.get(&delivery.0).copied().unwrap_or_default()
    }

    fn columns(&self, turn: &[usize]) -> RecordColumns {
        let mut columns = RecordColumns::default();
        for record in turn.iter().map(|at| &self.records[*at]) {
            let pause =
                record.next_attempt_at.map_or(0, |next| rules::micros(next).saturating_sub(self.callers_now));
            columns.broadcasts.push(self.place_of(record.delivery));
            columns.ids.push(record.delivery.0);
            columns.fences.push(record.fence);
            columns.events.push(states::event_code(record.event));
            columns.kinds.push(rules::event_word(record.event));
            columns.details.push(record.detail.as_deref().map(storable));
            columns.remote_ids.push(record.remote_id.as_deref().map(storable));
            columns.pauses.push(pause);
        }
        columns
    }

    /// Returns for each verdict and each intent whether it is among those that had their effect.
    fn answers(&self, (recorded, mut committed): Done) -> Answers {
        let records = self.records.iter().map(|one| recorded.contains(&(one.delivery.0, one.fence)));
        // The same intent twice has its effect once.
        let commits = self.commits.iter().map(|one| committed.remove(&(one.delivery.0, one.fence)));
        (records.collect(), commits.collect())
    }

    /// Finds out what an earlier try of this very batch came to: a row that stands where the try would have brought
    /// it, under our own fence, was brought there by us, because nobody else has that fence.
    async fn look_up(&self, session: &mut Session, answers: &mut Answers) -> Result<(), Failure> {
        let ids: Vec<i64> = self
            .records
            .iter()
            .map(|record| record.delivery.0)
            .chain(self.commits.iter().map(|commit| commit.delivery.0))
            .collect();
        let broadcasts: Vec<i64> = ids.iter().map(|id| self.place_of(DeliveryId(*id))).collect();
        let rows = session.rows(&STANDING, &[&broadcasts, &ids]).await?;
        let mut standing = HashMap::new();
        for row in &rows {
            let (id, fence, code): (i64, i64, i16) = (get(row, 0)?, get(row, 1)?, get(row, 2)?);
            let message_id: Option<String> = get(row, 3)?;
            standing.insert((id, fence), (states::state(code)?, message_id));
        }
        for (record, answer) in self.records.iter().zip(&mut answers.0) {
            let stands = standing.get(&(record.delivery.0, record.fence));
            *answer |= stands.is_some_and(|(state, _)| leads_to(record.event, *state));
        }
        for (commit, answer) in self.commits.iter().zip(&mut answers.1) {
            let stands = standing.get(&(commit.delivery.0, commit.fence));
            *answer |= stands.is_some_and(|(state, message_id)| {
                leads_to(DeliveryEvent::Commit, *state) && message_id.as_ref() == Some(&commit.message_id)
            });
        }
        Ok(())
    }
}

/// Finds out to which broadcasts deliveries belong that were not claimed here.
pub(super) async fn places_of(
    session: &mut Session,
    strangers: &[i64],
    held: &HashMap<i64, i64>,
) -> Result<HashMap<i64, i64>, Failure> {
    const SQL: &str = "SELECT d.id, d.broadcast FROM broadcast b JOIN delivery d ON d.broadcast = b.id
         WHERE d.id = ANY($1::bigint[])";
    let mut places = held.clone();
    for row in session.rows(SQL, &[&strangers]).await? {
        places.insert(get(&row, 0)?, get(&row, 1)?);
    }
    Ok(places)
}

/// Returns whether an event brings a delivery to a state from anywhere.
fn leads_to(event: DeliveryEvent, state: DeliveryState) -> bool {
    TRANSITIONS.iter().any(|(_, on, to)| *on == event && *to == state)
}

fn done<'a>(rows: impl Iterator<Item = &'a Row>) -> Result<HashSet<(i64, i64)>, Failure> {
    let mut done = HashSet::new();
    for row in rows {
        done.insert((get(row, 0)?, get(row, 1)?));
    }
    Ok(done)
}

/// Splits verdicts into turns in which no delivery comes twice, in their order: a statement changes a row once.
fn turns(records: &[Record]) -> Vec<Vec<usize>> {
    let mut next_turn: HashMap<DeliveryId, usize> = HashMap::with_capacity(records.len());
    let mut turns: Vec<Vec<usize>> = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let turn = next_turn.entry(record.delivery).or_default();
        if turns.len() <= *turn {
            turns.push(Vec::new());
        }
        turns[*turn].push(at);
        *turn += 1;
    }
    turns
}

/// Returns words as they are kept. PostgreSQL's texts hold everything but the zero character.
pub(super) fn storable(text: &str) -> String {
    rules::kept_detail(text).replace('\0', "\u{FFFD}")
}
