//! Reads files and folders, never more than a bound and never outside the workspace.

use crate::content::source::{SourceText, TEXT_BYTES_MAX, too_large};
use crate::domain::problem::{Place, Problem};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Files that a folder may hold; a folder with more is not one of ours.
const FILES_MAX: usize = 20_000;

/// Reads the text file at `path`, relative to `root` and with `/` between its parts.
///
/// # Errors
/// When it can't be read, is no regular file, is too large, or is no text.
pub(super) fn text(root: &Path, path: &str) -> Result<SourceText, Problem> {
    let bytes = bytes(root, path, TEXT_BYTES_MAX as u64, too_large)?;
    SourceText::decode(path, &bytes)
}

/// Reads the octets of a file that may have `limit` of them; `refusal` says so when it has more.
pub(super) fn bytes(
    root: &Path,
    path: &str,
    limit: u64,
    refusal: fn(&str, u64) -> Problem,
) -> Result<Vec<u8>, Problem> {
    let full = root.join(path);
    // Looked at before it is opened: opening a pipe would wait for its other end.
    let metadata = fs::metadata(&full).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() {
        return Err(Problem::error("workspace/unreadable", "this is not a regular file")
            .at(Place::file(path))
            .help("put a text file in its place"));
    }
    if metadata.len() > limit {
        return Err(refusal(path, metadata.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    let file = File::open(&full).map_err(|error| unreadable(path, &error))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > limit { Err(refusal(path, bytes.len() as u64)) } else { Ok(bytes) }
}

/// Returns the problem of a file or folder that the system refuses to give.
pub(super) fn unreadable(path: &str, error: &io::Error) -> Problem {
    let (reason, help) = match error.kind() {
        io::ErrorKind::NotFound => ("the file is missing".to_owned(), "create it, or correct its name"),
        io::ErrorKind::PermissionDenied => {
            ("the file may not be read".to_owned(), "give yourself the right to read it")
        }
        _ => (error.to_string().to_lowercase(), "look at the file: the system refuses to read it"),
    };
    Problem::error("workspace/unreadable", reason).at(Place::file(path)).help(help)
}

/// One entry of a folder.
pub(super) struct FolderEntry {
    /// File name.
    pub(super) name: String,
    /// Whether it is a folder, also through a symbolic link.
    pub(super) is_folder: bool,
}

/// Lists a folder in the order of names, without hidden files and what editors leave behind.
///
/// A folder that doesn't exist is empty.
pub(super) fn folder(root: &Path, path: &str) -> Result<Vec<FolderEntry>, Problem> {
    let entries = match fs::read_dir(root.join(path)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(path, &error)),
    };
    let mut files = Vec::new();
    for entry in entries.take(FILES_MAX) {
        let entry = entry.map_err(|error| unreadable(path, &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_temporary = Path::new(&name).extension().is_some_and(|ending| ending == "tmp");
        if name.starts_with(['.', '#']) || name.ends_with(['~', '#']) || is_temporary {
            continue;
        }
        let is_folder = entry.path().is_dir();
        files.push(FolderEntry { name, is_folder });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}
