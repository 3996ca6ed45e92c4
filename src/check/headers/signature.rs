//! H003, H009 and H023: DKIM signatures, and whether anybody vouches for the sender's domain.

use crate::{
    check::{
        report::{Report, Spot},
        wire::Wire,
    },
    domain::problem::Severity,
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A `DKIM-Signature` as far as the rules ask (RFC 6376, 3.5).
struct Signature {
    domain: String,
    algorithm: String,
    /// Names of the signed fields, in lower case.
    fields: Vec<String>,
    /// Octets of the signature: as long as the key.
    octets: usize,
    /// Whether it covers only the beginning of the body.
    is_partial: bool,
}

impl Signature {
    fn read(value: &str) -> Self {
        let tag = |name: &str| {
            let tags = value.split(';').filter_map(|tag| tag.split_once('='));
            let text = tags.filter(|(known, _)| known.trim() == name).map(|(_, text)| text).next();
            text.unwrap_or_default().chars().filter(|c| !c.is_ascii_whitespace()).collect::<String>()
        };
        let fields = tag("h").to_ascii_lowercase();
        Self {
            domain: tag("d").to_ascii_lowercase(),
            algorithm: tag("a").to_ascii_lowercase(),
            fields: fields.split(':').map(str::to_owned).collect(),
            octets: STANDARD.decode(tag("b")).map_or(0, |octets| octets.len()),
            is_partial: !tag("l").is_empty(),
        }
    }
}

pub(super) fn judge(wire: &Wire<'_>, report: &mut Report<'_>) {
    let signatures: Vec<_> = wire.all("DKIM-Signature").map(|field| Signature::read(&field.value)).collect();
    let senders = wire.mailboxes("From");
    let Some((_, from)) = senders.first().and_then(|(_, address)| address.rsplit_once('@')) else { return };
    alignment(from, &signatures, wire, report);
    one_click(&signatures, wire, report);
    strength(from, &signatures, report);
}

/// H003. A message without a signature may still be signed on its way; only the bounce address is known here.
fn alignment(from: &str, signatures: &[Signature], wire: &Wire<'_>, report: &mut Report<'_>) {
    let is_ours = |domain: &str| organisation(domain) == organisation(from);
    let bounces = wire.return_domain();
    let is_returned = bounces.as_deref().map(is_ours);
    let is_signed = signatures.iter().any(|signature| is_ours(&signature.domain));
    let domains: Vec<_> = signatures.iter().map(|signature| format!("`{}`", signature.domain)).collect();
    let bounces = bounces.unwrap_or_default();
    let (severity, message) = match (signatures.is_empty(), is_signed, is_returned) {
        (false, false, Some(true)) => (
            Severity::Warning,
            format!(
                "the signature is of {}, not of `{from}`; only the bounce address vouches",
                domains.join(", ")
            ),
        ),
        (false, false, _) => (
            Severity::Error,
            format!("neither signature ({}) nor bounce address belongs to `{from}`", domains.join(", ")),
        ),
        (false, true, Some(false)) => (
            Severity::Info,
            format!("bounces go to `{bounces}`, another domain than `{from}`; only the signature vouches"),
        ),
        (true, _, Some(false)) => (
            Severity::Warning,
            format!(
                "bounces go to `{bounces}`, another domain than `{from}`; unless the relay signs for \
                     `{from}`, nobody vouches for it"
            ),
        ),
        _ => return,
    };
    report.note_as(severity, "H003", Spot::Message, message);
}

/// H009.
fn one_click(signatures: &[Signature], wire: &Wire<'_>, report: &mut Report<'_>) {
    if signatures.is_empty() {
        return;
    }
    let fields = ["List-Unsubscribe", "List-Unsubscribe-Post"].map(|name| (name, name.to_ascii_lowercase()));
    let covers = |signature: &Signature| {
        fields.iter().all(|(name, lower)| wire.get(name).is_none() || signature.fields.contains(lower))
    };
    if !signatures.iter().any(covers) {
        let message = "no signature covers both `List-Unsubscribe` and `List-Unsubscribe-Post`";
        report.note("H009", Spot::Message, message);
    }
}

/// H023.
fn strength(from: &str, signatures: &[Signature], report: &mut Report<'_>) {
    for signature in signatures {
        let bits = signature.octets * 8;
        let is_rsa = signature.algorithm.starts_with("rsa-");
        let (severity, message) = if signature.algorithm == "rsa-sha1" {
            (Severity::Error, "the signature is made with SHA-1, which nobody accepts any more".to_owned())
        } else if is_rsa && bits < 1_024 {
            (Severity::Error, format!("the key of the signature has {bits} bits, 1,024 are the least"))
        } else if is_rsa && bits < 2_048 {
            (Severity::Warning, format!("the key of the signature has {bits} bits, 2,048 are advised"))
        } else if signature.is_partial {
            (Severity::Warning, "the signature covers only the beginning: text can be added to it".to_owned())
        } else {
            continue;
        };
        report.note_as(severity, "H023", Spot::Message, message);
    }
    let ours = signatures.iter().filter(|signature| organisation(&signature.domain) == organisation(from));
    let is_odd = |signature: &Signature| signature.algorithm.starts_with("ed25519");
    if ours.clone().count() > 1 && ours.clone().any(is_odd) {
        let message = "a second signature (Ed25519) is of the sender's domain: receivers that can't read it \
                       count it as failed";
        report.note_as(Severity::Warning, "H023", Spot::Message, message);
    }
}

/// Second-level names under which countries hand out domains.
const SHARED: [&str; 18] = [
    "ac", "asso", "co", "com", "edu", "gob", "gouv", "gov", "govt", "gv", "int", "mil", "ne", "net", "nom",
    "or", "org", "sch",
];

/// Returns the part of a domain that one organisation holds, as names tell: no list of all public endings, but
/// near enough to compare two domains by.
pub(super) fn organisation(domain: &str) -> String {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let labels: Vec<&str> = domain.split('.').collect();
    let is_shared =
        labels.len() > 2 && labels[labels.len() - 1].len() == 2 && SHARED.contains(&labels[labels.len() - 2]);
    let count = if is_shared { 3 } else { 2 };
    labels[labels.len().saturating_sub(count)..].join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organisation_is_what_stands_before_the_ending() {
        for (domain, expected) in [
            ("news.example.org", "example.org"),
            ("EXAMPLE.org.", "example.org"),
            ("mail.ministry.gov.uk", "ministry.gov.uk"),
            ("a.b.co.at", "b.co.at"),
            ("co.at", "co.at"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(organisation(domain), expected);
        }
    }

    #[test]
    fn signatures_are_read_across_folds() {
        let signature = Signature::read(
            "v=1; a=rsa-sha256; d=Example.org; s=s1; h=From : To:\tSubject; l=10; bh=x; b=AAAA AAAA",
        );
        assert_eq!((signature.domain.as_str(), signature.octets), ("example.org", 6));
        assert_eq!(signature.fields, ["from", "to", "subject"]);
        assert!(signature.is_partial);
    }
}
