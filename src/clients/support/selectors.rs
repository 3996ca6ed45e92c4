//! Features that selectors and at-rules use.

use super::names::known;
use crate::clients::{
    selector::{Pseudo, Relation, Selector, Simple},
    sheet,
};

/// Returns the features of a list of selectors.
pub(in crate::clients) fn of_selectors(list: &[Selector]) -> Vec<&'static str> {
    let mut found = Vec::new();
    if list.len() > 1 {
        found.extend(known("css-selector-grouping"));
    }
    for selector in list {
        of_selector(selector, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn of_selector(selector: &Selector, found: &mut Vec<&'static str>) {
    for (at, (compound, relation)) in selector.parts.iter().enumerate() {
        if compound.len() > 1 {
            found.extend(known("css-selector-chaining"));
        }
        if at + 1 < selector.parts.len() {
            found.extend(known(match relation {
                Relation::Inside => "css-selector-descendant",
                Relation::ChildOf => "css-selector-child",
                Relation::RightAfter => "css-selector-adjacent-sibling",
                Relation::After => "css-selector-general-sibling",
            }));
        }
        for simple in compound {
            of_simple(simple, found);
        }
    }
}

fn of_simple(simple: &Simple, found: &mut Vec<&'static str>) {
    match simple {
        Simple::Universal => found.extend(known("css-selector-universal")),
        Simple::Type(_) => found.extend(known("css-selector-type")),
        Simple::Id(_) => found.extend(known("css-selector-id")),
        Simple::Class(_) => found.extend(known("css-selector-class")),
        Simple::Attribute(..) => found.extend(known("css-selector-attribute")),
        Simple::PseudoElement(name) => found.extend(known(&format!("css-pseudo-element-{name}"))),
        Simple::Pseudo(name, test) => {
            found.extend(known(&format!("css-pseudo-class-{name}")));
            if let Pseudo::Not(inner) | Pseudo::Is(inner) = test {
                for selector in inner {
                    of_selector(selector, found);
                }
            }
        }
    }
}

/// Returns the features of an at-rule's head.
pub(super) fn of_at_rule(name: &str, prelude: &str) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    match name {
        "media" => found.extend(of_media(prelude)),
        "font-face" | "import" | "keyframes" | "supports" => found.extend(known(&format!("css-at-{name}"))),
        "-webkit-keyframes" | "-moz-keyframes" => found.extend(known("css-at-keyframes")),
        _ => {}
    }
    found
}

/// Returns the features of a list of media queries; `screen` alone is one already.
pub(super) fn of_media(prelude: &str) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = known("css-at-media").into_iter().collect();
    let lower = prelude.to_ascii_lowercase();
    for (word, id) in [
        ("device-pixel-ratio", "css-at-media-device-pixel-ratio"),
        ("hover", "css-at-media-hover"),
        ("orientation", "css-at-media-orientation"),
        ("prefers-color-scheme", "css-at-media-prefers-color-scheme"),
        ("prefers-reduced-motion", "css-at-media-prefers-reduced-motion"),
    ] {
        if sheet::split(&lower, b',').iter().any(|query| query.contains(word)) {
            found.extend(known(id));
        }
    }
    found
}
