//! The wire form of message bodies: quoted-printable, base64, flowed text and boundaries.
//!
//! Whatever is written here is 7-bit, ends its lines with CRLF and no other way, keeps them within
//! 76 characters, and never starts one with a dot or with `From `: no later pass has to touch it.

pub mod flowed;
pub mod quoted;

use base64::{Engine, engine::general_purpose::STANDARD};

/// Characters of a base64 line (RFC 2045, 6.8).
const BASE64_LINE: usize = 76;

/// Octets of a parameter's line that are left for its name and its value: without the space before, `*00000*=utf-8''`, and
/// the semicolon behind.
const PARAMETER_LINE: usize = 76 - 17;

/// How a part's octets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferEncoding {
    /// RFC 2045, 6.7.
    QuotedPrintable,
    /// RFC 2045, 6.8.
    Base64,
}

impl TransferEncoding {
    /// Returns the header value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }
}

/// Encodes a whole text (LF line ends) in whichever way is smaller and says which it was.
pub fn encode_text(text: &str) -> (TransferEncoding, Vec<u8>) {
    let mut encoded = Vec::with_capacity(text.len() + text.len() / 8);
    let mut writer = quoted::QuotedPrintable::new();
    writer.write(&mut encoded, text, quoted::After::End);
    // Base64 carries the canonical form: CRLF inside.
    let lines = text.bytes().filter(|octet| *octet == b'\n').count();
    let characters = (text.len() + lines).div_ceil(3) * 4;
    if characters + characters / BASE64_LINE * 2 >= encoded.len() {
        return (TransferEncoding::QuotedPrintable, encoded);
    }
    encoded.clear();
    write_base64(&mut encoded, text.replace('\n', "\r\n").as_bytes());
    (TransferEncoding::Base64, encoded)
}

/// Writes octets as base64 lines.
pub fn write_base64(out: &mut Vec<u8>, octets: &[u8]) {
    let characters = STANDARD.encode(octets);
    for (index, line) in characters.as_bytes().chunks(BASE64_LINE).enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(line);
    }
}

/// Writes a parameter such as `filename`, as RFC 2231 says when it isn't plain ASCII.
pub fn write_parameter(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(b";\r\n ");
    out.extend_from_slice(name.as_bytes());
    // Quotes round something that looks like an encoded word would not stop every reader from decoding it.
    let is_plain = value.len() <= 60
        && !value.contains("=?")
        && value.bytes().all(|octet| (0x20..0x7f).contains(&octet) && octet != b'"' && octet != b'\\');
    if is_plain {
        out.extend_from_slice(b"=\"");
        out.extend_from_slice(value.as_bytes());
        out.push(b'"');
        return;
    }
    let sections = sections(value, PARAMETER_LINE.saturating_sub(name.len()));
    for (index, section) in sections.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(b";\r\n ");
            out.extend_from_slice(name.as_bytes());
        }
        if sections.len() > 1 {
            // RFC 2231, 3: a long value goes on in numbered sections.
            out.extend_from_slice(format!("*{index}").as_bytes());
        }
        out.extend_from_slice(if index == 0 { b"*=utf-8''" } else { b"*=" });
        out.extend_from_slice(section);
    }
}

/// Percent-encodes a value in sections of at most `room` octets. No character is cut: readers decode section by section.
fn sections(value: &str, room: usize) -> Vec<Vec<u8>> {
    let mut sections = vec![Vec::new()];
    for character in value.chars() {
        let mut encoded = Vec::with_capacity(12);
        for octet in character.encode_utf8(&mut [0; 4]).bytes() {
            if octet.is_ascii_alphanumeric() || b".-_".contains(&octet) {
                encoded.push(octet);
            } else {
                encoded.push(b'%');
                encoded.extend_from_slice(&quoted::hex(octet));
            }
        }
        match sections.last_mut() {
            Some(section) if section.is_empty() || section.len() + encoded.len() <= room => {
                section.extend_from_slice(&encoded);
            }
            _ => sections.push(encoded),
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_encoding_wins() {
        assert_eq!(encode_text("Plain words.\n").0, TransferEncoding::QuotedPrintable);
        let (encoding, encoded) = encode_text("新闻简报\n新闻简报新闻简报新闻简报新闻简报新闻简报\n");
        assert_eq!(encoding, TransferEncoding::Base64);
        let joined: Vec<u8> = encoded.into_iter().filter(|octet| !octet.is_ascii_whitespace()).collect();
        let decoded = STANDARD.decode(joined).unwrap();
        assert!(String::from_utf8(decoded).unwrap().starts_with("新闻简报\r\n"));
    }

    fn parameter(value: &str) -> String {
        let mut out = Vec::new();
        write_parameter(&mut out, "filename", value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn long_values_go_on_in_numbered_sections() {
        let encoded = parameter(&"é中😀".repeat(400));
        assert!(encoded.starts_with(";\r\n filename*0*=utf-8''%C3%A9%E4"), "{encoded}");
        assert!(encoded.split("\r\n").all(|line| line.len() <= 76), "{encoded}");
        let lines = encoded.split("\r\n").skip(1).enumerate();
        let whole: String = lines
            .map(|(index, line)| {
                let section =
                    line.trim_end_matches(';').strip_prefix(&format!(" filename*{index}*=")).unwrap();
                section.trim_start_matches("utf-8''")
            })
            .collect();
        assert_eq!(whole, "%C3%A9%E4%B8%AD%F0%9F%98%80".repeat(400));
    }

    #[test]
    fn file_names_are_quoted_or_percent_encoded() {
        assert_eq!(parameter("male.png"), ";\r\n filename=\"male.png\"");
        assert_eq!(parameter("=?utf-8?Q?x?="), ";\r\n filename*=utf-8''%3D%3Futf-8%3FQ%3Fx%3F%3D");
        assert_eq!(parameter("Malé \".png"), ";\r\n filename*=utf-8''Mal%C3%A9%20%22.png");
    }
}
