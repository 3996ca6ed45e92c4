//! The ledger in one SQLite file: what people's lists live in.
//!
//! Write-ahead log, `synchronous=FULL`: a call that returned survives a power cut, a call that failed had no effect.
//! Several programs may use the file at once on one machine; every write is an immediate transaction, and
//! they wait for each other up to [`BUSY_MAX`]. Staging areas and what an import sorts are files without a
//! name: memory grows by at most 16 octets with each row of a list, and a crash forgets them.
//!
//! The file holds addresses and the secret behind every token: it is made readable for its owner only.

mod applying;
mod batches;
mod claiming;
mod deliveries;
mod doubt;
mod import;
mod known;
mod migrate;
mod naming;
mod peek;
mod quarantine;
mod reading;
mod sealing;
mod settling;
mod spool;
mod standing;
mod steps;
mod story;
mod subscribers;

pub use peek::LedgerPeek;

use crate::{
    delivery::ports::{LedgerError, WriteWatch},
    ledger::{
        error::{StoreError, StoreErrorKind},
        identity::Identity,
    },
};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// How long a call waits for another program before it gives up.
pub const BUSY_MAX: Duration = Duration::from_secs(30);

/// How long a look at the deliveries waits for another program.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// Times that switching to the write-ahead log is tried while others do the same.
const SWITCHES_MAX: u32 = 20;

/// Statements kept ready.
const STATEMENTS_MAX: usize = 64;

/// Settings of every connection; negative cache sizes are KiB, so memory has a bound that the list does not move.
const SETTINGS: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA secure_delete = FAST;
    PRAGMA temp_store = FILE;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA main.cache_size = -8192;
    PRAGMA temp.cache_size = -24576;
";

/// One connection to a ledger file. Open the path again for another one.
pub struct SqliteLedger {
    connection: Connection,
    path: String,
    identity: Identity,
    staging: Option<spool::Spool>,
    /// Claims of this handle that were taken together.
    batches: batches::Batches,
    /// Who wants to know when it holds the write lock.
    watch: Option<Arc<WriteWatch>>,
    /// Rows that are being imported.
    importing: Option<import::Import>,
}

impl SqliteLedger {
    /// Opens a ledger, and makes it when there is none.
    ///
    /// # Errors
    /// When the file is something else, comes from a newer masthead, or can't be read and written.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let shown = path.display().to_string();
        connect(path)
            .map(|(connection, identity)| Self {
                connection,
                path: shown.clone(),
                identity,
                staging: None,
                batches: batches::Batches::default(),
                watch: None,
                importing: None,
            })
            .map_err(|kind| failed("open the ledger", &shown, kind))
    }

    /// Returns the path it was opened by.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the folder in which it lies: there must be room in it anyway.
    fn folder(&self) -> PathBuf {
        let folder = Path::new(&self.path).parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
    }

    /// Runs `work` in one immediate transaction: all of it becomes durable, or none. Every claim stands in the row of its
    /// delivery then.
    fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>, &Identity) -> Result<T, StoreErrorKind>,
    ) -> Result<T, LedgerError> {
        // If the spreading comes to nothing they are others' to us, which is as good.
        self.batches = batches::Batches::default();
        self.write_beside_claims(doing, |transaction, identity| {
            batches::spread(transaction)?;
            work(transaction, identity)
        })
    }

    /// The same for what neither reads nor changes how deliveries stand.
    fn write_beside_claims<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>, &Identity) -> Result<T, StoreErrorKind>,
    ) -> Result<T, LedgerError> {
        self.within(TransactionBehavior::Immediate, doing, work)
    }

    /// The same for what knows of the claims of this handle that stand together; those of others don't then.
    fn write_with_claims<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>, &mut batches::Batches) -> Result<T, StoreErrorKind>,
    ) -> Result<T, LedgerError> {
        let mut ours = std::mem::take(&mut self.batches);
        let done = self.write_beside_claims(doing, |transaction, _| {
            ours.meet(transaction)?;
            work(transaction, &mut ours)
        });
        if done.is_ok() {
            self.batches = ours;
        }
        done
    }

    /// Runs `work` on one unchanging state of the ledger; temporary tables may be written. Claims that stand together are
    /// not in the rows of their deliveries.
    fn read<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>, &Identity) -> Result<T, StoreErrorKind>,
    ) -> Result<T, LedgerError> {
        self.within(TransactionBehavior::Deferred, doing, work)
    }

    /// The same with every claim in the row of its delivery: they are written there, read, and forgotten again, so that
    /// whoever sends is not disturbed. Where a writer holds the ledger for long, claims that stand together count as not
    /// taken yet.
    fn read_deliveries<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>, &Identity) -> Result<T, StoreErrorKind>,
    ) -> Result<T, LedgerError> {
        let read = || {
            if !batches::are_there(&self.connection)? {
                return work(&self.connection.unchecked_transaction()?, &self.identity);
            }
            self.connection.busy_timeout(LOOK_MAX)?;
            let begun = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate);
            self.connection.busy_timeout(BUSY_MAX)?;
            let transaction = match begun.map_err(StoreErrorKind::from) {
                Ok(transaction) => {
                    batches::spread(&transaction)?;
                    transaction
                }
                Err(StoreErrorKind::Locked) => self.connection.unchecked_transaction()?,
                Err(kind) => return Err(kind),
            };
            work(&transaction, &self.identity)
        };
        read().map_err(|kind| failed(doing, &self.path, kind))
    }

    fn within<T>(
        &mut self,
        behavior: TransactionBehavior,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>, &Identity) -> Result<T, StoreErrorKind>,
    ) -> Result<T, LedgerError> {
        let (identity, watch) = (&self.identity, &self.watch);
        let done = self
            .connection
            .transaction_with_behavior(behavior)
            .map_err(StoreErrorKind::from)
            .and_then(|transaction| {
                let watch = watch.as_deref().filter(|_| matches!(behavior, TransactionBehavior::Immediate));
                let locked = watch.map(|watch| Locked::note(watch, &transaction)).transpose()?;
                let value = work(&transaction, identity)?;
                drop(locked);
                transaction.commit()?;
                Ok(value)
            });
        done.map_err(|kind| failed(doing, &self.path, kind))
    }

    fn refused(&self, doing: &'static str, kind: StoreErrorKind) -> LedgerError {
        failed(doing, &self.path, kind)
    }
}

