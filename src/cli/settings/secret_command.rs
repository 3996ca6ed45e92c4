//! Asks a command for a secret, such as `pass show relay`.
//!
//! The secret comes over a pipe: it is in nobody's process list and in no file. What the command says on stderr is
//! not shown, for it may hold the secret too.

use crate::domain::problem::Problem;
use std::{
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long a command may think: time enough to type a passphrase into its own window.
const PATIENCE: Duration = Duration::from_mins(1);

/// Octets that a secret may have.
const OCTETS_MAX: u64 = 64 * 1_024;

/// Runs `command` in the folder of the workspace and returns the first line that it prints.
///
/// # Errors
/// When it can't be run, fails, prints nothing or too much, or takes too long.
pub(super) fn run(root: &Path, command: &str, what: &str) -> Result<String, Problem> {
    let failed = |why: String| {
        Problem::error("cli/no-secret", format!("{what} should come from a command, {why}")).help(format!(
            "run it yourself and see (its words are not shown here, they may hold the secret): `{command}`"
        ))
    };
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("which can't be run: {error}")))?;
    let printed = printed(&mut child).ok_or_else(|| {
        let _it_may_be_gone = child.kill();
        failed(format!("which said nothing for {} s", PATIENCE.as_secs()))
    })?;
    let status = child.wait().map_err(|error| failed(format!("which got lost: {error}")))?;
    if !status.success() {
        return Err(failed(format!("which failed ({status})")));
    }
    let first = printed.lines().next().unwrap_or_default().trim();
    if first.is_empty() {
        return Err(failed("which printed nothing".to_owned()));
    }
    Ok(first.to_owned())
}

/// Returns what a command prints until it closes its output, `None` when that takes too long.
fn printed(child: &mut Child) -> Option<String> {
    let stdout = child.stdout.take()?;
    let (give, take) = mpsc::channel();
    // The thread ends with the pipe; a command that never ends holds only this thread.
    thread::spawn(move || {
        let mut octets = Vec::new();
        let read = stdout.take(OCTETS_MAX).read_to_end(&mut octets);
        let _nobody_may_wait = give.send(read.map(|_| String::from_utf8_lossy(&octets).into_owned()));
    });
    take.recv_timeout(PATIENCE).ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::run;
    use std::path::Path;

    #[test]
    fn the_first_line_is_the_secret() {
        let here = Path::new(".");
        assert_eq!(
            run(here, "printf 'hunter2\\nlogin: news\\n'", "the password").ok().as_deref(),
            Some("hunter2")
        );
        let problem = run(here, "echo hunter2; echo hunter2 >&2; exit 3", "the password").unwrap_err();
        assert!(problem.message.contains("failed (exit status: 3)"), "{}", problem.message);
        assert!(!problem.message.contains("hunter2"));
        for silent in ["true", "echo"] {
            assert!(run(here, silent, "the password").unwrap_err().message.contains("printed nothing"));
        }
    }
}
