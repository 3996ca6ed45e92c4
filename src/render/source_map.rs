//! A template's source after its merge fields were taken out, and the way back to what the person wrote.

use crate::{
    domain::{
        merge::MergeField,
        problem::{Place, Problem},
    },
    render::{
        merge::{misused, parse_field, speaks_of_subscriber, unclosed},
        trace::{Kind, Marks, with_marks},
    },
};

/// Name of the function that stands for a merge field once it is taken out.
pub(crate) const FIELD_FUNCTION: &str = "masthead_merge_field";

/// A template source without merge fields.
#[derive(Clone, Debug)]
pub(crate) struct SourceMap {
    path: String,
    original: String,
    /// What Tera gets to see.
    pub(crate) rewritten: String,
    /// Ends of the replaced stretches: offset in `rewritten`, offset in `original`.
    ends: Vec<(usize, usize)>,
}

impl SourceMap {
    /// Takes the merge fields out of a template; equal fields share a place in `fields`.
    pub(crate) fn new(
        path: String,
        source: &str,
        fields: &mut Vec<MergeField>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let original = source.strip_prefix('\u{feff}').unwrap_or(source).replace("\r\n", "\n");
        let mut map = Self {
            path,
            rewritten: String::with_capacity(original.len()),
            original: String::new(),
            ends: Vec::new(),
        };
        let mut done = 0;
        while let Some(found) = original[done..].find('{') {
            let at = done + found;
            map.rewritten.push_str(&original[done..at]);
            done = at + map.tag(&original, at, fields, problems);
            map.ends.push((map.rewritten.len(), done));
        }
        map.rewritten.push_str(&original[done..]);
        map.original = original;
        map
    }

    /// Writes what begins with the brace at `at`, and returns its length.
    fn tag(
        &mut self,
        source: &str,
        at: usize,
        fields: &mut Vec<MergeField>,
        problems: &mut Vec<Problem>,
    ) -> usize {
        let rest = &source[at..];
        let path = self.path.clone();
        let place = || Place::at(path.clone(), source, at);
        let length = match rest.get(..2) {
            Some("{%") => {
                if speaks_of_subscriber(&rest[..tag_len(rest, "%}")]) {
                    problems.push(misused("a condition can't ask about the subscriber").at(place()));
                }
                brace_len(rest)
            }
            Some("{{") => {
                let length = brace_len(rest);
                if !rest[..length].ends_with("}}") && speaks_of_subscriber(&rest[..length]) {
                    problems.push(unclosed(place()));
                } else if speaks_of_subscriber(&rest[2..length.max(4) - 2]) {
                    match self.field(&rest[..length], fields) {
                        Ok(()) => return length,
                        Err(problem) => problems.push(problem.at(place())),
                    }
                }
                length
            }
            _ => brace_len(rest),
        };
        self.rewritten.push_str(&rest[..length]);
        length
    }

    /// Writes the function call that stands for the field in `{{ … }}`; trim marks and line ends stay.
    fn field(&mut self, tag: &str, fields: &mut Vec<MergeField>) -> Result<(), Box<Problem>> {
        let inner = &tag[2..tag.len() - 2];
        let inner = inner.strip_prefix('-').unwrap_or(inner);
        let inner = inner.strip_suffix('-').unwrap_or(inner);
        let field = parse_field(inner)?;
        let index = fields.iter().position(|known| *known == field).unwrap_or_else(|| {
            fields.push(field);
            fields.len() - 1
        });
        let open = if tag.starts_with("{{-") { "{{-" } else { "{{" };
        let close = if tag.ends_with("-}}") { "-}}" } else { "}}" };
        let lines = "\n".repeat(inner.matches('\n').count());
        let call = format!("{open} {FIELD_FUNCTION}(index={index}){lines} {close}");
        self.rewritten.push_str(&call);
        Ok(())
    }

