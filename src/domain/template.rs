//! The files that give a digest its form, as text in memory.

use crate::domain::language::Language;
use std::collections::BTreeMap;

/// A template folder, read: from `templates/<name>` or from those inside the binary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateFiles {
    /// Folder name, e.g. `digest`.
    pub name: String,
    /// Where the files come from, for error messages, e.g. `templates/digest` or `(built in) digest`.
    pub origin: String,
    /// `digest.mjml`, `digest.txt` and partials, by path inside the folder.
    pub files: BTreeMap<String, String>,
    /// Phrases of the template by language: `read_more` → `Read more`.
    pub strings: BTreeMap<Language, BTreeMap<String, String>>,
    /// Theme tokens with their values, from `template.yaml`.
    pub theme: BTreeMap<String, String>,
}
