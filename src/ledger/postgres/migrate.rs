//! Brings the schema to the version we know, or refuses it.

use crate::{
    delivery::ports::LedgerKeys,
    ledger::{
        error::StoreErrorKind,
        identity::fresh_keys,
        postgres::{address::PostgresAddress, failure::Failure, session::Session},
    },
};

/// The steps: the version that each leads to, and how.
const STEPS: &[(i64, &str)] =
    &[(1, include_str!("sql/0001_ledger.sql")), (2, include_str!("sql/0002_witness.sql"))];

/// The newest version we know.
const VERSION: i64 = STEPS[STEPS.len() - 1].0;

/// Returns the secrets of a ledger that is there and of our version; `None` when nothing is there yet.
///
/// # Errors
/// When the schema is somebody else's, or from the future.
pub(super) async fn look(
    session: &mut Session,
    address: &PostgresAddress,
) -> Result<Option<LedgerKeys>, Failure> {
    let tables = session
        .rows(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1",
            &[&address.schema],
        )
        .await?;
    let names: Vec<String> = tables.iter().filter_map(|row| row.try_get(0).ok()).collect();
    if names.is_empty() {
        return Ok(None);
    }
    if !names.iter().any(|name| name == "meta") {
        return Err(StoreErrorKind::NotALedger.into());
    }
    match version(session).await {
        Ok(VERSION) => read_keys(session).await.map(Some),
        Ok(found) if found > VERSION => Err(StoreErrorKind::Newer { found, known: VERSION }.into()),
        Ok(_) => Ok(None),
        Err(Failure::Refused(StoreErrorKind::Unusable(_))) => Err(StoreErrorKind::NotALedger.into()),
        Err(other) => Err(other),
    }
}

/// Runs the missing steps in one transaction and returns the secrets.
///
/// Two programs that do this at once take turns at one row; the second finds nothing left to do.
pub(super) async fn migrate(session: &mut Session, address: &PostgresAddress) -> Result<LedgerKeys, Failure> {
    make(session, &format!("CREATE SCHEMA IF NOT EXISTS {}", address.quoted_schema())).await?;
    make(session, "CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value bytea NOT NULL)").await?;
    let none = b"0".as_slice();
    session
        .execute("INSERT INTO meta (key, value) VALUES ('version', $1) ON CONFLICT DO NOTHING", &[&none])
        .await?;
    session.open().await?;
    session.rows("SELECT value FROM meta WHERE key = 'version' FOR UPDATE", &[]).await?;
    let found = version(session).await?;
    if found > VERSION {
        return Err(StoreErrorKind::Newer { found, known: VERSION }.into());
    }
    for (_, step) in STEPS.iter().filter(|(leads_to, _)| *leads_to > found) {
        session.simple(step).await?;
    }
    if found == 0 {
        let keys = fresh_keys()?;
        for (key, value) in [("ledger_id", keys.ledger_id.as_slice()), ("secret", keys.secret.as_slice())] {
            session.execute("INSERT INTO meta (key, value) VALUES ($1, $2)", &[&key, &value]).await?;
        }
    }
    let reached = VERSION.to_string().into_bytes();
    session.execute("UPDATE meta SET value = $1 WHERE key = 'version'", &[&reached]).await?;
    session.close().await?;
    read_keys(session).await
}

/// Makes something that another program may be making at this moment.
async fn make(session: &Session, sql: &str) -> Result<(), Failure> {
    match session.simple(sql).await {
        Err(Failure::Refused(StoreErrorKind::Unusable(words))) => Err(Failure::Conflict(words)),
        other => other,
    }
}

async fn version(session: &mut Session) -> Result<i64, Failure> {
    // Another program may have made the table just now and be about to write into it.
    let Some(octets) = value(session, "version").await? else { return Ok(0) };
    let number = std::str::from_utf8(&octets).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| StoreErrorKind::Damaged("its `version` is no number".to_owned()).into())
}

async fn read_keys(session: &mut Session) -> Result<LedgerKeys, Failure> {
    Ok(LedgerKeys {
        ledger_id: secret(session, "ledger_id").await?,
        secret: secret(session, "secret").await?,
    })
}

async fn secret<const N: usize>(session: &mut Session, key: &str) -> Result<[u8; N], Failure> {
    let octets = value(session, key).await?.and_then(|octets| octets.try_into().ok());
    octets.ok_or_else(|| StoreErrorKind::Damaged(format!("its `{key}` is missing or cut short")).into())
}

async fn value(session: &mut Session, key: &str) -> Result<Option<Vec<u8>>, Failure> {
    let row = session.row("SELECT value FROM meta WHERE key = $1", &[&key]).await?;
    row.map(|row| row.try_get(0).map_err(|_| StoreErrorKind::NotALedger.into())).transpose()
}
