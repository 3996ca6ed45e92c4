//! H: sender and subject.

use crate::check::{
    CheckInput, freemail,
    message::Message,
    report::{Report, Spot},
    rules::{Rule, error},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
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
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(_input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    subject(message, report);
}

/// RFC 5322, 2.1.1, and what large providers take.
const SUBJECT_MAX: usize = 998;

/// What mail programs of several languages put before the subject of an answer.
const ANSWER_PREFIXES: [&str; 12] =
    ["re", "fw", "fwd", "aw", "wg", "tr", "rv", "res", "enc", "ответ", "回复", "转发"];

/// H002.
pub(super) fn sender(input: &CheckInput<'_>, report: &mut Report<'_>) {
    let domain = input.digest.from.address.domain();
    if freemail::is_freemail(domain) {
        report.note(
            "H002",
            Spot::Message,
            format!("the sender's address is at `{domain}`, a freemail provider"),
        );
    }
}

/// H013 and H014.
fn subject(message: &Message<'_>, report: &mut Report<'_>) {
    let subject = message.subject.trim();
    if subject.is_empty() {
        report.note("H013", Spot::Message, "the subject is empty");
    } else if subject.len() > SUBJECT_MAX {
        report.note(
            "H013",
            Spot::Message,
            format!("the subject has {} octets, {SUBJECT_MAX} are allowed", subject.len()),
        );
    }
    if let Some((prefix, _)) = subject.split_once([':', '：']) {
        // Some programs count: `Re[2]:`.
        let word = prefix.split(['[', '(']).next().unwrap_or(prefix).trim().to_lowercase();
        if ANSWER_PREFIXES.contains(&word.as_str()) {
            report.note("H014", Spot::Message, format!("the subject begins with `{prefix}:`"));
        }
    }
}
