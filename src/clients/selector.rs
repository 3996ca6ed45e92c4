//! Selectors of CSS, matched against a [`Document`].

use crate::clients::{Document, Node, sheet};

/// How long a selector may be; longer ones mean nothing.
const PARTS_MAX: usize = 24;

/// How deep selectors may stand in each other, as in `:not(:is(a))`.
const DEPTH_MAX: usize = 4;

/// How much a selector weighs: ids, classes, types.
pub(super) type Specificity = (u32, u32, u32);

/// One condition on an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Simple {
    Universal,
    Type(String),
    Id(String),
    Class(String),
    /// Name, and how its value must be: sign, expected value, whether case counts.
    Attribute(String, Option<(char, String, bool)>),
    /// `:name`, with what decides.
    Pseudo(String, Pseudo),
    /// `::name`: no element at all.
    PseudoElement(String),
}

/// What decides whether a pseudo-class fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pseudo {
    Root,
    Empty,
    Link,
    Lang(String),
    /// Every `step`-th, beginning with `first`; counted from the end or not, of the same name or not.
    Nth {
        step: i32,
        first: i32,
        from_end: bool,
        of_type: bool,
    },
    Only {
        of_type: bool,
    },
    Not(Vec<Selector>),
    Is(Vec<Selector>),
    /// `:hover` and other states that a message at rest doesn't have, and what we don't know.
    Never,
}

/// How two elements stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Inside,
    ChildOf,
    RightAfter,
    After,
}

/// A selector without commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selector {
    /// Compounds from right to left, each with its relation to the next one, left of it.
    pub(super) parts: Vec<(Vec<Simple>, Relation)>,
    pub(super) specificity: Specificity,
}

/// Where selectors are matched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) document: &'a Document,
    /// Attributes that a client put on the body.
    pub(super) body_marks: &'a [&'a str],
}

/// Reads a list of selectors; one that isn't understood spoils the list, as in CSS.
pub(super) fn parse(text: &str) -> Option<Vec<Selector>> {
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

impl Selector {
    /// Returns it without states such as `:hover`, pseudo-elements and what we don't know: what it could mean some time.
    pub(super) fn at_rest(&self) -> Self {
        let is_passing =
            |simple: &Simple| matches!(simple, Simple::PseudoElement(_) | Simple::Pseudo(_, Pseudo::Never));
        let mut kept = self.clone();
        for (compound, _) in &mut kept.parts {
            compound.retain(|simple| !is_passing(simple));
        }
        kept
    }

    /// Returns whether it means an element.
    pub(super) fn means(&self, scene: &Scene<'_>, number: usize) -> bool {
        matches(&self.parts, scene, number)
    }
}

/// Matches the rightmost compound at an element, the others around or before it.
fn matches(parts: &[(Vec<Simple>, Relation)], scene: &Scene<'_>, number: usize) -> bool {
    let Some(((compound, _), others)) = parts.split_first() else { return true };
    if !compound.iter().all(|simple| scene.fits(simple, number)) {
        return false;
    }
    if others.is_empty() {
        return true;
    }
    let elements = &scene.document.elements;
    match parts[0].1 {
        Relation::ChildOf => elements[number].parent.is_some_and(|parent| matches(others, scene, parent)),
        Relation::RightAfter => scene.before(number).is_some_and(|before| matches(others, scene, before)),
        Relation::Inside => {
            scene.document.with_ancestors(number).skip(1).any(|at| matches(others, scene, at))
        }
        Relation::After => {
            let mut before = std::iter::successors(scene.before(number), |at| scene.before(*at));
            before.any(|at| matches(others, scene, at))
        }
    }
}

impl Scene<'_> {
    /// Returns the elements with the same parent that an ordinary client sees.
    fn siblings(&self, number: usize) -> impl DoubleEndedIterator<Item = usize> {
        let elements = &self.document.elements;
        let children = match elements[number].parent {
            Some(parent) => &elements[parent].children,
            None => &self.document.roots,
        };
        children.iter().filter_map(move |node| match node {
            Node::Element(at) if *at == number || !elements[*at].is_conditional => Some(*at),
            _ => None,
        })
    }

    fn before(&self, number: usize) -> Option<usize> {
        self.siblings(number).take_while(|at| *at != number).last()
    }

    fn fits(&self, simple: &Simple, number: usize) -> bool {
        let element = &self.document.elements[number];
        match simple {
            Simple::Universal => true,
            Simple::Type(name) => element.name == *name,
            Simple::Id(id) => element.get("id") == Some(id),
            Simple::Class(class) => {
                element.get("class").is_some_and(|all| all.split_whitespace().any(|one| one == class))
            }
            Simple::Attribute(name, expected) => {
                let marked = element.name == "body" && self.body_marks.contains(&name.as_str());
                let value = element.get(name).or(marked.then_some(""));
                value.is_some_and(|value| expected.as_ref().is_none_or(|expected| compare(value, expected)))
            }
            Simple::Pseudo(_, test) => self.passes(test, number),
            Simple::PseudoElement(_) => false,
        }
    }

    fn passes(&self, test: &Pseudo, number: usize) -> bool {
        let element = &self.document.elements[number];
        match test {
            Pseudo::Root => element.parent.is_none() && element.name == "html",
            Pseudo::Empty => element.children.is_empty(),
            Pseudo::Link => element.name == "a" && element.get("href").is_some(),
            Pseudo::Lang(wanted) => {
                let elements = &self.document.elements;
                let mut around = self.document.with_ancestors(number);
                let lang = around.find_map(|at| elements[at].get("lang")).unwrap_or_default();
                let lang = lang.to_ascii_lowercase();
                lang == *wanted
                    || lang.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with('-'))
            }
            Pseudo::Not(inner) => !inner.iter().any(|selector| selector.means(self, number)),
            Pseudo::Is(inner) => inner.iter().any(|selector| selector.means(self, number)),
            Pseudo::Only { of_type } => self.alike(number, *of_type).count() == 1,
            Pseudo::Nth { step, first, from_end, of_type } => {
                let mut alike = self.alike(number, *of_type);
                let at = if *from_end {
                    alike.rev().position(|at| at == number)
                } else {
                    alike.position(|at| at == number)
                };
                let place = at.and_then(|at| i32::try_from(at + 1).ok()).unwrap_or(0);
                let over = place.saturating_sub(*first);
                if *step == 0 { over == 0 } else { over % step == 0 && over / step >= 0 }
            }
            Pseudo::Never => false,
        }
    }

    fn alike(&self, number: usize, of_type: bool) -> impl DoubleEndedIterator<Item = usize> {
        let elements = &self.document.elements;
        self.siblings(number).filter(move |at| !of_type || elements[*at].name == elements[number].name)
    }
}

