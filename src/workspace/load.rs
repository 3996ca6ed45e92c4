//! Reads a whole workspace and gathers the problems of all its files.

use crate::content::slug::{is_slug, slugify};
use crate::content::{issue_file, item_file, newsletter_file, workspace_file};
use crate::domain::issue::{Issue, IssueId};
use crate::domain::item::NewsItem;
use crate::domain::language::Language;
use crate::domain::problem::{Place, Problem, Problems};
use crate::domain::settings::WorkspaceSettings;
use crate::domain::template::TemplateFiles;
use crate::workspace::{LoadedNewsletter, Workspace, approvals, read, template};
use std::collections::BTreeMap;
use std::path::Path;

impl Workspace {
    /// Reads the workspace at `root`: `masthead.yaml` when there is one, all newsletters, and the
    /// templates they name.
    ///
    /// # Errors
    /// All problems of all files, when one of them is an error.
    pub fn load(root: &Path) -> Result<Self, Problems> {
        let mut loader = Loader::new(root);
        let settings = loader.settings();
        let mut newsletters = BTreeMap::new();
        for slug in loader.newsletter_folders() {
            if let Some(loaded) = loader.newsletter(&slug) {
                newsletters.insert(slug, loaded);
            }
        }
        let problems = Problems(loader.problems);
        if problems.has_errors() {
            return Err(problems);
        }
        let templates =
            loader.templates.into_iter().filter_map(|(name, files)| Some((name, files?))).collect();
        Ok(Self { root: root.to_owned(), settings, newsletters, warnings: problems, templates })
    }

    /// Reads `masthead.yaml` alone, for what needs no newsletter: the workspace has none then.
    ///
    /// # Errors
    /// All problems of the file, when one of them is an error.
    pub fn load_bare(root: &Path) -> Result<Self, Problems> {
        let mut loader = Loader::new(root);
        let settings = loader.settings();
        let problems = Problems(loader.problems);
        if problems.has_errors() {
            return Err(problems);
        }
        let (newsletters, templates) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { root: root.to_owned(), settings, newsletters, warnings: problems, templates })
    }
}

struct Loader<'a> {
    root: &'a Path,
    problems: Vec<Problem>,
    templates: BTreeMap<String, Option<TemplateFiles>>,
    /// Whether the newsletter being read said soundly which languages it has: only then can the
    /// language of another file be called unknown.
    languages_are_known: bool,
}

/// A file of a folder whose name says what it holds: `2022-04-07-male.fr.md`.
struct NamedFile {
    path: String,
    slug: String,
    language: Option<Language>,
}

impl<'a> Loader<'a> {
    fn new(root: &'a Path) -> Self {
        let mut problems = Vec::new();
        if !root.is_dir() {
            let path = root.display().to_string();
            let problem =
                Problem::error("workspace/unreadable", "there is no such folder").at(Place::file(path));
            problems.push(problem.help("name the folder that holds `newsletters/`"));
        }
        Self { root, problems, templates: BTreeMap::new(), languages_are_known: false }
    }

    fn settings(&mut self) -> WorkspaceSettings {
        let path = "masthead.yaml";
        // Not `exists()`: a link that leads nowhere is settings we can't read, not no settings. Without
        // them another ledger would be used, which knows nothing of what was sent.
        if self.root.join(path).symlink_metadata().is_err() {
            self.refuse_short_ending();
            return workspace_file::defaults();
        }
        match read::text(self.root, path) {
            Ok(source) => {
                let (settings, problems) = workspace_file::parse(&source);
                self.problems.extend(problems.0);
                settings
            }
            Err(problem) => {
                self.problems.push(problem);
                workspace_file::defaults()
            }
        }
    }

    fn refuse_short_ending(&mut self) {
        let short = "masthead.yml";
        if self.root.join(short).exists() {
            let problem =
                Problem::error("workspace/ignored-file", "the settings are read from `masthead.yaml` only");
            self.problems.push(problem.at(Place::file(short)).help("rename it: its ending must be `.yaml`"));
        }
    }

    fn folder(&mut self, path: &str) -> Vec<read::FolderEntry> {
        read::folder(self.root, path).unwrap_or_else(|problem| {
            self.problems.push(problem);
            Vec::new()
        })
    }

    fn newsletter_folders(&mut self) -> Vec<String> {
        let folders: Vec<_> =
            self.folder("newsletters").into_iter().filter(|entry| entry.is_folder).collect();
        let (good, bad): (Vec<_>, Vec<_>) =
            folders.into_iter().map(|e| e.name).partition(|name| is_slug(name));
        for name in bad {
            self.problems.push(bad_name(&format!("newsletters/{name}"), &name, ""));
        }
        good
    }

