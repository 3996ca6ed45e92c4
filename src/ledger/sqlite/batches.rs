//! Claims that were taken together stand in one row until somebody needs them one by one.
//!
//! A claim of its own costs a delivery two places in an index and a line of history, and mostly nobody ever looks at it: the
//! verdict follows a moment later. So claims are written as one batch, and their deliveries stay as they are. Everything
//! that reads or changes deliveries first has them *spread*: written into their rows, as if each had been claimed by
//! itself. Only two things do without: the next claim, and taking over what became of them, both by the handle that
//! made the batch. It knows its members by heart; what others spread meanwhile it finds missing, and forgets.
//!
//! A member whose row has moved on (settled, or claimed anew: the fence tells) is left alone.

use crate::{
    domain::{
        broadcast::BroadcastId,
        delivery::{Claim, DeliveryEvent, DeliveryState},
    },
    ledger::{
        error::StoreErrorKind,
        rules,
        sqlite::steps::{target, waiting},
    },
};
use rusqlite::{Connection, params};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock},
};

/// Octets of a member: delivery and fence.
const MEMBER: usize = 16;

/// What the claims of a batch share.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) broadcast: BroadcastId,
    pub(super) worker: String,
    /// Microseconds.
    pub(super) claimed_at: i64,
    pub(super) lease_until: i64,
}

/// A batch with how many of its members are not settled yet.
struct Open {
    batch: Arc<Batch>,
    members: usize,
}

/// A claim in a batch.
#[derive(Clone, Copy)]
struct Member {
    fence: i64,
    /// How often its delivery had changed before.
    changes: i64,
    batch: i64,
}

/// The batches of one handle. What is remembered of a member holds from [`Batches::meet`] to the end of the transaction:
/// nobody changes a member without spreading its batch.
#[derive(Default)]
pub(super) struct Batches {
    open: HashMap<i64, Open>,
    members: HashMap<i64, Member>,
}

impl Batches {
    /// Spreads the batches of others, and forgets those of our own that others have spread; the caller has begun the
    /// transaction.
    pub(super) fn meet(&mut self, connection: &Connection) -> Result<(), StoreErrorKind> {
        let mut select = connection.prepare_cached("SELECT id FROM batch")?;
        let there = select.query_map([], |row| row.get(0))?.collect::<Result<HashSet<i64>, _>>()?;
        for id in there.iter().filter(|id| !self.open.contains_key(id)) {
            spread_one(connection, *id)?;
        }
        if self.open.keys().any(|id| !there.contains(id)) {
            self.open.retain(|id, _| there.contains(id));
            self.members.retain(|_, member| there.contains(&member.batch));
        }
        Ok(())
    }

    /// Returns how many deliveries are members.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns whether a delivery is a member.
    pub(super) fn holds(&self, delivery: i64) -> bool {
        self.members.contains_key(&delivery)
    }

    /// Writes claims down as one batch, each with how often its delivery has changed.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        batch: Batch,
        claims: &[(Claim, i64)],
    ) -> Result<(), StoreErrorKind> {
        let mut octets = Vec::with_capacity(claims.len() * MEMBER);
        for (claim, _) in claims {
            octets.extend_from_slice(&claim.delivery.0.to_le_bytes());
            octets.extend_from_slice(&claim.fence.to_le_bytes());
        }
        let mut insert = connection.prepare_cached(
            "INSERT INTO batch (broadcast, worker, claimed_at, lease_until, members) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let Batch { broadcast, worker, claimed_at, lease_until } = &batch;
        let id = insert.insert(params![broadcast.0, worker, claimed_at, lease_until, octets])?;
        self.members.extend(claims.iter().map(|(claim, changes)| {
            (claim.delivery.0, Member { fence: claim.fence, changes: *changes, batch: id })
        }));
        self.open.insert(id, Open { batch: Arc::new(batch), members: claims.len() });
        Ok(())
    }

    /// Takes a member out whose claim has this fence, to be written down with what became of it. Returns its batch, and how
    /// often the delivery had changed before the claim.
    pub(super) fn take(&mut self, delivery: i64, fence: i64) -> Option<(Arc<Batch>, i64)> {
        let member = self.members.get(&delivery).filter(|member| member.fence == fence).copied()?;
        self.members.remove(&delivery);
        let open = self.open.get_mut(&member.batch)?;
        open.members -= 1;
        Some((Arc::clone(&open.batch), member.changes))
    }

    /// Deletes batches of which nothing is left.
    pub(super) fn clear_away(&mut self, connection: &Connection) -> Result<(), StoreErrorKind> {
        let settled: Vec<i64> =
            self.open.iter().filter(|(_, open)| open.members == 0).map(|(id, _)| *id).collect();
        for id in settled {
            delete(connection, id)?;
            self.open.remove(&id);
        }
        Ok(())
    }
}

/// Returns whether any claims stand together.
pub(super) fn are_there(connection: &Connection) -> Result<bool, StoreErrorKind> {
    Ok(connection.prepare_cached("SELECT 1 FROM batch")?.exists([])?)
}

/// Writes all claims into the rows of their deliveries; the caller has begun the transaction.
pub(super) fn spread(connection: &Connection) -> Result<(), StoreErrorKind> {
    let mut select = connection.prepare_cached("SELECT id FROM batch ORDER BY id")?;
    let there = select.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    there.into_iter().try_for_each(|id| spread_one(connection, id))
}

fn spread_one(connection: &Connection, id: i64) -> Result<(), StoreErrorKind> {
    let mut select = connection
        .prepare_cached("SELECT worker, claimed_at, lease_until, members FROM batch WHERE id = ?1")?;
    let mut rows = select.query([id])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let (worker, claimed_at, lease_until): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let members: Vec<u8> = row.get(3)?;
    drop(rows);
    let mut update = connection.prepare_cached(&SPREAD)?;
    let mut note = connection.prepare_cached(&NOTE)?;
    let (members, rest) = members.as_chunks::<MEMBER>();
    if !rest.is_empty() {
        return Err(StoreErrorKind::Damaged("a batch of claims is cut short".to_owned()));
    }
    for member in members {
        let (delivery, fence) = number_pair(member);
        if update.execute(params![delivery, fence, worker, lease_until, claimed_at])? > 0 {
            note.execute(params![delivery, claimed_at, worker])?;
        }
    }
    delete(connection, id)
}

fn number_pair(member: &[u8; MEMBER]) -> (i64, i64) {
    let both = i128::from_le_bytes(*member);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
    let halves = (both as i64, (both >> 64) as i64);
    halves
}

fn delete(connection: &Connection, id: i64) -> Result<(), StoreErrorKind> {
    connection.prepare_cached("DELETE FROM batch WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Writes one claim into its row, unless that has moved on.
static SPREAD: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE delivery SET state = '{}', fence = ?2, attempt = attempt + 1, lease_owner = ?3, lease_until = ?4,
                updated_at = ?5, changes = changes + 1
          WHERE id = ?1 AND fence = ?2 - 1 AND state IN ({})",
        target(DeliveryEvent::Claim),
        waiting(),
    )
});

/// Writes the line of that claim.
static NOTE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO event (delivery, number, at, attempt, kind, state, detail)
         SELECT id, changes, ?2, attempt, '{}', '{}', ?3 FROM delivery WHERE id = ?1",
        rules::event_word(DeliveryEvent::Claim),
        DeliveryState::Leased,
    )
});
