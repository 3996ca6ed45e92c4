//! A look into a shared ledger for pages: changes nothing and makes nothing.

use crate::{
    delivery::ports::LedgerError,
    domain::{
        address::EmailAddress,
        broadcast::{BroadcastId, BroadcastSummary},
        issue::IssueId,
        subscriber::{Subscriber, SubscriberStatus},
    },
    ledger::{
        error::StoreErrorKind,
        identity::Identity,
        postgres::{
            address::PostgresAddress,
            deliveries::tally,
            failed,
            failure::Failure,
            migrate,
            reach::{Lost, Reach},
            reading::{self, count, get},
            sealing::suppressed,
            session::Session,
        },
        rules,
    },
};

/// A connection that only reads. Who is suppressed counts as unsubscribed in what it returns.
pub struct PostgresPeek {
    reach: Reach,
    shown: String,
    identity: Identity,
}

impl PostgresPeek {
    /// Opens a ledger that exists; `None` when there is none yet.
    ///
    /// # Errors
    /// When the database can't be reached or entered, or holds something else.
    pub fn open(address: &PostgresAddress) -> Result<Option<Self>, LedgerError> {
        let shown = address.shown();
        let opened = || {
            let mut reach = Reach::new(address.clone())?;
            let keys = reach.call(Lost::Repeat, async |session| migrate::look(session, address).await)?;
            Ok(keys.map(|keys| (reach, keys)))
        };
        let opened = opened().map_err(|kind| failed("look into the ledger", &shown, kind))?;
        Ok(opened.map(|(reach, keys)| Self { reach, shown, identity: Identity::new(keys) }))
    }

    fn asked<T>(
        &mut self,
        doing: &'static str,
        work: impl AsyncFnMut(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        self.reach.call(Lost::Repeat, work).map_err(|kind| failed(doing, &self.shown, kind))
    }

    /// Returns all broadcasts, the newest first, without their content.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn summaries(&mut self) -> Result<Vec<BroadcastSummary>, LedgerError> {
        const SQL: &str = "SELECT id, newsletter, issue, edition, cancelled, sealed_at FROM broadcast
             ORDER BY sealed_at DESC, id DESC";
        self.asked("list the broadcasts", async |session| {
            let mut all = Vec::new();
            for row in session.rows(SQL, &[]).await? {
                let tally = tally(session, BroadcastId(get(&row, 0)?)).await?;
                let edition: i64 = get(&row, 3)?;
                all.push(BroadcastSummary {
                    issue: IssueId { newsletter: get(&row, 1)?, issue: get(&row, 2)? },
                    edition: u32::try_from(edition).unwrap_or(u32::MAX),
                    state: rules::broadcast_state(get(&row, 4)?, tally.open() > 0),
                    sealed_at: rules::moment(get(&row, 5)?),
                    tally,
                });
            }
            Ok(all)
        })
    }

