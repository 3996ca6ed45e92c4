//! Who approved what: people, fingerprints, and how the two stand to each other.

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// Who approves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Name as they write it.
    pub name: String,
    /// Address, when it is known.
    pub email: Option<String>,
}

impl Person {
    /// Reads `Name`, `name@example.org` or `Name <name@example.org>`; `None` when nobody is named.
    pub fn parse(text: &str) -> Option<Self> {
        let text = one_line(text);
        let (name, email) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, email)) => (name.trim(), Some(email.trim()).filter(|email| !email.is_empty())),
            None => (text.as_str(), None),
        };
        let name = if name.is_empty() { email? } else { name };
        Some(Self { name: name.to_owned(), email: email.map(str::to_owned) })
    }

    /// Returns whether two entries name one person: the same address, or the same name where one has no address.
    /// Letter case and spaces around don't count.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (&self.email, &other.email) {
            (Some(one), Some(two)) => folded(one) == folded(two),
            _ => folded(&self.name) == folded(&other.name),
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.email {
            Some(email) if *email != self.name => write!(out, "{} <{email}>", self.name),
            _ => out.write_str(&self.name),
        }
    }
}

/// Returns a text without line breaks and double spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn folded(text: &str) -> String {
    one_line(text).to_lowercase()
}

/// What an issue comes to for its readers, in one hash; the parts say afterwards where a change was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// SHA-256 over everything, hex: the same files give the same on any machine.
    pub hash: String,
    /// Short hashes by part: `fr/subject`, `item/2022-04-07-male`, `template/digest.mjml`, `setting/from`.
    #[serde(skip)]
    pub parts: BTreeMap<String, String>,
}

/// One person's approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Who.
    #[serde(flatten)]
    pub by: Person,
    /// When, to the second.
    pub at: DateTime<Utc>,
    /// What they saw.
    #[serde(flatten)]
    pub fingerprint: Fingerprint,
}

/// How the approvals of an issue stand to what its files say now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ApprovalStanding {
    /// Approvals by different people that a send wants.
    pub wanted: u32,
    /// Those of what the files say now, one for each person.
    pub valid: Vec<Approval>,
    /// Those of something else, and what has changed since.
    pub stale: Vec<StaleApproval>,
    /// How many are still wanted.
    pub missing: u32,
}

/// An approval of something else than what the files say now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StaleApproval {
    /// The approval.
    pub approval: Approval,
    /// What has changed since, in words: `the French subject`. Never empty.
    pub changes: Vec<String>,
}

impl ApprovalStanding {
    /// Returns whether nothing is missing for a send.
    pub fn is_enough(&self) -> bool {
        self.missing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_apart_by_address_else_by_name() {
        let same =
            |one: &str, two: &str| Person::parse(one).unwrap().is_same_as(&Person::parse(two).unwrap());
        assert!(same("Reviewer One <one@example.org>", " reviewer  one <ONE@example.org>"));
        assert!(same("Reviewer One <one@example.org>", "The First <one@example.org>"));
        assert!(same("Reviewer One", "reviewer one <one@example.org>"));
        assert!(!same("Reviewer One <one@example.org>", "Reviewer One <two@example.org>"));
        assert!(!same("Reviewer One", "Reviewer Two"));
    }

    #[test]
    fn nobody_is_no_person() {
        assert_eq!(Person::parse("  "), None);
        assert_eq!(Person::parse("<>"), None);
        let bare = Person::parse("<one@example.org>").unwrap();
        assert_eq!(bare.to_string(), "one@example.org");
    }
}
