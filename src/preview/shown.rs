//! What is shown for one request: which issue, as whom, in which language, and the message that makes.

use crate::{
    domain::{
        address::EmailAddress,
        issue::IssueId,
        language::Language,
        problem::{Problem, Problems},
        subscriber::{Subscriber, SubscriberStatus},
    },
    preview::{
        asked::{Asked, Who, nobody},
        letter::{Compiled, Letter, sample_reader},
        state::{Preview, nothing_to_show},
    },
    proof::Reading,
    workspace::Workspace,
};
use std::sync::Arc;

/// Everything that the pages draw from.
#[derive(Default)]
pub(super) struct Shown {
    /// The last workspace that could be read, with its generation.
    pub(super) workspace: Option<(u64, Arc<Workspace>)>,
    /// What is wrong with files, or with making this message.
    pub(super) problems: Problems,
    /// What deserves a look although the message could be made.
    pub(super) warnings: Vec<Problem>,
    /// What is looked at; none when there is no issue.
    pub(super) reading: Option<Reading>,
    pub(super) reader: Option<Subscriber>,
    pub(super) compiled: Option<Arc<Compiled>>,
    pub(super) letter: Option<Letter>,
}

impl Preview {
    /// Makes what is asked for, or says what is wrong beside the last good message.
    pub(super) fn shown(&self, asked: &Asked) -> Shown {
        let files = self.files();
        let mut shown = Shown { workspace: files.good, problems: files.problems, ..Shown::default() };
        let Some((generation, workspace)) = shown.workspace.clone() else { return shown };
        let Some(issue) = self.issue(&workspace, asked.issue.as_ref()) else { return shown };
        let (reader, warning) = self.reader(&workspace, &issue, asked);
        shown.warnings.extend(warning);
        let wished = asked.language.as_ref().or(reader.as_ref().and_then(|reader| reader.language.as_ref()));
        let Some(language) = workspace.language_for(&issue, wished) else { return shown };
        let topics = match topics(&workspace, &issue, reader.as_ref()) {
            Ok(topics) => topics,
            Err(problem) => {
                shown.problems.0.push(problem);
                shown.reading = Some(Reading { issue, language, topics: Vec::new() });
                shown.reader = reader;
                return shown;
            }
        };
        let reading = Reading { issue, language, topics };
        let known = self.known(generation, &workspace, &reading);
        if shown.problems.0.is_empty() {
            shown.problems = known.problems;
        }
        if let Some(compiled) = known.good {
            let proof = &compiled.proof;
            let reader = reader.unwrap_or_else(|| sample_reader(&proof.letter, &proof.digest));
            match Letter::fill(&compiled, &reader) {
                Ok(letter) => shown.letter = Some(letter),
                Err(missing) => shown.problems.0.push(missing),
            }
            shown.warnings.extend(proof.warnings.0.iter().chain(&workspace.warnings.0).cloned());
            (shown.reader, shown.compiled) = (Some(reader), Some(compiled));
        } else {
            shown.reader = reader;
        }
        shown.reading = Some(reading);
        shown
    }

    /// Settles which issue: what the page asks for, else what the command named, else the newest.
    pub(super) fn issue(&self, workspace: &Workspace, asked: Option<&IssueId>) -> Option<IssueId> {
        let is_there = |id: &&IssueId| workspace.find(id).is_some();
        let named = || self.first.as_ref().filter(is_there);
        asked.filter(is_there).or_else(named).cloned().or_else(|| workspace.newest_issue())
    }

    /// Finds as whom; `None` means the sample, which the letter makes up.
    fn reader(
        &self,
        workspace: &Workspace,
        issue: &IssueId,
        asked: &Asked,
    ) -> (Option<Subscriber>, Option<Problem>) {
        let address = match &asked.who {
            Who::Sample => return (None, None),
            Who::MadeUp(made_up) => return (Some(made_up.subscriber(asked.language.as_ref())), None),
            Who::Subscriber(address) => address,
        };
        let unknown = || {
            Problem::warning("preview/unknown-reader", "nobody on the list has this address")
                .help("what is shown is a made-up reader; choose another one")
        };
        let Ok(address) = EmailAddress::parse(address) else { return (None, Some(unknown())) };
        match self.office.reader(workspace, &issue.newsletter, &address) {
            Ok(Some(reader)) => {
                let is_silent = reader.status == SubscriberStatus::Unsubscribed;
                (Some(reader), is_silent.then(not_mailed))
            }
            Ok(None) => (None, Some(unknown())),
            Err(problem) => (None, Some(problem)),
        }
    }

    /// Returns what a subscriber gets of an issue; none when it has no item for them.
    pub(super) fn reading_for(
        workspace: &Workspace,
        issue: &IssueId,
        reader: &Subscriber,
    ) -> Option<Reading> {
        let language = workspace.language_for(issue, reader.language.as_ref())?;
        let topics = topics(workspace, issue, Some(reader)).ok()?;
        Some(Reading { issue: issue.clone(), language, topics })
    }
}

/// Returns the topics that make a difference: none when the reader gets every item.
fn topics(
    workspace: &Workspace,
    issue: &IssueId,
    reader: Option<&Subscriber>,
) -> Result<Vec<String>, Problem> {
    let mut topics = reader.map(|reader| reader.topics.clone()).unwrap_or_default();
    topics.sort_unstable();
    topics.dedup();
    let items = workspace.item_indices_for(issue, &topics);
    if items.is_empty() {
        let problem = Problem::error("preview/no-items", "no item has a topic of this reader");
        return Err(problem.help("a send leaves this reader out; choose another one"));
    }
    if items == workspace.item_indices_for(issue, &[]) {
        topics.clear();
    }
    Ok(topics)
}
fn not_mailed() -> Problem {
    Problem::warning(
        "preview/not-mailed",
        "this reader is unsubscribed or suppressed: a send leaves them out",
    )
}

impl Shown {
    /// Returns what is shown, or the problems that keep it from being shown.
    ///
    /// # Errors
    /// When there is no message.
    pub(super) fn whole(&self) -> Result<(&Reading, &Subscriber, &Arc<Compiled>, &Letter), Problems> {
        match (&self.reading, &self.reader, &self.compiled, &self.letter) {
            (Some(reading), Some(reader), Some(compiled), Some(letter)) => {
                Ok((reading, reader, compiled, letter))
            }
            _ if self.problems.0.is_empty() => Err(nothing_to_show().into()),
            _ => Err(self.problems.clone()),
        }
    }

    /// Returns the reader as far as one is known, for the page to show.
    pub(super) fn reader_or_nobody(&self, language: Option<&Language>) -> Subscriber {
        self.reader.clone().unwrap_or_else(|| nobody(language))
    }
}
