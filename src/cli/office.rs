//! The rooms behind the preview: list, ledger, relay, and the name of who works here.

use crate::{
    cli::{
        Failure,
        clock::SystemClock,
        commands::{store::shared, test_message},
        output::Output,
        sending::relay::{self, RelayOptions},
        settings,
    },
    content::subscribers_csv::SubscriberReader,
    domain::{
        address::EmailAddress,
        approval::Person,
        broadcast::BroadcastSummary,
        problem::{Problem, Problems},
        settings::{Protection, RelaySettings},
        subscriber::{Subscriber, SubscriberStatus},
        time::Clock,
    },
    ledger::{
        error::problem_of,
        open::OpenPeek,
        postgres::{PostgresAddress, PostgresPeek},
        sqlite::LedgerPeek,
    },
    preview::{FoundReaders, Office, TestOrder},
    workspace::Workspace,
};
use std::{
    collections::BTreeMap,
    io::Read,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// What `preview` and `demo` bring to their page.
pub(crate) struct CliOffice {
    clock: Arc<SystemClock>,
    output: Output,
    /// A relay to use instead of the workspace's.
    relay: Option<RelaySettings>,
    /// What was typed as the relay.
    typed: Option<String>,
    /// A ledger to look into instead of the workspace's.
    ledger: Option<String>,
    /// Readers of a file instead of those in the ledger, by canonical address.
    list: Option<BTreeMap<String, Subscriber>>,
    me: OnceLock<Option<Person>>,
}

impl CliOffice {
    /// Returns an office that uses what the workspace names.
    pub(crate) fn new(clock: Arc<SystemClock>, output: Output) -> Self {
        Self { clock, output, relay: None, typed: None, ledger: None, list: None, me: OnceLock::new() }
    }

    /// Uses another ledger.
    pub(crate) fn with_ledger(self, ledger: String) -> Self {
        Self { ledger: Some(ledger), ..self }
    }

    /// Uses another relay.
    pub(crate) fn with_relay(self, relay: RelaySettings) -> Self {
        Self { relay: Some(relay), ..self }
    }

    /// Uses the relay that was typed.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn with_relay_typed(self, typed: Option<&str>) -> Result<Self, Failure> {
        if let Some(typed) = typed {
            relay::typed(typed)?;
        }
        Ok(Self { typed: typed.map(str::to_owned), ..self })
    }

    /// Uses the readers of a file.
    pub(crate) fn with_list(self, readers: Option<Vec<Subscriber>>) -> Self {
        let list = readers.map(|readers| {
            // The first row of a mailbox counts, as in a send.
            let rows = readers.into_iter().rev();
            rows.map(|reader| (reader.address.canonical(), reader)).collect()
        });
        Self { list, ..self }
    }

    fn path(&self, workspace: &Workspace) -> PathBuf {
        workspace.root.join(self.ledger.as_ref().unwrap_or(&workspace.settings.ledger))
    }

    /// Looks into the ledger; `None` when there is none yet.
    fn peek(&self, workspace: &Workspace) -> Result<Option<OpenPeek>, Problem> {
        if self.ledger.is_none() && PostgresAddress::is_meant(&workspace.settings.ledger) {
            let address = shared::address(&workspace.root, &workspace.settings)?;
            let opened = PostgresPeek::open(&address).map_err(|error| problem_of(&error))?;
            return Ok(opened.map(|peek| OpenPeek::Shared(Box::new(peek))));
        }
        let path = self.path(workspace);
        if !path.exists() {
            return Ok(None);
        }
        let opened = LedgerPeek::open(&path).map_err(|error| problem_of(&error))?;
        Ok(Some(OpenPeek::File(Box::new(opened))))
    }

    fn list_in_ledger(&self, workspace: &Workspace) -> Result<OpenPeek, Problem> {
        self.peek(workspace)?.ok_or_else(|| {
            Problem::error("preview/no-list", "there is no list of subscribers yet").help(
                "`masthead subscribers import FILE` makes one; `masthead preview --to FILE` takes the readers of a file",
            )
        })
    }

    fn settled(&self, workspace: &Workspace) -> Result<RelaySettings, Problem> {
        if let Some(relay) = &self.relay {
            return Ok(relay.clone());
        }
        let options = RelayOptions { url: self.typed.as_deref(), ..RelayOptions::default() };
        relay::settle(workspace, options).map_err(first)
    }
}

/// Returns what a failure says first.
fn first(failure: Failure) -> Problem {
    let nothing = || Problem::error("cli/no-relay", "no relay is configured: there is nowhere to send to");
    failure.problems.0.into_iter().next().unwrap_or_else(nothing)
}

