//! Tera: parses a template's files once, and renders them for each edition.
//!
//! Promises: an error names file, line and column of what the person wrote; output and counting
//! loops are bounded; nothing a template says reaches files, network or clock.

mod failure;

use crate::{
    domain::{
        merge::MergeField,
        problem::{Place, Problem, Problems},
        template::TemplateFiles,
    },
    render::{
        flow::escape_attribute,
        phrases::{Phrases, used_keys},
        source_map::{FIELD_FUNCTION, SourceMap},
        theme::restyle,
        trace::{Kind, Marks},
    },
};
use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tera::{Context, Error, Kwargs, State, Tera, TeraResult, Value};

/// The MJML entry of a template folder.
pub(crate) const MJML_FILE: &str = "digest.mjml";
/// The text entry of a template folder.
pub(crate) const TEXT_FILE: &str = "digest.txt";

/// Octets that one file of a digest may have before the engine; clients clip at a twentieth of it.
const OUTPUT_MAX: usize = 2_000_000;
/// Numbers that one call of `range` may give.
const RANGE_MAX: i64 = 1_000;
/// Numbers that all calls of `range` in one rendering may give.
const RANGE_TOTAL_MAX: usize = 100_000;

/// A template's files, parsed.
#[derive(Clone)]
pub(crate) struct Templates {
    tera: Tera,
    sources: BTreeMap<String, SourceMap>,
    fields: Vec<MergeField>,
    /// Phrases that the files name, each with its first place.
    pub(crate) used_keys: BTreeMap<String, Place>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Templates").field("sources", &self.sources).finish_non_exhaustive()
    }
}

/// A template's files with the phrases and tokens of one rendering.
pub(crate) struct Prepared<'a> {
    tera: Tera,
    templates: &'a Templates,
}

impl Templates {
    /// Parses the files of a template folder.
    pub(crate) fn parse(files: &TemplateFiles) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let mut fields = Vec::new();
        let mut used = BTreeMap::new();
        let mut sources = BTreeMap::new();
        for (name, source) in &files.files {
            if !is_template(name) {
                continue;
            }
            let path = format!("{}/{name}", files.origin);
            let map = SourceMap::new(path, source, &mut fields, &mut problems);
            for (key, at) in used_keys(&map.rewritten) {
                used.entry(key).or_insert_with(|| map.place(at));
            }
            sources.insert(name.clone(), map);
        }
        for required in [MJML_FILE, TEXT_FILE] {
            if !sources.contains_key(required) {
                let message = format!("template `{}` has no `{required}`", files.name);
                let problem = Problem::error("template/missing-file", message).at(Place::file(&files.origin));
                problems.push(problem.help("a template is a folder with digest.mjml and digest.txt"));
            }
        }
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let tera = parse_all(&sources).map_err(Problems)?;
        Ok(Self { tera, sources, fields, used_keys: used })
    }

    /// Returns the merge fields that the files hold, in the order of their indices.
    pub(crate) fn fields(&self) -> &[MergeField] {
        &self.fields
    }

    /// Returns the templates with a mark on each tag of their markup, when Tera still understands them.
    pub(crate) fn marked(&self, marks: &mut Marks) -> Option<Self> {
        if !marks.wants(Kind::Tags) {
            return Some(self.clone());
        }
        let is_markup = |name: &str| [".mjml", ".html"].iter().any(|ending| name.ends_with(ending));
        let sources = self
            .sources
            .iter()
            .map(|(name, map)| (name.clone(), if is_markup(name) { map.marked(marks) } else { map.clone() }));
        let sources: BTreeMap<String, SourceMap> = sources.collect();
        let tera = parse_all(&sources).ok()?;
        Some(Self { tera, sources, fields: self.fields.clone(), used_keys: self.used_keys.clone() })
    }

    /// Binds phrases and merge tokens (one for each of [`Self::fields`]) for one rendering.
    pub(crate) fn prepare(&self, phrases: Arc<Phrases>, tokens: Vec<String>) -> Prepared<'_> {
        let mut tera = self.tera.clone();
        tera.register_function("t", move |kwargs: Kwargs, _: &State| say(&phrases, &kwargs));
        tera.register_function(FIELD_FUNCTION, move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
            let index: usize = kwargs.must_get("index")?;
            tokens
                .get(index)
                .map(|token| Value::from(token.as_str()))
                .ok_or_else(|| Error::message("no such field"))
        });
        let budget = AtomicUsize::new(RANGE_TOTAL_MAX);
        tera.register_function("range", move |kwargs: Kwargs, _: &State| range(&kwargs, &budget));
        Prepared { tera, templates: self }
    }
}

