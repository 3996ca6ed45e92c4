//! Finds a template: in the workspace, else inside the binary.

use crate::content::fields::{listed, nearest};
use crate::content::source::{SourceText, TEXT_BYTES_MAX};
use crate::content::template_file;
use crate::domain::language::Language;
use crate::domain::newsletter::Newsletter;
use crate::domain::problem::{Place, Problem};
use crate::domain::template::TemplateFiles;
use crate::workspace::read;
use rust_embed::RustEmbed;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The templates that travel with the binary.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct BuiltIn;

/// Levels of folders inside a template.
const DEPTH_MAX: usize = 4;

/// Tokens that a newsletter may set whatever the template says, because this module reads them.
const OWN_TOKENS: [&str; 4] = ["logo", "logo_width", "logo_height", "logo_alt"];

/// Returns the template of this name; `place` is where the newsletter names it.
///
/// The template is `None` when there is none or when one of its files is broken.
pub(super) fn load(root: &Path, name: &str, place: Option<Place>) -> (Option<TemplateFiles>, Vec<Problem>) {
    let origin = format!("templates/{name}");
    if root.join(&origin).is_dir() {
        return match gather(root, &origin) {
            Ok(sources) => assemble(name, &origin, sources),
            Err(problems) => (None, problems),
        };
    }
    let sources = embedded(name);
    if sources.is_empty() {
        return (None, vec![unknown(root, name, place)]);
    }
    let (sources, problems): (Vec<_>, Vec<_>) = sources.into_iter().partition(Result::is_ok);
    if problems.is_empty() {
        let sources = sources.into_iter().filter_map(Result::ok).collect();
        return assemble(name, &format!("(built in) {name}"), sources);
    }
    (None, problems.into_iter().filter_map(Result::err).collect())
}

/// Returns the texts of a template inside the binary, by path inside its folder.
fn embedded(name: &str) -> Vec<Result<(String, SourceText), Problem>> {
    let prefix = format!("{name}/");
    let mut paths: Vec<_> =
        BuiltIn::iter().filter(|path| path.starts_with(&prefix) && is_text(path)).collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| {
            let file = BuiltIn::get(path)?;
            let inner = path[prefix.len()..].to_owned();
            Some(SourceText::decode(format!("(built in) {path}"), &file.data).map(|source| (inner, source)))
        })
        .collect()
}

/// Returns the texts of a template folder, by path inside it.
fn gather(root: &Path, origin: &str) -> Result<Vec<(String, SourceText)>, Vec<Problem>> {
    let mut sources = Vec::new();
    let mut problems = Vec::new();
    let mut folders = vec![(String::new(), 0)];
    while let Some((inner, depth)) = folders.pop() {
        let path = format!("{origin}/{inner}");
        let entries = read::folder(root, path.trim_end_matches('/')).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        for entry in entries {
            let inner = format!("{inner}{}", entry.name);
            if entry.is_folder {
                if depth < DEPTH_MAX {
                    folders.push((format!("{inner}/"), depth + 1));
                }
            } else if is_text(&inner) {
                match read::text(root, &format!("{origin}/{inner}")) {
                    Ok(source) => sources.push((inner, source)),
                    Err(problem) => problems.push(problem),
                }
            }
        }
    }
    let size: usize = sources.iter().map(|(_, source)| source.text().len()).sum();
    if size > TEXT_BYTES_MAX {
        problems.push(crate::content::source::too_large(origin, size as u64));
    }
    if problems.is_empty() { Ok(sources) } else { Err(problems) }
}

fn is_text(path: &str) -> bool {
    let ending = Path::new(path).extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    ["mjml", "txt", "yaml", "css", "html"].contains(&ending)
}

fn assemble(
    name: &str,
    origin: &str,
    sources: Vec<(String, SourceText)>,
) -> (Option<TemplateFiles>, Vec<Problem>) {
    let mut template =
        TemplateFiles { name: name.to_owned(), origin: origin.to_owned(), ..TemplateFiles::default() };
    let mut problems = Vec::new();
    for (inner, source) in sources {
        let tag = inner.strip_prefix("strings/").and_then(|rest| rest.strip_suffix(".yaml"));
        if inner == "template.yaml" {
            let (file, found) = template_file::parse(&source);
            problems.extend(found.0);
            template.theme = file.theme;
        } else if let Some(tag) = tag {
            let (strings, found) = template_file::parse_strings(&source);
            problems.extend(found.0);
            match Language::parse(tag) {
                Some(language) => {
                    template.strings.insert(language, strings);
                }
                None => problems.push(no_language(source.path(), tag)),
            }
        } else {
            template.files.insert(inner, source.text().to_owned());
        }
    }
    let is_whole =
        !problems.iter().any(|problem| problem.severity == crate::domain::problem::Severity::Error);
    (is_whole.then_some(template), problems)
}

fn no_language(path: &str, tag: &str) -> Problem {
    Problem::error("workspace/bad-name", format!("`{tag}` is not a language"))
        .at(Place::file(path))
        .help("name the file after a language: `en.yaml`, `zh-Hans.yaml`")
}

fn unknown(root: &Path, name: &str, place: Option<Place>) -> Problem {
    let mut known: BTreeSet<String> =
        BuiltIn::iter().filter_map(|path| path.split_once('/').map(|(name, _)| name.to_owned())).collect();
    let folders = read::folder(root, "templates").unwrap_or_default();
    known.extend(folders.into_iter().filter(|entry| entry.is_folder).map(|entry| entry.name));
    let help = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the templates are {}", listed(&known)),
    };
    let problem =
        Problem::error("workspace/unknown-template", format!("there is no template `{name}`")).help(help);
    match place {
        Some(place) => problem.at(place),
        None => problem,
    }
}

/// Returns the problems of theme tokens that the template doesn't know; `font@ar` counts as `font`.
pub(super) fn unknown_tokens(
    newsletter: &Newsletter,
    template: &TemplateFiles,
    places: &BTreeMap<String, Place>,
) -> Vec<Problem> {
    let base = |token: &str| token.split('@').next().unwrap_or_default().to_owned();
    let known: BTreeSet<String> =
        template.theme.keys().map(|token| base(token)).chain(OWN_TOKENS.map(str::to_owned)).collect();
    // A template without `template.yaml` says nothing of its tokens, so nothing can be wrong.
    let unknown =
        newsletter.theme.keys().filter(|token| !template.theme.is_empty() && !known.contains(&base(token)));
    unknown
        .map(|token| {
            let help = match nearest(token, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("template.yaml of `{}` lists the tokens", template.name),
            };
            let message = format!("the template `{}` has no theme token `{token}`", template.name);
            let problem = Problem::error("workspace/unknown-token", message).help(help);
            match places.get(token) {
                Some(place) => problem.at(place.clone()),
                None => problem,
            }
        })
        .collect()
}
