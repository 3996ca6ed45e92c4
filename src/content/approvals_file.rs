//! Reads and writes `issues/<id>.approvals.yaml`: who approved an issue, and what exactly.
//!
//! The file is made by `masthead approve`, but people read it and git merges it, so it is as plain as the
//! others: one entry for each person, in the order of their names, one line for each part.

use crate::content::fields::{Fields, FileReport, Keys, clip};
use crate::content::source::SourceText;
use crate::content::yaml;
use crate::domain::approval::{Approval, Fingerprint, Person};
use crate::domain::problem::Problems;
use chrono::{DateTime, SecondsFormat, Utc};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Approvals that a file may hold.
const APPROVALS_MAX: usize = 100;

/// Parts that an approval may have.
const PARTS_MAX: usize = 5_000;

/// Hex digits of a SHA-256.
const HASH_DIGITS: usize = 64;

const APPROVE_AGAIN: &str = "take the entry out, and let that person approve again";

const KEEP_BOTH: &str = "keep the entries of both sides, and take out the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`";

const ROOT_KEYS: Keys = Keys::of(&["approvals"]);

const KEYS: Keys = Keys::of(&["name", "email", "at", "hash", "parts"]);

const OPENING: &str = "\
# Who approved this issue, and what exactly they approved. `masthead approve` writes this file and `masthead send` compares:
# a change that readers would see makes an approval stale. When git can't merge it, keep the entries of both sides.
";

/// Reads the file. An empty one holds no approvals.
pub fn parse(source: &SourceText) -> (Vec<Approval>, Problems) {
    if let Some(offset) = merge_mark(source.text()) {
        let report = FileReport::new(source);
        report.error("content/merge-conflict", offset, "git left a merge conflict here", KEEP_BOTH);
        return (Vec::new(), report.into_problems());
    }
    let (root, problems) = yaml::parse(source, 0..source.text().len());
    let report = FileReport::new(source);
    report.note_all(problems);
    let fields =
        root.as_ref().and_then(|root| Fields::open(&report, root, "the list of approvals", ROOT_KEYS));
    let nodes = fields.as_ref().map(|fields| fields.list("approvals")).unwrap_or_default();
    if let Some(extra) = nodes.get(APPROVALS_MAX) {
        let message = format!("the file holds more than {APPROVALS_MAX} approvals");
        report.error(
            "content/bad-value",
            extra.span.start,
            message,
            "keep those of the people who still count",
        );
    }
    let read = nodes.iter().take(APPROVALS_MAX).filter_map(|node| {
        let fields = Fields::open(&report, node, "the approval", KEYS)?;
        approval(&report, &fields)
    });
    let approvals = read.collect();
    (approvals, report.into_problems())
}

