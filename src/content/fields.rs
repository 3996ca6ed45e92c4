//! Keys of a mapping, read one by one, with every problem noted.

use crate::content::source::SourceText;
use crate::content::yaml::{Entry, Node, Value};
use crate::domain::edition::Text;
use crate::domain::language::Language;
use crate::domain::problem::{Place, Problem, Problems};
use std::cell::RefCell;
use std::fmt::Write;

/// Problems that one file may report; beyond that the file is a mix-up.
const PROBLEMS_MAX: usize = 50;

/// Keys of a mapping that are held against the known ones. No mapping has as many known keys, so
/// a longer one has been refused by then.
const KEYS_CHECKED_MAX: usize = 200;

/// Takes down what is wrong with one file.
pub(crate) struct FileReport<'a> {
    source: &'a SourceText,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> FileReport<'a> {
    pub(crate) fn new(source: &'a SourceText) -> Self {
        Self { source, problems: RefCell::default() }
    }

    /// Notes a problem, up to a bound.
    pub(crate) fn note(&self, problem: Problem) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < PROBLEMS_MAX {
            problems.push(problem);
        }
    }

    /// Notes several problems.
    pub(crate) fn note_all(&self, problems: Vec<Problem>) {
        for problem in problems {
            self.note(problem);
        }
    }

    /// Notes an error at an offset.
    pub(crate) fn error(
        &self,
        code: &'static str,
        offset: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(Problem::error(code, message).at(self.at(offset)).help(help));
    }

    /// Returns the place of an offset.
    pub(crate) fn at(&self, offset: usize) -> Place {
        self.source.at(offset)
    }

    pub(crate) fn source(&self) -> &'a SourceText {
        self.source
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.problems.borrow().iter().any(|p| p.severity == crate::domain::problem::Severity::Error)
    }

    /// Returns all problems in the order of the file.
    pub(crate) fn into_problems(self) -> Problems {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|p| p.place.as_ref().map(|place| (place.line, place.column)));
        Problems(problems)
    }
}

/// Which keys a mapping may have.
#[derive(Clone, Copy, Default)]
pub(crate) struct Keys {
    /// Keys that are read here.
    pub(crate) known: &'static [&'static str],
    /// Keys of features that this version doesn't have.
    pub(crate) later: &'static [&'static str],
    /// Keys that belong in the file of the first language.
    pub(crate) not_here: &'static [&'static str],
}

impl Keys {
    pub(crate) const fn of(known: &'static [&'static str]) -> Self {
        Self { known, later: &[], not_here: &[] }
    }
}

/// Words with the offset where they stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) offset: usize,
    /// From which octet on they stand at which line; empty when line follows line.
    lines: &'a [(usize, u32)],
}

impl Word<'_> {
    /// Returns a part of the words as a text.
    fn to_text(self, part: &str, language: &Language, place: Place) -> Text {
        let lead = self.text.find(part).unwrap_or_default();
        let lines = self.lines.iter().map(|(at, line)| (at.saturating_sub(lead), *line)).collect();
        Text { source: part.to_owned(), language: language.clone(), place, lines }
    }
}

/// The keys of one mapping.
pub(crate) struct Fields<'a> {
    pub(crate) report: &'a FileReport<'a>,
    what: String,
    offset: usize,
    entries: &'a [Entry],
    keys: Keys,
}

