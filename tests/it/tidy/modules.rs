//! Tests that no `mod` line names never run, and nobody notices.

use super::{files, read, root};
use std::path::{Path, PathBuf};

/// Returns the file that has to name this one, and the name it has to use.
fn parent(file: &Path) -> (PathBuf, String) {
    let stem = |path: &Path| path.file_stem().expect("a name").to_string_lossy().into_owned();
    let folder = file.parent().expect("a folder");
    let (inside, name) = if file.ends_with("mod.rs") {
        (folder.parent().expect("a folder"), stem(folder))
    } else {
        (folder, stem(file))
    };
    let candidates = [inside.join("main.rs"), inside.join("mod.rs"), inside.with_extension("rs")];
    let parent = candidates.iter().find(|path| path.exists() && *path != file);
    (parent.unwrap_or(&candidates[1]).clone(), name)
}

#[test]
fn every_file_and_folder_of_the_tests_is_named_by_a_mod() {
    let folder = root().join("tests/it");
    let mut lost = Vec::new();
    for file in files(&folder, "rs").into_iter().filter(|file| *file != folder.join("main.rs")) {
        let (parent, name) = parent(&file);
        let code = if parent.exists() { read(&parent) } else { String::new() };
        let is_named = code.lines().any(|line| {
            let line = line.trim().trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
            line == format!("mod {name};")
        });
        if !is_named {
            lost.push(format!("{} is not named in {}", file.display(), parent.display()));
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
