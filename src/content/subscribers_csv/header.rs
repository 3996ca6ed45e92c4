//! What the columns of a list mean.

use super::text::PlainText;
use crate::domain::{address::EmailAddress, problem::Problem};
use std::{collections::BTreeMap, io::Read};
use unicode_normalization::UnicodeNormalization;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Email,
    Name,
    FirstName,
    LastName,
    Language,
    Topics,
    Status,
    Custom,
}

/// The columns of one list: the meaning of each, and the name under which a custom one is kept.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<(Meaning, String)>,
    pub(super) has_name: bool,
}

/// Names under which columns go, without spaces and signs, the usual one first.
const NAMES: &[(Meaning, &[&str])] = &[
    (
        Meaning::Email,
        &[
            "email",
            "emailaddress",
            "mail",
            "mailaddress",
            "emailid",
            "courriel",
            "adressemail",
            "adresseemail",
            "adressecourriel",
            "emailadresse",
            "correo",
            "correoelectronico",
            "correoelectrónico",
            "почта",
            "электроннаяпочта",
            "البريدالإلكتروني",
            "电子邮件",
            "邮箱",
            "电子邮箱",
        ],
    ),
    (Meaning::Name, &["name", "fullname", "displayname", "nom", "nombre", "имя", "الاسم", "姓名"]),
    (Meaning::FirstName, &["firstname", "givenname", "forename", "prenom", "prénom", "vorname"]),
    (
        Meaning::LastName,
        &["lastname", "surname", "familyname", "nomdefamille", "apellido", "apellidos", "nachname"],
    ),
    (
        Meaning::Language,
        &["language", "lang", "locale", "langue", "idioma", "sprache", "язык", "اللغة", "语言"],
    ),
    (Meaning::Topics, &["topics", "topic", "interests", "tags", "thèmes", "themes", "temas", "темы"]),
    (Meaning::Status, &["status", "subscriptionstatus", "statut"]),
];

