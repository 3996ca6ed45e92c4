//! What the preview knows: the workspace, the last good proofs, and who is looking.

use crate::{
    domain::{
        issue::IssueId,
        problem::{Problem, Problems},
        time::Clock,
    },
    preview::{
        accounts::Accounts, approval::Fingerprints, extremes::Extremes, judged::Judged, letter::Compiled,
        live, office::Office,
    },
    proof::{Reading, Renderers},
    workspace::{FileCache, Workspace},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{broadcast, mpsc};

/// Proofs remembered at once: more than anybody clicks through between two saves.
const KNOWN_MAX: usize = 48;
/// How often the account of what was sent is looked at while somebody looks at the page.
const ACCOUNTS_EVERY: Duration = Duration::from_secs(2);
/// The link that opens an editor, until somebody names another.
pub(super) const EDITOR: &str = "vscode://file/{path}:{line}:{column}";

/// The state behind the preview's pages. Cloning shares it.
#[derive(Clone)]
pub struct Preview {
    root: PathBuf,
    pub(super) first: Option<IssueId>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) office: Arc<dyn Office>,
    pub(super) editor: String,
    pub(super) accounts: Arc<Accounts>,
    pub(super) judged: Arc<Judged>,
    pub(super) extremes: Arc<Extremes>,
    pub(super) fingerprints: Arc<Fingerprints>,
    inner: Arc<Mutex<Inner>>,
    /// What was read of each file; apart, so that reading holds up nobody who needs nothing new.
    cache: Arc<Mutex<FileCache>>,
    pub(super) renderers: Arc<Renderers>,
    changes: broadcast::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    /// Counts bursts of saves.
    generation: u64,
    files: Option<Files>,
    known: BTreeMap<Reading, Known>,
}

/// The files as last read.
#[derive(Clone, Default)]
pub(super) struct Files {
    read_in: u64,
    /// The last workspace that could be read, with its generation: the page survives a typo.
    pub(super) good: Option<(u64, Arc<Workspace>)>,
    pub(super) problems: Problems,
}

/// What became of an issue in one language and choice of topics.
#[derive(Clone, Default)]
pub(super) struct Known {
    generation: u64,
    /// The last proof that could be compiled.
    pub(super) good: Option<Arc<Compiled>>,
    pub(super) problems: Problems,
}

impl Preview {
    /// Returns a preview of the workspace at `root` that begins with `first`, or with the newest issue.
    pub fn new(root: &Path, first: Option<IssueId>, clock: Arc<dyn Clock>, office: Arc<dyn Office>) -> Self {
        let (changes, _) = broadcast::channel(16);
        Self {
            root: root.to_owned(),
            first,
            clock,
            office,
            editor: EDITOR.to_owned(),
            accounts: Arc::default(),
            judged: Arc::default(),
            extremes: Arc::default(),
            fingerprints: Arc::default(),
            inner: Arc::default(),
            cache: Arc::default(),
            renderers: Arc::default(),
            changes,
        }
    }

    /// Returns the preview with another link to an editor: `{path}`, `{line}` and `{column}` stand in it.
    #[must_use]
    pub fn with_editor(self, editor: String) -> Self {
        Self { editor, ..self }
    }

    /// Follows saves until the watcher ends; every burst is one new generation. Also looks from time to time
    /// what was sent meanwhile.
    pub async fn follow(&self, mut saves: mpsc::Receiver<()>) {
        let mut ticks = tokio::time::interval(ACCOUNTS_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // Only the first save is waited for here: a tick in the middle of a burst must not lose it.
                first = saves.recv() => {
                    if first.is_none() {
                        return;
                    }
                    live::rest_of_burst(&mut saves).await;
                    self.lock().generation += 1;
                    self.tell();
                }
                _ = ticks.tick() => self.refresh_accounts(),
            }
        }
    }

    /// Asks what was sent, away from the threads that serve and only while somebody looks.
    fn refresh_accounts(&self) {
        let Some((_, workspace)) = self.lock().files.as_ref().and_then(|files| files.good.clone()) else {
            return;
        };
        if self.changes.receiver_count() == 0 {
            return;
        }
        let preview = self.clone();
        tokio::task::spawn_blocking(move || {
            if preview.accounts.refresh(&*preview.office, &workspace) {
                preview.tell();
            }
        });
    }

    /// Tells every page to look again.
    pub(super) fn tell(&self) {
        let generation = self.generation();
        let _nobody_looks = self.changes.send(generation);
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// A panic elsewhere leaves whole values behind: reading on is safe.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the workspace, once per generation.
    pub(super) fn files(&self) -> Files {
        let current = |inner: &Inner| inner.files.clone().filter(|files| files.read_in >= inner.generation);
        if let Some(files) = current(&self.lock()) {
            return files;
        }
        // One reads, the others wait for what it finds.
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let read_in = {
            let inner = self.lock();
            if let Some(files) = current(&inner) {
                return files;
            }
            inner.generation
        };
        let read = Workspace::load_with(&self.root, &mut cache, self.clock.now());
        let mut inner = self.lock();
        let files = match read {
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

    /// Compiles what is wanted, once per generation of the files.
    pub(super) fn known(&self, generation: u64, workspace: &Workspace, reading: &Reading) -> Known {
        if let Some(known) = self.lock().known.get(reading).filter(|known| known.generation == generation) {
            return known.clone();
        }
        let outcome = Compiled::new(workspace, &self.renderers, reading);
        let mut inner = self.lock();
        if inner.known.len() >= KNOWN_MAX && !inner.known.contains_key(reading) {
            let oldest = inner.known.iter().min_by_key(|(_, known)| known.generation);
            if let Some(oldest) = oldest.map(|(reading, _)| reading.clone()) {
                inner.known.remove(&oldest);
            }
        }
        let known = inner.known.entry(reading.clone()).or_default();
        // A slow look at older files doesn't replace what a later one found.
        if generation >= known.generation {
            known.generation = generation;
            match outcome {
                Ok(compiled) => {
                    (known.good, known.problems) = (Some(Arc::new(compiled)), Problems::default());
                }
                Err(problems) => known.problems = problems,
            }
        }
        known.clone()
    }

    /// Returns the proofs of all languages of an issue.
    ///
    /// # Errors
    /// With the problems of the first that can't be compiled as its files stand.
    pub(super) fn proofs(
        &self,
        generation: u64,
        workspace: &Workspace,
        issue: &IssueId,
    ) -> Result<Vec<(Reading, Arc<Compiled>)>, Problems> {
        let languages = workspace.find(issue).map(|(loaded, _)| loaded.newsletter.languages.as_slice());
        let mut proofs = Vec::new();
        for language in languages.unwrap_or_default() {
            let reading = Reading { issue: issue.clone(), language: language.clone(), topics: Vec::new() };
            match self.known(generation, workspace, &reading) {
                Known { good: Some(compiled), problems, .. } if problems.0.is_empty() => {
                    proofs.push((reading, compiled));
                }
                Known { problems, .. } => return Err(problems),
            }
        }
        Ok(proofs)
    }

    /// Returns the folder that is shown, as a person knows it.
    pub(super) fn folder(&self) -> String {
        self.root.canonicalize().unwrap_or_else(|_| self.root.clone()).display().to_string()
    }
}

/// Returns the problem of a page that asks for what isn't there.
pub(super) fn nothing_to_show() -> Problem {
    Problem::error("preview/nothing-to-show", "there is no issue to show")
        .help("`masthead compose NEWSLETTER` makes one from the latest items")
}
