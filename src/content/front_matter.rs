//! Divides a Markdown file into its front matter and its body.

use crate::content::source::SourceText;
use crate::domain::problem::{Place, Problem};
use std::ops::Range;

/// The two parts of a Markdown file, as octets of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The YAML between the two `---` lines.
    pub front_matter: Range<usize>,
    /// The Markdown behind it, from its first line of words to its last.
    pub body: Range<usize>,
}

/// Divides `source` at its two `---` lines.
///
/// # Errors
/// When the file is empty, doesn't begin with `---`, or never closes its front matter.
pub fn split(source: &SourceText) -> Result<Parts, Problem> {
    let text = source.text();
    if text.trim().is_empty() {
        return Err(empty_file(source));
    }
    let begin = text.len() - text.trim_start().len();
    let mut lines = text[begin..].split_inclusive('\n').scan(begin, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let first = lines.next().filter(|(_, line)| line.trim_end() == "---");
    let Some((first_start, first_line)) = first else {
        return Err(Problem::error("content/front-matter", "the file doesn't begin with its front matter")
            .at(source.at(begin))
            .help(
                "begin the file with a line `---`, keys such as `date: 2022-04-07`, and another line `---`",
            ));
    };
    let yaml_start = first_start + first_line.len();
    let Some((close, line)) = lines.find(|(_, line)| line.trim_end() == "---") else {
        return Err(Problem::error(
            "content/front-matter",
            "the front matter that opens here is never closed",
        )
        .at(source.at(first_start))
        .help("put a line `---` between the keys and the text"));
    };
    let rest = close + line.len();
    let body = text[rest..].trim_end();
    let blank: usize =
        body.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    Ok(Parts { front_matter: yaml_start..close, body: rest + blank..rest + body.len().max(blank) })
}

/// Returns the problem of a file with nothing in it.
pub(crate) fn empty_file(source: &SourceText) -> Problem {
    Problem::error("content/empty-file", "the file is empty")
        .at(Place::file(source.path()))
        .help("fill it, or delete it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let source = SourceText::new("a.md", text);
        let shown = match split(&source) {
            Ok(parts) => {
                format!(
                    "{:?} {:?} {}",
                    &text[parts.front_matter],
                    &text[parts.body.clone()],
                    source.at(parts.body.start)
                )
            }
            Err(problem) => problem.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_body_begins_at_its_first_line_of_words() {
        check("---\na: b\n---\n\n  \nOne\n---\ntwo\n\n", r#""a: b\n" "One\n---\ntwo" a.md:6:1"#);
        check("---\n---", r#""" "" a.md:2:4"#);
        check("---\na: b\n--- \n\n\n", r#""a: b\n" "" a.md:4:1"#);
    }

    #[test]
    fn a_file_without_front_matter_is_refused() {
        check("  \n", "a.md: the file is empty [content/empty-file]");
        check("Hello\n", "a.md:1:1: the file doesn't begin with its front matter [content/front-matter]");
        check(
            "---\na: b\n",
            "a.md:1:1: the front matter that opens here is never closed [content/front-matter]",
        );
    }
}
