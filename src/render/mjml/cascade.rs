//! Works out every attribute before rendering: `mj-all`, per-element defaults, `mj-class` with and
//! without children, then what stands on the element itself.

use super::schema::{self, Component};
use super::source::Span;
use super::tree::{Attribute, Element, Node};
use super::values::{is_short_color, long_color};
use std::borrow::Cow;

/// Attribute names and values; the last one set wins and keeps the place of the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Values<'t>(Vec<(&'t str, Cow<'t, str>)>);

impl<'t> Values<'t> {
    /// Sets one value.
    pub(super) fn set(&mut self, name: &'t str, value: Cow<'t, str>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Sets all of `other`.
    pub(super) fn extend(&mut self, other: &Self) {
        other.0.iter().for_each(|(name, value)| self.set(name, value.clone()));
    }

    /// Returns one value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.find(|known| known == name)
    }

    /// Returns the first value with a name that is meant.
    pub(super) fn find(&self, means: impl Fn(&str) -> bool) -> Option<&str> {
        self.0.iter().find(|(known, _)| means(known)).map(|(_, value)| &**value)
    }

    /// Sets what stands on `element`, but for one attribute.
    fn take(&mut self, element: &'t Element, without: &str) {
        for attribute in element.attributes.iter().filter(|attribute| attribute.name != without) {
            self.set(&attribute.name, Cow::Borrowed(&attribute.value));
        }
    }
}

/// One element of the body with its attributes worked out.
#[derive(Clone, Debug, Default)]
pub(super) struct Item<'t> {
    /// Its element name.
    pub(super) name: &'t str,
    /// Where it was written.
    pub(super) span: Span,
    /// What is set for it, without `mj-all` and the component's defaults.
    pub(super) values: Values<'t>,
    /// What stands on the element itself.
    pub(super) own: &'t [Attribute],
    /// What stands in it.
    pub(super) children: Vec<Item<'t>>,
    /// Its text or HTML.
    pub(super) content: &'t str,
    /// The mark of its tag, when tags are marked.
    pub(super) mark: Option<&'t str>,
}

/// What `mj-attributes` says.
#[derive(Debug, Default)]
pub(super) struct Rules<'t> {
    /// The attribute that carries marks, when tags are marked.
    pub(super) marking: Option<&'t str>,
    /// `mj-all`.
    pub(super) all: Values<'t>,
    /// Per element.
    elements: Vec<(&'t str, Values<'t>)>,
    /// Per class.
    classes: Vec<(&'t str, Values<'t>)>,
    /// Per class and element inside.
    inside: Vec<((&'t str, &'t str), Values<'t>)>,
}

/// Returns the values of `key`, made when there are none.
fn entry<'l, 't, K: PartialEq>(list: &'l mut Vec<(K, Values<'t>)>, key: K) -> &'l mut Values<'t> {
    let at = list.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
        list.push((key, Values::default()));
        list.len() - 1
    });
    &mut list[at].1
}

impl<'t> Rules<'t> {
    /// Takes in one `mj-attributes` element.
    pub(super) fn add(&mut self, attributes: &'t Element) {
        for child in attributes.elements() {
            match child.name.as_str() {
                "mj-all" => self.all.take(child, ""),
                "mj-class" => {
                    let class = child.attribute("name").unwrap_or_default();
                    entry(&mut self.classes, class).take(child, "name");
                    for inner in child.elements() {
                        let values = entry(&mut self.inside, (class, inner.name.as_str()));
                        *values = Values::default();
                        values.take(inner, "");
                    }
                }
                name => entry(&mut self.elements, name).take(child, ""),
            }
        }
    }

    /// Returns a style sheet with its mark, when there is one, before its text.
    pub(super) fn marked_sheet(&self, style: &'t Element) -> Cow<'t, str> {
        let mark = self.marking.and_then(|name| style.attribute(name));
        match mark.filter(|_| !style.content.is_empty()) {
            Some(mark) => Cow::Owned(format!("{mark}{}", style.content)),
            None => Cow::Borrowed(&style.content),
        }
    }

    /// Returns the body's element with everything below it worked out.
    pub(super) fn apply(&self, element: &'t Element, parent_classes: &str) -> Item<'t> {
        let classes = element.attribute("mj-class");
        let mut values = Values::default();
        if let Some((_, defaults)) = self.elements.iter().find(|(name, _)| *name == element.name) {
            values.extend(defaults);
        }
        values.extend(&self.of_classes(classes.unwrap_or_default()));
        for class in parent_classes.split(' ') {
            let found = self.inside.iter().find(|(key, _)| *key == (class, element.name.as_str()));
            if let Some((_, inherited)) = found {
                values.extend(inherited);
            }
        }
        values.take(element, "mj-class");
        if let Some(component) = schema::component(&element.name) {
            lengthen_colors(&mut values, component);
        }
        let below = classes.unwrap_or(parent_classes);
        Item {
            name: &element.name,
            span: element.span,
            values,
            mark: self.marking.and_then(|name| element.attribute(name)),
            own: &element.attributes,
            children: element.children.iter().map(|node| self.apply_node(node, below)).collect(),
            content: &element.content,
        }
    }

    /// Returns the item for a child. Comments for Outlook stay; of others only the place stays, because
    /// the reference counts them among the siblings.
    fn apply_node(&self, node: &'t Node, parent_classes: &str) -> Item<'t> {
        match node {
            Node::Element(element) => self.apply(element, parent_classes),
            Node::Comment(text) => {
                let content = if is_conditional(text) { text } else { "" };
                Item { name: "mj-raw", content, ..Item::default() }
            }
        }
    }

    /// Returns what the classes of one element set; the `css-class` of several classes add up.
    fn of_classes(&self, classes: &str) -> Values<'t> {
        let mut values = Values::default();
        for class in classes.split(' ') {
            let Some((_, set)) = self.classes.iter().find(|(name, _)| *name == class) else { continue };
            let joined = match (values.get("css-class"), set.get("css-class")) {
                (Some(before), Some(added)) if !before.is_empty() => Some(format!("{before} {added}")),
                _ => None,
            };
            values.extend(set);
            if let Some(joined) = joined {
                values.set("css-class", Cow::Owned(joined));
            }
        }
        values
    }

    /// Returns `mj-all` as one component sees it, when that isn't as it was written.
    pub(super) fn all_for(&self, component: &Component) -> Option<Values<'t>> {
        let has_short_color = self.all.0.iter().any(|(_, value)| is_short_color(value));
        has_short_color.then(|| {
            let mut all = self.all.clone();
            lengthen_colors(&mut all, component);
            all
        })
    }
}

/// Returns whether a comment says something to Outlook.
pub(super) fn is_conditional(comment: &str) -> bool {
    let inside = comment.trim_start_matches("<!--").trim_start();
    inside.starts_with("[if") || inside.starts_with("<![endif") || inside.starts_with('<')
}

fn lengthen_colors(values: &mut Values<'_>, component: &Component) {
    for (name, value) in &mut values.0 {
        if is_short_color(value) && component.attribute_type(name) == Some("color") {
            *value = Cow::Owned(long_color(value));
        }
    }
}