impl Prepared<'_> {
    /// Renders one of the files.
    pub(crate) fn render(&self, name: &str, context: &Context) -> Result<String, Problems> {
        let mut out = Bounded { bytes: Vec::with_capacity(32_768) };
        match self.tera.render_to(name, context, &mut out) {
            Ok(()) => Ok(String::from_utf8_lossy(&out.bytes).into_owned()),
            Err(error) => Err(Problems(failure::problems(&error, &self.templates.sources, name))),
        }
    }
}

/// Returns whether a file of the folder is a template and not a setting, a phrase or a picture.
fn is_template(name: &str) -> bool {
    [".mjml", ".txt", ".html", ".css", ".tera"].iter().any(|ending| name.ends_with(ending))
}

/// Parses all files; on syntax errors each file is parsed alone, so that every one is reported.
fn parse_all(sources: &BTreeMap<String, SourceMap>) -> Result<Tera, Vec<Problem>> {
    let mut tera = Tera::new();
    tera.autoescape_on([".mjml", ".html", ".css", ".tera"]);
    tera.set_escape_fn(escape);
    tera.register_filter("styled", |html: Value, kwargs: Kwargs, _: &State| styled(&html, &kwargs));
    // Bound for each rendering in `prepare`; here so that Tera knows the names.
    tera.register_function("t", |_: Kwargs, _: &State| "");
    tera.register_function(FIELD_FUNCTION, |_: Kwargs, _: &State| "");
    let mut all = tera.clone();
    let files = sources.iter().map(|(name, map)| (name.as_str(), map.rewritten.as_str()));
    let Err(error) = all.add_raw_templates(files) else { return Ok(all) };
    let mut problems = Vec::new();
    for (name, map) in sources {
        if let Err(error) = tera.clone().add_raw_template(name, &map.rewritten)
            && failure::is_syntax(&error)
        {
            problems.extend(failure::problems(&error, sources, name));
        }
    }
    if problems.is_empty() {
        problems = failure::problems(&error, sources, MJML_FILE);
    }
    Err(problems)
}

/// Escapes a plain string in an MJML file, for text and attributes alike.
fn escape(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut escaped = String::with_capacity(text.len() + 16);
    escape_attribute(text, &mut escaped);
    out.write_all(escaped.as_bytes())
}

/// The function `t`: a phrase with its placeholders filled.
fn say(phrases: &Phrases, kwargs: &Kwargs) -> TeraResult<Value> {
    let key: &str = kwargs.must_get("key")?;
    let values = kwargs
        .iter()
        .filter_map(|(name, value)| name.as_str().map(|name| (name.to_owned(), value.to_string())))
        .filter(|(name, _)| name != "key")
        .collect();
    phrases.say(key, &values).map(Value::from).map_err(Error::message)
}

/// The function `range`, bounded for one call and for all calls together.
fn range(kwargs: &Kwargs, budget: &AtomicUsize) -> TeraResult<Vec<i64>> {
    let start: i64 = kwargs.get("start")?.unwrap_or(0);
    let end: i64 = kwargs.must_get("end")?;
    let step: i64 = kwargs.get("step_by")?.unwrap_or(1);
    if step < 1 || end.saturating_sub(start) > RANGE_MAX.saturating_mul(step) {
        return Err(Error::message(format!("`range` counts upwards to {RANGE_MAX} numbers at most")));
    }
    let mut numbers = Vec::new();
    let mut number = start;
    while number < end {
        numbers.push(number);
        number += step;
    }
    let enough =
        budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(numbers.len() + 1));
    enough
        .map(|_| numbers)
        .map_err(|_| Error::message(format!("loops count further than {RANGE_TOTAL_MAX} in all")))
}

/// The filter `styled`: inline styles by tag, for one place.
fn styled(html: &Value, kwargs: &Kwargs) -> TeraResult<Value> {
    let styles = kwargs
        .iter()
        .filter_map(|(tag, style)| Some((tag.as_str()?.to_owned(), style.as_str()?.to_owned())))
        .collect();
    let text =
        html.as_str().ok_or_else(|| Error::message("`styled` is for the `.html` or `.inline` of a text"))?;
    if html.is_safe() {
        Ok(Value::safe_string(&restyle(text, &styles)))
    } else {
        Err(Error::message("`styled` is for the `.html` or `.inline` of a text, not for plain words"))
    }
}

/// Takes output up to a bound.
struct Bounded {
    bytes: Vec<u8>,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > OUTPUT_MAX {
            return Err(io::Error::other("too much output"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
