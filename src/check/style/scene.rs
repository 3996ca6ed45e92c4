//! What the elements of a message are like: hidden or seen, and what their own styles and those around them say.

use crate::{
    check::message::Message,
    clients::{
        Document, Element,
        style::{Declared, Style, declarations},
    },
};
use std::ops::Range;

/// Elements that stand in a line of text.
const INLINE: [&str; 25] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i", "img", "ins",
    "kbd", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup",
];

/// A stretch of text that readers see.
#[derive(Clone, Copy, Debug)]
pub(in crate::check) struct Text<'a> {
    pub(in crate::check) text: &'a str,
    /// The element it stands in.
    pub(in crate::check) parent: usize,
}

/// The elements of a message with what is said of them.
pub(in crate::check) struct Scene<'a> {
    pub(in crate::check) document: &'a Document,
    /// How it looks on a desk, in light.
    pub(in crate::check) style: &'a Style,
    declared: Vec<Declared>,
    /// Where in `declared` each element's own style stands.
    inline: Vec<Range<usize>>,
    hidden: Vec<bool>,
}

impl<'a> Scene<'a> {
    pub(in crate::check) fn read(message: &'a Message<'_>) -> Self {
        let document = &message.document;
        let declared = declarations(document);
        let mut inline = vec![0..0; document.elements.len()];
        for (at, said) in declared.iter().enumerate().filter(|(_, said)| said.is_inline()) {
            let range = &mut inline[said.element];
            *range = if range.end == 0 { at..at + 1 } else { range.start..at + 1 };
        }
        let mut scene = Self {
            document,
            style: message.style(),
            declared,
            inline,
            hidden: Vec::with_capacity(document.elements.len()),
        };
        for (number, element) in document.elements.iter().enumerate() {
            // An element is opened after the one around it, so that one is known already.
            let is_hidden = scene.hides(number) || element.parent.is_some_and(|parent| scene.hidden[parent]);
            scene.hidden.push(is_hidden);
        }
        scene
    }

    /// Returns every declaration of the style sheets.
    pub(in crate::check) fn sheets(&self) -> impl Iterator<Item = &Declared> {
        self.declared.iter().filter(|said| !said.is_inline())
    }

    /// Returns every declaration that not only Outlook sees, in sheets and style attributes.
    pub(in crate::check) fn declared(&self) -> impl Iterator<Item = &Declared> {
        self.declared.iter().filter(|said| !said.is_conditional)
    }

    /// Returns what an element's style attribute says.
    pub(in crate::check) fn inline(&self, number: usize) -> &[Declared] {
        &self.declared[self.inline[number].clone()]
    }

    /// Returns one property of an element's style attribute.
    pub(in crate::check) fn said(&self, number: usize, property: &str) -> Option<&str> {
        let said = || self.inline(number).iter().filter(|said| said.property == property);
        said().rfind(|said| said.is_important).or_else(|| said().next_back()).map(|said| said.value.as_str())
    }

    /// Returns the nearest element, from the inside out, whose style attribute says something of a property.
    pub(in crate::check) fn said_around(&self, number: usize, property: &str) -> Option<(usize, &str)> {
        self.nearest(number, |around| self.said(around, property))
    }

    /// Returns the nearest element, from the inside out, that any style or attribute gives a value of a property.
    pub(in crate::check) fn set_around(&self, number: usize, property: &str) -> Option<(usize, &str)> {
        self.nearest(number, |around| self.style.own(around, property))
    }

    /// Returns the nearest element, from the inside out, that has an attribute.
    pub(in crate::check) fn marked(&self, number: usize, attribute: &str) -> Option<(usize, &'a str)> {
        self.nearest(number, |around| self.document.elements[around].get(attribute))
    }

    fn nearest<T>(&self, number: usize, find: impl Fn(usize) -> Option<T>) -> Option<(usize, T)> {
        self.document.with_ancestors(number).find_map(|around| find(around).map(|found| (around, found)))
    }

