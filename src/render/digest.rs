//! An edition becomes a digest: the whole way, in order.

use crate::{
    domain::{
        digest::{Digest, InlineImage},
        edition::Edition,
        merge::{MergeField, MergeTable},
        problem::{Problem, Problems},
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
        trace::{self, Kind, Marks, Trace},
    },
};
use std::sync::Arc;
use tera::Context;

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
        let draft = self.draft(edition, nonce)?;
        let html = engine::compile(&format!("{}/{MJML_FILE}", self.files.origin), &draft.mjml)?;
        let html = complete(&html, &edition.language, &draft.subject);
        let found = draft.found;
        let mut merge = MergeTable::new(nonce);
        let mut kept = |text: &str| renumbered(text, &found, &mut merge);
        Ok(Digest {
            subject: kept(&draft.subject),
            preheader: kept(&draft.preheader),
            html: kept(&html),
            text: kept(&draft.text),
            issue: edition.issue.clone(),
            language: edition.language.clone(),
            date: edition.date,
            from: edition.from.clone(),
            reply_to: edition.reply_to.clone(),
            list_name: found.replace(&draft.list_name, MergeField::default_value),
            list_id: edition.list_id.clone(),
            archive_url: edition.archive_url.clone(),
            contact: edition.footer.contact.clone(),
            images,
            merge,
        })
    }

    /// Returns where every element of `digest`, which this renderer made of the same edition with the same
    /// nonce, was written. The trace is empty when that can't be told for sure.
    pub fn trace(&self, edition: &Edition, nonce: &str, digest: &Digest) -> Trace {
        let attempts = trace::ATTEMPTS.iter();
        attempts
            .map(|kinds| Marks::new(nonce, kinds))
            .find_map(|marks| self.marked(edition, nonce, marks, digest))
            .unwrap_or_default()
    }

    /// Renders once more with marks, and reads them if nothing else is different.
    fn marked(&self, edition: &Edition, nonce: &str, mut marks: Marks, digest: &Digest) -> Option<Trace> {
        let templates = self.templates.marked(&mut marks)?;
        let sheet = self.sheet(edition, nonce, Some(&mut marks)).ok()?;
        let mjml = templates.prepare(sheet.phrases, sheet.tokens).render(MJML_FILE, &sheet.context).ok()?;
        let html = engine::compile_marked(&direct(&mjml, &edition.language), &marks)?;
        let title = sheet.subject.clone() + &marks.mark(Kind::Plain, &edition.subject.place);
        let html = complete(&html, &edition.language, &title);
        let mut merge = MergeTable::new(nonce);
        // Tokens are numbered in the order in which `render` meets them.
        let [_, _, html] =
            [&sheet.subject, &sheet.preheader, &html].map(|text| renumbered(text, &sheet.found, &mut merge));
        trace::read(&html, &digest.html, &marks)
    }

    /// Takes an edition as far as the MJML engine.
    fn draft(&self, edition: &Edition, nonce: &str) -> Result<Draft, Problems> {
        let Sheet { subject, preheader, list_name, context, phrases, tokens, found } =
            self.sheet(edition, nonce, None)?;
        let prepared = self.templates.prepare(phrases, tokens);
        let (mjml, text) = both(prepared.render(MJML_FILE, &context), prepared.render(TEXT_FILE, &context))?;
        let mjml = direct(&mjml, &edition.language);
        Ok(Draft { subject, preheader, list_name, mjml, text: tidy(&text), found })
    }

    /// Makes what the templates see of an edition, with marks on it when they are wanted.
    fn sheet(&self, edition: &Edition, nonce: &str, marks: Option<&mut Marks>) -> Result<Sheet, Problems> {
        let mut blanks = Blanks::new(nonce);
        let phrases = Arc::new(Phrases::new(&self.files, &edition.language, &mut blanks));
        let theme = Theme::new(&self.files, edition, &mut blanks.problems);
        let subject = one_line(&blanks.text(&edition.subject, Markup::Plain));
        let preheader = edition.preheader.as_ref().map(|text| one_line(&blanks.text(text, Markup::Plain)));
        let preheader = preheader.unwrap_or_default();
        let list_name = one_line(&blanks.text(&edition.name, Markup::Plain));
        let builder = Builder::new(edition, &phrases, &theme, &mut blanks);
        let context = builder.marking(marks).build(&subject, &preheader);
        blanks.problems.extend(phrases.missing(&self.templates.used_keys, &edition.language));
        let tokens = self.templates.fields().iter().map(|field| blanks.table.token(field.clone())).collect();
        let mut problems: Vec<Problem> = Vec::new();
        for problem in blanks.problems {
            // A name stands in the digest and in its headers; its mistake is still one mistake.
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        let found = blanks.table;
        Problems(problems).or_value(Sheet { subject, preheader, list_name, context, phrases, tokens, found })
    }
}

/// What the templates see of an edition.
struct Sheet {
    subject: String,
    preheader: String,
    list_name: String,
    context: Context,
    phrases: Arc<Phrases>,
    /// Tokens of the merge fields that stand in the template.
    tokens: Vec<String>,
    /// All merge fields found so far.
    found: MergeTable,
}

/// An edition as the template wrote it, before the MJML engine.
#[derive(Debug)]
struct Draft {
    subject: String,
    preheader: String,
    list_name: String,
    /// The finished MJML, mirrored where it has to be.
    mjml: String,
    text: String,
    /// All merge fields found, whether or not anything shows them.
    found: MergeTable,
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

#[cfg(test)]
mod tests;
