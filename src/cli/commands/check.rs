//! `masthead check`: every rule on the finished messages of every variant.

use crate::{
    check::{
        Finding,
        rules::{self, Rule},
    },
    cli::{
        Desk, Done, Exit, Failure,
        args::CheckArgs,
        output::{Dress, Output},
        sending::{
            findings::{self, Found},
            judged::{self, Judged},
        },
        settings,
    },
    domain::{
        issue::IssueId,
        problem::{Problem, Problems, Severity},
    },
    proof::waivers::Online,
    workspace::Workspace,
};
use serde_json::json;

/// Settles which issue is meant: the one named, or the newest of all.
///
/// # Errors
/// When there is no such issue, or none at all.
pub(crate) fn issue(workspace: &Workspace, named: Option<&str>) -> Result<IssueId, Failure> {
    match named {
        Some(named) => Ok(workspace.resolve_issue(named)?),
        None => workspace.newest_issue().ok_or_else(|| {
            let problem = Problem::error("cli/no-issue", "there is no issue in this workspace yet");
            problem.help("`masthead compose NEWSLETTER` makes one from the latest items").into()
        }),
    }
}

pub(crate) fn run(desk: &Desk, args: &CheckArgs) -> Done {
    if let Some(id) = &args.explain {
        explain(desk.output, rule(id)?);
        return Ok(Exit::Done);
    }
    let wanted = args.rule.iter().map(|id| rule(id)).collect::<Result<Vec<_>, _>>()?;
    let workspace = settings::workspace(desk)?;
    let issue = issue(&workspace, args.issue.as_deref())?;
    let mut judged = judged::judge(&workspace, &issue)?;
    let online = if args.online { Online::Yes } else { Online::No };
    if args.online {
        super::online::look(desk, &workspace, &issue, &mut judged);
    }
    let waivers = judged.waivers(&workspace, &issue, online);
    let mut problems = Problems(judged.problems.clone());
    problems.0.extend(waivers);
    if !wanted.is_empty() {
        judged.findings.retain(|finding| wanted.contains(&finding.rule));
        problems = Problems::default();
    }
    desk.output.problems(&problems);
    let stops = findings::show(desk.output, &judged.findings);
    summary(desk.output, &issue, &judged, problems.0.len());
    Ok(if stops { Exit::Problems } else { Exit::Done })
}

/// Finds a rule by what was typed.
fn rule(typed: &str) -> Result<&'static Rule, Failure> {
    rules::find(&typed.trim().to_ascii_uppercase()).ok_or_else(|| {
        let known: Vec<_> = rules::all().map(|rule| rule.id).collect();
        let problem = Problem::error("cli/unknown-rule", format!("there is no rule `{}`", typed.trim()));
        Failure::usage(problem.help(format!("the rules are {}", known.join(", "))))
    })
}

/// Says what a rule is for: its section of `docs/checks.md`.
fn explain(output: Output, rule: &Rule) {
    let severity = word(rule.severity);
    if output.json {
        output.object(&json!({
            "rule": rule.id, "code": rule.code, "severity": rule.severity, "title": rule.title, "why": rule.why,
            "fix": rule.fix,
        }));
        return;
    }
    let title = output.dress(Dress::Strong, &format!("{} · {}", rule.id, rule.title));
    output.data(&format!("{title}\n{} · {severity}\n\n{}\n\nDo: {}.", rule.code, rule.why, rule.fix));
    // What was approved and what is sent differ or not: there is nothing to let pass.
    if rule.severity == Severity::Error && rule.id != "T006" {
        output.data(&format!(
            "\nIt stops a send. To let it pass, write in the issue file:\n\n  waive:\n    - rule: {}\n      reason: why it may pass\n      by: who decided so",
            rule.id
        ));
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Says how many of each there are, and of what they are.
fn summary(output: Output, issue: &IssueId, judged: &Judged, problems: usize) {
    let merged = findings::merged(&judged.findings);
    let count = |is: &dyn Fn(&Found<'_>) -> bool| merged.iter().filter(|found| is(found)).count();
    let of = |severity| count(&|found| found.severity == severity && found.waived.is_none());
    let (errors, warnings, notes) = (of(Severity::Error), of(Severity::Warning), of(Severity::Info));
    let waived = count(&|found| found.waived.is_some());
    let (variants, stops) = (judged.variants(), judged.findings.iter().any(Finding::stops));
    if output.json {
        output.object(&json!({
            "issue": issue.to_string(), "stops": stops, "errors": errors, "warnings": warnings, "notes": notes,
            "waived": waived, "problems": problems, "variants": variants,
        }));
        return;
    }
    let numbers: Vec<_> = [(errors, "error"), (warnings, "warning"), (notes, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") })
        .chain((waived > 0).then(|| format!("{waived} waived")))
        .collect();
    let count = match variants.len() {
        1 => "1 variant".to_owned(),
        count => format!("{count} variants"),
    };
    let verdict = match (stops, numbers.is_empty()) {
        (true, _) => output.dress(Dress::Bad, &format!("{}; errors stop a send", numbers.join(", "))),
        (false, true) if problems == 0 => output.dress(Dress::Good, "nothing to complain about"),
        (false, true) => output.dress(Dress::Careful, "the rules have nothing to complain about"),
        (false, false) => output.dress(Dress::Careful, &format!("{}; none stops a send", numbers.join(", "))),
    };
    output.talk(&format!("{issue}: {verdict} ({count}: {})", variants.join(", ")));
}
