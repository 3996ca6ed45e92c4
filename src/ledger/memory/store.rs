//! What all handles of a memory ledger share.

use crate::{
    delivery::ports::{Commit, Record},
    domain::{
        broadcast::{Broadcast, BroadcastId, SealedContent},
        delivery::{DeliveryEvent, DeliveryId, DeliveryState},
        issue::IssueId,
        subscriber::Subscriber,
        suppression::Suppression,
    },
    ledger::{
        identity::Mark,
        memory::row::{DeliveryRow, SentMessage},
        rules,
    },
};
use std::collections::BTreeMap;

/// Everything that outlives a handle.
#[derive(Default)]
pub(super) struct Store {
    pub(super) broadcasts: Vec<BroadcastRow>,
    pub(super) deliveries: BTreeMap<i64, DeliveryRow>,
    pub(super) subscribers: BTreeMap<String, Subscriber>,
    pub(super) suppressions: BTreeMap<(Mark, String), Suppression>,
    pub(super) rates: BTreeMap<String, i64>,
    /// What rests until when, and why.
    pub(super) pauses: BTreeMap<String, (i64, String)>,
    /// What was spent of a quota in which part of its time.
    pub(super) spent: BTreeMap<(String, i64), u64>,
}

/// A broadcast; its number is its place in the list, counted from 1.
pub(super) struct BroadcastRow {
    pub(super) content: SealedContent,
    pub(super) seal: String,
    pub(super) sealed_at: i64,
    pub(super) cancelled: bool,
}

impl Store {
    pub(super) fn is_suppressed(&self, mark: &Mark, newsletter: &str) -> bool {
        let known = |scope: &str| self.suppressions.contains_key(&(*mark, scope.to_owned()));
        known(rules::EVERYWHERE) || known(newsletter)
    }

    pub(super) fn broadcast_row(&self, id: i64) -> Option<&BroadcastRow> {
        self.broadcasts.get(usize::try_from(id).ok()?.checked_sub(1)?)
    }

    /// Returns whether nothing may leave: cancelled, or not there at all.
    pub(super) fn is_cancelled(&self, id: i64) -> bool {
        self.broadcast_row(id).is_none_or(|row| row.cancelled)
    }

    pub(super) fn newsletter_of(&self, id: i64) -> &str {
        self.broadcast_row(id).map_or("", |row| row.content.issue.newsletter.as_str())
    }

    /// Returns the numbers of all broadcasts, newest first.
    pub(super) fn broadcast_ids(&self) -> impl Iterator<Item = i64> + use<> {
        (1..=i64::try_from(self.broadcasts.len()).unwrap_or(i64::MAX)).rev()
    }

    pub(super) fn find(&self, issue: &IssueId, edition: u32) -> Option<i64> {
        self.broadcast_ids().find(|id| {
            self.broadcast_row(*id)
                .is_some_and(|row| row.content.issue == *issue && row.content.edition == edition)
        })
    }

    pub(super) fn of(&self, broadcast: BroadcastId) -> impl Iterator<Item = (DeliveryId, &DeliveryRow)> {
        let all = self.deliveries.iter().map(|(id, row)| (DeliveryId(*id), row));
        all.filter(move |(_, row)| row.broadcast == broadcast.0)
    }

    /// Returns a broadcast that is there.
    pub(super) fn shown(&self, id: i64) -> Broadcast {
        let row = self.broadcast_row(id).expect("the caller found it in this very list");
        let has_open = self.of(BroadcastId(id)).any(|(_, row)| row.is_open());
        Broadcast {
            id: BroadcastId(id),
            content: row.content.clone(),
            seal: row.seal.clone(),
            state: rules::broadcast_state(row.cancelled, has_open),
            sealed_at: rules::moment(row.sealed_at),
        }
    }

    pub(super) fn due(&self, broadcast: BroadcastId, now: i64) -> Vec<i64> {
        let mut due: Vec<_> = self
            .of(broadcast)
            .filter(|(_, row)| row.is_waiting() && row.next_attempt_at <= now)
            .map(|(id, row)| (row.next_attempt_at, id.0))
            .collect();
        due.sort_unstable();
        due.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn commit(&mut self, commit: &Commit, now: i64) -> bool {
        let Some(row) = self.deliveries.get(&commit.delivery.0) else { return false };
        let refused = row.fence != commit.fence
            || !rules::lease_carries_commit(row.lease_until, now)
            || self.is_cancelled(row.broadcast)
            || self.is_suppressed(&row.mark, self.newsletter_of(row.broadcast));
        let message =
            SentMessage { date: commit.date, sha256: commit.sha256.clone(), id: commit.message_id.clone() };
        let row = self.deliveries.get_mut(&commit.delivery.0);
        !refused && row.is_some_and(|row| row.commit(message))
    }

    pub(super) fn record(&mut self, record: &Record, now: i64) -> bool {
        let Some(row) = self.deliveries.get(&record.delivery.0) else { return false };
        let cancelled = self.is_cancelled(row.broadcast);
        let Some(row) = self.deliveries.get_mut(&record.delivery.0) else { return false };
        if row.fence != record.fence {
            return false;
        }
        let next = record.next_attempt_at.map_or(now, rules::micros);
        let changed = row.happen(record.event, cancelled, record.detail.as_deref(), next);
        if changed && record.remote_id.is_some() {
            row.remote_id.clone_from(&record.remote_id);
        }
        changed
    }

    pub(super) fn resolve(
        &mut self,
        broadcast: BroadcastId,
        from: DeliveryState,
        only: Option<&[DeliveryId]>,
        event: DeliveryEvent,
        note: &str,
        now: i64,
    ) -> u64 {
        let cancelled = self.is_cancelled(broadcast.0);
        if event == DeliveryEvent::Cancel && only.is_none() {
            self.cancel(broadcast);
        }
        let mut changed = 0;
        for (id, row) in &mut self.deliveries {
            let is_meant = row.broadcast == broadcast.0
                && row.state == from
                && only.is_none_or(|only| only.contains(&DeliveryId(*id)));
            // In bulk, nobody is sent the same message a third time; a person may still insist by name.
            let is_worn_out = event == DeliveryEvent::Resend && only.is_none() && row.resent;
            if is_meant && !is_worn_out {
                changed += u64::from(row.happen(event, cancelled, Some(note), now));
            }
        }
        changed
    }

    /// Gives a broadcast up as a whole, unless it is over anyway.
    pub(super) fn cancel(&mut self, broadcast: BroadcastId) {
        let has_open = self.of(broadcast).any(|(_, row)| row.is_open());
        let row = usize::try_from(broadcast.0 - 1).ok().and_then(|index| self.broadcasts.get_mut(index));
        if let Some(row) = row
            && has_open
        {
            row.cancelled = true;
        }
    }
}
