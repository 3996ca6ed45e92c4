//! Languages and their writing direction.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The way a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Direction {
    /// Returns the value of an HTML `dir` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// A BCP 47 language tag such as `fr`, `zh-Hans` or `pt-BR`, in its usual letter case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Language(String);

impl Language {
    /// Returns the tag, or `None` when the text isn't shaped like one (RFC 5646, 2.1).
    pub fn parse(text: &str) -> Option<Self> {
        let mut tag = String::with_capacity(text.len());
        for (index, part) in text.trim().split(['-', '_']).enumerate() {
            let lawful = part.chars().all(|c| c.is_ascii_alphanumeric());
            let sized =
                if index == 0 { (2..=3).contains(&part.len()) } else { (1..=8).contains(&part.len()) };
            let alphabetic = index > 0 || part.chars().all(|c| c.is_ascii_alphabetic());
            if !(lawful && sized && alphabetic) {
                return None;
            }
            if index > 0 {
                tag.push('-');
            }
            let lower = part.to_ascii_lowercase();
            match (index, part.len()) {
                (0, _) => tag.push_str(&lower),
                (_, 4) if part.chars().all(|c| c.is_ascii_alphabetic()) => {
                    tag.push_str(&lower[..1].to_ascii_uppercase());
                    tag.push_str(&lower[1..]);
                }
                (_, 2) => tag.push_str(&part.to_ascii_uppercase()),
                _ => tag.push_str(&lower),
            }
        }
        Some(Self(tag))
    }

    /// Returns the whole tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the primary language alone, `zh` of `zh-Hans`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// Returns the direction in which the language is usually written.
    pub fn direction(&self) -> Direction {
        match self.primary() {
            "ar" | "arc" | "ckb" | "dv" | "fa" | "he" | "ks" | "ps" | "sd" | "ug" | "ur" | "yi" => {
                Direction::Rtl
            }
            _ => Direction::Ltr,
        }
    }

    /// Returns the member of `offered` that serves a reader of this language: the same tag, else
    /// one with the same primary language, else the first offered.
    pub fn best_of<'a>(&self, offered: &'a [Language]) -> Option<&'a Language> {
        offered
            .iter()
            .find(|language| *language == self)
            .or_else(|| offered.iter().find(|language| language.primary() == self.primary()))
            .or_else(|| offered.first())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_get_their_usual_letter_case() {
        let tag = |text| Language::parse(text).map(|language| language.to_string());
        assert_eq!(tag("FR_ca").as_deref(), Some("fr-CA"));
        assert_eq!(tag("zh-hans").as_deref(), Some("zh-Hans"));
        assert_eq!(tag("français"), None);
        assert_eq!(tag(""), None);
    }

    #[test]
    fn a_reader_gets_the_nearest_language_or_the_first() {
        let offered: Vec<_> = ["en", "fr", "ar"].iter().filter_map(|tag| Language::parse(tag)).collect();
        let best =
            |tag| Language::parse(tag).and_then(|l| l.best_of(&offered).cloned()).map(|l| l.to_string());
        assert_eq!(best("fr-CA").as_deref(), Some("fr"));
        assert_eq!(best("ru").as_deref(), Some("en"));
    }
}
