//! What we say about YAML that is broken or that does more than these files need.

use crate::content::source::SourceText;
use crate::domain::problem::Problem;
use serde_saphyr::granit_parser::ErrorKind;

const SYNTAX: &str = "content/yaml-syntax";
const IN_QUOTES: &str = "put the whole text in double quotes";

/// Returns the problem of a mark (`&`, `*`, `!`) that YAML would read as more than text.
pub(super) fn mark(source: &SourceText, offset: usize) -> Problem {
    // The span of a marked value begins behind its mark; the mark stands before it on the line.
    let line_start = source.text()[..offset].rfind('\n').map_or(0, |at| at + 1);
    let before = &source.text()[line_start..offset];
    let offset = if source.text()[offset..].starts_with(['&', '*', '!']) {
        offset
    } else {
        before.rfind(['&', '*', '!']).map_or(offset, |at| line_start + at)
    };
    let found = source.text()[offset..].chars().next().unwrap_or('&');
    Problem::error(
        "content/yaml-mark",
        format!("a text that begins with `{found}` means something else in YAML"),
    )
    .at(source.at(offset))
    .help(IN_QUOTES)
}

/// Returns the problem of a second document in one file.
pub(super) fn second_document(source: &SourceText, offset: usize) -> Problem {
    Problem::error(SYNTAX, "a second document begins here")
        .at(source.at(offset))
        .help("a file holds one set of keys: remove the line `---`")
}

/// Returns the problem of a list or mapping where a key belongs.
pub(super) fn key_is_no_word(source: &SourceText, offset: usize) -> Problem {
    let problem = Problem::error(SYNTAX, "expected a key, found something else").at(source.at(offset));
    let line_start = source.text()[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = source.text()[line_start..].lines().next().unwrap_or_default();
    if line.contains("{{") {
        return problem
            .help("a text that begins with `{{` must be in quotes: \"{{ subscriber.name }}, news\"");
    }
    problem.help("write `key: value`, and put a text with `{`, `[` or `: ` in it in double quotes")
}

/// Returns the problem of more nesting than a person writes.
pub(super) fn too_deep(source: &SourceText, offset: usize) -> Problem {
    Problem::error("content/too-deep", "lists and mappings are nested too deep here")
        .at(source.at(offset))
        .help("no key needs more than a few levels; a text with brackets belongs in double quotes")
}

/// Returns the problem of more values than any of these files has.
pub(super) fn too_many(source: &SourceText, offset: usize, limit: usize) -> Problem {
    Problem::error("content/too-large", format!("the file holds more than {limit} values"))
        .at(source.at(offset))
        .help("keep data out of text files, or split the file")
}

/// Returns a warning when a `#` that looks like part of the text ends a plain text.
///
/// YAML takes ` #` as the beginning of a comment, so `Issue #5` would silently become `Issue`.
pub(super) fn cut_by_comment(source: &SourceText, end: usize) -> Option<Problem> {
    let rest = source.text().get(end..)?.trim_start_matches([' ', '\t']);
    let comment = rest.strip_prefix('#')?;
    if comment.starts_with(|c: char| c.is_whitespace() || matches!(c, '#' | '!' | '-' | '='))
        || comment.is_empty()
    {
        return None;
    }
    let offset = source.text().len() - rest.len();
    Some(
        Problem::warning(
            "content/cut-by-comment",
            "the text ends before this `#`: YAML takes the rest as a comment",
        )
        .at(source.at(offset))
        .help("put the whole text in double quotes, or a space after `#` if a comment is meant"),
    )
}

/// Returns the problem of YAML that can't be read.
pub(super) fn of_scan(source: &SourceText, offset: usize, kind: &ErrorKind) -> Problem {
    if matches!(kind, ErrorKind::RecursionLimitExceeded) {
        return too_deep(source, offset);
    }
    if matches!(kind, ErrorKind::UnknownAnchor | ErrorKind::MissingAnchorOrAliasName) {
        return mark(source, offset);
    }
    // The scanner stops behind a tab; the place is the tab itself.
    let offset = if is_tab(kind) { tab_before(source.text(), offset) } else { offset };
    let (message, help) = words(kind);
    Problem::error(SYNTAX, message).at(source.at(offset)).help(help)
}

fn is_tab(kind: &ErrorKind) -> bool {
    use ErrorKind as E;
    matches!(
        kind,
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabAtBlockScalarStart
    )
}

/// Returns the first tab of the line in which the scanner stopped, or the offset itself.
fn tab_before(text: &str, offset: usize) -> usize {
    let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    line.find('\t').map_or(offset, |at| line_start + at)
}

/// Returns what is wrong and what to do, in words for people who don't know YAML.
fn words(kind: &ErrorKind) -> (String, &'static str) {
    use ErrorKind as E;
    let (message, help) = match kind {
        kind if is_tab(kind) => ("a tab stands where only spaces may stand", "replace it by spaces"),
        E::UnclosedQuotedScalar => (
            "the quote that opens here is never closed",
            "close it, or write a quote inside a text as `\\\"`",
        ),
        E::InvalidTrailingDoubleQuotedScalar | E::InvalidTrailingSingleQuotedScalar => (
            "something follows after the closing quote",
            "put the whole text in double quotes and write a quote inside it as `\\\"`",
        ),
        E::UnknownQuotedScalarEscape => (
            "a backslash in double quotes stands before a letter it can't stand before",
            "write `\\\\` for a backslash",
        ),
        E::MappingValueNotAllowed | E::InvalidColonPlacement | E::MappingKeyNotAllowed => (
            "a second `: ` stands in this line, or its indentation is off",
            "put a text with `: ` in it in double quotes, and line up keys with those above",
        ),
        E::SimpleKeyExpected | E::InvalidSimpleKey | E::ExpectedBlockMappingKey => (
            "expected a line like `key: value`",
            "add the `: ` after the key; the further lines of a long text are indented",
        ),
        E::InvalidIndentation | E::InvalidBlockScalarIndent | E::InvalidQuotedScalarIndent => {
            ("the indentation doesn't fit the lines above", "line up this line with those it belongs to")
        }
        E::UnclosedFlowCollection { .. }
        | E::MisplacedFlowCollectionEnd
        | E::MismatchedFlowCollectionEnd { .. } => (
            "brackets or braces don't match",
            "close every `[` with `]` and every `{` with `}`; a text with brackets belongs in double quotes",
        ),
        E::ExpectedFlowMappingSeparator | E::ExpectedFlowSequenceSeparator => (
            "expected a comma or the closing bracket",
            "separate the parts with commas; a text with brackets or braces belongs in double quotes",
        ),
        E::UnexpectedCharacter { character } => {
            return (format!("a text can't begin with `{character}` here"), IN_QUOTES);
        }
        E::BomInsideDocument => ("a byte-order mark stands inside the text", "delete it"),
        other => {
            return (format!("this is not YAML: {other}"), "put texts with punctuation in double quotes");
        }
    };
    (message.to_owned(), help)
}
