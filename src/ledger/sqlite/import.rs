//! Imports: rows are loaded into a temporary table without an index, judged by one sort, merged by one statement.

use crate::{
    delivery::ports::ImportTally,
    domain::subscriber::{Subscriber, SubscriberStatus},
    ledger::{
        error::StoreErrorKind,
        identity::Identity,
        sqlite::{naming::Naming, reading::to_json, steps::suppress_by_number},
    },
};
use rusqlite::{Connection, params};

/// Makes an empty area for rows.
pub(super) fn begin(connection: &Connection) -> Result<(), StoreErrorKind> {
    forget(connection)?;
    connection.execute_batch(
        "CREATE TEMP TABLE import_row (
            seq       INTEGER PRIMARY KEY,
            canonical TEXT NOT NULL,
            addr_key  BLOB NOT NULL,
            address   TEXT NOT NULL,
            name      TEXT,
            language  TEXT,
            topics    TEXT,
            fields    TEXT,
            at        INTEGER NOT NULL
         ) STRICT;
         CREATE TEMP TABLE import_left (
            canonical TEXT PRIMARY KEY,
            addr_key  BLOB NOT NULL,
            place     TEXT NOT NULL,
            at        INTEGER NOT NULL
         ) STRICT, WITHOUT ROWID",
    )?;
    Ok(())
}

/// Drops the area.
pub(super) fn forget(connection: &Connection) -> Result<(), StoreErrorKind> {
    connection.execute_batch(
        "DROP TABLE IF EXISTS temp.import_row;
         DROP TABLE IF EXISTS temp.import_left;
         DROP TABLE IF EXISTS temp.import_mailbox",
    )?;
    Ok(())
}

/// Adds rows; nothing of it shows yet.
pub(super) fn add(
    connection: &Connection,
    identity: &Identity,
    rows: &[Subscriber],
    place: &str,
    now: i64,
) -> Result<(), StoreErrorKind> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO temp.import_row (canonical, addr_key, address, name, language, topics, fields, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for row in rows {
        let canonical = row.address.canonical();
        let mark = identity.mark_of(&canonical);
        insert.execute(params![
            canonical,
            mark,
            row.address.expose(),
            row.name,
            row.language.as_ref().map(ToString::to_string),
            (!row.topics.is_empty()).then(|| to_json(&row.topics)).transpose()?,
            (!row.fields.is_empty()).then(|| to_json(&row.fields)).transpose()?,
            now
        ])?;
        if row.status == SubscriberStatus::Unsubscribed {
            connection
                .prepare_cached(
                    "INSERT INTO temp.import_left (canonical, addr_key, place, at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![canonical, mark, place, now])?;
        }
    }
    Ok(())
}

/// Decides what each mailbox of the import is: the first row of a mailbox counts, whoever left in any row has left.
pub(super) fn judge(connection: &Connection) -> Result<ImportTally, StoreErrorKind> {
    // With min() SQLite takes the other columns from the row that holds the minimum.
    connection.execute_batch(
        "DROP TABLE IF EXISTS temp.import_mailbox;
         CREATE TEMP TABLE import_mailbox AS
         SELECT r.*, l.canonical IS NOT NULL AS has_left,
                CASE
                  WHEN l.canonical IS NOT NULL OR p.reason IS NOT NULL THEN 'suppressed'
                  WHEN s.canonical IS NULL THEN 'added'
                  WHEN s.address IS r.address AND s.name IS r.name AND s.language IS r.language
                   AND s.topics IS r.topics AND s.fields IS r.fields THEN 'unchanged'
                  ELSE 'changed'
                END AS verdict,
                p.reason IS 'erased' AS is_erased
           FROM (SELECT min(seq), canonical, addr_key, address, name, language, topics, fields, at
                   FROM temp.import_row GROUP BY canonical) r
           LEFT JOIN temp.import_left l ON l.canonical = r.canonical
           LEFT JOIN main.subscriber s ON s.canonical = r.canonical
           LEFT JOIN main.suppression p ON p.addr_key = r.addr_key AND p.scope = '*'",
    )?;
    let mut select =
        connection.prepare("SELECT verdict, count(*) FROM temp.import_mailbox GROUP BY verdict")?;
    let mut rows = select.query([])?;
    let mut tally = ImportTally::default();
    let mut mailboxes = 0;
    while let Some(row) = rows.next()? {
        let (verdict, count): (String, i64) = (row.get(0)?, row.get(1)?);
        let count = count.unsigned_abs();
        mailboxes += count;
        match verdict.as_str() {
            "added" => tally.added = count,
            "changed" => tally.changed = count,
            "unchanged" => tally.unchanged = count,
            _ => tally.suppressed = count,
        }
    }
    let all: i64 = connection.query_row("SELECT count(*) FROM temp.import_row", [], |row| row.get(0))?;
    tally.duplicates = all.unsigned_abs() - mailboxes;
    Ok(tally)
}

/// Writes what was judged into the list; the caller has begun the transaction.
pub(super) fn merge(connection: &Connection, identity: &Identity) -> Result<(), StoreErrorKind> {
    // `WHERE true` tells the parser that ON belongs to the upsert.
    connection.execute_batch(
        "INSERT INTO suppression (addr_key, scope, reason, since, address, evidence)
         SELECT addr_key, '*', 'unsubscribed', at, canonical, place FROM temp.import_left WHERE true
             ON CONFLICT DO NOTHING;
         INSERT INTO subscriber (canonical, address, name, language, topics, fields, status, added_at, updated_at)
         SELECT canonical, address, name, language, topics, fields,
                iif(has_left, 'unsubscribed', 'active'), at, at
           FROM temp.import_mailbox WHERE verdict <> 'unchanged' AND NOT is_erased
             ON CONFLICT (canonical) DO UPDATE
            SET address = excluded.address, name = excluded.name, language = excluded.language,
                topics = excluded.topics, fields = excluded.fields, updated_at = excluded.updated_at,
                status = iif(excluded.status = 'unsubscribed', 'unsubscribed', subscriber.status)",
    )?;
    let mut select = connection.prepare("SELECT addr_key, at FROM temp.import_left")?;
    let mut rows = select.query([])?;
    let (naming, mut theirs, mut now) = (Naming::of_open(connection, identity)?, Vec::new(), 0);
    while let Some(row) = rows.next()? {
        now = now.max(row.get(1)?);
        naming.find(connection, &row.get(0)?, &mut theirs)?;
    }
    suppress_by_number(connection, &theirs, now)
}
