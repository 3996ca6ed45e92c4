//! From rows to the words of the house.

use crate::{
    domain::{
        address::EmailAddress,
        broadcast::{Broadcast, BroadcastId},
        delivery::DeliveryState,
        language::Language,
        subscriber::{Subscriber, SubscriberStatus},
        suppression::{Suppression, SuppressionReason},
    },
    ledger::{error::StoreErrorKind, identity::shown, rules},
};
use rusqlite::{Connection, OptionalExtension, Row, types::ValueRef};
use std::collections::BTreeMap;

/// Columns that [`broadcast`] reads.
pub(super) const BROADCAST: &str = "SELECT id, seal, cancelled, sealed_at, content, EXISTS (
    SELECT 1 FROM delivery d WHERE d.broadcast = broadcast.id
       AND d.state IN ('queued', 'leased', 'committing', 'deferred')) FROM broadcast";

/// Reads a row of [`BROADCAST`].
pub(super) fn broadcast(row: &Row<'_>) -> Result<Broadcast, StoreErrorKind> {
    Ok(Broadcast {
        id: BroadcastId(row.get(0)?),
        seal: row.get(1)?,
        state: rules::broadcast_state(row.get(2)?, row.get(5)?),
        sealed_at: rules::moment(row.get(3)?),
        content: from_json(row, 4)?,
    })
}

/// Columns that [`subscriber`] reads.
pub(super) const SUBSCRIBER: &str = "SELECT address, name, language, topics, fields, status FROM subscriber";

/// Reads a row of [`SUBSCRIBER`].
pub(super) fn subscriber(row: &Row<'_>) -> Result<Subscriber, StoreErrorKind> {
    let language: Option<String> = row.get(2)?;
    let status: String = row.get(5)?;
    Ok(Subscriber {
        address: address(text(row, 0)?)?,
        name: row.get(1)?,
        language: language.and_then(|tag| Language::parse(&tag)),
        topics: if is_null(row, 3)? { Vec::new() } else { from_json(row, 3)? },
        fields: if is_null(row, 4)? { BTreeMap::new() } else { from_json(row, 4)? },
        status: if status == ACTIVE { SubscriberStatus::Active } else { SubscriberStatus::Unsubscribed },
    })
}

/// The word of a subscriber who wants mail.
pub(super) const ACTIVE: &str = "active";
/// The word of one who does not.
pub(super) const UNSUBSCRIBED: &str = "unsubscribed";

/// Columns that [`suppression`] reads.
pub(super) const SUPPRESSION: &str =
    "SELECT addr_key, scope, reason, since, address, evidence FROM suppression";

/// Reads a row of [`SUPPRESSION`].
pub(super) fn suppression(row: &Row<'_>) -> Result<Suppression, StoreErrorKind> {
    let reason = text(row, 2)?;
    Ok(Suppression {
        key: shown(row.get_ref(0)?.as_blob().map_err(|_| damaged("addr_key"))?),
        scope: row.get(1)?,
        reason: SuppressionReason::parse(reason).ok_or_else(|| damaged("reason"))?,
        since: rules::moment(row.get(3)?),
        address: row.get(4)?,
        evidence: row.get(5)?,
    })
}

/// Reads a state.
pub(super) fn state(row: &Row<'_>, column: usize) -> Result<DeliveryState, StoreErrorKind> {
    DeliveryState::parse(text(row, column)?).ok_or_else(|| damaged("state"))
}

/// Reads a column of JSON.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> Result<T, StoreErrorKind> {
    serde_json::from_str(text(row, column)?).map_err(|error| {
        // The message of serde_json may quote a value, and values are people.
        StoreErrorKind::Damaged(format!("a value can't be read ({:?})", error.classify()))
    })
}

/// Writes a column of JSON.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreErrorKind> {
    serde_json::to_string(value).map_err(|error| StoreErrorKind::Unusable(error.to_string()))
}

/// Returns whether a broadcast was cancelled, `None` when there is none.
pub(super) fn is_cancelled(connection: &Connection, id: BroadcastId) -> Result<Option<bool>, StoreErrorKind> {
    let mut select = connection.prepare_cached("SELECT cancelled FROM broadcast WHERE id = ?1")?;
    Ok(select.query_row([id.0], |row| row.get(0)).optional()?)
}

fn text<'row>(row: &'row Row<'_>, column: usize) -> Result<&'row str, StoreErrorKind> {
    row.get_ref(column)?.as_str().map_err(|_| damaged("text"))
}

fn is_null(row: &Row<'_>, column: usize) -> Result<bool, StoreErrorKind> {
    Ok(row.get_ref(column)? == ValueRef::Null)
}

fn address(text: &str) -> Result<EmailAddress, StoreErrorKind> {
    EmailAddress::parse(text).map_err(|_| damaged("address"))
}

fn damaged(what: &str) -> StoreErrorKind {
    StoreErrorKind::Damaged(format!("a `{what}` in it can't be read"))
}
