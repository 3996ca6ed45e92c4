//! Everything before the first mail: everybody rendered, every check run, the plan made.

use crate::{
    check::{self, CheckInput, Finding, Reach},
    cli::{
        Desk, Failure,
        commands::store,
        sending::{
            list::{self, List},
            variants::{Compiled, IssueVariants},
        },
    },
    delivery::{
        plan::{Plan, Planner},
        ports::Ledger,
        seal::Contents,
    },
    domain::{broadcast::SealedContent, issue::IssueId, problem::Problems, subscriber::Subscriber},
    ledger::sqlite::SqliteLedger,
    render::{form::Frame, token::Signer},
    workspace::Workspace,
};

/// An issue ready to be sealed.
pub(crate) struct Prepared {
    pub(crate) content: SealedContent,
    pub(crate) plan: Plan,
    pub(crate) findings: Vec<Finding>,
}

/// Which sending is prepared.
pub(crate) struct Order<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) issue: IssueId,
    pub(crate) edition: u32,
    pub(crate) list: List,
    pub(crate) reach: Reach,
}

/// Renders everybody on the list, stages them in the ledger, and judges what they would get.
/// Nothing is sealed and nothing is sent.
///
/// # Errors
/// When a file, the list or a message is refused, or nobody is left to be mailed.
pub(crate) fn prepare(
    desk: &Desk,
    order: &Order<'_>,
    ledger: &mut SqliteLedger,
) -> Result<Prepared, Failure> {
    let Order { workspace, issue, .. } = order;
    // Broken content is reported before anything is asked of the list.
    let first = workspace.language_for(issue, None).ok_or_else(|| no_such_issue(issue))?;
    let edition = workspace.edition(issue, &first, &[])?.edition;
    let settings = &workspace.settings;
    let envelope_from = settings.bounce_address.clone().unwrap_or_else(|| edition.from.address.clone());
    let frame = Frame {
        edition: order.edition,
        public_url: settings.public_url.clone(),
        unsubscribe_domain: envelope_from.domain().to_owned(),
    };
    let keys = store::asked(ledger.keys())?;
    let signer = Signer::new(keys.ledger_id, &keys.secret);
    let now = crate::cli::now(desk);
    let mut variants = IssueVariants::new(workspace, issue.clone(), frame.clone(), signer, now);
    let mut planner = store::asked(Planner::begin(ledger, &mut variants, &issue.newsletter))?;
    order.list.for_each(workspace, &mut |row| planner.add(row))?;
    let recipients = planner.finish().map_err(list::failed)?;
    let content = Contents {
        issue: issue.clone(),
        edition: order.edition,
        variants: variants.sealed(),
        public_url: frame.public_url,
        unsubscribe_domain: frame.unsubscribe_domain,
        envelope_from,
    }
    .sealed();
    let findings = judge(order, variants.compiled())?;
    let plan = recipients.with(&content);
    Ok(Prepared { content, plan, findings })
}

fn no_such_issue(issue: &IssueId) -> Failure {
    use crate::domain::problem::Problem;
    Problem::error("cli/unknown-issue", format!("there is no issue `{issue}`")).into()
}

/// Judges every variant with its shortest and longest message.
fn judge(order: &Order<'_>, compiled: &[Compiled]) -> Result<Vec<Finding>, Problems> {
    let mut findings = Vec::new();
    for variant in compiled {
        let readers: Vec<Subscriber> = [&variant.shortest, &variant.longest]
            .into_iter()
            .flatten()
            .map(|(_, reader)| reader.clone())
            .collect();
        findings.extend(judge_variant(order.workspace, &order.issue, variant, &readers, order.reach)?);
    }
    Ok(findings)
}

/// Judges one variant for these readers; for samples when there are none.
///
/// # Errors
/// When the issue's files are refused.
pub(crate) fn judge_variant(
    workspace: &Workspace,
    issue: &IssueId,
    variant: &Compiled,
    readers: &[Subscriber],
    reach: Reach,
) -> Result<Vec<Finding>, Problems> {
    let footer = workspace.edition(issue, &variant.digest.language, &[])?.edition.footer;
    Ok(check::judge(&CheckInput {
        variant: &variant.label,
        digest: &variant.digest,
        letter: &variant.letter,
        readers,
        postal_address: footer.postal_address.as_ref().map(|text| text.source.as_str()),
        reach,
    }))
}
