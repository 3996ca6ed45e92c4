//! The `masthead` command: hands the arguments to the library and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    masthead::cli::run(std::env::args_os()).into()
}
