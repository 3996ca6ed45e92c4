//! `masthead check`: every rule on the finished messages of every language.

use crate::{
    check::Reach,
    cli::{Desk, Done, Exit, Failure, args::CheckArgs, output::Dress, sending::shown, settings},
    domain::problem::Problem,
    proof::{Proof, Reading, Renderers},
    workspace::Workspace,
};

/// Settles which issue is meant: the one named, or the newest of all.
///
/// # Errors
/// When there is no such issue, or none at all.
pub(crate) fn issue(
    workspace: &Workspace,
    named: Option<&str>,
) -> Result<crate::domain::issue::IssueId, Failure> {
    match named {
        Some(named) => Ok(workspace.resolve_issue(named)?),
        None => workspace.newest_issue().ok_or_else(|| {
            let problem = Problem::error("cli/no-issue", "there is no issue in this workspace yet");
            problem.help("`masthead compose NEWSLETTER` makes one from the latest items").into()
        }),
    }
}

pub(crate) fn run(desk: &Desk, args: &CheckArgs) -> Done {
    let workspace = settings::workspace(desk)?;
    let issue = issue(&workspace, args.issue.as_deref())?;
    let renderers = Renderers::default();
    let mut findings = Vec::new();
    let languages = workspace.newsletter(&issue.newsletter)?.newsletter.languages.clone();
    let count = languages.len();
    for language in languages {
        let reading = Reading { issue: issue.clone(), language, topics: Vec::new() };
        let proof = Proof::compile(&workspace, &renderers, &reading)?;
        findings.extend(proof.judge(&workspace.settings, &[], Reach::Public));
    }
    let warnings = workspace.check_issue(&issue);
    desk.output.problems(&warnings);
    let stops = shown::findings(desk.output, &findings);
    if !desk.output.json {
        let verdict = match (stops, findings.len() + warnings.0.len()) {
            (true, count) => desk.output.dress(Dress::Bad, &format!("{count} findings; errors stop a send")),
            (false, 0) => desk.output.dress(Dress::Good, "nothing to complain about"),
            (false, count) => {
                desk.output.dress(Dress::Careful, &format!("{count} findings, none stops a send"))
            }
        };
        let judged = if count == 1 { "1 language".to_owned() } else { format!("{count} languages") };
        desk.output.talk(&format!("{issue}: {verdict} ({judged})"));
    }
    Ok(if stops { Exit::Problems } else { Exit::Done })
}