    fn newsletter(&mut self, slug: &str) -> Option<LoadedNewsletter> {
        let folder = format!("newsletters/{slug}");
        let path = format!("{folder}/newsletter.yaml");
        let file = match read::text(self.root, &path) {
            Ok(source) => newsletter_file::parse(&source, slug),
            Err(problem) => {
                let short = format!("{folder}/newsletter.yml");
                let is_short = self.root.join(&short).exists();
                let help = is_short.then(|| format!("rename `{short}`: its ending must be `.yaml`"));
                self.problems.push(Problem { help: help.or(problem.help), ..problem });
                newsletter_file::NewsletterFile::default()
            }
        };
        self.problems.extend(file.problems.0);
        // Items and issues are judged even when the newsletter's own file is broken.
        let languages = if file.languages.is_empty() { vec![english()] } else { file.languages };
        self.languages_are_known = file.newsletter.is_some();
        let texts = self.newsletter_translations(&folder, &languages);
        let items = self.items(&folder, &languages);
        let issues = self.issues(&folder, slug, &languages);
        let mut newsletter = file.newsletter?;
        newsletter.texts.extend(texts);
        let loaded = LoadedNewsletter { newsletter, items, issues, theme_places: file.theme_places };
        self.template(&loaded, file.template_place);
        Some(loaded)
    }

