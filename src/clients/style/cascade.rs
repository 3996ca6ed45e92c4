//! Which declaration wins.

use super::{Environment, declared::sheets, hints::hints, shorthand::expand};
use crate::clients::{
    Document, media,
    selector::{self, Scene, Selector, Specificity},
    sheet::{self, Body, Declaration, Item},
};
use std::{collections::BTreeMap, sync::LazyLock};

/// The sheet that every client brings.
static AGENT: LazyLock<Vec<(Vec<Selector>, Vec<Declaration>)>> = LazyLock::new(|| {
    let rules = sheet::parse(include_str!("agent.css")).into_iter().filter_map(|item| match item {
        Item::Rule(rule) => Some((selector::parse(&rule.selector)?, rule.declarations)),
        Item::At(_) => None,
    });
    rules.collect()
});

/// Whose word counts more; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Agent,
    Attribute,
    Sheet,
    Inline,
    ImportantSheet,
    ImportantInline,
}

/// Weight of a declaration: who says it, how exactly, how late.
type Weight = (Origin, Specificity, usize);

/// A value with what it weighs.
#[derive(Clone, Debug)]
struct Winner {
    weight: Weight,
    value: String,
}

/// Rules that apply to something, under their conditions.
struct Applied {
    declarations: Vec<Declaration>,
    /// Media queries that must all hold.
    media: Vec<String>,
    /// Elements, each with the heaviest selector that means it.
    meant: Vec<(usize, Specificity)>,
    origin: Origin,
    at: usize,
}

/// Selectors matched once, for any media.
pub(super) struct Matched(Vec<Applied>);

impl Matched {
    /// Matches every rule.
    pub(super) fn new(document: &Document, environment: Environment) -> Self {
        let marks: &[&str] = if environment.outlook_dark { &["data-ogsc", "data-ogsb"] } else { &[] };
        let scene = Scene { document, body_marks: marks };
        let mut applied = Vec::new();
        for (selectors, declarations) in AGENT.iter() {
            apply(&scene, selectors, declarations, Origin::Agent, &[], &mut applied);
        }
        if environment.styles {
            for (number, items) in sheets(document) {
                let element = &document.elements[number];
                if !element.is_conditional {
                    let mut media: Vec<_> = element.get("media").map(str::to_owned).into_iter().collect();
                    gather(&scene, &items, Origin::Sheet, &mut media, &mut applied);
                }
            }
        }
        Self(applied)
    }

    /// Decides what wins in an environment.
    pub(super) fn resolve(&self, document: &Document, environment: Environment) -> Cascade {
        let mut cascade = Cascade {
            winners: vec![BTreeMap::new(); document.elements.len()],
            parents: document.elements.iter().map(|element| element.parent).collect(),
        };
        for rule in &self.0 {
            if rule.media.iter().all(|list| media::holds(list, environment)) {
                for (number, specificity) in &rule.meant {
                    cascade.add(*number, &rule.declarations, (rule.origin, *specificity, rule.at));
                }
            }
        }
        for (number, element) in document.elements.iter().enumerate() {
            hints(document, number, |property, value| {
                expand(property, value, |property, value| {
                    cascade.set(number, property, value, (Origin::Attribute, (0, 0, 0), 0));
                });
            });
            if let Some(style) = element.get("style") {
                cascade.add(number, &sheet::declarations(style), (Origin::Inline, (0, 0, 0), 0));
            }
        }
        cascade
    }
}

fn gather(
    scene: &Scene<'_>,
    items: &[Item],
    origin: Origin,
    media: &mut Vec<String>,
    applied: &mut Vec<Applied>,
) {
    for item in items {
        match item {
            Item::Rule(rule) => {
                let selectors = selector::parse(&rule.selector).unwrap_or_default();
                apply(scene, &selectors, &rule.declarations, origin, media, applied);
            }
            Item::At(rule) => {
                let Body::Items(inside) = &rule.body else { continue };
                match rule.name.as_str() {
                    "media" => {
                        media.push(rule.prelude.clone());
                        gather(scene, inside, origin, media, applied);
                        media.pop();
                    }
                    "supports" | "layer" => gather(scene, inside, origin, media, applied),
                    _ => {}
                }
            }
        }
    }
}

