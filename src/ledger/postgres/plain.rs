//! The plain way, which nearly every delivery goes: verdicts that say "accepted" and new intents, of one broadcast, in
//! one statement. It is a transaction by itself, so a round costs one round trip and one flush of the server's disk.

use crate::{
    delivery::ports::{Commit, Record},
    domain::delivery::{DeliveryEvent, DeliveryId},
    ledger::postgres::{
        claiming::{CommitColumns, guarded, margin},
        clock::{CLOCK, NOW},
        failure::Failure,
        reading::get,
        session::Session,
        settling::{Batch, storable},
        states, witness,
    },
};
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// Records and commits at once. The two touch different deliveries, and each part stands on its own guards.
static PLAIN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH {CLOCK}, accepted AS (
            UPDATE delivery d
               SET state = {}, lease_owner = NULL, lease_until = NULL, updated_at = {NOW},
                   detail = coalesce(r.detail, d.detail), remote_id = coalesce(r.remote_id, d.remote_id)
              FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[]) AS r (id, fence, detail, remote_id)
             WHERE d.broadcast = $2 AND d.id = r.id AND d.fence = r.fence AND d.state IN ({})
         RETURNING d.id, d.fence),
         committed AS ({}),
         stepped AS ({})
         SELECT false, id, fence FROM accepted UNION ALL SELECT true, id, fence FROM committed",
        states::target(DeliveryEvent::Accept),
        states::sources(DeliveryEvent::Accept),
        guarded("$2", "$7", &["$8", "$9", "$10", "$11", "$12"]),
        witness::step("$13", "$14"),
    )
});

/// Deliveries that had what was asked, with the fence of the claim: verdicts and intents.
pub(super) type Done = (HashSet<(i64, i64)>, HashSet<(i64, i64)>);

/// Returns the one broadcast of all deliveries, when nothing but the plain way is asked.
pub(super) fn way(records: &[Record], commits: &[Commit], places: &HashMap<i64, i64>) -> Option<i64> {
    let mut named = HashSet::with_capacity(records.len());
    let is_plain =
        records.iter().all(|record| record.event == DeliveryEvent::Accept && named.insert(record.delivery))
            && !commits.iter().any(|commit| named.contains(&commit.delivery));
    let mut ids = records.iter().map(|one| one.delivery).chain(commits.iter().map(|one| one.delivery));
    let place_of = |id: DeliveryId| places.get(&id.0).copied();
    let broadcast = ids.next().and_then(place_of).filter(|_| is_plain)?;
    ids.all(|id| place_of(id) == Some(broadcast)).then_some(broadcast)
}

/// Makes them durable.
pub(super) async fn write(session: &mut Session, batch: &Batch<'_>, broadcast: i64) -> Result<Done, Failure> {
    let Batch { records, commits, now, step, .. } = batch;
    let ids: Vec<i64> = records.iter().map(|record| record.delivery.0).collect();
    let fences: Vec<i64> = records.iter().map(|record| record.fence).collect();
    let details: Vec<_> = records.iter().map(|record| record.detail.as_deref().map(storable)).collect();
    let remote_ids: Vec<_> = records.iter().map(|record| record.remote_id.as_deref().map(storable)).collect();
    let (c, margin) = (CommitColumns::of(*commits), margin());
    let (steps, run) = (step.map(|step| step.steps), step.map(|step| step.run));
    let rows = session
        .rows(
            &PLAIN,
            &[
                now,
                &broadcast,
                &ids,
                &fences,
                &details,
                &remote_ids,
                &margin,
                &c.ids,
                &c.fences,
                &c.dates,
                &c.hashes,
                &c.message_ids,
                &steps,
                &run,
            ],
        )
        .await?;
    let mut done = (HashSet::with_capacity(records.len()), HashSet::with_capacity(commits.len()));
    for row in &rows {
        let whose = (get(row, 1)?, get(row, 2)?);
        if get(row, 0)? {
            done.1.insert(whose)
        } else {
            done.0.insert(whose)
        };
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: i64, event: DeliveryEvent) -> Record {
        let delivery = DeliveryId(id);
        Record { delivery, fence: 1, event, detail: None, remote_id: None, next_attempt_at: None }
    }

    fn commit(id: i64) -> Commit {
        let (sha256, message_id) = (String::new(), String::new());
        Commit { delivery: DeliveryId(id), fence: 1, date: 0, sha256, message_id }
    }

    #[test]
    fn only_acceptance_and_intents_of_one_broadcast_go_the_plain_way() {
        let places = HashMap::from([(1, 7), (2, 7), (3, 8)]);
        let accepted = |id| record(id, DeliveryEvent::Accept);
        assert_eq!(way(&[accepted(1)], &[commit(2)], &places), Some(7));
        assert_eq!(way(&[], &[commit(1), commit(1)], &places), Some(7));
        assert_eq!(way(&[accepted(1)], &[commit(3)], &places), None, "two broadcasts");
        assert_eq!(way(&[accepted(1)], &[commit(1)], &places), None, "one row, two changes");
        assert_eq!(way(&[accepted(1), accepted(1)], &[], &places), None);
        assert_eq!(way(&[record(1, DeliveryEvent::Defer)], &[], &places), None);
        assert_eq!(way(&[accepted(9)], &[], &places), None, "nobody knows where it belongs");
    }
}
