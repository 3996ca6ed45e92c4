//! `masthead completions`, `masthead man`: made from the arguments themselves.

use crate::{
    cli::{Desk, Done, Exit, Failure, args::Cli},
    domain::problem::Problem,
};
use clap::CommandFactory;
use std::{io::Write, path::Path};

pub(crate) fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "masthead", &mut script);
    let _reader_may_be_gone = std::io::stdout().write_all(&script);
    Exit::Done
}

pub(crate) fn pages(desk: &Desk, directory: &Path) -> Done {
    let written =
        std::fs::create_dir_all(directory).and_then(|()| clap_mangen::generate_to(Cli::command(), directory));
    written.map_err(|error| {
        let problem = Problem::error(
            "cli/not-writable",
            format!("`{}` can't be written: {error}", directory.display()),
        );
        Failure::could_not_look(problem.help("choose a folder you may write to"))
    })?;
    desk.output.talk(&format!("man pages written to {}", directory.display()));
    Ok(Exit::Done)
}
