//! A workspace in a folder of its own, copied from `tests/fixtures`.

use masthead::domain::problem::{Problem, Problems, Severity};
use masthead::workspace::Workspace;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Returns a path below `tests/fixtures`.
pub(crate) fn fixtures(inner: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(inner)
}

/// A copy of a fixture that a test may change; it is gone when the test ends.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// Copies `tests/fixtures/projects/<name>`.
    pub(crate) fn copy_of(name: &str) -> Self {
        Self::copy_of_folder(&fixtures("projects").join(name))
    }

    /// Copies the newsletter that we ship, with its template.
    pub(crate) fn example() -> Self {
        let (project, root) = (Self::empty(), Path::new(env!("CARGO_MANIFEST_DIR")));
        fs::copy(root.join("masthead.yaml"), project.root().join("masthead.yaml")).expect("a copy");
        for folder in ["newsletters", "templates"] {
            copy(&root.join(folder), &project.root().join(folder));
        }
        project
    }

    /// Copies a folder.
    pub(crate) fn copy_of_folder(from: &Path) -> Self {
        let project = Self::empty();
        copy(from, project.root());
        project
    }

    /// Returns a workspace with nothing in it.
    pub(crate) fn empty() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    /// Returns the folder of the workspace.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file; folders on the way are made.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let full = self.root().join(path);
        fs::create_dir_all(full.parent().expect("a folder")).expect("folders");
        fs::write(full, bytes).expect("a file");
        self
    }

    /// Reads a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).expect("a text file")
    }

    /// Replaces `old`, which must be there, by `new` in a file.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, old: &str, new: &str) -> &Self {
        let text = self.read(path);
        assert!(text.contains(old), "`{old}` is not in {path}");
        self.write(path, text.replace(old, new))
    }

    /// Loads the workspace, which must be sound.
    #[track_caller]
    pub(crate) fn load(&self) -> Workspace {
        Workspace::load(self.root()).unwrap_or_else(|problems| panic!("{}", rendered(&problems)))
    }

    /// Loads the workspace, which must be refused, and returns what was said.
    #[track_caller]
    pub(crate) fn refusal(&self) -> String {
        rendered(&Workspace::load(self.root()).expect_err("refused"))
    }
}

/// Writes problems the way `expected.txt` holds them.
pub(crate) fn rendered(problems: &Problems) -> String {
    problems.0.iter().map(one).collect()
}

fn one(problem: &Problem) -> String {
    let severity = match problem.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let excerpt = problem.place.as_ref().and_then(|place| place.excerpt.as_ref());
    let excerpt = excerpt.map(|line| format!("  | {line}\n")).unwrap_or_default();
    let help = problem.help.as_ref().map(|help| format!("  help: {help}\n")).unwrap_or_default();
    format!("{severity}: {problem}\n{excerpt}{help}")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
