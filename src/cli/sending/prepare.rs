//! Everything before the first mail: everybody rendered, every check run, the plan made.

use crate::{
    check::{Finding, Reach},
    cli::{
        Failure,
        commands::store,
        sending::{
            approved::Approvals,
            findings,
            list::{self, List},
            variants::IssueEditions,
        },
    },
    delivery::{
        letters::signer,
        plan::{Plan, Planner},
        seal::Contents,
        variants::{Compiled, CompiledVariants},
    },
    domain::{
        broadcast::{Schedule, SealedContent},
        issue::IssueId,
        problem::Problems,
    },
    ledger::open::OpenLedger,
    proof::{Proof, Reading, Renderers},
    render::form::Frame,
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
    /// How it stands with approvals, where there are any or some are wanted.
    pub(crate) approvals: Option<&'a Approvals>,
    /// When it may be sent, where anybody said so.
    pub(crate) schedule: Option<Schedule>,
}

/// Renders everybody on the list, stages them in the ledger, and judges what they would get.
/// Nothing is sealed and nothing is sent.
///
/// # Errors
/// When a file, the list or a message is refused, or nobody is left to be mailed.
pub(crate) fn prepare(order: &Order<'_>, ledger: &mut OpenLedger) -> Result<Prepared, Failure> {
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
    let editions = IssueEditions { workspace, issue: issue.clone() };
    let mut variants = CompiledVariants::new(editions, frame.clone(), signer(&keys));
    let mut planner = store::asked(Planner::begin(&mut **ledger, &mut variants, &issue.newsletter))?;
    order.list.for_each_ahead(workspace, &mut |row| planner.add(row))?;
    let recipients = planner.finish().map_err(list::failed)?;
    let (mut findings, renderers) = (Vec::new(), Renderers::default());
    for compiled in variants.compiled() {
        findings.extend(judge_variant(workspace, &renderers, issue, &compiled, order.reach)?);
    }
    let content = Contents {
        issue: issue.clone(),
        edition: order.edition,
        variants: variants.into_variants(),
        public_url: frame.public_url,
        unsubscribe_domain: frame.unsubscribe_domain,
        envelope_from,
        waivers: findings::waivers(&findings),
        approved_by: order.approvals.map(Approvals::people).unwrap_or_default(),
    }
    .sealed_for(order.schedule.clone());
    findings.extend(order.approvals.map(|approvals| approvals.objections(&content)).unwrap_or_default());
    let plan = recipients.with(&content);
    Ok(Prepared { content, plan, findings })
}

fn no_such_issue(issue: &IssueId) -> Failure {
    use crate::domain::problem::Problem;
    Problem::error("cli/unknown-issue", format!("there is no issue `{issue}`")).into()
}

/// Judges one variant by its shortest and longest message.
///
/// # Errors
/// When the issue's files are refused.
fn judge_variant(
    workspace: &Workspace,
    renderers: &Renderers,
    issue: &IssueId,
    compiled: &Compiled<'_>,
    reach: Reach,
) -> Result<Vec<Finding>, Problems> {
    let reading = Reading {
        issue: issue.clone(),
        language: compiled.sealed.language.clone(),
        topics: compiled.topics.to_vec(),
    };
    let proof = Proof::compile(workspace, renderers, &reading)?;
    Ok(proof.judge(&workspace.settings, &compiled.readers, reach))
}
