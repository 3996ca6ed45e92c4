//! M001, M005 to M010: what the octets of the body are, whoever wrote them.

use crate::{
    check::{
        message::Message,
        report::{Report, Spot},
        wire::{Part, Wire, parts},
    },
    domain::problem::Severity,
};

/// RFC 5322, 2.1.1.
const LINE_MAX: usize = 998;
/// RFC 2045, 6.7 and 6.8.
const CODED_LINE_MAX: usize = 76;

pub(super) fn judge(message: &Message<'_>, report: &mut Report<'_>) {
    let wire = Wire::read(&message.octets);
    let parts = parts(&message.octets);
    text_part(&parts, report);
    charset(message, &parts, report);
    lines(message, &wire, &parts, report);
    eight_bit(&wire, &parts, report);
    order(&parts, report);
    line_ends(message, report);
    characters(message, report);
    attachments(&parts, report);
}

/// M001.
fn text_part(parts: &[Part], report: &mut Report<'_>) {
    let mut texts = parts.iter().filter(|part| part.media_type == "text/plain" && !part.is_attachment);
    if texts.clone().next().is_none() {
        report.note("M001", Spot::Message, "there is no text part");
    } else if !texts.any(|part| part.text.as_deref().is_some_and(|text| !text.trim().is_empty())) {
        report.note("M001", Spot::Message, "the text part is empty");
    }
}

/// M005.
fn charset(message: &Message<'_>, parts: &[Part], report: &mut Report<'_>) {
    for part in parts.iter().filter(|part| part.media_type.starts_with("text/") && !part.is_attachment) {
        let kind = &part.media_type;
        let fault = match part.charset.as_deref() {
            None | Some("") => format!("the part `{kind}` names no character set"),
            Some("utf-8") => continue,
            Some(other) => format!("the part `{kind}` is in `{other}`, not UTF-8"),
        };
        report.note("M005", Spot::Message, fault);
    }
    let mut metas = message.document.named("meta").filter(|(_, meta)| !meta.is_conditional);
    let declared = metas.find_map(|(number, meta)| {
        let by_type = || {
            let is_type = meta.get("http-equiv")?.eq_ignore_ascii_case("content-type");
            let content = meta.get("content").filter(|_| is_type)?.to_ascii_lowercase();
            content.split_once("charset=").map(|(_, charset)| charset.trim().to_owned())
        };
        let charset = meta.get("charset").map(str::to_ascii_lowercase).or_else(by_type)?;
        Some((number, charset))
    });
    match declared {
        None => report.note("M005", head(message), "the HTML has no `<meta charset>`"),
        Some((_, charset)) if charset.trim() == "utf-8" => {}
        Some((number, charset)) => {
            let message = format!("the HTML calls itself `{charset}`, it is UTF-8");
            report.note("M005", Spot::Element(number), message);
        }
    }
}

/// Returns where something is missing that belongs into the head.
pub(super) fn head(message: &Message<'_>) -> Spot {
    message.document.first("head").map_or(Spot::Message, Spot::Element)
}

/// M006.
fn lines(message: &Message<'_>, wire: &Wire<'_>, parts: &[Part], report: &mut Report<'_>) {
    let longest = |octets: &[u8]| {
        let lines = octets.split(|octet| *octet == b'\n');
        lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line).len()).max().unwrap_or(0)
    };
    let length = longest(wire.body);
    if length > LINE_MAX {
        let message = format!("a line of the body has {length} octets, {LINE_MAX} are allowed");
        return report.note("M006", Spot::Message, message);
    }
    for part in parts.iter().filter(|part| matches!(part.encoding.as_str(), "quoted-printable" | "base64")) {
        let length = longest(&message.octets[part.body.clone()]);
        if length > CODED_LINE_MAX {
            let message = format!(
                "a line of the part `{}` has {length} octets, {CODED_LINE_MAX} are usual",
                part.media_type
            );
            report.note_as(Severity::Warning, "M006", Spot::Message, message);
        }
    }
}

/// M007.
fn eight_bit(wire: &Wire<'_>, parts: &[Part], report: &mut Report<'_>) {
    if !wire.body.is_ascii() {
        report.note("M007", Spot::Message, "the body has octets beyond ASCII");
    }
    if let Some(part) = parts.iter().find(|part| matches!(part.encoding.as_str(), "8bit" | "binary")) {
        let message = format!("the part `{}` is sent as `{}`", part.media_type, part.encoding);
        report.note("M007", Spot::Message, message);
    }
}

/// M008.
fn order(parts: &[Part], report: &mut Report<'_>) {
    let holds_html = |part: &Part| {
        part.media_type == "text/html"
            || (part.is_multipart()
                && part
                    .children
                    .iter()
                    .filter_map(|child| parts.get(*child))
                    .any(|child| child.media_type == "text/html"))
    };
    let has_html = parts.iter().any(|part| part.media_type == "text/html");
    let Some(whole) = parts.iter().find(|part| part.media_type == "multipart/alternative") else {
        if has_html && parts.iter().any(|part| part.media_type == "text/plain") {
            report.note("M008", Spot::Message, "text and HTML are not joined as alternatives");
        }
        return;
    };
    let forms: Vec<&Part> = whole.children.iter().filter_map(|child| parts.get(*child)).collect();
    if has_html && !forms.last().is_some_and(|last| holds_html(last)) {
        report.note("M008", Spot::Message, "the HTML is not the last of the alternatives");
    } else if forms.iter().skip(1).any(|part| part.media_type == "text/plain") {
        report.note("M008", Spot::Message, "the text is not the first of the alternatives");
    }
}

/// M009: line ends.
fn line_ends(message: &Message<'_>, report: &mut Report<'_>) {
    let octets = &message.octets;
    let is_bare_cr = |at: usize| octets.get(at + 1) != Some(&b'\n');
    let is_bare_lf = |at: usize| at == 0 || octets[at - 1] != b'\r';
    if memchr::memchr_iter(b'\r', octets).any(is_bare_cr)
        || memchr::memchr_iter(b'\n', octets).any(is_bare_lf)
    {
        report.note("M009", Spot::Message, "a line does not end with CR and LF");
    }
    if memchr::memchr(0, octets).is_some() {
        report.note("M009", Spot::Message, "the message holds the octet 0");
    }
}

/// M009: characters.
fn characters(message: &Message<'_>, report: &mut Report<'_>) {
    let is_odd = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{fffd}';
    let said = |what: &str, c: char| match c {
        '\u{fffd}' => format!("a letter was lost in the {what} (`\u{fffd}` stands there)"),
        _ => format!("the {what} holds the control character U+{:04X}", u32::from(c)),
    };
    if let Some(at) = message.html.find(is_odd) {
        let spot = message.document.element_at(at).map_or(Spot::Message, Spot::Element);
        let found = message.html[at..].chars().next().unwrap_or_default();
        report.note("M009", spot, said("HTML part", found));
    }
    for (what, text) in [("subject", &message.subject), ("text part", &message.text)] {
        if let Some(found) = text.chars().find(|c| is_odd(*c)) {
            report.note("M009", Spot::Message, said(what, found));
        }
    }
}

/// M010.
fn attachments(parts: &[Part], report: &mut Report<'_>) {
    for part in parts.iter().filter(|part| !part.is_multipart()) {
        let is_shown = part.has_id || matches!(part.media_type.as_str(), "text/plain" | "text/html");
        if part.is_attachment || !is_shown {
            let name = part.name.as_deref().unwrap_or(&part.media_type);
            report.note("M010", Spot::Message, format!("`{name}` is attached"));
        }
    }
}
