//! H006, H007, H010, H011, H018, H020 and H021: what every message must have, in the form it must have it.

use crate::{
    check::{
        CheckInput,
        headers::signature::organisation,
        message::Message,
        report::{Report, Spot},
        wire::Wire,
    },
    domain::{delivery::DeliveryId, problem::Severity},
    render::token::Signer,
};
use chrono::DateTime;

/// Fields without which a message of ours is none.
const NEEDED: [&str; 7] = ["Date", "From", "To", "Message-ID", "Subject", "MIME-Version", "Content-Type"];

/// Fields that may stand once at most (RFC 5322, 3.6; RFC 2045, 2; RFC 2369, 2; RFC 8058, 3.1).
const SINGLE: [&str; 16] = [
    "Reply-To",
    "Sender",
    "Cc",
    "In-Reply-To",
    "References",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Owner",
    "List-Archive",
    "List-Post",
    "Feedback-ID",
    "Auto-Submitted",
    "Precedence",
];

/// RFC 5322, 2.1.1.
const LINE_MAX: usize = 998;
const LINE_WISE: usize = 78;

/// What Gmail takes, and what is wise.
const MESSAGE_ID_MAX: usize = 500;

pub(super) fn judge(message: &Message<'_>, wire: &Wire<'_>, report: &mut Report<'_>) {
    counts(wire, report);
    message_id(wire, report);
    lines(wire, report);
    ascii(message, wire, report);
    date(wire, report);
    silenced(wire, report);
    feedback_id(message, wire, report);
}

/// H006.
fn counts(wire: &Wire<'_>, report: &mut Report<'_>) {
    let mut note = |message: String| report.note("H006", Spot::Message, message);
    for name in NEEDED {
        match wire.all(name).count() {
            0 => note(format!("there is no `{name}`")),
            1 => {}
            count => note(format!("`{name}` stands {count} times")),
        }
    }
    for name in SINGLE {
        let count = wire.all(name).count();
        if count > 1 {
            note(format!("`{name}` stands {count} times"));
        }
    }
    if wire.all("Bcc").next().is_some() {
        note("`Bcc` would show hidden readers to all".to_owned());
    }
    if let Some(field) = wire.fields.iter().find(|field| field.name.is_empty()) {
        let shown: String = field.value.chars().take(40).collect();
        note(format!("the header line `{shown}` is no field"));
    }
}

/// H007.
fn message_id(wire: &Wire<'_>, report: &mut Report<'_>) {
    let Some(value) = wire.get("Message-ID") else { return };
    let fault = match id_parts(value) {
        None => Some("it has not the form `<left@right>`".to_owned()),
        Some(_) if value.len() > MESSAGE_ID_MAX => {
            Some(format!("it has {} characters, {MESSAGE_ID_MAX} are allowed", value.len()))
        }
        Some(domain) => {
            let senders = wire.mailboxes("From");
            let own = senders.first().and_then(|(_, address)| address.rsplit_once('@'));
            own.filter(|(_, own)| organisation(own) != organisation(domain))
                .map(|(_, own)| format!("it is of `{domain}`, the sender is of `{own}`"))
        }
    };
    if let Some(fault) = fault {
        report.note("H007", Spot::Message, format!("the Message-ID is wrong: {fault}"));
    }
}

/// Returns the right half of a Message-ID, `None` when it isn't one (RFC 5322, 3.6.4).
fn id_parts(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('<')?.strip_suffix('>')?;
    let (left, right) = inner.split_once('@')?;
    let is_atom = |text: &str| {
        let is_atext = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&octet);
        text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
    };
    (is_atom(left) && is_atom(right)).then_some(right)
}

/// H007: two readers never get the same.
pub(super) fn distinct_ids(input: &CheckInput<'_>, report: &mut Report<'_>) {
    let signer = Signer::of_no_ledger();
    let id = |number| input.letter.tokens(&signer, DeliveryId(number)).message_id;
    if id(0) == id(1) {
        report.note("H007", Spot::Message, "two readers get the same Message-ID");
    }
}

