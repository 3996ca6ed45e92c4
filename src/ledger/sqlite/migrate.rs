//! Brings a database file to the version we know, or refuses it.

use crate::{
    delivery::ports::LedgerKeys,
    ledger::{error::StoreErrorKind, identity::fresh_keys},
};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// Marks a SQLite file as ours in its header: `MAST`.
const APPLICATION_ID: i64 = 0x4D41_5354;

/// The steps: the version that each leads to, and how.
const STEPS: &[(i64, &str)] = &[
    (1, include_str!("sql/0001_ledger.sql")),
    (2, include_str!("sql/0002_standing.sql")),
    (3, include_str!("sql/0003_journal.sql")),
    (4, include_str!("sql/0004_batches.sql")),
];

/// The newest version we know.
pub(super) const VERSION: i64 = STEPS[STEPS.len() - 1].0;

/// Returns whose file it is and in which version, before anything is changed in it.
///
/// # Errors
/// When it is no ledger of ours, or one from the future.
pub(super) fn inspect(connection: &Connection) -> Result<i64, StoreErrorKind> {
    let header = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = header("application_id")?;
    let version = header("user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_blank = application == 0 && version == 0 && tables == 0;
    if !is_blank && application != APPLICATION_ID {
        return Err(StoreErrorKind::NotALedger);
    }
    if version > VERSION {
        return Err(StoreErrorKind::Newer { found: version, known: VERSION });
    }
    Ok(version)
}

/// Runs the missing steps in one transaction and returns the secrets.
///
/// Two programs that do this at once take turns; the second finds nothing left to do.
pub(super) fn migrate(connection: &mut Connection, now_version: i64) -> Result<LedgerKeys, StoreErrorKind> {
    if now_version < VERSION {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = inspect(&transaction)?;
        for (_, step) in STEPS.iter().filter(|(leads_to, _)| *leads_to > version) {
            transaction.execute_batch(step)?;
        }
        if version == 0 {
            let keys = fresh_keys()?;
            let mut insert = transaction.prepare("INSERT INTO meta (key, value) VALUES (?1, ?2)")?;
            insert.execute(params!["ledger_id", keys.ledger_id])?;
            insert.execute(params!["secret", keys.secret])?;
            drop(insert);
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    read_keys(connection)
}

pub(super) fn read_keys(connection: &Connection) -> Result<LedgerKeys, StoreErrorKind> {
    Ok(LedgerKeys { ledger_id: secret(connection, "ledger_id")?, secret: secret(connection, "secret")? })
}

fn secret<const N: usize>(connection: &Connection, key: &str) -> Result<[u8; N], StoreErrorKind> {
    let mut select = connection.prepare("SELECT value FROM meta WHERE key = ?1")?;
    let octets: Option<Vec<u8>> = select.query_row([key], |row| row.get(0)).optional()?;
    octets
        .and_then(|octets| octets.try_into().ok())
        .ok_or_else(|| StoreErrorKind::Damaged(format!("its `{key}` is missing or cut short")))
}
