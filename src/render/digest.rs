//! An edition becomes a digest: the whole way, in order.

use crate::{
    domain::{
        digest::{Digest, InlineImage},
        edition::Edition,
        merge::{MergeField, MergeTable},
        problem::Problems,
        template::TemplateFiles,
    },
    render::{
        context::{Builder, one_line},
        document::complete,
        engine,
        merge::{Blanks, Markup},
        mirror::direct,
        phrases::Phrases,
        templates::{MJML_FILE, TEXT_FILE, Templates},
        text::tidy,
        theme::Theme,
    },
};
use std::sync::Arc;

/// Renders editions with one template, whose files are parsed once.
#[derive(Clone, Debug)]
pub struct Renderer {
    files: TemplateFiles,
    templates: Templates,
}

/// Renders one edition. For several languages make a [`Renderer`] once.
///
/// `nonce` makes this digest's merge tokens unlike any text: eight or more lower-case letters and digits.
///
/// # Errors
/// With every problem of texts, phrases, theme and template that could be found in one go.
pub fn render(
    edition: &Edition,
    template: &TemplateFiles,
    images: Vec<InlineImage>,
    nonce: &str,
) -> Result<Digest, Problems> {
    Renderer::new(template)?.render(edition, images, nonce)
}

impl Renderer {
    /// Parses a template.
    ///
    /// # Errors
    /// With the problems of all its files.
    pub fn new(template: &TemplateFiles) -> Result<Self, Problems> {
        Ok(Self { files: template.clone(), templates: Templates::parse(template)? })
    }

    /// Renders one edition; see [`render`].
    ///
    /// # Errors
    /// As [`render`].
    pub fn render(
        &self,
        edition: &Edition,
        images: Vec<InlineImage>,
        nonce: &str,
    ) -> Result<Digest, Problems> {
        let mut blanks = Blanks::new(nonce);
        let phrases = Arc::new(Phrases::new(&self.files, &edition.language, &mut blanks));
        let theme = Theme::new(&self.files, edition, &mut blanks.problems);
        let subject = one_line(&blanks.text(&edition.subject, Markup::Plain));
        let preheader = edition.preheader.as_ref().map(|text| one_line(&blanks.text(text, Markup::Plain)));
        let preheader = preheader.unwrap_or_default();
        let list_name = one_line(&blanks.text(&edition.name, Markup::Plain));
        let context = Builder::new(edition, &phrases, &theme, &mut blanks).build(&subject, &preheader);
        blanks.problems.extend(phrases.missing(&self.templates.used_keys, &edition.language));
        let tokens = self.templates.fields().iter().map(|field| blanks.table.token(field.clone())).collect();
        Problems(blanks.problems).or_value(())?;

        let prepared = self.templates.prepare(phrases, tokens);
        let (mjml, text) = both(prepared.render(MJML_FILE, &context), prepared.render(TEXT_FILE, &context))?;
        let mjml = direct(&mjml, &edition.language);
        let html = engine::compile(&format!("{}/{MJML_FILE}", self.files.origin), &mjml)?;
        let html = complete(&html, &edition.language, &subject);

        let found = blanks.table;
        let mut merge = MergeTable::new(nonce);
        let mut kept = |text: &str| renumbered(text, &found, &mut merge);
        Ok(Digest {
            subject: kept(&subject),
            preheader: kept(&preheader),
            html: kept(&html),
            text: kept(&tidy(&text)),
            issue: edition.issue.clone(),
            language: edition.language.clone(),
            date: edition.date,
            from: edition.from.clone(),
            reply_to: edition.reply_to.clone(),
            list_name: found.replace(&list_name, default_of),
            list_id: edition.list_id.clone(),
            archive_url: edition.archive_url.clone(),
            contact: edition.footer.contact.clone(),
            images,
            merge,
        })
    }
}

/// Returns both results, or the problems of both.
fn both(
    mjml: Result<String, Problems>,
    text: Result<String, Problems>,
) -> Result<(String, String), Problems> {
    match (mjml, text) {
        (Ok(mjml), Ok(text)) => Ok((mjml, text)),
        (Err(mut one), Err(other)) => {
            one.0.extend(other.0.into_iter().filter(|problem| !one.0.contains(problem)).collect::<Vec<_>>());
            Err(one)
        }
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
    }
}

/// Returns the text with tokens of a table that holds only fields in use.
///
/// A phrase or text that the template leaves out must not ask subscribers for its fields.
fn renumbered(text: &str, found: &MergeTable, kept: &mut MergeTable) -> String {
    found.replace(text, |field| kept.token(field.clone()))
}

/// Returns what stands for a field where nobody's own value can stand.
fn default_of(field: &MergeField) -> String {
    match field {
        MergeField::Subscriber { default, .. } => default.clone().unwrap_or_default(),
        MergeField::UnsubscribeUrl => String::new(),
    }
}

#[cfg(test)]
#[cfg(test)]
mod tests;
