//! Writes what `build` made: a folder whole or not at all, and never over files that somebody else put there.

use crate::domain::digest::InlineImage;
use crate::domain::issue::IssueId;
use crate::domain::problem::{Place, Problem, Problems};
use crate::domain::settings::ImagePolicy;
use crate::workspace::images::ImageGallery;
use crate::workspace::{Workspace, read, write};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// The file by which a folder is known as ours: it lists the others.
pub const LIST_FILE: &str = "masthead-build.json";

/// What a page of ours says in its head.
pub const GENERATOR: &str = "<meta name=\"generator\" content=\"masthead\">";

/// Octets that a page of ours may have when it is looked at.
const PAGE_BYTES_MAX: u64 = 4 * 1_048_576;

/// Files by path, with `/` between its parts.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Puts files in place of the folder `path` below `root`. They are written beside it first, so that a crash
/// leaves the old folder or the new one.
///
/// # Errors
/// When something stands there that we did not write, or the system refuses.
pub fn replace_folder(root: &Path, path: &str, files: &Files) -> Result<(), Problem> {
    let full = root.join(path);
    let refused = |error: io::Error| write::not_written(path, &error);
    if let Ok(metadata) = full.symlink_metadata()
        && !(metadata.is_dir() && (full.join(LIST_FILE).is_file() || is_empty(&full)))
    {
        return Err(not_ours(path, "choose another folder with `-o`, or move it away"));
    }
    let parent = full.parent().unwrap_or(root);
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    let hidden = |ending: &str| parent.join(format!(".{name}.{}.{ending}", std::process::id()));
    let (fresh, old) = (hidden("tmp"), hidden("old.tmp"));
    sweep(parent, &name);
    let result = fs::create_dir_all(parent).and_then(|()| put_all(&fresh, files)).and_then(|()| {
        if full.exists() {
            fs::rename(&full, &old)?;
        }
        // The old folder comes back when the new one can't take its name.
        fs::rename(&fresh, &full).inspect_err(|_| drop(fs::rename(&old, &full)))?;
        File::open(parent)?.sync_all()
    });
    // Whichever is left over; the other is gone already.
    drop(fs::remove_dir_all(&fresh));
    drop(fs::remove_dir_all(&old));
    result.map_err(refused)
}

/// Removes what killed runs left of this folder: it would be published with the others.
fn sweep(parent: &Path, name: &str) {
    // Without this list of processes nobody knows which run is still at it.
    let processes = Path::new("/proc");
    if !processes.join("self").exists() {
        return;
    }
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let file = entry.file_name();
        let rest =
            file.to_str().and_then(|file| file.strip_prefix('.')?.strip_prefix(name)?.strip_prefix('.'));
        let number =
            rest.and_then(|rest| rest.strip_suffix(".old.tmp").or_else(|| rest.strip_suffix(".tmp")));
        let is_dead = number.is_some_and(|number| {
            number.bytes().all(|digit| digit.is_ascii_digit()) && !processes.join(number).exists()
        });
        if is_dead {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn put_all(folder: &Path, files: &Files) -> io::Result<()> {
    // What a killed run left under our number.
    drop(fs::remove_dir_all(folder));
    for (path, octets) in files {
        let full = folder.join(path);
        fs::create_dir_all(full.parent().unwrap_or(folder))?;
        let mut file = File::create_new(&full)?;
        file.write_all(octets)?;
        file.sync_all()?;
    }
    Ok(())
}

/// Writes one page, in place of one of ours.
///
/// # Errors
/// When a file stands there that we did not write, or the system refuses.
pub fn replace_page(root: &Path, path: &str, html: &str) -> Result<(), Problem> {
    if root.join(path).symlink_metadata().is_ok() {
        let known = read::bytes(root, path, PAGE_BYTES_MAX, |path, _| not_ours(path, "move it away"))?;
        if memchr::memmem::find(&known, GENERATOR.as_bytes()).is_none() {
            return Err(not_ours(path, "move it away, or choose another folder with `-o`"));
        }
    }
    write::text(root, path, html, write::IfExists::Replace)
}

/// Writes one picture, unless it is there already.
///
/// # Errors
/// When the system refuses.
pub fn put_picture(root: &Path, path: &str, octets: &[u8]) -> Result<(), Problem> {
    if fs::read(root.join(path)).is_ok_and(|known| known == octets) {
        return Ok(());
    }
    write::bytes(root, path, octets, write::IfExists::Replace)
}

fn not_ours(path: &str, help: &str) -> Problem {
    Problem::error("workspace/not-ours", "this was not made by `masthead build`, so it is not replaced")
        .at(Place::file(path))
        .help(help)
}

/// Returns whether the page of an issue is below `root` already.
pub fn has_page(root: &Path, issue: &IssueId) -> bool {
    root.join(issue.to_string()).join("index.html").is_file()
}

impl Workspace {
    /// Returns the pictures that the messages of an issue link to, by their path below the newsletter's public
    /// address; none when pictures travel with the message.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub fn linked_pictures(&self, id: &IssueId) -> Result<Files, Problems> {
        let Some((loaded, issue)) = self.find(id) else { return Ok(Files::new()) };
        if self.settings.images == ImagePolicy::Embed {
            return Ok(Files::new());
        }
        let mut gallery =
            ImageGallery::new(&self.root, &id.newsletter, (ImagePolicy::Embed, None), "pictures.invalid");
        let mut problems = Vec::new();
        let items = issue.items.iter().filter_map(|(slug, _)| loaded.items.get(slug));
        for image in
            items.flat_map(|item| item.versions.values()).filter_map(|version| version.image.as_ref())
        {
            problems.extend(gallery.find(&image.source, &image.place).err());
        }
        if let Some(logo) = loaded.newsletter.theme.get("logo").filter(|logo| !logo.is_empty()) {
            problems.extend(gallery.find(logo, &Place::file(&loaded.newsletter.path)).err());
        }
        Problems(problems).or_value(gallery.into_files())
    }
}

/// Returns the name under which a picture of a message is written: the same content has the same name.
pub fn picture_name(image: &InlineImage) -> String {
    let content: String = image.content_id.chars().take(12).collect();
    let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' };
    format!("{content}-{}", image.file_name.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_killed_runs_left_goes_with_the_next() {
        let root = tempfile::tempdir().unwrap();
        let parent = root.path().join("starsom");
        // No process has such a number; this test's own is alive.
        let (dead, alive) = (u32::MAX, std::process::id());
        let left = [
            format!(".2022-04.{dead}.tmp"),
            format!(".2022-04.{dead}.old.tmp"),
            format!(".2021-12.{dead}.tmp"),
            format!(".2022-04.{alive}.old.tmp"),
            ".2022-04.mine.tmp".to_owned(),
        ];
        for name in &left {
            fs::create_dir_all(parent.join(name)).unwrap();
        }
        sweep(&parent, "2022-04");
        let is_there: Vec<_> = left.iter().map(|name| parent.join(name).exists()).collect();
        assert_eq!(is_there, [false, false, true, true, true]);
    }
}
