//! One connection, set up for our use, with its prepared statements.

use crate::ledger::{
    error::StoreErrorKind,
    postgres::{address::PostgresAddress, failure::Failure},
};
use std::{collections::HashMap, pin::pin};
use tokio_postgres::{
    Client, Row, Statement,
    binary_copy::BinaryCopyInWriter,
    types::{ToSql, Type},
};

/// Values of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// How every transaction of ours begins, whatever the server's default is. The argument that nobody is mailed who
/// has left (deliverability: T4 and T12 meet at the row of the delivery) holds at this level and at all above it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Settings of every connection. A sender that was frozen in the middle of a transaction must not hold the others up;
/// and no statement of ours is worth a compiler.
const SETTINGS: &str = "SET client_min_messages = warning; SET lock_timeout = '30s';
    SET idle_in_transaction_session_timeout = '120s'; SET jit = off";

/// Settings of a connection that sends. It only ever asks for a few rows by their keys: a plan that reads a whole table
/// for them is never right, and finding that out anew for every batch costs more than the batch.
const SENDING: &str = "SET plan_cache_mode = force_generic_plan;
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off";

/// A connection.
pub(super) struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
    is_sending: bool,
    is_known: bool,
}

impl Session {
    /// Sets a connection up.
    ///
    /// # Errors
    /// When the server would not keep what it says it has kept.
    pub(super) async fn begin(client: Client, address: &PostgresAddress) -> Result<Self, Failure> {
        let session = Self { client, statements: HashMap::new(), is_sending: false, is_known: false };
        session.simple(&format!("SET search_path TO {}", address.quoted_schema())).await?;
        session.choose(SETTINGS).await?;
        session.insist_on_durability().await?;
        Ok(session)
    }

    /// Prepares for sending, once.
    pub(super) async fn be_sending(&mut self) -> Result<(), Failure> {
        if !std::mem::replace(&mut self.is_sending, true) {
            self.choose(SENDING).await?;
        }
        Ok(())
    }

    /// Returns whether the server on this connection was seen to know all that we did.
    pub(super) fn is_known(&self) -> bool {
        self.is_known
    }

    /// Remembers that it does.
    pub(super) fn make_known(&mut self) {
        self.is_known = true;
    }

    /// Chooses settings. An engine that lacks one of them does without.
    async fn choose(&self, settings: &str) -> Result<(), Failure> {
        for setting in settings.split(';') {
            if let Err(Failure::Gone(why)) = self.simple(setting).await {
                return Err(Failure::Gone(why));
            }
        }
        Ok(())
    }

    /// A commit that a power cut can take back would be a message sent twice.
    async fn insist_on_durability(&self) -> Result<(), Failure> {
        for name in ["fsync", "full_page_writes"] {
            if self.setting(name).await?.as_deref() == Some("off") {
                let words = format!("the server runs with `{name}=off`");
                return Err(StoreErrorKind::NotDurable(words).into());
            }
        }
        // This one is for each connection to choose.
        if self.setting("synchronous_commit").await?.as_deref() == Some("off") {
            self.simple("SET synchronous_commit = on").await?;
        }
        Ok(())
    }

    /// Returns a setting; `None` where the engine knows none of that name.
    async fn setting(&self, name: &str) -> Result<Option<String>, Failure> {
        match self.client.query_one(&format!("SHOW {name}"), &[]).await.map_err(Failure::from) {
            Ok(row) => Ok(row.try_get(0).ok()),
            Err(Failure::Gone(why)) => Err(Failure::Gone(why)),
            Err(_) => Ok(None),
        }
    }

    /// Returns whether nothing is known against the connection.
    pub(super) fn is_alive(&self) -> bool {
        !self.client.is_closed()
    }

    /// Runs statements without values.
    pub(super) async fn simple(&self, sql: &str) -> Result<(), Failure> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Begins a transaction.
    pub(super) async fn open(&self) -> Result<(), Failure> {
        self.simple(BEGIN).await
    }

    /// Ends a transaction durably.
    pub(super) async fn close(&self) -> Result<(), Failure> {
        self.simple("COMMIT").await
    }

    /// Gives a transaction up, when there is one.
    pub(super) async fn give_up(&self) {
        // When even this fails, the connection is gone, and the transaction with it.
        let _ = self.simple("ROLLBACK").await;
    }

    /// Returns a statement, prepared once per connection.
    pub(super) async fn ready(&mut self, sql: &str) -> Result<Statement, Failure> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Asks.
    pub(super) async fn rows(&mut self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Failure> {
        let statement = self.ready(sql).await?;
        Ok(self.client.query(&statement, values).await?)
    }

    /// Asks for one row at most.
    pub(super) async fn row(&mut self, sql: &str, values: Values<'_>) -> Result<Option<Row>, Failure> {
        let statement = self.ready(sql).await?;
        Ok(self.client.query_opt(&statement, values).await?)
    }

    /// Does; returns how many rows it touched.
    pub(super) async fn execute(&mut self, sql: &str, values: Values<'_>) -> Result<u64, Failure> {
        let statement = self.ready(sql).await?;
        Ok(self.client.execute(&statement, values).await?)
    }

    /// Asks several things in one flight, in one transaction: one round trip, one flush of the server's disk.
    pub(super) async fn transact(&mut self, asked: &[(&str, Values<'_>)]) -> Result<Vec<Vec<Row>>, Failure> {
        let mut statements = Vec::with_capacity(asked.len());
        for (sql, _) in asked {
            statements.push(self.ready(sql).await?);
        }
        if let ([statement], [(_, values)]) = (statements.as_slice(), asked) {
            // A statement alone is a transaction.
            return Ok(vec![self.client.query(statement, values).await?]);
        }
        let client = &self.client;
        let flight = async |at: usize| match at.checked_sub(1) {
            None => client.batch_execute(BEGIN).await.map(|()| Vec::new()),
            Some(at) if at == asked.len() => client.batch_execute("COMMIT").await.map(|()| Vec::new()),
            Some(at) => client.query(&statements[at], asked[at].1).await,
        };
        let mut answers = in_one_flight((0..asked.len() + 2).map(flight)).await.into_iter();
        let mut rows = Vec::with_capacity(asked.len());
        let _began = answers.next().transpose()?;
        for answer in answers.by_ref().take(asked.len()) {
            rows.push(answer?);
        }
        answers.next().transpose()?;
        Ok(rows)
    }

    /// Streams rows into a table.
    pub(super) async fn copy<const N: usize>(
        &self,
        sql: &str,
        types: &[Type; N],
        rows: impl Iterator<Item = [&(dyn ToSql + Sync); N]>,
    ) -> Result<u64, Failure> {
        let sink = self.client.copy_in(sql).await?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
        for row in rows {
            writer.as_mut().write(&row).await?;
        }
        Ok(writer.finish().await?)
    }
}

/// Polls futures in their order until all have ended: their requests leave in that order and at once.
async fn in_one_flight<F: Future>(flight: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut flying: Vec<_> = flight.map(|one| Box::pin(one)).collect();
    let mut answers: Vec<_> = flying.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        let mut is_waiting = false;
        for (one, answer) in flying.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                match one.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *answer = Some(value),
                    std::task::Poll::Pending => is_waiting = true,
                }
            }
        }
        if is_waiting {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(answers.iter_mut().filter_map(Option::take).collect())
    })
    .await
}