impl<'a> Fields<'a> {
    /// Opens a mapping and notes unknown and doubled keys; `what` names it: "the front matter".
    pub(crate) fn open(report: &'a FileReport<'a>, node: &'a Node, what: &str, keys: Keys) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            let found = kind_of(&node.value);
            report.error(
                "content/wrong-kind",
                node.span.start,
                format!("expected keys with values in {what}, found {found}"),
                format!("write lines like `{}: …`", keys.known.first().unwrap_or(&"key")),
            );
            return None;
        };
        let fields = Self { report, what: what.to_owned(), offset: node.span.start, entries, keys };
        fields.check_doubles();
        for entry in entries.iter().take(KEYS_CHECKED_MAX) {
            fields.check_key(entry, keys);
        }
        Some(fields)
    }

    /// Opens a mapping whose keys are free, such as `theme`; doubled keys are still noted.
    pub(crate) fn open_free(report: &'a FileReport<'a>, node: &'a Node, what: &str) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            report.error(
                "content/wrong-kind",
                node.span.start,
                format!("expected keys with values in {what}, found {}", kind_of(&node.value)),
                "write lines like `key: value`, indented",
            );
            return None;
        };
        let keys = Keys::default();
        let fields = Self { report, what: what.to_owned(), offset: node.span.start, entries, keys };
        fields.check_doubles();
        Some(fields)
    }

    fn check_doubles(&self) {
        let mut seen = std::collections::HashMap::new();
        for entry in self.entries {
            match seen.get(entry.key.as_str()) {
                None => {
                    seen.insert(entry.key.as_str(), entry.offset);
                }
                Some(first) => self.report.error(
                    "content/duplicate-key",
                    entry.offset,
                    format!("the key `{}` stands twice in {}", clip(&entry.key), self.what),
                    format!("it already stands in line {}: keep one of them", self.report.at(*first).line),
                ),
            }
        }
    }

    fn check_key(&self, entry: &Entry, keys: Keys) {
        let key = entry.key.as_str();
        if keys.known.contains(&key) {
            return;
        }
        let shown = clip(key);
        if keys.later.contains(&key) {
            return self.report.error(
                "content/not-available",
                entry.offset,
                format!("`{shown}` is not available in this version of masthead"),
                "remove the key: it would have no effect",
            );
        }
        if keys.not_here.contains(&key) {
            return self.report.error(
                "content/not-translatable",
                entry.offset,
                format!("`{shown}` can't be set in a translation"),
                format!(
                    "set it in the file of the first language; a translation may have {}",
                    listed(keys.known)
                ),
            );
        }
        let all = keys.known.iter().chain(keys.not_here);
        let help = match nearest(key, all.copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the known keys are {}", listed(keys.known)),
        };
        self.report.error(
            "content/unknown-key",
            entry.offset,
            format!("unknown key `{shown}` in {}", self.what),
            help,
        );
    }

    /// Returns the keys with their values, in the order of the file.
    pub(crate) fn entries(&self) -> &'a [Entry] {
        self.entries
    }

    /// Returns the first entry of a key, when it has a value.
    pub(crate) fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .filter(|entry| !matches!(entry.node.value, Value::Empty))
    }

    /// Returns where the value of a key stands.
    pub(crate) fn place(&self, key: &str) -> Option<Place> {
        self.entry(key).map(|entry| self.report.at(entry.node.span.start))
    }

    /// Notes an error when a key is missing or has no value; `example` shows the line to write.
    pub(crate) fn require(&self, key: &str, example: &str) {
        if self.entry(key).is_some() || self.is_mistyped(key) {
            return;
        }
        let help = format!("write a line like `{example}`");
        match self.entries.iter().find(|entry| entry.key == key) {
            None => {
                let message = format!("the key `{key}` is missing in {}", self.what);
                self.report.error("content/missing-key", self.offset, message, help);
            }
            Some(empty) => {
                self.report.error("content/missing-key", empty.offset, format!("`{key}` has no value"), help);
            }
        }
    }

    /// Returns whether an unknown key was reported that most likely means this one.
    fn is_mistyped(&self, key: &str) -> bool {
        let known = self.keys.known;
        let mut unknown =
            self.entries.iter().take(KEYS_CHECKED_MAX).filter(|entry| !known.contains(&entry.key.as_str()));
        unknown.any(|entry| nearest(&entry.key, known.iter().copied()) == Some(key))
    }

    /// Returns the words of a key; notes an error when a list or a mapping stands there.
    pub(crate) fn word(&self, key: &str) -> Option<Word<'a>> {
        self.entry(key).and_then(|entry| word(self.report, &entry.node, key))
    }

    /// Returns the text of a key in `language`, with its place; line ends at its end are dropped.
    pub(crate) fn text(&self, key: &str, language: &Language) -> Option<Text> {
        self.word(key).map(|word| self.text_of(word, language))
    }

    /// Returns words as a text in `language`.
    pub(crate) fn text_of(&self, word: Word<'_>, language: &Language) -> Text {
        // The place is the first line of words, so blank lines before it don't count.
        let words = word.text.trim_end().trim_start_matches('\n');
        word.to_text(words, language, self.report.at(word.offset))
    }

    /// Returns the text of a key that must fit in one line, such as a subject.
    pub(crate) fn line(&self, key: &str, language: &Language) -> Option<Text> {
        let word = self.word(key)?;
        let text = word.text.trim();
        if text.contains('\n') {
            self.report.error(
                "content/bad-value",
                word.offset,
                format!("`{key}` must be one line"),
                "write it without `|`, in one line",
            );
            return None;
        }
        if text.is_empty() {
            self.report.error(
                "content/missing-key",
                word.offset,
                format!("`{key}` has no value"),
                "write a text, or leave the key out",
            );
            return None;
        }
        Some(word.to_text(text, language, self.report.at(word.offset)))
    }

    /// Returns a mapping under a key.
    pub(crate) fn map(&self, key: &str, keys: Keys) -> Option<Fields<'a>> {
        let entry = self.entry(key)?;
        Fields::open(self.report, &entry.node, &format!("`{key}`"), keys)
    }

    /// Returns the parts of a list under a key; one value without brackets counts as a list of one.
    pub(crate) fn list(&self, key: &str) -> &'a [Node] {
        let Some(entry) = self.entry(key) else { return &[] };
        match &entry.node.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(&entry.node),
        }
    }

    /// Returns the words of a list under a key.
    pub(crate) fn words(&self, key: &str) -> Vec<Word<'a>> {
        self.list(key).iter().filter_map(|node| word(self.report, node, key)).collect()
    }
}