/// H010.
fn lines(wire: &Wire<'_>, report: &mut Report<'_>) {
    for field in &wire.fields {
        let name = &field.name;
        for line in field.raw.split(|octet| *octet == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.len() > LINE_MAX {
                let message = format!("a line of `{name}` has {} octets, {LINE_MAX} are allowed", line.len());
                report.note("H010", Spot::Message, message);
            } else if line.len() > LINE_WISE && is_foldable(line, name.len() + 2) {
                let message = format!("a line of `{name}` has {} octets and could be folded", line.len());
                report.note_as(Severity::Warning, "H010", Spot::Message, message);
            }
        }
    }
}

/// Returns whether there is a space to fold a line at: an address without any stays whole.
fn is_foldable(line: &[u8], name_len: usize) -> bool {
    let start = if line.first().is_some_and(u8::is_ascii_whitespace) { 1 } else { name_len };
    line.get(start..).is_some_and(|rest| rest.iter().any(|octet| matches!(octet, b' ' | b'\t')))
}

/// H011.
fn ascii(message: &Message<'_>, wire: &Wire<'_>, report: &mut Report<'_>) {
    for field in wire.fields.iter().filter(|field| !field.raw.is_ascii()) {
        // RFC 6532: an international address stands as it is where every server takes it.
        let address = &message.reader.address;
        let is_lawful = field.is("To")
            && address.needs_smtputf8()
            && field.value.replacen(address.local(), "", 1).is_ascii();
        if !is_lawful {
            report.note("H011", Spot::Message, format!("`{}` has letters that are not ASCII", field.name));
        }
    }
}

/// H018. Whether the date fits the moment shows only when the message goes out.
fn date(wire: &Wire<'_>, report: &mut Report<'_>) {
    if let Some(value) = wire.get("Date").filter(|value| DateTime::parse_from_rfc2822(value).is_err()) {
        report.note("H018", Spot::Message, format!("`{value}` can't be read as a date"));
    }
}

/// H020.
fn silenced(wire: &Wire<'_>, report: &mut Report<'_>) {
    let words = |name: &str| -> Vec<String> {
        let value = wire.get(name).unwrap_or_default();
        value.split([',', ';']).map(|word| word.trim().to_ascii_lowercase()).collect()
    };
    if words("X-Auto-Response-Suppress").iter().any(|word| matches!(word.as_str(), "all" | "dr" | "ndr")) {
        report.note("H020", Spot::Message, "`X-Auto-Response-Suppress` asks for no delivery reports");
    }
    if words("Auto-Submitted").first().is_some_and(|word| word == "auto-replied") {
        report.note("H020", Spot::Message, "`Auto-Submitted` calls the message an automatic answer");
    }
}

/// H021.
fn feedback_id(message: &Message<'_>, wire: &Wire<'_>, report: &mut Report<'_>) {
    let Some(value) = wire.get("Feedback-ID") else { return };
    let mut note = |fault: &str| report.note("H021", Spot::Message, format!("the Feedback-ID {fault}"));
    let fields: Vec<_> = value.split(':').map(str::trim).collect();
    if fields.len() > 4 {
        note(&format!("has {} fields, 4 are allowed", fields.len()));
    }
    let sender = fields.last().map_or(0, |sender| sender.chars().count());
    if !(5..=15).contains(&sender) {
        note(&format!("ends in {sender} characters, 5 to 15 are wanted"));
    }
    let address = &message.reader.address;
    let is_personal = |field: &&str| field.contains('@') || field.eq_ignore_ascii_case(address.local());
    if fields.iter().any(is_personal) {
        note("names the reader");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_have_two_halves_of_atoms() {
        assert_eq!(id_parts("<a.b-1@example.org>"), Some("example.org"));
        for value in ["a@example.org", "<a>", "<a..b@example.org>", "<a b@example.org>", "<@example.org>"] {
            assert_eq!(id_parts(value), None, "{value}");
        }
    }

    #[test]
    fn only_lines_with_a_space_can_be_folded() {
        assert!(is_foldable(b"Subject: a b", 9) && is_foldable(b" a b", 9));
        assert!(!is_foldable(b"Subject: ab", 9) && !is_foldable(b" <https://example.org/>", 18));
    }
}
