//! Notices saves: native file events, polling where the system has none to give.

use notify::{Config, EventKind, PollWatcher, RecursiveMode, Watcher};
use std::{path::Path, time::Duration};
use tokio::sync::mpsc;

/// Editors save in several steps (write, rename, touch); a burst ends after this silence.
const QUIET: Duration = Duration::from_millis(15);
/// How often files are looked at where there are no native events.
const POLL: Duration = Duration::from_millis(250);
/// Endings of files that a digest is made of; the ledger's own files change all the time and mean nothing here.
const ENDINGS: [&str; 11] = ["yaml", "yml", "md", "mjml", "txt", "html", "css", "png", "jpg", "jpeg", "gif"];

/// Watches a workspace until the returned guard is dropped; one message per burst of saves.
///
/// # Errors
/// When neither native events nor polling can be had.
pub fn watch(root: &Path) -> notify::Result<(Box<dyn Watcher + Send>, mpsc::Receiver<()>)> {
    let (sender, receiver) = mpsc::channel(1);
    let handler = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| concerns_a_digest(&event)) {
            // A full channel already holds the news.
            let _already_told = sender.try_send(());
        }
    };
    let native = notify::recommended_watcher(handler.clone()).and_then(|watcher| follow(watcher, root));
    if let Ok(watcher) = native {
        return Ok((Box::new(watcher), receiver));
    }
    let watcher = PollWatcher::new(handler, Config::default().with_poll_interval(POLL))?;
    Ok((Box::new(follow(watcher, root)?), receiver))
}

fn follow<W: Watcher>(mut watcher: W, root: &Path) -> notify::Result<W> {
    watcher.watch(root, RecursiveMode::NonRecursive)?;
    for folder in ["newsletters", "templates"].map(|name| root.join(name)) {
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

/// Waits for a burst of saves to end; `None` when the watcher is gone.
pub(super) async fn next_burst(changes: &mut mpsc::Receiver<()>) -> Option<()> {
    changes.recv().await?;
    while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {}
    Some(())
}
