//! Proves that each kind of bad input gets the answer that its folder expects.
//!
//! A folder of `tests/fixtures/refused` is a workspace with something wrong in it, named after the
//! code of the problem. `do.txt` may list steps; without it, all issues are put together in all
//! languages, and their approvals read. What is said on the way must be `expected.txt`, word for word.

use crate::support::{Project, fixtures, rendered};
use masthead::domain::issue::IssueId;
use masthead::domain::merge;
use masthead::domain::problem::Problems;
use masthead::render::digest::render;
use masthead::workspace::Workspace;
use masthead::workspace::compose::{Composition, IfExists};
use masthead::workspace::scaffold::{NewNewsletter, new_newsletter};
use std::fs;
use std::path::{Path, PathBuf};

/// Areas whose folders are workspaces; other parts keep other things here.
const AREAS: [&str; 4] = ["content-", "render-", "template-", "workspace-"];

fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures("refused")).expect("the folder");
    let mut folders: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.retain(|path| AREAS.iter().any(|area| name(path).starts_with(area)));
    folders.sort();
    folders
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// Returns everything that is said about the workspace in `folder`.
fn what_is_said(folder: &Path) -> String {
    let project = Project::copy_of_folder(folder);
    let steps = fs::read_to_string(folder.join("do.txt")).unwrap_or_default();
    let mut said = String::new();
    let mut has_asked = false;
    for step in steps.lines() {
        let words: Vec<&str> = step.split(' ').collect();
        let result = match words.as_slice() {
            ["make", path, kind, rest] => {
                make(&project, path, kind, rest);
                continue;
            }
            ["resolve", text] => loaded(&project).resolve_issue(text).map(|_| ()),
            ["compose", newsletter, date] => compose(&loaded(&project), newsletter, date),
            ["new-newsletter", name] => new_newsletter(project.root(), &new(name)).map(|_| ()),
            _ => panic!("{}: unknown step `{step}`", folder.display()),
        };
        has_asked = true;
        said.push_str(&rendered(&result.expect_err("refused")));
    }
    if !has_asked {
        said = rendered(&put_everything_together(&project));
    }
    said
}

fn put_everything_together(project: &Project) -> Problems {
    let workspace = match Workspace::load(project.root()) {
        Ok(workspace) => workspace,
        Err(problems) => return problems,
    };
    let mut problems = workspace.warnings.clone();
    let ids: Vec<IssueId> = workspace.issues().into_iter().map(|issue| issue.id.clone()).collect();
    for id in ids {
        problems.0.extend(workspace.approvals(&id).err().unwrap_or_default().0);
        let language = workspace.language_for(&id, None).expect("a language");
        let found = match workspace.edition(&id, &language, &[]) {
            Ok(files) => {
                problems.0.extend(files.warnings.0);
                let nonce = merge::nonce(&id.to_string());
                render(&files.edition, &files.template, files.images, &nonce).err().unwrap_or_default()
            }
            Err(problems) => problems,
        };
        problems.0.extend(found.0);
    }
    problems
}

fn loaded(project: &Project) -> Workspace {
    project.load()
}

fn new(name: &str) -> NewNewsletter {
    NewNewsletter { name: name.to_owned(), slug: None, from: None, languages: Vec::new() }
}

fn compose(workspace: &Workspace, newsletter: &str, date: &str) -> Result<(), Problems> {
    let wanted = Composition {
        newsletter: newsletter.to_owned(),
        issue: None,
        date: date.parse().expect("a day"),
        rule: None,
        until: None,
        month: None,
        if_exists: IfExists::Refuse,
    };
    workspace.compose(&wanted).map(|_| ())
}

/// Makes what would be a burden to keep: huge files, symbolic links.
fn make(project: &Project, path: &str, kind: &str, rest: &str) {
    let front = if path.contains("/news/") {
        "---\ndate: 2022-04-01\nheadline: "
    } else {
        "date: 2022-04-02\nname: "
    };
    let count = || rest.parse::<usize>().expect("a number");
    match kind {
        "brackets" => project.write(path, format!("{front}{}\n---\n", "[".repeat(count()))),
        "braces" => project.write(path, format!("{front}{}\n", "{a: ".repeat(count()))),
        "dashes" => project.write(path, format!("navigation:\n  {}\n", "- ".repeat(count()))),
        "megabytes" => project.write(path, vec![b'x'; count() * 1_048_576]),
        "values" => project.write(path, format!("items: [{}]\n", "a, ".repeat(count()))),
        "file" => project.write(path, vec![b'x'; count()]),
        "link" => {
            let full = project.root().join(path);
            fs::create_dir_all(full.parent().expect("a folder")).expect("folders");
            std::os::unix::fs::symlink(rest, full).expect("a link");
            project
        }
        _ => panic!("unknown kind `{kind}`"),
    };
}

#[test]
fn every_kind_of_bad_input_gets_its_answer() {
    let folders = folders();
    assert!(folders.len() >= 40, "some folders are missing");
    let mut wrong = Vec::new();
    for folder in folders {
        let expected = fs::read_to_string(folder.join("expected.txt")).unwrap_or_default();
        let said = what_is_said(&folder);
        if said != expected {
            wrong.push(format!("== {}\n-- expected\n{expected}-- said\n{said}", name(&folder)));
        }
        let code = name(&folder).replacen('-', "/", 1);
        if !said.contains(&format!("[{code}]")) {
            wrong.push(format!("== {}: nothing said `{code}`", name(&folder)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "writes `expected.txt` anew; run it by name, then read the diff"]
fn write_expected_answers() {
    for folder in folders() {
        fs::write(folder.join("expected.txt"), what_is_said(&folder)).expect("written");
    }
}
