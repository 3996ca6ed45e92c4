//! The manners: arguments, words, exit codes, the real clock and the environment.
//!
//! Nothing of the field is decided here; commands wire the other modules together and say what
//! happened. This is the only module that prints, reads the environment or knows the time.

mod args;
mod clock;
mod commands;
mod exit;
mod fetch;
mod office;
mod output;
mod progress;
mod sending;
mod settings;

pub use exit::Exit;

use crate::domain::problem::{Problem, Problems};
use args::{Cli, Command};
use clap::Parser;
use clock::SystemClock;
use output::Output;
use std::{ffi::OsString, path::PathBuf, sync::Arc};

/// What every command has at hand.
pub(crate) struct Desk {
    output: Output,
    clock: Arc<SystemClock>,
    /// What `--workspace` said.
    workspace: Option<PathBuf>,
}

/// What went wrong in a command, with the exit code it means.
pub(crate) struct Failure {
    exit: Exit,
    problems: Problems,
}

impl Failure {
    /// Something was out of reach: a file, the ledger, the network.
    pub(crate) fn could_not_look(problem: Problem) -> Self {
        Self { exit: Exit::CouldNotLook, problems: problem.into() }
    }

    /// What was asked for makes no sense.
    pub(crate) fn usage(problem: Problem) -> Self {
        Self { exit: Exit::Usage, problems: problem.into() }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self { exit: Exit::Problems, problems }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Problems::from(problem).into()
    }
}

/// Returns the wall-clock time.
pub(crate) fn now(desk: &Desk) -> chrono::DateTime<chrono::Utc> {
    use crate::domain::time::Clock;
    desk.clock.now()
}

type Done = Result<Exit, Failure>;

/// Runs a command line and returns what it came to; everything is printed by then.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout and are no mistake.
            let _reader_may_be_gone = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let output = Output::new(cli.json, settings::no_colour());
    let desk = Desk { output, clock: Arc::new(SystemClock::new()), workspace: cli.workspace };
    let done = dispatch(&desk, cli.command);
    done.unwrap_or_else(|failure| {
        desk.output.problems(&failure.problems);
        failure.exit
    })
}

fn dispatch(desk: &Desk, command: Command) -> Done {
    match command {
        Command::Demo(args) => commands::demo::run(desk, &args),
        Command::New(command) => commands::new::run(desk, command),
        Command::Compose(args) => commands::compose::run(desk, args),
        Command::Preview(args) => commands::preview::run(desk, &args),
        Command::Check(args) => commands::check::run(desk, &args),
        Command::Approve(args) => commands::approve::run(desk, &args),
        Command::Build(args) => commands::build::run(desk, &args),
        Command::Send(args) => commands::send::run(desk, &args),
        Command::Status(args) => commands::status::run(desk, &args),
        Command::Reconcile(args) if args.is_about_the_ledger() => sending::mend::run(desk, &args),
        Command::Reconcile(args) => commands::reconcile::run(desk, &args),
        Command::Subscribers(command) => commands::subscribers::run(desk, command),
        Command::Suppress(command) => commands::suppress::run(desk, command),
        Command::Doctor(command) => commands::doctor::run(desk, command),
        Command::Inbox(args) => commands::inbox::run(desk, args),
        Command::Mjml(args) => commands::mjml::run(desk, &args),
        Command::Completions { shell } => Ok(commands::manual::completions(shell)),
        Command::Man { directory } => commands::manual::pages(desk, &directory),
    }
}
