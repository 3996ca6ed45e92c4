//! `masthead mjml`: one bare MJML file to HTML, for people who write templates.

use crate::{
    cli::{Desk, Done, Exit, Failure, args::MjmlArgs},
    domain::problem::{Place, Problem},
    render::mjml::{Includes, MjmlSource, compile},
};
use std::{
    fs::File,
    io::{self, Read, Write},
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
        read_file(&file).ok()
    }
}

fn read_file(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len().min(FILE_BYTES_MAX);
    read_bounded(file, usize::try_from(bytes).unwrap_or_default())
}

/// Reads text that is probably `bytes` long.
fn read_bounded(source: impl Read, bytes: usize) -> io::Result<String> {
    // Room for one octet more, with which the end shows itself.
    let mut text = String::with_capacity(bytes + 1);
    source.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// Writes over what a file holds. Emptying it first would hand its blocks back to the file system only to ask for
/// new ones, which takes as long as a tenth of the compilation.
fn write_over(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(false).open(path)?;
    let length = text.len() as u64;
    if file.metadata()?.len() > length {
        file.set_len(length)?;
    }
    file.write_all(text)
}

pub(crate) fn run(desk: &Desk, args: &MjmlArgs) -> Done {
    let from_stdin = args.file == Path::new("-");
    let shown = if from_stdin { "stdin".to_owned() } else { args.file.display().to_string() };
    let read = if from_stdin { read_bounded(io::stdin(), 0) } else { read_file(&args.file) };
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
            let _reader_may_be_gone = io::stdout().write_all(output.html.as_bytes());
        }
        Some(file) => write_over(file, output.html.as_bytes()).map_err(|error| {
            let problem =
                Problem::error("cli/not-writable", format!("`{}` can't be written: {error}", file.display()));
            Failure::could_not_look(problem.help("choose a file you may write to"))
        })?,
    }
    Ok(Exit::Done)
}
