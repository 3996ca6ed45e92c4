//! Reads the YAML of a template: `template.yaml` and `strings/<language>.yaml`.

use crate::content::fields::{Fields, FileReport, Keys, clip, word};
use crate::content::front_matter::empty_file;
use crate::content::newsletter_file::tokens;
use crate::content::source::SourceText;
use crate::content::yaml;
use crate::domain::problem::Problems;
use std::collections::BTreeMap;

/// What `template.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateFile {
    /// Name to show.
    pub name: Option<String>,
    /// What the template is for.
    pub description: Option<String>,
    /// Theme tokens with their values.
    pub theme: BTreeMap<String, String>,
}

/// Reads `template.yaml`.
pub fn parse(source: &SourceText) -> (TemplateFile, Problems) {
    let report = FileReport::new(source);
    let (root, problems) = yaml::parse(source, 0..source.text().len());
    report.note_all(problems);
    let mut file = TemplateFile::default();
    match &root {
        Some(root) => {
            let keys = Keys::of(&["name", "description", "theme"]);
            if let Some(fields) = Fields::open(&report, root, "the template", keys) {
                file.name = fields.word("name").map(|word| word.text.trim().to_owned());
                file.description = fields.word("description").map(|word| word.text.trim().to_owned());
                let theme = fields
                    .entry("theme")
                    .and_then(|entry| Fields::open_free(&report, &entry.node, "`theme`"));
                file.theme = theme.map(|theme| tokens(&theme, &mut BTreeMap::new())).unwrap_or_default();
            }
        }
        None if !report.has_errors() => report.note(empty_file(source)),
        None => {}
    }
    (file, report.into_problems())
}

/// Reads `strings/<language>.yaml`: a flat mapping of the template's phrases.
pub fn parse_strings(source: &SourceText) -> (BTreeMap<String, String>, Problems) {
    let report = FileReport::new(source);
    let (root, problems) = yaml::parse(source, 0..source.text().len());
    report.note_all(problems);
    let mut strings = BTreeMap::new();
    if root.is_none() && !report.has_errors() {
        report.note(empty_file(source));
    }
    let fields = root.as_ref().and_then(|root| Fields::open_free(&report, root, "the phrases"));
    for entry in fields.iter().flat_map(Fields::entries) {
        if let Some(word) = word(&report, &entry.node, &clip(&entry.key)) {
            strings.insert(entry.key.clone(), word.text.trim_end().to_owned());
        }
    }
    (strings, report.into_problems())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_tokens_and_phrases() {
        let source =
            SourceText::new("template.yaml", "name: Digest\ntheme:\n  accent: \"#123\"\n  width: 600\n");
        let (file, problems) = parse(&source);
        assert_eq!(problems.to_string(), "");
        assert_eq!(file.name.as_deref(), Some("Digest"));
        assert_eq!(file.theme.get("width").map(String::as_str), Some("600"));
        let source = SourceText::new("strings/en.yaml", "read_more: Read more\nno: No\n");
        let (strings, problems) = parse_strings(&source);
        assert_eq!(problems.to_string(), "");
        assert_eq!(strings.get("no").map(String::as_str), Some("No"));
    }

    #[test]
    fn a_phrase_that_is_a_list_is_refused() {
        let source = SourceText::new("strings/en.yaml", "read_more: [a]\n");
        let (_, problems) = parse_strings(&source);
        assert_eq!(
            problems.to_string(),
            "strings/en.yaml:1:12: expected a text for `read_more`, found a list [content/wrong-kind]"
        );
    }
}
