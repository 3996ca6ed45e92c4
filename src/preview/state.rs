//! What the preview knows: the workspace, the last good digests, and who is looking.

use crate::{
    domain::{issue::IssueId, language::Language, problem::Problems, time::Clock},
    preview::{
        build::{self, Built, Wanted},
        live,
    },
    workspace::Workspace,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{broadcast, mpsc};

/// An issue as the list of the page shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct IssueRow {
    /// `starsom/2022-04`.
    pub(super) id: String,
    /// Its day.
    pub(super) date: String,
    /// Subject in the newsletter's first language.
    pub(super) subject: String,
}

/// What one look at the files came to.
pub(super) struct Look {
    pub(super) issues: Vec<IssueRow>,
    pub(super) wanted: Option<Wanted>,
    pub(super) languages: Vec<Language>,
    pub(super) built: Option<Arc<Built>>,
    pub(super) problems: Problems,
    pub(super) took: Duration,
}

/// The state behind the preview's pages. Cloning shares it.
#[derive(Clone)]
pub struct Preview {
    root: PathBuf,
    first: Option<IssueId>,
    clock: Arc<dyn Clock>,
    inner: Arc<Mutex<Inner>>,
    changes: broadcast::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    generation: u64,
    /// The last workspace that could be read, so that the list of issues survives a typo.
    workspace: Option<(u64, Result<Arc<Workspace>, Problems>)>,
    last_workspace: Option<Arc<Workspace>>,
    last_good: BTreeMap<Wanted, Arc<Built>>,
}

impl Preview {
    /// Returns a preview of the workspace at `root` that begins with `first`, or with the newest issue.
    pub fn new(root: &Path, first: Option<IssueId>, clock: Arc<dyn Clock>) -> Self {
        let (changes, _) = broadcast::channel(16);
        Self { root: root.to_owned(), first, clock, inner: Arc::default(), changes }
    }

    /// Follows saves until the watcher ends; every burst is one new generation.
    pub async fn follow(&self, mut saves: mpsc::Receiver<()>) {
        while live::next_burst(&mut saves).await.is_some() {
            let generation = {
                let mut inner = self.lock();
                inner.generation += 1;
                inner.generation
            };
            let _nobody_looks = self.changes.send(generation);
        }
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<u64> {
        self.changes.subscribe()
    }

    /// A panic elsewhere leaves whole values behind: reading on is safe.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the workspace, once per generation.
    fn workspace(&self) -> Result<Arc<Workspace>, Problems> {
        let mut inner = self.lock();
        let generation = inner.generation;
        if let Some((known, result)) = &inner.workspace
            && *known == generation
        {
            return result.clone();
        }
        let result = Workspace::load(&self.root).map(Arc::new);
        inner.workspace = Some((generation, result.clone()));
        if let Ok(workspace) = &result {
            inner.last_workspace = Some(workspace.clone());
        }
        result
    }

    /// Looks at the files: builds what is wanted, or says what is wrong beside the last good digest.
    pub(super) fn look(&self, issue: Option<&str>, language: Option<&str>) -> Look {
        let started = self.clock.monotonic();
        let (workspace, mut problems) = match self.workspace() {
            Ok(workspace) => (Some(workspace), Problems::default()),
            Err(problems) => (self.lock().last_workspace.clone(), problems),
        };
        let issues = workspace.as_deref().map(build::issues).unwrap_or_default();
        let wanted = workspace
            .as_deref()
            .and_then(|workspace| build::wanted(workspace, self.first.as_ref(), issue, language));
        let languages = match (&workspace, &wanted) {
            (Some(workspace), Some(wanted)) => build::languages(workspace, &wanted.issue),
            _ => Vec::new(),
        };
        let mut built = None;
        if let (Some(workspace), Some(wanted), false) = (&workspace, &wanted, problems.has_errors()) {
            match build::build(workspace, wanted) {
                Ok(fresh) => {
                    let fresh = Arc::new(fresh);
                    self.lock().last_good.insert(wanted.clone(), fresh.clone());
                    built = Some(fresh);
                }
                Err(found) => problems = found,
            }
        }
        if let (None, Some(wanted)) = (&built, &wanted) {
            built = self.lock().last_good.get(wanted).cloned();
        }
        Look {
            issues,
            wanted,
            languages,
            built,
            problems,
            took: self.clock.monotonic().saturating_sub(started),
        }
    }

    /// Returns the last good digest of what is wanted, building it when there is none yet.
    pub(super) fn built(&self, issue: Option<&str>, language: Option<&str>) -> Option<Arc<Built>> {
        let known = match (issue, language.and_then(Language::parse)) {
            (Some(issue), Some(language)) => build::issue_id(issue)
                .and_then(|issue| self.lock().last_good.get(&Wanted { issue, language }).cloned()),
            _ => None,
        };
        known.or_else(|| self.look(issue, language).built)
    }
}
