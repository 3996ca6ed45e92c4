//! Puts the editions of an issue together for the plan.

use crate::{
    delivery::variants::{Choice, Editions},
    domain::{digest::Digest, issue::IssueId, language::Language, merge, problem::Problems},
    render,
    workspace::Workspace,
};

/// The editions of one issue of a workspace.
pub(crate) struct IssueEditions<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) issue: IssueId,
}

/// Renders an issue for a language and topics (none: everything), merge fields open.
///
/// # Errors
/// With every problem of the files and templates involved.
pub(crate) fn digest(
    workspace: &Workspace,
    issue: &IssueId,
    language: &Language,
    topics: &[String],
) -> Result<Digest, Problems> {
    let files = workspace.edition(issue, language, topics)?;
    render::digest::render(&files.edition, &files.template, files.images, &merge::nonce(&issue.to_string()))
}

impl IssueEditions<'_> {
    /// Returns the names of the items that readers of these topics get.
    fn items(&self, topics: &[String]) -> Vec<String> {
        let Some((_, issue)) = self.workspace.find(&self.issue) else { return Vec::new() };
        let indices = self.workspace.item_indices_for(&self.issue, topics);
        indices.into_iter().map(|index| issue.items[index].0.clone()).collect()
    }
}

impl Editions for IssueEditions<'_> {
    fn choose(&mut self, language: Option<&Language>, topics: &[String]) -> Result<Option<Choice>, Problems> {
        let items = self.items(topics);
        let language = self.workspace.language_for(&self.issue, language);
        Ok(language.filter(|_| !items.is_empty()).map(|language| Choice { language, items }))
    }

    fn compile(&mut self, choice: &Choice, topics: &[String]) -> Result<(String, Digest), Problems> {
        let everything = self.items(&[]) == choice.items;
        let topics = if everything { &[] } else { topics };
        let digest = digest(self.workspace, &self.issue, &choice.language, topics)?;
        let label = std::iter::once(choice.language.as_str()).chain(topics.iter().map(String::as_str));
        Ok((label.collect::<Vec<_>>().join("+"), digest))
    }
}