impl Columns {
    /// Reads the header row. `mapping` says what this workspace's own columns mean, and wins.
    pub(super) fn read(
        header: &csv::StringRecord,
        mapping: &BTreeMap<String, String>,
    ) -> Result<Self, Problem> {
        let titles: Vec<String> = header.iter().map(|cell| cell.trim().nfc().collect()).collect();
        if titles.iter().any(|title| title.contains('@') && EmailAddress::parse(title).is_ok()) {
            return Err(Problem::error(
                "subscribers/no-header",
                "the first line is a subscriber, not a header",
            )
            .help("put a line before it that names the columns, e.g. `email,name,language`"));
        }
        let mapping: BTreeMap<String, &String> =
            mapping.iter().map(|(title, meaning)| (squeezed(title), meaning)).collect();
        let names: Vec<(String, bool)> = titles
            .iter()
            .enumerate()
            .map(|(index, title)| match mapping.get(&squeezed(title)) {
                Some(meaning) => ((*meaning).clone(), true),
                None if squeezed(title).is_empty() => (format!("column {}", index + 1), false),
                None => (title.clone(), false),
            })
            .collect();
        refuse_doubles(&names)?;
        let mut columns: Vec<_> = names.iter().map(|(name, _)| (Meaning::Custom, kept_name(name))).collect();
        for (meaning, words) in NAMES {
            if let Some(index) = best(&names, words) {
                columns[index].0 = meaning.clone();
            }
        }
        split_names(&mut columns);
        let has = |meaning| columns.iter().any(|(other, _)| *other == meaning);
        if !has(Meaning::Email) {
            return Err(no_email(&titles));
        }
        let has_name = has(Meaning::Name);
        Ok(Self { columns, has_name })
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Returns what a column holds, and its name.
    pub(super) fn get(&self, index: usize) -> Option<(&Meaning, &str)> {
        self.columns.get(index).map(|(meaning, name)| (meaning, name.as_str()))
    }

    /// Returns the names of the custom fields.
    pub(super) fn custom(&self) -> impl Iterator<Item = &str> {
        let kept =
            |meaning: &Meaning| matches!(meaning, Meaning::Custom | Meaning::FirstName | Meaning::LastName);
        self.columns.iter().filter(move |(meaning, _)| kept(meaning)).map(|(_, name)| name.as_str())
    }
}

/// Reads `nom` beside `prénom` and `nombre` beside `apellidos` as the halves of a name that they are.
fn split_names(columns: &mut [(Meaning, String)]) {
    let has = |columns: &[(Meaning, String)], meaning| columns.iter().any(|(other, _)| *other == meaning);
    let (has_first, has_last) = (has(columns, Meaning::FirstName), has(columns, Meaning::LastName));
    let Some((meaning, title)) = columns.iter_mut().find(|(meaning, _)| *meaning == Meaning::Name) else {
        return;
    };
    match title.as_str() {
        "nom" if has_first && !has_last => *meaning = Meaning::LastName,
        "nombre" if has_last && !has_first => *meaning = Meaning::FirstName,
        _ => {}
    }
}

/// Returns the column that goes by one of these words: one that the workspace says, else by the most usual word.
fn best(names: &[(String, bool)], words: &[&str]) -> Option<usize> {
    let usual = words.first()?;
    let said = names.iter().position(|(name, is_said)| *is_said && squeezed(name) == **usual);
    // A column that is called so wins over one that sounds so: `topics` over `topi:cs`.
    let called = |word: &str| names.iter().position(|(name, _)| kept_name(name) == word);
    let sounding = |word: &str| names.iter().position(|(name, _)| squeezed(name) == word);
    said.or_else(|| words.iter().find_map(|word| called(word).or_else(|| sounding(word))))
}

fn refuse_doubles(names: &[(String, bool)]) -> Result<(), Problem> {
    let mut seen = BTreeMap::new();
    for (index, (name, _)) in names.iter().enumerate() {
        let kept = kept_name(name);
        if let Some(first) = seen.get(&kept) {
            return Err(Problem::error(
                "subscribers/duplicate-column",
                format!("columns {} and {} are both called `{kept}`", first + 1, index + 1),
            )
            .help("rename or remove one of them: it is not clear which one counts"));
        }
        seen.insert(kept, index);
    }
    Ok(())
}

fn no_email(titles: &[String]) -> Problem {
    let found: Vec<String> = titles.iter().take(12).map(|title| format!("`{title}`")).collect();
    Problem::error(
        "subscribers/no-email-column",
        format!("there is no `email` column; the columns are {}", found.join(", ")),
    )
    .help("rename the column with the addresses to `email`, or say so in masthead.yaml: `columns: { TITLE: email }`")
}

/// Returns a title in lower case without spaces and signs: how titles are compared.
fn squeezed(title: &str) -> String {
    title.nfc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns the name under which a column is kept: lower case, everything between words an underscore.
fn kept_name(title: &str) -> String {
    let lower = title.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// Characters that stand between cells; the first one when a header has none of them.
const CANDIDATES: [u8; 3] = *b",;\t";

/// Finds the character between cells from the header line, and how many lines stand before the header.
///
/// Spreadsheet programs may write `sep=;` as the first line.
pub(super) fn delimiter<R: Read>(text: &mut PlainText<R>) -> (u8, u64) {
    let beginning = text.beginning();
    let line_end = memchr::memchr(b'\n', beginning).unwrap_or(beginning.len());
    let first = beginning[..line_end].trim_ascii();
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', said] = first {
        let said = *said;
        text.skip(line_end + 1);
        return (said, 1);
    }
    let blank = beginning.iter().take_while(|octet| matches!(octet, b'\n' | b' ')).count();
    let line = beginning[blank..].split(|octet| *octet == b'\n').next().unwrap_or_default();
    let mut is_quoted = false;
    let mut counts = [0_usize; 3];
    for octet in line {
        is_quoted ^= *octet == b'"';
        if let Some(index) = CANDIDATES.iter().position(|one| one == octet).filter(|_| !is_quoted) {
            counts[index] += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let index = counts.iter().position(|count| *count == most).unwrap_or_default();
    (CANDIDATES[index], 0)
}