fn compare(value: &str, (sign, expected, is_exact): &(char, String, bool)) -> bool {
    let (value, expected) = match is_exact {
        true => (value.to_owned(), expected.clone()),
        false => (value.to_lowercase(), expected.to_lowercase()),
    };
    match sign {
        '=' => value == expected,
        _ if expected.is_empty() => false,
        '^' => value.starts_with(&expected),
        '$' => value.ends_with(&expected),
        '*' => value.contains(&expected),
        '~' => value.split_whitespace().any(|word| word == expected),
        _ => value == expected || value.starts_with(&format!("{expected}-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists the ids of the elements that a selector means.
    #[track_caller]
    fn check(selector: &str, expected: &str) {
        let document = Document::read(
            "<html id=h lang=en-GB><body id=o><div id=a class='x y'><p id=b><a id=c href='https://e.org/1'>1</a>\
             <br id=d><img id=e></p><!--[if mso]><p id=no></p><![endif]--><p id=f class=x></p></div></body></html>",
        );
        let scene = Scene { document: &document, body_marks: &["data-ogsc"] };
        let list = parse(selector).unwrap_or_default();
        let meant: Vec<&str> = (0..document.elements.len())
            .filter(|number| !document.elements[*number].is_conditional)
            .filter(|number| list.iter().any(|selector| selector.means(&scene, *number)))
            .filter_map(|number| document.elements[number].get("id"))
            .collect();
        assert_eq!(meant.join(" "), expected, "{selector}");
    }

    #[test]
    fn selectors_mean_what_they_mean_in_css() {
        check("p", "b f");
        check(".x", "a f");
        check("div.x.y > p", "b f");
        check("html a, #d", "c d");
        check("a + br ~ img", "e");
        check("[href^='https://'][href$=\"1\"]", "c");
        check("[href*='E.ORG' i]", "c");
        check("[data-ogsc] .x", "a f");
        check(":root", "h");
        check("p:first-child, p:last-child", "b f");
        check("p:nth-child(2n + 1)", "b");
        check("br:nth-last-child(-n+2)", "d");
        check("p > :not(a):not(:is(br))", "e");
        check("div:only-child:lang(en)", "a");
        check("p:empty", "f");
        check("a:link", "c");
        check("p:hover, a::after", "");
    }

    #[test]
    fn what_is_not_understood_means_nothing() {
        for selector in ["", "p >", "[a", "..", "p,,a", "&", ":not(", "é{", ":nth-child(x)"] {
            assert_eq!(parse(selector), None, "{selector}");
        }
    }

    #[test]
    fn selectors_weigh_what_they_weigh_in_css() {
        let weight = |text: &str| parse(text).unwrap()[0].specificity;
        assert_eq!(weight("#a .b[c]:hover p::before"), (1, 3, 2));
        assert_eq!(weight(":not(#a, b) :where(#c)"), (1, 0, 0));
    }
}
