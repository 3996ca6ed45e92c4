//! Keeps text away from the engine: a token of lower-case letters and digits goes in its place, and the
//! text comes back when the engine is done.
//!
//! The engine writes attribute values in Rust's debug notation, reads the inside of `mj-text` as XML,
//! and its tokenizer panics on some of it. What it never sees, it can't harm.

use super::look::{quoted, suffixed};
use super::source::Files;
use memchr::memmem::Finder;
use std::borrow::Cow;

/// Digits in a token; enough for any document within the size limit.
const DIGITS: usize = 7;

/// The texts that were put away.
#[derive(Debug)]
pub(super) struct Vault<'t> {
    prefix: String,
    texts: Vec<Cow<'t, str>>,
}

impl<'t> Vault<'t> {
    /// Returns an empty vault whose tokens don't occur in `files`.
    pub(super) fn new(files: &Files) -> Self {
        let used = files.numbers_between("mjx", 'h');
        let free = (0..=used.len() as u64).find(|number| !used.contains(number)).unwrap_or_default();
        Self { prefix: format!("mjx{free}h"), texts: Vec::new() }
    }

    /// Puts `text` away and returns the token that stands for it.
    pub(super) fn put(&mut self, text: impl Into<Cow<'t, str>>) -> String {
        self.texts.push(text.into());
        format!("{}{:0DIGITS$}", self.prefix, self.texts.len() - 1)
    }

    /// Returns an attribute value as the engine may see it: itself when it is harmless.
    pub(super) fn value<'v>(&mut self, value: &'v str) -> Cow<'v, str> {
        let harmless = value
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte) && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&'));
        if harmless { Cow::Borrowed(value) } else { Cow::Owned(self.put(quoted(value).into_owned())) }
    }

    /// Returns `html` with every text back in its place.
    pub(super) fn splice(&self, html: &str) -> String {
        let inside: usize = self.texts.iter().map(|text| text.len()).sum();
        let mut out = String::with_capacity(html.len() + inside);
        let mut rest = html;
        let prefix = Finder::new(&self.prefix);
        while let Some(at) = prefix.find(rest.as_bytes()) {
            out.push_str(&rest[..at]);
            rest = &rest[at + self.prefix.len()..];
            let number = rest.get(..DIGITS).and_then(|digits| digits.parse::<usize>().ok());
            let Some(text) = number.and_then(|number| self.texts.get(number)) else {
                out.push_str(&self.prefix);
                continue;
            };
            rest = &rest[DIGITS..];
            match rest.strip_prefix("-outlook") {
                // The engine adds its suffix once, but each class needs it.
                Some(after) => {
                    out.push_str(&suffixed(Some(text), "outlook"));
                    rest = after;
                }
                None if out.ends_with("aria-label=\"") => out.push_str(&quoted(text)),
                None => out.push_str(text),
            }
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Vault;
    use crate::render::mjml::source::Files;

    #[test]
    fn what_is_put_away_comes_back_unchanged() {
        let mut vault = Vault::new(&Files::default());
        let text = vault.put("<b>é > 5 &nbsp; \\ \"</b>".to_owned());
        let classes = vault.put("one two".to_owned());
        let html = vault.splice(&format!("<p class=\"{classes}-outlook\">{text}</p>"));
        assert_eq!(html, "<p class=\"one-outlook two-outlook\"><b>é > 5 &nbsp; \\ \"</b></p>");
    }

    #[test]
    fn harmless_values_stay_and_others_are_hidden() {
        let mut vault = Vault::new(&Files::default());
        assert_eq!(vault.value("zq7f3a91c0001qz 10px"), "zq7f3a91c0001qz 10px");
        for harmful in ["a\u{a0}b", "a\"b", "a\\b", "a&b", "a\nb", "é"] {
            let token = vault.value(harmful);
            assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
            assert_eq!(vault.splice(&token), harmful.replace('"', "&quot;"));
        }
    }

    #[test]
    fn a_document_that_contains_a_token_gets_other_tokens() {
        let mut files = Files::default();
        files.add("a.mjml", "mjx0h0000000 mjx1h");
        let mut vault = Vault::new(&files);
        let token = vault.put("text".to_owned());
        assert_eq!(vault.splice(&format!("mjx0h0000000 {token}")), "mjx0h0000000 text");
    }
}
