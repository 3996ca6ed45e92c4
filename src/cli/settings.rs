//! What the command line and the environment mean: the only reader of the environment.

mod secret_command;
mod secret_file;

use crate::{
    cli::{Desk, Failure},
    domain::{
        approval::Person,
        problem::{Place, Problem},
        settings::SecretSource,
    },
    workspace::Workspace,
};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Octets that a file with a secret may have.
const SECRET_BYTES_MAX: u64 = 64 * 1_024;

/// Returns whether `NO_COLOR` asks for plain output (any value but an empty one).
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn no_colour() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Returns the link to an editor that `MASTHEAD_EDITOR` holds.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn editor() -> Option<String> {
    env::var("MASTHEAD_EDITOR").ok().filter(|value| !value.trim().is_empty())
}

/// Returns the password that PostgreSQL's own programs would use.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn postgres_password() -> Option<String> {
    env::var("PGPASSWORD").ok().filter(|value| !value.is_empty())
}

/// Returns the file in which PostgreSQL's own programs look for passwords, when there is one.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn usual_passfile() -> Option<PathBuf> {
    let named = env::var_os("PGPASSFILE").map(PathBuf::from);
    let usual = || env::var_os("HOME").map(|home| Path::new(&home).join(".pgpass"));
    named.or_else(usual).filter(|path| path.is_file())
}

/// Reads a file with secrets that nobody else may read.
///
/// # Errors
/// When it isn't there, or can be read by others.
pub(crate) fn secret_lines(root: &Path, path: &Path, what: &str) -> Result<String, Problem> {
    from_file(&root.join(path), &path.display().to_string(), what)
}

/// Returns the time zone of this machine.
pub(crate) fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::system()
}

/// Returns this machine's name, for workers and EHLO.
pub(crate) fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

/// Returns octets that this machine has until it is started anew, `None` where the system tells none.
pub(crate) fn boot_mark() -> Option<String> {
    let mark = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    mark.get(..8).map(str::to_owned)
}

/// Returns the folder of the workspace: the one named, or the nearest from here upwards that looks like one.
///
/// # Errors
/// When there is none.
pub(crate) fn workspace_root(desk: &Desk) -> Result<PathBuf, Failure> {
    if let Some(named) = &desk.workspace {
        if named.is_dir() {
            return Ok(named.clone());
        }
        let problem = Problem::error("cli/no-workspace", format!("there is no folder `{}`", named.display()));
        return Err(Failure::could_not_look(problem.help("check the path after --workspace")));
    }
    let here = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let found = here.ancestors().find(|folder| looks_like_a_workspace(folder));
    found.map(|folder| if folder == here { PathBuf::from(".") } else { folder.to_owned() }).ok_or_else(|| {
        let problem = Problem::error("cli/no-workspace", "neither this folder nor one above it is a workspace");
        Failure::could_not_look(problem.help(
            "go to the folder that holds masthead.yaml or newsletters/, name it with --workspace, or begin one here with \
             `masthead new newsletter NAME`",
        ))
    })
}

/// Returns the folder of the workspace, or this one when there is none: a first newsletter begins it.
///
/// # Errors
/// When the folder named doesn't exist.
pub(crate) fn workspace_root_or_here(desk: &Desk) -> Result<PathBuf, Failure> {
    workspace_root(desk)
        .or_else(|failure| if desk.workspace.is_some() { Err(failure) } else { Ok(PathBuf::from(".")) })
}

fn looks_like_a_workspace(folder: &Path) -> bool {
    folder.join("masthead.yaml").is_file() || folder.join("newsletters").is_dir()
}

/// Reads the workspace and shows what deserves a look in it.
///
/// # Errors
/// With every problem of every file.
pub(crate) fn workspace(desk: &Desk) -> Result<Workspace, Failure> {
    let workspace = Workspace::load(&workspace_root(desk)?)?;
    desk.output.problems(&workspace.warnings);
    Ok(workspace)
}

