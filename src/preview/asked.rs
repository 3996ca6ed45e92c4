//! What the page asks for: the words of its query, understood.

use crate::domain::{
    address::EmailAddress,
    issue::IssueId,
    language::Language,
    subscriber::{Subscriber, SubscriberStatus},
};
use std::collections::BTreeMap;

/// Characters that one value made up on the page may have.
const VALUE_CHARS_MAX: usize = 2_000;
/// Fields and topics that a made-up reader may have.
const VALUES_MAX: usize = 100;

/// As whom the message is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Who {
    /// Somebody of whom only what has no default is known.
    #[default]
    Sample,
    /// A subscriber, by the address that was given.
    Subscriber(String),
    /// Somebody made up on the page.
    MadeUp(Box<MadeUp>),
}

/// A reader as the page describes one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MadeUp {
    name: Option<String>,
    email: Option<String>,
    fields: BTreeMap<String, String>,
    pub(super) topics: Vec<String>,
}

/// Everything a request may say of what it wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) issue: Option<IssueId>,
    pub(super) language: Option<Language>,
    pub(super) who: Who,
    pub(super) view: String,
    /// What is searched for on the list.
    pub(super) words: String,
}

impl Asked {
    /// Reads the pairs of a query; what makes no sense is as if it were not there.
    pub(super) fn read(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut asked, mut made_up, mut who) = (Self::default(), MadeUp::default(), None);
        for (key, value) in pairs {
            let value: String = value.chars().take(VALUE_CHARS_MAX).collect();
            match key.as_str() {
                "issue" => asked.issue = issue_id(&value),
                "language" => asked.language = Language::parse(&value),
                "as" => who = Some(value).filter(|who| !who.trim().is_empty()),
                "view" => asked.view = value,
                "q" => asked.words = value,
                "name" => made_up.name = Some(value),
                "email" => made_up.email = Some(value),
                "topics" => {
                    let topics = value.split(',').map(|topic| topic.trim().to_lowercase());
                    made_up.topics = topics.filter(|topic| !topic.is_empty()).take(VALUES_MAX).collect();
                }
                _ => {
                    if let Some(field) = key.strip_prefix("field.")
                        && made_up.fields.len() < VALUES_MAX
                    {
                        made_up.fields.insert(field.to_lowercase(), value);
                    }
                }
            }
        }
        asked.who = match who {
            None => Who::Sample,
            Some(word) if word == "made-up" => Who::MadeUp(Box::new(made_up)),
            Some(address) => Who::Subscriber(address),
        };
        asked
    }
}

/// Reads `starsom/2022-04`.
fn issue_id(text: &str) -> Option<IssueId> {
    let (newsletter, issue) = text.split_once('/')?;
    Some(IssueId { newsletter: newsletter.to_owned(), issue: issue.to_owned() })
}

/// The address of a reader who has none.
pub(super) fn sample_address() -> EmailAddress {
    EmailAddress::parse("reader@example.org").expect("a fixed text that the address tests accept")
}

/// Returns somebody of whom nothing is known.
pub(super) fn nobody(language: Option<&Language>) -> Subscriber {
    Subscriber {
        address: sample_address(),
        name: None,
        language: language.cloned(),
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    }
}

impl MadeUp {
    /// Returns the reader; what is no address becomes the sample's.
    pub(super) fn subscriber(&self, language: Option<&Language>) -> Subscriber {
        let address = self.email.as_deref().and_then(|email| EmailAddress::parse(email).ok());
        Subscriber {
            address: address.unwrap_or_else(sample_address),
            name: self.name.clone().filter(|name| !name.trim().is_empty()),
            topics: self.topics.clone(),
            fields: self.fields.clone(),
            ..nobody(language)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> Asked {
        Asked::read(query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_query_is_read_whatever_stands_in_it() {
        let asked = read(&[("issue", "starsom/2022-04"), ("language", "FR"), ("as", "a@example.org")]);
        assert_eq!(asked.issue.map(|issue| issue.to_string()).as_deref(), Some("starsom/2022-04"));
        assert_eq!(asked.language.map(|language| language.to_string()).as_deref(), Some("fr"));
        assert_eq!(asked.who, Who::Subscriber("a@example.org".to_owned()));
        let asked = read(&[("issue", "nonsense"), ("language", "français"), ("as", " "), ("x", "y")]);
        assert_eq!(asked, Asked::default());
    }

    #[test]
    fn a_made_up_reader_has_what_was_typed_and_no_more() {
        let asked = read(&[
            ("as", "made-up"),
            ("name", " "),
            ("email", "not an address"),
            ("field.Country", "</iframe>"),
            ("topics", "Training, ,cooperation"),
        ]);
        let Who::MadeUp(made_up) = asked.who else { panic!("made up") };
        let reader = made_up.subscriber(None);
        assert_eq!((reader.name, reader.address.expose().as_str()), (None, "reader@example.org"));
        assert_eq!(reader.fields["country"], "</iframe>");
        assert_eq!(reader.topics, ["training", "cooperation"]);
    }
}