    /// Returns where an offset of the rewritten source stands in the file.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let (from, to) = self.ends.iter().rev().find(|(end, _)| *end <= offset).copied().unwrap_or((0, 0));
        Place::at(self.path.clone(), &self.original, to + (offset - from))
    }

    /// Returns where a line and column (both from 1) of the rewritten source stand in the file.
    pub(crate) fn place_of_line(&self, line: usize, column: usize) -> Place {
        let start: usize =
            self.rewritten.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let inside: usize =
            self.rewritten[start..].chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        self.place(start + inside)
    }

    /// Returns the source with a mark on each of its tags.
    pub(crate) fn marked(&self, marks: &mut Marks) -> Self {
        let attribute = marks.attribute();
        let mark = |at: usize| format!(" {attribute}=\"{}\"", marks.mark(Kind::Tags, &self.place(at)));
        Self { rewritten: with_marks(&self.rewritten, mark), ..self.clone() }
    }

    /// Returns the path as a person would type it.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// Returns the length of what Tera reads at the brace that `rest` begins with: 1 when that is a mere brace.
pub(crate) fn brace_len(rest: &str) -> usize {
    match rest.get(..2) {
        Some("{#") => rest.find("#}").map_or(rest.len(), |end| end + 2),
        Some("{%") => {
            let length = tag_len(rest, "%}");
            let words = rest[2..length].trim_start_matches('-').trim_start();
            if words.starts_with("raw") { raw_len(rest, length) } else { length }
        }
        Some("{{") => tag_len(rest, "}}"),
        _ => 1,
    }
}

/// Returns the length of a tag with its end, which quotes may hide; all the rest when it never ends.
fn tag_len(rest: &str, end: &str) -> usize {
    let mut quote = None;
    for (at, c) in rest.char_indices().skip(2) {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if rest[at..].starts_with(end) => return at + end.len(),
            _ => {}
        }
    }
    rest.find(end).map_or(rest.len(), |at| at + end.len())
}

/// Returns the length of `{% raw %} … {% endraw %}`, or of its first tag when it never ends.
fn raw_len(rest: &str, first: usize) -> usize {
    rest.find("endraw").and_then(|at| rest[at..].find("%}").map(|end| at + end + 2)).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::SourceMap;

    #[test]
    fn fields_are_taken_out_and_places_lead_back() {
        let (mut fields, mut problems) = (Vec::new(), Vec::new());
        let source = "a\n<p>{{- subscriber.name | default(value='you') -}} {{ x }}</p>{# subscriber #}{% raw %}{{ subscriber.y }}{% endraw %}";
        let map = SourceMap::new("templates/digest/digest.mjml".into(), source, &mut fields, &mut problems);
        assert_eq!(problems, []);
        assert_eq!(fields.len(), 1);
        assert!(
            map.rewritten.starts_with("a\n<p>{{- masthead_merge_field(index=0) -}} {{ x }}</p>"),
            "{}",
            map.rewritten
        );
        assert!(map.rewritten.ends_with("{% raw %}{{ subscriber.y }}{% endraw %}"));
        let at = map.rewritten.find("x }}").unwrap();
        assert_eq!(map.place(at).to_string(), "templates/digest/digest.mjml:2:54");
        assert_eq!(map.place_of_line(2, at - 1).to_string(), "templates/digest/digest.mjml:2:54");
    }

    #[test]
    fn anything_else_about_the_subscriber_is_refused() {
        for source in [
            "{% if subscriber.name %}x{% endif %}",
            "{{ subscriber.name | upper }}",
            "{{ t(key=\"x\", name=subscriber.name) }}",
            "{{ subscriber }}",
            "{{ subscriber.name",
        ] {
            let mut problems = Vec::new();
            SourceMap::new("x".into(), source, &mut Vec::new(), &mut problems);
            assert_eq!(problems.len(), 1, "{source}");
            assert_eq!(problems[0].place.as_ref().unwrap().to_string(), "x:1:1");
        }
    }
}
