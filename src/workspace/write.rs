//! Writes a file whole or not at all.

use crate::domain::problem::{Place, Problem};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// What to do about a file that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// Leave it alone and say so.
    Refuse,
    /// Put the new one in its place.
    Replace,
}

/// Writes `text` to `path`, relative to `root`; folders on the way are made.
///
/// The text goes to a temporary file beside it, onto the disk, and only then under its name: a
/// crash leaves the old file or the new one, never half of one.
pub(super) fn text(root: &Path, path: &str, text: &str, if_exists: IfExists) -> Result<(), Problem> {
    bytes(root, path, text.as_bytes(), if_exists)
}

/// As [`text`], for octets.
pub(super) fn bytes(root: &Path, path: &str, octets: &[u8], if_exists: IfExists) -> Result<(), Problem> {
    let full = root.join(path);
    if if_exists == IfExists::Refuse && full.symlink_metadata().is_ok() {
        return Err(exists(path));
    }
    let folder = full.parent().unwrap_or(root);
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let result = fs::create_dir_all(folder)
        .and_then(|()| put(&temporary, octets))
        .and_then(|()| name_it(&temporary, &full, if_exists))
        .and_then(|()| File::open(folder)?.sync_all());
    result.map_err(|error| {
        let is_there = error.kind() == io::ErrorKind::AlreadyExists && full.is_file();
        // Nothing to do when it isn't there: the failure may have come before it.
        drop(fs::remove_file(&temporary));
        if is_there { exists(path) } else { not_written(path, &error) }
    })
}

fn put(temporary: &Path, octets: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(temporary)?;
    file.write_all(octets)?;
    file.sync_all()
}

/// Gives the file its name. Without leave to replace, a link is used: unlike a renaming it fails
/// when somebody else has made the file in the meantime.
fn name_it(temporary: &Path, full: &Path, if_exists: IfExists) -> io::Result<()> {
    if if_exists == IfExists::Refuse {
        match fs::hard_link(temporary, full) {
            Ok(()) => return fs::remove_file(temporary),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // Some file systems know no links; renaming is the next best.
            Err(_) => {}
        }
    }
    fs::rename(temporary, full)
}

fn exists(path: &str) -> Problem {
    Problem::error("workspace/file-exists", "the file is already there")
        .at(Place::file(path))
        .help("choose another name")
}

pub(super) fn not_written(path: &str, error: &io::Error) -> Problem {
    let (reason, help) = match error.kind() {
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            ("a file stands where a folder is needed".to_owned(), "move it away")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ("the folder may not be written to".to_owned(), "give yourself the right to write there")
        }
        io::ErrorKind::StorageFull => ("the disk is full".to_owned(), "make room and try again"),
        _ => (error.to_string().to_lowercase(), "look at the folder: the system refuses to write there"),
    };
    Problem::error("workspace/not-written", format!("can't be written: {reason}"))
        .at(Place::file(path))
        .help(help)
}
