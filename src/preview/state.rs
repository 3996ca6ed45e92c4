//! What the preview knows: the workspace, the last good digests, and who is looking.

use crate::{
    domain::{issue::IssueId, language::Language, problem::Problems, time::Clock},
    preview::{
        build::{self, Built, Wanted},
        live,
    },
    proof::Renderers,
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
    pub(super) newsletters: Vec<String>,
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
    renderers: Arc<Renderers>,
    changes: broadcast::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    /// Counts bursts of saves.
    generation: u64,
    files: Option<Files>,
    known: BTreeMap<Wanted, Known>,
}

/// The files as last read.
#[derive(Clone)]
struct Files {
    read_in: u64,
    /// The last workspace that could be read, with its generation: the page survives a typo.
    good: Option<(u64, Arc<Workspace>)>,
    problems: Problems,
}

/// What became of an issue in one language.
#[derive(Clone, Default)]
struct Known {
    generation: u64,
    /// The last digest that could be built.
    good: Option<Arc<Built>>,
    problems: Problems,
    took: Duration,
}

impl Preview {
    /// Returns a preview of the workspace at `root` that begins with `first`, or with the newest issue.
    pub fn new(root: &Path, first: Option<IssueId>, clock: Arc<dyn Clock>) -> Self {
        let (changes, _) = broadcast::channel(16);
        Self {
            root: root.to_owned(),
            first,
            clock,
            inner: Arc::default(),
            renderers: Arc::default(),
            changes,
        }
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
    fn files(&self) -> Files {
        let mut inner = self.lock();
        let read_in = inner.generation;
        if let Some(files) = inner.files.as_ref().filter(|files| files.read_in == read_in) {
            return files.clone();
        }
        let files = match Workspace::load(&self.root) {
            Ok(workspace) => {
                Files { read_in, good: Some((read_in, Arc::new(workspace))), problems: Problems::default() }
            }
            Err(problems) => {
                Files { read_in, good: inner.files.take().and_then(|files| files.good), problems }
            }
        };
        inner.files = Some(files.clone());
        files
    }

    /// Looks at the files: builds what is wanted, or says what is wrong beside the last good digest.
    pub(super) fn look(&self, issue: Option<&str>, language: Option<&str>) -> Look {
        let started = self.clock.monotonic();
        let Files { good, mut problems, .. } = self.files();
        let mut look = Look {
            newsletters: Vec::new(),
            issues: Vec::new(),
            wanted: None,
            languages: Vec::new(),
            built: None,
            problems: Problems::default(),
            took: Duration::ZERO,
        };
        if let Some((generation, workspace)) = good {
            look.newsletters = workspace.newsletters.keys().cloned().collect();
            look.issues = build::issues(&workspace);
            look.wanted = build::wanted(&workspace, self.first.as_ref(), issue, language);
            if let Some(wanted) = &look.wanted {
                look.languages = build::languages(&workspace, &wanted.issue);
                let known = self.known(generation, &workspace, wanted, started);
                (look.built, look.took) = (known.good, known.took);
                if problems.0.is_empty() {
                    problems = known.problems;
                }
            }
        }
        look.problems = problems;
        look
    }

    /// Builds what is wanted, once per generation of the files.
    fn known(&self, generation: u64, workspace: &Workspace, wanted: &Wanted, started: Duration) -> Known {
        if let Some(known) = self.lock().known.get(wanted).filter(|known| known.generation == generation) {
            return known.clone();
        }
        let outcome = build::build(workspace, &self.renderers, wanted);
        let mut inner = self.lock();
        let known = inner.known.entry(wanted.clone()).or_default();
        // A slow look at older files doesn't replace what a later one found.
        if generation >= known.generation {
            known.generation = generation;
            known.took = self.clock.monotonic().saturating_sub(started);
            match outcome {
                Ok(built) => (known.good, known.problems) = (Some(Arc::new(built)), Problems::default()),
                Err(problems) => known.problems = problems,
            }
        }
        known.clone()
    }

    /// Returns the last good digest of what is wanted, building it when there is none yet.
    pub(super) fn built(&self, issue: Option<&str>, language: Option<&str>) -> Option<Arc<Built>> {
        let known = match (issue.and_then(build::issue_id), language.and_then(Language::parse)) {
            (Some(issue), Some(language)) => {
                self.lock().known.get(&Wanted { issue, language }).and_then(|known| known.good.clone())
            }
            _ => None,
        };
        known.or_else(|| self.look(issue, language).built)
    }

    /// Returns the folder that is shown, as a person knows it.
    pub(super) fn folder(&self) -> String {
        self.root.canonicalize().unwrap_or_else(|_| self.root.clone()).display().to_string()
    }
}