/// Returns the words of a value; notes an error when it is no text.
pub(crate) fn word<'a>(report: &FileReport<'_>, node: &'a Node, key: &str) -> Option<Word<'a>> {
    let offset = node.span.start;
    let Value::Scalar { text, is_plain, lines } = &node.value else {
        let found = kind_of(&node.value);
        let help = match node.value {
            Value::Map(_) => "put a text with `: ` or braces in it in double quotes",
            _ => "put a text with brackets in it in double quotes",
        };
        report.error(
            "content/wrong-kind",
            offset,
            format!("expected a text for `{key}`, found {found}"),
            help,
        );
        return None;
    };
    if *is_plain && matches!(text.as_str(), "null" | "Null" | "NULL") {
        report.error(
            "content/null-word",
            offset,
            format!("`{text}` without quotes can mean nothing or the word"),
            format!("leave the key out if nothing is meant, or write \"{text}\" in quotes"),
        );
        return None;
    }
    Some(Word { text, offset, lines })
}

/// Names the kind of a value for people.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Empty => "nothing",
        Value::Scalar { .. } => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "keys with values",
    }
}

/// Returns the candidate that a mistyped word most likely meant.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = clip(&word.to_lowercase()).replace([' ', '-'], "_");
    candidates
        .into_iter()
        .map(|candidate| {
            let other = candidate.to_lowercase().replace([' ', '-'], "_");
            (strsim::normalized_damerau_levenshtein(&lower, &other), candidate)
        })
        .filter(|(likeness, _)| *likeness >= 0.55)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Returns words in backticks with commas between them.
pub(crate) fn listed<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    let mut out = String::new();
    for word in words {
        let separator = if out.is_empty() { "" } else { ", " };
        write!(out, "{separator}`{}`", word.as_ref()).expect("writing to a string can't fail");
    }
    out
}

/// Cuts a word that an editor may have made as long as a page.
pub(crate) fn clip(word: &str) -> String {
    let mut line = word.lines().next().unwrap_or_default().chars();
    let mut cut: String = line.by_ref().take(60).collect();
    if line.next().is_some() {
        cut.push('…');
    }
    cut
}
