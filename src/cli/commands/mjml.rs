//! `masthead mjml`: one bare MJML file to HTML, for people who write templates.

use crate::{
    cli::{Desk, Done, Exit, Failure, args::MjmlArgs},
    domain::problem::{Place, Problem},
    render::mjml::{Includes, MjmlSource, compile},
};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

/// Octets of a file that are read at most.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Files beside the document, and below its folder only.
struct Beside(PathBuf);

impl Includes for Beside {
    fn read(&self, path: &str) -> Option<String> {
        let root = self.0.canonicalize().ok()?;
        let file = root.join(path).canonicalize().ok()?;
        // A pipe would wait for its other end, a device never ends.
        if !file.starts_with(&root) || !file.is_file() {
            return None;
        }
        read_bounded(std::fs::File::open(file).ok()?).ok()
    }
}

fn read_bounded(source: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    source.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

pub(crate) fn run(desk: &Desk, args: &MjmlArgs) -> Done {
    let from_stdin = args.file == Path::new("-");
    let shown = if from_stdin { "stdin".to_owned() } else { args.file.display().to_string() };
    let read = if from_stdin {
        read_bounded(std::io::stdin())
    } else {
        std::fs::File::open(&args.file).and_then(read_bounded)
    };
    let text = read.map_err(|error| {
        let problem = Problem::error("cli/not-readable", format!("the file can't be read: {error}"))
            .at(Place::file(&shown));
        Failure::could_not_look(problem.help("MJML is text in UTF-8; check path and rights"))
    })?;
    let folder = args.file.parent().filter(|folder| !from_stdin && !folder.as_os_str().is_empty());
    let includes = Beside(folder.unwrap_or(Path::new(".")).to_owned());
    // Includes count from the document's own folder, so within it the document goes by its name alone.
    let name = args.file.file_name().filter(|_| !from_stdin).map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or(shown);
    let output = compile(&MjmlSource { path: &name, text: &text, includes: &includes })?;
    for warning in &output.warnings {
        desk.output.problem(warning);
    }
    match &args.output {
        None => {
            let _reader_may_be_gone = std::io::stdout().write_all(output.html.as_bytes());
        }
        Some(file) => std::fs::write(file, &output.html).map_err(|error| {
            let problem =
                Problem::error("cli/not-writable", format!("`{}` can't be written: {error}", file.display()));
            Failure::could_not_look(problem.help("choose a file you may write to"))
        })?,
    }
    Ok(Exit::Done)
}
