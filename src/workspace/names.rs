//! What is said of files whose names don't fit.

use crate::content::slug::slugify;
use crate::domain::language::Language;
use crate::domain::problem::{Place, Problem};

pub(super) fn bad_name(path: &str, name: &str, ending: &str) -> Problem {
    let help = match slugify(name) {
        Some(slug) => format!("rename it to `{slug}{ending}`"),
        None => "rename it, with letters a to z, digits and hyphens".to_owned(),
    };
    Problem::error("workspace/bad-name", "the name may hold only letters a to z, digits, `-` and `_`")
        .at(Place::file(path))
        .help(help)
}

pub(super) fn unknown_language(path: &str, tag: &str, languages: &[Language]) -> Problem {
    let offered: Vec<_> = languages.iter().map(|language| format!("`{language}`")).collect();
    let problem =
        Problem::error("workspace/unknown-language", format!("the newsletter has no language `{tag}`"));
    problem.at(Place::file(path)).help(format!(
        "its languages are {}: rename the file, or add `{tag}` to `languages` in newsletter.yaml",
        offered.join(", ")
    ))
}

pub(super) fn orphan(path: &str, expected: &str, first: &Language) -> Problem {
    Problem::error(
        "workspace/orphan-translation",
        format!("there is nothing in `{first}` that this translates"),
    )
    .at(Place::file(path))
    .help(format!("write `{expected}` first: it holds the date and all that is not a text"))
}

pub(super) fn twice(path: &str, other: &str) -> Problem {
    Problem::error("workspace/same-twice", format!("`{other}` holds the same in the same language"))
        .at(Place::file(path))
        .help("delete one of the two files")
}

pub(super) fn ignored(path: &str, ending: &str) -> Problem {
    Problem::warning("workspace/ignored-file", format!("only files that end in `{ending}` are read here"))
        .at(Place::file(path))
        .help("rename it, or keep it elsewhere")
}
