//! The phrases of a template in one language, with placeholders and plural forms.

use crate::{
    domain::{
        language::Language,
        problem::{Place, Problem},
        template::TemplateFiles,
    },
    render::{
        locale::plural,
        merge::{Blanks, Markup},
        nearest::nearest,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// The language whose phrases stand in for missing ones.
const LAST_RESORT: &str = "en";

/// The phrases of one language, merge fields taken out.
#[derive(Debug)]
pub(crate) struct Phrases {
    by_key: BTreeMap<String, String>,
    language: Language,
}

impl Phrases {
    /// Returns the phrases for a language: its own, then those of its primary language, then English.
    pub(crate) fn new(template: &TemplateFiles, language: &Language, blanks: &mut Blanks) -> Self {
        let primary = Language::parse(language.primary());
        let last = Language::parse(LAST_RESORT);
        let mut by_key = BTreeMap::new();
        for source in [last.as_ref(), primary.as_ref(), Some(language)].into_iter().flatten() {
            for (key, phrase) in template.strings.get(source).into_iter().flatten() {
                by_key.insert(key.clone(), (source.clone(), phrase.clone()));
            }
        }
        let by_key = by_key
            .into_iter()
            .map(|(key, (source, phrase))| {
                let path = format!("{}/strings/{source}.yaml", template.origin);
                let phrase = blanks.source(&phrase, Markup::Plain, |_| Place {
                    excerpt: Some(format!("{key}: {phrase}")),
                    ..Place::file(path.clone())
                });
                (key, phrase)
            })
            .collect();
        Self { by_key, language: language.clone() }
    }

    /// Returns every phrase by its key.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_key.iter().map(|(key, phrase)| (key.as_str(), phrase.as_str()))
    }

    /// Returns whether a key has a phrase, in one form or by plural.
    fn has(&self, key: &str) -> bool {
        self.by_key.contains_key(key) || self.by_key.contains_key(&format!("{key}.other"))
    }

    /// Returns a phrase with its placeholders filled; `n` chooses the plural form.
    pub(crate) fn say(&self, key: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
        let number = values.get("n").and_then(|n| n.parse().ok());
        let by_number = number.map(|n| format!("{key}.{}", plural(&self.language, n)));
        let phrase = by_number
            .and_then(|key| self.by_key.get(&key))
            .or_else(|| self.by_key.get(key))
            .or_else(|| self.by_key.get(&format!("{key}.other")))
            .ok_or_else(|| format!("there is no phrase `{key}`{}", self.hint(key)))?;
        fill(key, phrase, values)
    }

    /// Returns `; did you mean …` when a known key is near.
    fn hint(&self, key: &str) -> String {
        nearest(key, self.by_key.keys().map(String::as_str))
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default()
    }

    /// Returns one problem that names every phrase the template uses and the language lacks.
    pub(crate) fn missing(&self, used: &BTreeMap<String, Place>, language: &Language) -> Option<Problem> {
        let missing: BTreeSet<&str> = used.keys().map(String::as_str).filter(|key| !self.has(key)).collect();
        let first = missing.first()?;
        let keys: Vec<String> = missing.iter().map(|key| format!("`{key}`{}", self.hint(key))).collect();
        let mut problem = Problem::error(
            "template/missing-phrase",
            format!("the template uses phrases that `{language}` doesn't have: {}", keys.join(", ")),
        );
        problem.place = used.get(*first).cloned();
        let own = format!("write them in strings/{language}.yaml");
        let last = format!(", or for all languages in strings/{LAST_RESORT}.yaml");
        Some(problem.help(if language.as_str() == LAST_RESORT { own } else { own + &last }))
    }
}

/// Replaces `{name}` by its value.
fn fill(key: &str, phrase: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::with_capacity(phrase.len());
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            return Err(format!("phrase `{key}` has `{{` without `}}`: `{phrase}`"));
        };
        let value = values.get(name.trim()).ok_or_else(|| {
            format!("phrase `{key}` needs a value for `{{{name}}}`: write `t(key=\"{key}\", {name}=…)`")
        })?;
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Returns the keys that a template source names literally, each with the offset of its first use.
pub(crate) fn used_keys(source: &str) -> BTreeMap<String, usize> {
    let mut keys = BTreeMap::new();
    let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (at, _) in source.match_indices("strings.") {
        let before = source[..at].chars().next_back();
        let rest = &source[at + "strings.".len()..];
        let key = &rest[..rest.find(|c| !is_key(c)).unwrap_or(rest.len())];
        if !before.is_some_and(|c| is_key(c) || c == '.' || c == '/') && !key.is_empty() && in_tag(source, at)
        {
            keys.entry(key.to_owned()).or_insert(at);
        }
    }
    for (at, _) in source.match_indices("key=\"") {
        let called = source[..at].trim_end().ends_with("t(");
        let rest = &source[at + "key=\"".len()..];
        if let Some((key, _)) = rest.split_once('"').filter(|_| called) {
            keys.entry(key.to_owned()).or_insert(at);
        }
    }
    keys
}

/// Returns whether an offset lies inside `{{ … }}` or `{% … %}`.
fn in_tag(source: &str, at: usize) -> bool {
    let open = source[..at].rfind("{{").max(source[..at].rfind("{%"));
    let close = source[..at].rfind("}}").max(source[..at].rfind("%}"));
    open > close
}

#[cfg(test)]
mod tests {
    use super::{Phrases, used_keys};
    use crate::{
        domain::{language::Language, problem::Place, template::TemplateFiles},
        render::merge::Blanks,
    };
    use std::collections::BTreeMap;

    fn phrases(tag: &str) -> Phrases {
        let strings = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(key, phrase)| ((*key).to_owned(), (*phrase).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let english = [
            ("more", "Read more: {headline}"),
            ("count.one", "{n} item"),
            ("count.other", "{n} items"),
            ("end", "End"),
        ];
        let russian = [
            ("count.one", "{n} новость"),
            ("count.few", "{n} новости"),
            ("count.many", "{n} новостей"),
            ("count.other", "{n}"),
        ];
        let template = TemplateFiles {
            strings: BTreeMap::from([
                (Language::parse("en").unwrap(), strings(&english)),
                (Language::parse("ru").unwrap(), strings(&russian)),
            ]),
            ..TemplateFiles::default()
        };
        Phrases::new(&template, &Language::parse(tag).unwrap(), &mut Blanks::new("7f3a91c0"))
    }

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn plural_forms_and_fallbacks_are_found() {
        let russian = phrases("ru-RU");
        let count = |n: &str| russian.say("count", &values(&[("n", n)])).unwrap();
        assert_eq!(
            [count("1"), count("3"), count("5"), count("21")],
            ["1 новость", "3 новости", "5 новостей", "21 новость"]
        );
        assert_eq!(russian.say("end", &values(&[])).unwrap(), "End");
        assert_eq!(phrases("en").say("more", &values(&[("headline", "x {y}")])).unwrap(), "Read more: x {y}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let english = phrases("en");
        assert!(english.say("more", &values(&[])).unwrap_err().contains("t(key=\"more\", headline=…)"));
        assert!(english.say("cuont", &values(&[])).is_err());
        let used =
            used_keys("{{ strings.edn }} {{ t(key=\"gone\") }} {{ t(key=\"count\", n=1) }} strings.words")
                .into_keys();
        let used = used.map(|key| (key, Place::file("digest.txt"))).collect();
        let problem = english.missing(&used, &Language::parse("en").unwrap()).unwrap();
        assert!(problem.message.ends_with("`edn`; did you mean `end`?, `gone`"), "{}", problem.message);
    }
}
