//! Subscribers and suppressions in memory.

use crate::{
    delivery::ports::{ImportTally, LedgerError, SubscriberStore},
    domain::{
        address::EmailAddress,
        delivery::DeliveryEvent,
        subscriber::{Subscriber, SubscriberStatus},
        suppression::{Suppression, SuppressionReason},
    },
    ledger::{
        error::StoreErrorKind,
        identity::{Identity, Mark, shown},
        memory::{Import, ImportRow, MemoryLedger, locked, refused, store::Store},
        rules::{self, EVERYWHERE},
    },
};
use chrono::{DateTime, Utc};
use std::collections::btree_map::Entry;

impl SubscriberStore for MemoryLedger {
    fn begin_import(&mut self) -> Result<(), LedgerError> {
        self.import = Some(Import::default());
        Ok(())
    }

    fn import(&mut self, rows: &[Subscriber], place: &str, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let import =
            self.import.as_mut().ok_or_else(|| refused("import subscribers", StoreErrorKind::NotBegun))?;
        for subscriber in rows {
            let left = (subscriber.status == SubscriberStatus::Unsubscribed)
                .then(|| (place.to_owned(), rules::micros(now)));
            match import.rows.entry(subscriber.address.canonical()) {
                Entry::Vacant(free) => {
                    free.insert(ImportRow { subscriber: subscriber.clone(), left });
                }
                Entry::Occupied(mut first) => {
                    import.tally.duplicates += 1;
                    // Whoever left in any row has left.
                    let first = first.get_mut();
                    if first.left.is_none() {
                        first.left = left;
                    }
                }
            }
        }
        Ok(())
    }

    fn finish_import(&mut self, keep: bool) -> Result<ImportTally, LedgerError> {
        let mut import =
            self.import.take().ok_or_else(|| refused("finish the import", StoreErrorKind::NotBegun))?;
        let mut store = locked(&self.store);
        for (canonical, row) in import.rows {
            let mark = self.identity.mark_of(&canonical);
            store.take_in(canonical, mark, row, keep, &mut import.tally);
        }
        Ok(import.tally)
    }

    fn for_each_subscriber(&mut self, each: &mut dyn FnMut(Subscriber) -> bool) -> Result<(), LedgerError> {
        for subscriber in locked(&self.store).subscribers.values() {
            if !each(subscriber.clone()) {
                break;
            }
        }
        Ok(())
    }

    fn remove_subscriber(&mut self, address: &EmailAddress) -> Result<bool, LedgerError> {
        Ok(locked(&self.store).subscribers.remove(&address.canonical()).is_some())
    }

    fn suppress(
        &mut self,
        address: &EmailAddress,
        scope: &str,
        reason: SuppressionReason,
        evidence: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        let scope = rules::scope_of(reason, scope);
        let suppression = suppression(&self.identity, address, scope, reason, evidence, rules::micros(now));
        let mark = self.identity.mark(address);
        Ok(locked(&self.store).suppress(mark, &address.canonical(), suppression))
    }

    fn lift_suppression(&mut self, address: &EmailAddress, scope: &str) -> Result<bool, LedgerError> {
        let mut store = locked(&self.store);
        let lifted = store.suppressions.remove(&(self.identity.mark(address), scope.to_owned())).is_some();
        if lifted
            && scope == EVERYWHERE
            && let Some(subscriber) = store.subscribers.get_mut(&address.canonical())
        {
            subscriber.status = SubscriberStatus::Active;
        }
        Ok(lifted)
    }

    fn suppressions(&mut self) -> Result<Vec<Suppression>, LedgerError> {
        let mut all: Vec<_> = locked(&self.store).suppressions.values().cloned().collect();
        // The sort is stable: what began at the same moment stays in the order of keys and scopes.
        all.sort_by_key(|suppression| std::cmp::Reverse(suppression.since));
        Ok(all)
    }
}

