//! Marks: words that stand for places while a digest is rendered.

use crate::{domain::problem::Place, render::flow::Piece};

/// Digits in a mark; enough for any template and edition.
const DIGITS: usize = 6;

/// What ends a mark.
const END: &str = "pz";

/// What is marked. A template may look at some of it too closely; then that kind goes without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The tags of the template.
    Tags,
    /// The tags that Markdown makes.
    Markdown,
    /// Words as they stand in HTML.
    Words,
    /// Words without markup, which templates like to measure and compare.
    Plain,
    /// Links and images.
    Addresses,
}

/// Which kinds are marked, from everything downwards.
pub(crate) const ATTEMPTS: [&[Kind]; 7] = [
    &[Kind::Tags, Kind::Markdown, Kind::Words, Kind::Plain, Kind::Addresses],
    &[Kind::Tags, Kind::Markdown, Kind::Words, Kind::Addresses],
    &[Kind::Tags, Kind::Markdown, Kind::Words],
    &[Kind::Tags, Kind::Markdown],
    &[Kind::Tags],
    &[Kind::Markdown, Kind::Words, Kind::Addresses],
    &[Kind::Markdown],
];

/// The marks of one rendering, each with its place.
#[derive(Debug)]
pub(crate) struct Marks {
    prefix: String,
    kinds: &'static [Kind],
    places: Vec<(Kind, Place)>,
}

impl Marks {
    /// Returns no marks yet; `nonce` makes them unlike any text, as it does merge tokens.
    pub(crate) fn new(nonce: &str, kinds: &'static [Kind]) -> Self {
        Self { prefix: format!("zp{nonce}"), kinds, places: Vec::new() }
    }

    /// Returns what every mark begins with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the name of the attribute that carries marks on tags.
    pub(crate) fn attribute(&self) -> String {
        format!("data-{}", self.prefix)
    }

    /// Returns the name of the attribute that carries the mark of a Markdown link's target.
    pub(crate) fn target_attribute(&self) -> String {
        format!("data-{}-to", self.prefix)
    }

    /// Returns whether a kind is marked.
    pub(crate) fn wants(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Returns a mark for a place, empty when its kind isn't marked.
    pub(crate) fn mark(&mut self, kind: Kind, place: &Place) -> String {
        if !self.wants(kind) {
            return String::new();
        }
        let last = self.places.last();
        if last.is_none_or(|(known, same)| *known != kind || same != place) {
            self.places.push((kind, place.clone()));
        }
        format!("{}{:0DIGITS$}{END}", self.prefix, self.places.len() - 1)
    }

    /// Returns the marks of a text, for the forms in which a template may take it.
    pub(crate) fn text(&mut self, place: &Place) -> TextMark {
        TextMark {
            attribute: self.attribute(),
            tag: self.mark(Kind::Markdown, place),
            words: self.mark(Kind::Words, place),
            plain: self.mark(Kind::Plain, place),
        }
    }

    /// Returns what a mark stands for.
    pub(crate) fn place(&self, number: usize) -> Option<&(Kind, Place)> {
        self.places.get(number)
    }

    /// Returns the number of the mark that `text` begins with, and its length. Its case doesn't count: a
    /// template may have made capitals of its words.
    pub(crate) fn at(&self, text: &str) -> Option<(usize, usize)> {
        let length = self.prefix.len();
        let number = text.get(length..length + DIGITS)?.parse().ok()?;
        let end = text.get(length + DIGITS..length + DIGITS + END.len())?;
        let fits = text.get(..length)?.eq_ignore_ascii_case(&self.prefix) && end.eq_ignore_ascii_case(END);
        (fits && number < self.places.len()).then_some((number, length + DIGITS + END.len()))
    }

    /// Returns the numbers of all marks in a text, with the octets where they stand.
    pub(crate) fn all_in(&self, text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(next) = find(&text.as_bytes()[at..], self.prefix.as_bytes()) {
            at += next;
            match self.at(&text[at..]) {
                Some((number, length)) => {
                    found.push((at, number));
                    at += length;
                }
                None => at += self.prefix.len(),
            }
        }
        found
    }

    /// Returns a text without marks.
    pub(crate) fn strip(&self, marked: &str) -> String {
        let attribute = format!(" {}=\"", self.attribute());
        let mut out = String::with_capacity(marked.len());
        let mut done = 0;
        for (at, _) in self.all_in(marked) {
            let Some((_, length)) = self.at(&marked[at..]) else { continue };
            let (mut from, mut to) = (at, at + length);
            if marked[..at].ends_with(&attribute) && marked[to..].starts_with('"') {
                from -= attribute.len();
                to += 1;
            }
            if from >= done {
                out.push_str(&marked[done..from]);
                done = to;
            }
        }
        out.push_str(&marked[done..]);
        out
    }
}

/// Returns where `needle`, lower-case letters and digits, stands in either case.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), text)
        .find(|at| text.get(*at..at + needle.len()).is_some_and(|word| word.eq_ignore_ascii_case(needle)))
}

