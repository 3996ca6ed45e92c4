//! Text in, domain out: reads what editors write.
//!
//! Every file of a workspace has a format here: `newsletter.yaml`, `news/*.md`, `issues/*.yaml`,
//! `masthead.yaml` and the YAML of a template. A reader gets a [`source::SourceText`] and gives
//! the domain's value together with *all* problems it found: unknown keys with the nearest known
//! one, missing keys, texts where a date belongs. Each problem names path, line and column and
//! says what to do.
//!
//! What it promises: nothing an editor can write panics, exhausts the stack or takes long; where
//! a text belongs, the words are taken as written, so that a country called `NO` stays `NO`.
//!
//! What it never does: touch a file, ask the time, or fill a gap with a guess.

pub mod approvals_file;
pub(crate) mod fields;
pub mod front_matter;
pub mod issue_file;
pub mod item_file;
pub mod moment;
pub mod newsletter_file;
pub mod select;
pub mod slug;
pub mod source;
pub mod subscribers_csv;
pub mod template_file;
pub(crate) mod values;
pub mod workspace_file;
pub(crate) mod yaml;

#[cfg(test)]
mod tests;
