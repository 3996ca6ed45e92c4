//! Subscribers and suppressions in PostgreSQL: the port, call by call.

use crate::{
    delivery::ports::{ImportTally, LedgerError, SubscriberStore},
    domain::{
        address::EmailAddress,
        subscriber::Subscriber,
        suppression::{Suppression, SuppressionReason},
    },
    ledger::{
        error::StoreErrorKind,
        postgres::{
            PostgresLedger,
            failure::Failure,
            import,
            reach::Lost,
            reading::{self, get},
            session::Session,
            settling::storable,
            spool::Spool,
            steps::Sweep,
        },
        rules::{self, EVERYWHERE},
    },
};
use chrono::{DateTime, Utc};

/// Subscribers fetched at once.
const PAGE_ROWS: i64 = 2_000;

impl SubscriberStore for PostgresLedger {
    fn begin_import(&mut self) -> Result<(), LedgerError> {
        self.import = None;
        let spool = Spool::new().map_err(|kind| self.refused("begin the import", kind))?;
        self.import = Some(spool);
        Ok(())
    }

    fn import(&mut self, rows: &[Subscriber], place: &str, now: DateTime<Utc>) -> Result<(), LedgerError> {
        const DOING: &str = "import subscribers";
        let Some(mut spool) = self.import.take() else {
            return Err(self.refused(DOING, StoreErrorKind::NotBegun));
        };
        let added = import::add(&mut spool, &self.identity, rows, place, rules::micros(now));
        added.map_err(|kind| self.refused(DOING, kind))?;
        self.import = Some(spool);
        Ok(())
    }

    fn finish_import(&mut self, keep: bool) -> Result<ImportTally, LedgerError> {
        const DOING: &str = "finish the import";
        let Some(mut spool) = self.import.take() else {
            return Err(self.refused(DOING, StoreErrorKind::NotBegun));
        };
        if spool.rows() == 0 {
            return Ok(ImportTally::default());
        }
        let lost = if keep { Lost::Fail } else { Lost::Repeat };
        let tally = self.reach.call(lost, async |session| import::finish(session, &mut spool, keep).await);
        tally.map_err(|kind| self.refused(DOING, kind))
    }

    fn for_each_subscriber(&mut self, each: &mut dyn FnMut(Subscriber) -> bool) -> Result<(), LedgerError> {
        let mut has_begun = false;
        self.read("read the subscribers", async |session| {
            if std::mem::replace(&mut has_begun, true) {
                // Those who were handed out already can't be taken back.
                return Err(StoreErrorKind::AnswerLost("the list was read in part".to_owned()).into());
            }
            session.simple("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
            walk(session, each).await?;
            session.close().await
        })
    }

    fn remove_subscriber(&mut self, address: &EmailAddress) -> Result<bool, LedgerError> {
        let canonical = address.canonical();
        self.read("remove a subscriber", async |session| {
            Ok(session.execute("DELETE FROM subscriber WHERE canonical = $1", &[&canonical]).await? > 0)
        })
    }

    fn suppress(
        &mut self,
        address: &EmailAddress,
        scope: &str,
        reason: SuppressionReason,
        evidence: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        let entry = Entry {
            mark: self.identity.mark(address).to_vec(),
            canonical: address.canonical(),
            scope: rules::scope_of(reason, scope),
            reason,
            evidence: storable(evidence),
            moment: self.clock.now(now),
            since: self.clock.inwards(now),
        };
        self.read("suppress an address", async |session| {
            session.open().await?;
            let is_new = entry.write(session).await?;
            session.close().await?;
            Ok(is_new)
        })
    }

    fn lift_suppression(&mut self, address: &EmailAddress, scope: &str) -> Result<bool, LedgerError> {
        let (mark, canonical) = (self.identity.mark(address).to_vec(), address.canonical());
        self.read("lift a suppression", async |session| {
            session.open().await?;
            let sql = "DELETE FROM suppression WHERE addr_key = $1 AND scope = $2";
            let lifted = session.execute(sql, &[&mark, &scope]).await? > 0;
            if lifted && scope == EVERYWHERE {
                set_status(session, &canonical, true).await?;
            }
            session.close().await?;
            Ok(lifted)
        })
    }

    fn suppressions(&mut self) -> Result<Vec<Suppression>, LedgerError> {
        let sql = format!("{} ORDER BY since DESC, addr_key, scope", reading::SUPPRESSION);
        self.read("read the suppressions", async |session| {
            let rows = session.rows(&sql, &[]).await?;
            rows.iter().map(|row| Ok(reading::suppression(row)?)).collect()
        })
    }
}

/// Reads the list page by page, in the order of canonical addresses.
async fn walk(session: &mut Session, each: &mut dyn FnMut(Subscriber) -> bool) -> Result<(), Failure> {
    let sql = format!("{} WHERE canonical > $1 ORDER BY canonical LIMIT $2", reading::SUBSCRIBER);
    let mut after = String::new();
    loop {
        let rows = session.rows(&sql, &[&after, &PAGE_ROWS]).await?;
        for row in &rows {
            if !each(reading::subscriber(row)?) {
                return Ok(());
            }
        }
        match rows.last() {
            Some(last) => after = get(last, 6)?,
            None => return Ok(()),
        }
    }
}

async fn set_status(session: &mut Session, canonical: &str, is_active: bool) -> Result<(), Failure> {
    let sql = "UPDATE subscriber SET is_active = $2 WHERE canonical = $1";
    session.execute(sql, &[&canonical, &is_active]).await?;
    Ok(())
}

/// One suppression on its way into the list.
pub(super) struct Entry<'a> {
    pub(super) mark: Vec<u8>,
    pub(super) canonical: String,
    pub(super) scope: &'a str,
    pub(super) reason: SuppressionReason,
    pub(super) evidence: String,
    /// What the statements are told of the time.
    pub(super) moment: Option<i64>,
    pub(super) since: i64,
}

