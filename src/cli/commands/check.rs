//! `masthead check`: every rule on the finished messages of every language.

use crate::{
    check::Reach,
    cli::{
        Desk, Done, Exit, Failure,
        args::CheckArgs,
        output::Dress,
        sending::{prepare::judge_variant, shown, variants::IssueEditions},
        settings,
    },
    delivery::{plan::Variants, variants::CompiledVariants},
    domain::{
        address::EmailAddress,
        problem::Problem,
        subscriber::{Subscriber, SubscriberStatus},
    },
    render::{form::Frame, token::Signer},
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
    let frame = Frame {
        edition: 0,
        public_url: workspace.settings.public_url.clone(),
        unsubscribe_domain: "example.org".into(),
    };
    // No list: tokens of no ledger, and readers made up for the purpose.
    let signer = Signer::new([0; 16], &[0; 32]);
    let editions = IssueEditions { workspace: &workspace, issue: issue.clone() };
    let mut variants = CompiledVariants::new(editions, frame, signer);
    let languages = workspace.newsletter(&issue.newsletter)?.newsletter.languages.clone();
    for language in languages {
        variants.variant_for(&Subscriber {
            address: EmailAddress::parse("reader@example.org").expect("a valid address"),
            name: None,
            language: Some(language),
            topics: Vec::new(),
            fields: std::collections::BTreeMap::new(),
            status: SubscriberStatus::Active,
        })?;
    }
    let mut findings = Vec::new();
    let mut count = 0;
    for compiled in variants.compiled() {
        findings.extend(judge_variant(&workspace, &issue, &compiled, Reach::Public)?);
        count += 1;
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
