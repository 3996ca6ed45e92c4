//! Imports: rows wait in a spool on this machine; then one transaction takes them over by COPY, judges them by one
//! statement and merges them by another.

use crate::{
    delivery::ports::ImportTally,
    domain::subscriber::{Subscriber, SubscriberStatus},
    ledger::{
        error::StoreErrorKind,
        identity::{Identity, fresh_keys},
        postgres::{
            failure::Failure,
            reading::{count, from_json, get, to_json},
            session::Session,
            settling::storable,
            spool::{Spool, SpoolRow},
            steps::Sweep,
        },
    },
};
use tokio_postgres::types::{ToSql, Type};

/// Rows handed over in one COPY.
const CHUNK_ROWS: u64 = 8_192;

const COPY: &str =
    "COPY import_row (import, seq, canonical, addr_key, address, name, language, topics, fields,
    has_left, place, at) FROM STDIN (FORMAT binary)";
const TYPES: [Type; 12] = [
    Type::INT8,
    Type::INT8,
    Type::TEXT,
    Type::BYTEA,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::BOOL,
    Type::TEXT,
    Type::INT8,
];

/// What each mailbox of an import is: its first row counts, and whoever left in any row has left.
const MAILBOX: &str = "SELECT r.*, l.canonical IS NOT NULL AS gone,
        CASE
          WHEN l.canonical IS NOT NULL OR p.reason IS NOT NULL THEN 'suppressed'
          WHEN s.canonical IS NULL THEN 'added'
          WHEN s.address = r.address AND s.name IS NOT DISTINCT FROM r.name
           AND s.language IS NOT DISTINCT FROM r.language AND s.topics IS NOT DISTINCT FROM r.topics
           AND s.fields IS NOT DISTINCT FROM r.fields THEN 'unchanged'
          ELSE 'changed'
        END AS verdict,
        coalesce(p.reason = 'erased', false) AS is_erased
   FROM (SELECT DISTINCT ON (i.canonical) i.* FROM import_row i WHERE i.import = $1
          ORDER BY i.canonical, i.seq) r
   LEFT JOIN (SELECT DISTINCT i.canonical FROM import_row i WHERE i.import = $1 AND i.has_left) l
          ON l.canonical = r.canonical
   LEFT JOIN subscriber s ON s.canonical = r.canonical
   LEFT JOIN suppression p ON p.addr_key = r.addr_key AND p.scope = '*'";

/// Puts rows into the spool.
pub(super) fn add(
    spool: &mut Spool,
    identity: &Identity,
    rows: &[Subscriber],
    place: &str,
    now: i64,
) -> Result<(), StoreErrorKind> {
    for row in rows {
        spool.push(&identity.mark(&row.address), now, &to_json(&(row, place))?)?;
    }
    Ok(())
}

/// Says what an import is, and makes it so when `keep` says so.
pub(super) async fn finish(
    session: &mut Session,
    spool: &mut Spool,
    keep: bool,
) -> Result<ImportTally, Failure> {
    let mut octets = [0; 8];
    octets.copy_from_slice(&fresh_keys()?.ledger_id[..8]);
    let import = i64::from_le_bytes(octets);
    session.open().await?;
    let (mut reader, mut seq, mut latest) = (spool.read()?, 0, 0);
    loop {
        let rows = reader.batch(CHUNK_ROWS)?;
        if rows.is_empty() {
            break;
        }
        latest = rows.iter().map(|row| row.number).fold(latest, i64::max);
        seq = hand_over(session, import, seq, rows).await?;
    }
    let tally = judge(session, import, seq.unsigned_abs()).await?;
    if keep {
        merge(session, import, latest).await?;
        session.execute("DELETE FROM import_row WHERE import = $1", &[&import]).await?;
        session.close().await?;
    } else {
        session.give_up().await;
    }
    Ok(tally)
}

/// One row as the table has it.
struct Row {
    seq: i64,
    canonical: String,
    mark: Vec<u8>,
    address: String,
    name: Option<String>,
    language: Option<String>,
    topics: Option<String>,
    fields: Option<String>,
    has_left: bool,
    place: String,
    at: i64,
}

