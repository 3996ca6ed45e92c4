//! Takes the merge fields out of texts and templates, before Markdown or Tera can see them.
//!
//! A field is `{{ subscriber.name | default(value="reader") }}`: this shape, any spacing, straight
//! quotes of either kind. Whatever else is said of `subscriber` is refused here with its place.

use crate::{
    domain::{
        edition::Text,
        merge::{MergeField, MergeTable},
        problem::{Place, Problem},
    },
    render::nearest::nearest,
};

/// Octets that a merge field may have between its braces; beyond it the closing braces were forgotten.
const EXPRESSION_MAX: usize = 400;

/// Problems that one text may bring: a text of broken fields alone must not take minutes to judge.
const PROBLEMS_MAX: usize = 20;

/// Collects the merge fields of one rendering and what is wrong with them.
#[derive(Debug)]
pub(crate) struct Blanks {
    /// Fields found so far.
    pub(crate) table: MergeTable,
    /// Problems found so far.
    pub(crate) problems: Vec<Problem>,
}

/// The way from a text whose merge fields were taken out back to what was written: ends of the replaced
/// stretches, here and there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WayBack(Vec<(usize, usize)>);

impl WayBack {
    /// Returns where an octet stands in what was written.
    pub(crate) fn offset(&self, at: usize) -> usize {
        let (from, to) = self.0.iter().rev().find(|(end, _)| *end <= at).copied().unwrap_or_default();
        to + (at - from)
    }
}

/// What a text is written in; it decides what becomes of an escaped `\{{`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Markup {
    /// Markdown, which resolves `\{` itself.
    Markdown,
    /// Words only.
    Plain,
}

impl Blanks {
    /// Returns an empty collection.
    pub(crate) fn new(nonce: &str) -> Self {
        Self { table: MergeTable::new(nonce), problems: Vec::new() }
    }

    /// Returns the text's source with a token in place of each merge field.
    pub(crate) fn text(&mut self, text: &Text, markup: Markup) -> String {
        self.source(&text.source, markup, |offset| place_in(text, offset))
    }

    /// Returns the text's source with a token in place of each merge field, and the way back from it.
    pub(crate) fn text_and_way(&mut self, text: &Text, markup: Markup) -> (String, WayBack) {
        let mut way = WayBack::default();
        let source = self.take_out(&text.source, markup, |offset| place_in(text, offset), &mut way);
        (source, way)
    }

    /// Returns `source` with a token in place of each merge field; `place` names an offset to a person.
    pub(crate) fn source(&mut self, source: &str, markup: Markup, place: impl Fn(usize) -> Place) -> String {
        self.take_out(source, markup, place, &mut WayBack::default())
    }

    fn take_out(
        &mut self,
        source: &str,
        markup: Markup,
        place: impl Fn(usize) -> Place,
        way: &mut WayBack,
    ) -> String {
        let mut out = String::with_capacity(source.len());
        let (mut from, known) = (0, self.problems.len());
        while let Some(found) = source[from..].find("{{") {
            if self.problems.len() - known >= PROBLEMS_MAX {
                break;
            }
            let at = from + found;
            if source[..at].ends_with('\\') {
                let keep = if markup == Markup::Plain { at - 1 } else { at };
                out.push_str(&source[from..keep]);
                out.push_str("{{");
                from = at + 2;
                way.0.push((out.len(), from));
                continue;
            }
            out.push_str(&source[from..at]);
            let Some(length) = expression_len(&source[at + 2..]) else {
                self.problems.push(unclosed(place(at)));
                from = at + 2;
                way.0.push((out.len(), from));
                continue;
            };
            let expression = &source[at + 2..at + 2 + length];
            match parse_content_field(expression) {
                Ok(field) => out.push_str(&self.table.token(field)),
                Err(problem) => self.problems.push(problem.at(place(at))),
            }
            from = at + 2 + length + 2;
            way.0.push((out.len(), from));
        }
        out.push_str(&source[from..]);
        if let Some(at) = tag_about_subscriber(source) {
            self.problems.push(misused("only `{{ … }}` can stand in a text, not `{% … %}`").at(place(at)));
        }
        out
    }
}

/// Returns the place of a byte offset inside a text of a content file.
pub(crate) fn place_in(text: &Text, offset: usize) -> Place {
    let wrapped = text.lines.iter().rposition(|(from, _)| *from <= offset);
    if let Some(at) = wrapped.filter(|_| text.place.line > 0) {
        let (from, line) = text.lines[at];
        let to = text.lines.get(at + 1).map_or(text.source.len(), |(next, _)| *next);
        let words = text.source.get(from..to).unwrap_or_default();
        let excerpt = Place::at("", words, 0).excerpt;
        return Place { path: text.place.path.clone(), line, column: 0, excerpt };
    }
    let inside = Place::at("", &text.source, offset);
    let first = inside.line <= 1;
    Place {
        path: text.place.path.clone(),
        line: if text.place.line == 0 { 0 } else { text.place.line + inside.line.saturating_sub(1) },
        column: match (first, text.place.column) {
            (true, column) if column > 0 => column + inside.column.saturating_sub(1),
            // A text at the margin is the body of a Markdown file: no line of it is indented.
            (false, 1) => inside.column,
            _ => 0,
        },
        excerpt: if first { text.place.excerpt.clone().or(inside.excerpt) } else { inside.excerpt },
    }
}

