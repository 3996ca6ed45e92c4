//! The file beside an issue that says who approved it.

use crate::content::approvals_file;
use crate::domain::approval::{Approval, Person};
use crate::domain::issue::IssueId;
use crate::domain::problem::{Problem, Problems};
use crate::workspace::{Workspace, read, write};

/// What its name ends in.
const ENDING: &str = ".approvals.yaml";

/// Returns whether a file beside the issues holds approvals.
pub(super) fn is_approvals(name: &str) -> bool {
    name.ends_with(ENDING)
}

/// Returns where the approvals of an issue stand, relative to the workspace.
fn path(id: &IssueId) -> String {
    format!("newsletters/{}/issues/{}{ENDING}", id.newsletter, id.issue)
}

impl Workspace {
    /// Returns who approved an issue, as the file beside it says now: it is read at every call.
    ///
    /// # Errors
    /// With every problem of the file. An unreadable file is not the same as no approvals.
    pub fn approvals(&self, id: &IssueId) -> Result<Vec<Approval>, Problems> {
        let path = path(id);
        // Not `exists()`: a link that leads nowhere is no empty list.
        if self.root.join(&path).symlink_metadata().is_err() {
            return Ok(Vec::new());
        }
        let (approvals, problems) = approvals_file::parse(&read::text(&self.root, &path)?);
        problems.or_value(approvals)
    }

    /// Records an approval, in place of an earlier one by the same person; returns the file's path.
    ///
    /// # Errors
    /// When there is no such issue, or the file can't be read or written.
    pub fn approve(&self, id: &IssueId, approval: Approval) -> Result<String, Problems> {
        let mut approvals = self.approvals(id)?;
        approvals.retain(|known| !known.by.is_same_as(&approval.by));
        approvals.push(approval);
        self.write_approvals(id, &approvals)
    }

    /// Takes the approvals of a person back; returns whether there was one.
    ///
    /// # Errors
    /// When there is no such issue, or the file can't be read or written.
    pub fn withdraw(&self, id: &IssueId, person: &Person) -> Result<bool, Problems> {
        let mut approvals = self.approvals(id)?;
        let count = approvals.len();
        approvals.retain(|known| !known.by.is_same_as(person));
        if approvals.len() == count {
            return Ok(false);
        }
        self.write_approvals(id, &approvals)?;
        Ok(true)
    }

    fn write_approvals(&self, id: &IssueId, approvals: &[Approval]) -> Result<String, Problems> {
        if self.find(id).is_none() {
            let problem = Problem::error("workspace/unknown-issue", format!("there is no issue `{id}`"));
            return Err(problem.help("it has gone since it was looked at").into());
        }
        let path = path(id);
        write::text(&self.root, &path, &approvals_file::text(approvals), write::IfExists::Replace)?;
        Ok(path)
    }
}