    fn newsletter_translations(
        &mut self,
        folder: &str,
        languages: &[Language],
    ) -> BTreeMap<Language, crate::domain::newsletter::NewsletterTexts> {
        let mut texts = BTreeMap::new();
        for entry in self.folder(folder) {
            let tag = entry.name.strip_prefix("newsletter.").and_then(|rest| rest.strip_suffix(".yaml"));
            let (Some(tag), false) = (tag, entry.is_folder) else { continue };
            let path = format!("{folder}/{}", entry.name);
            let Some(language) = self.offered(&path, tag, languages) else { continue };
            if language == languages[0] {
                self.problems.push(twice(&path, &format!("{folder}/newsletter.yaml")));
                continue;
            }
            match read::text(self.root, &path) {
                Ok(source) => {
                    let (found, problems) = newsletter_file::parse_translation(&source, &language);
                    self.problems.extend(problems.0);
                    texts.insert(language, found);
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        texts
    }

    fn items(&mut self, folder: &str, languages: &[Language]) -> BTreeMap<String, NewsItem> {
        let mut items = BTreeMap::new();
        for group in self.groups(&format!("{folder}/news"), ".md", languages) {
            let Some(source) = self.text(&group.base) else { continue };
            let (item, problems) = item_file::parse(&source, &group.slug, &languages[0]);
            self.problems.extend(problems.0);
            let mut item = item;
            for (language, path) in &group.translations {
                let Some(source) = self.text(path) else { continue };
                let (translation, problems) = item_file::parse_translation(&source, language);
                self.problems.extend(problems.0);
                if let (Some(item), Some(translation)) = (&mut item, translation) {
                    translation.add_to(item, &languages[0], language);
                }
            }
            if let Some(item) = item {
                items.insert(group.slug, item);
            }
        }
        items
    }

    fn issues(&mut self, folder: &str, newsletter: &str, languages: &[Language]) -> BTreeMap<String, Issue> {
        let mut issues = BTreeMap::new();
        for group in self.groups(&format!("{folder}/issues"), ".yaml", languages) {
            let Some(source) = self.text(&group.base) else { continue };
            let id = IssueId { newsletter: newsletter.to_owned(), issue: group.slug.clone() };
            let (mut issue, problems) = issue_file::parse(&source, &id, &languages[0]);
            self.problems.extend(problems.0);
            for (language, path) in &group.translations {
                let Some(source) = self.text(path) else { continue };
                let (texts, problems) = issue_file::parse_translation(&source, language);
                self.problems.extend(problems.0);
                if let (Some(issue), Some(texts)) = (&mut issue, texts) {
                    issue.texts.insert(language.clone(), texts);
                }
            }
            if let Some(issue) = issue {
                issues.insert(group.slug, issue);
            }
        }
        issues
    }

    /// Returns the language of a file's name when the newsletter offers it, and notes when not.
    fn offered(&mut self, path: &str, tag: &str, languages: &[Language]) -> Option<Language> {
        let language = Language::parse(tag).filter(|found| languages.contains(found));
        if language.is_none() && self.languages_are_known {
            self.problems.push(unknown_language(path, tag, languages));
        }
        language
    }

    fn text(&mut self, path: &str) -> Option<crate::content::source::SourceText> {
        read::text(self.root, path).map_err(|problem| self.problems.push(problem)).ok()
    }

    /// Brings the files of a folder together that are one thing in several languages.
    fn groups(&mut self, folder: &str, ending: &str, languages: &[Language]) -> Vec<Group> {
        let mut groups: BTreeMap<String, Partial> = BTreeMap::new();
        for file in self.named_files(folder, ending, languages) {
            let group = groups.entry(file.slug).or_default();
            match file.language.filter(|language| *language != languages[0]) {
                Some(language) => match group.1.iter().find(|(other, _)| *other == language) {
                    None => group.1.push((language, file.path)),
                    Some((_, other)) => self.problems.push(twice(&file.path, other)),
                },
                None => match &group.0 {
                    None => group.0 = Some(file.path),
                    Some(other) => self.problems.push(twice(&file.path, other)),
                },
            }
        }
        let mut whole = Vec::new();
        for (slug, (base, translations)) in groups {
            let Some(base) = base else {
                let expected = format!("{folder}/{slug}{ending}");
                let orphans = translations.iter().map(|(_, path)| orphan(path, &expected, &languages[0]));
                self.problems.extend(orphans);
                continue;
            };
            whole.push(Group { slug, base, translations });
        }
        whole
    }

    fn named_files(&mut self, folder: &str, ending: &str, languages: &[Language]) -> Vec<NamedFile> {
        let mut files = Vec::new();
        let mut entries = self.folder(folder);
        // Who approved an issue stands beside it; that file is read when somebody asks.
        entries.retain(|entry| !entry.is_folder && !approvals::is_approvals(&entry.name));
        for entry in entries {
            let path = format!("{folder}/{}", entry.name);
            let Some(stem) = entry.name.strip_suffix(ending) else {
                self.problems.push(ignored(&path, ending));
                continue;
            };
            let (slug, tag) = stem.rsplit_once('.').map_or((stem, None), |(slug, tag)| (slug, Some(tag)));
            if !is_slug(slug) {
                self.problems.push(bad_name(&path, slug, ending));
                continue;
            }
            let language = match tag {
                None => None,
                Some(tag) => match self.offered(&path, tag, languages) {
                    None => continue,
                    found => found,
                },
            };
            files.push(NamedFile { path, slug: slug.to_owned(), language });
        }
        files
    }

    /// Reads the newsletter's template and holds the theme against its tokens.
    fn template(&mut self, loaded: &LoadedNewsletter, place: Option<Place>) {
        let name = &loaded.newsletter.template;
        if !self.templates.contains_key(name) {
            let (files, problems) = template::load(self.root, name, place);
            self.problems.extend(problems);
            self.templates.insert(name.clone(), files);
        }
        if let Some(Some(files)) = self.templates.get(name) {
            self.problems.extend(template::unknown_tokens(&loaded.newsletter, files, &loaded.theme_places));
        }
    }
}

/// The path in the first language, if it was met yet, and those of the translations.
type Partial = (Option<String>, Vec<(Language, String)>);

/// One item or issue with all its languages.
struct Group {
    slug: String,
    base: String,
    translations: Vec<(Language, String)>,
}

fn english() -> Language {
    Language::parse("en").expect("`en` is a language")
}

fn bad_name(path: &str, name: &str, ending: &str) -> Problem {
    let help = match slugify(name) {
        Some(slug) => format!("rename it to `{slug}{ending}`"),
        None => "rename it, with letters a to z, digits and hyphens".to_owned(),
    };
    Problem::error("workspace/bad-name", "the name may hold only letters a to z, digits, `-` and `_`")
        .at(Place::file(path))
        .help(help)
}

fn unknown_language(path: &str, tag: &str, languages: &[Language]) -> Problem {
    let offered: Vec<_> = languages.iter().map(|language| format!("`{language}`")).collect();
    let problem =
        Problem::error("workspace/unknown-language", format!("the newsletter has no language `{tag}`"));
    problem.at(Place::file(path)).help(format!(
        "its languages are {}: rename the file, or add `{tag}` to `languages` in newsletter.yaml",
        offered.join(", ")
    ))
}

fn orphan(path: &str, expected: &str, first: &Language) -> Problem {
    Problem::error(
        "workspace/orphan-translation",
        format!("there is nothing in `{first}` that this translates"),
    )
    .at(Place::file(path))
    .help(format!("write `{expected}` first: it holds the date and all that is not a text"))
}

fn twice(path: &str, other: &str) -> Problem {
    Problem::error("workspace/same-twice", format!("`{other}` holds the same in the same language"))
        .at(Place::file(path))
        .help("delete one of the two files")
}

fn ignored(path: &str, ending: &str) -> Problem {
    Problem::warning("workspace/ignored-file", format!("only files that end in `{ending}` are read here"))
        .at(Place::file(path))
        .help("rename it, or keep it elsewhere")
}