pub(super) fn suppression(
    identity: &Identity,
    address: &EmailAddress,
    scope: &str,
    reason: SuppressionReason,
    evidence: &str,
    since: i64,
) -> Suppression {
    Suppression {
        key: shown(&identity.mark(address)),
        scope: scope.to_owned(),
        reason,
        since: rules::moment(since),
        address: Some(address.canonical()),
        evidence: Some(evidence.to_owned()),
    }
}

impl Store {
    /// Takes one mailbox of an import into the list, or only counts what would become of it.
    fn take_in(
        &mut self,
        canonical: String,
        mark: Mark,
        row: ImportRow,
        keep: bool,
        tally: &mut ImportTally,
    ) {
        let mut subscriber = row.subscriber;
        let known = self.subscribers.get(&canonical);
        let had_left = known.is_some_and(|known| known.status == SubscriberStatus::Unsubscribed);
        if row.left.is_some() || had_left {
            subscriber.status = SubscriberStatus::Unsubscribed;
        }
        let is_suppressed = row.left.is_some() || self.is_suppressed(&mark, EVERYWHERE);
        match known {
            _ if is_suppressed => tally.suppressed += 1,
            None => tally.added += 1,
            Some(known) if *known == subscriber => tally.unchanged += 1,
            Some(_) => tally.changed += 1,
        }
        if !keep {
            return;
        }
        if let Some((place, since)) = row.left {
            let entry = Suppression {
                key: shown(&mark),
                scope: EVERYWHERE.to_owned(),
                reason: SuppressionReason::Unsubscribed,
                since: rules::moment(since),
                address: Some(canonical.clone()),
                evidence: Some(place),
            };
            self.suppress(mark, &canonical, entry);
        }
        if !self.is_erased(&mark) {
            self.subscribers.insert(canonical, subscriber);
        }
    }

    fn is_erased(&self, mark: &Mark) -> bool {
        let entry = self.suppressions.get(&(*mark, EVERYWHERE.to_owned()));
        entry.is_some_and(|entry| entry.reason == SuppressionReason::Erased)
    }

    /// Enters a suppression and keeps everything open from being sent (T12); returns whether it is new.
    pub(super) fn suppress(&mut self, mark: Mark, canonical: &str, mut entry: Suppression) -> bool {
        let since = rules::micros(entry.since);
        let reason = entry.reason;
        let scope = entry.scope.clone();
        let is_new = !self.suppressions.contains_key(&(mark, scope.clone()));
        if self.is_erased(&mark) {
            entry.address = None;
        }
        if is_new || reason == SuppressionReason::Erased {
            self.suppressions.insert((mark, scope.clone()), entry);
        }
        self.silence(&mark, &scope, since);
        if reason == SuppressionReason::Erased {
            self.erase(&mark, canonical);
        } else if scope == EVERYWHERE
            && rules::is_the_readers_wish(reason)
            && let Some(subscriber) = self.subscribers.get_mut(canonical)
        {
            subscriber.status = SubscriberStatus::Unsubscribed;
        }
        is_new
    }

    fn silence(&mut self, mark: &Mark, scope: &str, now: i64) {
        let meant: Vec<i64> = self
            .deliveries
            .iter()
            .filter(|(_, row)| row.mark == *mark)
            .filter(|(_, row)| scope == EVERYWHERE || self.newsletter_of(row.broadcast) == scope)
            .map(|(id, _)| *id)
            .collect();
        for id in meant {
            if let Some(row) = self.deliveries.get_mut(&id) {
                row.happen(DeliveryEvent::Suppress, false, None, now);
            }
        }
    }

    /// Forgets a reader everywhere; only the keyed hash stays, so that nobody mails them again.
    fn erase(&mut self, mark: &Mark, canonical: &str) {
        self.subscribers.remove(canonical);
        for ((other, _), entry) in &mut self.suppressions {
            if other == mark {
                entry.address = None;
            }
        }
        for row in self.deliveries.values_mut().filter(|row| row.mark == *mark) {
            row.subscriber = rules::forgotten();
            row.detail = None;
        }
    }
}
