//! A captured message as the page shows it.

use crate::inbox::store::{Captured, Summary};
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::{Address, Message, MessageParser, MimeHeaders};
use serde::Serialize;

/// Characters of the text that the list shows after the subject.
const PREHEADER_CHARS: usize = 140;

/// One header field, decoded and as it came.
#[derive(Debug, Serialize)]
pub(super) struct HeaderLine {
    pub(super) name: String,
    pub(super) decoded: String,
    pub(super) raw: String,
}

/// One node of the MIME tree.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    pub(super) depth: usize,
    pub(super) media_type: String,
    pub(super) encoding: String,
    pub(super) size: usize,
    pub(super) name: Option<String>,
}

/// All that the page shows of one message, apart from its HTML.
#[derive(Debug, Serialize)]
pub(super) struct View {
    #[serde(flatten)]
    pub(super) summary: Summary,
    pub(super) envelope_from: String,
    pub(super) envelope_to: Vec<String>,
    pub(super) has_html: bool,
    pub(super) text: Option<String>,
    pub(super) unsubscribe: Option<String>,
    pub(super) headers: Vec<HeaderLine>,
    pub(super) parts: Vec<Part>,
}

fn shown(address: Option<&Address<'_>>) -> String {
    let mailboxes = address.into_iter().flat_map(Address::iter).map(|mailbox| {
        let address = mailbox.address().unwrap_or_default();
        mailbox.name().map_or_else(|| address.to_owned(), |name| format!("{name} <{address}>"))
    });
    mailboxes.collect::<Vec<_>>().join(", ")
}

/// Returns the row of the list. Whatever came in is shown, however broken it is.
pub(super) fn summary(captured: &Captured) -> Summary {
    let message = MessageParser::default().parse(&captured.raw[..]);
    let message = message.as_ref();
    let text = message.and_then(|message| message.body_text(0)).unwrap_or_default();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Summary {
        number: captured.number,
        received_at: captured.received_at.to_rfc3339(),
        from: message
            .map(|message| shown(message.from()))
            .filter(|from| !from.is_empty())
            .unwrap_or_else(|| captured.from.clone()),
        to: message
            .map(|message| shown(message.to()))
            .filter(|to| !to.is_empty())
            .unwrap_or_else(|| captured.to.join(", ")),
        subject: message.and_then(Message::subject).unwrap_or("(no subject)").to_owned(),
        preheader: words.chars().take(PREHEADER_CHARS).collect(),
        size: captured.raw.len(),
    }
}

/// Returns everything but the HTML.
pub(super) fn view(captured: &Captured) -> View {
    let message = MessageParser::default().parse(&captured.raw[..]);
    let message = message.as_ref();
    let headers = message.map(header_lines).unwrap_or_default();
    let unsubscribe = headers.iter().find(|line| line.name.eq_ignore_ascii_case("list-unsubscribe"));
    View {
        summary: summary(captured),
        envelope_from: captured.from.clone(),
        envelope_to: captured.to.clone(),
        has_html: message
            .is_some_and(|message| message.html_body_count() > 0 && html_part(message).is_some()),
        text: message.and_then(text_part),
        unsubscribe: unsubscribe.map(|line| line.raw.split_whitespace().collect::<Vec<_>>().join(" ")),
        parts: message.map(|message| parts(message, 0)).unwrap_or_default(),
        headers,
    }
}

fn header_lines(message: &Message<'_>) -> Vec<HeaderLine> {
    let raw = message.raw_message();
    let lines =
        message.parts.first().map(|part| part.headers.as_slice()).unwrap_or_default().iter().map(|header| {
            let from = usize::try_from(header.offset_start()).unwrap_or_default();
            let to = usize::try_from(header.offset_end()).unwrap_or_default();
            let raw = String::from_utf8_lossy(raw.get(from..to).unwrap_or_default())
                .trim_end()
                .trim_start()
                .to_owned();
            HeaderLine { name: header.name().to_owned(), decoded: decoded(&header.value, &raw), raw }
        });
    lines.collect()
}