/// Returns where git marks that it could not merge two versions.
fn merge_mark(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn approval(report: &FileReport<'_>, fields: &Fields<'_>) -> Option<Approval> {
    fields.require("name", "name: Reviewer One");
    fields.require("at", "at: 2022-04-07T14:02:11Z");
    fields.require("hash", "hash: …, as `masthead approve` writes it");
    let (name, email) = (fields.word("name")?, fields.word("email"));
    let (at, hash) = (fields.word("at")?, fields.word("hash")?);
    if name.text.trim().is_empty() {
        report.error("content/bad-approval", name.offset, "nobody is named", APPROVE_AGAIN);
    }
    let moment = DateTime::parse_from_rfc3339(at.text.trim()).ok();
    if moment.is_none() {
        let message = format!("`{}` is not a moment like `2022-04-07T14:02:11Z`", clip(at.text));
        report.error("content/bad-approval", at.offset, message, APPROVE_AGAIN);
    }
    let digits = hash.text.trim();
    let is_hash = digits.len() == HASH_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_hash {
        let message = format!("`{}` is not a hash of {HASH_DIGITS} digits", clip(hash.text));
        report.error("content/bad-approval", hash.offset, message, APPROVE_AGAIN);
    }
    let by =
        Person { name: name.text.trim().to_owned(), email: email.map(|word| word.text.trim().to_owned()) };
    let fingerprint = Fingerprint { hash: digits.to_ascii_lowercase(), parts: parts(report, fields) };
    moment.filter(|_| is_hash).map(|at| Approval { by, at: at.with_timezone(&Utc), fingerprint })
}

fn parts(report: &FileReport<'_>, fields: &Fields<'_>) -> BTreeMap<String, String> {
    let entry = fields.entry("parts");
    let fields = entry.and_then(|entry| Fields::open_free(report, &entry.node, "`parts`"));
    let entries = fields.as_ref().map(Fields::entries).unwrap_or_default();
    let read = entries.iter().take(PARTS_MAX).filter_map(|entry| {
        let word = crate::content::fields::word(report, &entry.node, &entry.key)?;
        Some((entry.key.clone(), word.text.trim().to_owned()))
    });
    read.collect()
}

/// Returns the text of the file that holds these approvals.
pub fn text(approvals: &[Approval]) -> String {
    let mut approvals: Vec<_> = approvals.iter().collect();
    approvals.sort_by_cached_key(|approval| (approval.by.to_string().to_lowercase(), approval.at));
    let mut out = OPENING.to_owned();
    out.push_str(if approvals.is_empty() { "approvals: []\n" } else { "approvals:\n" });
    for Approval { by, at, fingerprint } in approvals {
        let email =
            by.email.as_ref().map(|email| format!("    email: {}\n", quoted(email))).unwrap_or_default();
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let (name, hash) = (quoted(&by.name), &fingerprint.hash);
        write!(out, "  - name: {name}\n{email}    at: {at}\n    hash: \"{hash}\"\n    parts:\n")
            .expect("text");
        for (part, hash) in &fingerprint.parts {
            writeln!(out, "      {}: \"{hash}\"", quoted(part)).expect("writing to a string can't fail");
        }
    }
    out
}

/// Writes words in double quotes, where YAML takes them as they are.
fn quoted(words: &str) -> String {
    let mut out = String::from("\"");
    for c in words.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // U+FFFE and U+FFFF are no characters, and YAML has none of them.
            c if c.is_control() || u32::from(c) & 0xfffe == 0xfffe => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approval(person: &str, hash: char) -> Approval {
        let parts = [("en/subject", "0123456789abcdef"), ("item/2022-04-07-male", "fedcba9876543210")];
        Approval {
            by: Person::parse(person).unwrap(),
            at: DateTime::from_timestamp(1_649_340_131, 0).unwrap(),
            fingerprint: Fingerprint {
                hash: hash.to_string().repeat(HASH_DIGITS),
                parts: parts.iter().map(|(part, hash)| ((*part).to_owned(), (*hash).to_owned())).collect(),
            },
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let written =
            [approval("Reviewer \"Two\" \\ <two@example.org>", '2'), approval("Ревизор: один #1", '1')];
        let (read, problems) = parse(&SourceText::new("a.yaml", &text(&written)));
        assert_eq!(problems, Problems::default());
        assert_eq!(read, written);
        assert_eq!(parse(&SourceText::new("a.yaml", &text(&[]))), (Vec::new(), Problems::default()));
    }

    #[test]
    fn any_name_can_be_written_so_that_it_is_read_again() {
        let odd = "\u{fffe}\u{ffff}\u{1fffe}\u{feff}\u{2028}\u{85}\u{7}\u{202e}\u{e000}\u{ad}\u{0}~-:#{[&*!|>%@`'\"\\,]}";
        for c in odd.chars() {
            let mut written = approval("Reviewer", '1');
            for name in [c.to_string(), format!("{c} Reviewer {c}"), format!("{c}{c}{c}")] {
                written.by.name = format!("One{name}");
                let (read, problems) = parse(&SourceText::new("a.yaml", &text(&[written.clone()])));
                assert_eq!(problems, Problems::default(), "{c:?}");
                assert_eq!(read.len(), 1, "{c:?}");
            }
        }
    }

    #[track_caller]
    fn check_refused(text: &str, code: &str, line: u32) {
        let (_, problems) = parse(&SourceText::new("a.yaml", text));
        let found: Vec<_> = problems
            .0
            .iter()
            .map(|problem| (problem.code, problem.place.as_ref().map(|place| place.line)))
            .collect();
        assert_eq!(found, [(code, Some(line))], "{text}");
    }

    #[test]
    fn a_merge_that_git_left_open_is_named_as_one() {
        let mine = text(&[approval("One", '1')]);
        let conflict = mine.replacen("approvals:", "<<<<<<< HEAD\napprovals:", 1);
        check_refused(&conflict, "content/merge-conflict", 3);
    }

    #[test]
    fn nobody_can_not_have_approved() {
        let nobody = text(&[approval("One", '1')]).replace("name: \"One\"", "name: \" \"");
        check_refused(&nobody, "content/bad-approval", 4);
    }

    #[test]
    fn the_order_of_the_entries_does_not_depend_on_who_came_first() {
        let (one, two) = (approval("One", '1'), approval("Two", '2'));
        assert_eq!(text(&[one.clone(), two.clone()]), text(&[two, one]));
    }
}
