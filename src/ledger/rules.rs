//! What every ledger decides in the same way, without knowing how it keeps its rows.

use crate::{
    delivery::ports::{COMMIT_MARGIN, Spending},
    domain::{
        broadcast::{BroadcastState, Tally},
        delivery::{DeliveryEvent, DeliveryState},
        settings::Rate,
        subscriber::{Subscriber, SubscriberStatus},
        suppression::SuppressionReason,
    },
};
use chrono::{DateTime, Utc};
use std::{collections::BTreeMap, time::Duration};

/// Scope of a suppression that holds for every newsletter.
pub(crate) const EVERYWHERE: &str = "*";

/// Octets of a server's words that are kept.
const DETAIL_OCTETS_MAX: usize = 1024;

/// What the ledger itself notes when it finds a commit without a verdict.
pub(crate) const OWNER_VANISHED: &str =
    "the sending program ended before it could record the server's answer";

/// Moments are kept in microseconds since 1970.
pub(crate) fn micros(moment: DateTime<Utc>) -> i64 {
    moment.timestamp_micros()
}

/// Reads a kept moment back; what no calendar knows becomes its edge.
pub(crate) fn moment(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(if micros < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}

/// Returns the end of a lease or a pause that begins `from`.
pub(crate) fn later(from: i64, by: Duration) -> i64 {
    from.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
}

/// Returns the end of `count` intervals.
pub(crate) fn later_times(from: i64, by: Duration, count: u32) -> i64 {
    let each = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    from.saturating_add(each.saturating_mul(i64::from(count)))
}

/// Parts into which the time of a quota is counted: hours of a day.
const QUOTA_PARTS: i64 = 24;

/// Returns the length of the parts in which a quota is counted, microseconds.
fn quota_part(quota: Rate) -> i64 {
    (i64::try_from(quota.per.as_micros()).unwrap_or(i64::MAX) / QUOTA_PARTS).max(1)
}

/// Returns the part of a quota's time in which a moment lies: when it begins.
pub(crate) fn quota_slot(quota: Rate, now: i64) -> i64 {
    let part = quota_part(quota);
    now.div_euclid(part).saturating_mul(part)
}

/// Returns the beginning of the first part that still counts.
pub(crate) fn quota_first_slot(quota: Rate, now: i64) -> i64 {
    quota_slot(quota, now).saturating_sub(quota_part(quota).saturating_mul(QUOTA_PARTS))
}

/// Returns what a quota grants. `spent` are the parts that still count, oldest first.
pub(crate) fn spending(spent: &[(i64, u64)], wanted: u32, quota: Rate, now: i64) -> Spending {
    let total: u64 = spent.iter().map(|(_, count)| count).sum();
    let room = u64::from(quota.messages).saturating_sub(total);
    let granted = wanted.min(u32::try_from(room).unwrap_or(u32::MAX));
    if granted > 0 || wanted == 0 {
        return Spending { granted, again_at: moment(now) };
    }
    let (mut left, mut again) = (total, now);
    for (slot, count) in spent {
        left -= count;
        // What was spent at the end of a part counts for the whole time from there.
        again = slot.saturating_add(quota_part(quota).saturating_mul(QUOTA_PARTS + 1));
        if left < u64::from(quota.messages) {
            break;
        }
    }
    Spending { granted, again_at: moment(again) }
}

/// Cuts a server's words to what is kept.
pub(crate) fn kept_detail(text: &str) -> String {
    let mut end = text.len().min(DETAIL_OCTETS_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

/// Returns where a recorded or decided event leads, `None` when it is not lawful.
///
/// Claim and commit are not for recording: they have guards of their own. In a cancelled broadcast
/// nothing waits: what would go back to the queue is cancelled on the spot, and nothing in doubt is sent again.
pub(crate) fn settled_by(
    state: DeliveryState,
    event: DeliveryEvent,
    cancelled: bool,
) -> Option<DeliveryState> {
    if matches!(event, DeliveryEvent::Claim | DeliveryEvent::Commit) {
        return None;
    }
    if cancelled && event == DeliveryEvent::Resend {
        return None;
    }
    let to = state.after(event)?;
    let waits = matches!(to, DeliveryState::Queued | DeliveryState::Deferred);
    if cancelled && waits { to.after(DeliveryEvent::Cancel) } else { Some(to) }
}

/// Returns the word under which an event is written down.
pub(crate) fn event_word(event: DeliveryEvent) -> &'static str {
    match event {
        DeliveryEvent::Claim => "claim",
        DeliveryEvent::Release => "release",
        DeliveryEvent::Commit => "commit",
        DeliveryEvent::Accept => "accept",
        DeliveryEvent::Defer => "defer",
        DeliveryEvent::Fail => "fail",
        DeliveryEvent::Bounce => "bounce",
        DeliveryEvent::Lose => "lose",
        DeliveryEvent::Resend => "resend",
        DeliveryEvent::Suppress => "suppress",
        DeliveryEvent::Expire => "expire",
        DeliveryEvent::Cancel => "cancel",
    }
}

/// Returns whether a lease still carries a commit.
pub(crate) fn lease_carries_commit(lease_until: i64, now: i64) -> bool {
    lease_until > later(now, COMMIT_MARGIN)
}

/// Returns where a broadcast stands, from its deliveries.
pub(crate) fn broadcast_state(cancelled: bool, has_open: bool) -> BroadcastState {
    match (cancelled, has_open) {
        (true, _) => BroadcastState::Cancelled,
        (false, true) => BroadcastState::Sending,
        (false, false) => BroadcastState::Done,
    }
}

/// Counts states.
pub(crate) fn tally(counts: impl Iterator<Item = (DeliveryState, u64)>) -> Tally {
    let mut tally = Tally { by_state: BTreeMap::new() };
    for (state, count) in counts {
        *tally.by_state.entry(state).or_default() += count;
    }
    tally
}

/// Returns whether a suppression also says that the reader wants no mail at all.
pub(crate) fn is_the_readers_wish(reason: SuppressionReason) -> bool {
    matches!(reason, SuppressionReason::Unsubscribed | SuppressionReason::Complaint)
}

/// Returns for what a suppression really holds: who is forgotten is forgotten everywhere.
pub(crate) fn scope_of(reason: SuppressionReason, scope: &str) -> &str {
    if reason == SuppressionReason::Erased { EVERYWHERE } else { scope }
}

/// Returns what stands in a delivery after its reader was erased: nothing of the reader.
pub(crate) fn forgotten() -> Subscriber {
    let address = crate::domain::address::EmailAddress::parse("erased@erased.invalid")
        .expect("a fixed text that the address tests accept");
    Subscriber {
        address,
        name: None,
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Unsubscribed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_survive_being_kept() {
        let now = DateTime::from_timestamp(1_650_000_000, 123_456_000).expect("a moment");
        assert_eq!(moment(micros(now)), now);
        assert_eq!(moment(i64::MAX), DateTime::<Utc>::MAX_UTC);
    }

    #[test]
    fn words_are_cut_between_characters() {
        assert_eq!(kept_detail(&"é".repeat(600)).len(), DETAIL_OCTETS_MAX);
        assert_eq!(kept_detail(&format!("x{}", "é".repeat(600))).len(), DETAIL_OCTETS_MAX - 1);
    }

    #[test]
    fn nothing_waits_in_a_cancelled_broadcast() {
        for state in DeliveryState::ALL {
            for event in [DeliveryEvent::Release, DeliveryEvent::Defer, DeliveryEvent::Resend] {
                let to = settled_by(state, event, true);
                assert!(!matches!(to, Some(DeliveryState::Queued | DeliveryState::Deferred)), "{state}");
            }
        }
    }

    #[test]
    fn who_was_erased_leaves_no_trace() {
        assert_eq!(forgotten().address.expose(), "erased@erased.invalid");
    }
}
