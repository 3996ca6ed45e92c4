//! The only place that prints: data on stdout, talk on stderr.
//!
//! Without colour everything says the same as with it. `--json` prints one object per line.

use crate::domain::problem::{Place, Problem, Problems, Severity};
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// Where words go and how they are dressed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// Whether data is printed as JSON, one object per line.
    pub(crate) json: bool,
    /// Whether stderr takes colour.
    colour: bool,
}

/// How a piece of talk is dressed where colour is allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dress {
    /// Something went well.
    Good,
    /// Something is wrong.
    Bad,
    /// Something wants a look.
    Careful,
    /// Stands out.
    Strong,
    /// Steps back.
    Faint,
}

impl Dress {
    fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "1;31",
            Self::Careful => "33",
            Self::Strong => "1",
            Self::Faint => "2",
        }
    }
}

#[expect(clippy::unused_self, reason = "whoever holds an `Output` may print, and nobody else")]
impl Output {
    /// Returns an output; colour only on a terminal and without `NO_COLOR`.
    pub(crate) fn new(json: bool, no_colour: bool) -> Self {
        Self { json, colour: !no_colour && std::io::stderr().is_terminal() }
    }

    /// Returns whether a person sits at stderr, so that progress may be drawn.
    pub(crate) fn is_watched(self) -> bool {
        std::io::stderr().is_terminal()
    }

    /// Returns `text` dressed.
    pub(crate) fn dress(self, dress: Dress, text: &str) -> String {
        if self.colour { format!("\u{1b}[{}m{text}\u{1b}[0m", dress.code()) } else { text.to_owned() }
    }

    /// Prints a line of data to stdout. A reader that went away (`| head`) is no error.
    pub(crate) fn data(self, line: &str) {
        let _reader_may_be_gone = writeln!(std::io::stdout().lock(), "{line}");
    }

    /// Prints an object as one line of JSON to stdout.
    pub(crate) fn object<T: Serialize>(self, value: &T) {
        match serde_json::to_string(value) {
            Ok(line) => self.data(&line),
            Err(error) => self.talk(&format!("could not write JSON: {error}")),
        }
    }

    /// Prints a line of talk to stderr.
    pub(crate) fn talk(self, line: &str) {
        let _reader_may_be_gone = writeln!(std::io::stderr().lock(), "{line}");
    }

    /// Prints talk without a line ending, for questions.
    pub(crate) fn ask(self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let _reader_may_be_gone = write!(stderr, "{text}").and_then(|()| stderr.flush());
    }

    /// Shows one problem: what, where, the line, what to do.
    pub(crate) fn problem(self, problem: &Problem) {
        if self.json {
            self.object(problem);
            return;
        }
        self.talk(&self.render_problem(problem));
    }

    /// Shows all problems, and how many there are when there are several.
    pub(crate) fn problems(self, problems: &Problems) {
        for problem in &problems.0 {
            self.problem(problem);
        }
        let errors = problems.0.iter().filter(|problem| problem.severity == Severity::Error).count();
        if errors > 1 && !self.json {
            self.talk(&format!("{errors} errors"));
        }
    }

    fn render_problem(self, problem: &Problem) -> String {
        let (word, dress) = match problem.severity {
            Severity::Error => ("error", Dress::Bad),
            Severity::Warning => ("warning", Dress::Careful),
            Severity::Info => ("note", Dress::Faint),
        };
        let code = self.dress(Dress::Faint, &format!("[{}]", problem.code));
        let message = visible(&problem.message);
        let mut lines = vec![format!("{}: {message}  {code}", self.dress(dress, word))];
        if let Some(place) = &problem.place {
            lines.push(format!("  {}", visible(&place.to_string())));
            lines.extend(self.excerpt(place, dress));
        }
        lines.extend(problem.help.iter().map(|help| format!("  help: {}", visible(help))));
        lines.join(
            "
",
        )
    }

    /// Returns the line itself with a mark under the column.
    pub(crate) fn excerpt(self, place: &Place, dress: Dress) -> Vec<String> {
        let Some(excerpt) = place.excerpt.as_deref().filter(|line| !line.trim().is_empty()) else {
            return Vec::new();
        };
        let number = place.line.to_string();
        let excerpt = visible(excerpt);
        let mut lines = vec![format!("  {} {excerpt}", self.dress(Dress::Faint, &format!("{number} │")))];
        if place.column > 0 && place.column < 100 {
            let pad = " ".repeat(number.len() + 4 + place.column as usize);
            lines.push(format!("{pad}{}", self.dress(dress, "^")));
        }
        lines
    }
}

/// Shows what would command the terminal or turn the line as the mark for "not a letter".
pub(crate) fn visible(text: &str) -> String {
    let commands = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace(commands, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn a_file_can_not_command_the_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\td é"), "a\u{fffd}[2Jb\u{fffd}c\td é");
    }
}
