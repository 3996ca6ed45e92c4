//! A captured message as the page shows it.

use crate::{
    inbox::store::{Captured, Summary},
    loopback::{self, with_links_outside},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::{Address, Message, MessageParser, MimeHeaders, decoders::html::html_to_text};
use serde::Serialize;
use std::borrow::Cow;

/// Characters of the text that the list shows after the subject.
const PREHEADER_CHARS: usize = 140;
/// Octets of a message in which its row is looked for: headers, text, and where the HTML begins.
const SUMMARY_MAX: usize = 24 << 10;
/// Octets of the HTML in which they are looked for.
const BEGINNING_MAX: usize = 4_000;

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
    /// Decoded octets; none for a part that only holds others.
    pub(super) size: Option<usize>,
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
    /// Pictures that the HTML would fetch from the web, which the page doesn't.
    pub(super) remote_images: usize,
    pub(super) text: Option<String>,
    pub(super) unsubscribe: Option<String>,
    pub(super) headers: Vec<HeaderLine>,
    pub(super) parts: Vec<Part>,
}

fn shown(address: Option<&Address<'_>>) -> String {
    let mailboxes = address.into_iter().flat_map(Address::iter).map(|mailbox| {
        let address = mailbox.address().filter(|address| !address.is_empty());
        match (mailbox.name(), address) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (name, address) => name.or(address).unwrap_or_default().to_owned(),
        }
    });
    mailboxes.collect::<Vec<_>>().join(", ")
}

/// Returns the row of the list. Whatever came in is shown, however broken it is.
pub(super) fn summary(captured: &Captured) -> Summary {
    let beginning = beginning(&captured.raw);
    let message = MessageParser::default().parse(&beginning[..]);
    let message = message.as_ref();
    let words = message.map(first_words).unwrap_or_default();
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
        preheader: words,
        size: captured.raw.len(),
    }
}

/// Returns as much of a message as its row of the list needs. A part that is cut short is closed:
/// a parser takes one without its boundary for plain text.
fn beginning(raw: &[u8]) -> Cow<'_, [u8]> {
    let Some(cut) = raw.get(..SUMMARY_MAX) else { return Cow::Borrowed(raw) };
    let end = memchr::memmem::rfind(cut, b"\r\n").unwrap_or(cut.len());
    let mut cut = cut[..end].to_vec();
    let opens_part = |at: &usize| {
        let line = &cut[at + 2..];
        let next = memchr::memmem::find(line, b"\r\n").and_then(|end| line.get(end + 2..end + 10));
        line.starts_with(b"--") && next.is_some_and(|next| next.eq_ignore_ascii_case(b"Content-"))
    };
    let last = memchr::memmem::rfind_iter(&cut, b"\r\n").find(opens_part);
    if let Some(at) = last {
        let line = cut[at..].iter().copied();
        let delimiter: Vec<u8> =
            b"\r\n".iter().copied().chain(line.skip(2).take_while(|octet| *octet != b'\r')).collect();
        cut.extend(delimiter);
    }
    Cow::Owned(cut)
}

/// Returns what a mailbox shows beside the subject: how the HTML begins, hidden or not, else the text.
fn first_words(message: &Message<'_>) -> String {
    let text = match html_part(message) {
        Some(html) => {
            let body = html.find("<body").unwrap_or_default();
            let mut end = html.len().min(body + BEGINNING_MAX);
            while !html.is_char_boundary(end) {
                end -= 1;
            }
            Cow::Owned(html_to_text(&html[body..end]))
        }
        None => message.body_text(0).unwrap_or_default(),
    };
    // Invisible characters push what follows a preheader out of sight.
    let is_filler =
        |c: char| matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let seen: String = text.chars().filter(|c| !is_filler(*c)).take(BEGINNING_MAX).collect();
    let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(PREHEADER_CHARS).collect()
}

