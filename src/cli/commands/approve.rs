//! `masthead approve`: records who approved an issue, exactly as it is.

use crate::{
    check::Finding,
    cli::{
        Desk, Done, Exit, Failure,
        args::ApproveArgs,
        output::{Dress, visible},
        sending::{findings, judged, shown},
        settings,
    },
    domain::{
        approval::{Approval, ApprovalStanding, Fingerprint, Person},
        issue::IssueId,
        problem::Problem,
    },
    proof::{
        Renderers,
        approval::{fingerprint, standing},
        waivers::Online,
    },
    workspace::Workspace,
};
use chrono::SubsecRound;
use serde_json::json;

pub(crate) fn run(desk: &Desk, args: &ApproveArgs) -> Done {
    let workspace = settings::workspace(desk)?;
    let issue = workspace.resolve_issue(&args.issue)?;
    if args.list {
        let now = fingerprint(&workspace, &Renderers::default(), &issue)?;
        let standing = look(&workspace, &issue, &now)?;
        said(desk, &issue, &now, &standing);
        return Ok(Exit::Done);
    }
    let person = settings::person(&workspace.root, args.person.as_deref())?;
    if args.withdraw {
        return withdraw(desk, &workspace, &issue, &person);
    }
    approve(desk, &workspace, &issue, &person)
}

/// Returns how the recorded approvals stand to what the files say now.
fn look(workspace: &Workspace, issue: &IssueId, now: &Fingerprint) -> Result<ApprovalStanding, Failure> {
    let wanted = workspace.newsletter(&issue.newsletter)?.newsletter.require_approval;
    Ok(standing(&workspace.approvals(issue)?, now, wanted))
}

fn withdraw(desk: &Desk, workspace: &Workspace, issue: &IssueId, person: &Person) -> Done {
    if !workspace.withdraw(issue, person)? {
        let problem = Problem::error("cli/no-approval", format!("{} has not approved {issue}", person.name));
        return Err(problem.help(format!("`masthead approve {issue} --list` shows who has")).into());
    }
    if desk.output.json {
        desk.output.object(&json!({ "issue": issue.to_string(), "withdrawn": person }));
    }
    desk.output.talk(&format!("{} no longer approves {issue}", visible(&person.to_string())));
    Ok(Exit::Done)
}

/// Checks, and records the approval of what was checked.
fn approve(desk: &Desk, workspace: &Workspace, issue: &IssueId, by: &Person) -> Done {
    // What is judged and what is hashed come from the same files, read once.
    let now = fingerprint(workspace, &Renderers::default(), issue)?;
    let judged = judged::judge(workspace, issue)?;
    for problem in judged.problems.iter().chain(&judged.waivers(workspace, issue, Online::No)) {
        desk.output.problem(problem);
    }
    if judged.findings.iter().any(Finding::stops) {
        findings::show(desk.output, &judged.findings);
        let problem = Problem::error("cli/not-approved", "the checks above stop this issue");
        return Err(problem
            .help("mend what they name, or waive it in the issue file; nothing was recorded")
            .into());
    }
    let waivers = findings::waivers(&judged.findings);
    let at = crate::cli::now(desk).trunc_subsecs(0);
    let path = workspace.approve(issue, Approval { by: by.clone(), at, fingerprint: now.clone() })?;
    let standing = look(workspace, issue, &now)?;
    if !desk.output.json {
        let good = desk.output.dress(Dress::Good, "approved");
        desk.output.talk(&format!("{good} {issue} as {}: {}", visible(&by.to_string()), &now.hash[..16]));
        desk.output.talk(&format!("wrote {path}: commit it together with the issue"));
        if let Some(line) = findings::waivers_in_words(&waivers) {
            desk.output.talk(&line);
        }
    }
    said(desk, issue, &now, &standing);
    Ok(Exit::Done)
}

fn said(desk: &Desk, issue: &IssueId, now: &Fingerprint, standing: &ApprovalStanding) {
    if desk.output.json {
        desk.output.object(&json!({
            "issue": issue.to_string(), "hash": now.hash, "wanted": standing.wanted, "missing": standing.missing,
            "valid": standing.valid, "stale": standing.stale,
        }));
        return;
    }
    shown::standing(desk.output, &issue.to_string(), standing);
}
