//! Makes a form letter of a digest: everything that is the same for all readers happens here, once.

use crate::{
    domain::{
        digest::{Digest, InlineImage},
        problem::{Problem, Problems},
    },
    render::{
        form::{
            FormLetter, Frame, HtmlPart,
            filled::hex,
            places::html_places,
            sheet::{Blank, Sheet},
            template::{Part, Template, parts},
            value::{HtmlPlace, push_clean},
        },
        headers::{self, mailbox, words},
        mime::{
            TransferEncoding, encode_text, flowed,
            quoted::{After, QuotedPrintable},
            write_base64, write_parameter,
        },
    },
};
use aws_lc_rs::digest::{Context, SHA256};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{collections::BTreeMap, sync::Arc};

/// RFC 2919, 3.
const LIST_ID_MAX: usize = 255;

/// Compiles a digest; see [`FormLetter::new`].
pub(super) fn compile(digest: &Digest, frame: &Frame) -> Result<FormLetter, Problems> {
    let mut problems = refused(digest, frame);
    let html = canonical(&digest.html);
    let places = html_places(&digest.merge, &html).unwrap_or_else(|more| {
        problems.0.extend(more.0);
        BTreeMap::new()
    });
    let images = decoded_images(&digest.images, &mut problems);
    if problems.has_errors() {
        return Err(problems);
    }
    let mut text = canonical(digest.text.trim_end_matches(['\n', '\r']));
    text.push('\n');
    let mut letter = FormLetter {
        sheet: Arc::default(),
        fields: digest.merge.fields().to_vec(),
        used: Vec::new(),
        subject: Template::read(&digest.merge, &digest.subject),
        html: html_parts(digest, &html, &places),
        text: Template::read(&digest.merge, &text),
        lines: Vec::new(),
        is_flowed: flowed::is_flowed(&digest.language),
        issue: digest.issue.to_string(),
        list_id: digest.list_id.clone(),
        from_domain: digest.from.address.domain().to_owned(),
        frame: frame.clone(),
    };
    letter.used = used_fields(&letter);
    let mut sheet = Sheet::default();
    let boundary = boundary(digest);
    write_headers(&mut sheet, &letter, digest, &boundary);
    sheet.body = sheet.octets.len();
    write_text_part(&mut sheet, &mut letter, digest, &text, &boundary);
    write_html_part(&mut sheet, &letter, &boundary, &images);
    sheet.push(&format!("\r\n--{boundary}--\r\n"));
    letter.sheet = Arc::new(sheet.complete());
    Ok(letter)
}

/// Returns what no message can carry.
fn refused(digest: &Digest, frame: &Frame) -> Problems {
    let mut problems = Vec::new();
    for (what, text) in
        [("subject", &digest.subject), ("HTML part", &digest.html), ("text part", &digest.text)]
    {
        let is_allowed = |c: char| matches!(c, '\n' | '\r' | '\t') && what != "subject";
        if let Some(found) = text.chars().find(|c| c.is_control() && !is_allowed(*c)) {
            let message = format!("the {what} holds the control character U+{:04X}", u32::from(found));
            problems
                .push(Problem::error("form/control-character", message).help("remove it from the source"));
        }
    }
    let prefix = digest.merge.prefix();
    let header_texts = [
        ("sender's name", digest.from.name.as_deref()),
        ("name of the reply address", digest.reply_to.as_ref().and_then(|reply_to| reply_to.name.as_deref())),
        ("newsletter's name", Some(digest.list_name.as_str())),
        ("contact", digest.contact.as_deref()),
        ("archive address", digest.archive_url.as_deref()),
    ];
    for (what, _) in header_texts.iter().filter(|(_, text)| text.is_some_and(|text| text.contains(&prefix))) {
        let message = format!("a merge field stands in the {what}, which is the same for all readers");
        problems.push(Problem::error("form/field-in-header", message).help("write it without merge fields"));
    }
    for address in [Some(&digest.from), digest.reply_to.as_ref()].into_iter().flatten() {
        if address.address.needs_smtputf8() {
            let message = "the part before the `@` of the sender's address is not ASCII";
            problems.push(
                Problem::error("form/sender-address", message)
                    .help("many hosts could neither take the mail nor answer it: use an address in ASCII"),
            );
        }
    }
    for (what, name) in [("list id", &digest.list_id), ("unsubscribe domain", &frame.unsubscribe_domain)] {
        if !is_host(name) {
            let message = format!("the {what} `{name}` is no domain name");
            problems.push(Problem::error("form/domain", message).help("use letters, digits, `-` and dots"));
        }
    }
    Problems(problems)
}

