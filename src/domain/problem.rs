//! What we tell people when something is wrong: one shape for terminal, `--json` and the preview.

use serde::Serialize;
use std::fmt;

/// How much a [`Problem`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Should be looked at; nothing is blocked.
    Warning,
    /// Stops what was asked for.
    Error,
}

/// Where something stands in a file that a person edits.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
pub struct Place {
    /// Path as the person would type it, relative to the workspace.
    pub path: String,
    /// Line, counted from 1; 0 when the whole file is meant.
    pub line: u32,
    /// Column in characters, counted from 1; 0 when the whole line is meant.
    pub column: u32,
    /// The line itself, cut to a screen's width, without its line ending.
    pub excerpt: Option<String>,
}

impl Place {
    /// Returns a place that means a whole file.
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Returns the place at byte `offset` of `source`, with line, column and the line as excerpt.
    pub fn at(path: impl Into<String>, source: &str, offset: usize) -> Self {
        let mut offset = offset.min(source.len());
        while !source.is_char_boundary(offset) {
            offset -= 1;
        }
        let line_start = source[..offset].rfind('\n').map_or(0, |at| at + 1);
        let line = source[..line_start].matches('\n').count() + 1;
        let column = source[line_start..offset].chars().count() + 1;
        let text = source[line_start..].lines().next().unwrap_or_default();
        Self {
            path: path.into(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            excerpt: Some(cut_around(text, column)),
        }
    }
}

/// Characters of a line that an excerpt shows at most.
const EXCERPT_CHARS: usize = 110;

/// Cuts a long line so that the column stays in sight.
fn cut_around(line: &str, column: usize) -> String {
    let count = line.chars().count();
    if count <= EXCERPT_CHARS {
        return line.to_owned();
    }
    let from = column.saturating_sub(EXCERPT_CHARS / 2).min(count - EXCERPT_CHARS);
    let mut cut: String = line.chars().skip(from).take(EXCERPT_CHARS).collect();
    if from > 0 {
        cut.insert(0, '…');
    }
    if from + EXCERPT_CHARS < count {
        cut.push('…');
    }
    cut
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(out, "{}", self.path),
            (line, 0) => write!(out, "{}:{line}", self.path),
            (line, column) => write!(out, "{}:{line}:{column}", self.path),
        }
    }
}

/// One thing that is wrong, said so that the person can act on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable code, a heading of `docs/errors.md`, e.g. `content/unknown-key`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where it is, when a file can be named.
    pub place: Option<Place>,
    /// What is wrong: a lower-case fragment without a full stop, values in backticks.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// Returns an error with no place and no help yet.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, place: None, message: message.into(), help: None }
    }

    /// Returns a warning with no place and no help yet.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Returns the problem with its place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Returns the problem with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(out, "{place}: ")?;
        }
        write!(out, "{} [{}]", self.message, self.code)
    }
}

/// Every problem of a stage at once: a writer with five typos wants five messages.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Returns whether any of them stops the work.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Returns `value` when nothing stops the work, and all problems otherwise.
    ///
    /// # Errors
    /// When one of the problems is an error.
    pub fn or_value<T>(self, value: T) -> Result<T, Self> {
        if self.has_errors() { Err(self) } else { Ok(value) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(out, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
