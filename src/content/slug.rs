//! Names that are safe in a path and in an address, and how a headline becomes one.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Characters that a name made from a headline has at most.
const SLUG_CHARS_MAX: usize = 60;

/// Returns whether a text may name a newsletter, an item, an issue or a template.
pub fn is_slug(text: &str) -> bool {
    text.len() <= 120
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// Returns a name made from a headline: `Malé: Ça va?` becomes `male-ca-va`.
///
/// Accents go, Cyrillic is transliterated; a text of which nothing is left gives `None`.
pub fn slugify(text: &str) -> Option<String> {
    let mut slug = String::new();
    for c in text.to_lowercase().nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            '\'' | '’' => {}
            _ => match letters_for(c) {
                Some(letters) => slug.push_str(letters),
                None if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
                None => {}
            },
        }
    }
    if slug.len() > SLUG_CHARS_MAX {
        let cut = slug[..=SLUG_CHARS_MAX]
            .rfind('-')
            .filter(|at| *at > SLUG_CHARS_MAX / 2)
            .unwrap_or(SLUG_CHARS_MAX);
        slug.truncate(cut);
    }
    let slug = slug.trim_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// Returns the Latin letters for one that has no decomposition.
fn letters_for(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' | 'о' => "o",
        'đ' | 'ð' | 'д' => "d",
        'ł' | 'л' => "l",
        'þ' => "th",
        'ı' | 'и' | 'і' => "i",
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'е' | 'э' | 'є' => "e",
        'ж' => "zh",
        'з' => "z",
        'к' => "k",
        'м' => "m",
        'н' => "n",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ы' => "y",
        'ь' | 'ъ' => "",
        'ю' => "yu",
        'я' => "ya",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headlines_become_names() {
        let slug = |text: &str| slugify(text).unwrap_or_default();
        assert_eq!(slug("Malé: Ça va?  Très bien!"), "male-ca-va-tres-bien");
        assert_eq!(slug("Straße & Ærø"), "strasse-aero");
        assert_eq!(slug("Новости Москвы"), "novosti-moskvy");
        assert_eq!(slug("It’s 2022"), "its-2022");
        assert_eq!(slug("حول المشروع"), "");
        let long = slug(&"Costa Rica and Bangladesh ".repeat(9));
        assert!(long.len() <= 60 && is_slug(&long), "{long}");
        assert!(is_slug(&slug(&"x".repeat(300))));
    }

    #[test]
    fn names_are_safe_in_paths() {
        for text in ["starsom", "2022-04", "a_b"] {
            assert!(is_slug(text), "{text}");
        }
        for text in ["", ".", "..", "a/b", "-a", "a.b", "é", "a b"] {
            assert!(!is_slug(text), "{text}");
        }
    }
}
