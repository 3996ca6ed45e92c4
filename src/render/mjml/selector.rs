//! Selectors of `mj-selector`: what templates use of CSS, matched against finished HTML.

use super::html::Tag;

/// What one element must be.
#[derive(Debug, Default, PartialEq, Eq)]
struct Compound {
    name: Option<String>,
    classes: Vec<String>,
    attributes: Vec<(String, Option<(char, String)>)>,
    first: bool,
}

/// How two elements must stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Inside,
    ChildOf,
    RightAfter,
    After,
}

/// A list of selectors, parted by commas; the parts of each stand from right to left.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selector(Vec<Vec<(Compound, Relation)>>);

/// Parses a selector, or says which part of it isn't understood.
pub(super) fn parse(text: &str) -> Result<Selector, String> {
    let lists = split_outside_brackets(text);
    lists.iter().map(|one| complex(one)).collect::<Result<_, _>>().map(Selector)
}

/// Splits at commas that don't stand in brackets.
fn split_outside_brackets(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut inside) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            ',' if !inside => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn complex(text: &str) -> Result<Vec<(Compound, Relation)>, String> {
    let mut parts: Vec<(Compound, Relation)> = Vec::new();
    let mut rest = text.trim();
    let mut relation = Relation::Inside;
    if rest.is_empty() {
        return Err("nothing".to_owned());
    }
    while !rest.is_empty() {
        let (compound, after) = compound(rest)?;
        parts.push((compound, relation));
        let trimmed = after.trim_start();
        (relation, rest) = match trimmed.chars().next() {
            Some('>') => (Relation::ChildOf, trimmed[1..].trim_start()),
            Some('+') => (Relation::RightAfter, trimmed[1..].trim_start()),
            Some('~') => (Relation::After, trimmed[1..].trim_start()),
            _ => (Relation::Inside, trimmed),
        };
        if rest.is_empty() && relation != Relation::Inside {
            return Err(trimmed.to_owned());
        }
    }
    parts.reverse();
    Ok(parts)
}

/// Reads one compound and returns what stands behind it.
fn compound(text: &str) -> Result<(Compound, &str), String> {
    let mut found = Compound::default();
    let mut rest = text;
    let mut any = false;
    while let Some(first) = rest.chars().next() {
        let (sign, after) = match first {
            '.' | '#' | '[' | ':' => (first, &rest[1..]),
            '*' => {
                (rest, any) = (&rest[1..], true);
                continue;
            }
            _ if is_name(first) && !any => (' ', rest),
            _ => break,
        };
        any = true;
        if sign == '[' {
            let end = after.find(']').ok_or_else(|| rest.to_owned())?;
            found.attributes.push(attribute(&after[..end])?);
            rest = &after[end + 1..];
            continue;
        }
        let length = after.find(|next: char| !is_name(next)).unwrap_or(after.len());
        let name = after[..length].to_owned();
        match sign {
            _ if name.is_empty() => return Err(rest.to_owned()),
            '.' => found.classes.push(name),
            '#' => found.attributes.push(("id".to_owned(), Some(('=', name)))),
            ':' if name == "first-child" => found.first = true,
            ':' => return Err(format!(":{name}")),
            _ => found.name = Some(name.to_ascii_lowercase()),
        }
        rest = &after[length..];
    }
    if any { Ok((found, rest)) } else { Err(rest.to_owned()) }
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '_')
}

/// Reads what stands between brackets.
fn attribute(text: &str) -> Result<(String, Option<(char, String)>), String> {
    let Some((name, value)) = text.split_once('=') else {
        return Ok((text.trim().to_ascii_lowercase(), None));
    };
    let (name, sign) = match name.trim_end().chars().last() {
        Some(sign @ ('^' | '$' | '*' | '~' | '|')) => (name.trim_end().trim_end_matches(sign), sign),
        _ => (name, '='),
    };
    let value = value.trim();
    let unquoted = value
        .strip_prefix(['"', '\''])
        .map_or(Some(value), |inner| inner.strip_suffix(['"', '\'']))
        .ok_or_else(|| text.to_owned())?;
    Ok((name.trim().to_ascii_lowercase(), Some((sign, unquoted.to_owned()))))
}