/// Returns everything but the HTML.
pub(super) fn view(captured: &Captured) -> View {
    let message = MessageParser::default().parse(&captured.raw[..]);
    let message = message.as_ref();
    let headers = message.map(header_lines).unwrap_or_default();
    let html = message.and_then(html_part);
    let unsubscribe = headers.iter().find(|line| line.name.eq_ignore_ascii_case("list-unsubscribe"));
    View {
        summary: summary(captured),
        envelope_from: captured.from.clone(),
        envelope_to: captured.to.clone(),
        has_html: html.is_some(),
        remote_images: html.map(loopback::remote_images).unwrap_or_default(),
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
    bodies(message, &message.text_body).find_map(|part| match &part.body {
        mail_parser::PartType::Text(text) => Some(text.to_string()),
        _ => None,
    })
}

/// The HTML part proper: not the one that a parser makes from text.
fn html_part<'a>(message: &'a Message<'_>) -> Option<&'a str> {
    bodies(message, &message.html_body).find_map(|part| match &part.body {
        mail_parser::PartType::Html(html) => Some(html.as_ref()),
        _ => None,
    })
}

fn bodies<'a, 'x>(
    message: &'a Message<'x>,
    indices: &'a [u32],
) -> impl Iterator<Item = &'a mail_parser::MessagePart<'x>> {
    indices.iter().filter_map(|index| message.parts.get(usize::try_from(*index).ok()?))
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
    Some(with_links_outside(html))
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
/// Parts that the drawing shows at most.
const PARTS_MAX: usize = 200;

fn parts(message: &Message<'_>, depth: usize) -> Vec<Part> {
    let mut out = Vec::new();
    let mut open = vec![(0_u32, depth)];
    while let Some((index, depth)) = open.pop() {
        if out.len() == PARTS_MAX {
            break;
        }
        let Some(part) = usize::try_from(index).ok().and_then(|index| message.parts.get(index)) else {
            continue;
        };
        out.push(Part {
            depth,
            media_type: media_type(part),
            encoding: part.content_transfer_encoding().unwrap_or_default().to_lowercase(),
            size: (!is_multipart(part)).then(|| part.contents().len()),
            name: part.attachment_name().map(str::to_owned),
        });
        if let (mail_parser::PartType::Multipart(children), true) = (&part.body, depth < PART_DEPTH_MAX) {
            open.extend(children.iter().rev().map(|child| (*child, depth + 1)));
        }
    }
    out
}

fn is_multipart(part: &mail_parser::MessagePart<'_>) -> bool {
    matches!(part.body, mail_parser::PartType::Multipart(_))
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
    fn the_list_shows_the_hidden_preheader() {
        let filler = "&#847;&zwnj;&nbsp;".repeat(150);
        let message = captured(&format!(
            "Subject: x\nContent-Type: text/html; charset=utf-8\n\n<html><head><title>no</title></head><body>\
             <div style=\"display:none\">In short{filler}</div><h1>Long</h1></body></html>\n"
        ));
        assert_eq!(view(&message).summary.preheader, "In short Long");
        let message = captured("Subject: x\nList-Post: NO\n\nplain\n");
        let view = view(&message);
        assert_eq!(view.summary.preheader, "plain");
        assert!(view.headers.iter().any(|line| line.name == "List-Post" && line.decoded == "NO"));
    }

    #[test]
    fn the_row_of_a_long_message_is_read_from_its_beginning() {
        let html =
            format!("<html><body><p>The point</p>{}</body></html>", "<p>More=20words</p>\n".repeat(4_000));
        let message = captured(&format!(
            "Subject: x\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\nplain\n\
             --x\nContent-Type: multipart/related; boundary=y\n\n--y\nContent-Transfer-Encoding: quoted-printable\n\
             Content-Type: text/html\n\n{html}\n--y--\n--x--\n"
        ));
        assert!(message.raw.len() > 2 * SUMMARY_MAX);
        assert!(summary(&message).preheader.starts_with("The point More words More words"));
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
