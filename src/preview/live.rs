//! Notices saves: native file events, polling where the system has none to give.

use notify::{Config, EventKind, PollWatcher, RecursiveMode, Watcher, event::ModifyKind};
use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};
use tokio::sync::mpsc;

/// Editors save in several steps (write, rename, touch); a burst ends after this silence.
const QUIET: Duration = Duration::from_millis(15);
/// How often files are looked at where there are no native events.
const POLL: Duration = Duration::from_millis(250);
/// Endings of files that a digest is made of; the ledger's own files change all the time and mean nothing here.
const ENDINGS: [&str; 11] = ["yaml", "yml", "md", "mjml", "txt", "html", "css", "png", "jpg", "jpeg", "gif"];

/// A burst that doesn't end (a script that writes and writes) is looked at this often all the same.
const BURST_MAX: Duration = Duration::from_millis(150);
/// Folders of a workspace that are watched with all they hold; beside them only its own files are.
const FOLDERS: [&str; 2] = ["newsletters", "templates"];

/// What the watching thread is told.
enum Note {
    /// One of [`FOLDERS`] has (again) come into being.
    Folder(PathBuf),
    End,
}

/// Watches as long as it lives.
#[derive(Debug)]
pub struct Watch {
    notes: std::sync::mpsc::Sender<Note>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _thread_may_be_gone = self.notes.send(Note::End);
    }
}

/// Watches a workspace until the returned guard is dropped; one message per burst of saves.
/// Folders that come later are followed too.
///
/// # Errors
/// When neither native events nor polling can be had.
pub fn watch(root: &Path) -> notify::Result<(Watch, mpsc::Receiver<()>)> {
    let (sender, receiver) = mpsc::channel(1);
    let (notes, told) = std::sync::mpsc::channel();
    let folders = FOLDERS.map(|name| root.join(name));
    let (told_of, saved) = (notes.clone(), sender.clone());
    let handler = move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_))) {
            for folder in event.paths.iter().filter(|path| folders.contains(path)) {
                let _thread_may_be_gone = told_of.send(Note::Folder(folder.clone()));
            }
        }
        if concerns_a_digest(&event) {
            // A full channel already holds the news.
            let _already_told = saved.try_send(());
        }
    };
    let native = notify::recommended_watcher(handler.clone()).and_then(|watcher| follow(watcher, root));
    let watcher: Box<dyn Watcher + Send> = if let Ok(watcher) = native {
        Box::new(watcher)
    } else {
        let watcher = PollWatcher::new(handler, Config::default().with_poll_interval(POLL))?;
        Box::new(follow(watcher, root)?)
    };
    thread::Builder::new().name("watch".to_owned()).spawn(move || tend(watcher, &told, &sender))?;
    Ok((Watch { notes }, receiver))
}

/// Keeps the watcher and follows new folders: the watcher's own thread can't do that.
fn tend(
    mut watcher: Box<dyn Watcher + Send>,
    told: &std::sync::mpsc::Receiver<Note>,
    saved: &mpsc::Sender<()>,
) {
    while let Ok(Note::Folder(folder)) = told.recv() {
        // It may be gone again, and its files may be older than the watch.
        if watcher.watch(&folder, RecursiveMode::Recursive).is_ok() {
            let _already_told = saved.try_send(());
        }
    }
}

fn follow<W: Watcher>(mut watcher: W, root: &Path) -> notify::Result<W> {
    watcher.watch(root, RecursiveMode::NonRecursive)?;
    for folder in FOLDERS.map(|name| root.join(name)) {
        if folder.is_dir() {
            watcher.watch(&folder, RecursiveMode::Recursive)?;
        }
    }
    Ok(watcher)
}

fn concerns_a_digest(event: &notify::Event) -> bool {
    let is_change = matches!(
        event.kind,
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Any
    );
    let ending = |path: &std::path::PathBuf| {
        path.extension().and_then(|ending| ending.to_str()).is_none_or(|ending| ENDINGS.contains(&ending))
    };
    is_change && event.paths.iter().any(ending)
}

/// Waits until the burst of saves that has begun is over.
pub(super) async fn rest_of_burst(changes: &mut mpsc::Receiver<()>) {
    let more = async { while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {} };
    let _still_going_on = tokio::time::timeout(BURST_MAX, more).await;
}