impl Compound {
    fn fits(&self, tag: &Tag<'_>) -> bool {
        let classes = tag.attribute("class").unwrap_or_default();
        self.name.as_ref().is_none_or(|name| *name == tag.name)
            && self.classes.iter().all(|class| classes.split_whitespace().any(|known| known == class))
            && (!self.first || tag.before.is_none())
            && self.attributes.iter().all(|(name, expected)| match (tag.attribute(name), expected) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(value), Some((sign, expected))) => compare(value, *sign, expected),
            })
    }
}

fn compare(value: &str, sign: char, expected: &str) -> bool {
    match sign {
        '=' => value == expected,
        _ if expected.is_empty() => false,
        '^' => value.starts_with(expected),
        '$' => value.ends_with(expected),
        '*' => value.contains(expected),
        '~' => value.split_whitespace().any(|word| word == expected),
        _ => value == expected || value.starts_with(&format!("{expected}-")),
    }
}

impl Selector {
    /// Returns whether it means element `index`.
    pub(super) fn means(&self, tags: &[Tag<'_>], index: usize) -> bool {
        self.0.iter().any(|parts| matches(parts, tags, index))
    }
}

/// Matches the rightmost part at `index`, the others at elements around or before it.
fn matches(parts: &[(Compound, Relation)], tags: &[Tag<'_>], index: usize) -> bool {
    let Some(((compound, _), others)) = parts.split_first() else { return true };
    if !compound.fits(&tags[index]) {
        return false;
    }
    if others.is_empty() {
        return true;
    }
    // The relation to what stands left of a part is kept with that part.
    match parts[0].1 {
        Relation::ChildOf => tags[index].parent.is_some_and(|parent| matches(others, tags, parent)),
        Relation::RightAfter => tags[index].before.is_some_and(|before| matches(others, tags, before)),
        Relation::Inside => along(tags, index, |tag| tag.parent).any(|at| matches(others, tags, at)),
        Relation::After => along(tags, index, |tag| tag.before).any(|at| matches(others, tags, at)),
    }
}

/// Follows `step` from element to element.
fn along(
    tags: &[Tag<'_>],
    index: usize,
    step: impl Fn(&Tag<'_>) -> Option<usize>,
) -> impl Iterator<Item = usize> {
    let mut at = step(&tags[index]);
    std::iter::from_fn(move || {
        let found = at?;
        at = step(&tags[found]);
        Some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::render::mjml::html::scan;

    /// Lists the ids of the elements that a selector means.
    #[track_caller]
    fn check_meant(selector: &str, expected: &str) {
        let html = "<div id=a class='x y'><p id=b><a id=c href=\"https://e.org/1\">1</a><br id=d><img id=e></p>\
            <!-- <p id=no class=x> --><p id=f class=x></p></div>";
        let (tags, _) = scan(html);
        let selector = parse(selector).unwrap();
        let meant: Vec<&str> = (0..tags.len())
            .filter(|index| selector.means(&tags, *index))
            .filter_map(|index| tags[index].attribute("id"))
            .collect();
        assert_eq!(meant.join(" "), expected);
    }

    #[test]
    fn selectors_mean_what_they_mean_in_css() {
        check_meant("p", "b f");
        check_meant(".x", "a f");
        check_meant("div.x.y > p", "b f");
        check_meant("div a, #d", "c d");
        check_meant("a + br ~ img", "e");
        check_meant("a ~ img", "e");
        check_meant("[href^='https://'][href$=\"1\"]", "c");
        check_meant("p:first-child", "b");
        check_meant("* > .x", "f");
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for selector in ["", "p >", "p:hover", "[a", "..", "p,,a", "&"] {
            assert!(parse(selector).is_err(), "{selector}");
        }
    }
}
