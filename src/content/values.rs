//! Values with a form of their own: dates, links, addresses, languages, numbers.

use crate::content::fields::{Fields, Word, clip, listed, nearest};
use crate::domain::address::{EmailAddress, Mailbox};
use crate::domain::language::Language;
use chrono::{Datelike, NaiveDate};
use std::ops::RangeInclusive;

/// Ways in which people write a day, as long as there is only one way to read them.
const OTHER_DATES: [&str; 8] =
    ["%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d. %B %Y", "%B %d, %Y", "%d %b %Y"];

/// Reads `2022-04-07`, and nothing else.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let is_shaped = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    if is_shaped { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None }
}

/// Returns the date that was most likely meant by a text that isn't one.
fn guess_date(text: &str) -> Option<NaiveDate> {
    let day = text.get(..10).filter(|_| text.len() > 10).and_then(parse_date);
    let guess =
        day.or_else(|| OTHER_DATES.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok()));
    // `22-02-03` can be read as a day of the year 22, which nobody means.
    guess.filter(|day| day.year() >= 1900)
}

/// Which links a key takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// `https://` or `http://`.
    Web,
    /// A web link or `mailto:`.
    WebOrMail,
}

/// Returns what is wrong with a link and what to do, or `None` when it is one.
fn link_fault(text: &str, kind: LinkKind) -> Option<(String, String)> {
    let lower = text.to_ascii_lowercase();
    if text.chars().any(char::is_whitespace) {
        return Some((
            "a link can't have spaces or line breaks in it".into(),
            "write %20 for a space".into(),
        ));
    }
    let is_web = ["https://", "http://"].iter().any(|scheme| {
        lower.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
    });
    let is_mail = kind == LinkKind::WebOrMail
        && lower
            .strip_prefix("mailto:")
            .is_some_and(|rest| EmailAddress::parse(rest.split('?').next().unwrap_or_default()).is_ok());
    if is_web || is_mail {
        return None;
    }
    let help = if EmailAddress::parse(text).is_ok() && kind == LinkKind::WebOrMail {
        "write `mailto:` before the address".into()
    } else if lower.starts_with("www.") {
        format!("did you mean `https://{}`?", clip(text))
    } else {
        match kind {
            LinkKind::Web => "write a whole link that begins with `https://`".into(),
            LinkKind::WebOrMail => {
                "write a whole link that begins with `https://`, or `mailto:` and an address".into()
            }
        }
    };
    Some((format!("`{}` is not a link", clip(text)), help))
}

impl Fields<'_> {
    /// Returns the day under a key.
    pub(crate) fn date(&self, key: &str) -> Option<NaiveDate> {
        let word = self.word(key)?;
        let text = word.text.trim();
        let date = parse_date(text);
        if date.is_none() {
            let help = match guess_date(text) {
                Some(guess) => format!("did you mean `{guess}`?"),
                None => "write year, month and day with all digits: `2022-04-07`".into(),
            };
            let message = format!("`{}` is not a day like `2022-04-07`", clip(text));
            self.report.error("content/bad-date", word.offset, message, help);
        }
        date
    }

    /// Returns the link under a key.
    pub(crate) fn link(&self, key: &str, kind: LinkKind) -> Option<String> {
        self.word(key).and_then(|word| self.link_of(word, kind))
    }

    fn link_of(&self, word: Word<'_>, kind: LinkKind) -> Option<String> {
        let text = word.text.trim();
        match link_fault(text, kind) {
            None => Some(text.to_owned()),
            Some((message, help)) => {
                self.report.error("content/bad-link", word.offset, message, help);
                None
            }
        }
    }

    /// Returns the sender-like mailbox under a key.
    pub(crate) fn mailbox(&self, key: &str) -> Option<Mailbox> {
        let word = self.word(key)?;
        match Mailbox::parse(word.text) {
            Ok(mailbox) => Some(mailbox),
            Err(error) => {
                let help = "write `Name <name@example.org>`, or the address alone";
                self.report.error("content/bad-address", word.offset, format!("`{key}`: {error}"), help);
                None
            }
        }
    }

    /// Returns the bare address under a key.
    pub(crate) fn address(&self, key: &str) -> Option<EmailAddress> {
        let word = self.word(key)?;
        match EmailAddress::parse(word.text) {
            Ok(address) => Some(address),
            Err(error) => {
                let help = "write the address alone: `bounces@news.example.org`";
                self.report.error("content/bad-address", word.offset, format!("`{key}`: {error}"), help);
                None
            }
        }
    }

    /// Returns the whole number under a key.
    pub(crate) fn count(&self, key: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let word = self.word(key)?;
        let count = word.text.trim().parse().ok().filter(|count| range.contains(count));
        if count.is_none() {
            let message = format!(
                "`{}` is not a whole number from {} to {}",
                clip(word.text),
                range.start(),
                range.end()
            );
            self.report.error("content/bad-value", word.offset, message, "write the number with digits only");
        }
        count
    }

    /// Returns the truth value under a key.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        let word = self.word(key)?;
        match word.text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            other => {
                let message = format!("`{}` is neither `true` nor `false`", clip(other));
                self.report.error(
                    "content/bad-value",
                    word.offset,
                    message,
                    format!("write `{key}: true` or `{key}: false`"),
                );
                None
            }
        }
    }

    /// Returns one of several words under a key.
    pub(crate) fn choice(&self, key: &str, choices: &[&'static str]) -> Option<&'static str> {
        let word = self.word(key)?;
        let found = choices.iter().find(|choice| **choice == word.text.trim());
        if found.is_none() {
            let help = match nearest(word.text, choices.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("choose one of {}", listed(choices)),
            };
            let message = format!("`{}` is not a choice for `{key}`", clip(word.text));
            self.report.error("content/bad-value", word.offset, message, help);
        }
        found.copied()
    }

    /// Returns the languages listed under a key, without doubles.
    pub(crate) fn languages(&self, key: &str) -> Vec<Language> {
        let mut languages = Vec::new();
        if let Some(entry) = self.entry(key).filter(|_| self.list(key).is_empty()) {
            let message = format!("`{key}` names no language");
            self.report.error(
                "content/bad-language",
                entry.node.span.start,
                message,
                "write at least one: `[en]`",
            );
        }
        for word in self.words(key) {
            let Some(language) = Language::parse(word.text) else {
                let message = format!("`{}` is not a language", clip(word.text));
                self.report.error(
                    "content/bad-language",
                    word.offset,
                    message,
                    "write its short tag: `en`, `fr`, `zh-Hans`",
                );
                continue;
            };
            if languages.contains(&language) {
                let message = format!("the language `{language}` stands twice");
                self.report.error("content/bad-language", word.offset, message, "keep one of them");
                continue;
            }
            languages.push(language);
        }
        languages
    }

    /// Returns the topics listed under a key, in lower case and without doubles.
    pub(crate) fn topics(&self, key: &str) -> Vec<String> {
        let mut topics: Vec<String> = Vec::new();
        for word in self.words(key) {
            let topic = word.text.trim().to_lowercase();
            if topic.is_empty() || topic.contains(['\n', ',', ';']) {
                let message = format!("`{}` is not a topic", clip(word.text));
                let help = "write topics as a list of single words: `[cooperation, training]`";
                self.report.error("content/bad-value", word.offset, message, help);
            } else if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        topics
    }
}
