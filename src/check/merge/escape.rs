//! T005: whether a reader's values stay values. Nobody looks at the escaping: a hostile reader's message is
//! compared with a tame one's.

use crate::{
    check::{
        CheckInput,
        message::Message,
        report::{Report, Spot},
        sample_readers,
        wire::{Wire, parts},
    },
    clients::Document,
    domain::{merge::MergeField, subscriber::Subscriber},
};

/// What somebody might enter who wants to write other people's mail.
const HOSTILE: [&str; 2] = [
    "\"'><b onclick=\"x\">&amp;</title></style><!--\r\n\r\nBcc: x\r\n--x\r\nContent-Type: text/html\r\n\r\n\u{2028}=_",
    "javascript:alert(1)//",
];
const TAME: &str = "value";

pub(super) fn judge(input: &CheckInput<'_>, report: &mut Report<'_>) {
    let names = input.letter.fields().filter_map(|field| match field {
        MergeField::Subscriber { name, .. } => Some(name.as_str()),
        MergeField::UnsubscribeUrl => None,
    });
    let names: Vec<&str> = names.filter(|name| !matches!(*name, "email" | "language")).collect();
    let Some(reader) = sample_readers(input.letter).into_iter().next().filter(|_| !names.is_empty()) else {
        return;
    };
    let shape = |names: &[&str], value: &str| {
        let reader = with_values(&reader, names, value);
        Message::of(input, &reader).ok().map(|message| Shape::of(&message.octets, &message.document))
    };
    let tame = shape(&names, TAME);
    for value in HOSTILE {
        if shape(&names, value) == tame {
            continue;
        }
        let is_loose = |name: &&str| shape(&[*name], value) != shape(&[*name], TAME);
        for name in names.iter().filter(|name| is_loose(name)) {
            let message = format!("a value of `{name}` changes the message round it");
            report.note("T005", Spot::Message, message);
        }
    }
}

fn with_values(reader: &Subscriber, names: &[&str], value: &str) -> Subscriber {
    let mut reader = reader.clone();
    for name in names {
        match *name {
            "name" => reader.name = Some(value.to_owned()),
            "topics" => reader.topics = vec![value.to_owned()],
            other => drop(reader.fields.insert(other.to_owned(), value.to_owned())),
        }
    }
    reader
}

/// What all readers' messages have in common, whatever their values.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    /// Names of the elements with their attributes.
    elements: Vec<(String, Vec<String>)>,
    comments: usize,
    fields: Vec<String>,
    parts: Vec<String>,
    /// Schemes of the links.
    schemes: Vec<String>,
}

impl Shape {
    fn of(octets: &[u8], document: &Document) -> Self {
        let elements = document.elements.iter();
        let wire = Wire::read(octets);
        let scheme =
            |url: &str| url.split_once(':').map_or("", |(scheme, _)| scheme.trim()).to_ascii_lowercase();
        Self {
            elements: elements
                .clone()
                .map(|element| {
                    let names = element.attributes.iter().map(|(name, _)| name.clone());
                    (element.name.clone(), names.collect())
                })
                .collect(),
            comments: document.comments.len(),
            fields: wire.fields.iter().map(|field| field.name.clone()).collect(),
            parts: parts(octets).into_iter().map(|part| part.media_type).collect(),
            schemes: elements
                .filter_map(|element| element.get("href").or_else(|| element.get("src")))
                .map(scheme)
                .filter(|scheme| scheme == "javascript" || scheme == "data")
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str = "From: a@example.org\r\nSubject: SUBJECT\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
        --x\r\nContent-Type: text/plain\r\n\r\nTEXT\r\n--x--\r\n";
    const HTML: &str = "<title>TITLE</title><a href=\"LINK\" title=\"NOTE\">WORDS</a>";

    /// Returns the shape of a message in which a value got through as it is in one place.
    fn shape(place: &str, value: &str) -> Shape {
        let set = |template: &str| {
            let mut out = template.to_owned();
            for name in ["SUBJECT", "TEXT", "TITLE", "LINK", "NOTE", "WORDS"] {
                out = out.replace(name, if name == place { value } else { TAME });
            }
            out
        };
        Shape::of(set(LETTER).as_bytes(), &Document::read(&set(HTML)))
    }

    #[test]
    fn a_value_that_gets_through_changes_the_shape() {
        let tame = shape("", TAME);
        for place in ["SUBJECT", "TEXT", "TITLE", "LINK", "NOTE", "WORDS"] {
            assert_ne!(shape(place, HOSTILE[0]), tame, "{place}");
        }
        assert_ne!(shape("LINK", HOSTILE[1]), tame);
        assert_eq!(shape("WORDS", HOSTILE[1]), tame);
    }
}
