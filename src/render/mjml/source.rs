//! The files a document was read from, and the way from a byte span back to a place in them.

use crate::domain::problem::{Place, Problem};
use memchr::{memchr, memmem::Finder};
use std::collections::BTreeSet;

/// Where something was written: a file of [`Files`] and a byte range in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Span {
    /// Index into [`Files`].
    pub(super) file: usize,
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
}

/// One file as it was read, with line ends made `\n`.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Path as the person would type it.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
}

/// All files of one compilation, in the order they were first read.
#[derive(Debug, Default)]
pub(super) struct Files(Vec<SourceFile>);

impl Files {
    /// Adds a file and returns its index.
    pub(super) fn add(&mut self, path: &str, text: &str) -> usize {
        // A lone CR is left as it is: only Windows line ends are made plain.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = if memchr(b'\r', text.as_bytes()).is_some() {
            text.replace("\r\n", "\n")
        } else {
            text.to_owned()
        };
        self.0.push(SourceFile { path: path.to_owned(), text });
        self.0.len() - 1
    }

    /// Returns the file at `index`.
    pub(super) fn get(&self, index: usize) -> &SourceFile {
        &self.0[index]
    }

    /// Returns the numbers that stand between `before` and `after` anywhere.
    pub(super) fn numbers_between(&self, before: &str, after: char) -> BTreeSet<u64> {
        let finder = Finder::new(before);
        let mut found = BTreeSet::new();
        for SourceFile { text, .. } in &self.0 {
            for at in finder.find_iter(text.as_bytes()) {
                let rest = &text[at + before.len()..];
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                if rest[digits..].starts_with(after) {
                    found.extend(rest[..digits].parse::<u64>());
                }
            }
        }
        found
    }

    /// Returns the paths of all files but the first, each once.
    pub(super) fn paths_after_first(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.0.iter().skip(1).map(|file| file.path.clone()).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Returns the bytes of all files together.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|file| file.text.len()).sum()
    }

    /// Returns the place where `span` begins.
    pub(super) fn place(&self, span: Span) -> Place {
        self.0
            .get(span.file)
            .map_or_else(Place::default, |file| Place::at(&file.path, &file.text, span.start))
    }
}

/// The files together with what was found wrong in them.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The files read so far.
    pub(super) files: Files,
    /// What was found, in the order it was found.
    pub(super) problems: Vec<Problem>,
}

impl Report {
    /// Records an error at `span`.
    pub(super) fn error(&mut self, code: &'static str, span: Span, message: String, help: &str) {
        self.push(Problem::error(code, message), span, help);
    }

    /// Records a warning at `span`.
    pub(super) fn warning(&mut self, code: &'static str, span: Span, message: String, help: &str) {
        self.push(Problem::warning(code, message), span, help);
    }

    /// Records `problem` at `span`; an empty `help` is no help.
    fn push(&mut self, problem: Problem, span: Span, help: &str) {
        let problem = problem.at(self.files.place(span));
        self.problems.push(if help.is_empty() { problem } else { problem.help(help) });
    }
}