/// Reads `masthead.yaml` alone: lists and ledger can be looked after whatever state the newsletters are in.
///
/// # Errors
/// With every problem of the file.
pub(crate) fn bare_workspace(desk: &Desk) -> Result<Workspace, Failure> {
    Ok(Workspace::load_bare(&workspace_root(desk)?)?)
}

/// Fetches a secret, such as `the relay's password`, from where the settings say it is.
///
/// # Errors
/// When it isn't there, or a file with it can be read by others.
pub(crate) fn secret(root: &Path, source: &SecretSource, what: &str) -> Result<String, Problem> {
    match source {
        SecretSource::Env(name) => from_environment(name, what),
        SecretSource::File(path) => from_file(&root.join(path), path, what),
        SecretSource::Command(command) => secret_command::run(root, command, what),
    }
}

/// Puts a new secret where the old one was: into its file. Returns whether it could be put anywhere: an environment
/// variable and a command can't take one.
///
/// # Errors
/// When the file can't be replaced; the words don't hold the secret.
pub(crate) fn replace_secret(
    root: &Path,
    source: &SecretSource,
    secret: &str,
    what: &str,
) -> Result<bool, Problem> {
    let SecretSource::File(path) = source else { return Ok(false) };
    secret_file::replace(&root.join(path), secret).map(|()| true).map_err(|error| {
        Problem::warning("send/token-not-kept", format!("{what} has changed and can't be written: {error}"))
            .at(Place::file(path.clone()))
            .help(
                "this run goes on with the new one; let Masthead write to the folder, and make a new token if the old one is \
                 refused later",
            )
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn from_environment(name: &str, what: &str) -> Result<String, Problem> {
    env::var(name).ok().filter(|value| !value.is_empty()).ok_or_else(|| {
        Problem::error("cli/no-secret", format!("{what} should be in the environment variable `{name}`, which is not set"))
            .help(format!("set it for this command: `{name}=… masthead send …`, or name a file of mode 0600 instead: `{{ file: … }}`"))
    })
}

fn from_file(path: &Path, shown: &str, what: &str) -> Result<String, Problem> {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::file(shown);
    let unreadable = |error: std::io::Error| {
        Problem::error("cli/no-secret", format!("{what} can't be read: {error}")).at(place.clone())
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    // Reading a pipe would wait for its other end, and a secret is never long.
    if !metadata.is_file() || metadata.len() > SECRET_BYTES_MAX {
        let problem =
            Problem::error("cli/no-secret", format!("{what} can't be read: this is no file with a secret"));
        return Err(problem.at(place).help("name a regular file that holds the secret and nothing else"));
    }
    let mode = metadata.permissions().mode();
    if mode & 0o077 != 0 {
        let problem = Problem::error(
            "cli/secret-open-to-others",
            format!("others on this machine may read the secret (mode {:04o})", mode & 0o7777),
        );
        return Err(problem.at(place).help(format!("`chmod 600 {shown}`")));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Returns who is at work: the person named, else the one that git knows for this folder.
///
/// # Errors
/// When neither says who.
pub(crate) fn person(root: &Path, named: Option<&str>) -> Result<Person, Failure> {
    if let Some(named) = named {
        return Person::parse(named).ok_or_else(|| {
            Failure::usage(
                nobody("`--as` names nobody").help("write it as --as \"Reviewer One <one@example.org>\""),
            )
        });
    }
    let name = from_git(root, "user.name");
    let email = from_git(root, "user.email");
    match (name, email) {
        (Some(name), email) => Ok(Person { name, email }),
        (None, Some(email)) => Ok(Person { name: email.clone(), email: Some(email) }),
        (None, None) => Err(nobody("git doesn't know who you are")
            .help("say it with --as \"Reviewer One <one@example.org>\", or once with `git config --global user.name`")
            .into()),
    }
}

fn nobody(message: &str) -> Problem {
    Problem::error("cli/nobody", message)
}

/// Asks git for a setting; without git there is none.
fn from_git(root: &Path, key: &str) -> Option<String> {
    let asked = Command::new("git").arg("-C").arg(root).args(["config", "--get", key]).output().ok()?;
    let text = String::from_utf8(asked.stdout).ok()?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (asked.status.success() && !text.is_empty()).then_some(text)
}
