//! Pages and drawings that must agree with the code.

use super::{files, read, root};
use masthead::domain::delivery::TRANSITIONS;
use std::collections::BTreeSet;

/// Areas whose codes are part of the product.
const AREAS: [&str; 13] = [
    "form",
    "check",
    "cli",
    "content",
    "ledger",
    "mjml",
    "preview",
    "render",
    "send",
    "smtp",
    "subscribers",
    "template",
    "workspace",
];

/// Returns every problem code that stands in the code as a string, `content/unknown-key`.
fn codes_in_source() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for file in files(&root().join("src"), "rs") {
        if file.ends_with("tests.rs") {
            continue;
        }
        let code = read(&file);
        let production = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for area in AREAS {
            let opening = format!("\"{area}/");
            for (at, _) in production.match_indices(&opening) {
                let code: String = production[at + 1..].chars().take_while(|c| *c != '\u{22}').collect();
                let name = &code[area.len() + 1..];
                if !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
                    codes.insert(code);
                }
            }
        }
    }
    codes
}

#[test]
fn every_code_is_a_heading_of_the_error_page_and_back() {
    let page = read(&root().join("docs/errors.md"));
    let headings = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(|line| line.trim_matches('`').to_owned());
    // The rules of `check` have a page of their own, made from the code: a code is the first word of a rule's
    // second line.
    let rules = read(&root().join("docs/checks.md"));
    let of_rules = rules.lines().filter_map(|line| line.strip_prefix("`check/")?.split_once("` · "));
    let documented: BTreeSet<String> =
        headings.chain(of_rules.map(|(name, _)| format!("check/{name}"))).collect();
    let known = codes_in_source();
    let missing: Vec<_> = known.difference(&documented).collect();
    assert!(missing.is_empty(), "not in docs/errors.md: {missing:?}");
    let stale: Vec<_> = documented.difference(&known).collect();
    assert!(stale.is_empty(), "in docs/errors.md, but nothing says it: {stale:?}");
}

#[test]
fn the_drawing_of_the_states_is_the_table() {
    let page = read(&root().join("docs/architecture.md"));
    let drawn: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.trim().split_once(" --> "))
        .map(|(from, rest)| {
            let (to, event) = rest.split_once(" : ").unwrap_or((rest, ""));
            format!("{} {} {}", from.trim(), event.trim(), to.trim())
        })
        .filter(|line| !line.contains("[*]"))
        .collect();
    let table: BTreeSet<String> = TRANSITIONS
        .iter()
        .map(|(from, event, to)| format!("{from} {} {to}", format!("{event:?}").to_lowercase()))
        .collect();
    assert_eq!(drawn, table);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut dead = Vec::new();
    let mut pages = files(&root().join("docs"), "md");
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    for page in pages {
        let text = read(&page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            let is_file = !link.is_empty() && !link.contains("://") && !link.starts_with("mailto:");
            if is_file && !page.parent().expect("a folder").join(link).exists() {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}