/// Returns the length of an expression up to its closing braces, which quotes may hide.
fn expression_len(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in rest.char_indices().take_while(|(at, _)| *at <= EXPRESSION_MAX) {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if rest[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    // An apostrophe that no second one follows must not hide the end.
    let near = rest.floor_char_boundary(EXPRESSION_MAX + 2);
    rest[..near].find("}}")
}

/// Returns where a `{% … %}` speaks of the subscriber.
fn tag_about_subscriber(source: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = source[from..].find("{%") {
        let at = from + found;
        let end = source[at..].find("%}").map_or(source.len(), |length| at + length);
        if speaks_of_subscriber(&source[at..end]) {
            return Some(at);
        }
        from = end;
    }
    None
}

/// Reads the field of a content text.
fn parse_content_field(expression: &str) -> Result<MergeField, Box<Problem>> {
    let words = expression.trim();
    if words == "unsubscribe_url" {
        return Ok(MergeField::UnsubscribeUrl);
    }
    if speaks_of_subscriber(words) {
        return parse_field(words);
    }
    let name = words.split(['|', '.', ' ']).next().unwrap_or_default();
    let problem = Problem::error("render/merge-field-unknown", format!("unknown merge field `{words}`"));
    let known = ["name", "email", "language", "topics"];
    let help = if let Some(field) = nearest(name, known) {
        format!("did you mean `{{{{ subscriber.{field} }}}}`?")
    } else if nearest(name, ["subscriber"]).is_some() {
        format!("did you mean `{{{{ {} }}}}`?", words.replacen(name, "subscriber", 1))
    } else {
        r#"merge fields look like `{{ subscriber.name | default(value="reader") }}`; for braces in the text write `\{{`"#
            .to_owned()
    };
    Err(Box::new(problem.help(help)))
}

/// Reads `subscriber.name | default(value="reader")`.
pub(crate) fn parse_field(expression: &str) -> Result<MergeField, Box<Problem>> {
    let rest = expression.trim().strip_prefix("subscriber").map(str::trim_start);
    let Some(rest) = rest.and_then(|rest| rest.strip_prefix('.')).map(str::trim_start) else {
        return Err(Box::new(misused(&format!("`{}` is not a merge field", expression.trim()))));
    };
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
    let (name, rest) = (&rest[..end], rest[end..].trim());
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
        || name.is_empty()
    {
        let problem =
            Problem::error("render/merge-field-unknown", format!("`{name}` is no name of a merge field"));
        let lower = name.to_lowercase();
        let help = format!("names are in lower case without accents: `{{{{ subscriber.{lower} }}}}`");
        return Err(Box::new(problem.help(help)));
    }
    let name = name.to_owned();
    if rest.is_empty() {
        return Ok(MergeField::Subscriber { name, default: None });
    }
    match parse_default(rest) {
        Some(default) => Ok(MergeField::Subscriber { name, default: Some(default) }),
        None => Err(Box::new(misused(&format!("`{rest}` can't be said of a merge field")))),
    }
}

/// Reads `| default(value="…")`.
fn parse_default(rest: &str) -> Option<String> {
    let rest = rest.strip_prefix('|')?.trim_start().strip_prefix("default")?.trim_start();
    let rest = rest.strip_prefix('(')?.trim_start().strip_prefix("value")?.trim_start();
    let rest = rest.strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            value.push(chars.next()?.1);
        } else if c == quote {
            return (rest[at + 1..].trim() == ")").then(|| value.trim().to_owned());
        } else if c == '\n' {
            value.push(' ');
        } else {
            value.push(c);
        }
    }
    None
}

/// Returns whether `subscriber` is named outside of quotes.
pub(crate) fn speaks_of_subscriber(expression: &str) -> bool {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in expression.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None => {
                let after = expression[at..].strip_prefix("subscriber").map(|rest| rest.chars().next());
                let ends = |next: Option<char>| !next.is_some_and(|c| c.is_alphanumeric() || c == '_');
                let starts = !(before.is_alphanumeric() || before == '_' || before == '.');
                if starts && after.is_some_and(ends) {
                    return true;
                }
            }
        }
        before = c;
    }
    false
}

/// Returns the problem of something said of the subscriber that masthead can't do.
pub(crate) fn misused(message: &str) -> Problem {
    Problem::error("render/merge-field-misused", message).help(
        r#"a merge field stands alone: `{{ subscriber.name | default(value="reader") }}`, with straight quotes; no other filter, no condition"#,
    )
}

/// Returns the problem of braces that never close.
pub(crate) fn unclosed(place: Place) -> Problem {
    Problem::error("render/merge-field-unclosed", "`{{` without its `}}`")
        .at(place)
        .help("close the merge field, or write `\\{{` for braces in the text")
}

#[cfg(test)]
mod tests;
