//! Writes the signature.

use crate::{
    dkim::{canonical::relaxed_field, key::DkimKey, sheet::DkimSheet},
    render::form::Filled,
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Fields that are signed when they occur.
const SIGNED: [&str; 22] = [
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Language",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Owner",
    "List-Archive",
    "List-Post",
    "Archived-At",
    "Feedback-ID",
    "CFBL-Address",
    "CFBL-Feedback-ID",
    "Auto-Submitted",
];

/// Fields of which none may be added: named once more than they occur (RFC 6376, 8.15).
const OVERSIGNED: [&str; 10] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "Content-Type",
    "MIME-Version",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Characters of a line of the signature's field.
const LINE_MAX: usize = 76;

/// Who signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimIdentity {
    /// The domain that answers for the message, in its ASCII form (RFC 8616).
    pub domain: String,
    /// Names the key below the domain.
    pub selector: String,
    /// Fields that the relay rewrites, in any letter case: signed, they would break the signature.
    pub rewritten: Vec<String>,
}

/// Signs messages.
#[derive(Debug)]
pub struct DkimSigner {
    identity: DkimIdentity,
    key: DkimKey,
    /// What stands before `t=`.
    opening: String,
}

impl DkimSigner {
    /// Returns a signer with its key.
    pub fn new(identity: DkimIdentity, key: DkimKey) -> Self {
        let opening = format!(
            "DKIM-Signature: v=1; a={}; c=relaxed/relaxed; d={};\r\n\ts={}; ",
            key.algorithm(),
            identity.domain,
            identity.selector
        );
        Self { identity, key, opening }
    }

    /// Returns who signs.
    pub fn identity(&self) -> &DkimIdentity {
        &self.identity
    }

    /// Writes the `DKIM-Signature` field of a filled letter, with its line end, into `out`, whose content is
    /// replaced. `time` is the message's `Date`, seconds since 1970: a repetition has the same signature.
    pub fn sign(&self, filled: &Filled, sheet: &DkimSheet, time: i64, out: &mut Vec<u8>) {
        let mut header = Vec::with_capacity(2_048);
        filled.write_header(&mut header);
        let body = STANDARD.encode(sheet.body_hash(filled).finish());
        out.clear();
        out.extend_from_slice(self.opening.as_bytes());
        out.extend_from_slice(format!("t={time};\r\n\th=").as_bytes());
        let mut signed = Vec::with_capacity(2_560);
        self.write_fields(&fields(&header), out, &mut signed);
        out.extend_from_slice(b";\r\n\tbh=");
        out.extend_from_slice(body.as_bytes());
        out.extend_from_slice(b";\r\n\tb=");
        relaxed_field(out, &mut signed);
        let signature = self.key.sign(&signed);
        fold(&signature, out);
        out.extend_from_slice(b"\r\n");
    }

    /// Writes the names of the signed fields into `out` and their relaxed forms into `signed`.
    fn write_fields(&self, fields: &[(&[u8], &[u8])], out: &mut Vec<u8>, signed: &mut Vec<u8>) {
        let mut column = 3;
        let is_kept =
            |name: &&&str| !self.identity.rewritten.iter().any(|known| known.eq_ignore_ascii_case(name));
        let mut is_first = true;
        for name in SIGNED.iter().filter(is_kept) {
            let mut times = usize::from(OVERSIGNED.contains(name));
            // Of several the last comes first (RFC 6376, 5.4.2).
            for (_, field) in
                fields.iter().rev().filter(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()))
            {
                times += 1;
                relaxed_field(field, signed);
                signed.extend_from_slice(b"\r\n");
            }
            for _ in 0..times {
                if !std::mem::take(&mut is_first) {
                    out.push(b':');
                    column += 1;
                }
                if column + name.len() > LINE_MAX {
                    out.extend_from_slice(b"\r\n\t ");
                    column = 2;
                }
                out.extend_from_slice(name.as_bytes());
                column += name.len();
            }
        }
    }
}

/// Cuts a header section into its fields: name, and the whole field without its line end.
fn fields(header: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut fields = Vec::with_capacity(24);
    let mut from = 0;
    for end in memchr::memmem::find_iter(header, b"\r\n") {
        // A line that begins with white space goes on with the field before it.
        if !matches!(header.get(end + 2), Some(b' ' | b'\t')) {
            let field = &header[from..end];
            if let Some(colon) = memchr::memchr(b':', field) {
                fields.push((field[..colon].trim_ascii_end(), field));
            }
            from = end + 2;
        }
    }
    fields
}

/// Appends base64 in lines.
fn fold(text: &str, out: &mut Vec<u8>) {
    for (index, line) in text.as_bytes().chunks(LINE_MAX - 4).enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\r\n\t ");
        }
        out.extend_from_slice(line);
    }
}
