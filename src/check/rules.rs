//! The rules, with what each is for. `docs/checks.md` says the same and a test compares the two.
//!
//! Each family of rules stands in a file of its own, its list above what looks for it.

use crate::{
    check::{access, dark, headers, images, issue, languages, law, links, merge, mime, online, style, words},
    domain::problem::Severity,
};
use serde::Serialize;

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Short name, e.g. `L001`; waivers and reports use it.
    #[serde(rename = "rule")]
    pub id: &'static str,
    /// Code of its problems.
    pub code: &'static str,
    /// How much a finding usually matters.
    #[serde(skip)]
    pub severity: Severity,
    /// What it looks for.
    pub title: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about a finding.
    #[serde(skip)]
    pub fix: &'static str,
}

/// Returns a rule whose findings stop a send.
pub(super) const fn error(
    id: &'static str,
    code: &'static str,
    title: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Rule {
    Rule { id, code, severity: Severity::Error, title, why, fix }
}

/// Returns a rule whose findings should be looked at.
pub(super) const fn warning(
    id: &'static str,
    code: &'static str,
    title: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Rule {
    Rule { id, code, severity: Severity::Warning, title, why, fix }
}

/// Returns a rule whose findings are good to know.
pub(super) const fn info(
    id: &'static str,
    code: &'static str,
    title: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Rule {
    Rule { id, code, severity: Severity::Info, title, why, fix }
}

/// The families, in no order that matters.
const FAMILIES: &[&[Rule]] = &[
    access::RULES,
    style::RULES,
    law::RULES,
    headers::RULES,
    images::RULES,
    dark::RULES,
    links::RULES,
    mime::RULES,
    languages::RULES,
    words::RULES,
    merge::RULES,
    issue::RULES,
    online::RULES,
];

/// Returns all rules, by id.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let mut rules: Vec<_> = FAMILIES.iter().copied().flatten().collect();
    rules.sort_by_key(|rule| rule.id);
    rules.into_iter()
}

/// Returns a rule by its id.
pub fn find(id: &str) -> Option<&'static Rule> {
    FAMILIES.iter().copied().flatten().find(|rule| rule.id == id)
}

/// Returns whether a rule is looked for only when the network may be asked.
pub fn is_online(id: &str) -> bool {
    online::is_online(id)
}

/// Returns a rule that is there.
///
/// # Panics
/// When there is no such rule: ids stand in this crate only.
pub(super) fn rule(id: &str) -> &'static Rule {
    find(id).expect("every rule that is used is in the list")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks.md");

    /// Written anew by `MASTHEAD_WRITE_DOCS=1 cargo nextest run the_page_for_people`.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says so when the page is to be written"
    )]
    fn the_page_for_people_says_the_same() {
        let written = std::fs::read_to_string(PAGE).unwrap();
        let (opening, _) = written.split_once("\n### ").unwrap_or((written.trim_end(), ""));
        let mut page = opening.to_owned();
        for rule in all() {
            let severity = format!("{:?}", rule.severity).to_lowercase();
            write!(
                page,
                "\n### {} · {}\n\n`{}` · {severity}\n\n{}\n\n**Do:** {}.\n",
                rule.id, rule.title, rule.code, rule.why, rule.fix
            )
            .unwrap();
        }
        if std::env::var_os("MASTHEAD_WRITE_DOCS").is_some() {
            std::fs::write(PAGE, &page).unwrap();
        }
        assert!(std::fs::read_to_string(PAGE).unwrap() == page, "docs/checks.md is behind the code");
    }

    #[test]
    fn no_text_of_a_rule_has_two_spaces_or_a_line_break() {
        for rule in all() {
            for text in [rule.title, rule.why, rule.fix] {
                let is_clean = !text.contains("  ") && !text.contains(['\n', '\t']) && text.trim() == text;
                assert!(is_clean, "{}: {text:?}", rule.id);
            }
        }
    }

    #[test]
    fn every_rule_has_an_id_and_a_code_of_its_own() {
        let ids: Vec<_> = all().map(|rule| rule.id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        let mut codes: Vec<_> = all().map(|rule| rule.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ids.len(), "a code stands twice");
    }
}