    /// Returns the subscriber of an address.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn subscriber(
        &mut self,
        newsletter: &str,
        address: &EmailAddress,
    ) -> Result<Option<Subscriber>, LedgerError> {
        let sql = format!("{} WHERE canonical = $1", reading::SUBSCRIBER);
        let (canonical, marks) = (address.canonical(), [self.identity.mark(address).to_vec()]);
        self.asked("find a subscriber", async |session| {
            let Some(row) = session.row(&sql, &[&canonical]).await? else { return Ok(None) };
            let mut subscriber = reading::subscriber(&row)?;
            if !suppressed(session, &marks, newsletter).await?.is_empty() {
                subscriber.status = SubscriberStatus::Unsubscribed;
            }
            Ok(Some(subscriber))
        })
    }

    /// Returns up to `limit` readers whom an issue of the newsletter would be sent to, in the order of their
    /// addresses and after `after`.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn readers_after(
        &mut self,
        newsletter: &str,
        after: Option<&EmailAddress>,
        limit: usize,
    ) -> Result<Vec<Subscriber>, LedgerError> {
        let sql =
            format!("{} WHERE canonical > $1 AND is_active ORDER BY canonical LIMIT $2", reading::SUBSCRIBER);
        let mut after = after.map(EmailAddress::canonical).unwrap_or_default();
        let Self { reach, identity, .. } = self;
        let found = reach.call(Lost::Repeat, async |session| {
            let mut readers = Vec::new();
            while readers.len() < limit {
                let rows = session.rows(&sql, &[&after, &page(limit)]).await?;
                let Some(last) = rows.last() else { break };
                after = get(last, 6)?;
                readers.extend(mailable(session, identity, newsletter, &rows).await?);
            }
            readers.truncate(limit);
            Ok(readers)
        });
        found.map_err(|kind| failed("read the subscribers", &self.shown, kind))
    }

    /// Returns up to `limit` readers whose name or address holds `words`, whatever the letter case, and how many
    /// active ones there are on the list.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn search(
        &mut self,
        newsletter: &str,
        words: &str,
        limit: usize,
    ) -> Result<(Vec<Subscriber>, u64), LedgerError> {
        const HOLDS: &str = "is_active AND (position($1::text IN lower(address)) > 0 OR position($1::text IN lower(name)) > 0)";
        let words = words.trim().to_lowercase();
        let total = format!("SELECT count(*) FROM subscriber WHERE {HOLDS}");
        let sql = format!("{} WHERE {HOLDS} ORDER BY canonical LIMIT $2", reading::SUBSCRIBER);
        let Self { reach, identity, .. } = self;
        let found = reach.call(Lost::Repeat, async |session| {
            let rows = session.rows(&sql, &[&words, &page(limit)]).await?;
            let mut readers = mailable(session, identity, newsletter, &rows).await?;
            readers.truncate(limit);
            let row = session.row(&total, &[&words]).await?;
            Ok((readers, row.map_or(Ok(0), |row| count(&row, 0))?))
        });
        found.map_err(|kind| failed("search the subscribers", &self.shown, kind))
    }

    /// Returns how many active subscribers the list has.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn count(&mut self) -> Result<u64, LedgerError> {
        self.number("count the subscribers", "SELECT count(*) FROM subscriber WHERE is_active")
    }

    /// Returns a number that changes when the list does.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn list_stamp(&mut self) -> Result<u64, LedgerError> {
        const SQL: &str =
            "SELECT (SELECT count(*) + coalesce(sum(updated_at % 1000003), 0)::bigint FROM subscriber)
            + 7919 * (SELECT count(*) FROM suppression)";
        self.number("look at the list", SQL)
    }

    fn number(&mut self, doing: &'static str, sql: &str) -> Result<u64, LedgerError> {
        self.asked(doing, async |session| {
            let row = session.row(sql, &[]).await?;
            Ok(row.map_or(Ok::<_, StoreErrorKind>(0), |row| count(&row, 0))?)
        })
    }
}

/// Rows to fetch for so many readers: some of them may be suppressed.
fn page(limit: usize) -> i64 {
    i64::try_from(limit.saturating_add(limit / 4).saturating_add(20)).unwrap_or(i64::MAX)
}

/// Reads rows of [`reading::SUBSCRIBER`] and leaves out who must not be mailed.
async fn mailable(
    session: &mut Session,
    identity: &Identity,
    newsletter: &str,
    rows: &[tokio_postgres::Row],
) -> Result<Vec<Subscriber>, Failure> {
    let readers = rows.iter().map(reading::subscriber).collect::<Result<Vec<_>, _>>()?;
    let mark = |reader: &Subscriber| identity.mark(&reader.address).to_vec();
    let marks: Vec<_> = readers.iter().map(mark).collect();
    let gone = suppressed(session, &marks, newsletter).await?;
    Ok(readers
        .into_iter()
        .zip(&marks)
        .filter(|(_, mark)| !gone.contains(*mark))
        .map(|(one, _)| one)
        .collect())
}
