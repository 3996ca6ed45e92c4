//! H001, H002, H004, H005, H022 and H024: who sends, and who gets the answers.

use crate::{
    check::{
        CheckInput, freemail,
        report::{Report, Spot},
        script,
        wire::Wire,
    },
    domain::edition::Edition,
};
use unicode_segmentation::UnicodeSegmentation;

/// Characters of a name that inboxes show.
const NAME_MAX: usize = 40;

/// How addresses begin that nobody reads, without the marks between the words.
const UNREAD: [&str; 8] = [
    "noreply",
    "donotreply",
    "dontreply",
    "nepasrepondre",
    "noresponder",
    "nichtantworten",
    "keineantwort",
    "neotvechat",
];

/// H002.
pub(super) fn freemail(input: &CheckInput<'_>, report: &mut Report<'_>) {
    let domain = input.digest.from.address.domain();
    if freemail::is_freemail(domain) {
        report.note(
            "H002",
            from_spot(input.edition),
            format!("the sender's address is at `{domain}`, a freemail provider"),
        );
    }
}

pub(super) fn judge(input: &CheckInput<'_>, wire: &Wire<'_>, report: &mut Report<'_>) {
    let senders = wire.mailboxes("From");
    if senders.len() != 1 && wire.get("From").is_some() {
        report.note(
            "H001",
            from_spot(input.edition),
            format!("`From` holds {} addresses, not one", senders.len()),
        );
    }
    let Some((name, from)) = senders.first() else { return };
    if !from.contains('@') {
        return report.note("H001", from_spot(input.edition), "what stands in `From` is no address");
    }
    display_name(input, name, report);
    let answers = wire.mailboxes("Reply-To");
    let reply_to = answers.first().map(|(_, address)| address.as_str());
    unread(reply_to.unwrap_or(from), input.edition, report);
    elsewhere(from, reply_to, input.edition, report);
    let back = wire.return_domain();
    let domains =
        [("From", domain(from)), ("Reply-To", reply_to.and_then(domain)), ("bounces", back.as_deref())];
    for (what, domain) in domains.into_iter().filter_map(|(what, domain)| Some((what, domain?))) {
        if let Some(label) = script::mixed_label(domain) {
            let message = format!("`{label}` in the domain of {what} has letters of several alphabets");
            let spot = match what {
                "From" => from_spot(input.edition),
                "Reply-To" => reply_spot(input.edition),
                _ => Spot::Message,
            };
            report.note("H024", spot, message);
        }
    }
}

fn domain(address: &str) -> Option<&str> {
    address.rsplit_once('@').map(|(_, domain)| domain)
}

/// Returns where the sender was written.
fn from_spot(edition: &Edition) -> Spot {
    Spot::Written(edition.places.from.clone())
}

/// Returns where it was written to whom answers go: to the sender when nothing else is said.
fn reply_spot(edition: &Edition) -> Spot {
    Spot::Written(edition.places.reply_to.clone().or_else(|| edition.places.from.clone()))
}

/// Returns where the name that senders show was written.
pub(in crate::check) fn name_spot(edition: &Edition, name: &str) -> Spot {
    let name_is_title = edition.name.source.trim() == name.trim();
    let title = name_is_title.then(|| edition.name.place.clone());
    Spot::Written(title.or_else(|| edition.places.from.clone()))
}

/// H004.
fn display_name(input: &CheckInput<'_>, name: &str, report: &mut Report<'_>) {
    let subject = input.digest.subject.trim();
    let count = name.graphemes(true).count();
    let fault = if name.chars().any(script::is_emoji) {
        "has a picture in it".to_owned()
    } else if name.contains('@') {
        "has an address in it".to_owned()
    } else if has_count(name) {
        "has a number in parentheses, as a thread shows it".to_owned()
    } else if count > NAME_MAX {
        format!("has {count} characters, inboxes show {NAME_MAX} at most")
    } else if !subject.is_empty() && name.trim().to_lowercase() == subject.to_lowercase() {
        "is the subject once more".to_owned()
    } else {
        return;
    };
    report.note("H004", name_spot(input.edition, name), format!("the sender's name `{name}` {fault}"));
}

fn has_count(name: &str) -> bool {
    name.split(['(', '（']).skip(1).filter_map(|rest| rest.split([')', '）']).next()).any(|inner| {
        let inner = inner.trim();
        !inner.is_empty() && inner.chars().all(|c| c.is_ascii_digit())
    })
}

/// H005.
fn unread(address: &str, edition: &Edition, report: &mut Report<'_>) {
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let letters: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
    if UNREAD.iter().any(|unread| letters.starts_with(unread)) {
        report.note("H005", reply_spot(edition), format!("answers go to `{local}@…`"));
    }
}

/// H022.
fn elsewhere(from: &str, reply_to: Option<&str>, edition: &Edition, report: &mut Report<'_>) {
    let Some((own, answers)) = domain(from).zip(reply_to.and_then(domain)) else { return };
    if !own.eq_ignore_ascii_case(answers) && freemail::is_freemail(&answers.to_ascii_lowercase()) {
        let message = format!("the sender is at `{own}`, answers go to `{answers}`");
        report.note("H022", reply_spot(edition), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_parentheses_is_a_count() {
        assert!(has_count("News (2)") && has_count("新闻（3）"));
        assert!(!has_count("News (Vienna)") && !has_count("News 2") && !has_count("()"));
    }
}
