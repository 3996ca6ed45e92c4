//! What Tera says went wrong, told so that the writer of the template can mend it.

use crate::{
    domain::problem::{Place, Problem},
    render::{nearest::nearest, source_map::SourceMap},
};
use std::collections::BTreeMap;
use tera::{Error, ErrorKind, ReportError};

/// Filters that a template may use, for "did you mean".
const FILTERS: [&str; 39] = [
    "styled",
    "safe",
    "default",
    "upper",
    "lower",
    "wordcount",
    "escape",
    "escape_html",
    "escape_xml",
    "newlines_to_br",
    "pluralize",
    "trim",
    "trim_start",
    "trim_end",
    "replace",
    "capitalize",
    "title",
    "truncate",
    "indent",
    "str",
    "int",
    "float",
    "length",
    "reverse",
    "split",
    "abs",
    "round",
    "first",
    "last",
    "nth",
    "join",
    "sort",
    "unique",
    "get",
    "values",
    "keys",
    "pairs",
    "group_by",
    "concat",
];

/// Functions that a template may call.
const FUNCTIONS: [&str; 3] = ["t", "range", "throw"];

/// Returns whether Tera couldn't read a file at all.
pub(super) fn is_syntax(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::SyntaxError(_))
}

/// Returns what an error of Tera means for the person; `file` is the one that was asked for.
pub(super) fn problems(error: &Error, sources: &BTreeMap<String, SourceMap>, file: &str) -> Vec<Problem> {
    let whole = |name: &str| Place::file(sources.get(name).map_or(name, SourceMap::path));
    let one = match error.kind() {
        ErrorKind::SyntaxError(report) => {
            let problem = Problem::error("template/syntax", lowered(report.message()));
            problem
                .at(place_of(report, sources, file))
                .help("the template language is Tera 2; see docs/templates.md")
        }
        ErrorKind::RenderingError(report) => failed(report.message()).at(place_of(report, sources, file)),
        ErrorKind::Io(_) => Problem::error("template/too-much-output", "the template writes more than 2 MB")
            .at(whole(file))
            .help("look for a loop inside a loop; mail programs clip a message beyond 0.1 MB"),
        ErrorKind::CircularInclude { tpl, include_chain } => {
            let message = format!("files include one another in a circle: {}", include_chain.join(" → "));
            Problem::error("template/syntax", message).at(whole(tpl)).help("take one of the includes out")
        }
        ErrorKind::MissingParent { current, parent } => {
            let problem =
                Problem::error("template/unknown-name", format!("there is no file `{parent}` to extend"));
            problem.at(whole(current)).help(hint(parent, sources.keys().map(String::as_str)))
        }
        ErrorKind::Msg(message) => {
            let reports = from_reports(message, sources);
            if !reports.is_empty() {
                return reports;
            }
            failed(message).at(whole(file))
        }
        other => failed(&other.to_string()).at(whole(file)),
    };
    vec![one]
}

/// Returns the place of a report in what the person wrote.
fn place_of(report: &ReportError, sources: &BTreeMap<String, SourceMap>, file: &str) -> Place {
    let name = if report.filename().is_empty() { file } else { report.filename() };
    sources.get(name).map_or_else(|| Place::file(name), |map| map.place(report.span().range.start))
}

/// Reads the joined reports in which Tera names unknown filters, functions, components and files.
fn from_reports(message: &str, sources: &BTreeMap<String, SourceMap>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for report in message.split("\n\n").filter_map(|report| report.strip_prefix("error: ")) {
        let mut lines = report.lines();
        let Some(title) = lines.next() else { continue };
        let mut problem = failed(title);
        let place = lines.next().and_then(|line| line.trim().strip_prefix("--> ")).and_then(|place| {
            let mut parts = place.rsplitn(3, ':');
            let column = parts.next()?.parse().ok()?;
            let line = parts.next()?.parse().ok()?;
            Some(sources.get(parts.next()?)?.place_of_line(line, column))
        });
        let known: Vec<&str> = match title.split(' ').nth(1) {
            Some("filter") => FILTERS.to_vec(),
            Some("function") => FUNCTIONS.to_vec(),
            Some("template") => sources.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        if let Some(name) = title.split('`').nth(1) {
            problem = problem.help(hint(name, known));
        }
        problem.place = place;
        problems.push(problem);
    }
    problems
}

/// Returns the problem for a message of Tera's, without place.
fn failed(message: &str) -> Problem {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    if let Some((_, known)) = message.split_once("Available ") {
        let known = known.split_once(": ").map_or("", |(_, names)| names);
        let problem = Problem::error("template/unknown-name", format!("there is no `{quoted}` here"));
        return problem.help(hint(quoted, known.split(", ")));
    }
    if message.contains("is not defined") || message.starts_with("Unknown ") {
        let what = message.strip_prefix("Unknown ").map_or_else(
            || format!("there is no `{quoted}` here"),
            |rest| format!("there is no {}", rest.replace("template `", "file `")),
        );
        return Problem::error("template/unknown-name", what).help("see docs/templates.md for all names");
    }
    if message.contains("recursion depth") {
        return Problem::error("template/too-much-output", "a component calls itself without end")
            .help("give it a condition to stop, or take the call out");
    }
    Problem::error("template/failed", lowered(message)).help("see docs/templates.md for what a template sees")
}

/// Returns the nearest known name, or all of them.
fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().filter(|name| !name.is_empty()).collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "see docs/templates.md for all names".to_owned(),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// Returns a message as a lower-case fragment without a full stop.
fn lowered(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
