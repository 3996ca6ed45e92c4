//! What the preview asks of others: the list, the account of what was sent, a test, who we are.
//!
//! The preview names no relay and no ledger; whoever starts it brings an [`Office`].

use crate::{
    domain::{
        address::EmailAddress,
        approval::Person,
        broadcast::BroadcastSummary,
        issue::IssueId,
        language::Language,
        problem::{Problem, Problems},
        subscriber::Subscriber,
    },
    workspace::Workspace,
};

/// Readers found on the list.
#[derive(Clone, Debug, Default)]
pub struct FoundReaders {
    /// The first of them.
    pub readers: Vec<Subscriber>,
    /// How many there are.
    pub total: u64,
}

/// One message to be sent as a test.
#[derive(Clone, Debug)]
pub struct TestOrder {
    /// Which issue.
    pub issue: IssueId,
    /// In which language.
    pub language: Language,
    /// Topics of the reader; none mean all items.
    pub topics: Vec<String>,
    /// As whom; its address is where the test goes.
    pub reader: Subscriber,
}

/// The rooms behind the preview. Every call may take its time: none is made on a thread that serves.
pub trait Office: Send + Sync {
    /// Returns what became of every issue that was sealed, the newest first.
    ///
    /// # Errors
    /// When it can't be told now; the preview goes on without.
    fn sendings(&self, workspace: &Workspace) -> Result<Vec<BroadcastSummary>, Problem>;

    /// Returns the subscriber of an address; one whom nothing is sent to is marked as unsubscribed.
    ///
    /// # Errors
    /// When the list can't be read now.
    fn reader(
        &self,
        workspace: &Workspace,
        newsletter: &str,
        address: &EmailAddress,
    ) -> Result<Option<Subscriber>, Problem>;

    /// Returns up to `limit` readers whose name or address holds `words`.
    ///
    /// # Errors
    /// When there is no list, or it can't be read now.
    fn search(
        &self,
        workspace: &Workspace,
        newsletter: &str,
        words: &str,
        limit: usize,
    ) -> Result<FoundReaders, Problem>;

    /// Returns up to `limit` readers after `after`, in an order that stays the same.
    ///
    /// # Errors
    /// When there is no list, or it can't be read now.
    fn readers_after(
        &self,
        workspace: &Workspace,
        newsletter: &str,
        after: Option<&EmailAddress>,
        limit: usize,
    ) -> Result<Vec<Subscriber>, Problem>;

    /// Returns how many readers the list has.
    ///
    /// # Errors
    /// When there is no list, or it can't be read now.
    fn count(&self, workspace: &Workspace) -> Result<u64, Problem>;

    /// Returns a number that changes when the list does.
    ///
    /// # Errors
    /// When there is no list, or it can't be read now.
    fn list_stamp(&self, workspace: &Workspace) -> Result<u64, Problem>;

    /// Returns over which relay a test would go.
    ///
    /// # Errors
    /// When there is none.
    fn relay(&self, workspace: &Workspace) -> Result<String, Problem>;

    /// Sends a test and returns what the relay said.
    ///
    /// # Errors
    /// When the message can't be made (`send/test-not-sent` is the relay's fault).
    fn send_test(&self, workspace: &Workspace, order: &TestOrder) -> Result<String, Problems>;

    /// Returns who works here, as far as the machine knows.
    fn me(&self, workspace: &Workspace) -> Option<Person>;
}

/// Nobody is there: no list, no account, no relay, no name.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOffice;

fn nothing_here() -> Problem {
    Problem::error("preview/no-office", "this preview has no list and no relay")
        .help("start it with `masthead preview`")
}

impl Office for NoOffice {
    fn sendings(&self, _: &Workspace) -> Result<Vec<BroadcastSummary>, Problem> {
        Ok(Vec::new())
    }

    fn reader(&self, _: &Workspace, _: &str, _: &EmailAddress) -> Result<Option<Subscriber>, Problem> {
        Err(nothing_here())
    }

    fn search(&self, _: &Workspace, _: &str, _: &str, _: usize) -> Result<FoundReaders, Problem> {
        Err(nothing_here())
    }

    fn readers_after(
        &self,
        _: &Workspace,
        _: &str,
        _: Option<&EmailAddress>,
        _: usize,
    ) -> Result<Vec<Subscriber>, Problem> {
        Err(nothing_here())
    }

    fn count(&self, _: &Workspace) -> Result<u64, Problem> {
        Err(nothing_here())
    }

    fn list_stamp(&self, _: &Workspace) -> Result<u64, Problem> {
        Err(nothing_here())
    }

    fn relay(&self, _: &Workspace) -> Result<String, Problem> {
        Err(nothing_here())
    }

    fn send_test(&self, _: &Workspace, _: &TestOrder) -> Result<String, Problems> {
        Err(nothing_here().into())
    }

    fn me(&self, _: &Workspace) -> Option<Person> {
        None
    }
}