fn is_host(name: &str) -> bool {
    name.len() <= LIST_ID_MAX
        && name.contains('.')
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
        })
}

fn decoded_images(images: &[InlineImage], problems: &mut Problems) -> Vec<(InlineImage, Vec<u8>)> {
    let mut decoded = Vec::with_capacity(images.len());
    for image in images {
        let is_token = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-+._@".contains(&octet))
        };
        let is_typed =
            image.media_type.split_once('/').is_some_and(|(kind, name)| is_token(kind) && is_token(name));
        let bare: String = image.base64.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        match STANDARD.decode(bare) {
            Ok(octets) if is_typed && is_token(&image.content_id) => decoded.push((image.clone(), octets)),
            _ => problems.0.push(
                Problem::error(
                    "form/image",
                    format!("the image `{}` can't travel in a message", image.file_name),
                )
                .help("its media type, content id or data is malformed"),
            ),
        }
    }
    decoded
}

/// Returns a text with LF line ends only.
fn canonical(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn html_parts(digest: &Digest, html: &str, places: &BTreeMap<usize, HtmlPlace>) -> Vec<HtmlPart> {
    let part = |part: Part<'_>| match part {
        Part::Text(text, _) => HtmlPart::Text(text.to_owned()),
        Part::Field(index, at) => HtmlPart::Field(index, places.get(&at).copied().unwrap_or(HtmlPlace::Text)),
    };
    parts(&digest.merge, html).into_iter().map(part).collect()
}

fn used_fields(letter: &FormLetter) -> Vec<usize> {
    let html = letter.html.iter().filter_map(|part| match part {
        HtmlPart::Text(_) => None,
        HtmlPart::Field(index, _) => Some(*index),
    });
    let mut used: Vec<usize> = letter.subject.fields().chain(letter.text.fields()).chain(html).collect();
    used.sort_unstable();
    used.dedup();
    used
}

/// Returns a boundary that depends on the content only. Quoted-printable and base64 can't produce `=_`.
fn boundary(digest: &Digest) -> String {
    let mut context = Context::new(&SHA256);
    for text in [&digest.subject, &digest.html, &digest.text] {
        context.update(text.as_bytes());
        context.update(&[0]);
    }
    for image in &digest.images {
        context.update(image.content_id.as_bytes());
    }
    format!("=_mh_{}", &hex(context.finish().as_ref())[..24])
}

