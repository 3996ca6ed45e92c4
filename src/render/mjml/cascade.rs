//! Works out every attribute before rendering: `mj-all`, per-element defaults, `mj-class` with and
//! without children, then what stands on the element itself.

use super::schema::{self, Component};
use super::source::Span;
use super::tree::{Element, Node};
use super::values::long_color;

/// Attribute names and values; the last one set wins and keeps the place of the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Values(Vec<(String, String)>);

impl Values {
    /// Sets one value.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Sets all of `other`.
    pub(super) fn extend(&mut self, other: &Self) {
        other.iter().for_each(|(name, value)| self.set(name, value));
    }

    /// Returns one value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns names and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn of(element: &Element, without: &str) -> Self {
        let kept = element.attributes.iter().filter(|attribute| attribute.name != without);
        Self(kept.map(|attribute| (attribute.name.clone(), attribute.value.clone())).collect())
    }
}

/// One element of the body with its attributes worked out.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// Its element name.
    pub(super) name: String,
    /// Where it was written.
    pub(super) span: Span,
    /// What is set for it, without `mj-all` and the component's defaults.
    pub(super) values: Values,
    /// The names that stand on the element itself.
    pub(super) own: Vec<String>,
    /// What stands in it.
    pub(super) children: Vec<Item>,
    /// Its text or HTML.
    pub(super) content: String,
    /// The mark of its tag, when tags are marked.
    pub(super) mark: Option<String>,
}

/// What `mj-attributes` says.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// The attribute that carries marks, when tags are marked.
    pub(super) marking: Option<String>,
    /// `mj-all`.
    pub(super) all: Values,
    /// Per element.
    elements: Vec<(String, Values)>,
    /// Per class.
    classes: Vec<(String, Values)>,
    /// Per class and element inside.
    inside: Vec<((String, String), Values)>,
}

/// Returns the values of `key`, made when there are none.
fn entry<K: PartialEq>(list: &mut Vec<(K, Values)>, key: K) -> &mut Values {
    let at = list.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
        list.push((key, Values::default()));
        list.len() - 1
    });
    &mut list[at].1
}

impl Rules {
    /// Takes in one `mj-attributes` element.
    pub(super) fn add(&mut self, attributes: &Element) {
        for child in attributes.elements() {
            match child.name.as_str() {
                "mj-all" => self.all.extend(&Values::of(child, "")),
                "mj-class" => {
                    let class = child.attribute("name").unwrap_or_default().to_owned();
                    entry(&mut self.classes, class.clone()).extend(&Values::of(child, "name"));
                    for inner in child.elements() {
                        *entry(&mut self.inside, (class.clone(), inner.name.clone())) = Values::of(inner, "");
                    }
                }
                name => entry(&mut self.elements, name.to_owned()).extend(&Values::of(child, "")),
            }
        }
    }

    /// Returns a style sheet with its mark, when there is one, before its text.
    pub(super) fn marked_sheet(&self, style: &Element) -> String {
        let mark = self.marking.as_ref().and_then(|name| style.attribute(name));
        match mark.filter(|_| !style.content.is_empty()) {
            Some(mark) => format!("{mark}{}", style.content),
            None => style.content.clone(),
        }
    }

    /// Returns the body's element with everything below it worked out.
    pub(super) fn apply(&self, element: &Element, parent_classes: &str) -> Item {
        let classes = element.attribute("mj-class");
        let mut values = Values::default();
        if let Some((_, defaults)) = self.elements.iter().find(|(name, _)| *name == element.name) {
            values.extend(defaults);
        }
        values.extend(&self.of_classes(classes.unwrap_or_default()));
        for class in parent_classes.split(' ') {
            let key = (class, element.name.as_str());
            let found = self.inside.iter().find(|((class, name), _)| (class.as_str(), name.as_str()) == key);
            if let Some((_, inherited)) = found {
                values.extend(inherited);
            }
        }
        let own = Values::of(element, "mj-class");
        values.extend(&own);
        if let Some(component) = schema::component(&element.name) {
            lengthen_colors(&mut values, component);
        }
        let below = classes.unwrap_or(parent_classes);
        let mark = self.marking.as_ref().and_then(|name| element.attribute(name));
        Item {
            name: element.name.clone(),
            span: element.span,
            values,
            mark: mark.map(ToOwned::to_owned),
            own: own.0.into_iter().map(|(name, _)| name).collect(),
            children: element.children.iter().map(|node| self.apply_node(node, below)).collect(),
            content: element.content.clone(),
        }
    }

    /// Returns the item for a child. Comments for Outlook stay; of others only the place stays, because
    /// the reference counts them among the siblings.
    fn apply_node(&self, node: &Node, parent_classes: &str) -> Item {
        match node {
            Node::Element(element) => self.apply(element, parent_classes),
            Node::Comment(text) => {
                let content = if is_conditional(text) { text.clone() } else { String::new() };
                Item { name: "mj-raw".to_owned(), content, ..Item::default() }
            }
        }
    }

    /// Returns what the classes of one element set; the `css-class` of several classes add up.
    fn of_classes(&self, classes: &str) -> Values {
        let mut values = Values::default();
        for class in classes.split(' ') {
            let Some((_, set)) = self.classes.iter().find(|(name, _)| name == class) else { continue };
            let joined = match (values.get("css-class"), set.get("css-class")) {
                (Some(before), Some(added)) if !before.is_empty() => Some(format!("{before} {added}")),
                _ => None,
            };
            values.extend(set);
            if let Some(joined) = joined {
                values.set("css-class", &joined);
            }
        }
        values
    }

    /// Returns `mj-all` as one component sees it.
    pub(super) fn all_for(&self, component: &Component) -> Values {
        let mut all = self.all.clone();
        lengthen_colors(&mut all, component);
        all
    }
}

/// Returns whether a comment says something to Outlook.
pub(super) fn is_conditional(comment: &str) -> bool {
    let inside = comment.trim_start_matches("<!--").trim_start();
    inside.starts_with("[if") || inside.starts_with("<![endif") || inside.starts_with('<')
}

fn lengthen_colors(values: &mut Values, component: &Component) {
    for (name, value) in &mut values.0 {
        if component.attribute_type(name) == Some("color") {
            *value = long_color(value);
        }
    }
}
