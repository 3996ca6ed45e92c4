//! The variants of an issue, compiled when their first reader turns up.

use crate::{
    delivery::plan::Variants,
    domain::{
        broadcast::SealedVariant, delivery::DeliveryId, digest::Digest, issue::IssueId, language::Language,
        merge, problem::Problems, subscriber::Subscriber,
    },
    render::{
        self,
        form::{Fill, Filled, FormLetter, Frame},
        token::Signer,
    },
    workspace::Workspace,
};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// Choices of language and topics remembered; beyond that they are worked out again.
const CHOICES_MAX: usize = 10_000;

/// One variant, with the readers whose messages are the shortest and the longest so far.
pub(crate) struct Compiled {
    pub(crate) label: String,
    pub(crate) digest: Digest,
    pub(crate) letter: FormLetter,
    pub(crate) shortest: Option<(usize, Subscriber)>,
    pub(crate) longest: Option<(usize, Subscriber)>,
}

/// The variants of one issue.
pub(crate) struct IssueVariants<'a> {
    workspace: &'a Workspace,
    issue: IssueId,
    frame: Frame,
    signer: Signer,
    now: DateTime<Utc>,
    compiled: Vec<Compiled>,
    by_content: HashMap<(Language, Vec<usize>), usize>,
    by_choice: HashMap<(Option<Language>, Vec<String>), Option<usize>>,
    filled: Filled,
}

impl<'a> IssueVariants<'a> {
    pub(crate) fn new(
        workspace: &'a Workspace,
        issue: IssueId,
        frame: Frame,
        signer: Signer,
        now: DateTime<Utc>,
    ) -> Self {
        let (compiled, by_content, by_choice) = (Vec::new(), HashMap::new(), HashMap::new());
        Self { workspace, issue, frame, signer, now, compiled, by_content, by_choice, filled: Filled::new() }
    }

    /// Returns what was compiled so far, in the order of the indices.
    pub(crate) fn compiled(&self) -> &[Compiled] {
        &self.compiled
    }

    /// Returns the variants as they are sealed.
    pub(crate) fn sealed(&self) -> Vec<SealedVariant> {
        let variants = self.compiled.iter().map(|variant| SealedVariant {
            label: variant.label.clone(),
            language: variant.digest.language.clone(),
            digest: variant.digest.clone(),
        });
        variants.collect()
    }

    /// Compiles the variant for a language and topics, or finds it; `None` when no item is left.
    fn variant(&mut self, wished: Option<&Language>, topics: &[String]) -> Result<Option<usize>, Problems> {
        let items = self.workspace.item_indices_for(&self.issue, topics);
        let language = self.workspace.language_for(&self.issue, wished);
        let Some(language) = language.filter(|_| !items.is_empty()) else { return Ok(None) };
        let everything = self.workspace.item_indices_for(&self.issue, &[]).len() == items.len();
        let key = (language, items);
        if let Some(index) = self.by_content.get(&key) {
            return Ok(Some(*index));
        }
        let topics = if everything { &[] } else { topics };
        let digest = digest(self.workspace, &self.issue, &key.0, topics)?;
        let letter = FormLetter::new(&digest, &self.frame)?;
        let label = if everything { key.0.to_string() } else { format!("{}+{}", key.0, topics.join("+")) };
        self.compiled.push(Compiled { label, digest, letter, shortest: None, longest: None });
        self.by_content.insert(key, self.compiled.len() - 1);
        Ok(Some(self.compiled.len() - 1))
    }
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

impl Variants for IssueVariants<'_> {
    fn variant_for(&mut self, subscriber: &Subscriber) -> Result<Option<usize>, Problems> {
        let choice = (subscriber.language.clone(), subscriber.topics.clone());
        if let Some(known) = self.by_choice.get(&choice) {
            return Ok(*known);
        }
        let variant = self.variant(choice.0.as_ref(), &choice.1)?;
        if self.by_choice.len() < CHOICES_MAX {
            self.by_choice.insert(choice, variant);
        }
        Ok(variant)
    }

    fn rehearse(&mut self, variant: usize, subscriber: &Subscriber) -> Result<Vec<String>, Problems> {
        let compiled = &mut self.compiled[variant];
        let missing = compiled.letter.missing(subscriber);
        if !missing.is_empty() {
            return Ok(missing.into_iter().map(str::to_owned).collect());
        }
        // The tokens of every delivery are equally long: one stands for all.
        let tokens = compiled.letter.tokens(&self.signer, DeliveryId(0));
        let fill = Fill { subscriber, date: self.now, tokens: &tokens };
        compiled
            .letter
            .fill(&fill, &mut self.filled)
            .map_err(|missing| Problems::from(missing.problem(&subscriber.address)))?;
        let size = self.filled.len();
        if compiled.shortest.as_ref().is_none_or(|(least, _)| size < *least) {
            compiled.shortest = Some((size, subscriber.clone()));
        }
        if compiled.longest.as_ref().is_none_or(|(most, _)| size > *most) {
            compiled.longest = Some((size, subscriber.clone()));
        }
        Ok(Vec::new())
    }
}
