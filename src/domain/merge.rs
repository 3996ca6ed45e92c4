//! Merge fields: values that differ per subscriber, and the tokens that hold their place.
//!
//! A text such as `Dear {{ subscriber.name | default(value="reader") }}` loses its merge fields
//! before any template or Markdown sees it; a token of lower-case letters and digits stands in
//! their place through every later stage and is cut out when the form letter is made.

use serde::{Deserialize, Serialize};

/// What fills a blank of the form letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum MergeField {
    /// A field of the subscriber: `name`, `email`, `language`, or a custom one.
    Subscriber {
        /// The field's name, in lower case.
        name: String,
        /// What stands there for those who lack it.
        default: Option<String>,
    },
    /// The reader's own unsubscribe link (https, or mailto when no `public_url` is configured).
    UnsubscribeUrl,
}

impl MergeField {
    /// Returns what stands for the field where nobody's own value can stand; empty without a default.
    pub fn default_value(&self) -> String {
        match self {
            Self::Subscriber { default, .. } => default.clone().unwrap_or_default(),
            Self::UnsubscribeUrl => String::new(),
        }
    }
}

/// Returns a nonce for the tokens of whatever `seed` names: the same on every machine, and so unlike
/// ordinary words that no text holds it by chance.
pub fn nonce(seed: &str) -> String {
    // FNV-1a: spread, not secrecy, is what counts here.
    let mut hash = seed.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut text = String::with_capacity(12);
    for _ in 0..12 {
        let digit = u8::try_from(hash % 36).unwrap_or_default();
        text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
        hash /= 36;
    }
    text
}

/// The merge fields of one digest, each with its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeTable {
    /// Random-looking letters and digits that make this tokens unlike any text.
    nonce: String,
    fields: Vec<MergeField>,
}

/// Letters that every token starts and ends with; they look like no word of any language.
const MARK: &str = "zq";

impl MergeTable {
    /// Returns an empty table; `nonce` must be lower-case letters and digits, eight or more.
    pub fn new(nonce: &str) -> Self {
        assert!(nonce.len() >= 8 && nonce.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        Self { nonce: nonce.to_owned(), fields: Vec::new() }
    }

    /// Returns the token of a field, giving it one when it is new. Equal fields share a token.
    pub fn token(&mut self, field: MergeField) -> String {
        let index = self.fields.iter().position(|known| *known == field).unwrap_or_else(|| {
            self.fields.push(field);
            self.fields.len() - 1
        });
        format!("{MARK}{}{index:04}qz", self.nonce)
    }

    /// Returns the fields in the order of their tokens.
    pub fn fields(&self) -> &[MergeField] {
        &self.fields
    }

    /// Returns the octets that every token of this table begins with.
    pub fn prefix(&self) -> String {
        format!("{MARK}{}", self.nonce)
    }

    /// Returns the length of every token in octets.
    pub fn token_len(&self) -> usize {
        self.prefix().len() + 4 + 2
    }

    /// Returns the index of the field whose token `text` starts with.
    pub fn field_at(&self, text: &str) -> Option<usize> {
        let rest = text.strip_prefix(self.prefix().as_str())?;
        let index: usize = rest.get(..4)?.parse().ok()?;
        (rest.get(4..6)? == "qz" && index < self.fields.len()).then_some(index)
    }

    /// Returns `text` with every token replaced by what `value` gives for its field.
    pub fn replace(&self, text: &str, mut value: impl FnMut(&MergeField) -> String) -> String {
        let prefix = self.prefix();
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&prefix) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(index) = self.field_at(rest) {
                out.push_str(&value(&self.fields[index]));
                rest = &rest[self.token_len()..];
            } else {
                out.push_str(&prefix);
                rest = &rest[prefix.len()..];
            }
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_fields_share_a_token_and_come_back() {
        let mut table = MergeTable::new("7f3a91c0");
        let name = MergeField::Subscriber { name: "name".into(), default: Some("reader".into()) };
        let token = table.token(name.clone());
        assert_eq!(token, table.token(name));
        assert_eq!(token.len(), table.token_len());
        let link = table.token(MergeField::UnsubscribeUrl);
        let text = format!("Dear {token}, <a href=\"{link}\">zq7f3a91c0junk</a>");
        let filled = table.replace(&text, |field| match field {
            MergeField::Subscriber { default, .. } => default.clone().unwrap_or_default(),
            MergeField::UnsubscribeUrl => "U".into(),
        });
        assert_eq!(filled, "Dear reader, <a href=\"U\">zq7f3a91c0junk</a>");
    }
}
