//! Writes mailboxes into the list, many with each statement: beginning and ending one takes as long as a row itself.

use super::{Origin, handful::Mailbox};
use crate::ledger::{
    error::StoreErrorKind,
    sqlite::reading::{ACTIVE, UNSUBSCRIBED},
};
use rusqlite::{Connection, Statement};

/// Mailboxes that go into the list with one statement. More are slower again: every value waits in memory of its own.
pub(super) const ROWS_AT_ONCE: usize = 16;

const NEW: &str = "INSERT INTO subscriber
        (canonical, address, name, language, topics, fields, status, added_at, updated_at) VALUES ";

const OR_CHANGED: &str = " ON CONFLICT (canonical) DO UPDATE
   SET address = excluded.address, name = excluded.name, language = excluded.language,
       topics = excluded.topics, fields = excluded.fields, updated_at = excluded.updated_at,
       status = iif(excluded.status = 'unsubscribed', 'unsubscribed', subscriber.status)";

/// Values that each mailbox gives.
const VALUES: usize = 8;

pub(super) struct Pen<'a> {
    /// Takes [`ROWS_AT_ONCE`] mailboxes.
    many: Statement<'a>,
    /// Takes one.
    one: Statement<'a>,
}

impl<'a> Pen<'a> {
    /// `has_list` says that mailboxes may be on the list already.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub(super) fn new(connection: &'a Connection, has_list: bool) -> Result<Self, StoreErrorKind> {
        let insert = |rows: usize| {
            let rows: Vec<String> = (0..rows).map(values).collect();
            connection.prepare(&[NEW, &rows.join(", "), if has_list { OR_CHANGED } else { "" }].concat())
        };
        Ok(Self { many: insert(ROWS_AT_ONCE)?, one: insert(1)? })
    }

    /// Writes mailboxes down in their order.
    ///
    /// # Errors
    /// When the store can't be written.
    pub(super) fn write(
        &mut self,
        mailboxes: &[Mailbox<'_>],
        origins: &[Origin],
    ) -> Result<(), StoreErrorKind> {
        let (full, rest) = mailboxes.as_chunks::<ROWS_AT_ONCE>();
        for part in full {
            insert(&mut self.many, part, origins)?;
        }
        rest.iter().try_for_each(|mailbox| insert(&mut self.one, std::slice::from_ref(mailbox), origins))
    }
}

/// Returns the place of one row's values in a statement: the last one stands for both moments.
fn values(row: usize) -> String {
    let numbers: Vec<String> = (1..=VALUES).map(|value| format!("?{}", row * VALUES + value)).collect();
    format!("({}, ?{})", numbers.join(", "), (row + 1) * VALUES)
}

fn insert(
    statement: &mut Statement<'_>,
    mailboxes: &[Mailbox<'_>],
    origins: &[Origin],
) -> Result<(), StoreErrorKind> {
    for (row, mailbox) in mailboxes.iter().enumerate() {
        let Mailbox { canonical, address, name, language, topics, fields, .. } = *mailbox;
        let status = if mailbox.left.is_some() { UNSUBSCRIBED } else { ACTIVE };
        let texts =
            [Some(canonical), address.or(Some(canonical)), name, language, topics, fields, Some(status)];
        let first = row * VALUES + 1;
        for (value, text) in texts.into_iter().enumerate() {
            statement.raw_bind_parameter(first + value, text)?;
        }
        let at = origins.get(mailbox.origin as usize).map(|origin| origin.at);
        statement.raw_bind_parameter(first + texts.len(), at)?;
    }
    statement.raw_execute()?;
    Ok(())
}
