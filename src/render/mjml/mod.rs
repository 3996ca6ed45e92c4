//! MJML text in, HTML out.
//!
//! For every valid MJML 4 or 5 document it gives the pixels that npm `mjml` gives, or it refuses with
//! file, line and column. The engine is `mrml`; around it stands a pass of ours, because the engine reads
//! the inside of `mj-text` as XML, writes values in debug notation and panics on some input:
//!
//! ```text
//! text ─parse─► tree ─include─► tree ─validate─► ─cascade─► items ─page─► text for the engine + vault
//!                                                                              │ engine (guarded)
//! HTML ◄─ inline styles ◄─ selectors ◄─ splice the vault ◄─ fill gaps ◄────────┘
//! ```
//!
//! Promises: no input panics or overflows the stack; the same input gives the same bytes; text that
//! isn't markup passes through untouched, merge-field tokens among it; images always have an `alt`; no
//! fonts are fetched that the author didn't name. It never touches files or the network: included files
//! come through [`Includes`].

mod cascade;
mod components;
mod engine;
mod finish;
mod gutter;
mod head;
mod html;
mod include;
mod look;
mod marking;
mod page;
mod parse;
mod patch;
mod schema;
mod schema_content;
mod schema_layout;
mod selector;
mod source;
#[cfg(test)]
mod tests;
mod tree;
mod validate;
mod values;
mod vault;

use crate::domain::problem::{Problem, Problems, Severity};
use cascade::Item;
use finish::Finish;
use head::Head;
use include::{Resolver, SOURCE_BYTES_MAX};
pub(crate) use marking::Marking;
use page::Page;
use source::{Report, Span};
use tree::Element;
use vault::Vault;

/// Reads the files that a document includes.
pub trait Includes {
    /// Returns the text of a file, or `None` when there is none.
    ///
    /// `path` is already resolved against the including file: it has the form of
    /// [`MjmlSource::path`], holds no `.` or `..` and doesn't leave the document's root.
    fn read(&self, path: &str) -> Option<String>;
}

/// No files at all: every include is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoIncludes;

impl Includes for NoIncludes {
    fn read(&self, _path: &str) -> Option<String> {
        None
    }
}

/// A document to be compiled.
pub struct MjmlSource<'a> {
    /// Its path, as problems name it and as includes count from it.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Who reads the files that it includes.
    pub includes: &'a dyn Includes,
}

/// A compiled document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MjmlOutput {
    /// The HTML page.
    pub html: String,
    /// What is worth a look although it compiled.
    pub warnings: Vec<Problem>,
    /// The paths of the included files, each once: a watcher watches them.
    pub included: Vec<String>,
}

/// Returns the HTML of a document.
///
/// # Errors
/// Everything that is wrong with the document, warnings among it, each with its place.
pub fn compile(source: &MjmlSource<'_>) -> Result<MjmlOutput, Problems> {
    run(source, None)
}

/// Returns the HTML of a document whose marks come out on the elements that its tags became.
pub(crate) fn compile_marked(source: &MjmlSource<'_>, marking: &Marking<'_>) -> Result<String, Problems> {
    run(source, Some(marking)).map(|output| output.html)
}

fn run(source: &MjmlSource<'_>, marking: Option<&Marking<'_>>) -> Result<MjmlOutput, Problems> {
    if source.text.len() > SOURCE_BYTES_MAX {
        let place = crate::domain::problem::Place::file(source.path);
        return Err(Problem::error("mjml/too-large", "the document is larger than 8 MiB").at(place).into());
    }
    let mut report = Report::default();
    let nodes = Resolver::new(&mut report, source.includes).document(source.path, source.text);
    let root = validate::validate(&mut report, nodes);
    let html = root.filter(|_| !has_errors(&report)).and_then(|root| render(&mut report, &root, marking));
    // By file and line, the document itself first: that is how they are worked off.
    report.problems.sort_by_key(|problem| {
        let place = problem.place.clone().unwrap_or_default();
        (place.path != source.path, place)
    });
    match html {
        Some(html) if !has_errors(&report) => {
            let included = report.files.paths_after_first();
            Ok(MjmlOutput { html, warnings: report.problems, included })
        }
        _ => Err(Problems(report.problems)),
    }
}

fn has_errors(report: &Report) -> bool {
    report.problems.iter().any(|problem| problem.severity == Severity::Error)
}

/// Renders a document that is in order.
fn render(report: &mut Report, root: &Element, marking: Option<&Marking<'_>>) -> Option<String> {
    let head = head::gather(report, root, marking);
    let body = head.rules.apply(root.child("mj-body")?, "");
    let language = root.attribute("lang").filter(|lang| !lang.is_empty()).unwrap_or("und");
    let direction = root.attribute("dir").filter(|dir| !dir.is_empty()).unwrap_or("auto");
    let mut page = Page::new(&head, Vault::new(&report.files));
    let text = page.write(&head, language, direction, &body);
    let html = match engine::render(&text) {
        Ok(html) => match marking {
            Some(marking) => marking.carried(&html, root),
            None => html,
        },
        Err(refusal) => {
            let span = match refusal.at {
                Some(at) => nearest_element(&page.starts, at),
                None => culprit(report, &head, &body),
            };
            let message = format!("the MJML engine gave up: {}", refusal.reason);
            report.error(
                "mjml/engine",
                span.unwrap_or(root.span),
                message,
                "simplify this element, and tell us about it",
            );
            return None;
        }
    };
    let finish = Finish {
        head: &head,
        vault: &page.vault,
        patches: &page.patches,
        body: ["id", "css-class"]
            .map(|name| (if name == "id" { "id" } else { "class" }, body.values.get(name))),
        desktop: root.attribute("owa") == Some("desktop"),
    };
    Some(finish.run(report, html))
}

/// Returns the element in whose text the engine stopped.
fn nearest_element(starts: &[(usize, Span)], at: usize) -> Option<Span> {
    starts.iter().rev().find(|(start, _)| *start <= at).map(|(_, span)| *span)
}

/// Returns the block of the body that the engine can't render even on its own.
fn culprit(report: &Report, head: &Head<'_>, body: &Item<'_>) -> Option<Span> {
    body.children.iter().find_map(|child| {
        let alone = Item { name: body.name, children: vec![child.clone()], ..Item::default() };
        let mut page = Page::new(head, Vault::new(&report.files));
        let text = page.write(head, "und", "auto", &alone);
        engine::render(&text).is_err().then_some(child.span)
    })
}
