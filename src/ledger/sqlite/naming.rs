//! Finds the deliveries of a mailbox. Their numbers are computed from issue, edition and mailbox, so that
//! there is no index over mailboxes to be kept: in a list of a million it would cost more than all the rest.

use crate::{
    domain::{delivery::DeliveryEvent, issue::IssueId},
    ledger::{
        error::StoreErrorKind,
        identity::{Identity, Mark},
        sqlite::steps::sources,
    },
};
use rusqlite::{Connection, params};

/// Broadcasts in which deliveries are looked for.
pub(super) struct Naming<'a> {
    identity: &'a Identity,
    editions: Vec<(IssueId, u32)>,
}

impl<'a> Naming<'a> {
    /// Names deliveries of one edition of an issue.
    pub(super) fn of_edition(identity: &'a Identity, issue: &IssueId, edition: u32) -> Self {
        Self { identity, editions: vec![(issue.clone(), edition)] }
    }

    /// Names deliveries of every broadcast there ever was.
    pub(super) fn of_all(connection: &Connection, identity: &'a Identity) -> Result<Self, StoreErrorKind> {
        Self::read(connection, identity, "1")
    }

    /// Names deliveries of the broadcasts in which somebody can still be kept from getting mail.
    pub(super) fn of_open(connection: &Connection, identity: &'a Identity) -> Result<Self, StoreErrorKind> {
        let open = format!(
            "EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = broadcast.id AND d.state IN ({}))",
            sources(DeliveryEvent::Suppress)
        );
        Self::read(connection, identity, &open)
    }

    fn read(connection: &Connection, identity: &'a Identity, only: &str) -> Result<Self, StoreErrorKind> {
        let sql = format!("SELECT newsletter, issue, edition FROM broadcast WHERE {only}");
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query([])?;
        let mut editions = Vec::new();
        while let Some(row) = rows.next()? {
            editions.push((IssueId { newsletter: row.get(0)?, issue: row.get(1)? }, row.get(2)?));
        }
        Ok(Self { identity, editions })
    }

    /// Leaves only the broadcasts of one newsletter.
    #[must_use]
    pub(super) fn only_of(mut self, newsletter: &str) -> Self {
        self.editions.retain(|(issue, _)| issue.newsletter == newsletter);
        self
    }

    /// Adds the numbers of the deliveries that a mailbox really has.
    pub(super) fn find(
        &self,
        connection: &Connection,
        mark: &Mark,
        found: &mut Vec<i64>,
    ) -> Result<(), StoreErrorKind> {
        let mut select =
            connection.prepare_cached("SELECT 1 FROM delivery WHERE id = ?1 AND addr_key = ?2")?;
        for (issue, edition) in &self.editions {
            let id = self.identity.delivery_id(issue, *edition, mark).0;
            if select.exists(params![id, mark])? {
                found.push(id);
            }
        }
        Ok(())
    }
}