async fn hand_over(
    session: &Session,
    import: i64,
    mut seq: i64,
    rows: Vec<SpoolRow>,
) -> Result<i64, Failure> {
    let mut ready = Vec::with_capacity(rows.len());
    for SpoolRow { mark, number, text } in rows {
        let (row, place): (Subscriber, String) = from_json(&text)?;
        seq += 1;
        ready.push(Row {
            seq,
            canonical: row.address.canonical(),
            mark,
            address: row.address.expose(),
            name: row.name.as_deref().map(storable),
            language: row.language.as_ref().map(ToString::to_string),
            topics: (!row.topics.is_empty()).then(|| to_json(&row.topics)).transpose()?,
            fields: (!row.fields.is_empty()).then(|| to_json(&row.fields)).transpose()?,
            has_left: row.status == SubscriberStatus::Unsubscribed,
            place: storable(&place),
            at: number,
        });
    }
    let values = ready.iter().map(|row| {
        let values: [&(dyn ToSql + Sync); 12] = [
            &import,
            &row.seq,
            &row.canonical,
            &row.mark,
            &row.address,
            &row.name,
            &row.language,
            &row.topics,
            &row.fields,
            &row.has_left,
            &row.place,
            &row.at,
        ];
        values
    });
    session.copy(COPY, &TYPES, values).await?;
    Ok(seq)
}

async fn judge(session: &mut Session, import: i64, rows: u64) -> Result<ImportTally, Failure> {
    let sql = format!("SELECT m.verdict, count(*) FROM ({MAILBOX}) m GROUP BY m.verdict");
    let (mut tally, mut mailboxes) = (ImportTally::default(), 0);
    for row in session.rows(&sql, &[&import]).await? {
        let count = count(&row, 1)?;
        mailboxes += count;
        match get(&row, 0)? {
            "added" => tally.added = count,
            "changed" => tally.changed = count,
            "unchanged" => tally.unchanged = count,
            _ => tally.suppressed = count,
        }
    }
    tally.duplicates = rows - mailboxes;
    Ok(tally)
}

async fn merge(session: &mut Session, import: i64, now: i64) -> Result<(), Failure> {
    let list = format!(
        "INSERT INTO subscriber (canonical, address, name, language, topics, fields, is_active, added_at, updated_at)
         SELECT m.canonical, m.address, m.name, m.language, m.topics, m.fields, NOT m.gone, m.at, m.at
           FROM ({MAILBOX}) m WHERE m.verdict <> 'unchanged' AND NOT m.is_erased
             ON CONFLICT (canonical) DO UPDATE
            SET address = excluded.address, name = excluded.name, language = excluded.language,
                topics = excluded.topics, fields = excluded.fields, updated_at = excluded.updated_at,
                is_active = excluded.is_active AND subscriber.is_active"
    );
    session.execute(&list, &[&import]).await?;
    session
        .execute(
            "INSERT INTO suppression (addr_key, scope, reason, since, address, evidence)
             SELECT DISTINCT ON (i.canonical) i.addr_key, '*', 'unsubscribed', i.at, i.canonical, i.place
               FROM import_row i WHERE i.import = $1 AND i.has_left ORDER BY i.canonical, i.seq
                 ON CONFLICT (addr_key, scope) DO NOTHING",
            &[&import],
        )
        .await?;
    let has_leavers = session
        .row("SELECT 1 FROM import_row WHERE import = $1 AND has_left LIMIT 1", &[&import])
        .await?
        .is_some();
    if has_leavers {
        let only = "d.broadcast = r.broadcast AND d.id = r.id AND r.addr_key IN
                    (SELECT i.addr_key FROM import_row i WHERE i.import = $3 AND i.has_left)";
        let nothing: Option<&str> = None;
        let sweep = Sweep::suppression("recipient r", only);
        session.rows(&sweep.sql(), &[&Some(now), &nothing, &import]).await?;
    }
    Ok(())
}