/// Reads the usable rows of a list.
pub(crate) fn readers<R: Read>(rows: SubscriberReader<R>) -> Vec<Subscriber> {
    rows.filter_map(Result::ok).map(|row| row.subscriber).collect()
}

fn is_active(reader: &Subscriber) -> bool {
    reader.status == SubscriberStatus::Active
}

fn holds(reader: &Subscriber, words: &str) -> bool {
    words.is_empty()
        || reader.address.expose().to_lowercase().contains(words)
        || reader.name.as_ref().is_some_and(|name| name.to_lowercase().contains(words))
}

impl Office for CliOffice {
    fn sendings(&self, workspace: &Workspace) -> Result<Vec<BroadcastSummary>, Problem> {
        match self.peek(workspace)? {
            Some(mut ledger) => ledger.summaries().map_err(|error| problem_of(&error)),
            None => Ok(Vec::new()),
        }
    }

    fn reader(
        &self,
        workspace: &Workspace,
        newsletter: &str,
        address: &EmailAddress,
    ) -> Result<Option<Subscriber>, Problem> {
        if let Some(list) = &self.list {
            return Ok(list.get(&address.canonical()).cloned());
        }
        let mut ledger = self.list_in_ledger(workspace)?;
        ledger.subscriber(newsletter, address).map_err(|error| problem_of(&error))
    }

    fn search(
        &self,
        workspace: &Workspace,
        newsletter: &str,
        words: &str,
        limit: usize,
    ) -> Result<FoundReaders, Problem> {
        if let Some(list) = &self.list {
            let words = words.trim().to_lowercase();
            let found =
                || list.values().filter(|reader| is_active(reader)).filter(|reader| holds(reader, &words));
            let readers = found().take(limit).cloned().collect();
            return Ok(FoundReaders { readers, total: found().count() as u64 });
        }
        let mut ledger = self.list_in_ledger(workspace)?;
        let found = ledger.search(newsletter, words, limit);
        let (readers, total) = found.map_err(|error| problem_of(&error))?;
        Ok(FoundReaders { readers, total })
    }

    fn readers_after(
        &self,
        workspace: &Workspace,
        newsletter: &str,
        after: Option<&EmailAddress>,
        limit: usize,
    ) -> Result<Vec<Subscriber>, Problem> {
        if let Some(list) = &self.list {
            let after = after.map(EmailAddress::canonical).unwrap_or_default();
            let rest =
                list.range::<str, _>((std::ops::Bound::Excluded(after.as_str()), std::ops::Bound::Unbounded));
            return Ok(rest
                .map(|(_, reader)| reader)
                .filter(|reader| is_active(reader))
                .take(limit)
                .cloned()
                .collect());
        }
        let mut ledger = self.list_in_ledger(workspace)?;
        ledger.readers_after(newsletter, after, limit).map_err(|error| problem_of(&error))
    }

    fn count(&self, workspace: &Workspace) -> Result<u64, Problem> {
        match &self.list {
            Some(list) => Ok(list.values().filter(|reader| is_active(reader)).count() as u64),
            None => self.list_in_ledger(workspace)?.count().map_err(|error| problem_of(&error)),
        }
    }

    fn list_stamp(&self, workspace: &Workspace) -> Result<u64, Problem> {
        match &self.list {
            Some(list) => Ok(list.len() as u64),
            None => self.list_in_ledger(workspace)?.list_stamp().map_err(|error| problem_of(&error)),
        }
    }

    fn relay(&self, workspace: &Workspace) -> Result<String, Problem> {
        let relay = self.settled(workspace)?;
        let scheme = if relay.protection == Protection::Tls { "smtps" } else { "smtp" };
        Ok(format!("{scheme}://{}:{}", relay.host, relay.port))
    }

    fn send_test(&self, workspace: &Workspace, order: &TestOrder) -> Result<String, Problems> {
        let relay = self.settled(workspace)?;
        let transport =
            relay::transport(self.output, workspace, &relay).map_err(|failure| failure.problems)?;
        let letter = test_message::letter(workspace, order, self.clock.now());
        let letter = letter.map_err(|failure| failure.problems)?;
        // The preview asks on a thread that may wait.
        let sending = test_message::one(transport, &letter);
        let outcome = tokio::runtime::Handle::current().block_on(sending);
        Ok(test_message::taken(outcome)?.to_string())
    }

    fn me(&self, workspace: &Workspace) -> Option<Person> {
        self.me.get_or_init(|| settings::person(&workspace.root, None).ok()).clone()
    }
}
