//! H: sender and subject.

use crate::check::{CheckInput, Proof, Report, freemail};

/// RFC 5322, 2.1.1, and what large providers take.
const SUBJECT_MAX: usize = 998;

/// What mail programs of several languages put before the subject of an answer.
const ANSWER_PREFIXES: [&str; 12] =
    ["re", "fw", "fwd", "aw", "wg", "tr", "rv", "res", "enc", "ответ", "回复", "转发"];

/// H002.
pub(super) fn sender(input: &CheckInput<'_>, report: &mut Report) {
    let domain = input.digest.from.address.domain();
    if freemail::is_freemail(domain) {
        report.note("H002", format!("the sender's address is at `{domain}`, a freemail provider"));
    }
}

/// H013 and H014.
pub(super) fn subject(proof: &Proof<'_>, report: &mut Report) {
    let subject = proof.subject.trim();
    if subject.is_empty() {
        report.note("H013", "the subject is empty");
    } else if subject.len() > SUBJECT_MAX {
        report.note("H013", format!("the subject has {} octets, {SUBJECT_MAX} are allowed", subject.len()));
    }
    if let Some((prefix, _)) = subject.split_once([':', '：']) {
        // Some programs count: `Re[2]:`.
        let word = prefix.split(['[', '(']).next().unwrap_or(prefix).trim().to_lowercase();
        if ANSWER_PREFIXES.contains(&word.as_str()) {
            report.note("H014", format!("the subject begins with `{prefix}:`"));
        }
    }
}