/// Writes the header fields in their fixed order.
fn write_headers(sheet: &mut Sheet, letter: &FormLetter, digest: &Digest, boundary: &str) {
    let clean = |text: &str| {
        let mut out = String::new();
        push_clean(text, &mut out);
        out
    };
    sheet.push("Date: ");
    sheet.blank(Blank::Date);
    sheet.push("\r\n");
    let from_name = digest.from.name.as_deref().map(clean);
    mailbox::write_mailbox(&mut sheet.octets, "From", from_name.as_deref(), &digest.from.address);
    if let Some(reply_to) =
        digest.reply_to.as_ref().filter(|reply_to| reply_to.address != digest.from.address)
    {
        let name = reply_to.name.as_deref().map(clean);
        mailbox::write_mailbox(&mut sheet.octets, "Reply-To", name.as_deref(), &reply_to.address);
    }
    sheet.blank(Blank::To);
    sheet.push("Message-ID: <");
    sheet.blank(Blank::MessageId);
    sheet.push(">\r\nSubject: ");
    match letter.subject.as_static() {
        Some(subject) => {
            words::write_unstructured(&mut sheet.octets, "Subject: ".len(), subject.trim());
        }
        None => sheet.blank(Blank::Subject),
    }
    sheet.push("\r\n");
    headers::write_list_id(&mut sheet.octets, &clean(&digest.list_name), &digest.list_id);
    sheet.blank(Blank::Unsubscribe);
    headers::write_list_fields(&mut sheet.octets, digest);
    sheet.push(&format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\r\n"));
}

/// Writes the text part. Lines with fields are filled whole, so that they are broken where the reader needs it.
fn write_text_part(sheet: &mut Sheet, letter: &mut FormLetter, digest: &Digest, text: &str, boundary: &str) {
    let format = if letter.is_flowed { "; format=flowed; delsp=no" } else { "" };
    sheet.push(&format!("--{boundary}\r\nContent-Type: text/plain; charset=utf-8{format}\r\n"));
    let has_blanks = letter.text.as_static().is_none();
    let mut wire = String::with_capacity(text.len() + text.len() / 32);
    let mut encoding = TransferEncoding::QuotedPrintable;
    if has_blanks {
        push_encoding(sheet, encoding);
    }
    for line in text.split_terminator('\n') {
        let template = Template::read(&digest.merge, line);
        if let Some(line) = template.as_static() {
            if letter.is_flowed {
                flowed::flow(line, &mut wire);
            } else {
                flowed::leave_whole(line, &mut wire);
            }
        } else {
            QuotedPrintable::new().write(&mut sheet.octets, &wire, After::More);
            wire.clear();
            sheet.blank(Blank::Line(letter.lines.len()));
            letter.lines.push(template);
        }
    }
    if has_blanks {
        QuotedPrintable::new().write(&mut sheet.octets, &wire, After::More);
    } else {
        let encoded;
        (encoding, encoded) = encode_text(&wire);
        push_encoding(sheet, encoding);
        sheet.octets.extend_from_slice(&encoded);
    }
}

fn push_encoding(sheet: &mut Sheet, encoding: TransferEncoding) {
    sheet.push(&format!("Content-Transfer-Encoding: {}\r\n\r\n", encoding.as_str()));
}

/// Writes the HTML part, with its images when it has any.
fn write_html_part(
    sheet: &mut Sheet,
    letter: &FormLetter,
    boundary: &str,
    images: &[(InlineImage, Vec<u8>)],
) {
    let inner = boundary.replace("=_mh_", "=_mr_");
    sheet.push(&format!("\r\n--{boundary}\r\n"));
    if !images.is_empty() {
        sheet.push(&format!(
            "Content-Type: multipart/related; type=\"text/html\";\r\n boundary=\"{inner}\"\r\n\r\n--{inner}\r\n"
        ));
    }
    sheet.push("Content-Type: text/html; charset=utf-8\r\n");
    write_html(sheet, letter);
    for (image, octets) in images {
        sheet.push(&format!("\r\n--{inner}\r\nContent-Type: {}\r\n", image.media_type));
        sheet.push("Content-Transfer-Encoding: base64\r\n");
        sheet.push(&format!("Content-ID: <{}>\r\nContent-Disposition: inline", image.content_id));
        write_parameter(&mut sheet.octets, "filename", &image.file_name);
        sheet.push("\r\n\r\n");
        write_base64(&mut sheet.octets, octets);
    }
    if !images.is_empty() {
        sheet.push(&format!("\r\n--{inner}--"));
    }
}

fn write_html(sheet: &mut Sheet, letter: &FormLetter) {
    let decoded = |text: &String| text.len() + text.matches('\n').count();
    if let [HtmlPart::Text(html)] = letter.html.as_slice() {
        let (encoding, encoded) = encode_text(html);
        push_encoding(sheet, encoding);
        sheet.html_decoded = decoded(html);
        sheet.html = sheet.octets.len()..sheet.octets.len() + encoded.len();
        sheet.octets.extend_from_slice(&encoded);
        return;
    }
    push_encoding(sheet, TransferEncoding::QuotedPrintable);
    let start = sheet.octets.len();
    let mut writer = QuotedPrintable::new();
    for (index, part) in letter.html.iter().enumerate() {
        match part {
            HtmlPart::Text(text) => {
                let after = if index + 1 == letter.html.len() { After::End } else { After::More };
                writer.write(&mut sheet.octets, text, after);
                sheet.html_decoded += decoded(text);
            }
            HtmlPart::Field(field, place) => {
                writer.fresh_line(&mut sheet.octets);
                sheet.blank(Blank::Html(*field, *place));
            }
        }
    }
    sheet.html = start..sheet.octets.len();
}
