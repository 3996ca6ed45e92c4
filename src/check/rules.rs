//! The rules, with what each is for. `docs/checks.md` says the same and a test compares the two.

use crate::domain::problem::Severity;
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
    #[serde(skip)]
    pub why: &'static str,
    /// What to do about a finding.
    #[serde(skip)]
    pub fix: &'static str,
}

const fn error(
    id: &'static str,
    code: &'static str,
    title: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Rule {
    Rule { id, code, severity: Severity::Error, title, why, fix }
}

/// All rules, by id.
pub const RULES: &[Rule] = &[
    error(
        "A001",
        "check/language-missing",
        "the language is not marked",
        "Screen readers choose their voice by it, and webmail drops the outer element, so it must stand inside too.",
        "set `lang` on `html` and on the body or the wrapper inside it",
    ),
    error(
        "A002",
        "check/direction-missing",
        "the writing direction is not marked",
        "In an Arabic or Hebrew mailbox an unmarked message is mirrored, and an Arabic one elsewhere is not.",
        "set `dir` to `ltr` or `rtl` on `html` and on the body or the wrapper inside it",
    ),
    error(
        "G001",
        "check/postal-address",
        "the postal address is missing",
        "The law of several countries asks for it in every such message, in both parts.",
        "set `footer.postal_address` of the newsletter and keep it in the template, HTML and text",
    ),
    error(
        "H002",
        "check/sender-domain",
        "the sender has no domain of its own",
        "Freemail providers tell others to refuse mail in their name that they did not send themselves.",
        "send from an address of your own domain",
    ),
    error(
        "H013",
        "check/subject",
        "the subject is empty or endless",
        "An empty subject looks like spam; servers refuse one of more than 998 characters.",
        "write a subject of 5 to 60 characters",
    ),
    error(
        "H014",
        "check/fake-reply",
        "the subject pretends to be an answer",
        "Mail providers count a false `Re:` or `Fwd:` as deception.",
        "leave the prefix out",
    ),
    error(
        "I001",
        "check/alt-missing",
        "an image has no alternative text",
        "Whoever can't see it hears its file name instead, and many clients don't load images at all.",
        "say in `alt` what the image shows, or leave it empty (`alt: \"\"`) when it only decorates",
    ),
    error(
        "L001",
        "check/unsubscribe-link",
        "no visible unsubscribe link",
        "Providers and the law ask for it in the body of both parts; without it readers press the spam button.",
        "put `{{ unsubscribe_url }}` into a visible link of the HTML and into the text of the template",
    ),
    error(
        "L003",
        "check/link-target",
        "a link leads nowhere a reader can go",
        "Relative addresses, this machine and scripts don't work in a mail.",
        "write the full address, starting with `https://`",
    ),
    error(
        "M001",
        "check/text-missing",
        "there is no text part",
        "Watches, screen readers and filters use it; without it a message is rated as spam.",
        "keep `digest.txt` in the template",
    ),
    error(
        "M003",
        "check/html-size",
        "the HTML is too large",
        "Gmail cuts it at about 102,400 octets, and with the end the unsubscribe link goes.",
        "take fewer items or shorter teasers; a link can lead to the rest",
    ),
    error(
        "T001",
        "check/unresolved-tag",
        "a placeholder was left unfilled",
        "Nobody wants to be called `{{ name }}`.",
        "write merge fields as `{{ subscriber.name | default(value=\"reader\") }}`, remove tags of other tools, and write your own text where a new file holds an example",
    ),
    error(
        "T002",
        "check/missing-value",
        "a reader lacks a field that has no default",
        "That reader's message could not be made.",
        "give the field a default, or complete the list",
    ),
    error(
        "T003",
        "check/hollow-value",
        "a merge field leaves a hole or a word of the machine",
        "`Dear ,` and `Dear null` tell readers that nobody looked.",
        "give the field a default that reads well, or correct the value in the list",
    ),
];

/// Returns a rule by its id.
///
/// # Panics
/// When there is no such rule: ids stand in this crate only.
pub fn rule(id: &str) -> &'static Rule {
    RULES.iter().find(|rule| rule.id == id).expect("every rule that is used is in the list")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../docs/checks.md");

    #[test]
    fn the_page_for_people_says_the_same() {
        for rule in RULES {
            let severity = format!("{:?}", rule.severity).to_lowercase();
            let section = format!(
                "### {} · {}\n\n`{}` · {severity}\n\n{}\n\n**Do:** {}.\n",
                rule.id, rule.title, rule.code, rule.why, rule.fix
            );
            assert!(PAGE.contains(&section), "docs/checks.md should have:\n{section}");
        }
        assert_eq!(PAGE.matches("\n### ").count(), RULES.len());
    }

    #[test]
    fn rules_stand_in_the_order_of_their_ids() {
        assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
}
