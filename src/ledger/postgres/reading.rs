//! From rows to the words of the house.

use crate::{
    domain::{
        address::EmailAddress,
        broadcast::{Broadcast, BroadcastId},
        language::Language,
        subscriber::{Subscriber, SubscriberStatus},
        suppression::{Suppression, SuppressionReason},
    },
    ledger::{error::StoreErrorKind, identity::shown, postgres::states, rules},
};
use std::{collections::BTreeMap, sync::LazyLock};
use tokio_postgres::{Row, types::FromSql};

/// Reads a column.
pub(super) fn get<'row, T: FromSql<'row>>(row: &'row Row, column: usize) -> Result<T, StoreErrorKind> {
    row.try_get(column).map_err(|_| {
        let name = row.columns().get(column).map_or("column", |column| column.name());
        damaged(name)
    })
}

/// Columns that [`broadcast`] reads. Most that is open waits, and what waits stands in an index.
pub(super) static BROADCAST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT b.id, b.seal, b.cancelled, b.sealed_at, b.content,
                EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = b.id AND d.due_at IS NOT NULL)
             OR EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = b.id AND d.state IN ({}))
           FROM broadcast b",
        states::open()
    )
});

/// Reads a row of [`BROADCAST`].
pub(super) fn broadcast(row: &Row) -> Result<Broadcast, StoreErrorKind> {
    Ok(Broadcast {
        id: BroadcastId(get(row, 0)?),
        seal: get(row, 1)?,
        state: rules::broadcast_state(get(row, 2)?, get(row, 5)?),
        sealed_at: rules::moment(get(row, 3)?),
        content: from_json(get(row, 4)?)?,
    })
}

/// Columns that [`subscriber`] reads.
pub(super) const SUBSCRIBER: &str =
    "SELECT address, name, language, topics, fields, is_active, canonical FROM subscriber";

/// Reads a row of [`SUBSCRIBER`].
pub(super) fn subscriber(row: &Row) -> Result<Subscriber, StoreErrorKind> {
    let language: Option<&str> = get(row, 2)?;
    let topics: Option<&str> = get(row, 3)?;
    let fields: Option<&str> = get(row, 4)?;
    let is_active: bool = get(row, 5)?;
    Ok(Subscriber {
        address: EmailAddress::parse(get(row, 0)?).map_err(|_| damaged("address"))?,
        name: get(row, 1)?,
        language: language.and_then(Language::parse),
        topics: topics.map_or_else(|| Ok(Vec::new()), from_json)?,
        fields: fields.map_or_else(|| Ok(BTreeMap::new()), from_json)?,
        status: if is_active { SubscriberStatus::Active } else { SubscriberStatus::Unsubscribed },
    })
}

/// Columns that [`suppression`] reads.
pub(super) const SUPPRESSION: &str =
    "SELECT addr_key, scope, reason, since, address, evidence FROM suppression";

/// Reads a row of [`SUPPRESSION`].
pub(super) fn suppression(row: &Row) -> Result<Suppression, StoreErrorKind> {
    let reason: &str = get(row, 2)?;
    Ok(Suppression {
        key: shown(get(row, 0)?),
        scope: get(row, 1)?,
        reason: SuppressionReason::parse(reason).ok_or_else(|| damaged("reason"))?,
        since: rules::moment(get(row, 3)?),
        address: get(row, 4)?,
        evidence: get(row, 5)?,
    })
}

/// Reads a count.
pub(super) fn count(row: &Row, column: usize) -> Result<u64, StoreErrorKind> {
    Ok(get::<i64>(row, column)?.unsigned_abs())
}

/// Reads JSON.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreErrorKind> {
    serde_json::from_str(text).map_err(|error| {
        // The message of serde_json may quote a value, and values are people.
        StoreErrorKind::Damaged(format!("a value can't be read ({:?})", error.classify()))
    })
}

/// Writes JSON.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreErrorKind> {
    serde_json::to_string(value).map_err(|error| StoreErrorKind::Unusable(error.to_string()))
}

fn damaged(what: &str) -> StoreErrorKind {
    StoreErrorKind::Damaged(format!("a `{what}` in it can't be read"))
}
