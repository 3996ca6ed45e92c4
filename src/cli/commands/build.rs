//! `masthead build`: issues as files, and as pages for the web.

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::BuildArgs,
        commands::{address, store},
        output::Dress,
        settings,
    },
    domain::{issue::IssueId, problem::Problem, subscriber::Subscriber},
    proof::{Renderers, approval, archive},
    workspace::{
        Workspace,
        output::{self, Files, LIST_FILE},
    },
};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, fmt::Write, path::Path};

pub(crate) fn run(desk: &Desk, args: &BuildArgs) -> Done {
    let workspace = settings::workspace(desk)?;
    let issues = match &args.issue {
        Some(named) => vec![workspace.resolve_issue(named)?],
        None => workspace.issues().into_iter().map(|issue| issue.id.clone()).collect(),
    };
    if issues.is_empty() {
        let problem = Problem::error("cli/no-issue", "there is no issue in this workspace yet");
        return Err(problem.help("`masthead compose NEWSLETTER` makes one from the latest items").into());
    }
    let reader = args.reader.as_deref().map(|typed| reader(&workspace, typed)).transpose()?;
    let renderers = Renderers::default();
    // Everything is made before anything is written.
    let made = issues.iter().map(|issue| Made::of(&workspace, &renderers, issue, reader.as_ref()));
    let made = made.collect::<Result<Vec<_>, Failure>>()?;
    for made in &made {
        made.write(desk, &args.output)?;
    }
    let newsletters: BTreeSet<_> = issues.iter().map(|issue| issue.newsletter.as_str()).collect();
    for newsletter in newsletters {
        index(desk, &workspace, &renderers, newsletter, &args.output)?;
    }
    Ok(Exit::Done)
}

/// One issue, made but not written.
struct Made {
    issue: IssueId,
    files: Files,
    pictures: Files,
    hash: String,
}

impl Made {
    fn of(
        workspace: &Workspace,
        renderers: &Renderers,
        issue: &IssueId,
        reader: Option<&Subscriber>,
    ) -> Result<Self, Failure> {
        let mut files = archive::files(workspace, renderers, issue, reader)?;
        let pictures = workspace.linked_pictures(issue)?;
        let hash = approval::fingerprint(workspace, renderers, issue)?.hash;
        files.insert(LIST_FILE.to_owned(), list(issue, &hash, &files).into_bytes());
        Ok(Self { issue: issue.clone(), files, pictures, hash })
    }

    fn write(&self, desk: &Desk, folder: &Path) -> Result<(), Failure> {
        let path = self.issue.to_string();
        output::replace_folder(folder, &path, &self.files)?;
        for (picture, octets) in &self.pictures {
            output::put_picture(folder, &format!("{}/{picture}", self.issue.newsletter), octets)?;
        }
        let shown = folder.join(&path);
        if desk.output.json {
            let files: Vec<_> = self.files.keys().collect();
            desk.output.object(&json!({
                "issue": path, "folder": shown.display().to_string(), "hash": self.hash, "files": files,
            }));
            return Ok(());
        }
        let octets: usize = self.files.values().map(Vec::len).sum();
        desk.output.talk(&format!(
            "wrote {}: {} files, {} KiB",
            desk.output.dress(Dress::Strong, &shown.display().to_string()),
            self.files.len(),
            octets.div_ceil(1_024)
        ));
        Ok(())
    }
}

/// Returns the list of what was written: by it the folder is known as ours, and a copy can be compared.
fn list(issue: &IssueId, hash: &str, files: &Files) -> String {
    let hashes = files.iter().map(|(path, octets)| {
        let mut hex = String::with_capacity(64);
        for octet in digest(&SHA256, octets).as_ref() {
            write!(hex, "{octet:02x}").expect("writing to a string can't fail");
        }
        (path.clone(), Value::String(hex))
    });
    let files: Map<_, _> = hashes.collect();
    format!("{:#}\n", json!({ "issue": issue.to_string(), "hash": hash, "files": files }))
}

/// Writes the page that lists the issues of a newsletter that have a page.
fn index(
    desk: &Desk,
    workspace: &Workspace,
    renderers: &Renderers,
    newsletter: &str,
    folder: &Path,
) -> Result<(), Failure> {
    let issues = workspace.newsletter(newsletter)?.issues_by_date();
    let there: Vec<_> =
        issues.into_iter().map(|issue| issue.id.clone()).filter(|id| output::has_page(folder, id)).collect();
    let page = archive::index(workspace, renderers, newsletter, &there)?;
    let path = format!("{newsletter}/index.html");
    output::replace_page(folder, &path, &page)?;
    let shown = folder.join(&path).display().to_string();
    if desk.output.json {
        desk.output.object(&json!({ "newsletter": newsletter, "index": shown, "issues": there.len() }));
    } else {
        desk.output.talk(&format!("wrote {}", desk.output.dress(Dress::Strong, &shown)));
    }
    Ok(())
}

/// Finds a reader in the list.
fn reader(workspace: &Workspace, typed: &str) -> Result<Subscriber, Failure> {
    let wanted = address(typed)?;
    let mut found = None;
    if store::exists(workspace) {
        let mut list = store::open(workspace)?;
        store::asked(list.for_each_subscriber(&mut |subscriber| {
            if subscriber.address.canonical() == wanted.canonical() {
                found = Some(subscriber);
            }
            found.is_none()
        }))?;
    }
    found.ok_or_else(|| {
        let problem = Problem::error("cli/unknown-reader", format!("`{typed}` is not on the list"));
        problem.help("`masthead subscribers list` shows who is; without --for a reader is made up").into()
    })
}