    /// Returns the language in which an element speaks.
    pub(in crate::check) fn language(&self, number: usize) -> Option<&'a str> {
        self.marked(number, "lang").map(|(_, language)| language).filter(|language| !language.is_empty())
    }

    /// Returns whether an element is one of a name or stands in one.
    pub(in crate::check) fn is_in(&self, number: usize, name: &str) -> bool {
        self.document.with_ancestors(number).any(|around| self.document.elements[around].name == name)
    }

    /// Returns whether readers of an ordinary client never see an element.
    pub(in crate::check) fn is_hidden(&self, number: usize) -> bool {
        self.hidden[number]
    }

    /// Returns whether an element itself, not one around it, keeps itself and all in it out of sight.
    pub(in crate::check) fn hides(&self, number: usize) -> bool {
        let element = &self.document.elements[number];
        element.is_conditional
            || matches!(element.name.as_str(), "head" | "title" | "style" | "script" | "template")
            || element.get("hidden").is_some()
            || self.style.own(number, "display").is_some_and(|value| value.eq_ignore_ascii_case("none"))
            || self.style.own(number, "visibility").is_some_and(|value| value.eq_ignore_ascii_case("hidden"))
    }

    /// Returns the elements that readers can see, by number.
    pub(in crate::check) fn seen(&self) -> impl Iterator<Item = (usize, &'a Element)> + '_ {
        self.document.elements.iter().enumerate().filter(|(number, _)| !self.hidden[*number])
    }

    /// Returns the words that readers see, in order.
    pub(in crate::check) fn texts(&self) -> Vec<Text<'a>> {
        let document = self.document;
        let runs = document.runs.iter().filter(|run| !run.is_raw && !run.is_conditional);
        runs.filter_map(|run| run.parent.map(|parent| Text { text: run.text.as_str(), parent }))
            .filter(|text| !self.hidden[text.parent] && text.text.chars().any(char::is_alphanumeric))
            .collect()
    }

    /// Returns the nearest element around a piece of text that begins a new line.
    pub(in crate::check) fn block(&self, number: usize) -> usize {
        let is_block = |at: usize| {
            !INLINE.contains(&self.document.elements[at].name.as_str())
                || self
                    .said(at, "display")
                    .is_some_and(|value| value.starts_with("inline-") || value == "block")
        };
        self.document.with_ancestors(number).find(|at| is_block(*at)).unwrap_or(number)
    }

    /// Returns the font list that a style sheet for Outlook alone gives all text, with its style element.
    pub(in crate::check) fn outlook_font(&self) -> Option<(usize, &str)> {
        let is_for_all = |said: &&Declared| {
            said.is_conditional
                && said.property == "font-family"
                && selectors(said).any(|one| means_all_text(&one))
        };
        self.sheets().find(is_for_all).map(|said| (said.element, said.value.as_str()))
    }
}

/// Returns the selectors of a declaration, one by one, white space collapsed.
pub(in crate::check) fn selectors(said: &Declared) -> impl Iterator<Item = String> {
    let (mut depth, mut one, mut all) = (0_usize, String::new(), Vec::new());
    for c in said.selector.as_deref().unwrap_or_default().chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                all.push(std::mem::take(&mut one));
                continue;
            }
            _ => {}
        }
        one.push(c);
    }
    all.push(one);
    let tidy = |one: String| one.replace('>', " > ").split_whitespace().collect::<Vec<_>>().join(" ");
    all.into_iter().map(tidy).filter(|one| !one.is_empty())
}

/// Returns whether a selector means text as such: the body, table cells, or everything.
pub(in crate::check) fn means_all_text(selector: &str) -> bool {
    matches!(selector.to_ascii_lowercase().as_str(), "*" | "body" | "td" | "table")
}

/// Returns whether a declaration holds in dark mode only.
pub(in crate::check) fn is_for_dark(said: &Declared) -> bool {
    said.at_rules.iter().any(|around| {
        let around: String = around.to_ascii_lowercase().split_whitespace().collect();
        around.contains("prefers-color-scheme:dark")
    })
}
