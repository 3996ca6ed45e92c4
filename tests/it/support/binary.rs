//! The real `masthead`, started as its user starts it.

use serde_json::Value;
use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// Longer than any command of a test may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a running command is looked at.
const GLANCE: Duration = Duration::from_millis(2);

/// A command that is running. It is killed when the test is done with it.
pub(crate) struct Running {
    child: Child,
    said: TempDir,
    what: String,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    what: String,
    /// Exit code; 128 + n after signal n, as a shell says it.
    pub(crate) code: i32,
    /// What it wrote to stdout.
    pub(crate) data: String,
    /// What it wrote to stderr.
    pub(crate) talk: String,
}

/// Starts `masthead` in a folder.
pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Running {
    start_with(folder, arguments, &[])
}

/// Starts `masthead` in a folder with more in its environment.
pub(crate) fn start_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_masthead"));
    command.args(arguments).envs(environment.iter().copied());
    start_command(folder, command, format!("masthead {}", arguments.join(" ")))
}

/// Starts any command in a folder, as a user without colours and without a terminal.
pub(crate) fn start_command(folder: &Path, mut command: Command, what: String) -> Running {
    let said = TempDir::new().expect("a temporary folder");
    let file = |name: &str| File::create(said.path().join(name)).expect("a file");
    command.current_dir(folder).env("NO_COLOR", "1").env_remove("MASTHEAD_RELAY_PASSWORD");
    command.stdin(Stdio::null()).stdout(file("data")).stderr(file("talk"));
    let child = command.spawn().unwrap_or_else(|error| panic!("{what}: {error}"));
    Running { child, said, what }
}

/// Runs `masthead` in a folder to its end.
pub(crate) async fn run(folder: &Path, arguments: &[&str]) -> Ran {
    start(folder, arguments).ended().await
}

impl Running {
    /// Waits for the end.
    pub(crate) async fn ended(self) -> Ran {
        self.ended_within(PATIENCE).await
    }

    /// Waits for the end of a command that may take longer than others.
    pub(crate) async fn ended_within(mut self, patience: Duration) -> Ran {
        let waited = timeout(patience, async {
            loop {
                if let Some(status) = self.status() {
                    return status;
                }
                sleep(GLANCE).await;
            }
        });
        let status = waited.await;
        let (data, talk) = (self.data(), self.talk());
        let Ok(status) = status else { panic!("{} does not end:\n{data}\n{talk}", self.what) };
        Ran { what: self.what.clone(), code: code(status), data, talk }
    }

    /// Returns how it ended, when it has.
    fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Returns whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.status().is_none()
    }

    /// Waits until something is so, or the command has ended; returns whether it still runs.
    pub(crate) async fn until(&mut self, mut is_so: impl FnMut(&Self) -> bool) -> bool {
        let waited = timeout(PATIENCE, async {
            while !is_so(self) {
                if self.status().is_some() {
                    return false;
                }
                sleep(GLANCE).await;
            }
            true
        });
        let is_running = waited.await;
        is_running
            .unwrap_or_else(|_| panic!("{}: what was waited for did not come:\n{}", self.what, self.talk()))
    }

    /// Sends a signal: `INT`, `TERM`, `STOP`, …
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status().expect("a shell");
        assert!(status.success(), "{kill}");
    }

    /// Lets its files grow to so many octets and no further, or again: `unlimited`.
    pub(crate) fn limit_files(&self, octets: &str) {
        let [process, limit] = [format!("--pid={}", self.child.id()), format!("--fsize={octets}:unlimited")];
        let status =
            Command::new("prlimit").args([process, limit]).status().expect("util-linux is installed");
        assert!(status.success());
    }

    /// Kills it as nothing else can, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        // An error says that it has ended by itself.
        let _ = self.child.kill();
        self.child.wait().expect("a child can be waited for");
    }

    /// Returns what it wrote to stdout so far.
    pub(crate) fn data(&self) -> String {
        self.read("data")
    }

    /// Returns what it wrote to stderr so far.
    pub(crate) fn talk(&self) -> String {
        self.read("talk")
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.said.path().join(name)).expect("a file")).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

impl Ran {
    /// Demands an exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Demands words on stderr.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.talk.contains(words), "`{words}` is not said: {self}");
        self
    }

    /// Demands words on stdout.
    #[track_caller]
    pub(crate) fn prints(self, words: &str) -> Self {
        assert!(self.data.contains(words), "`{words}` is not printed: {self}");
        self
    }

    /// Reads stdout as one JSON object a line.
    #[track_caller]
    pub(crate) fn objects(&self) -> Vec<Value> {
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self}"));
        self.data.lines().map(read).collect()
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "`{}` exits {}\n-- stdout\n{}-- stderr\n{}", self.what, self.code, self.data, self.talk)
    }
}

/// Returns a program of the private folder into which `scripts/test` puts what the tests need.
#[expect(clippy::disallowed_methods, reason = "the folder is the one of whoever runs the tests")]
pub(crate) fn tool(name: &str) -> std::path::PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(std::path::PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    cache.expect("a home").join("masthead-tools/bin").join(name)
}
