//! Reading selectors.

use super::{Pseudo, Relation, Selector, Simple, Specificity};
use crate::clients::sheet;

/// How long a selector may be; longer ones mean nothing.
const PARTS_MAX: usize = 24;

/// How deep selectors may stand in each other, as in `:not(:is(a))`.
const DEPTH_MAX: usize = 4;

/// Reads a list of selectors; one that isn't understood spoils the list, as in CSS.
pub(in crate::clients) fn parse(text: &str) -> Option<Vec<Selector>> {
    parse_at(text, 0)
}

fn parse_at(text: &str, depth: usize) -> Option<Vec<Selector>> {
    (depth <= DEPTH_MAX).then_some(())?;
    sheet::split(text, b',').into_iter().map(|one| complex(one.trim(), depth)).collect()
}

fn complex(text: &str, depth: usize) -> Option<Selector> {
    let mut parts: Vec<(Vec<Simple>, Relation)> = Vec::new();
    let mut rest = text;
    let mut relation = Relation::Inside;
    while !rest.is_empty() {
        let (compound, after) = compound(rest, depth)?;
        parts.push((compound, relation));
        let trimmed = after.trim_start();
        relation = match trimmed.bytes().next() {
            Some(b'>') => Relation::ChildOf,
            Some(b'+') => Relation::RightAfter,
            Some(b'~') => Relation::After,
            _ => Relation::Inside,
        };
        rest = if relation == Relation::Inside { trimmed } else { trimmed[1..].trim_start() };
        if rest.is_empty() && relation != Relation::Inside {
            return None;
        }
    }
    if parts.is_empty() || parts.len() > PARTS_MAX {
        return None;
    }
    parts.reverse();
    let weights = parts.iter().flat_map(|(compound, _)| compound).map(weight);
    let specificity = weights.fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
    Some(Selector { parts, specificity })
}

fn weight(simple: &Simple) -> Specificity {
    match simple {
        Simple::Universal => (0, 0, 0),
        Simple::Type(_) | Simple::PseudoElement(_) => (0, 0, 1),
        Simple::Id(_) => (1, 0, 0),
        Simple::Pseudo(name, _) if name == "where" => (0, 0, 0),
        Simple::Pseudo(_, Pseudo::Not(inner) | Pseudo::Is(inner)) => {
            inner.iter().map(|selector| selector.specificity).max().unwrap_or_default()
        }
        Simple::Class(_) | Simple::Attribute(..) | Simple::Pseudo(..) => (0, 1, 0),
    }
}

/// Reads one compound and returns what stands behind it.
fn compound(text: &str, depth: usize) -> Option<(Vec<Simple>, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let after = &rest[sign.len_utf8()..];
        let (simple, next) = match sign {
            '*' => (Simple::Universal, after),
            '.' => name(after).map(|(name, next)| (Simple::Class(name), next))?,
            '#' => name(after).map(|(name, next)| (Simple::Id(name), next))?,
            '[' => {
                let end = sheet::find(after, b"]");
                (attribute(after.get(..end)?)?, after.get(end + 1..)?)
            }
            ':' => pseudo(after, depth)?,
            _ if is_name(sign) && found.is_empty() => {
                name(rest).map(|(name, next)| (Simple::Type(name.to_ascii_lowercase()), next))?
            }
            _ => break,
        };
        found.push(simple);
        rest = next;
    }
    (!found.is_empty()).then_some((found, rest))
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '_' | '\\') || !letter.is_ascii()
}

/// Reads a name; a backslash takes the next character as it is.
fn name(text: &str) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut letters = text.char_indices();
    let mut end = text.len();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            found.push(letters.next()?.1);
        } else if is_name(letter) {
            found.push(letter);
        } else {
            end = at;
            break;
        }
    }
    (!found.is_empty()).then(|| (found, &text[end..]))
}

/// Reads what stands between brackets.
fn attribute(text: &str) -> Option<Simple> {
    let Some((name, value)) = text.split_once('=') else {
        let name = text.trim().to_ascii_lowercase();
        return (!name.is_empty()).then_some(Simple::Attribute(name, None));
    };
    let name = name.trim_end();
    let (name, sign) = match name.chars().last() {
        Some(sign @ ('^' | '$' | '*' | '~' | '|')) => (&name[..name.len() - 1], sign),
        _ => (name, '='),
    };
    let value = value.trim();
    let (value, ignores_case) = match value.strip_suffix(['i', 'I']).map(str::trim_end) {
        Some(quoted) if quoted.ends_with(['"', '\'']) => (quoted, true),
        _ => (value, false),
    };
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].strip_suffix(quote)?,
        _ => value,
    };
    let name = name.trim().to_ascii_lowercase();
    Some(Simple::Attribute(name, Some((sign, value.to_owned(), !ignores_case))))
}

/// Reads what stands behind a colon.
fn pseudo(text: &str, depth: usize) -> Option<(Simple, &str)> {
    let is_element = text.starts_with(':');
    let (name, mut rest) = name(text.strip_prefix(':').unwrap_or(text))?;
    let name = name.to_ascii_lowercase();
    let mut argument = "";
    if let Some(inside) = rest.strip_prefix('(') {
        let end = sheet::find(inside, b")");
        argument = inside.get(..end)?.trim();
        rest = inside.get(end + 1..)?;
    }
    if is_element || matches!(name.as_str(), "before" | "after" | "first-line" | "first-letter") {
        return Some((Simple::PseudoElement(name), rest));
    }
    let decides = decides(&name, argument, depth)?;
    Some((Simple::Pseudo(name, decides), rest))
}

fn decides(name: &str, argument: &str, depth: usize) -> Option<Pseudo> {
    let from_end = name.contains("last");
    let of_type = name.ends_with("of-type");
    Some(match name {
        "root" => Pseudo::Root,
        "empty" => Pseudo::Empty,
        "link" | "any-link" => Pseudo::Link,
        "lang" => Pseudo::Lang(argument.trim_matches(['"', '\'']).to_ascii_lowercase()),
        "not" => Pseudo::Not(parse_at(argument, depth + 1)?),
        "is" | "where" | "matches" | "-webkit-any" => Pseudo::Is(parse_at(argument, depth + 1)?),
        "only-child" | "only-of-type" => Pseudo::Only { of_type },
        "first-child" | "last-child" | "first-of-type" | "last-of-type" => {
            Pseudo::Nth { step: 0, first: 1, from_end, of_type }
        }
        "nth-child" | "nth-last-child" | "nth-of-type" | "nth-last-of-type" => {
            let (step, first) = formula(argument)?;
            Pseudo::Nth { step, first, from_end, of_type }
        }
        _ => Pseudo::Never,
    })
}

/// Reads `odd`, `even`, `3` or `2n + 1`.
fn formula(text: &str) -> Option<(i32, i32)> {
    let text: String = text.to_ascii_lowercase().split_whitespace().collect();
    match text.as_str() {
        "odd" => return Some((2, 1)),
        "even" => return Some((2, 0)),
        _ => {}
    }
    let Some((step, first)) = text.split_once('n') else { return Some((0, text.parse().ok()?)) };
    let step = match step {
        "" | "+" => 1,
        "-" => -1,
        _ => step.parse().ok()?,
    };
    Some((step, if first.is_empty() { 0 } else { first.parse().ok()? }))
}