fn decoded(value: &mail_parser::HeaderValue<'_>, raw: &str) -> String {
    match value {
        mail_parser::HeaderValue::Address(address) => shown(Some(address)),
        mail_parser::HeaderValue::Text(text) => text.to_string(),
        _ => raw.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// The text part proper: not the one that a parser makes from HTML.
fn text_part(message: &Message<'_>) -> Option<String> {
    let index = *message.text_body.first()?;
    let part = message.parts.get(usize::try_from(index).ok()?)?;
    match &part.body {
        mail_parser::PartType::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The HTML part proper: not the one that a parser makes from text.
fn html_part<'a>(message: &'a Message<'_>) -> Option<&'a str> {
    let index = *message.html_body.first()?;
    match &message.parts.get(usize::try_from(index).ok()?)?.body {
        mail_parser::PartType::Html(html) => Some(html),
        _ => None,
    }
}

/// Returns the HTML with the pictures that travel inside the message put in place of their `cid:` links.
pub(super) fn html(captured: &Captured) -> Option<String> {
    let message = MessageParser::default().parse(&captured.raw[..])?;
    let mut html = html_part(&message)?.to_owned();
    for part in &message.parts {
        let (Some(id), mail_parser::PartType::Binary(bytes) | mail_parser::PartType::InlineBinary(bytes)) =
            (part.content_id(), &part.body)
        else {
            continue;
        };
        let data = format!("data:{};base64,{}", media_type(part), STANDARD.encode(bytes));
        html = html.replace(&format!("cid:{}", id.trim_matches(['<', '>'])), &data);
    }
    Some(html)
}

fn media_type(part: &mail_parser::MessagePart<'_>) -> String {
    part.content_type().map_or_else(
        || "text/plain".to_owned(),
        |kind| {
            kind.subtype().map_or_else(|| kind.ctype().to_owned(), |sub| format!("{}/{sub}", kind.ctype()))
        },
    )
}

/// Parts nested deeper than this are left out of the drawing.
const PART_DEPTH_MAX: usize = 10;

fn parts(message: &Message<'_>, depth: usize) -> Vec<Part> {
    let mut out = Vec::new();
    let mut open = vec![(0_u32, depth)];
    while let Some((index, depth)) = open.pop() {
        let Some(part) = usize::try_from(index).ok().and_then(|index| message.parts.get(index)) else {
            continue;
        };
        out.push(Part {
            depth,
            media_type: media_type(part),
            encoding: format!("{:?}", part.encoding).to_lowercase(),
            size: part.contents().len(),
            name: part.attachment_name().map(str::to_owned),
        });
        if let (mail_parser::PartType::Multipart(children), true) = (&part.body, depth < PART_DEPTH_MAX) {
            open.extend(children.iter().rev().map(|child| (*child, depth + 1)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn captured(raw: &str) -> Captured {
        Captured {
            number: 1,
            received_at: DateTime::UNIX_EPOCH,
            from: "bounces@example.org".into(),
            to: vec!["reader@example.org".into()],
            raw: raw.replace('\n', "\r\n").into_bytes().into(),
        }
    }

    #[test]
    fn a_message_is_shown_decoded_with_its_pictures() {
        let message = captured(
            "From: =?utf-8?B?2YXYrdmF2K8=?= <a@example.org>\nTo: <b@example.org>\nSubject: =?utf-8?Q?Mal=C3=A9?=\nMIME-Version: 1.0\n\
             Content-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html; charset=utf-8\n\n<img src=\"cid:p@x\">\n\
             --x\nContent-Type: image/png\nContent-ID: <p@x>\nContent-Transfer-Encoding: base64\n\nAAAA\n--x--\n",
        );
        let view = view(&message);
        assert_eq!(view.summary.subject, "Malé");
        assert_eq!(view.summary.from, "محمد <a@example.org>");
        assert!(view.has_html && view.text.is_none());
        assert_eq!(view.parts.len(), 3);
        assert!(html(&message).is_some_and(|html| html.contains("src=\"data:image/png;base64,AAAA\"")));
    }

    #[test]
    fn what_is_no_message_is_shown_all_the_same() {
        for raw in ["", "\n", "no header at all\n", "Subject\n\n\n"] {
            let view = view(&captured(raw));
            assert_eq!(view.summary.from, "bounces@example.org");
            assert!(!view.has_html);
        }
    }
}