/// The marks of one text; all empty when nothing is marked.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextMark {
    /// The attribute that carries a mark on tags.
    attribute: String,
    tag: String,
    /// Goes behind words as they stand in HTML.
    pub(crate) words: String,
    /// Goes behind words without markup.
    pub(crate) plain: String,
}

impl TextMark {
    /// Marks the tags that have no mark yet: with that of the tag around them, else with the text's.
    pub(crate) fn on_tags(&self, pieces: &mut [Piece]) {
        if self.tag.is_empty() {
            return;
        }
        let mut around: Vec<String> = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Open { tag, attributes } => {
                    let own = attributes.iter().find(|(name, _)| *name == self.attribute);
                    let mark = own.map(|(_, mark)| mark).or(around.last()).unwrap_or(&self.tag).clone();
                    if own.is_none() {
                        attributes.push((self.attribute.clone(), mark.clone()));
                    }
                    if !crate::render::flow::is_void(tag) {
                        around.push(mark);
                    }
                }
                Piece::Close(_) => {
                    around.pop();
                }
                Piece::Words(_) => {}
            }
        }
    }

    /// Returns the attribute for a tag that is written around the text, with a space before it.
    pub(crate) fn on_wrapper(&self) -> String {
        if self.tag.is_empty() { String::new() } else { format!(" {}=\"{}\"", self.attribute, self.tag) }
    }
}

#[cfg(test)]
mod tests {
    use super::{ATTEMPTS, Kind, Marks};
    use crate::domain::problem::Place;

    #[test]
    fn what_is_marked_can_be_stripped_in_either_case() {
        let mut marks = Marks::new("7f3a91c0", ATTEMPTS[0]);
        let one = marks.mark(Kind::Words, &Place::file("a"));
        let two = marks.mark(Kind::Tags, &Place::file("b"));
        let text =
            format!("zp7f3a91c0x <b {}=\"{two}\" c>d{one}</b>{}", marks.attribute(), one.to_uppercase());
        assert_eq!(marks.strip(&text), "zp7f3a91c0x <b c>d</b>");
        assert_eq!(marks.all_in(&text).iter().map(|(_, number)| *number).collect::<Vec<_>>(), [1, 0, 0]);
        assert_eq!(marks.place(1).unwrap().1.path, "b");
    }

    #[test]
    fn a_kind_that_is_not_wanted_is_not_marked() {
        let mut marks = Marks::new("7f3a91c0", ATTEMPTS[4]);
        assert_eq!(marks.mark(Kind::Words, &Place::file("a")), "");
        assert_eq!(marks.text(&Place::file("a")).on_wrapper(), "");
        assert!(!marks.mark(Kind::Tags, &Place::file("a")).is_empty());
    }
}
