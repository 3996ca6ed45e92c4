//! Pauses, quotas and mailboxes that are gone, in memory.

use crate::{
    delivery::{
        ports::{Gone, LedgerError, Pause, Spending, Standing},
        providers::ProviderId,
    },
    domain::{settings::Rate, suppression::SuppressionReason},
    ledger::{
        memory::{MemoryLedger, locked, store::Store, subscribers::suppression},
        rules::{self, EVERYWHERE},
    },
};
use chrono::{DateTime, Utc};

impl Standing for MemoryLedger {
    fn pause(
        &mut self,
        key: &str,
        until: DateTime<Utc>,
        cause: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        let mut store = locked(&self.store);
        store.pauses.retain(|_, (until, _)| *until > rules::micros(now));
        let until = rules::micros(until);
        let rest = store.pauses.entry(key.to_owned()).or_insert((i64::MIN, String::new()));
        if until > rest.0 {
            *rest = (until, rules::kept_detail(cause));
        }
        Ok(rules::moment(rest.0))
    }

    fn lift_pause(&mut self, key: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let mut store = locked(&self.store);
        let Some((until, _)) = store.pauses.remove(key) else { return Ok(false) };
        for row in store.deliveries.values_mut() {
            if row.is_waiting() && row.next_attempt_at == until {
                row.next_attempt_at = rules::micros(now);
            }
        }
        Ok(true)
    }

    fn pauses(&mut self, now: DateTime<Utc>) -> Result<Vec<Pause>, LedgerError> {
        let store = locked(&self.store);
        let running = store.pauses.iter().filter(|(_, (until, _))| *until > rules::micros(now));
        let shown = running.map(|(key, (until, cause))| Pause {
            key: key.clone(),
            until: rules::moment(*until),
            cause: cause.clone(),
        });
        Ok(shown.collect())
    }

    fn spend(
        &mut self,
        key: &str,
        wanted: u32,
        quota: Rate,
        now: DateTime<Utc>,
    ) -> Result<Spending, LedgerError> {
        let mut store = locked(&self.store);
        let now = rules::micros(now);
        let first = rules::quota_first_slot(quota, now);
        store.spent.retain(|(other, slot), _| other != key || *slot >= first);
        let counted: Vec<_> = store
            .spent
            .iter()
            .filter(|((other, _), _)| other == key)
            .map(|((_, slot), count)| (*slot, *count))
            .collect();
        let spending = rules::spending(&counted, wanted, quota, now);
        if spending.granted > 0 {
            let slot = rules::quota_slot(quota, now);
            *store.spent.entry((key.to_owned(), slot)).or_default() += u64::from(spending.granted);
        }
        Ok(spending)
    }

    fn suppress_gone(&mut self, gone: &[Gone], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let mut store = locked(&self.store);
        let mut added = 0;
        for Gone { address, evidence } in gone {
            let (reason, now) = (SuppressionReason::Hard, rules::micros(now));
            let entry = suppression(&self.identity, address, EVERYWHERE, reason, evidence, now);
            added += u64::from(store.suppress(self.identity.mark(address), &address.canonical(), entry));
        }
        Ok(added)
    }
}

impl Store {
    /// Puts a delivery that is due off while its provider rests; returns whether it does.
    pub(super) fn put_off(&mut self, id: i64, now: i64) -> bool {
        if self.pauses.is_empty() {
            return false;
        }
        let Some(row) = self.deliveries.get_mut(&id) else { return false };
        let key = ProviderId::of(&row.subscriber.address).key();
        let Some((until, _)) = self.pauses.get(&key).filter(|(until, _)| *until > now) else { return false };
        row.next_attempt_at = *until;
        true
    }
}
