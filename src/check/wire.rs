//! The octets of a message as they travel: header fields as written, parts as a mail client finds them.
//!
//! Read from what would be sent and from nothing else, so that a slip of the composer shows.

use mail_parser::{Addr, Message, MessageParser, MimeHeaders, PartType};
use std::ops::Range;

/// A header field.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    /// Name as written.
    pub(super) name: String,
    /// The whole of it, folded, without the last line end.
    pub(super) raw: &'a [u8],
    /// Its value, unfolded.
    pub(super) value: String,
}

impl Field<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// A message cut into header fields and body.
#[derive(Clone, Debug)]
pub(super) struct Wire<'a> {
    /// The fields in order. A line that is none has an empty name.
    pub(super) fields: Vec<Field<'a>>,
    /// Everything after it.
    pub(super) body: &'a [u8],
}

impl<'a> Wire<'a> {
    pub(super) fn read(octets: &'a [u8]) -> Self {
        let end = memchr::memmem::find(octets, b"\r\n\r\n").map_or(octets.len(), |at| at + 2);
        let header = &octets[..end];
        let body = octets.get(end + 2..).unwrap_or_default();
        let (mut fields, mut from) = (Vec::new(), 0);
        for at in memchr::memmem::find_iter(header, b"\r\n") {
            let is_folded = matches!(header.get(at + 2), Some(b' ' | b'\t'));
            if !is_folded {
                fields.push(field(&header[from..at]));
                from = at + 2;
            }
        }
        if from < header.len() {
            fields.push(field(&header[from..]));
        }
        Self { fields, body }
    }

    /// Returns the fields of a name.
    pub(super) fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Field<'a>> {
        self.fields.iter().filter(move |field| field.is(name))
    }

    /// Returns the value of the first field of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.is(name)).map(|field| field.value.as_str())
    }

    /// Returns the mailboxes of the first field of a name: name to show and address, decoded.
    pub(super) fn mailboxes(&self, name: &str) -> Vec<(String, String)> {
        let Some(field) = self.all(name).next() else { return Vec::new() };
        // The parser reads a message; one field under a name it knows is one.
        let mut alone = b"From:".to_vec();
        alone.extend_from_slice(field.raw.get(name.len() + 1..).unwrap_or_default());
        alone.extend_from_slice(b"\r\n\r\n");
        let parsed = MessageParser::default().parse_headers(&alone);
        let list = parsed.as_ref().and_then(Message::from);
        let shown = |one: &Addr<'_>| {
            (one.name().unwrap_or_default().to_owned(), one.address().unwrap_or_default().to_owned())
        };
        list.map(|list| list.iter().map(shown).collect()).unwrap_or_default()
    }

    /// Returns the addresses between angle brackets in the first field of a name.
    pub(super) fn urls(&self, name: &str) -> Vec<&str> {
        let value = self.get(name).unwrap_or_default();
        value.split('<').skip(1).filter_map(|rest| rest.split('>').next()).map(str::trim).collect()
    }

    /// Returns the domain where unsubscribe mails go: ours lies where bounces go as well.
    pub(super) fn return_domain(&self) -> Option<String> {
        let urls = self.urls("List-Unsubscribe");
        let address = urls.into_iter().find_map(|url| url.strip_prefix("mailto:"))?;
        let address = address.split('?').next().unwrap_or(address);
        Some(address.rsplit_once('@')?.1.to_ascii_lowercase())
    }
}

fn field(raw: &[u8]) -> Field<'_> {
    let colon = memchr::memchr(b':', raw).filter(|at| {
        // RFC 5322, 2.2: a name is printable ASCII without spaces.
        *at > 0 && raw[..*at].iter().all(|octet| (0x21..=0x7e).contains(octet))
    });
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).replace("\r\n", "");
    match colon {
        Some(at) => Field { name: text(&raw[..at]), raw, value: text(&raw[at + 1..]).trim().to_owned() },
        None => Field { name: String::new(), raw, value: text(raw).trim().to_owned() },
    }
}

/// A MIME part.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Such as `text/html`, in lower case.
    pub(super) media_type: String,
    /// Of a text.
    pub(super) charset: Option<String>,
    /// `Content-Transfer-Encoding` in lower case; empty when there is none.
    pub(super) encoding: String,
    /// Whether it says that it is an attachment.
    pub(super) is_attachment: bool,
    /// Whether something can point to it by its `Content-ID`.
    pub(super) has_id: bool,
    /// File name, if any.
    pub(super) name: Option<String>,
    /// What stands in it, by index.
    pub(super) children: Vec<usize>,
    /// Where its body stands among the octets.
    pub(super) body: Range<usize>,
    /// Its words, decoded, when it is a text.
    pub(super) text: Option<String>,
}

impl Part {
    pub(super) fn is_multipart(&self) -> bool {
        self.media_type.starts_with("multipart/")
    }
}

/// Returns the parts of a message, the whole of it first.
pub(super) fn parts(octets: &[u8]) -> Vec<Part> {
    let Some(message) = MessageParser::default().parse(octets) else { return Vec::new() };
    let index = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let mut parts = Vec::with_capacity(message.parts.len());
    for part in &message.parts {
        let kind = part.content_type();
        let media_type = kind.map_or_else(
            || "text/plain".to_owned(),
            |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_lowercase(),
        );
        let disposition = part.content_disposition();
        let from = index(part.offset_body).min(octets.len());
        parts.push(Part {
            charset: kind.and_then(|kind| kind.attribute("charset")).map(str::to_lowercase),
            encoding: part.content_transfer_encoding().unwrap_or_default().trim().to_lowercase(),
            is_attachment: disposition.is_some_and(mail_parser::ContentType::is_attachment),
            has_id: part.content_id().is_some(),
            name: part.attachment_name().map(str::to_owned),
            children: match &part.body {
                PartType::Multipart(children) => children.iter().map(|child| index(*child)).collect(),
                _ => Vec::new(),
            },
            body: from..index(part.offset_end).clamp(from, octets.len()),
            text: match &part.body {
                PartType::Text(text) | PartType::Html(text) => Some(text.to_string()),
                _ => None,
            },
            media_type,
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"From: =?utf-8?Q?=C3=89cho?= <news@example.org>,\r\n other@example.org\r\n\
        List-Unsubscribe: <https://example.org/u/1>,\r\n <mailto:u-1@in.example.org?subject=x>\r\n\
        no field\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; \
        charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nWords\r\n--b--\r\n";

    #[test]
    fn fields_are_read_as_written() {
        let wire = Wire::read(MESSAGE);
        let names: Vec<_> = wire.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["From", "List-Unsubscribe", "", "Content-Type"]);
        assert_eq!(wire.mailboxes("From")[0], ("Écho".into(), "news@example.org".into()));
        assert_eq!(wire.mailboxes("From").len(), 2);
        assert_eq!(wire.urls("list-unsubscribe").len(), 2);
        assert_eq!(wire.return_domain().as_deref(), Some("in.example.org"));
    }

    #[test]
    fn parts_know_their_place_and_their_words() {
        let parts = parts(MESSAGE);
        assert_eq!(parts[0].children, [1]);
        assert_eq!((parts[1].media_type.as_str(), parts[1].encoding.as_str()), ("text/plain", "8bit"));
        assert_eq!(parts[1].charset.as_deref(), Some("utf-8"));
        assert_eq!(parts[1].text.as_deref().map(str::trim), Some("Words"));
        assert!(MESSAGE[parts[1].body.clone()].starts_with(b"Words"));
    }
}