impl Entry<'_> {
    /// Enters it and keeps everything open from being sent (T12); returns whether it is new.
    ///
    /// First the entry, then the rows of the deliveries: a commit that looked before the entry was there meets us at
    /// the row of its delivery, and one of the two finds that the other was first.
    pub(super) async fn write(&self, session: &mut Session) -> Result<bool, Failure> {
        let known = "SELECT 1 FROM suppression WHERE addr_key = $1 AND scope = $2";
        let known = session.row(known, &[&self.mark, &self.scope]).await?.is_some();
        // An erased address stays erased, whatever else is learned about its key.
        let enter = "INSERT INTO suppression (addr_key, scope, reason, since, address, evidence)
             SELECT $1::bytea, $2::text, $3::text, $4::bigint,
                    CASE WHEN EXISTS (SELECT 1 FROM suppression e
                            WHERE e.addr_key = $1::bytea AND e.scope = '*' AND e.reason = 'erased')
                         THEN NULL ELSE $5::text END, $6::text
             ON CONFLICT (addr_key, scope) DO UPDATE
                SET reason = excluded.reason, since = excluded.since, evidence = excluded.evidence
              WHERE excluded.reason = 'erased'";
        let reason = self.reason.as_str();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&self.mark, &self.scope, &reason, &self.since, &self.canonical, &self.evidence];
        session.execute(enter, &values).await?;
        self.silence(session).await?;
        if self.reason == SuppressionReason::Erased {
            self.erase(session).await?;
        } else if self.scope == EVERYWHERE && rules::is_the_readers_wish(self.reason) {
            set_status(session, &self.canonical, false).await?;
        }
        Ok(!known)
    }

    async fn silence(&self, session: &mut Session) -> Result<(), Failure> {
        let only = "r.addr_key = $3::bytea AND d.broadcast = r.broadcast AND d.id = r.id AND ($4::text = '*'
                    OR d.broadcast IN (SELECT b.id FROM broadcast b WHERE b.newsletter = $4::text))";
        let sweep = Sweep::suppression("recipient r", only);
        let nothing: Option<&str> = None;
        session.rows(&sweep.sql(), &[&self.moment, &nothing, &self.mark, &self.scope]).await?;
        Ok(())
    }

    /// Forgets a reader everywhere; only the keyed hash stays, so that nobody mails them again.
    async fn erase(&self, session: &mut Session) -> Result<(), Failure> {
        session.execute("DELETE FROM subscriber WHERE canonical = $1", &[&self.canonical]).await?;
        session.execute("UPDATE suppression SET address = NULL WHERE addr_key = $1", &[&self.mark]).await?;
        // A server's words often repeat the address.
        for sql in [
            "UPDATE event e SET detail = NULL FROM recipient r
              WHERE r.addr_key = $1 AND e.broadcast = r.broadcast AND e.delivery = r.id",
            "UPDATE delivery d SET detail = NULL FROM recipient r
              WHERE r.addr_key = $1 AND d.broadcast = r.broadcast AND d.id = r.id",
        ] {
            session.execute(sql, &[&self.mark]).await?;
        }
        let nobody = reading::to_json(&rules::forgotten())?;
        session
            .execute("UPDATE recipient SET subscriber = $2 WHERE addr_key = $1", &[&self.mark, &nobody])
            .await?;
        Ok(())
    }
}