/// The write lock is held: said from now until this is dropped.
struct Locked<'a>(&'a WriteWatch);

impl<'a> Locked<'a> {
    fn note(watch: &'a WriteWatch, transaction: &Transaction<'_>) -> Result<Self, StoreErrorKind> {
        watch.locked(applying::stamp(transaction)?);
        Ok(Self(watch))
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.0.unlocked();
    }
}

fn failed(doing: &'static str, path: &str, kind: StoreErrorKind) -> LedgerError {
    LedgerError { doing, cause: Box::new(StoreError { path: Some(path.to_owned()), kind }) }
}

fn connect(path: &Path) -> Result<(Connection, Identity), StoreErrorKind> {
    make_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Plans must not depend on values: otherwise a kept statement is planned anew with every other value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let version = migrate::inspect(&connection)?;
    switch_to_log(&connection)?;
    connection.execute_batch(SETTINGS)?;
    let keys = migrate::migrate(&mut connection, version)?;
    Ok((connection, Identity::new(keys)))
}

/// Makes the file, empty and for its owner only; SQLite gives its log the same rights.
fn make_private(path: &Path) -> Result<(), StoreErrorKind> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreErrorKind::Unusable(error.to_string())),
    }
}

/// Switches the file to its write-ahead log. Several programs may try at once on a new file, and SQLite then tells
/// all but one that it is busy without waiting.
fn switch_to_log(connection: &Connection) -> Result<(), StoreErrorKind> {
    for _ in 0..SWITCHES_MAX {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))
            .map_err(StoreErrorKind::from);
        match mode {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(_) => {
                return Err(StoreErrorKind::Unusable(
                    "this file system can't keep a write-ahead log; put the ledger on a local disk"
                        .to_owned(),
                ));
            }
            Err(StoreErrorKind::Locked) => {
                // Taking and leaving the write lock waits for the others as long as BUSY_MAX.
                connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
            }
            Err(kind) => return Err(kind),
        }
    }
    Err(StoreErrorKind::Locked)
}

impl From<rusqlite::Error> for StoreErrorKind {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::Full(error.into()),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly(error),
            Some(ErrorCode::NotADatabase) => Self::NotALedger,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            _ => Self::Unusable(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
