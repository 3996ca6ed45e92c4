//! The way back from the HTML to the files: every element leads to the line that made it, and what a
//! trace says is verified by reading that line of that file.

mod edited;
mod example;

use masthead::{
    check::{Finding, Reach},
    clients::Document,
    domain::{issue::IssueId, language::Language, problem::Place},
    proof::{Proof, Reading, Renderers},
    render::trace::Trace,
    workspace::Workspace,
};
use std::{fs, path::PathBuf};

/// A proof with its HTML read, and the folder of its files.
struct Traced {
    root: PathBuf,
    workspace: Workspace,
    proof: Proof,
    document: Document,
}

impl Traced {
    fn of(workspace: Workspace, root: PathBuf, issue: &str, language: &str) -> Self {
        let (newsletter, issue) = issue.split_once('/').expect("newsletter/issue");
        let reading = Reading {
            issue: IssueId { newsletter: newsletter.to_owned(), issue: issue.to_owned() },
            language: Language::parse(language).expect("a language"),
            topics: Vec::new(),
        };
        let proof = Proof::compile(&workspace, &Renderers::default(), &reading)
            .unwrap_or_else(|problems| panic!("{problems}"));
        let document = Document::read(&proof.digest.html);
        Self { root, workspace, proof, document }
    }

    fn trace(&self) -> &Trace {
        self.proof.trace()
    }

    fn findings(&self) -> Vec<Finding> {
        self.proof.judge(&self.workspace.settings, &[], Reach::Public)
    }

    /// Returns the innermost element of a name whose text holds `words`.
    #[track_caller]
    fn with_text(&self, name: &str, words: &str) -> usize {
        let found = self.document.named(name).map(|(number, _)| number);
        let found = found.filter(|number| self.document.text_of(*number).contains(words)).last();
        found.unwrap_or_else(|| panic!("no <{name}> says `{words}`"))
    }

    /// Returns the first element of a name with that value of an attribute.
    #[track_caller]
    fn with(&self, name: &str, attribute: &str, value: &str) -> usize {
        let found = self.document.named(name).find(|(_, element)| element.get(attribute) == Some(value));
        found.unwrap_or_else(|| panic!("no <{name} {attribute}=\"{value}\">")).0
    }

    /// Returns the line that a place names, after its path.
    #[track_caller]
    fn line(&self, place: &Place) -> String {
        let text = fs::read_to_string(self.root.join(&place.path))
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        let line = text.lines().nth(place.line.saturating_sub(1) as usize);
        line.unwrap_or_else(|| panic!("{place} is beyond the end")).to_owned()
    }

    /// Checks that an element leads to a file, and to a line of it that holds `words`.
    #[track_caller]
    fn check(&self, number: usize, path: &str, words: &str) {
        let place = self.trace().element(number).unwrap_or_else(|| panic!("no place for element {number}"));
        self.check_place(place, path, words);
    }

    /// Checks the same of an attribute.
    #[track_caller]
    fn check_attribute(&self, number: usize, name: &str, path: &str, words: &str) {
        let place = self.trace().attribute(number, name).unwrap_or_else(|| panic!("no place for {name}"));
        self.check_place(place, path, words);
    }

    #[track_caller]
    fn check_place(&self, place: &Place, path: &str, words: &str) {
        let line = self.line(place);
        assert!(place.path.ends_with(path) && line.contains(words), "{place}: {line}");
        if place.column > 0 {
            let length = line.chars().count();
            assert!((place.column as usize) <= length.max(1), "{place} is beyond the end of its line");
        }
    }

    /// Checks that every element has a place whose line there is.
    #[track_caller]
    fn check_all(&self) {
        assert_eq!(self.trace().origins.len(), self.document.elements.len());
        for (number, element) in self.document.elements.iter().enumerate() {
            let place = self.trace().element(number);
            let place = place.unwrap_or_else(|| panic!("no place for <{}>, number {number}", element.name));
            assert!(!self.line(place).trim().is_empty(), "{place} is an empty line");
            assert!(self.trace().template(number).is_some(), "no template line for <{}>", element.name);
        }
    }
}
