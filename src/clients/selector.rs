//! Selectors of CSS, matched against a [`Document`].

mod parse;

pub(super) use parse::parse;

use crate::clients::{Document, Node};

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

    /// Returns the name that elements must have to be meant.
    pub(super) fn element_name(&self) -> Option<String> {
        self.parts.first()?.0.iter().find_map(|simple| match simple {
            Simple::Type(name) => Some(name.clone()),
            _ => None,
        })
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
mod tests;