/// Notes whom a rule means, when it means anybody.
fn apply(
    scene: &Scene<'_>,
    selectors: &[Selector],
    declarations: &[Declaration],
    origin: Origin,
    media: &[String],
    applied: &mut Vec<Applied>,
) {
    let meant: Vec<_> = (0..scene.document.elements.len())
        .filter_map(|number| Some((number, heaviest(scene, selectors, number)?)))
        .collect();
    if !meant.is_empty() {
        let declarations = declarations.to_vec();
        applied.push(Applied { declarations, media: media.to_vec(), meant, origin, at: applied.len() });
    }
}

fn heaviest(scene: &Scene<'_>, selectors: &[Selector], number: usize) -> Option<Specificity> {
    let meaning = selectors.iter().filter(|selector| selector.means(scene, number));
    meaning.map(|selector| selector.specificity).max()
}

/// What every element has been given.
#[derive(Clone, Debug)]
pub(super) struct Cascade {
    winners: Vec<BTreeMap<String, Winner>>,
    parents: Vec<Option<usize>>,
}

impl Cascade {
    fn add(&mut self, number: usize, list: &[Declaration], (origin, specificity, at): Weight) {
        for declaration in list {
            let origin = match origin {
                Origin::Sheet if declaration.is_important => Origin::ImportantSheet,
                Origin::Inline if declaration.is_important => Origin::ImportantInline,
                other => other,
            };
            expand(&declaration.property, &declaration.value, |property, value| {
                if is_understood(property, value) {
                    self.set(number, property, value, (origin, specificity, at));
                }
            });
        }
    }

    fn set(&mut self, number: usize, property: &str, value: &str, weight: Weight) {
        match self.winners[number].get_mut(property) {
            Some(winner) if winner.weight <= weight => {
                *winner = Winner { weight, value: value.to_owned() };
            }
            Some(_) => {}
            None => {
                let winner = Winner { weight, value: value.to_owned() };
                self.winners[number].insert(property.to_owned(), winner);
            }
        }
    }

    /// Returns the value of a property, taken over from the elements around where CSS says so.
    pub(super) fn property(&self, element: usize, name: &str) -> Option<&str> {
        let mut at = element;
        loop {
            match self.given(at, name) {
                Some("inherit") => {}
                Some("unset") | None if is_inherited(name) => {}
                Some("unset" | "initial" | "revert") | None => return None,
                value => return value,
            }
            at = self.parents[at]?;
        }
    }

    /// Returns what an element itself has been given by the message.
    pub(super) fn own(&self, element: usize, name: &str) -> Option<&str> {
        let winner = self.winners.get(element)?.get(name)?;
        (winner.weight.0 != Origin::Agent).then_some(winner.value.as_str())
    }

    /// Returns what an element itself has been given, by whomever.
    pub(super) fn given(&self, element: usize, name: &str) -> Option<&str> {
        self.winners.get(element)?.get(name).map(|winner| winner.value.as_str())
    }
}

/// Returns whether a client would keep the declaration: a colour it can't read is passed over, and what was
/// said before stays.
fn is_understood(property: &str, value: &str) -> bool {
    let value = value.trim();
    let is_global = ["inherit", "initial", "unset", "revert", "currentcolor"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    match property {
        "color" | "background-color" => is_global || crate::clients::colour::Colour::parse(value).is_some(),
        _ => true,
    }
}

/// Returns whether children take over a property.
fn is_inherited(name: &str) -> bool {
    name.starts_with("font")
        || name.starts_with("list-style")
        || name.starts_with("--")
        || matches!(
            name,
            "color"
                | "line-height"
                | "letter-spacing"
                | "word-spacing"
                | "text-align"
                | "text-transform"
                | "text-indent"
                | "text-wrap"
                | "text-shadow"
                | "direction"
                | "visibility"
                | "white-space"
                | "word-break"
                | "word-wrap"
                | "overflow-wrap"
                | "hyphens"
                | "border-collapse"
                | "border-spacing"
                | "cursor"
                | "quotes"
                | "color-scheme"
                | "-webkit-text-size-adjust"
                | "mso-line-height-rule"
        )
}
