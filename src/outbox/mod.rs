//! Messages written as `.eml` files instead of sent.
//!
//! A way out like any other: the file of a delivery carries its final name only after the ledger's
//! commit, whole and on the disk. The name comes from the delivery, never from the address, so a message that
//! is written once more after a doubt replaces itself: there are no doubles here.
//!
//! When the process dies: before the rename there is at most a `.part` file, which the next run
//! replaces; after it the message is there and its delivery is in doubt.

mod file_name;

use crate::{
    delivery::ports::{Envelope, Following, Session, Transport},
    domain::{
        message::Message,
        outcome::{Outcome, Phase, Reply},
    },
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    fs::{self, File},
    io::{AsyncWriteExt, BufWriter},
};

/// Octets gathered before they are written.
const BUFFER_SIZE: usize = 64 * 1_024;

/// The file that shows whether a folder takes files. No message has this name.
const TRIAL_FILE: &str = ".masthead-trial.part";

/// A folder that takes messages.
#[derive(Clone, Debug)]
pub struct Outbox {
    folder: Arc<Path>,
}

impl Outbox {
    /// Returns the outbox of a folder, which is made when the first session opens.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into().into() }
    }

    /// Makes the folder and tries whether it takes files, so that nothing is sealed for one that
    /// doesn't.
    ///
    /// # Errors
    /// What the system says when the folder can't be made or written to.
    pub async fn try_folder(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder).await?;
        let file = self.folder.join(TRIAL_FILE);
        fs::write(&file, b"").await?;
        fs::remove_file(&file).await
    }
}

impl Transport for Outbox {
    type Session = OutboxSession;

    async fn connect(&self) -> Result<OutboxSession, Outcome> {
        match fs::create_dir_all(&self.folder).await {
            Ok(()) => Ok(OutboxSession { folder: Arc::clone(&self.folder), draft: None }),
            Err(error) => Err(broken(Phase::Connect, &error)),
        }
    }

    fn name(&self) -> String {
        format!("outbox:{}", self.folder.display())
    }
}

/// One writer into the folder.
#[derive(Debug)]
pub struct OutboxSession {
    folder: Arc<Path>,
    draft: Option<Draft>,
}

/// A message that has everything but its name.
#[derive(Debug)]
struct Draft {
    file: File,
    name: String,
    part: PathBuf,
}

impl OutboxSession {
    async fn write(&self, envelope: &Envelope, message: &Message<'_>) -> io::Result<Draft> {
        let name = file_name::of(&envelope.envelope_id);
        let part = self.folder.join(format!("{name}.part"));
        let mut writer = BufWriter::with_capacity(BUFFER_SIZE, File::create(&part).await?);
        for piece in message.slices() {
            writer.write_all(piece).await?;
        }
        writer.flush().await?;
        let file = writer.into_inner();
        file.sync_all().await?;
        Ok(Draft { file, name, part })
    }

    async fn sync_folder(&self) -> io::Result<()> {
        // A rename is durable when its folder is.
        File::open(&self.folder).await?.sync_all().await
    }
}

impl Session for OutboxSession {
    async fn begin(&mut self, envelope: &Envelope, message: &Message<'_>) -> Result<(), Outcome> {
        let draft = self.write(envelope, message).await.map_err(|error| broken(Phase::Body, &error))?;
        self.draft = Some(draft);
        Ok(())
    }

    async fn finish(&mut self, _following: Option<Following<'_>>) -> Outcome {
        let Some(Draft { file, name, part }) = self.draft.take() else {
            let cause = "there is no message to finish".to_owned();
            return Outcome::Broken { phase: Phase::Body, cause };
        };
        drop(file);
        if let Err(error) = fs::rename(&part, self.folder.join(&name)).await {
            return broken(Phase::Body, &error);
        }
        match self.sync_folder().await {
            Ok(()) => {
                let reply = Reply { code: 250, enhanced: None, text: format!("written to {name}") };
                Outcome::Accepted { reply, remote_id: Some(name) }
            }
            Err(error) => Outcome::InDoubt { cause: format!("the folder could not be synced: {error}") },
        }
    }

    fn is_usable(&self) -> bool {
        true
    }

    async fn abandon(self) {
        if let Some(draft) = self.draft {
            // A leftover part is worth nothing and the next attempt replaces it.
            let _ = fs::remove_file(draft.part).await;
        }
    }

    async fn quit(self) {}
}

fn broken(phase: Phase, error: &io::Error) -> Outcome {
    Outcome::Broken { phase, cause: error.to_string() }
}
