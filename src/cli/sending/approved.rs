//! Whether an issue was approved as it is about to be sent.

use crate::{
    check::Finding,
    cli::{Failure, output::visible},
    domain::{
        approval::{Approval, ApprovalStanding, StaleApproval},
        broadcast::SealedContent,
        issue::IssueId,
        problem::{Place, Problem, Severity},
    },
    proof::{
        Renderers,
        approval::{self, Bundle},
    },
    workspace::Workspace,
};

/// The approvals of an issue and what they were held against.
pub(crate) struct Approvals {
    pub(crate) standing: ApprovalStanding,
    bundle: Bundle,
}

/// Looks at the approvals of an issue; `None` when there are none and none is wanted.
///
/// # Errors
/// When the approvals can't be read, or the issue's files are refused.
pub(crate) fn look(workspace: &Workspace, issue: &IssueId) -> Result<Option<Approvals>, Failure> {
    let wanted = workspace.newsletter(&issue.newsletter)?.newsletter.require_approval;
    let recorded = workspace.approvals(issue)?;
    if wanted == 0 && recorded.is_empty() {
        return Ok(None);
    }
    let bundle = Bundle::of(workspace, &Renderers::default(), issue)?;
    let standing = approval::standing(&recorded, &bundle.fingerprint, wanted);
    Ok(Some(Approvals { standing, bundle }))
}

impl Approvals {
    /// Holds an issue back that too few people approved as it is.
    ///
    /// # Errors
    /// When approvals are missing: who approved, and whose approval is of something else.
    pub(crate) fn enough(&self, workspace: &Workspace, issue: &IssueId) -> Result<(), Failure> {
        if self.standing.is_enough() {
            return Ok(());
        }
        let ApprovalStanding { wanted, valid, stale, .. } = &self.standing;
        let approvals = if *wanted == 1 { "1 approval" } else { &format!("{wanted} approvals") };
        let there = match valid.as_slice() {
            [] => "there are none".to_owned(),
            some => format!("only {} approved it as it is", names(some)),
        };
        let mut parts = vec![format!("this newsletter wants {approvals}, and {there}")];
        parts.extend(stale.iter().map(outdated));
        let message = parts.join("; ");
        let path = &workspace.newsletter(&issue.newsletter)?.newsletter.path;
        let problem = Problem::error("send/not-approved", visible(&message)).at(Place::file(path));
        let help = format!("whoever has looked at it as it is now: `masthead approve {issue}`");
        Err(problem.help(help).into())
    }

    /// Returns what objects to sealing this content (T006): a warning for approvals of something else where none is
    /// wanted, an error when the files have changed since they were looked at.
    pub(crate) fn objections(&self, content: &SealedContent) -> Vec<Finding> {
        let mut objections = Vec::new();
        for stale in &self.standing.stale {
            let finding = Finding::of("T006", "all", outdated(stale), None, &[]);
            objections.push(Finding { severity: Severity::Warning, ..finding });
        }
        for variant in content.variants.iter().filter(|variant| !self.bundle.covers(variant)) {
            let message = "the files changed while the issue was being prepared";
            objections.push(Finding::of("T006", &variant.label, message, None, &[]));
        }
        objections
    }

    /// Returns who approved exactly this.
    pub(crate) fn people(&self) -> Vec<String> {
        self.standing.valid.iter().map(|approval| approval.by.to_string()).collect()
    }
}

/// Returns the people of some approvals in words.
fn names(approvals: &[Approval]) -> String {
    approvals.iter().map(|approval| approval.by.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Says whose approval is of something else, and what has changed.
pub(crate) fn outdated(stale: &StaleApproval) -> String {
    let Approval { by, at, .. } = &stale.approval;
    let changes = stale.changes.join("; ");
    format!("{} approved on {} before this changed: {changes}", by.name, at.format("%Y-%m-%d"))
}
