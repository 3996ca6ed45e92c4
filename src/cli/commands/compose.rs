//! `masthead compose`: chooses the latest items and writes the issue file.

use crate::{
    cli::{Desk, Done, Exit, Failure, args::ComposeArgs, output::Dress, settings},
    content::select::{self, Request},
    domain::{newsletter::DigestRule, problem::Problem},
    workspace::{
        Workspace,
        compose::{Composition, IfExists},
    },
};
use chrono::NaiveDate;

pub(crate) fn run(desk: &Desk, args: ComposeArgs) -> Done {
    let workspace = settings::workspace(desk)?;
    let loaded = workspace.newsletter(&args.newsletter)?;
    let date = args.date.unwrap_or_else(|| crate::cli::now(desk).date_naive());
    let month = args.month.as_deref().map(month).transpose()?;
    let rule = rule(&args, &loaded.newsletter.digest);
    if args.dry_run {
        return dry_run(desk, &workspace, &args, date, month, rule);
    }
    let composed = workspace.compose(&Composition {
        newsletter: args.newsletter,
        issue: args.name,
        date,
        rule: Some(rule),
        until: args.until,
        month,
        if_exists: if args.force { IfExists::Replace } else { IfExists::Refuse },
    })?;
    if desk.output.json {
        let items: Vec<_> = composed.items.iter().map(|(slug, _)| slug).collect();
        desk.output.object(
            &serde_json::json!({ "issue": composed.id.to_string(), "path": composed.path, "items": items }),
        );
        return Ok(Exit::Done);
    }
    for (slug, headline) in &composed.items {
        desk.output.talk(&format!("  {slug}  {headline}"));
    }
    left_out(desk, &composed.selection.explain());
    let count = match composed.items.len() {
        1 => "1 item".to_owned(),
        count => format!("{count} items"),
    };
    desk.output.talk(&format!("wrote {} with {count}", desk.output.dress(Dress::Strong, &composed.path)));
    desk.output.talk(&format!("next: put them in order there, then: masthead preview {}", composed.id));
    Ok(Exit::Done)
}

/// What was typed wins over what newsletter.yaml says; topics and ceiling stay unless they were typed too.
fn rule(args: &ComposeArgs, usual: &DigestRule) -> DigestRule {
    let mut rule = usual.clone();
    if args.latest.is_some()
        || args.since_last_issue
        || args.since.is_some()
        || args.until.is_some()
        || args.month.is_some()
    {
        rule.latest = args.latest;
        rule.since_last_issue = args.since_last_issue;
        rule.since = args.since;
    }
    if !args.topic.is_empty() {
        rule.topics = args.topic.iter().map(|topic| topic.to_lowercase()).collect();
    }
    rule.at_most = args.at_most.or(rule.at_most);
    rule
}

fn month(typed: &str) -> Result<(i32, u32), Failure> {
    let parsed =
        typed.split_once('-').and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
    parsed.filter(|(_, month)| (1..=12).contains(month)).ok_or_else(|| {
        let problem = Problem::error("cli/bad-month", format!("`{typed}` is not a month"));
        Failure::usage(problem.help("write it as 2022-04"))
    })
}

fn dry_run(
    desk: &Desk,
    workspace: &Workspace,
    args: &ComposeArgs,
    date: NaiveDate,
    month: Option<(i32, u32)>,
    rule: DigestRule,
) -> Done {
    let loaded = workspace.newsletter(&args.newsletter)?;
    let issue = args.name.clone().unwrap_or_else(|| date.format("%Y-%m").to_string());
    let mut request = Request { until: args.until, ..Request::new(issue, date, rule) };
    if let Some((year, month)) = month {
        request = request
            .month(year, month)
            .ok_or_else(|| Failure::usage(Problem::error("cli/bad-month", "there is no such month")))?;
    }
    let issues: Vec<_> = loaded.issues.values().cloned().collect();
    let selection = select::select(loaded.items.values(), &issues, &request)?;
    for slug in &selection.chosen {
        desk.output.data(slug);
    }
    left_out(desk, &selection.explain());
    desk.output.talk(&format!("{} items would be chosen; nothing was written", selection.chosen.len()));
    Ok(Exit::Done)
}

fn left_out(desk: &Desk, explanation: &str) {
    if !explanation.is_empty() {
        desk.output.talk(&desk.output.dress(Dress::Faint, &format!("left out: {explanation}")));
    }
}
